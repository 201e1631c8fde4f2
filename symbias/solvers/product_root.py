"""The root s > 0 of (b_1 + s) ... (b_D + s) = 1 for gaps b >= 0 of which one is zero, many sets of gaps at once.

In t = log s the logarithm of the product is convex and increases, with a slope between 1 and D, and s <= 1. Newton's
method from t = 0 therefore descends to the root without a step too far. The product is kept as a number and a power of
two, so that no factor leaves the range of doubles.
"""

from __future__ import annotations

import math

import numpy as np

from symbias.jit import njit

_STEPS = 400
_RESOLVED = 4e-16
"""A relative change of s below which rounding decides."""
_LOG_2 = math.log(2.0)


def square_gaps(weights: np.ndarray) -> np.ndarray:
    """Return how much the squares of weights exceed the smallest square, without cancellation.

    Parameters
    ----------
    weights : numpy.ndarray, shape (..., D)
        Real numbers.

    Returns
    -------
    numpy.ndarray
        The same shape; at least one zero along the last axis.

    Examples
    --------
    >>> square_gaps(np.array([3.0, -1.0]))
    array([8., 0.])
    """
    sizes = np.abs(weights)
    least = sizes.min(axis=-1, keepdims=True)
    return np.asarray((sizes - least) * (sizes + least))


def product_root(gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solve prod(b + s) = 1 for each row of gaps.

    Parameters
    ----------
    gaps : numpy.ndarray, shape (n, D)
        Not negative, with a zero in each row; rows that hold NaN give NaN.

    Returns
    -------
    tuple of numpy.ndarray, shape (n,) each
        The roots s, and the sums of 1 / (b + s): 0 and infinity where s is too small for a double.

    Examples
    --------
    >>> roots, sums = product_root(np.array([[8.0, 0.0]]))
    >>> float(roots[0] * (8 + roots[0])), float(sums[0] ** 2).__round__(12)
    (1.0, 68.0)
    """
    roots, sums = np.empty(len(gaps)), np.empty(len(gaps))
    with np.errstate(all="ignore"):
        _solve(np.ascontiguousarray(gaps, dtype=np.float64), roots, sums)
    return roots, sums


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(gaps: np.ndarray, roots: np.ndarray, sums: np.ndarray) -> None:
    count, depth = gaps.shape
    for k in range(count):
        s = 1.0
        for _ in range(_STEPS):
            number, power, total = 1.0, 0, 0.0
            for i in range(depth):
                level = gaps[k, i] + s
                total += 1.0 / level
                number, more = math.frexp(number * level)
                power += more
            # Next to the root the number itself is near one, and so is its logarithm near zero.
            near, far = (power, 0) if abs(power) <= 1 else (0, power)
            log = math.log(math.ldexp(number, near)) + far * _LOG_2
            change = log / (s * total)
            s *= math.exp(-change)
            if not change > _RESOLVED or s == 0.0:
                break
        total = 0.0
        for i in range(depth):
            total += 1.0 / (gaps[k, i] + s)
        roots[k], sums[k] = s, total
