"""Moments of a data set on both sides of many hyperplanes at once.

Blocks of rows meet all hyperplanes in one product of matrices; a pass over the block, while it is in cache, sums the
distances and turns them into the indicators of both sides, which meet the rows in two more products. Nothing is
got by subtraction, so that the moments of a side with few samples have small relative errors.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from symbias.jit import njit

_BLOCK_BYTES = 2**19
"""Size of each of the two blocks at hand."""

_TOGETHER = 4096
"""Hyperplanes that are treated at once."""


class Side(NamedTuple):
    """Moments of the samples on one side: P, E[|z| 1], E[x 1]; shapes (k,), (k,), (k, d)."""

    share: np.ndarray
    reach: np.ndarray
    mean: np.ndarray


def half_spaces(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple[Side, Side]:
    """Return the moments where z = w . x + b is positive and where it is negative, for each row of W.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        The samples.
    W, b : numpy.ndarray, shape (k, d), (k,)
        The hyperplanes. A sample on one, within the rounding error of z, is on neither side.

    Returns
    -------
    tuple of Side
        The positive side, the negative side.

    Examples
    --------
    >>> above, below = half_spaces(np.array([[-1.0], [0.0], [3.0]]), np.array([[1.0]]), np.array([-1.0]))
    >>> above.reach, below.share
    (array([0.66666667]), array([0.66666667]))
    """
    n, (k, d) = len(X), W.shape
    counts, reaches, means = np.zeros((2, k)), np.zeros((2, k)), np.zeros((2, k, d))
    sizes = np.linalg.norm(X, axis=1)
    rounding = np.finfo(float).eps * (d + 4) / 2
    sweep = _compiled()
    for first in range(0, k, _TOGETHER):
        part = slice(first, first + _TOGETHER)
        rows = np.ascontiguousarray(W[part])
        height = max(1, min(n, max(32, _BLOCK_BYTES // (8 * len(rows)))))
        blocks, product = np.empty((2, height, len(rows))), np.empty(rows.shape)
        found = np.zeros((2, len(rows))), np.zeros((2, len(rows))), np.zeros((2, *rows.shape))
        offsets = np.ascontiguousarray(b[part])
        reach = rounding * np.linalg.norm(rows, axis=1), rounding * np.abs(offsets)
        sweep(X, sizes, rows, offsets, *reach, blocks, product, *found)
        for whole, piece in zip((counts, reaches, means), found, strict=True):
            whole[:, part] = piece
    above, below = (Side(counts[s] / n, reaches[s] / n, means[s] / n) for s in (0, 1))
    return above, below


_MATRIX, _CUBE = types.float64[:, ::1], types.float64[:, :, ::1]
# What is only read may be an array that nobody may write to.
_ROWS = types.Array(types.float64, 2, "C", readonly=True)
_ROW = types.Array(types.float64, 1, "C", readonly=True)


@cache
def _compiled() -> Any:
    given = (_ROWS, _ROW, _ROWS, _ROW, _ROW, _ROW)
    signature = types.void(*given, _CUBE, _MATRIX, _MATRIX, _MATRIX, _CUBE)
    return njit(signature, cache=True, nogil=True, error_model="numpy")(_sweep)


def _sweep(
    X: np.ndarray,
    sizes: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    slack: np.ndarray,
    least: np.ndarray,
    blocks: np.ndarray,
    product: np.ndarray,
    counts: np.ndarray,
    reaches: np.ndarray,
    means: np.ndarray,
) -> None:
    """Add up counts, distances and rows of both sides."""
    height = blocks.shape[1]
    for first in range(0, len(X), height):
        size = min(height, len(X) - first)
        rows = X[first : first + size]
        above, below = blocks[0, :size], blocks[1, :size]
        np.dot(rows, W.T, above)
        for i in range(size):
            _divide(above[i], below[i], b, slack, least, sizes[first + i], counts, reaches)
        np.dot(above.T, rows, product)
        means[0] += product
        np.dot(below.T, rows, product)
        means[1] += product


@njit(cache=True, nogil=True, error_model="numpy")
def _divide(
    above: np.ndarray,
    below: np.ndarray,
    b: np.ndarray,
    slack: np.ndarray,
    least: np.ndarray,
    size: float,
    counts: np.ndarray,
    reaches: np.ndarray,
) -> None:
    """Turn a row of products into the indicators of both sides, and add it up."""
    many, few, far, near = counts[0], counts[1], reaches[0], reaches[1]
    for k in range(len(above)):
        z = above[k] + b[k]
        rounding = slack[k] * size + least[k]
        up = 1.0 if z > rounding else 0.0
        down = 1.0 if z < -rounding else 0.0
        many[k] += up
        few[k] += down
        far[k] += up * z
        near[k] -= down * z
        above[k] = up
        below[k] = down
