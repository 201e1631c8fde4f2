"""Start-up: ``import symbias`` against ``import sympy``, and the first derived formula with its LaTeX.

Every figure is the median of fresh processes, interleaved, taken inside them: the start of the
interpreter does not count, nor ``import sympy`` for the first formula.

    python benchmarks/bench_start.py [--quick]
"""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 3 if "--quick" in sys.argv else 9

IMPORT = """
import time
start = time.perf_counter()
import {name}
print(time.perf_counter() - start)
"""
FIRST = """
import time
import sympy as sp
start = time.perf_counter()
import symbias as sb
w = sp.Symbol("w", real=True)
a = sp.Symbol("a", positive=True)
d = sb.Derivation("first").start((w**2 - a**2) / (w + a), "given").rewrite(w - a, "cancel")
d.conclude(sp.Function("f")(w, a), "first").latex()
print(time.perf_counter() - start)
"""
CODES = {
    "import symbias": IMPORT.format(name="symbias"),
    "import sympy": IMPORT.format(name="sympy"),
    "first formula with LaTeX": FIRST,
}


def milliseconds(code):
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - code above
    return 1e3 * float(done.stdout)


def main():
    rounds = [{name: milliseconds(code) for name, code in CODES.items()} for _ in range(ROUNDS)]
    median = {name: statistics.median(r[name] for r in rounds) for name in CODES}
    for name, value in median.items():
        print(f"{name:<26} {value:7.1f} ms   ratio {value / median['import symbias']:6.1f}")


if __name__ == "__main__":
    main()
