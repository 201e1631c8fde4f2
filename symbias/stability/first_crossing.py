"""The first step at which a quantity that marks instability becomes positive."""

from __future__ import annotations

from collections.abc import Callable

import scipy.optimize

from symbias.errors import ConvergenceError


def first_crossing(
    excess: Callable[[float], float],
    start: float,
    stride: float,
    *,
    accuracy: float,
    slack: float = 0.0,
) -> float:
    """Scan upwards until a function is positive, then find the sign change.

    Parameters
    ----------
    excess : callable
        Function of the step, not positive where it is stable.
    start : float
        A stable step, or zero.
    stride : float
        Distance of the scan; an unstable window narrower than this can be missed.
    accuracy : float
        Relative accuracy of the crossing.
    slack : float
        Values up to here are rounding errors of zero.

    Returns
    -------
    float
        The crossing.

    Raises
    ------
    ConvergenceError
        If the function stays negative for 100 000 strides.

    Examples
    --------
    >>> first_crossing(lambda step: step**2 - 2, 0.0, 0.3, accuracy=1e-14)
    1.4142136
    """
    low = start
    for k in range(1, 100_001):
        high = start + k * stride
        if excess(high) > slack:
            low = low or high * 1e-3
            if excess(low) >= 0:
                return low
            return float(scipy.optimize.brentq(excess, low, high, xtol=accuracy * high, rtol=1e-15))
        low = high
    raise ConvergenceError(
        f"No instability was found up to the step {high:.3g}.",
        "the curvatures are too small beside the largest one.",
        "Restrict the data to the directions of interest.",
    )
