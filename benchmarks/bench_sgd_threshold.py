"""The mean-square threshold of mini-batch SGD against the obvious alternatives.

Run: ``OPENBLAS_NUM_THREADS=1 python benchmarks/bench_sgd_threshold.py``. 1000 Gaussian samples, batches of 4 and 64.
All sides start from the same data and end with the threshold to nine digits: ARPACK and power iteration use the
same operator S -> C**(-1/2) D C**(-1/2) S in the eigenbasis of H, written in NumPy; the dense way builds D and C as
Kronecker products. The last column is the time of the two-sided bracket, which no other side gives.
"""

import time

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import LinearOperator, eigsh

import symbias as sb

SAMPLES = 1000


def best_of(repeats, work):
    """Return the least time of several runs, in milliseconds, and the last value."""
    least = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        value = work()
        least = min(least, time.perf_counter() - start)
    return 1e3 * least, value


def symmetric_operator(X, batch):
    """Return S -> C**(-1/2) D C**(-1/2) S in the eigenbasis of H, and the curvatures."""
    n = len(X)
    p = (n - batch) / (batch * (n - 1))
    h, V = np.linalg.eigh(X.T @ X / n)
    Y = X @ V
    root = np.sqrt(np.add.outer(h, h) / 2)
    full = (1 - p) * np.outer(h, h)

    def apply(S):
        S = S / root
        weights = ((Y @ S) * Y).sum(axis=1) * (p / n)
        return (full * S + (Y * weights[:, None]).T @ Y) / root

    return apply, h


def by_arpack(X, batch):
    apply, h = symmetric_operator(X, batch)
    d = len(h)
    operator = LinearOperator((d * d, d * d), matvec=lambda v: apply(v.reshape(d, d)).ravel())
    start = np.eye(d).ravel()
    return 2 / eigsh(operator, k=1, which="LA", v0=start, tol=1e-10, return_eigenvectors=False)[0]


def by_power_iteration(X, batch):
    apply, h = symmetric_operator(X, batch)
    S, old, value = np.eye(len(h)) / np.sqrt(len(h)), 0.0, 1.0
    while abs(value - old) > 1e-11 * value:
        image = apply(S)
        old, value = value, np.vdot(S, image)
        S = image / np.linalg.norm(image)
    return 2 / value


def by_kronecker_products(X, batch):
    n, d = X.shape
    p = (n - batch) / (batch * (n - 1))
    H, one = X.T @ X / n, np.eye(d)
    Z = (X[:, :, None] * X[:, None, :]).reshape(n, d * d)
    D = (1 - p) * np.kron(H, H) + p / n * Z.T @ Z
    C = (np.kron(H, one) + np.kron(one, H)) / 2
    return 2 / eigh(D, C, eigvals_only=True, subset_by_index=[d * d - 1] * 2)[0]


def compare(d, batch):
    X = np.random.default_rng(0).standard_normal((SAMPLES, d))
    repeats = max(5, 1500 // d)
    sb.stability.sgd_threshold(X, batch)  # loads the compiled loop
    ours, value = best_of(repeats, lambda: sb.stability.sgd_threshold(X, batch))
    bracket, (low, high) = best_of(5, lambda: sb.stability.sgd_bracket(X, batch))
    assert low <= value <= high
    others = {
        "ARPACK": best_of(repeats, lambda: by_arpack(X, batch)),
        "power iteration": best_of(repeats, lambda: by_power_iteration(X, batch)),
    }
    if d <= 30:
        others["Kronecker products"] = best_of(1, lambda: by_kronecker_products(X, batch))
    print(f"d={d}, B={batch}: symbias {ours:.2f} ms, bracket {bracket:.2f} ms of relative width "
          f"{(high - low) / value:.0e}")  # fmt: skip
    for name, (took, other) in others.items():
        assert abs(other / value - 1) < 1e-9, (name, other, value)
        print(f"  {name:<19} {took:9.2f} ms   {took / ours:6.1f} times as long")


if __name__ == "__main__":
    for size in (30, 100, 300):
        for drawn in (4, 64):
            compare(size, drawn)
