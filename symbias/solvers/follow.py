"""Follow an ordinary differential equation until a function of its solution turns negative."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

from symbias.errors import ConvergenceError

LONGEST = 1e9
"""In units of the first time scale."""


def follow(
    velocity: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    until: Callable[[np.ndarray], float],
    *,
    accuracy: float = 1e-9,
) -> np.ndarray:
    """Return the first point of a trajectory at which a function is negative.

    Parameters
    ----------
    velocity : callable
        x, shape (d,) -> dx/dt, shape (d,).
    start : numpy.ndarray, shape (d,)
        Where it begins.
    until : callable
        x -> number.
    accuracy : float
        Relative local error.

    Returns
    -------
    numpy.ndarray, shape (d,)
        The point.

    Raises
    ------
    ConvergenceError
        If the function stays positive for too long, or the integration fails.

    Examples
    --------
    >>> follow(lambda x: -x, np.ones(1), lambda x: x[0] - 0.5).round(6)
    array([0.5])
    """
    first = np.linalg.norm(velocity(start))
    if first == 0:
        raise ConvergenceError(
            "The flow does not leave its start.",
            "the initialization is a critical point of the loss.",
            "Choose another initialization.",
        )

    def event(_: float, x: np.ndarray) -> float:
        return until(x)

    event.terminal = True  # type: ignore[attr-defined]
    unit = max(float(np.linalg.norm(start)), 1e-300) / first
    found = solve_ivp(
        lambda _, x: velocity(x),
        (0.0, LONGEST * unit),
        start,
        method="LSODA",
        events=event,
        rtol=accuracy,
        atol=accuracy * 1e-3 * float(np.abs(start).max()),
    )
    if not len(found.y_events[0]):
        raise ConvergenceError(
            "The flow did not come closer to the data than the zero function.",
            "it ends at a saddle, or stays near its start for very long.",
            "Choose another initialization, or look at simulate.gradient_flow.",
        )
    return np.asarray(found.y_events[0][0])
