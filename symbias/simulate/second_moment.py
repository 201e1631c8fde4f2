"""The second moment of SGD on quadratic losses: sampled, or propagated exactly over all batches.

The loss is (1/n) sum_i (1/2 theta'H_i theta + g_i'theta), a mean, with H_i = x_i x_i' for least squares on rows x_i:
there theta is the distance to a minimum, and g_i = x_i * (error of sample i at the minimum), which is zero where it
interpolates.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.sim import second_moment
from symbias.sim.monte_carlo import merge_means
from symbias.sim.second_moment import Samples
from symbias.simulate.batches import batch_matrices, batch_order, sample_losses, step_flags
from symbias.simulate.checks import as_finite, check_batches, check_count, check_range
from symbias.simulate.sweeping import blocks, sweep

_RUNS = 512
"""In one job."""


@dataclass(frozen=True, eq=False, repr=False)
class Moments:
    """Second moments of the iterates.

    Parameters
    ----------
    mean : numpy.ndarray, shape (k + 1,)
        Means of the squared norm of theta_t, from the start on; per step, or per epoch where epochs are propagated.
    error : numpy.ndarray, shape (k + 1,)
        Standard errors; zero where nothing was sampled.
    covariance : numpy.ndarray, shape (d, d)
        E theta theta' at the end.

    Examples
    --------
    >>> Moments(np.array([1.0, 0.25]), np.zeros(2), np.array([[0.25]]))
    Moments(1 -> 0.25 after 1)
    """

    mean: np.ndarray
    error: np.ndarray
    covariance: np.ndarray

    def __repr__(self) -> str:
        return f"Moments({self.mean[0]:.4g} -> {self.mean[-1]:.4g} after {self.mean.size - 1})"


def sgd_second_moment(
    X: Any,
    step: float,
    batch: int,
    steps: int,
    start: Any,
    *,
    samples: int,
    rng: int | np.random.Generator,
    order: str = "iid",
    gradients: Any = None,
    momentum: float = 0.0,
    delay: int = 0,
    shifted: bool = False,
    executor: Executor | None = None,
) -> Moments:
    """Run SGD many times and average the squared norm of theta_t.

    A second moment that is carried by rare large values is underestimated by any number of runs that misses them,
    and so is the standard error: compare at times at which the growth of the fourth moment is still small.

    Parameters
    ----------
    X : array_like, shape (n, d) or (n, d, d)
        Rows of least squares, or the Hessians of the samples, symmetric.
    step : float
        The step size, for gradients that are means over the batch.
    batch : int
        Samples per step.
    steps : int
        Steps per run.
    start : array_like, shape (d,)
        theta at time zero and before; buffers start at zero.
    samples : int
        Independent runs, at least 2.
    rng : int or numpy.random.Generator
        Source of the batches.
    order : str
        ``"iid"``: each batch drawn anew, without replacement inside the batch; ``"replacement"``: with replacement;
        ``"reshuffle"``: a new permutation for each epoch; ``"cyclic"``: the order of the rows.
    gradients : array_like, shape (n, d), optional
        The g_i, zero if left out.
    momentum, delay, shifted : float, int, bool
        As in `Optimiser`, for the method ``"sgd"``.
    executor : concurrent.futures.Executor, optional
        Where blocks of runs are made, see `sweep`; threads if left out. The numbers do not depend on it.

    Returns
    -------
    Moments
        Means with standard errors, one per step.

    Raises
    ------
    InputError
        If a value makes no sense, or the batch does not divide n where there are epochs.

    Examples
    --------
    >>> moments = sgd_second_moment([[1.0], [2.0]], 0.1, 2, 3, [1.0], samples=10, rng=0)
    >>> moments.mean.round(6)
    array([1.      , 0.5625  , 0.316406, 0.177979])
    """
    check_count("steps", steps)
    check_count("samples", samples, least=2)
    check_range("step", step, 0.0, np.inf)
    problem, begin = sample_losses(X, gradients), as_finite("start", start, (1,))
    size, _ = check_batches(batch, rng, len(problem.gradients))
    _check_start(begin, problem)
    flags = step_flags(float(step), momentum, delay, shifted)
    kind = batch_order(order, len(problem.gradients), size)
    counts = blocks(int(samples), _RUNS)
    draw = partial(second_moment.sample, problem, flags, begin, size, kind, int(steps))
    means, errors, finals = zip(*sweep(draw, counts, rng=rng, executor=executor), strict=True)
    with np.errstate(all="ignore"):
        mean, error = merge_means(counts, means, errors)
        final = np.average(finals, axis=0, weights=counts)
    return Moments(mean, error, final)


def second_moment_by_enumeration(
    X: Any,
    step: float,
    batch: int,
    steps: int,
    start: Any,
    *,
    order: str = "iid",
    gradients: Any = None,
    momentum: float = 0.0,
    delay: int = 0,
    shifted: bool = False,
) -> Moments:
    """Propagate E theta theta' exactly, by a sum over all batches, or over all epochs.

    Parameters
    ----------
    X, step, batch, start, order, gradients, momentum, delay, shifted
        As in `sgd_second_moment`.
    steps : int
        Steps; epochs for the orders ``"reshuffle"`` and ``"cyclic"``.

    Returns
    -------
    Moments
        Exact up to rounding, one per step or epoch.

    Raises
    ------
    InputError
        If a value makes no sense.
    BudgetError
        If there are too many batches to enumerate.

    Examples
    --------
    >>> second_moment_by_enumeration([[1.0], [2.0]], 0.1, 1, 1, [1.0]).mean
    array([1.   , 0.585])
    """
    check_count("steps", steps)
    check_range("step", step, 0.0, np.inf)
    problem, begin = sample_losses(X, gradients), as_finite("start", start, (1,))
    _check_start(begin, problem)
    size = check_batches(batch, 0, len(problem.gradients))[0]
    flags = step_flags(float(step), momentum, delay, shifted)
    matrices = batch_matrices(
        problem, flags, size, batch_order(order, len(problem.gradients), size)
    )
    state = np.zeros((1 + flags.workers + flags.delay, begin.size))
    state[0] = state[1 + flags.workers :] = begin
    extended = np.append(state.ravel(), 1.0)
    weights = np.full(len(matrices), 1.0 / len(matrices))
    moments = second_moment.propagate(weights, matrices, np.outer(extended, extended), int(steps))[
        :, : begin.size, : begin.size
    ]
    mean = np.trace(moments, axis1=1, axis2=2)
    return Moments(mean, np.zeros_like(mean), moments[-1])


def _check_start(start: np.ndarray, problem: Samples) -> None:
    d = problem.gradients.shape[1]
    if start.size != d:
        raise InputError(f"start has {start.size} entries.", remedy=f"Give {d}.")
