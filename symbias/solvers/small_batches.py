"""Many small linear systems at once, compiled."""

from __future__ import annotations

import numpy as np

from symbias.jit import njit


@njit(nogil=True, error_model="numpy", cache=True)
def solve_each(matrices: np.ndarray, rights: np.ndarray, out: np.ndarray) -> None:
    """Solve one small system per column, by elimination with the largest pivots.

    Parameters
    ----------
    matrices : numpy.ndarray, shape (n * n, points)
        Entries row by row.
    rights : numpy.ndarray, shape (n, points)
        Right-hand sides.
    out : numpy.ndarray, shape (n, points)
        For the solutions; NaN or infinite where a system is singular.

    Examples
    --------
    >>> out = np.empty((1, 2))
    >>> solve_each(np.array([[2.0, 4.0]]), np.array([[1.0, 1.0]]), out)
    >>> out
    array([[0.5 , 0.25]])
    """
    n, points = rights.shape
    a = np.empty((n, n + 1))
    for p in range(points):
        for i in range(n):
            for j in range(n):
                a[i, j] = matrices[n * i + j, p]
            a[i, n] = rights[i, p]
        _eliminate(a)
        for k in range(n - 1, -1, -1):
            total = a[k, n]
            for j in range(k + 1, n):
                total -= a[k, j] * out[j, p]
            out[k, p] = total / a[k, k]


@njit(nogil=True, error_model="numpy", cache=True)
def _eliminate(a: np.ndarray) -> None:
    """Make a matrix with one more column upper triangular."""
    n = a.shape[0]
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[best, k]):
                best = i
        if best != k:
            for j in range(k, n + 1):
                a[k, j], a[best, j] = a[best, j], a[k, j]
        for i in range(k + 1, n):
            ratio = a[i, k] / a[k, k]
            for j in range(k + 1, n + 1):
                a[i, j] -= ratio * a[k, j]
