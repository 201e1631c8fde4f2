"""What lies beyond a plane for the projection of a sphere: the ratios of its tail moments.

A coordinate of a point that is uniform on the unit sphere of R^d has density proportional to (1 - z**2)**((d - 3)/2).
Beyond s >= 0 lie the mass Q and the first moment M, and both vanish at s = 1. Written out they cancel there; their
ratio Q/M, and the mean excess 1 - s Q/M over M, are power series in (1 - s)/2 with positive terms only.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import sympy as sp
from sympy.codegen.cfunctions import log1p

from symbias.stability.sphere_marginal import constant, tail_mass, tail_moment
from symbias.sym.functions import NamedFunction

PRECISION = 58
"""Bits to which the series are summed where they converge slowest."""


class gap_power(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The power (1 - x)**k; a power of the rounded difference loses k times its rounding error.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> gap_power(3, real("x")).definition()
    (1 - x)**3
    """

    nargs = 2

    def definition(self) -> Any:
        """Return the power."""
        exponent, x = self.args
        return (1 - x) ** exponent

    def stable_forms(self) -> tuple[tuple[Any, Any], ...]:
        """Return the exponential of the logarithm, while that is small."""
        exponent, x = self.args
        return ((2 * x < 1, sp.exp(exponent * log1p(-x))),)


@cache
def _ratio_coefficients(d: int) -> tuple[Any, ...]:
    """Return the coefficients of Q/M in (1 - s)/2, until what is left is below rounding at s = 0.

    (1 - s**2) R' = -(d - 1) (1 - s R) with R(1) = 1 determines them; each is less than twice the one before it.
    """
    found, term = [sp.S.One], 1.0
    while True:
        k = len(found)
        factor = sp.Rational(2 * (d + k - 2), d - 1 + 2 * k)
        term *= float(factor) / 2
        # From here on the terms fall faster than a geometric series with this ratio.
        if term * math.ldexp(1.0, PRECISION) < 1 - float(factor) / 2:
            return tuple(found)
        found.append(found[-1] * factor)


@cache
def _middle_coefficients(d: int) -> tuple[Any, ...]:
    """Return the coefficients in z**2 of the integral of the slices from 0 to z, over z, up to z = M(0)."""
    largest = float(tail_moment(d, sp.S.Zero)) ** 2
    found = [sp.S.One]
    while abs(float(found[-1])) * largest ** len(found) * math.ldexp(1.0, PRECISION) > 1:
        k = len(found)
        found.append((-1) ** k * sp.binomial(sp.Rational(d - 3, 2), k) / (2 * k + 1))
    return tuple(found)


def _middle(d: int, s: Any) -> tuple[Any, Any]:
    """Return where little of the mass lies between 0 and s, and the ratio there."""
    start = tail_moment(d, sp.S.Zero)
    mass = sp.S.Half - constant(d).evalf(20) * s * _series(_middle_coefficients(d), s**2)
    ratio = mass / (start.evalf(20) * gap_power(sp.Rational(d - 1, 2), s**2))
    return sp.And(s >= 0, s <= start.evalf(20)), ratio


def _series(coefficients: Any, x: Any) -> Any:
    """Return a polynomial in Horner's form, its coefficients rounded."""
    total = sp.S.Zero
    for c in reversed(coefficients):
        total = total * x + sp.Float(c, 20)
    return total


def _inside(s: Any) -> Any:
    return sp.And(s >= 0, s <= 1)


class cap_ratio(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The mass beyond s over the first moment beyond s, for a coordinate of the unit sphere of R^d.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> s = real("s")
    >>> cap_ratio(2, s).definition(), cap_ratio(4, sp.Rational(1, 2)).evalf(12)
    (acos(s)/sqrt(1 - s**2), 1.41839915231)
    """

    nargs = 2
    latex_name = "R"

    def definition(self) -> Any:
        """Return the quotient of the closed forms."""
        d, s = self.args
        return tail_mass(int(d), s) / tail_moment(int(d), s)

    def slope(self, index: int) -> Any:
        """Return ``-(d - 1)*E/(1 - s**2)`` with E = 1 - s*R; there is no slope in the dimension."""
        d, s = self.args
        return super().slope(index) if index == 1 else -(d - 1) * cap_excess(d, s) / (1 - s**2)

    def stable_forms(self) -> tuple[tuple[Any, Any], ...]:
        """Return the integral from 0 on while that is small, then the series in (1 - s)/2."""
        d, s = int(self.args[0]), self.args[1]
        return (_middle(d, s), (_inside(s), _series(_ratio_coefficients(d), (1 - s) / 2)))


class cap_excess(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The mean of what exceeds s over the first moment beyond s, 1 - s*cap_ratio(d, s).

    Examples
    --------
    >>> cap_excess(4, sp.Rational(1, 2)).evalf(12)
    0.290800423844
    """

    nargs = 2
    latex_name = "E"

    def definition(self) -> Any:
        """Return the quotient of the closed forms."""
        d, s = int(self.args[0]), self.args[1]
        return (tail_moment(d, s) - s * tail_mass(d, s)) / tail_moment(d, s)

    def slope(self, index: int) -> Any:
        """Return the slope of ``1 - s*R``."""
        d, s = self.args
        if index == 1:
            return super().slope(index)
        return -cap_ratio(d, s) + s * (d - 1) * self / (1 - s**2)

    def stable_forms(self) -> tuple[tuple[Any, Any], ...]:
        """Return the difference while it takes away less than half, then the series of 2 r_k - r_(k + 1) > 0."""
        d, s = int(self.args[0]), self.args[1]
        ratio, x = _ratio_coefficients(d), (1 - s) / 2
        terms = [r * sp.Rational(2 * (k + 2), d + 1 + 2 * k) for k, r in enumerate(ratio)]
        near, small = _middle(d, s)
        return ((near, 1 - s * small), (_inside(s), x * _series(terms, x)))
