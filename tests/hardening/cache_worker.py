"""One process of the cache campaign: compiles expressions, evaluates them, and compares with mpmath.

Prints ``ok N`` after N values, or ``refused MESSAGE`` where the cache directory is unusable; a wrong value ends it with
status 3. The expected values come from SymPy and mpmath, never from the cache.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import mpmath
import sympy as sp

import symbias as sb

x, y = sp.symbols("x y", real=True)
POINTS = [(0.25, 1.5), (-0.75, 2.0), (3.5, 0.125)]


def expression(number: int) -> Any:
    """Return the expression of this number; no two agree at a point. One in four runs Numba's loop, for its gamma."""
    k = number + 1
    last = sp.gamma(x**2 + sp.Rational(k, 2)) if number % 4 == 3 else sp.atan2(x, k + y**2)
    return sp.Matrix(
        [
            sp.sin(k * x) * sp.exp(-y / k) + sp.sqrt(x**2 + k),
            sp.log(1 + k * x**2) - sp.tanh(y - k * x) + sp.Rational(k, 7),
            last,
        ]
    )


def expected(expr: Any, point: tuple[float, float]) -> list[float]:
    """Return the values to the last bit, by SymPy and mpmath alone."""
    exact = {
        s: sp.Rational(*value.as_integer_ratio()) for s, value in zip((x, y), point, strict=True)
    }
    return [float(mpmath.mpf(sp.N(part.xreplace(exact), 30))) for part in expr]


def main(seed: int, numbers: list[int]) -> int:
    """Compile these expressions in an order of its own, twice each."""
    rng = random.Random(seed)
    count = 0
    for number in rng.sample(numbers, len(numbers)):
        expr = expression(number)
        for _ in range(2):
            try:
                kernel = sb.compile(list(expr), [x, y])
                values = [[float(v) for v in kernel(*point)] for point in POINTS]
            except sb.CacheError as error:
                print("refused", error)
                return 0
            for found, point in zip(values, POINTS, strict=True):
                for value, wanted in zip(found, expected(expr, point), strict=True):
                    count += 1
                    if abs(value - wanted) > 1e-14 * (1 + abs(wanted)):
                        print("wrong", number, point, value, wanted)
                        return 3
    print("ok", count)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), [int(n) for n in sys.argv[2:]]))
