"""Evaluation on one core: a kernel against Numba, ``sympy.lambdify`` and heyoka in the same run.

Two expressions: the 15 entries of the reduced Hessian, and those with the 35 third derivatives. Prints
nanoseconds per point, medians and least times of interleaved rounds in one process that is held on
one core, and the ratios of the medians to the kernel's.

- *plain Numba*: a scalar loop over points as one would write it: the statements of ``sympy.cse``,
  printed by ``sympy.pycode``, under ``njit``.
- *Numba loop*: the loop that the same kernel hands to Numba code, with this package's statements.
- *lambdify*: with NumPy; its default evaluates common parts again and again, so ``cse=True`` is the
  stronger peer.
- *heyoka*: ``heyoka.cfunc`` of the converted expressions, if it is installed; its time to compile is
  printed too.

    python benchmarks/bench_evaluate.py [--quick]
"""

from __future__ import annotations

import os
import statistics
import sys
import time

import numpy as np
import sympy as sp
from expressions import reduced_hessian, second_and_third_derivatives

from symbias.codegen.kernel import compile_expression
from symbias.codegen.objects import ENOUGH

CASES = {
    "hessian": (reduced_hessian, 100_000),
    "third": (second_and_third_derivatives, 10_000),
}
ROUNDS = 15


def sample(points, rng):
    """Return block coordinates near a type II point, and d near 20."""
    centres = (1.0, -0.1, -0.15, 0.1, 0.6)
    coordinates = [c * (1 + 0.1 * rng.random(points)) for c in centres]
    return [*coordinates, 20 + rng.random(points)]


def nanoseconds(function, inputs):
    start = time.perf_counter()
    function(*inputs)
    return (time.perf_counter() - start) / inputs[0].size * 1e9


def plain_numba(expressions, args):
    """Return a plain scalar loop over points, compiled by Numba."""
    from numba import njit

    statements, outputs = sp.cse(expressions, list=False)
    lines = ["import math", "def loop(inputs, out):", "    for k in range(out.shape[1]):"]
    renamed = {a: sp.Symbol(f"arg{n}") for n, a in enumerate(args)}
    lines += [f"        {b} = inputs[{n}, k]" for n, b in enumerate(renamed.values())]
    lines += [f"        {name} = {sp.pycode(e.xreplace(renamed))}" for name, e in statements]
    lines += [
        f"        out[{n}, k] = {sp.pycode(e.xreplace(renamed))}" for n, e in enumerate(outputs)
    ]
    space = {}
    exec("\n".join(lines), space)  # noqa: S102 - our own text
    loop = njit(nogil=True, error_model="numpy")(space["loop"])

    def call(*inputs):
        out = np.empty((len(expressions), inputs[0].size))
        loop(np.array(inputs), out)
        return out

    return call


def numba_loop(kernel):
    """Return the loop for Numba code, called as the kernel is."""

    def call(*inputs):
        out = np.empty((len(kernel.expressions), inputs[0].size))
        kernel.loop(tuple(inputs), (1,) * len(inputs), out)
        return out

    return call


def heyoka_function(expressions, args):
    """Return heyoka's compiled function, or None where heyoka is not installed."""
    try:
        import heyoka
    except ImportError:
        print("heyoka is not installed: left out (pip install heyoka)")
        return None
    start = time.perf_counter()
    names = {a: f"x{k}" for k, a in enumerate(args)}
    renamed = [e.xreplace({a: sp.Symbol(n) for a, n in names.items()}) for e in expressions]
    converted = [heyoka.from_sympy(e) for e in renamed]
    middle = time.perf_counter()
    function = heyoka.cfunc(converted, vars=heyoka.make_vars(*names.values()))
    compiled = time.perf_counter() - middle
    print(f"heyoka: converted in {middle - start:.2f} s, compiled in {compiled:.2f} s")
    return lambda *inputs: function(np.array(inputs))


def largest_error(kernel, values, inputs, rows=5):
    """Return the largest relative error against 30 digits over a few points and all entries."""
    exact = kernel.mp(30)
    worst = 0.0
    for k in range(rows):
        truth = np.array([float(v) for v in exact(*(float(a[k]) for a in inputs))])
        worst = max(worst, float(np.max(np.abs(values[:, k] / truth - 1))))
    return worst


def compare(name, *, quick):
    """Print one table; return the ratios to the kernel."""
    make, points = CASES[name]
    expressions, args = make()
    kernel = compile_expression(expressions, args)
    report = kernel.report()
    print(
        f"\n{name}: {report['operations_before']} operations written, "
        f"{report['operations_after']} computed in {report['statements']} statements"
    )
    functions = {f"kernel ({report['backend']})": kernel, "Numba loop": numba_loop(kernel)}
    functions["lambdify, cse=True"] = sp.lambdify(args, expressions, "numpy", cse=True)
    if not quick:
        functions["plain Numba"] = plain_numba(expressions, args)
        functions["lambdify"] = sp.lambdify(args, expressions, "numpy")
        heyoka = heyoka_function(expressions, args)
        functions |= {"heyoka": heyoka} if heyoka else {}
    inputs = sample(points, np.random.default_rng(0))
    for _ in range(ENOUGH // points + 1):
        kernel(*inputs)  # from then on it runs code that was made with care
    few = [a[:5] for a in inputs]
    errors = {n: largest_error(kernel, np.array(f(*few)), few) for n, f in functions.items()}
    times = {n: [] for n in functions}
    for _ in range(3 if quick else ROUNDS):
        for n, function in functions.items():
            times[n].append(nanoseconds(function, inputs))
    middle = {n: statistics.median(t) for n, t in times.items()}
    base = next(iter(middle.values()))
    for n, t in times.items():
        print(
            f"{n:20s} {middle[n]:9.1f} ns/point (least {min(t):8.1f})   ratio {middle[n] / base:7.2f}"
            f"   relative error {errors[n]:.1e}"
        )
    return {n: t / base for n, t in middle.items()}


def main(*, quick=False):
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return {name: compare(name, quick=quick) for name in CASES}


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
