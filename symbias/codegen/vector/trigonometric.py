"""sin, cos and tan: an exact reduction up to 2**30, the C library beyond, lane by lane."""

from __future__ import annotations

from typing import NamedTuple

from symbias.codegen.vector.arithmetic import (
    fabs,
    flipped,
    fma,
    nearest,
    polynomial,
    product_error,
    select,
    sum_error,
)
from symbias.codegen.vector.ir import Bits, Mask, Vector

TWO_OVER_PI = 0.6366197723675814
HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)

LARGEST = 2.0**30
"""Beyond, three parts of pi/2 are not enough."""

TINY = 2.0**-27
"""Below, sin(x) and tan(x) are x to rounding, the sign of 0 included."""

SIN = (
    -0.16666666666666666,
    0.008333333333333331,
    -0.0001984126984126506,
    2.7557319219335453e-06,
    -2.5052106231157904e-08,
    1.605853141458901e-10,
    -7.586685070091267e-13,
)
"""(sin(r)/r - 1)/z in z = r**2, abs(r) <= pi/4."""

COS = (
    0.041666666666666664,
    -0.0013888888888887395,
    2.4801587298763433e-05,
    -2.7557317270560326e-07,
    2.0876146024689747e-09,
    -1.1382614868556325e-11,
)
"""((cos(r) - 1)/z + 1/2)/z in z = r**2."""


def is_large(x: Vector) -> Mask:
    """Tell which arguments the reduction does not hold for; infinity and NaN among them give NaN anyway.

    Parameters
    ----------
    x : Vector
        Numbers.

    Returns
    -------
    Mask
        True beyond `LARGEST`.

    Examples
    --------
    >>> from symbias.codegen.vector.ir import Code
    >>> is_large(Vector(Code(), "%x")).name
    '%v1'
    """
    return fabs(x) > LARGEST


class Reduced(NamedTuple):
    """Sine and cosine of r = x - k*pi/2, each in two parts, and the bits of k."""

    bits: Bits
    sin: Vector
    sin_rest: Vector
    cos: Vector
    cos_rest: Vector


def _reduce(x: Vector) -> Reduced:
    """Return the reduction of arguments up to `LARGEST`."""
    k, bits = nearest(x, TWO_OVER_PI)
    # Exact: both are multiples of one power of 2, and the difference is below 1.
    near = fma(k, -HALF_PI[0], x)
    small = k * -HALF_PI[1]
    r = near + small
    rest = sum_error(near, small, r) + fma(k, -HALF_PI[2], product_error(k, -HALF_PI[1], small))
    z = r * r
    half = 0.5 * z
    cos = 1.0 - half
    cos_rest = ((1.0 - cos) - half) + fma(z * z, polynomial(z, COS), -(r * rest))
    sin_rest = fma(r * z, polynomial(z, SIN), rest * cos)
    return Reduced(bits, r, sin_rest, cos, cos_rest)


def _turned(a: Reduced, quarter: Bits) -> Vector:
    """Return the sine of r plus a number of quarters of a turn."""
    even = (quarter & 1).is_zero()
    value = select(even, a.sin + a.sin_rest, a.cos + a.cos_rest)
    return flipped(value, quarter.shifted_left(62))


def sin(x: Vector) -> Vector:
    """Return the sine.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("sin", 0.5)
    0.479425538604203
    """
    a = _reduce(x)
    return select(fabs(x) < TINY, x, _turned(a, a.bits))


def cos(x: Vector) -> Vector:
    """Return the cosine.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("cos", 0.5)
    0.8775825618903728
    """
    a = _reduce(x)
    return _turned(a, a.bits + 1)


def tan(x: Vector) -> Vector:
    """Return the tangent: the quotient is corrected by what both parts lost.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("tan", 0.5)
    0.5463024898437905
    """
    a = _reduce(x)
    even = (a.bits & 1).is_zero()
    s, s_rest = _normal(a.sin, a.sin_rest)
    c, c_rest = _normal(a.cos, a.cos_rest)
    top, bottom = select(even, s, c), select(even, c, -s)
    top_rest, bottom_rest = select(even, s_rest, c_rest), select(even, c_rest, -s_rest)
    q = top / bottom
    value = q + (fma(-q, bottom, top) + (top_rest - q * bottom_rest)) / bottom
    return select(fabs(x) < TINY, x, value)


def _normal(high: Vector, low: Vector) -> tuple[Vector, Vector]:
    total = high + low
    return total, low - (total - high)
