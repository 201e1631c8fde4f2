"""Growth of the second moment of SGD, and of modes with random delays, by exact propagation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import brentq

from symbias.errors import BudgetError, ConvergenceError, InputError
from symbias.sim import second_moment
from symbias.sim.second_moment import Samples, Steps
from symbias.simulate.batches import (
    batch_matrices,
    batch_order,
    hessians_of,
    sample_losses,
    step_flags,
)
from symbias.simulate.checks import as_finite, check_batches, check_count, check_range
from symbias.simulate.optimiser import Optimiser
from symbias.simulate.second_moment import Moments

_LARGEST_STATE = 20

Problem = Callable[[float], tuple[np.ndarray, np.ndarray]]
"""From a step size to the probabilities and matrices of steps."""


def second_moment_growth(
    X: Any,
    step: float,
    batch: int,
    *,
    order: str = "iid",
    momentum: float = 0.0,
    delay: int = 0,
    shifted: bool = False,
) -> tuple[float, float]:
    """Measure by which factor the mean square of theta_t grows per step in the end, on the range of the mean Hessian.

    Parameters
    ----------
    X, step, batch, order, momentum, delay, shifted
        As in `sgd_second_moment`.

    Returns
    -------
    tuple of float
        The factor and its error, by exact propagation over up to 2**32 steps (or epochs, of which the root
        is taken).

    Raises
    ------
    InputError
        If a value makes no sense.
    BudgetError
        If there are too many batches or parameters to enumerate.

    Examples
    --------
    >>> factor, error = second_moment_growth([[1.0], [3**0.5]], 0.8, 1)
    >>> abs(factor - 1) < error < 1e-12
    True
    """
    check_range("step", step, 0.0, np.inf)
    propagation, per_step = _propagation(X, batch, order, momentum, delay, shifted)
    rate, error = second_moment.moment_rate(*propagation(float(step)))
    factor = math.exp(rate / per_step)
    return factor, factor * error / per_step


def measured_mean_square_threshold(
    X: Any,
    batch: int,
    *,
    order: str = "iid",
    momentum: float = 0.0,
    delay: int = 0,
    shifted: bool = False,
    upto: float | None = None,
) -> tuple[float, float]:
    """Measure the first step size at which the mean square of theta_t ceases to decay on the range of the mean Hessian.

    Parameters
    ----------
    X, batch, order, momentum, delay, shifted
        As in `sgd_second_moment`.
    upto : float, optional
        Largest step that is tried; 8 over the largest eigenvalue of the mean Hessian if left out. The first search is
        on a geometric grid of 48 steps down to 1e-4 of it.

    Returns
    -------
    tuple of float
        The middle between a step at which decay was seen and one at which growth was, and half of their distance.

    Raises
    ------
    InputError
        If a value makes no sense.
    BudgetError
        If there are too many batches or parameters to enumerate.
    ConvergenceError
        If the smallest step does not decay or the largest does not grow.

    Examples
    --------
    >>> step, error = measured_mean_square_threshold([[1.0], [3**0.5]], 1)
    >>> abs(step - 0.8) < error < 1e-12
    True
    """
    propagation, _ = _propagation(X, batch, order, momentum, delay, shifted)
    problem = sample_losses(X, None)
    largest = float(np.linalg.eigvalsh(hessians_of(problem).mean(axis=0))[-1])
    if upto is not None:
        check_range("upto", upto, 1e-300, np.inf)
    return _first_growth(propagation, float(upto or 8.0 / largest))


def delay_moments(
    law: Mapping[int, float],
    curvature: float,
    step: float,
    steps: int,
    *,
    momentum: float = 0.0,
    start: float = 1.0,
) -> Moments:
    """Propagate E theta_t**2 of a mode whose delay is drawn anew for each step.

    Parameters
    ----------
    law : dict of int to float
        Delay -> probability.
    curvature, step : float
        Of the mode, and of the steps.
    steps : int
        Steps.
    momentum : float
        PyTorch's, undampened.
    start : float
        theta at time zero and before; buffers start at zero.

    Returns
    -------
    Moments
        Exact up to rounding.

    Raises
    ------
    InputError
        If a value makes no sense.

    Examples
    --------
    >>> delay_moments({0: 0.5, 1: 0.5}, 1.0, 0.5, 2).mean
    array([1.     , 0.25   , 0.03125])
    """
    check_range("curvature", curvature, 0.0, np.inf)
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps)
    weights, matrices = _delay_problem(law, momentum)(float(step) * float(curvature))
    state = np.full(len(matrices[0]), float(as_finite("start", start, (0,))))
    state[1] = 0.0
    moments = second_moment.propagate(weights, matrices, np.outer(state, state), int(steps))
    mean = moments[:, 0, 0]
    return Moments(mean, np.zeros_like(mean), moments[-1, :1, :1])


def delay_mean_square_threshold(
    law: Mapping[int, float], *, momentum: float = 0.0, upto: float = 8.0
) -> tuple[float, float]:
    """Measure the first step * curvature at which E theta_t**2 of a mode with random delays ceases to decay.

    Parameters
    ----------
    law, momentum
        As in `delay_moments`.
    upto : float
        Largest value that is tried.

    Returns
    -------
    tuple of float
        The middle between a value at which decay was seen and one at which growth was, and half of their distance.

    Raises
    ------
    InputError
        If a value makes no sense.
    ConvergenceError
        If the smallest value does not decay or the largest does not grow.

    Examples
    --------
    >>> value, error = delay_mean_square_threshold({0: 0.5, 1: 0.5})
    >>> abs(value - (5**0.5 - 1)) < error < 1e-12
    True
    """
    check_range("upto", upto, 1e-300, np.inf)
    return _first_growth(_delay_problem(law, momentum), float(upto))


def _first_growth(problem: Problem, upto: float) -> tuple[float, float]:
    """Search a grid for the first growth, then narrow it down until it cannot be told from rounding."""
    low, high = 0.0, np.inf
    for value in np.geomspace(1e-4 * upto, upto, 48):
        if _rate(problem, value) > 0:
            high = float(value)
            break
        low = float(value)
    if not (0 < low < high < np.inf and _rate(problem, low) < 0):
        raise ConvergenceError(
            f"No loss of stability was seen between {1e-4 * upto:.3g} and {upto:.3g}.",
            "there is none, or it lies outside.",
            "Change upto.",
        )
    eps = float(np.finfo(float).eps)
    middle = float(brentq(lambda step: _rate(problem, step), low, high, xtol=1e-300, rtol=4 * eps))
    # The ends move away from the middle until decay and growth are told apart.
    width = 8 * eps * middle
    while not _rate(problem, middle - width) < 0 < _rate(problem, middle + width):
        width *= 2
        if not low < middle - width < middle + width < high:
            return 0.5 * (low + high), 0.5 * (high - low)
    return middle, width


_VANISHED = -100.0
"""Stands for the rate of a moment of which nothing is left."""


def _rate(problem: Problem, step: float) -> float:
    """Return the rate of growth, zero where it cannot be told from rounding."""
    rate, error = second_moment.moment_rate(*problem(step))
    return max(rate, _VANISHED) if abs(rate) > error else 0.0


def _propagation(
    X: Any, batch: Any, order: str, momentum: float, delay: int, shifted: bool
) -> tuple[Problem, int]:
    """Return the matrices of a step (or epoch) as a function of the step size, and the steps in one."""
    problem = _on_range(sample_losses(X, None))
    n, d = problem.gradients.shape
    size, _ = check_batches(batch, 0, n)
    kind = batch_order(order, n, size)
    flags = step_flags(1.0, momentum, delay, shifted)
    _check_size(d * (1 + flags.workers + flags.delay))

    def matrices(step: float) -> tuple[np.ndarray, np.ndarray]:
        # Without gradients at zero, the appended one goes its own way.
        found = batch_matrices(problem, flags._replace(step=step), size, kind)[:, :-1, :-1]
        return np.full(len(found), 1.0 / len(found)), found

    return matrices, (n // size if kind >= second_moment.RESHUFFLED else 1)


def _delay_problem(law: Mapping[int, float], momentum: float) -> Problem:
    optimiser = Optimiser(momentum=momentum, delay=law)
    if not optimiser.is_random:
        raise InputError(f"The delay law is {law!r}.", remedy="Give {delay: probability}.")
    weights = np.array([float(chance) for chance in law.values()])
    longest = max(law)
    _check_size(2 + longest)

    def matrices(value: float) -> tuple[np.ndarray, np.ndarray]:
        flags = Steps(value, float(momentum), longest)
        found = [
            second_moment.step_matrix(np.eye(1), np.zeros(1), flags, late)[:-1, :-1] for late in law
        ]
        return weights / weights.sum(), np.array(found)

    return matrices


def _check_size(size: int) -> None:
    if size > _LARGEST_STATE:
        raise BudgetError(
            f"The state has {size} entries, more than {_LARGEST_STATE}.",
            "the map of second moments has the square of that.",
            "Use fewer features or a shorter delay.",
        )


def _on_range(problem: Samples) -> Samples:
    """Return the problem in an orthonormal basis of the range of the sum of the squared Hessians."""
    hessians = hessians_of(problem)
    values, basis = np.linalg.eigh(np.einsum("iab,ibc->ac", hessians, hessians))
    kept = basis[:, values > 1e-12 * max(float(values[-1]), np.finfo(float).tiny)]
    if not kept.shape[1]:
        raise InputError("All Hessians are zero.", remedy="Give data that are not all zero.")
    turned = np.einsum("ba,ibc,cd->iad", kept, hessians, kept)
    turned = 0.5 * (turned + turned.transpose(0, 2, 1))
    return Samples(np.empty((len(turned), 0)), turned, np.zeros((len(turned), kept.shape[1])))
