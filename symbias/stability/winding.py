"""Counts roots outside the unit circle by the argument principle, where exact counting is out of reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError

FINEST = 2**22
"""Points on the circle at most."""


def roots_outside(function: Callable[[Any], Any], degree: int, start: int = 4096) -> int:
    """Count the zeros of p outside the unit circle.

    Parameters
    ----------
    function : callable
        p at an array of complex z; analytic outside the circle, growing like z**degree.
    degree : int
        The exponent of its growth.
    start : int
        Points on the circle to begin with.

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
    Derived here: along the circle the phase of p turns degree minus (zeros outside) times. Points are doubled until
    neighbouring phases differ by less than pi/3; numerical evidence, no proof.

    Examples
    --------
    >>> roots_outside(lambda z: (z - 2) * (z - 0.5), 2)
    1
    """
    count = start
    while count <= FINEST:
        values = function(np.exp(2j * np.pi * np.arange(count + 1) / count))
        with np.errstate(divide="ignore", invalid="ignore"):
            turns = np.angle(values[1:] / values[:-1])
        if np.all(np.isfinite(turns)) and np.max(np.abs(turns)) < np.pi / 3:
            return degree - round(float(turns.sum() / (2 * np.pi)))
        count *= 4
    raise ConvergenceError(
        "Roots outside the unit circle could not be counted.",
        "one lies on the circle, or too close to it for double precision.",
        "Ask for fewer digits or a smaller delay.",
    )
