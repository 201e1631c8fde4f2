"""pow: the logarithm in two numbers, times the exponent, into the exponential.

An error of log(x) is multiplied by the exponent, so 11 bits more than those of a float64 are carried:
the first two terms of the series in s = (m - 1)/(m + 1) in two numbers each, the rest in one.
"""

from __future__ import annotations

from symbias.codegen.vector.arithmetic import fabs, fma, polynomial, product_error, sum_error
from symbias.codegen.vector.exponentials import LN2, LN2_REST, exp_of_sum
from symbias.codegen.vector.ir import Mask, Vector
from symbias.codegen.vector.logarithms import LOG, split

THIRD, THIRD_REST = 0.6666666666666666, 3.700743415417188e-17
"""2/3 in two parts."""

LARGEST = 700.0
"""Sizes of log(x**y) beyond which lanes are left to the C library."""


def _fast_sum(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """Return a sum and what it lost, for a first term that is not the smaller one."""
    total = x + y
    return total, y - (total - x)


def logarithm(x: Vector) -> tuple[Vector, Vector]:
    """Return log(x) in two parts, for positive normal numbers.

    Parameters
    ----------
    x : Vector
        Numbers.

    Returns
    -------
    Vector, Vector
        The second one is below the rounding of the first.

    Examples
    --------
    >>> from symbias.codegen.vector.ir import Code
    >>> len(logarithm(Vector(Code(), "%x")))
    2
    """
    k, m = split(x)
    f, bottom = m - 1.0, m + 1.0
    bottom_rest = sum_error(m, 1.0, bottom)
    s = f / bottom
    s_rest = (fma(-s, bottom, f) - s * bottom_rest) / bottom
    z = s * s
    z_rest = fma(2.0 * s, s_rest, product_error(s, s, z))
    cube = s * z
    cube_rest = product_error(s, z, cube) + fma(s, z_rest, s_rest * z)
    term = cube * THIRD
    tail = product_error(cube, THIRD, term) + fma(cube, THIRD_REST, cube_rest * THIRD)
    tail = fma(cube * z, polynomial(z, LOG[1:]), tail)
    twice, lost = _fast_sum(2.0 * s, term)
    rest = lost + (2.0 * s_rest + tail)
    whole = k * LN2
    total = whole + twice
    lost = sum_error(whole, twice, total)
    return _fast_sum(total, lost + (product_error(k, LN2, whole) + fma(k, LN2_REST, rest)))


def power(x: Vector, y: Vector) -> Vector:
    """Return x**y for positive normal x, where neither the result nor log(x**y) is extreme.

    Parameters
    ----------
    x, y : Vector
        Numbers.

    Returns
    -------
    Vector
        The power.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("pow", 2.0, 0.5), trial("pow", -2.0, 3.0), trial("pow", 10.0, 300.0)
    (1.4142135623730951, -8.0, 1e+300)
    """
    high, low = logarithm(x)
    product = y * high
    return exp_of_sum(product, fma(y, low, product_error(y, high, product)))


def is_special(x: Vector, y: Vector) -> Mask:
    """Tell where `power` does not hold.

    Parameters
    ----------
    x, y : Vector
        Numbers.

    Returns
    -------
    Mask
        True for x that is not positive, normal and finite, and for extreme results.

    Examples
    --------
    >>> from symbias.codegen.vector.ir import Code
    >>> code = Code()
    >>> is_special(Vector(code, "%x"), Vector(code, "%y")).name[:2]
    '%v'
    """
    usual = (x >= 2.0**-1022) & (x < float("inf"))
    return ~(usual & (fabs(y * logarithm(x)[0]) < LARGEST))
