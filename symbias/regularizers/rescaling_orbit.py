"""A penalty along the orbit of a rescaling: a sum of powers of the scale, with coefficients that are not negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.errors import InputError
from symbias.sym.equality.signs import MINUS, NOT_NEGATIVE, PLUS, signs
from symbias.sym.rewrite import rational


@dataclass(frozen=True)
class Orbit:
    """A penalty as a function of the scale c.

    Parameters
    ----------
    scale : sympy.Symbol
        c > 0.
    fixed : sympy.Expr
        The terms that do not depend on c.
    rising, falling : tuple of (sympy.Expr, sympy.Expr)
        Coefficients with the exponents of c, positive in `rising`, negative in `falling`.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> a, c = positive("a c")
    >>> Orbit(c, a, ((a, sp.Integer(2)),), ((sp.S.One, -sp.Integer(1)),)).slope
    2*a*c**2 - 1/c
    """

    scale: Any
    fixed: Any
    rising: tuple[tuple[Any, Any], ...]
    falling: tuple[tuple[Any, Any], ...]

    @property
    def moving(self) -> tuple[tuple[Any, Any], ...]:
        """All terms that depend on c."""
        return (*self.rising, *self.falling)

    @property
    def value(self) -> Any:
        """The penalty."""
        return sp.Add(self.fixed, *[a * self.scale**k for a, k in self.moving])

    @property
    def slope(self) -> Any:
        """Its derivative with respect to log c."""
        return sp.Add(*[k * a * self.scale**k for a, k in self.moving])


def orbit_of(expr: Any, scale: Any) -> Orbit:
    """Write an expression as a sum of powers of a scale.

    Parameters
    ----------
    expr : sympy.Expr
        The penalty on the orbit.
    scale : sympy.Symbol
        c, a positive symbol.

    Returns
    -------
    Orbit
        Terms of one exponent are collected.

    Raises
    ------
    InputError
        If it is no such sum, a coefficient may be negative, or the sign of an exponent is unknown.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> (a, v, w), c = real("a v w"), positive("c")
    >>> orbit_of((a * c) ** 2 + sp.sqrt((v / c) ** 2 + (w / c) ** 2) + a, c).falling
    ((sqrt(v**2 + w**2), -1),)
    """
    found: dict[Any, Any] = {}
    for term in sp.Add.make_args(sp.expand(_pulled_out(expr, scale))):
        coefficient, rest = term.as_independent(scale, as_Add=False)
        exponent = rational(_exponent(rest, scale))
        found[exponent] = found.get(exponent, sp.S.Zero) + coefficient
    fixed = found.pop(sp.S.Zero, sp.S.Zero)
    unknown = [k for k in found if signs(k) not in {PLUS, MINUS}]
    if unknown:
        raise InputError(
            f"The sign of the exponent {unknown[0]} of {scale} is not known.",
            "a degree of homogeneity without assumptions",
            'Declare degrees positive: sympy.symbols("p", positive=True).',
        )
    terms = [(_coefficient(a, k, scale), k) for k, a in found.items()]
    terms = sorted([t for t in terms if t[0] != 0], key=sp.default_sort_key)
    rising = tuple(t for t in terms if signs(t[1]) == PLUS)
    falling = tuple(t for t in terms if signs(t[1]) == MINUS)
    return Orbit(scale, fixed, rising, falling)


def _pulled_out(expr: Any, scale: Any) -> Any:
    """Pull powers of the scale out of absolute values and of powers of sums."""

    def power(base: Any, exponent: Any) -> Any:
        if exponent.is_Integer and exponent > 0:
            return base**exponent
        return sp.expand_power_base(sp.factor_terms(sp.expand(base)) ** exponent)

    pulled = expr.replace(
        lambda e: isinstance(e, sp.Abs) and e.has(scale),
        lambda e: sp.Abs(sp.factor_terms(sp.expand(e.args[0]))),
    )
    return pulled.replace(lambda e: e.is_Pow and e.base.has(scale), lambda e: power(*e.args))


def _exponent(rest: Any, scale: Any) -> Any:
    """Return the exponent of a power of the scale."""
    total = sp.S.Zero
    for factor in sp.Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if factor.has(scale) and (base != scale or exponent.has(scale)):
            raise InputError(
                f"The penalty is not a sum of powers of {scale} along the orbit: it contains {factor}.",
                "a term that is not homogeneous in the parameters",
                "Use penalties such as l*Abs(a)**p, or sqrt(w1**2 + w2**2) with all weights scaled alike.",
            )
        total += exponent if factor != 1 else sp.S.Zero
    return total


def _coefficient(given: Any, exponent: Any, scale: Any) -> Any:
    found = rational(given)
    if not signs(found) <= NOT_NEGATIVE:
        raise InputError(
            f"The coefficient {found} of {scale}**({exponent}) may be negative.",
            "a weight without assumptions, an odd power without an absolute value, or a parameter that is not real",
            "Declare parameters real and weights positive, and write Abs(a)**p for odd or symbolic p.",
        )
    return found


def product_of_powers(*pairs: tuple[Any, Any]) -> Any:
    """Multiply powers of expressions that are not negative, factor by factor, and collect equal bases.

    Parameters
    ----------
    *pairs : tuple of (sympy.Expr, sympy.Expr)
        Bases, not negative, and positive exponents.

    Returns
    -------
    sympy.Expr
        An equal product.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> a, p, q = real("a"), *positive("p q")
    >>> product_of_powers((p * a**2, q / (p + q)), (p, p / (p + q)))
    p*Abs(a)**(2*q/(p + q))
    """
    exponents: dict[Any, Any] = {}
    for expr, outer in pairs:
        factors = sp.Mul.make_args(rational(expr))
        parts = [_base_and_exponent(f) for f in factors]
        if not all(signs(base) <= NOT_NEGATIVE for base, _ in parts):
            parts = [(rational(expr), sp.S.One)]
        for base, inner in parts:
            exponents[base] = exponents.get(base, sp.S.Zero) + inner * outer
    return sp.Mul(*[base ** rational(exponent) for base, exponent in exponents.items()])


def _base_and_exponent(factor: Any) -> tuple[Any, Any]:
    """Split a factor; the base of an even power of a real number is its absolute value."""
    base, exponent = factor.as_base_exp()
    if base.is_real and exponent.is_even and not signs(base) <= NOT_NEGATIVE:
        return sp.Abs(base), exponent
    return base, exponent
