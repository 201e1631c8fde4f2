"""Enclosures: the ball twin against the multiprecision twin, which proves nothing, and mpmath's intervals, which do.

The 15 entries of the reduced Hessian (which mpmath's intervals cannot take: they have no arc cosine) and a list of
elementary expressions are evaluated at one exact point; then an inequality is proved on a box, beside the time of the
random search that could only have graded it numeric. Prints medians of interleaved rounds in one process, and ratios.

    python benchmarks/bench_balls.py [--quick]
"""

from __future__ import annotations

import statistics
import sys
import time
from fractions import Fraction

import mpmath
import sympy as sp
from expressions import reduced_hessian

import symbias as sb
from symbias.codegen.kernel import compile_expression

POINT = ("1.05", "-0.103", "-0.155", "0.104", "0.62", "20.5")
x, y = sp.symbols("x y", positive=True)
POTENTIAL = sp.exp(-x) * sp.sqrt(x**2 + y**2) * sp.log(1 + x * y) / (1 + sp.cos(x - y) ** 2)
ELEMENTARY = [sp.diff(POTENTIAL, *by) for by in ((x,), (y,), (x, y), (x, x), (y, y))]


def milliseconds(work):
    start = time.perf_counter()
    for _ in range(5):
        work()
    return (time.perf_counter() - start) / 5 * 1e3


def compare(title, workers, rounds):
    times = {name: [] for name in workers}
    for work in workers.values():
        work()
    for _ in range(rounds):
        for name, work in workers.items():
            times[name].append(milliseconds(work))
    base = statistics.median(times["balls"])
    for name, found in times.items():
        middle = statistics.median(found)
        print(f"{title}: {name:28s} {middle:8.3f} ms   ratio {middle / base:6.1f}")


def hessian(digits):
    kernel = compile_expression(*reduced_hessian())
    ball, exact = kernel.ball(digits), kernel.mp(digits)
    return {"balls": lambda: ball(*POINT), "multiprecision, no proof": lambda: exact(*POINT)}


def elementary(digits):
    kernel = compile_expression(ELEMENTARY, (x, y))
    ball, exact = kernel.ball(digits), kernel.mp(digits)
    known = {name: getattr(mpmath.iv, name) for name in ("exp", "log", "sqrt", "cos", "sin")}
    interval = sp.lambdify((x, y), ELEMENTARY, [known], cse=True)
    point = Fraction(7, 5), Fraction(3, 10)

    def by_intervals():
        mpmath.iv.dps = digits + 5
        return interval(*(mpmath.iv.mpf(p.numerator) / p.denominator for p in point))

    return {
        "balls": lambda: ball(*point),
        "multiprecision, no proof": lambda: exact(*point),
        "mpmath.iv, lambdify with cse": by_intervals,
    }


def main(*, quick=False):
    rounds = 3 if quick else 9
    for digits in (30, 50):
        compare(f"15 entries, {digits} digits", hessian(digits), rounds)
        compare(f"5 elementary, {digits} digits", elementary(digits), rounds)
    start = time.perf_counter()
    evidence = sb.prove(sp.sin(x * y) <= x * y, {x: (Fraction(1, 2), 2), y: (Fraction(1, 2), 2)})
    print(f"{evidence}: {1e3 * (time.perf_counter() - start):.1f} ms")
    start = time.perf_counter()
    found = sb.roots(sp.chebyshevt(15, sp.Symbol("z", real=True)), -1, 1)
    print(f"{len(found)} roots proved alone: {1e3 * (time.perf_counter() - start):.1f} ms")


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
