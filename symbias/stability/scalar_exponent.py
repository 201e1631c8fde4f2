"""Almost-sure stability of one parameter: the zeros of E log|1 - eta xi|, exactly.

Between two singularities eta = 1 / xi the exponent is concave and tends to minus infinity at both, so its largest value
there decides whether it has a zero; beyond the last singularity it increases without bound.
"""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement, pairwise
from math import comb, factorial, prod
from typing import Any

import numpy as np
import scipy.optimize

MAX_BATCHES = 200_000
"""Batches that are enumerated."""

MAX_VALUES = 4096
"""Different curvatures of a batch up to which the zero is searched exactly."""


def batch_law(
    curvatures: np.ndarray, batch: int, *, replacement: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the law of the mean curvature of a batch, or None if it has too many values.

    Parameters
    ----------
    curvatures : numpy.ndarray, shape (n,)
        Curvatures of the samples.
    batch : int
        Samples per batch.
    replacement : bool
        Whether a batch may hold a sample twice.

    Returns
    -------
    tuple of numpy.ndarray or None
        Different values, decreasing, and their probabilities.

    Examples
    --------
    >>> batch_law(np.array([1.0, 1.0, 4.0]), 2, replacement=False)
    (array([2.5, 1. ]), array([0.6666667, 0.3333333]))
    """
    n = len(curvatures)
    # Equal samples are interchangeable, but counting them so would gain little.
    if comb(n + batch - 1, batch) > MAX_BATCHES if replacement else comb(n, batch) > MAX_BATCHES:
        return None
    draw = combinations_with_replacement if replacement else combinations
    chosen = np.array(list(draw(range(n), batch)))
    weights = np.ones(len(chosen))
    if replacement:
        repeats = [np.unique(row, return_counts=True)[1].tolist() for row in chosen]
        weights = np.array([1 / prod(map(factorial, counts)) for counts in repeats])
    values, where = np.unique(curvatures[chosen].mean(axis=1), return_inverse=True)
    if len(values) > MAX_VALUES:
        return None
    return values[::-1], np.bincount(where, weights)[::-1] / weights.sum()


def scalar_exponent(values: np.ndarray, weights: np.ndarray, step: float) -> float:
    """Return E log|1 - step xi|.

    Parameters
    ----------
    values, weights : numpy.ndarray
        The law of xi.
    step : float
        The step.

    Returns
    -------
    float
        Minus infinity at 1 / xi.

    Examples
    --------
    >>> scalar_exponent(np.array([1.0]), np.array([1.0]), 2.0)
    0.0
    """
    with np.errstate(divide="ignore"):
        return float(weights @ np.log(np.abs(1 - step * values)))


def scalar_threshold(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the first step at which the exponent becomes positive.

    Parameters
    ----------
    values, weights : numpy.ndarray
        The law of xi, values decreasing and not negative, the first positive.

    Returns
    -------
    float
        The step.

    Examples
    --------
    >>> scalar_threshold(np.array([3.0, 1.0]), np.array([0.5, 0.5]))
    1.3333333
    """

    def exponent(step: float) -> float:
        return scalar_exponent(values, weights, step)

    poles = 1 / values[values > 0]
    for low, high in pairwise(poles):
        best = _highest(values, weights, low, high)
        if best is not None and exponent(best) > 0:
            return _zero(exponent, low, best)
    last = poles[-1]
    above = 2 * last
    while exponent(above) <= 0:
        above *= 2
    return _zero(exponent, last, above)


def _slope(values: np.ndarray, weights: np.ndarray, step: float) -> float:
    return float(weights @ (values / (step * values - 1)))


def _highest(values: np.ndarray, weights: np.ndarray, low: float, high: float) -> float | None:
    """Where the exponent is largest between two poles; None where it cannot be positive, or the gap is rounding."""
    width, middle = high - low, (low + high) / 2
    if width < 1e-13 * high:
        return None
    slope = _slope(values, weights, middle)
    if scalar_exponent(values, weights, middle) + abs(slope) * width / 2 <= 0:
        return None  # a tangent lies above a concave function
    left, right = (middle, high) if slope > 0 else (low, middle)
    edge = 1e-14 * high
    left, right = max(left, low + edge), min(right, high - edge)
    if _slope(values, weights, left) <= 0 or _slope(values, weights, right) >= 0:
        return left if _slope(values, weights, left) <= 0 else right
    return float(scipy.optimize.brentq(lambda step: _slope(values, weights, step), left, right))


def _zero(exponent: Any, pole: float, above: float) -> float:
    """Zero between a pole, where the exponent is minus infinity, and a point where it is positive."""
    low = above
    while exponent(low) > 0:
        low = pole + (low - pole) / 2
        if low <= pole:
            return pole
    return float(scipy.optimize.brentq(exponent, low, above, xtol=1e-15 * above, rtol=1e-15))
