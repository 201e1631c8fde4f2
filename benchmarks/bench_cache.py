"""Compile and first call of about 1,000 statements: a first process against a second one.

Each process times itself after ``import numba``, so that what is compared is the work, not Python.

    python benchmarks/bench_cache.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

CHILD = """
import json, sys, time
import numba, numpy, sympy
sys.path.insert(0, {here!r})
from expressions import second_and_third_derivatives
expression, args = second_and_third_derivatives()
start = time.perf_counter()
from symbias.codegen.kernel import compile_expression
kernel = compile_expression(expression, args)
compiled = time.perf_counter() - start
value = kernel(1.0, -0.1, -0.15, 0.1, 0.6, 20.0).sum()
total = time.perf_counter() - start
print(json.dumps(dict(total=total, compile=compiled, value=value, **kernel.report())))
"""


def run(cache, seed):
    """Return the report of one fresh process."""
    path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    settings = {"SYMBIAS_CACHE_DIR": cache, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
    code = CHILD.format(here=str(HERE))
    found = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], env=os.environ | settings, check=True, capture_output=True
    )
    return json.loads(found.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "kernels")
        cold, *warm = (run(cache, seed) for seed in "123")
    print(
        f"{cold['statements']} statements; hits: {cold['cache_hit']}, {[w['cache_hit'] for w in warm]}"
    )
    print(f"cold: {cold['total']:.2f} s ({cold['compile']:.2f} s lowering and writing)")
    for w in warm:
        print(f"warm: {w['total']:.3f} s, ratio {w['total'] / cold['total']:.3f}")
    return min(w["total"] for w in warm) / cold["total"]


if __name__ == "__main__":
    main()
