"""Activations that are a polynomial on either side of 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.sym.symbols import positive

HIGHEST = 12
"""The highest power that is integrated."""


@dataclass(frozen=True)
class HalfLines:
    """The function with ``sum p_n z**n`` for z > 0 and ``sum q_n |z|**n`` for z < 0.

    Parameters
    ----------
    plus, minus : dict of int to sympy.Expr
        The coefficients p_n and q_n that are not zero.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> z = real("z")
    >>> half_lines(sp.Abs(z), z)
    HalfLines(plus={1: 1}, minus={1: 1})
    """

    plus: dict[int, Any]
    minus: dict[int, Any]

    @property
    def powers(self) -> tuple[int, ...]:
        """The powers that occur."""
        return tuple(sorted({*self.plus, *self.minus}))

    @property
    def is_polynomial(self) -> bool:
        """Whether both sides are one polynomial."""
        return all(
            sp.expand(self.minus.get(n, 0) - (-1) ** n * self.plus.get(n, 0)) == 0
            for n in self.powers
        )

    def coefficients(self, m: int, n: int) -> tuple[Any, Any]:
        """Return the factors of the moments of two positive parts, and of a positive and a negative one.

        Parameters
        ----------
        m, n : int
            The powers of the first and of the second variable.

        Returns
        -------
        tuple of sympy.Expr
            ``p_m p_n + q_m q_n`` and ``p_m q_n + q_m p_n``.

        Examples
        --------
        >>> HalfLines({1: 1}, {1: 1}).coefficients(1, 1)
        (2, 2)
        """
        p, q = self.plus, self.minus
        zero = sp.S.Zero
        same = p.get(m, zero) * p.get(n, zero) + q.get(m, zero) * q.get(n, zero)
        other = p.get(m, zero) * q.get(n, zero) + q.get(m, zero) * p.get(n, zero)
        return sp.expand(same), sp.expand(other)


def half_lines(expr: Any, z: Any) -> HalfLines | None:
    """Return an activation as polynomials on the two half-lines, None if it is none.

    Parameters
    ----------
    expr : sympy.Expr
        The activation.
    z : sympy.Symbol
        Its argument.

    Returns
    -------
    HalfLines or None
        Of degree at most `HIGHEST`.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> z = real("z")
    >>> half_lines(sp.Max(z, z / 100), z).minus, half_lines(sp.Abs(z - 1), z)
    ({1: -1/100}, None)
    """
    y = positive("y")
    sides = [_coefficients(expr.subs(z, sign * y), y) for sign in (1, -1)]
    plus, minus = sides
    return None if plus is None or minus is None else HalfLines(plus, minus)


def _coefficients(side: Any, y: Any) -> dict[int, Any] | None:
    side = sp.expand(sp.expand_func(side))
    if not side.is_polynomial(y):
        return None
    terms = sp.Poly(side, y).terms()
    if any(degree > HIGHEST or not c.is_finite for ((degree,), c) in terms):
        return None
    return {degree: c for ((degree,), c) in terms if c != 0}
