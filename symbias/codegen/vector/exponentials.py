"""exp, expm1, sinh, cosh and tanh from one reduction and one pair of polynomials.

x = k*log(2) + r with abs(r) <= log(2)/2; of exp(r) the odd half S = sinh(r) and the even one
C = cosh(r) - 1 are computed apart, so that exp(-r) costs nothing more.
"""

from __future__ import annotations

from typing import NamedTuple

from symbias.codegen.vector.arithmetic import (
    MAGIC,
    copysign,
    fabs,
    fma,
    nearest,
    polynomial,
    power_of_two,
    select,
    sum_error,
)
from symbias.codegen.vector.ir import Bits, Vector

LOG2_E = 1.4426950408889634
LN2, LN2_REST = 0.6931471805599453, 2.3190468138462996e-17

SINH = (
    0.16666666666666666,
    0.008333333333333333,
    0.00019841269841263252,
    2.7557319247344507e-06,
    2.5052070959803662e-08,
    1.6086677666787362e-10,
)
"""(sinh(r)/r - 1)/z in z = r**2, to 2**-59 of sinh(r)."""

COSH = (
    0.041666666666666664,
    0.0013888888888886537,
    2.4801587317228724e-05,
    2.7557282838800484e-07,
    2.09112987659402e-09,
)
"""((cosh(r) - 1)/z - 1/2)/z in z = r**2."""


class Reduced(NamedTuple):
    """An argument x = k*log(2) + r, and the two halves of exp(r) - 1."""

    k: Vector
    bits: Bits
    odd: Vector
    odd_rest: Vector
    even: Vector


def _reduce(x: Vector, rest: Vector | None = None) -> Reduced:
    """Return the reduction of x + rest up to 2000 in size; `odd + odd_rest` is sinh(r)."""
    k, bits = nearest(x, LOG2_E)
    near = fma(k, -LN2, x)
    small = k * LN2_REST if rest is None else fma(k, LN2_REST, -rest)
    r = near - small
    rest = (near - r) - small
    z = r * r
    odd_rest = fma(r * z, polynomial(z, SINH), rest)
    even = z * fma(z, polynomial(z, COSH), 0.5)
    return Reduced(k, bits, r, odd_rest, even)


def _scaled(value: Vector, k: Vector) -> Vector:
    """Return value * 2**k in two steps: neither overflows or underflows before the result does."""
    half = fma(k, 0.5, MAGIC)
    rest = (k - (half - MAGIC)) + MAGIC
    return value * power_of_two(half.bits()) * power_of_two(rest.bits())


def exp_of_sum(x: Vector, rest: Vector) -> Vector:
    """Return e**(x + rest), the rest being below the rounding of x, for sizes up to 2000.

    Parameters
    ----------
    x, rest : Vector
        Numbers.

    Returns
    -------
    Vector
        The exponential.

    Examples
    --------
    >>> from symbias.codegen.vector.ir import Code
    >>> code = Code()
    >>> exp_of_sum(Vector(code, "%x"), Vector(code, "%y")).name[:2]
    '%v'
    """
    a = _reduce(x, rest)
    small = a.odd_rest + a.even
    p = a.odd + small
    # What both sums lose is added at the end: where the result is a float, this is nearly always it.
    value = 1.0 + p
    lost = ((1.0 - value) + p) + (small - (p - a.odd))
    return _scaled(value + lost, a.k)


def exp(x: Vector) -> Vector:
    """Return e**x.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("exp", 1.0)
    2.718281828459045
    """
    low = select(x < -800.0, -800.0, x)
    a = _reduce(select(low > 800.0, 800.0, low))
    return _scaled(1.0 + (a.odd + (a.odd_rest + a.even)), a.k)


def _half_expm1(x: Vector) -> tuple[Vector, Vector]:
    """Return (e**x - 1)/2 as a number and what it lost."""
    # Cut off where the result is infinite, and where it is -1 to rounding.
    low = select(x < -40.0, -40.0, x)
    a = _reduce(select(low > 710.0, 710.0, low))
    small = a.odd_rest + a.even
    p = a.odd + small
    rest = small - (p - a.odd)
    # Half, because 2**k is not finite everywhere where e**x is.
    half = power_of_two(a.bits - 1)
    offset = half - 0.5
    value = fma(half, p, offset)
    return value, fma(half, rest, fma(half, p, offset - value))


def expm1(x: Vector) -> Vector:
    """Return e**x - 1, with full accuracy near 0.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("expm1", 1e-20)
    1e-20
    """
    value, rest = _half_expm1(x)
    return select(fabs(x) < 1e-300, x, 2.0 * (value + rest))


def _hyperbolic(x: Vector) -> tuple[Vector, Vector, Reduced]:
    """Return a quarter of 2**k + 2**-k, a quarter of 2**k - 2**-k, and the reduction."""
    a = _reduce(select(x > 710.6, 710.6, x))
    up = power_of_two(a.bits - 2)
    # Beyond 2**60 the smaller of the two is below rounding.
    down = power_of_two(((-2.0 - select(a.k > 60.0, 60.0, a.k)) + MAGIC).bits())
    return up + down, up - down, a


def sinh(x: Vector) -> Vector:
    """Return the hyperbolic sine.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("sinh", 1.0)
    1.1752011936438014
    """
    size = fabs(x)
    total, difference, a = _hyperbolic(size)
    low = fma(total, a.odd_rest, difference * a.even)
    high = fma(total, a.odd, difference)
    value = 2.0 * (high + (low + fma(total, a.odd, difference - high)))
    return copysign(select(size < 1e-8, size, value), x)


def cosh(x: Vector) -> Vector:
    """Return the hyperbolic cosine.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("cosh", 1.0)
    1.5430806348152437
    """
    total, difference, a = _hyperbolic(fabs(x))
    low = fma(total, a.even, difference * (a.odd + a.odd_rest))
    return 2.0 * (total + low)


def tanh(x: Vector) -> Vector:
    """Return the hyperbolic tangent.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("tanh", 0.5)
    0.46211715726000974
    """
    size = fabs(x)
    # tanh(x) = t/(t + 1) with t = (exp(2x) - 1)/2; the quotient is corrected by what was lost.
    t, t_rest = _half_expm1(2.0 * select(size > 20.0, 20.0, size))
    bottom = t + 1.0
    bottom_rest = sum_error(t, 1.0, bottom) + t_rest
    inverse = 1.0 / bottom
    q = t * inverse
    value = fma(fma(-q, bottom, t) + fma(-q, bottom_rest, t_rest), inverse, q)
    return copysign(select(size < 1e-8, size, value), x)
