"""Modes of a quadratic loss under an optimiser: trajectories, growth, and the step where stability is lost.

Nothing here knows a characteristic polynomial. An `Optimiser` is run with its own buffers; an update rule is iterated
as its recurrence is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, InputError
from symbias.models.update_rule import UpdateRule
from symbias.sim import optimisers
from symbias.sim.growth import growth
from symbias.simulate.checks import as_finite, check_count, check_range
from symbias.simulate.delays import delays, draws
from symbias.simulate.optimiser import Optimiser
from symbias.simulate.recurrence import Recurrence, Run, runner


@dataclass(frozen=True, repr=False)
class Trajectory:
    """Iterates of the modes of a quadratic loss.

    Parameters
    ----------
    theta : numpy.ndarray, shape (steps + 1,) or (m, steps + 1)
        The iterates, the first one at the start; infinite or zero where doubles do not reach.
    log_size : numpy.ndarray, of the same shape
        Logarithm of the norm of all that the optimiser remembers, which neither overflows nor passes through zero.

    Examples
    --------
    >>> quadratic(Optimiser(), 0.5, 1.0, 2).theta
    array([1.  , 0.5 , 0.25])
    """

    theta: np.ndarray
    log_size: np.ndarray

    def __repr__(self) -> str:
        return f"Trajectory({self.theta.shape[-1] - 1} steps, {self.theta[..., 0].size} modes)"


def quadratic(
    rule: Optimiser | UpdateRule | Recurrence,
    curvature: Any,
    step: float,
    steps: int,
    *,
    start: Any = 1.0,
    rng: int | np.random.Generator | None = None,
    **parameters: float,
) -> Trajectory:
    """Run an optimiser on one or several modes, whose gradients are curvature * theta.

    Parameters
    ----------
    rule : Optimiser, UpdateRule or Recurrence
        An optimiser with its own buffers, a rule that is iterated as its recurrence is written, or a function.
    curvature : float or array_like, shape (m,)
        One per mode.
    step : float
        The step size.
    steps : int
        Steps to take.
    start : float or array_like, shape (m,)
        theta at time zero and before.
    rng : int or numpy.random.Generator, optional
        Source of random delays; needed if and only if there are any.
    **parameters : float
        Values of the symbolic parameters of an update rule, by name.

    Returns
    -------
    Trajectory
        The iterates.

    Raises
    ------
    InputError
        If a value makes no sense, or a parameter is missing or unknown.

    Examples
    --------
    >>> quadratic(Optimiser(momentum=0.5), 1.0, 0.5, 3).theta
    array([ 1.  ,  0.5 ,  0.  , -0.25])
    """
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps)
    curvatures = as_finite("curvature", curvature, (0, 1))
    run = _runner(rule, as_finite("start", start, (0, 1)), rng, parameters)
    theta, sizes = run(np.atleast_1d(curvatures), float(step), int(steps), 1, True)
    if curvatures.ndim:
        return Trajectory(theta, sizes)
    return Trajectory(theta[0], sizes[0])


def growth_rate(
    rule: Optimiser | UpdateRule | Recurrence,
    curvature: Any,
    step: float = 1.0,
    *,
    steps: int = 20_000,
    **parameters: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Measure the factor by which a mode grows per step in the long run.

    Parameters
    ----------
    rule : Optimiser, UpdateRule or Recurrence
        What is run.
    curvature : float or array_like, shape (m,)
        One per mode.
    step : float
        The step size.
    steps : int
        Length of the run, at least 1000.
    **parameters : float
        Values of the symbolic parameters of an update rule, by name.

    Returns
    -------
    tuple of numpy.ndarray
        The factors, and their errors as estimated from the last half of the run, of the shape of `curvature`.

    Raises
    ------
    InputError
        If a value makes no sense, or the delay is random: then moments are what grows, see `delay_moments`.

    Examples
    --------
    >>> factor, error = growth_rate(Optimiser(), 2.5)
    >>> bool(abs(factor - 1.5) < 1e-12)
    True
    """
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps, least=1000)
    curvatures = as_finite("curvature", curvature, (0, 1))
    run = _runner(rule, np.ones(1), None, parameters)
    rates, errors = _rates(run, np.atleast_1d(curvatures), float(step), int(steps))
    factors = np.exp(rates)
    shape = curvatures.shape
    return factors.reshape(shape), (factors * errors).reshape(shape)


_GRID = 64
"""Modes in the first round of the search for a threshold."""

_POINTS = 32
"""Modes in each later one, which cost little more than one does: an interval shrinks to a 33rd."""


