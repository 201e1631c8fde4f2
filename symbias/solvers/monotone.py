"""Inverse of increasing functions, many at once: Newton steps inside a bracket that shrinks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

EXPANSIONS = 1100
STEPS = 200


def inverse_of_increasing(
    evaluate: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    targets: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """Solve f(x) = target entry by entry.

    Parameters
    ----------
    evaluate : callable
        x, shape (d,) -> (f(x), f'(x)); f increases on an interval around the start and is NaN or infinite outside.
    targets : numpy.ndarray, shape (d,)
        The values wanted.
    start : numpy.ndarray, shape (d,)
        Points of the interval.

    Returns
    -------
    numpy.ndarray, shape (d,)
        NaN where f does not reach its target.

    Examples
    --------
    >>> inverse_of_increasing(lambda x: (x**3 + x, 3 * x**2 + 1), np.array([10.0]), np.zeros(1))
    array([2.])
    """
    with np.errstate(all="ignore"):
        low, high, found = _bracket(evaluate, targets, np.array(start, dtype=float))
        x = 0.5 * (low + high)
        for _ in range(STEPS):
            value, slope = evaluate(x)
            above = ~(value < targets)
            low, high = np.where(above, low, x), np.where(above, x, high)
            new = x - (value - targets) / slope
            inside = (new > low) & (new < high)
            new = np.where(inside, new, 0.5 * (low + high))
            done = (np.abs(new - x) <= 4e-16 * np.abs(x)) | (value == targets) | ~(high > low)
            x = np.where(value == targets, x, new)
            if (done | ~found).all():
                break
    return np.where(found, x, np.nan)


def _bracket(
    evaluate: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    targets: np.ndarray,
    start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ends with f <= target <= f between them, by steps that double, and halve at the end of the domain."""
    value, slope = evaluate(start)
    side = np.where(targets >= value, 1.0, -1.0)
    near, step = start.copy(), np.abs(targets - value) / slope
    far, open_ = start.copy(), targets != value
    for _ in range(EXPANSIONS):
        trial = near + side * step
        value, slope = evaluate(trial)
        defined = np.isfinite(value) & (slope > 0)
        beyond = defined & (side * (value - targets) >= 0)
        far = np.where(open_ & beyond, trial, far)
        open_ = open_ & ~beyond & (near + side * step != near)
        near = np.where(open_ & defined, trial, near)
        step = np.where(defined, 2 * step, 0.5 * step)
        if not open_.any():
            break
    found = (far != start) | (targets == evaluate(start)[0])
    return np.minimum(near, far), np.maximum(near, far), found
