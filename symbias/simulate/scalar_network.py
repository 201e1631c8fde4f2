"""Training of a product of scalars: the loss is (product - 1)**2 / 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.sim import scalar_network
from symbias.simulate.checks import as_finite, check_count, check_range
from symbias.simulate.run import Run

_NUMBERS = 10**8
"""Weights that are kept of one run."""


def train_scalar_network(weights: Any, step: float, steps: int) -> Run:
    """Run gradient descent on (w_1 ... w_D - 1)**2 / 2.

    Parameters
    ----------
    weights : array_like, shape (D,)
        The start; D is at least two.
    step : float
        The step size.
    steps : int
        How many steps, at most 1e8 / D.

    Returns
    -------
    Run
        `.final` of shape (D,), `.path` of shape (steps + 1, D) and `.loss` of shape (steps + 1,). A run that overflows
        ends before, and has `.converged` False.

    Raises
    ------
    InputError
        If the weights are no finite numbers, or step or steps make no sense.

    Examples
    --------
    >>> run = train_scalar_network([2.0, 1.0], step=0.1, steps=200)
    >>> run.message, round(float(run.final.prod()), 12)
    ('all steps were taken', 1.0)
    """
    start = _points(weights, (1,))
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps)
    if steps * len(start) > _NUMBERS:
        raise InputError(
            f"{steps} steps of {len(start)} weights are too many to keep.",
            remedy=f"Take at most {_NUMBERS // len(start)} steps, and go on from `.final`.",
        )
    path, losses = scalar_network.descend(start, float(step), int(steps))
    if not len(path):
        raise InputError(
            "The loss at the start overflows.", remedy="Give weights whose product is smaller."
        )
    taken = len(path) - 1
    diverged = "" if taken == steps else "the weights became infinite: the step is too large"
    message = diverged or "all steps were taken"
    return Run(path[-1].copy(), losses, taken, not diverged, message, path=path)


def scalar_network_sharpness(weights: Any) -> np.ndarray:
    """Return the largest eigenvalue of the Hessian of (w_1 ... w_D - 1)**2 / 2.

    Parameters
    ----------
    weights : array_like, shape (D,) or (n, D)
        One point, or several.

    Returns
    -------
    numpy.ndarray, shape () or (n,)
        One number per point.

    Raises
    ------
    InputError
        If the weights are no finite numbers.

    Examples
    --------
    >>> scalar_network_sharpness([[2.0, 0.5], [1.0, 1.0]])
    array([4.25, 2.  ])
    """
    return scalar_network.sharpness(_points(weights, (1, 2)))


def _points(weights: Any, dimensions: tuple[int, ...]) -> np.ndarray:
    points = as_finite("The array of weights", weights, dimensions)
    if points.shape[-1] < 2:
        raise InputError("There is one weight only.", remedy="Give two weights or more.")
    return points
