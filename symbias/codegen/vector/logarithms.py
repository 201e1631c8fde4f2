"""log, log1p and the inverse hyperbolic functions.

An argument is 2**k * m with m between sqrt(1/2) and sqrt(2); with f = m - 1 and s = f/(2 + f),
log(m) = f - (f**2/2 - s*(f**2/2 + R(s**2))), whose terms do not cancel.
"""

from __future__ import annotations

import math
from typing import Any

from symbias.codegen.vector.arithmetic import (
    copysign,
    fabs,
    fma,
    polynomial,
    select,
    sqrt,
    sum_error,
)
from symbias.codegen.vector.exponentials import LN2
from symbias.codegen.vector.ir import Vector

LOG = (
    0.6666666666666666,
    0.40000000000000885,
    0.28571428570799784,
    0.22222222392581045,
    0.18181795547521137,
    0.15386244737621665,
    0.13268638369266825,
    0.13088034850927555,
)
"""(2*atanh(s)/s - 2)/z in z = s**2."""

LN2_SHORT, LN2_TAIL = 0.6931471803691238, 1.9082149292705877e-10
"""log(2) in two parts, the first so short that its product with an exponent is exact."""

_ROOT_HALF = 0x3FE6A09E667F3BCD
_ONE = 0x3FF0000000000000
_SHIFT = 4503599627370496.0  # 2**52


def split(x: Vector) -> tuple[Vector, Vector]:
    """Return k and m with x = 2**k * m and m between sqrt(1/2) and sqrt(2).

    Parameters
    ----------
    x : Vector
        Positive normal numbers.

    Returns
    -------
    Vector, Vector
        The integer and the number.

    Examples
    --------
    >>> from symbias.codegen.vector.ir import Code
    >>> [v.name[:2] for v in split(Vector(Code(), "%x"))]
    ['%v', '%v']
    """
    offset = x.bits() - _ROOT_HALF
    whole = (offset + _ONE).shifted_right(52)
    k = (whole | 0x4330000000000000).floats() - (_SHIFT + 1023.0)
    m = x.bits() - (offset & -(2**52))
    return k, m.floats()


def _core(k: Vector, f: Vector, rest: Any) -> Vector:
    """Return k*log(2) + log(1 + f) + rest."""
    s = f / (f + 2.0)
    z = s * s
    half = 0.5 * f * f
    tail = fma(k, LN2_TAIL, rest) if rest is not None else k * LN2_TAIL
    bend = half - fma(s, fma(z, polynomial(z, LOG), half), tail)
    return fma(k, LN2_SHORT, f - bend)


def _positive(x: Vector, value: Vector) -> Vector:
    """Return the value of a logarithm at x, with its limits at 0 and infinity and NaN below 0."""
    value = select(x.equals(0.0), -math.inf, value)
    value = select(x.equals(math.inf), math.inf, value)
    return select(x >= 0.0, value, math.nan)


def log(x: Vector) -> Vector:
    """Return the natural logarithm.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("log", 2.0)
    0.6931471805599453
    """
    tiny = x < 2.0**-1022
    k, m = split(select(tiny, x * 2.0**54, x))
    return _positive(x, _core(select(tiny, k - 54.0, k), m - 1.0, None))


def log1p(x: Vector) -> Vector:
    """Return log(1 + x), with full accuracy near 0.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("log1p", 1e-20)
    1e-20
    """
    return _log1p(x, None)


def _log1p(x: Vector, rest: Vector | None) -> Vector:
    """Return log(1 + x + rest), the rest being below rounding."""
    u = x + 1.0
    k, m = split(u)
    near = k.equals(0.0)
    lost = select(near, 0.0, sum_error(x, 1.0, u))
    lost = (lost if rest is None else lost + rest) / u
    value = _core(k, select(near, x, m - 1.0), lost)
    return select(fabs(x) < 1e-300, x, _positive(u, value))


def asinh(x: Vector) -> Vector:
    """Return the inverse hyperbolic sine.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("asinh", 1.0)
    0.881373587019543
    """
    size = fabs(x)
    large = size > 2.0**28
    square = size * size
    near = size + square / (1.0 + sqrt(square + 1.0))
    value = log1p(select(large, size - 1.0, near))
    value = select(large, value + LN2, value)
    return copysign(value, x)


def acosh(x: Vector) -> Vector:
    """Return the inverse hyperbolic cosine, NaN below 1.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("acosh", 2.0)
    1.3169578969248166
    """
    t = x - 1.0
    large = x > 2.0**28
    root = sqrt(fma(t, t, t + t))
    total = root + t
    value = _log1p(select(large, t, total), select(large, 0.0, sum_error(root, t, total)))
    value = select(large, value + LN2, value)
    return select(x >= 1.0, value, math.nan)


def atanh(x: Vector) -> Vector:
    """Return the inverse hyperbolic tangent.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("atanh", 0.5)
    0.5493061443340548
    """
    size = fabs(x)
    twice = size + size
    near = twice + twice * size / (1.0 - size)
    far = twice / (1.0 - size)
    return copysign(0.5 * log1p(select(size < 0.5, near, far)), x)
