"""Where a flow arrives after a unit of time, accurately, or the news that it does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

EVALUATIONS = 20_000


class _TooLongError(Exception):
    """The budget of evaluations is spent."""


def transport(
    velocity: Callable[[np.ndarray], np.ndarray], start: np.ndarray, *, accuracy: float = 1e-12
) -> np.ndarray:
    """Integrate x' = velocity(x) from time 0 to 1.

    Parameters
    ----------
    velocity : callable
        x, shape (d,) -> shape (d,).
    start : numpy.ndarray, shape (d,)
        The value at time 0.
    accuracy : float
        Relative local error.

    Returns
    -------
    numpy.ndarray, shape (d,)
        The value at time 1; NaN where the solution does not live that long or takes too many steps.

    Examples
    --------
    >>> transport(lambda x: x, np.ones(1)).round(10)
    array([2.71828183])
    >>> transport(lambda x: 2 * x**2, np.ones(1))
    array([nan])
    """
    count = 0

    def counted(_: float, x: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        if count > EVALUATIONS or not np.isfinite(x).all():
            raise _TooLongError
        return velocity(x)

    scale = float(np.abs(start).max(initial=0.0)) or 1.0
    try:
        with np.errstate(all="ignore"):
            found = solve_ivp(
                counted,
                (0.0, 1.0),
                start,
                method="DOP853",
                rtol=accuracy,
                atol=1e-3 * accuracy * scale,
            )
    except _TooLongError:
        return np.full_like(start, np.nan)
    return np.asarray(found.y[:, -1]) if found.success else np.full_like(start, np.nan)
