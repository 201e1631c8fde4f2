"""SGD on quadratic losses as the simulators want it: losses of samples, flags of steps, matrices of batches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symbias.errors import BudgetError, InputError, near
from symbias.sim import second_moment
from symbias.sim.second_moment import Samples, Steps
from symbias.simulate.checks import as_finite
from symbias.simulate.optimiser import Optimiser

ORDERS = {
    "iid": second_moment.IID,
    "replacement": second_moment.REPLACED,
    "reshuffle": second_moment.RESHUFFLED,
    "cyclic": second_moment.CYCLIC,
}
"""How batches are drawn; name -> what the simulators call it."""

_MOST_BATCHES = 50_000


def sample_losses(X: Any, gradients: Any) -> Samples:
    """Return the losses of the samples.

    Parameters
    ----------
    X : array_like, shape (n, d) or (n, d, d)
        Rows of least squares, or symmetric Hessians.
    gradients : array_like, shape (n, d), or None
        Gradients at zero, none if None.

    Returns
    -------
    symbias.sim.second_moment.Samples
        The losses.

    Raises
    ------
    InputError
        If a shape or value makes no sense.

    Examples
    --------
    >>> sample_losses([[1.0, 2.0]], None).gradients
    array([[0., 0.]])
    """
    data = as_finite("X", X, (2, 3))
    n, d = data.shape[:2]
    if data.ndim == 3 and (
        data.shape[2] != d or not np.allclose(data, data.transpose(0, 2, 1), rtol=1e-12, atol=0)
    ):
        raise InputError(
            f"X of shape {data.shape} holds no symmetric matrices.",
            remedy="Give rows of shape (n, d), or Hessians of shape (n, d, d).",
        )
    linear = np.zeros((n, d)) if gradients is None else as_finite("gradients", gradients, (2,))
    if linear.shape != (n, d):
        raise InputError(f"gradients has shape {linear.shape}.", remedy=f"Give {(n, d)}.")
    if data.ndim == 2:
        return Samples(data, np.empty((n, 0, 0)), linear)
    return Samples(np.empty((n, 0)), data, linear)


def hessians_of(problem: Samples) -> np.ndarray:
    """Return the Hessian of each sample.

    Parameters
    ----------
    problem : symbias.sim.second_moment.Samples
        The losses.

    Returns
    -------
    numpy.ndarray, shape (n, d, d)
        The Hessians.

    Examples
    --------
    >>> hessians_of(sample_losses([[1.0, 2.0]], None))
    array([[[1., 2.],
            [2., 4.]]])
    """
    if problem.rows.shape[1]:
        return np.einsum("ij,ik->ijk", problem.rows, problem.rows)
    return problem.hessians


def step_flags(step: float, momentum: float, delay: int, shifted: bool) -> Steps:
    """Return the flags of a step.

    Parameters
    ----------
    step, momentum, delay, shifted : float, float, int, bool
        As in `Optimiser`, for the method ``"sgd"``.

    Returns
    -------
    symbias.sim.second_moment.Steps
        The flags.

    Raises
    ------
    InputError
        If one makes no sense.

    Examples
    --------
    >>> step_flags(0.1, 0.5, 2, True).workers
    3
    """
    optimiser = Optimiser(momentum=momentum, delay=delay, shifted=shifted)
    if optimiser.is_random:
        raise InputError("The delay is random.", remedy="Give an integer, or use delay_moments.")
    return Steps(step, float(momentum), int(delay), optimiser.rule().workers)


def batch_order(order: str, n: int, batch: int) -> int:
    """Return what the simulators call an order of samples.

    Parameters
    ----------
    order : str
        One of `ORDERS`.
    n, batch : int
        Samples in all and per step.

    Returns
    -------
    int
        A key of the simulators.

    Raises
    ------
    InputError
        If there is no such order, or an epoch does not consist of whole batches.

    Examples
    --------
    >>> batch_order("iid", 5, 2)
    0
    """
    if not isinstance(order, str) or order not in ORDERS:
        raise InputError(f"There is no order {order!r}.", remedy=near(str(order), ORDERS))
    if ORDERS[order] >= second_moment.RESHUFFLED and n % batch:
        raise InputError(
            f"The batch {batch} does not divide the {n} samples.",
            remedy="Choose one that does: every epoch is cut into equal batches.",
        )
    return ORDERS[order]


def batch_matrices(problem: Samples, flags: Steps, batch: int, order: int) -> np.ndarray:
    """Return the matrix of each equally likely step or epoch.

    Parameters
    ----------
    problem : symbias.sim.second_moment.Samples
        The losses.
    flags : symbias.sim.second_moment.Steps
        How steps are made.
    batch, order : int
        Samples per step; how they are drawn.

    Returns
    -------
    numpy.ndarray, shape (k, s, s)
        One matrix each, on the state with a one appended.

    Raises
    ------
    BudgetError
        If there are too many.

    Examples
    --------
    >>> problem = sample_losses([[1.0], [2.0]], None)
    >>> batch_matrices(problem, step_flags(0.5, 0.0, 0, False), 1, 0)[:, 0, 0]
    array([ 0.5, -1. ])
    """
    n = len(problem.gradients)
    total = {
        second_moment.IID: math.comb(n, batch),
        second_moment.REPLACED: n**batch,
        second_moment.RESHUFFLED: math.factorial(n),
        second_moment.CYCLIC: 1,
    }[order]
    if total > _MOST_BATCHES:
        raise BudgetError(
            f"There are {total} batches to enumerate.",
            remedy="Use fewer samples, or sample with sgd_second_moment.",
        )
    hessians, steps = hessians_of(problem), {}
    found = []
    for epoch in second_moment.batches(n, batch, order):
        whole: Any = None
        for chosen in epoch:
            key = tuple(sorted(chosen))
            if key not in steps:
                steps[key] = second_moment.step_matrix(
                    hessians[list(key)].mean(axis=0),
                    problem.gradients[list(key)].mean(axis=0),
                    flags,
                )
            whole = steps[key] if whole is None else steps[key] @ whole
        found.append(whole)
    return np.array(found)
