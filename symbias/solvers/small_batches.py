"""Many small linear systems and symmetric eigenproblems at once, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

SWEEPS = 30
"""Jacobi sweeps; five suffice for matrices of six rows."""


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


@njit(nogil=True, error_model="numpy", cache=True)
def eigenvalues_each(matrices: np.ndarray, metrics: np.ndarray, out: np.ndarray) -> None:
    """Find the eigenvalues of one small matrix per column, symmetric in a metric, by Jacobi's rotations.

    Parameters
    ----------
    matrices : numpy.ndarray, shape (n * n, points)
        Entries of M, row by row.
    metrics : numpy.ndarray, shape (n * n, points)
        Entries of a positive definite G for which G M is symmetric.
    out : numpy.ndarray, shape (n, points)
        For the eigenvalues, ascending.

    Examples
    --------
    >>> out = np.empty((2, 1))
    >>> one = np.array([[1.0], [0.0], [0.0], [1.0]])
    >>> eigenvalues_each(np.array([[0.0], [2.0], [2.0], [0.0]]), one, out)
    >>> out
    array([[-2.],
           [ 2.]])
    """
    n, points = out.shape
    r = np.zeros((n, n))
    s = np.empty((n, n))
    for p in range(points):
        _triangle(metrics, p, r)
        _symmetric(matrices, p, r, s)
        _rotated(s)
        for i in range(n):
            # Insertion keeps the values in order.
            j = i
            while j > 0 and out[j - 1, p] > s[i, i]:
                out[j, p] = out[j - 1, p]
                j -= 1
            out[j, p] = s[i, i]


@njit(nogil=True, error_model="numpy", cache=True)
def _triangle(metrics: np.ndarray, p: int, r: np.ndarray) -> None:
    """Write the upper triangle R with R' R = G (Cholesky)."""
    n = r.shape[0]
    for i in range(n):
        for j in range(i, n):
            total = metrics[n * i + j, p]
            for k in range(i):
                total -= r[k, i] * r[k, j]
            r[i, j] = np.sqrt(total) if i == j else total / r[i, i]


@njit(nogil=True, error_model="numpy", cache=True)
def _symmetric(matrices: np.ndarray, p: int, r: np.ndarray, s: np.ndarray) -> None:
    """Write R M R^-1."""
    n = r.shape[0]
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(i, n):
                total += r[i, k] * matrices[n * k + j, p]
            s[i, j] = total
    for i in range(n):
        for j in range(n):
            total = s[i, j]
            for k in range(j):
                total -= s[i, k] * r[k, j]
            s[i, j] = total / r[j, j]


@njit(nogil=True, error_model="numpy", cache=True)
def _rotated(s: np.ndarray) -> None:
    """Make a symmetric matrix diagonal."""
    n = s.shape[0]
    for _ in range(SWEEPS):
        off, whole = 0.0, 0.0
        for i in range(n):
            whole += s[i, i] * s[i, i]
            for j in range(i + 1, n):
                s[i, j] = s[j, i] = 0.5 * (s[i, j] + s[j, i])
                off += s[i, j] * s[i, j]
        if not off > 1e-34 * whole:
            return
        for i in range(n):
            for j in range(i + 1, n):
                if s[i, j] != 0.0:
                    _rotate(s, i, j)


@njit(nogil=True, error_model="numpy", cache=True)
def _rotate(s: np.ndarray, i: int, j: int) -> None:
    ratio = (s[j, j] - s[i, i]) / (2.0 * s[i, j])
    t = np.copysign(1.0, ratio) / (abs(ratio) + np.sqrt(1.0 + ratio * ratio))
    c = 1.0 / np.sqrt(1.0 + t * t)
    q = t * c
    for k in range(s.shape[0]):
        a, b = s[k, i], s[k, j]
        s[k, i], s[k, j] = c * a - q * b, q * a + c * b
    for k in range(s.shape[0]):
        a, b = s[i, k], s[j, k]
        s[i, k], s[j, k] = c * a - q * b, q * a + c * b
