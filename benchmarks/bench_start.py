"""Start-up: ``import symbias`` against ``import sympy``, and the first derived formula with its LaTeX.

Every figure is the median of fresh processes, interleaved; times are net of a bare interpreter.

    python benchmarks/bench_start.py [--quick]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 3 if "--quick" in sys.argv else 9

BARE = "pass"
PACKAGE = "import symbias"
PEER = "import sympy"
FIRST = """
import sympy as sp
import symbias as sb
w = sp.Symbol("w", real=True)
a = sp.Symbol("a", positive=True)
d = sb.Derivation("first").start((w**2 - a**2) / (w + a), "given").rewrite(w - a, "cancel")
d.conclude(sp.Function("f")(w, a), "first").latex()
"""


def seconds(code):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main():
    codes = {"bare": BARE, "import symbias": PACKAGE, "import sympy": PEER, "first formula": FIRST}
    rounds = [{name: seconds(code) for name, code in codes.items()} for _ in range(ROUNDS)]
    median = {name: statistics.median(r[name] for r in rounds) for name in codes}
    package = median["import symbias"] - median["bare"]
    peer = median["import sympy"] - median["bare"]
    first = median["first formula"] - median["import sympy"]
    print(f"import symbias          {1e3 * package:7.1f} ms   ratio {1:5.2f}")
    print(f"import sympy            {1e3 * peer:7.1f} ms   ratio {peer / package:5.2f}")
    print(f"first formula, LaTeX    {1e3 * first:7.1f} ms   after import sympy")


if __name__ == "__main__":
    main()
