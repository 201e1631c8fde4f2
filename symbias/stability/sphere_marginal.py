"""The projection of the unit sphere and of the unit ball on a line: density, and what lies beyond a point.

A coordinate of a uniform point of the unit sphere of R^d has density proportional to (1 - z**2)**((d - 3)/2), the area
of a slice; in the unit ball the exponent is (d - 1)/2, that of a sphere two dimensions up.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from symbias.sym.symbols import real

Z = real("z")
S = real("s")


def power(d: int, z: Any) -> Any:
    """Return (1 - z**2)**((d - 3)/2), the density up to its constant.

    Parameters
    ----------
    d : int
        Dimension of the space that the sphere lies in, at least 2.
    z : sympy.Expr
        Where.

    Returns
    -------
    sympy.Expr
        The area of a slice, up to a factor.

    Examples
    --------
    >>> power(4, Z)
    sqrt(1 - z**2)
    """
    return (1 - z**2) ** sp.Rational(d - 3, 2)


@cache
def antiderivative(d: int) -> Any:
    """Return the antiderivative of `power` that vanishes at 0, by its reduction in steps of two dimensions.

    Parameters
    ----------
    d : int
        At least 2.

    Returns
    -------
    sympy.Expr
        In ``z``.

    Examples
    --------
    >>> antiderivative(4)
    z*sqrt(1 - z**2)/2 + asin(z)/2
    """
    if d <= 3:
        return sp.asin(Z) if d == 2 else Z
    # Integration by parts: (d - 2) A_d = z (1 - z**2)**((d - 3)/2) + (d - 3) A_(d - 2).
    below = sp.Rational(d - 3, d - 2) * antiderivative(d - 2)
    return sp.expand(below) + Z * power(d, Z) / (d - 2)


def constant(d: int) -> Any:
    """Return the factor that makes `power` a density on [-1, 1].

    Parameters
    ----------
    d : int
        At least 2.

    Returns
    -------
    sympy.Expr
        A rational number, over pi in even dimensions.

    Examples
    --------
    >>> constant(4), constant(5)
    (2/pi, 3/4)
    """
    return 1 / (2 * antiderivative(d).subs(Z, 1))


@cache
def _tail_mass(d: int) -> Any:
    if d % 2:
        low = sp.Poly(sp.S.Half - sp.expand(constant(d) * antiderivative(d)), Z)
        order = (d - 1) // 2
        rest = low.quo(sp.Poly((1 - Z) ** order, Z))
        return (1 - Z) ** order * sp.horner(rest.as_expr(), Z)
    # acos(z) is pi/2 - asin(z); what multiplies the root is a polynomial in z**2.
    scale = sp.pi * constant(d)
    inner = sp.expand((antiderivative(d) - _arc(d) * sp.asin(Z)) / sp.sqrt(1 - Z**2))
    polynomial = sp.expand(sp.cancel(scale * inner / Z))
    return (sp.acos(Z) - Z * sp.sqrt(1 - Z**2) * sp.horner(polynomial, Z)) / sp.pi


def _arc(d: int) -> Any:
    """Return the coefficient of asin(z) in the antiderivative."""
    return antiderivative(d).coeff(sp.asin(Z))


def tail_mass(d: int, s: Any) -> Any:
    """Return the probability that a coordinate is beyond s, 0 <= s <= 1.

    Parameters
    ----------
    d : int
        At least 2.
    s : sympy.Expr
        The point.

    Returns
    -------
    sympy.Expr
        A polynomial with a factor (1 - s)**((d - 1)/2) in odd dimensions; else an arc and a root.

    Examples
    --------
    >>> tail_mass(5, S), tail_mass(4, S)
    ((1 - s)**2*(s/4 + 1/2), (-s*sqrt(1 - s**2) + acos(s))/pi)
    """
    return _tail_mass(d).subs(Z, s)


def tail_moment(d: int, s: Any) -> Any:
    """Return the mean of a coordinate where it is beyond s, and of 0 elsewhere.

    Parameters
    ----------
    d : int
        At least 2.
    s : sympy.Expr
        The point.

    Returns
    -------
    sympy.Expr
        A constant times (1 - s**2)**((d - 1)/2).

    Examples
    --------
    >>> tail_moment(3, S)
    1/4 - s**2/4
    """
    return constant(d) / (d - 1) * (1 - s**2) ** sp.Rational(d - 1, 2)
