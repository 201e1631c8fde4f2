"""Eigenvalues of many small matrices, each symmetric in an inner product of its own, given as pairs of floats.

Rotations of Jacobi give vectors to working precision, many matrices at a time. The residual of a vector, formed from
both parts of the entries, then corrects its eigenvalue: what is left is of second order, so that even an eigenvalue
of size 1 beside one of size 10**6 has all its digits.
"""

from __future__ import annotations

import math

import numpy as np

from symbias.jit import njit
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
    top, bottom = np.zeros((n * n, LANES)), np.zeros((n * n, LANES))
    root, matrix, vectors = (
        np.empty((n * n, LANES)),
        np.empty((n * n, LANES)),
        np.empty((n * n, LANES)),
    )
    for first in range(0, points, LANES):
        size = min(LANES, points - first)
        for entry in range(n * n):
            vectors[entry] = 1.0 if entry % (n + 1) == 0 else 0.0
            root[entry] = vectors[entry]
        _gather(high, first, size, top)
        _gather(low, first, size, bottom)
        _gather(metric, first, size, root)
        _factor(n, root)
        _similar(n, top, root, matrix)
        _rotate(n, matrix, vectors)
        _correct(n, top, bottom, root, vectors, matrix)
        _sorted(n, matrix, first, size, found)
    return found


@njit(**_OPTIONS)
def _gather(entries: np.ndarray, first: int, size: int, out: np.ndarray) -> None:
    """Fill one lane per point; what lies beyond the last point is left as it is."""
    for entry in range(entries.shape[0]):
        for lane in range(size):
            out[entry, lane] = entries[entry, first + lane]


@njit(**_OPTIONS)
def _reduce(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    for lane in range(LANES):
        out[lane] -= a[lane] * b[lane]


@njit(**_OPTIONS)
def _gain(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    for lane in range(LANES):
        out[lane] += a[lane] * b[lane]


@njit(**_OPTIONS)
def _divide(by: np.ndarray, out: np.ndarray) -> None:
    for lane in range(LANES):
        out[lane] /= by[lane]


@njit(**_OPTIONS)
def _factor(n: int, root: np.ndarray) -> None:
    """Turn G into the lower triangle of L with G = L L', in place."""
    for i in range(n):
        for j in range(i + 1):
            out = root[i * n + j]
            for k in range(j):
                _reduce(root[i * n + k], root[j * n + k], out)
            if i == j:
                for lane in range(LANES):
                    out[lane] = math.sqrt(out[lane])
            else:
                _divide(root[j * n + j], out)


@njit(**_OPTIONS)
def _similar(n: int, entries: np.ndarray, root: np.ndarray, out: np.ndarray) -> None:
    """Fill L' M L'^-1, which is symmetric; of both triangles the upper one gets the mean."""
    out[:] = 0.0
    for i in range(n):
        for j in range(n):
            for k in range(i, n):
                _gain(root[k * n + i], entries[k * n + j], out[i * n + j])
    for i in range(n):
        for j in range(n):
            for k in range(j):
                _reduce(out[i * n + k], root[j * n + k], out[i * n + j])
            _divide(root[j * n + j], out[i * n + j])
    for i in range(n):
        for j in range(i):
            upper, lower = out[j * n + i], out[i * n + j]
            for lane in range(LANES):
                upper[lane] = 0.5 * (upper[lane] + lower[lane])


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
def _residue(
    high: np.ndarray, low: np.ndarray, vector: np.ndarray, total: np.ndarray, error: np.ndarray
) -> None:
    """Add products to sums, with what rounding takes."""
    for lane in range(LANES):
        p, f = two_product(high[lane], vector[lane])
        s, g = two_sum(total[lane], p)
        total[lane] = s
        error[lane] += (f + g) + low[lane] * vector[lane]


@njit(**_OPTIONS)
def _both_sides(
    n: int,
    m: int,
    root: np.ndarray,
    vectors: np.ndarray,
    right: np.ndarray,
    left: np.ndarray,
    norm: np.ndarray,
) -> None:
    """Fill the vectors L'^-1 q on the right and L q on the left of M for a column q, and their product."""
    norm[:] = 0.0
    for i in range(n - 1, -1, -1):
        right[i] = vectors[i * n + m]
        for k in range(i + 1, n):
            _reduce(root[k * n + i], right[k], right[i])
        _divide(root[i * n + i], right[i])
    for i in range(n):
        left[i] = 0.0
        for k in range(i + 1):
            _gain(root[i * n + k], vectors[k * n + m], left[i])
        _gain(left[i], right[i], norm)


@njit(**_OPTIONS)
def _correct(
    n: int,
    high: np.ndarray,
    low: np.ndarray,
    root: np.ndarray,
    vectors: np.ndarray,
    matrix: np.ndarray,
) -> None:
    """Correct the eigenvalues on the diagonal by the residuals of their vectors."""
    right, left = np.empty((n, LANES)), np.empty((n, LANES))
    total, error, norm, change = np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for m in range(n):
        value = matrix[m * n + m]
        _both_sides(n, m, root, vectors, right, left, norm)
        change[:] = 0.0
        for i in range(n):
            for lane in range(LANES):
                total[lane], error[lane] = two_product(-value[lane], right[i, lane])
            for j in range(n):
                _residue(high[i * n + j], low[i * n + j], right[j], total, error)
            for lane in range(LANES):
                change[lane] += left[i, lane] * (total[lane] + error[lane])
        for lane in range(LANES):
            value[lane] += change[lane] / norm[lane]


@njit(**_OPTIONS)
def _sorted(n: int, matrix: np.ndarray, first: int, size: int, out: np.ndarray) -> None:
    """Fill the eigenvalues of each lane, ascending."""
    for lane in range(size):
        for k in range(n):
            value, place = matrix[k * n + k, lane], k
            while place > 0 and out[place - 1, first + lane] > value:
                out[place, first + lane] = out[place - 1, first + lane]
                place -= 1
            out[place, first + lane] = value
