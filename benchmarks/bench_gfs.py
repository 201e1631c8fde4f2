"""The sharpness at the end of gradient flow along gradient descent of a scalar network, against roots point by point.

Run: ``python benchmarks/bench_gfs.py``. Four weights, 20,000 steps, one process. The alternatives take the steps in
NumPy, and the end of the flow from each point by the roots of the polynomial (``numpy.roots``), by
``scipy.optimize.brentq``, or by integrating the flow (on 20 points, extrapolated). Times are the least of several
rounds, in which the sides take turns.
"""

import time

import numpy as np
import sympy as sp
from scipy.optimize import brentq

import symbias as sb

START, STEP, STEPS, ROUNDS, FEW = [2.25, 2.25, 0.445, 0.445], 0.2, 20_000, 5, 20


def ours():
    return sb.ScalarNetwork(START).train(STEP, STEPS).gfs_sharpness


def path():
    points = np.empty((STEPS + 1, len(START)))
    points[0] = START
    for t in range(STEPS):
        w = points[t]
        product = w.prod()
        points[t + 1] = w - STEP * (product - 1) * product / w
    return points


def by_roots():
    found = []
    for squares in path() ** 2:
        polynomial = np.poly(-squares)
        polynomial[-1] -= 1
        roots = np.roots(polynomial)
        shift = roots[np.abs(roots.imag) < 1e-9].real.max()
        found.append((1 / (squares + shift)).sum())
    return np.array(found)


def by_bracket():
    found = []
    for squares in path() ** 2:
        low, high = -squares.min(), 1 - squares.min()
        shift = brentq(lambda q, a=squares: np.prod(a + q) - 1, low, high, xtol=1e-15)
        found.append((1 / (squares + shift)).sum())
    return np.array(found)


def by_flow():
    names = sp.symbols("w_1:5", real=True)
    network = sb.Parametrization(sp.Mul(*names), names)
    found = []
    for w in path()[:FEW]:
        init = dict(zip(names, w, strict=True))
        run = sb.simulate.gradient_flow(network, [[1.0]], [1.0], init, accuracy=1e-12)
        found.append(sum(1 / run.theta[name] ** 2 for name in names))
    return np.array(found)


def main():
    sides = {"symbias": ours, "numpy.roots": by_roots, "brentq": by_bracket, "flow": by_flow}
    reference = ours()
    best = dict.fromkeys(sides, np.inf)
    for _ in range(ROUNDS):
        for name, side in sides.items():
            start = time.perf_counter()
            found = side()
            best[name] = min(best[name], time.perf_counter() - start)
            error = np.abs(found / reference[: len(found)] - 1).max()
            if error > 1e-7:
                raise AssertionError(f"{name} differs by {error:.1e}")
    best["flow"] *= (STEPS + 1) / FEW
    print(
        f"{STEPS} steps of {len(START)} weights with the sharpness at the end of the flow from each"
    )
    for name, seconds in best.items():
        print(
            f"  {name:12s} {seconds * 1e3:10.2f} ms   {seconds / best['symbias']:10.1f} times ours"
        )


if __name__ == "__main__":
    main()
