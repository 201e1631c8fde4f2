"""Compile and first value of about 1,000 statements, in a first process and in later ones.

Each process times itself from the moment when NumPy is imported and the SymPy expression is built:
what is counted is everything of this package, of llvmlite and of Numba, imports included. Least of
several processes; beside the vector code stands the loop that Numba makes from the same statements.

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
FRESH, AGAIN = 3, 5

CHILD = """
import json, sys, time
import numpy, sympy
sys.path.insert(0, {here!r})
from expressions import second_and_third_derivatives
expression, args = second_and_third_derivatives()
point = [1.0, -0.1, -0.15, 0.1, 0.6, 20.0]
start = time.perf_counter()
from symbias.codegen.kernel import compile_expression
kernel = compile_expression(expression, args)
lowered = time.perf_counter() - start
if {mode!r} == "vector":
    values = kernel(*point)
else:
    values = numpy.empty((len(expression), 1))
    inputs = tuple(numpy.array([p]) for p in point)
    kernel.loop(inputs, (0,) * len(point), values)
total = time.perf_counter() - start
found = dict(total=total, lowered=lowered, value=float(values.sum()), numba="numba" in sys.modules)
print(json.dumps(found | kernel.report()))
"""

STAGES = """
import json, sys, time
sys.path.insert(0, {here!r})
from expressions import second_and_third_derivatives
from symbias.codegen.key import content_key
from symbias.codegen.lower import lower
from symbias.codegen.source import module_text
from symbias.codegen.vector.machine import Loaded, compile_ir
from symbias.codegen.vector.module import module_ir
expression, args = second_and_third_derivatives()
found, at = {{}}, time.perf_counter()
def stage(name):
    global at
    found[name], at = time.perf_counter() - at, time.perf_counter()
key = content_key(expression, args); stage("key")
program = lower(expression, args); stage("statements")
text = module_text(program, key); stage("Python text")
ir = module_ir(program); stage("LLVM IR")
code = compile_ir(ir, careful=False); stage("machine code in haste")
compile_ir(ir); stage("with care, after a million points")
Loaded(code); stage("load")
print(json.dumps(found))
"""


def run(code, cache, seed="0"):
    """Return what a fresh process prints."""
    path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    settings = {"SYMBIAS_CACHE_DIR": cache, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
    found = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], env=os.environ | settings, check=True, capture_output=True
    )
    return json.loads(found.stdout)


def measure(mode):
    """Return the fastest first process and the fastest later one."""
    code = CHILD.format(here=str(HERE), mode=mode)
    cold, warm = [], []
    for attempt in range(FRESH):
        with tempfile.TemporaryDirectory() as folder:
            cache = str(Path(folder) / "kernels")
            cold.append(run(code, cache))
            if attempt == 0:
                warm = [run(code, cache, seed=str(k)) for k in range(AGAIN)]
    return min(cold, key=lambda r: r["total"]), min(warm, key=lambda r: r["total"])


def main():
    found = {mode: measure(mode) for mode in ("vector", "numba")}
    cold, warm = found["vector"]
    print(f"{cold['statements']} statements; cache hits: {cold['cache_hit']}, {warm['cache_hit']}")
    print(f"Numba imported in the first process: {cold['numba']}, in later ones: {warm['numba']}")
    for name, place in (("first process", 0), ("later process", 1)):
        ours, theirs = found["vector"][place]["total"], found["numba"][place]["total"]
        print(f"{name}: vector {ours:.3f} s, Numba {theirs:.3f} s, ratio {theirs / ours:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        stages = [run(STAGES.format(here=str(HERE)), folder) for _ in range(FRESH)]
    least = {name: min(s[name] for s in stages) for name in stages[0]}
    print("stages: " + ", ".join(f"{name} {1e3 * t:.0f} ms" for name, t in least.items()))
    return found["numba"][0]["total"] / cold["total"], found["numba"][1]["total"] / warm["total"]


if __name__ == "__main__":
    main()
