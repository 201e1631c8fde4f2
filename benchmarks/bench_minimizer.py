"""The interpolator of gradient flow: dual Newton against a general solver of the same problem and the flow itself.

    python benchmarks/bench_minimizer.py [--large]

Prints milliseconds and ratios to `Regularizer.minimizer`, after compilation. The general solver is
scipy.optimize.minimize(method="trust-constr") on the compiled potential, its gradient and its Hessian.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import sympy as sp
from scipy.optimize import LinearConstraint, minimize

import symbias as sb

ALPHAS = (1e-3, 1e-1, 1e1)


def best_of(work, repeats):
    """Return the least seconds, and what the last call returned."""
    seconds, found = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), found


def sparse_regression(d, n, rng):
    X = rng.standard_normal((n, d))
    w = np.zeros(d)
    w[:5] = 1 / np.sqrt(5)
    return X, X @ w + 0.1 * rng.standard_normal(n)


def general_solver(regularizer, X, y):
    (w,) = regularizer.w
    potential = regularizer.potential.rhs
    value, slope, second = (sb.compile(sp.diff(potential, w, k), [w]) for k in range(3))
    start = np.linalg.lstsq(X, y, rcond=None)[0]
    found = minimize(
        lambda x: value(x).sum(),
        start,
        jac=slope,
        hess=lambda x: np.diag(second(x)),
        method="trust-constr",
        constraints=LinearConstraint(X, y, y),
        options={"gtol": 1e-10, "xtol": 1e-14, "maxiter": 3000},
    )
    return found.x


def main():
    d, n = (1000, 100) if "--large" in sys.argv else (200, 40)
    X, y = sparse_regression(d, n, np.random.default_rng(0))
    net = sb.parametrizations.diagonal(2)
    print(f"d = {d}, N = {n}; milliseconds (ratio to the dual; largest difference from it)")
    for alpha in ALPHAS:
        init = dict.fromkeys(net.parameters, alpha)
        regularizer = net.regularizer(init)
        regularizer.minimizer(X, y)
        ours, w = best_of(lambda r=regularizer: r.minimizer(X, y), 5)
        general, x = best_of(lambda r=regularizer: general_solver(r, X, y), 1)
        sb.simulate.gradient_flow(net, X[:2], y[:2], init)
        flow, run = best_of(lambda i=init: sb.simulate.gradient_flow(net, X, y, i), 1)
        print(
            f"alpha {alpha:7.0e}: dual {1e3 * ours:8.2f}"
            f" | trust-constr {1e3 * general:9.1f} ({general / ours:6.0f}x; {abs(x - w).max():.0e})"
            f" | flow {1e3 * flow:9.1f} ({flow / ours:6.0f}x; {abs(run.w - w).max():.0e})"
        )


if __name__ == "__main__":
    main()
