"""Vectorised evaluation of the reduced Hessian: a kernel against ``sympy.lambdify`` with NumPy.

Prints nanoseconds per point and the ratios, medians of interleaved rounds in one process. The
default of ``lambdify`` evaluates common parts again and again; ``cse=True`` is the stronger peer.

    python benchmarks/bench_evaluate.py [--quick]
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import sympy as sp
from expressions import reduced_hessian

from symbias.codegen.kernel import compile_expression

POINTS, ROUNDS = 100_000, 9


def sample(points, rng):
    """Return block coordinates near a type II point, and d near 20."""
    centres = (1.0, -0.1, -0.15, 0.1, 0.6)
    coordinates = [c * (1 + 0.1 * rng.random(points)) for c in centres]
    return [*coordinates, 20 + rng.random(points)]


def nanoseconds(function, inputs):
    start = time.perf_counter()
    function(*inputs)
    return (time.perf_counter() - start) / inputs[0].size * 1e9


def largest_error(kernel, values, inputs, rows=5):
    """Return the largest relative error against 30 digits over a few points and all entries."""
    exact = kernel.mp(30)
    worst = 0.0
    for k in range(rows):
        truth = np.array([float(v) for v in exact(*(float(a[k]) for a in inputs))])
        worst = max(worst, float(np.max(np.abs(values[:, k] / truth - 1))))
    return worst


def main(*, quick=False):
    expressions, args = reduced_hessian()
    kernel = compile_expression(expressions, args)
    peers = {"lambdify, cse=True": sp.lambdify(args, expressions, "numpy", cse=True)}
    if not quick:
        peers["lambdify"] = sp.lambdify(args, expressions, "numpy")
    inputs = sample(POINTS, np.random.default_rng(0))
    functions = {"kernel": kernel, **peers}
    for function in functions.values():
        function(*(a[:5] for a in inputs))  # compile and warm up
    times = {name: [] for name in functions}
    for _ in range(3 if quick else ROUNDS):
        for name, function in functions.items():
            times[name].append(nanoseconds(function, inputs))
    report = kernel.report()
    print(
        f"{report['operations_before']} operations written, {report['operations_after']} computed"
    )
    base = statistics.median(times["kernel"])
    for name in functions:
        middle = statistics.median(times[name])
        ratios = [t / k for t, k in zip(times[name], times["kernel"], strict=True)]
        print(f"{name:20s} {middle:9.1f} ns/point   ratio {statistics.median(ratios):6.2f}")
    few = [a[:5] for a in inputs]
    for name, function in functions.items():
        print(f"{name}: relative error {largest_error(kernel, np.array(function(*few)), few):.1e}")
    return {name: statistics.median(t) / base for name, t in times.items()}


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
