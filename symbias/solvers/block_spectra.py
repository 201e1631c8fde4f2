"""Eigenvalues of many small matrices, each symmetric in an inner product of its own, given as pairs of floats.

Rotations of Jacobi give vectors to working precision, many matrices at a time. The residual of a vector, formed from
both parts of the entries, then corrects its eigenvalue: what is left is of second order, so that even an eigenvalue
of size 1 beside one of size 10**6 has all its digits.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from symbias.solvers.double_double import LANES, two_product, two_sum

_SWEEPS = 16
"""Largest number of rounds of rotations; six do."""

_NEGLIGIBLE = 1e-15
"""Square of an entry over the product of its diagonal ones, before a round, below which the round is the last one."""

_OPTIONS = {"nogil": True, "error_model": "numpy", "cache": True}


def block_spectra(high: np.ndarray, low: np.ndarray, metric: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of matrices M for which G M is symmetric.

    Parameters
    ----------
    high, low : numpy.ndarray, shape (n, n, points)
        M, the sum of both.
    metric : numpy.ndarray, shape (n, n, points)
        G, positive definite.

    Returns
    -------
    numpy.ndarray, shape (n, points)
        Ascending; NaN where an entry is, or G is not positive definite.

    Examples
    --------
    >>> M = np.array([[[0.0], [4.0]], [[1.0], [0.0]]])
    >>> G = np.array([[[1.0], [0.0]], [[0.0], [4.0]]])
    >>> block_spectra(M, 0 * M, G)[:, 0]
    array([-2.,  2.])
    """
    n, _, points = high.shape
    if n == 1:
        return high[0] + low[0]
    flat = [np.ascontiguousarray(x).reshape(n * n, points) for x in (high, low, metric)]
    return _spectra(n, *flat)


@njit(**_OPTIONS)
def _spectra(n: int, high: np.ndarray, low: np.ndarray, metric: np.ndarray) -> np.ndarray:
    points = high.shape[1]
    found = np.empty((n, points))
    matrix, vectors = np.empty((n * n, LANES)), np.empty((n * n, LANES))
    # One matrix after the other: entries of many points are too far apart in memory to be worked on.
    top, bottom, roots = (
        np.zeros((LANES, n * n)),
        np.zeros((LANES, n * n)),
        np.zeros((LANES, n * n)),
    )
    whole, single, values = np.empty((LANES, n * n)), np.empty(n * n), np.empty(n)
    for first in range(0, points, LANES):
        size = min(LANES, points - first)
        vectors[:] = 0.0
        matrix[:] = 0.0
        for k in range(n):
            vectors[k * n + k] = 1.0
        _gather(high, first, size, top)
        _gather(low, first, size, bottom)
        _gather(metric, first, size, whole)
        for lane in range(size):
            _factor(n, whole[lane], roots[lane])
            _similar(n, top[lane], roots[lane], single)
            for entry in range(n * n):
                matrix[entry, lane] = single[entry]
        _rotate(n, matrix, vectors)
        for lane in range(size):
            for entry in range(n * n):
                single[entry] = vectors[entry, lane]
            for k in range(n):
                values[k] = matrix[k * n + k, lane]
            _correct(n, top[lane], bottom[lane], roots[lane], single, values)
            for k in range(n):
                found[k, first + lane] = values[k]
    return found


@njit(**_OPTIONS)
def _gather(entries: np.ndarray, first: int, size: int, out: np.ndarray) -> None:
    """Fill one row per point."""
    for entry in range(entries.shape[0]):
        for lane in range(size):
            out[lane, entry] = entries[entry, first + lane]


@njit(**_OPTIONS)
def _factor(n: int, metric: np.ndarray, root: np.ndarray) -> None:
    """Fill the lower triangle of L with G = L L'."""
    for i in range(n):
        for j in range(i + 1):
            total = metric[i * n + j]
            for k in range(j):
                total -= root[i * n + k] * root[j * n + k]
            root[i * n + j] = math.sqrt(total) if i == j else total / root[j * n + j]


