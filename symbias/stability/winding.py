"""Counts roots outside the unit circle by the argument principle, where exact counting is out of reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError

LEVELS = 40
"""How often an interval of angles is halved at most."""

LARGEST_TURN = np.pi / 3
"""Neighbouring phases differ by less than this in the end."""


def roots_outside(function: Callable[[Any], Any], degree: int, start: int = 4096) -> int:
    """Count the zeros of p outside the unit circle.

    Parameters
    ----------
    function : callable
        p at an array of complex z; real coefficients, analytic outside the circle, growing like z**degree.
    degree : int
        The exponent of its growth.
    start : int
        Points on the half circle to begin with.

    Returns
    -------
    int
        How many zeros.

    Raises
    ------
    ConvergenceError
        If the phase still jumps on the finest grid: a root lies on the circle or very close to it.

    Notes
    -----
    Derived here: along the circle the phase of p turns degree minus (zeros outside) times. Intervals are halved where
    the phase turns by more than pi/3; numerical evidence, no proof.

    Examples
    --------
    >>> roots_outside(lambda z: (z - 2) * (z - 0.5), 2)
    1
    """
    grid = np.linspace(0.0, np.pi, start + 1)
    values = function(np.exp(1j * grid))
    (low, high), (first, last) = (grid[:-1], grid[1:]), (values[:-1], values[1:])
    total = 0.0
    for _ in range(LEVELS):
        with np.errstate(divide="ignore", invalid="ignore"):
            turns = np.angle(last / first)
        wide = ~(np.abs(turns) < LARGEST_TURN)
        total += float(turns[~wide].sum())
        if not wide.any():
            return degree - round(total / np.pi)
        middle = (low[wide] + high[wide]) / 2
        value = function(np.exp(1j * middle))
        low, high = np.concatenate([low[wide], middle]), np.concatenate([middle, high[wide]])
        first, last = np.concatenate([first[wide], value]), np.concatenate([value, last[wide]])
    raise ConvergenceError(
        "Roots outside the unit circle could not be counted.",
        "one lies on the circle, or too close to it for double precision.",
        "Ask for fewer digits or a smaller delay.",
    )
