"""Gradient descent of a product of scalars on the loss (product - 1)**2 / 2, and the Hessian of that loss."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from symbias.jit import njit


def descend(start: np.ndarray, step: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Take steps of gradient descent.

    Parameters
    ----------
    start : numpy.ndarray, shape (D,)
        The weights.
    step : float
        The step size.
    steps : int
        How many.

    Returns
    -------
    tuple of numpy.ndarray
        Weights, shape (t + 1, D), and losses, shape (t + 1,): t is less than `steps` where the next point would not be
        finite.

    Examples
    --------
    >>> path, losses = descend(np.array([2.0, 1.0]), 0.5, 1)
    >>> path[1], losses
    (array([1.5, 0. ]), array([0.5, 0.5]))
    """
    path, losses = np.empty((steps + 1, len(start))), np.empty(steps + 1)
    path[0] = start
    with np.errstate(all="ignore"):
        taken = _descend(path, losses, step)
    return path[: taken + 1], losses[: taken + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _descend(path: np.ndarray, losses: np.ndarray, step: float) -> int:
    """Fill `path` and `losses`; return the number of steps that stayed finite."""
    rows, depth = path.shape
    others = np.empty(depth)
    for t in range(rows):
        product = 1.0
        for i in range(depth):
            others[i] = product
            product *= path[t, i]
        behind = 1.0
        for i in range(depth - 1, -1, -1):
            others[i] *= behind
            behind *= path[t, i]
        residual = product - 1.0
        losses[t] = 0.5 * residual * residual
        if not np.isfinite(losses[t]):
            return t - 1
        if t < rows - 1:
            for i in range(depth):
                path[t + 1, i] = path[t, i] - step * residual * others[i]
    return rows - 1


def sharpness(weights: np.ndarray) -> np.ndarray:
    """Return the largest eigenvalue of the Hessian of the loss.

    Parameters
    ----------
    weights : numpy.ndarray, shape (..., D)
        Points.

    Returns
    -------
    numpy.ndarray, shape (...)
        One number per point.

    Examples
    --------
    >>> sharpness(np.array([2.0, 0.5]))
    array(4.25)
    """
    depth = weights.shape[-1]

    def without(*left_out: int) -> np.ndarray:
        return np.asarray(np.delete(weights, left_out, axis=-1).prod(axis=-1))

    slopes = np.stack([without(i) for i in range(depth)], axis=-1)
    hessian = slopes[..., :, None] * slopes[..., None, :]
    residual = weights.prod(axis=-1) - 1.0
    for i, j in combinations(range(depth), 2):
        bend = residual * without(i, j)
        hessian[..., i, j] += bend
        hessian[..., j, i] += bend
    return np.asarray(np.linalg.eigvalsh(hessian)[..., -1])