@njit(**_OPTIONS)
def _similar(n: int, entries: np.ndarray, root: np.ndarray, out: np.ndarray) -> None:
    """Fill L' M L'^-1, which is symmetric."""
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(i, n):
                total += root[k * n + i] * entries[k * n + j]
            out[i * n + j] = total
    for i in range(n):
        for j in range(n):
            total = out[i * n + j]
            for k in range(j):
                total -= out[i * n + k] * root[j * n + k]
            out[i * n + j] = total / root[j * n + j]
    for i in range(n):
        for j in range(i):
            mean = 0.5 * (out[i * n + j] + out[j * n + i])
            out[i * n + j] = out[j * n + i] = mean


@njit(**_OPTIONS)
def _rotate(n: int, matrix: np.ndarray, vectors: np.ndarray) -> None:
    """Make matrices diagonal by rotations, all lanes at once; only the upper triangles are kept."""
    cosine, sine, shift = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for _ in range(_SWEEPS):
        loud = 0
        for p in range(n - 1):
            for q in range(p + 1, n):
                a, b, c = matrix[p * n + p], matrix[p * n + q], matrix[q * n + q]
                loud += _angle(a, b, c, cosine, sine, shift)
                for lane in range(LANES):
                    a[lane] -= shift[lane]
                for lane in range(LANES):
                    c[lane] += shift[lane]
                b[:] = 0.0
                for k in range(n):
                    if k not in (p, q):
                        one, two = min(k, p) * n + max(k, p), min(k, q) * n + max(k, q)
                        _turn(matrix[one], matrix[two], cosine, sine)
                    _turn(vectors[k * n + p], vectors[k * n + q], cosine, sine)
        if loud == 0:
            return


@njit(**_OPTIONS)
def _angle(
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    cosine: np.ndarray,
    sine: np.ndarray,
    shift: np.ndarray,
) -> int:
    """Fill the rotations that make b vanish and how they move a and c; return in how many lanes b is not small."""
    loud = 0
    for lane in range(LANES):
        off = b[lane]
        half = 0.5 * (c[lane] - a[lane])
        length = abs(half) + math.sqrt(half * half + off * off)
        t = off / length if length > 0.0 else 0.0
        t = -t if half < 0.0 else t
        shift[lane] = t * off
        sine[lane] = t
    for lane in range(LANES):
        cosine[lane] = 1.0 / math.sqrt(1.0 + sine[lane] * sine[lane])
    for lane in range(LANES):
        sine[lane] *= cosine[lane]
    for lane in range(LANES):
        loud += int(b[lane] * b[lane] > _NEGLIGIBLE * abs(a[lane] * c[lane]))
    return loud


@njit(**_OPTIONS)
def _turn(first: np.ndarray, second: np.ndarray, cosine: np.ndarray, sine: np.ndarray) -> None:
    for lane in range(LANES):
        x, y = first[lane], second[lane]
        first[lane] = cosine[lane] * x - sine[lane] * y
        second[lane] = sine[lane] * x + cosine[lane] * y


@njit(**_OPTIONS)
def _correct(
    n: int,
    high: np.ndarray,
    low: np.ndarray,
    root: np.ndarray,
    vectors: np.ndarray,
    values: np.ndarray,
) -> None:
    """Correct each eigenvalue by the residual of its vector, and sort them."""
    right, left = np.empty(n), np.empty(n)
    for m in range(n):
        value, norm, change = values[m], 0.0, 0.0
        for i in range(n - 1, -1, -1):
            total = vectors[i * n + m]
            for k in range(i + 1, n):
                total -= root[k * n + i] * right[k]
            right[i] = total / root[i * n + i]
        for i in range(n):
            left[i] = 0.0
            for k in range(i + 1):
                left[i] += root[i * n + k] * vectors[k * n + m]
            norm += left[i] * right[i]
        for i in range(n):
            s, e = two_product(-value, right[i])
            for j in range(n):
                p, f = two_product(high[i * n + j], right[j])
                s, g = two_sum(s, p)
                e += (f + g) + low[i * n + j] * right[j]
            change += left[i] * (s + e)
        value += change / norm
        place = m
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value