def measured_threshold(
    rule: Optimiser | UpdateRule | Recurrence,
    *,
    upto: float = 64.0,
    steps: int = 20_000,
    step: float = 1.0,
    tolerance: float = 1e-10,
    **parameters: float,
) -> tuple[float, float]:
    """Measure the first step * curvature at which a mode ceases to decay.

    Runs on a geometric grid, a factor of 1.16 apart, find where growth sets in, and runs between the last that
    decays and the first that grows find it ever more closely, until growth cannot be told from rounding.

    Parameters
    ----------
    rule : Optimiser, UpdateRule or Recurrence
        What is run.
    upto : float
        Largest step * curvature that is tried; the smallest is 1e-4 times that.
    steps : int
        Length of each run, at least 1000; long delays need longer ones.
    step : float
        The step size; the curvatures are varied.
    tolerance : float
        Relative width at which the search ends, if growth is told apart so far.
    **parameters : float
        Values of the symbolic parameters of an update rule, by name.

    Returns
    -------
    tuple of float
        The middle between the largest value at which decay was seen and the smallest at which growth was, and half
        of their distance.

    Raises
    ------
    InputError
        If a value makes no sense, or the delay is random.
    ConvergenceError
        If the smallest value does not decay, or none of them grows.

    Examples
    --------
    >>> threshold, error = measured_threshold(Optimiser(), upto=4.0, steps=1000, tolerance=1e-3)
    >>> abs(threshold - 2) < error < 2e-3
    True
    """
    check_range("upto", upto, 1e-300, np.inf)
    check_range("step", step, 0.0, np.inf)
    check_range("tolerance", tolerance, 1e-14, 0.1)
    check_count("steps", steps, least=1000)
    upto = float(upto)
    run = _runner(rule, np.ones(1), None, parameters)
    grid = np.geomspace(1e-4 * upto, upto, _GRID)
    low, high = 0.0, np.inf
    while True:
        signs = _signs(run, grid / float(step), float(step), int(steps))
        before, after = _bracket(signs)
        if high == np.inf and (before < 0 or after == grid.size):
            raise ConvergenceError(
                f"No loss of stability was seen between {grid[0]:.3g} and {upto:.3g}.",
                "there is none, it lies outside, or the runs are too short to tell decay from growth.",
                "Change upto, or give more steps.",
            )
        new_low = grid[before] if before >= 0 else low
        new_high = grid[after] if after < grid.size else high
        narrower = new_high - new_low < 0.9 * (high - low)
        low, high = new_low, new_high
        if high - low <= tolerance * high or not narrower:
            return float(low + high) / 2, float(high - low) / 2
        grid = np.linspace(low, high, _POINTS + 2)[1:-1]


def _bracket(signs: np.ndarray) -> tuple[int, int]:
    """Return the last decaying run before the first growing one, and that one; -1 or the length if none."""
    growing = np.flatnonzero(signs > 0)
    after = int(growing[0]) if growing.size else signs.size
    decaying = np.flatnonzero(signs[:after] < 0)
    return (int(decaying[-1]) if decaying.size else -1), after


def _signs(run: Run, curvatures: np.ndarray, step: float, steps: int) -> np.ndarray:
    rates, errors = _rates(run, curvatures, step, steps)
    return np.where(np.abs(rates) > 2 * errors, np.sign(rates), 0.0)


def _rates(
    run: Run, curvatures: np.ndarray, step: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    stride = 16
    return growth(run(curvatures, step, steps, stride, False)[1], stride)


def _runner(rule: Any, start: np.ndarray, rng: Any, parameters: dict[str, float]) -> Run:
    if isinstance(rule, UpdateRule | Recurrence):
        return runner(rule, start, rng, parameters)
    if not isinstance(rule, Optimiser):
        raise InputError(
            f"{rule!r} is no rule that can be run.",
            remedy="Give an Optimiser, an UpdateRule or a Recurrence.",
        )
    if parameters:
        raise InputError(
            f"An Optimiser has no parameters {sorted(parameters)}.",
            remedy="They are fields of the Optimiser itself.",
        )
    generator = draws(rule.is_random, rng)
    factors = np.array(rule.factors, dtype=np.float64)

    def run(
        curvature: np.ndarray, step: float, steps: int, stride: int, keep: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        late = delays(rule.delay, steps, generator)
        starts = np.broadcast_to(start, curvature.shape).copy()
        return optimisers.run(
            rule.rule(), curvature, step, factors, late, starts, steps, stride, keep
        )

    return run
