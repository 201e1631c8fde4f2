"""asin, acos, atan and atan2: each reduced to one polynomial on [0, 1/2]."""

from __future__ import annotations

from symbias.codegen.vector.arithmetic import (
    copysign,
    fabs,
    fma,
    isnan,
    polynomial,
    select,
    sqrt,
)
from symbias.codegen.vector.ir import Mask, Vector

PI, PI_REST = 3.141592653589793, 1.2246467991473532e-16

ASIN = (
    0.16666666666666666,
    0.07500000000000118,
    0.044642857142551895,
    0.03038194447553234,
    0.02237215744350722,
    0.017352816540325496,
    0.01396378001220357,
    0.011566459612121669,
    0.009621842970100282,
    0.009319560794767446,
    0.0030448799094556773,
    0.019554513336123378,
    -0.01924167174674304,
    0.02961201126495512,
)
"""(asin(r)/r - 1)/z in z = r**2 <= 1/4."""

ATAN = (
    -0.3333333333333333,
    0.19999999999999488,
    -0.14285714285599188,
    0.11111111100917376,
    -0.09090908620322523,
    0.07692294712540285,
    -0.06666435677235948,
    0.05879578429582425,
    -0.05240099507994713,
    0.04628024868570153,
    -0.03806653672057366,
    0.025006503566489507,
    -0.009215792047089858,
)
"""(atan(r)/r - 1)/z in z = r**2 <= 1/4."""


def _arc(size: Vector) -> tuple[Vector, Vector, Mask]:
    """Return r and the rest of asin(r), r being the size or, above 1/2, sqrt((1 - size)/2)."""
    outer = size > 0.5
    z = select(outer, fma(size, -0.5, 0.5), size * size)
    r = select(outer, sqrt(z), size)
    return r, r * z * polynomial(z, ASIN), outer


def acos(x: Vector) -> Vector:
    """Return the angle in [0, pi] with this cosine, NaN outside [-1, 1].

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("acos", -1.0)
    3.141592653589793
    """
    r, rest, outer = _arc(fabs(x))
    negative = x < 0.0
    far = 2.0 * (r + rest)
    far = select(negative, PI - (far - PI_REST), far)
    signed, signed_rest = copysign(r, x), copysign(rest, x)
    near = 0.5 * PI - (signed - (0.5 * PI_REST - signed_rest))
    return select(outer, far, near)


def asin(x: Vector) -> Vector:
    """Return the angle in [-pi/2, pi/2] with this sine, NaN outside [-1, 1].

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("asin", 0.5)
    0.5235987755982989
    """
    r, rest, outer = _arc(fabs(x))
    twice = r + r
    high = 0.5 * PI - twice
    lost = (0.5 * PI - high) - twice
    far = high - ((2.0 * rest - 0.5 * PI_REST) - lost)
    return copysign(select(outer, far, r + rest), x)


def _angle(low: Vector, high: Vector) -> Vector:
    """Return atan(low/high) for 0 <= low <= high."""
    outer = (low + low > high) | low.equals(high)
    top = select(outer, low - high, low)
    bottom = select(outer, low + high, high)
    t = select(low.equals(high), 0.0, top / bottom)
    z = t * t
    rest = t * z * polynomial(z, ATAN)
    return select(outer, 0.25 * PI + (t + (rest + 0.25 * PI_REST)), t + rest)


def atan(x: Vector) -> Vector:
    """Return the angle in [-pi/2, pi/2] with this tangent.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("atan", 1.0)
    0.7853981633974483
    """
    size = fabs(x)
    steep = size > 1.0
    ones = select(steep, size, 1.0)
    value = _angle(select(steep, 1.0, size), ones)
    value = select(steep, 0.5 * PI - (value - 0.5 * PI_REST), value)
    return copysign(value, x)


def atan2(y: Vector, x: Vector) -> Vector:
    """Return the angle of the point (x, y) in [-pi, pi], for points other than the origin.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("atan2", 1.0, -1.0)
    2.356194490192345
    """
    height, width = fabs(y), fabs(x)
    steep = height > width
    high = select(steep, height, width)
    low = select(steep, width, height)
    # The sum of the two must not overflow.
    scale = select(high > 1e300, 0.25, 1.0)
    value = _angle(low * scale, high * scale)
    value = select(steep, 0.5 * PI - (value - 0.5 * PI_REST), value)
    value = select(copysign(1.0, x) < 0.0, PI - (value - PI_REST), value)
    value = select(isnan(x), x, select(isnan(y), y, value))
    return copysign(value, y)
