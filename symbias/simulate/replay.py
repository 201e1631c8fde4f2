"""Replay: the gradients that every step of a descent used, computed again when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.sim import descent
from symbias.sim.least_squares import LeastSquares

ENTRIES = 1 << 18
"""The most numbers that are held in memory at a time."""


@dataclass(frozen=True, eq=False)
class Replay:
    """What it takes to run a descent again, step by step.

    Parameters
    ----------
    problem : LeastSquares
        The loss.
    loop : compiled function
        The map.
    start, end : numpy.ndarray, shape (p, m)
        The parameters before the first step and after the last.
    step : float
        The step.
    batch : int
        Samples per step.
    rng : numpy.random.Generator or None
        In the state before the first step.
    steps : int
        How many.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> init = dict.fromkeys(net.parameters, 0.5)
    >>> run = sb.simulate.gradient_descent(net, [[1.0, 2.0]], [1.0], init, 0.01, max_steps=3)
    >>> [block.shape for block in run.replay.gradients()]
    [(3, 2)]
    """

    problem: LeastSquares
    loop: Callable[..., None]
    start: np.ndarray
    end: np.ndarray
    step: float
    batch: int
    rng: Any
    steps: int

    def gradients(self) -> Iterator[np.ndarray]:
        """Give the gradient of the loss (that of the batch, scaled by n / batch) in w at every step.

        Yields
        ------
        numpy.ndarray, shape (steps of a block, d)
            Oldest first; the next block overwrites it.

        Raises
        ------
        InputError
            If the run does not end where it ended: the arrays X or y were changed since.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> init = dict.fromkeys(net.parameters, 0.5)
        >>> run = sb.simulate.gradient_descent(net, [[1.0]], [1.0], init, 0.01, max_steps=1)
        >>> next(run.replay.gradients())
        array([[-1.]])
        """
        theta = self.start.copy()
        yield from descent.gradients(
            self.problem,
            self.loop,
            theta,
            self.step,
            self.batch,
            deepcopy(self.rng),
            steps=self.steps,
            block=max(1, ENTRIES // self.problem.X.shape[1]),
        )
        if not np.array_equal(theta, self.end, equal_nan=True):
            raise InputError(
                "The run was replayed and ended elsewhere.",
                "the arrays X or y were changed after the run.",
                "Run gradient_descent again.",
            )
