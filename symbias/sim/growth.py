"""Exponential rates of growth, measured on logarithms of sizes."""

from __future__ import annotations

import numpy as np

_ROUNDING = 1e-15
"""What rounding adds to a logarithm at each step, in relative terms."""


def growth(sizes: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Measure the rate at which logarithms of sizes grow in the long run.

    The increments are averaged with the weight exp(-1/(u (1 - u))) over the last half of the run, u going from 0 to 1:
    for increments that are a smooth function of a rotating phase, as those of a linear recurrence are in the long
    run, the average converges faster than any power of the length. The error is the distance to the average over the
    last three quarters: that one suffers more from what dies out, and the one over the half from its shortness.

    Parameters
    ----------
    sizes : numpy.ndarray, shape (m, k + 1)
        Logarithms; -inf where nothing is left, infinite or NaN where doubles overflowed.
    stride : int
        Steps between two of them.

    Returns
    -------
    tuple of numpy.ndarray
        The rates per step (infinite where a size is) and their errors.

    Examples
    --------
    >>> rates, errors = growth(0.5 * np.arange(101.0)[None], 2)
    >>> rates, (errors < 1e-12).all()
    (array([0.25]), np.True_)
    """
    count = sizes.shape[1] - 1
    with np.errstate(invalid="ignore"):
        increments = np.diff(sizes, axis=1)
    vanished = np.isneginf(sizes).any(axis=1)
    lost = ~np.isfinite(sizes).all(axis=1)
    rates = _average(increments[:, count // 2 :]) / stride
    others = _average(increments[:, count // 4 :]) / stride
    with np.errstate(invalid="ignore"):
        errors = np.abs(rates - others) + _ROUNDING * (1.0 + np.abs(rates))
    ends = np.where(vanished, -np.inf, np.inf)
    return np.where(lost, ends, rates), np.where(lost, 0.0, errors)


def _average(increments: np.ndarray) -> np.ndarray:
    count = increments.shape[1]
    u = (np.arange(count) + 0.5) / count
    weights = np.exp(-1.0 / (u * (1.0 - u)))
    with np.errstate(invalid="ignore"):
        return increments @ (weights / weights.sum())
