"""Derivatives of the dual activation K(a, b, c), in forms that hold near parallel vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import sympy as sp

from symbias.errors import DomainError
from symbias.models.activation import Activation
from symbias.sym.symbols import positive, real

ORDERS = ("", "a", "b", "c", "aa", "ab", "ac", "bb", "bc", "cc")
"""The derivatives that the loss, its gradient and its Hessian contain, by the letters of the arguments."""

a, b, area = positive("a b D")
c = real("c")


@dataclass(frozen=True)
class DualDerivatives:
    """K(a, b, c) = E[s(u.x) s(v.x)], a = |u|^2, b = |v|^2, c = u.v, with what is derived from it.

    Parameters
    ----------
    kernel : sympy.Expr
        K in the symbols a, b > 0 and c of this module.

    Examples
    --------
    >>> DualDerivatives(a * b + 2 * c**2).general["cc"]
    4
    """

    kernel: Any

    @cached_property
    def general(self) -> dict[str, Any]:
        """Order -> derivative in a, b, c and the squared area D = a b - c^2."""
        return {order: _in_area(self._derivative(order)) for order in ORDERS}

    def _derivative(self, order: str) -> Any:
        letters = {"a": a, "b": b, "c": c}
        found = self.kernel
        for letter in order:
            found = sp.diff(found, letters[letter])
        return found

    @cached_property
    def alone(self) -> tuple[Any, Any, Any]:
        """K(a, a, a), of one vector, with its first two derivatives in a."""
        q = sp.expand(self.kernel.subs({b: a, c: a}))
        return q, sp.diff(q, a), sp.diff(q, a, 2)

    @cached_property
    def parallel(self) -> dict[str, Any]:
        """Order -> limit at u = v in a; what diverges there multiplies terms that vanish faster, and counts as 0."""
        s = positive("s")
        along = {b: a, area: s**2, c: sp.sqrt(a**2 - s**2)}
        found, poles = {}, {}
        for order, expr in self.general.items():
            if not expr.has(area, sp.atan2):
                found[order], poles[order] = expr.xreplace({b: a, c: a}), sp.Integer(0)
                continue
            near = expr.replace(sp.atan2, lambda y, x: sp.asin(y / a) if x == c else sp.acos(x / a))
            series = sp.series(near.xreplace(along), s, 0, 1).removeO()
            poles[order] = series.coeff(s, -1)
            found[order] = sp.expand(series).coeff(s, 0)
            if sp.expand(series - poles[order] / s - found[order]) != 0:
                raise DomainError(
                    "The Hessian of this loss diverges at its global minimum.",
                    f"the derivative {order or 'of order 0'} of its dual activation is {series} there.",
                    "Ask for another family, or for a smoother activation.",
                )
        _require_cancelling(poles)
        return found


@cache
def dual_derivatives(activation: Activation) -> DualDerivatives:
    """Return the derivatives of an activation's dual in the symbols of this room.

    Parameters
    ----------
    activation : Activation
        With ``.dual()``, a formula in a, b and c.

    Returns
    -------
    DualDerivatives
        Of its dual.

    Examples
    --------
    >>> import symbias as sb
    >>> dual_derivatives(sb.activations.quadratic).general["cc"]
    4
    """
    formula = activation.dual()
    renamed = dict(zip(formula.symbols, (a, b, c), strict=True))
    return DualDerivatives(formula.rhs.xreplace(renamed))


def _require_cancelling(poles: dict[str, Any]) -> None:
    """Refuse poles that leave a trace in the second derivatives at parallel vectors."""
    same = 4 * poles["aa"] + 4 * poles["ac"] + poles["cc"]
    mixed = 4 * poles["ab"] + 2 * poles["ac"] + 2 * poles["bc"] + poles["cc"]
    if sp.expand(same) != 0 or sp.expand(mixed) != 0:
        raise DomainError(
            "The Hessian of this loss has no limit at its global minimum.",
            "the poles of the second derivatives of its dual activation do not cancel.",
            "Ask for another family.",
        )


def _in_area(expr: Any) -> Any:
    """Return an expression with a b - c^2 and angles written by the area, which is known to full accuracy."""
    found = expr.replace(sp.acos, _from_cosine).replace(sp.asin, _from_sine)
    found = found.replace(sp.Pow, _power)
    found = sp.expand(found).replace(lambda e: e.is_Pow and e.base == c and e.exp.is_Integer, _even)
    return sp.factor_terms(sp.expand(found))


def _is_cosine(argument: Any) -> bool:
    return bool(sp.expand(argument * sp.sqrt(a) * sp.sqrt(b) - c) == 0)


def _from_cosine(argument: Any) -> Any:
    return sp.atan2(sp.sqrt(area), c) if _is_cosine(argument) else sp.acos(argument)


def _from_sine(argument: Any) -> Any:
    return sp.atan2(c, sp.sqrt(area)) if _is_cosine(argument) else sp.asin(argument)


def _power(base: Any, exponent: Any) -> Any:
    """Write powers of a multiple of a b - c^2 by the area."""
    if base.has(c) and not base.is_Atom:
        ratio = sp.cancel(base / (a * b - c**2))
        if not ratio.has(c):
            return (ratio * area) ** exponent
    return base**exponent


def _even(found: Any) -> Any:
    half, odd = divmod(int(found.exp), 2)
    return (a * b - area) ** half * c**odd
