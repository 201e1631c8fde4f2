"""Gradient flow and gradient descent of a diagonal network against the obvious alternatives.

Run: ``python benchmarks/bench_flow.py``. The flow is measured against an explicit integrator of the same accuracy, a
step of descent against NumPy, both on one thread's work: 40 samples, 100 coordinates (descent), the 40 x 64 digits of
the first result (flow).
"""

import time

import numpy as np
import sympy as sp
from scipy.integrate import DOP853
from sklearn.datasets import load_digits

import symbias as sb

u, v = sp.symbols("u v", real=True)
NETWORK = sb.Parametrization(u**2 - v**2, [u, v])


def best_of(repeats, work):
    """Return the least time of several runs, in seconds, and the last value."""
    least = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        value = work()
        least = min(least, time.perf_counter() - start)
    return least, value


def numpy_descent(X, y, size, step, steps):
    first = np.full(X.shape[1], size)
    second = first.copy()
    for _ in range(steps):
        force = 2 * step * (X.T @ (X @ (first * first - second * second) - y))
        first -= force * first
        second += force * second
    return first**2 - second**2


def descent():
    rng = np.random.default_rng(0)
    X, y, steps = rng.standard_normal((40, 100)), rng.standard_normal(40), 20_000
    ours, run = best_of(
        5,
        lambda: sb.simulate.gradient_descent(
            NETWORK, X, y, {u: 0.1, v: 0.1}, 1e-7, max_steps=steps, every=steps
        ),
    )
    plain, w = best_of(3, lambda: numpy_descent(X, y, 0.1, 1e-7, steps))
    assert np.abs(run.w - w).max() < 1e-12
    print("gradient descent, n=40, d=100, microseconds per step")
    print(f"  NumPy   {plain / steps * 1e6:8.2f}")
    print(f"  symbias {ours / steps * 1e6:8.2f}   {plain / ours:.1f} times faster")


def explicit_flow(X, y, size, seconds):
    """Return the time an explicit integrator of order 8 takes, or how much loss was left after `seconds`."""
    d = X.shape[1]

    def velocity(_, theta):
        first, second = theta[:d], theta[d:]
        force = -2 * (X.T @ (X @ (first**2 - second**2) - y))
        return np.concatenate([first * force, -second * force])

    solver = DOP853(velocity, 0.0, np.full(2 * d, size), 1e30, rtol=1e-11, atol=1e-13 * size**2)
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        with np.errstate(all="ignore"):  # trial steps far beyond stability overflow and are refused
            for _ in range(50):
                solver.step()
        gap = np.abs(X @ (solver.y[:d] ** 2 - solver.y[d:] ** 2) - y).max()
        if gap < 1e-11:
            return time.perf_counter() - start, ""
    return seconds, f"(residual still {gap:.1g}: given up)"


def flow(limit=10.0):
    bundled = load_digits()
    rows = [np.flatnonzero(bundled.target == c)[:20] for c in (3, 5)]
    X, y = bundled.data[np.concatenate(rows)] / 16, np.repeat([1.0, -1.0], 20)
    print("gradient flow to its limit, 40 digits, seconds")
    for size in (1e-3, 1e-1, 10.0):
        ours, run = best_of(
            2, lambda size=size: sb.simulate.gradient_flow(NETWORK, X, y, {u: size, v: size})
        )
        assert run.converged
        explicit, note = explicit_flow(X, y, size, limit)
        print(
            f"  start {size:<6g} explicit {explicit:6.2f} {note}  symbias {ours:6.3f} "
            f"({run.steps} steps)   {'>' if note else ''}{explicit / ours:.0f} times faster"
        )


if __name__ == "__main__":
    descent()
    flow()
