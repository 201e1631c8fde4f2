"""hypot: scaled by powers of 2, so that no square overflows or underflows."""

from __future__ import annotations

import math

from symbias.codegen.vector.arithmetic import fabs, fma, select, sqrt
from symbias.codegen.vector.ir import Vector


def hypot(x: Vector, y: Vector) -> Vector:
    """Return sqrt(x**2 + y**2).

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("hypot", 3.0, 4.0)
    5.0
    """
    a, b = fabs(x), fabs(y)
    swap = a < b
    high, low = select(swap, b, a), select(swap, a, b)
    large, small = high > 2.0**500, high < 2.0**-500
    down = select(large, 2.0**-600, select(small, 2.0**600, 1.0))
    up = select(large, 2.0**600, select(small, 2.0**-600, 1.0))
    high, low = high * down, low * down
    value = sqrt(fma(high, high, low * low)) * up
    return select(a.equals(math.inf) | b.equals(math.inf), a + b, value)
