"""Limit: values tend to a prediction as h goes to 0; extrapolated, with an error estimate."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import VerificationError
from symbias.verdicts.arrays import Array, finite, parts
from symbias.verdicts.verdict import Verdict

FORM = "(h, values, predicted limit)"
DEFAULT_RESOLUTION = 1e-3
FEWEST_POINTS = 4
SAFETY = 3.0
"""The extrapolation error is estimated from differences in the tableau; this factor covers it."""
ROUNDING = 1e-13


def extrapolate(h: Array, values: Array, order: float = 1.0) -> tuple[Array, float]:
    """Extrapolate values to h = 0 by Richardson's (Neville's) tableau in h**order.

    Parameters
    ----------
    h : ndarray of float64, shape (n,)
        Positive, distinct, decreasing.
    values : ndarray of float64, shape (n, m)
        One row per h.
    order : float
        values = limit + c1 h**order + c2 h**(2 order) + ...

    Returns
    -------
    limit : ndarray of float64, shape (m,)
        The entry of the last row of the tableau with the smallest error estimate.
    error : float
        The largest difference from its two parents in the tableau, over all m entries.

    Examples
    --------
    >>> h = np.array([0.4, 0.2, 0.1, 0.05])
    >>> limit, error = extrapolate(h, (3 + h + h**2)[:, None])
    >>> limit, error < 1e-12
    (array([3.]), True)
    """
    x = h**order
    column, limit, error = values, values[-1], np.inf
    for j in range(1, x.size):
        ratio = (x[:-j] / x[j:])[:, None]
        following = column[1:] + (column[1:] - column[:-1]) / (ratio - 1)
        estimate = float(np.abs(following[-1] - column[-2:]).max())
        if estimate < error:
            limit, error = following[-1], estimate
        column = following
    return limit, error


def limit(answer: Any, tolerance: float | None = None, order: float = 1.0) -> Verdict:
    """Judge ``values -> predicted`` as h goes to 0.

    The values are extrapolated; the prediction must lie within three times the estimated error of
    the extrapolation, and that estimate must be below the resolution: a slow or noisy sequence is
    inconclusive, which does not hold. Both are relative to max|predicted|, or to max|values| where
    the prediction is zero.

    Parameters
    ----------
    answer : tuple
        ``(h, values, predicted)``: h of shape (n,) with n >= 4 distinct positive numbers, values of
        shape (n, ...), predicted of shape (...).
    tolerance : float, optional
        The resolution, in (0, 0.1]; 1e-3 by default.
    order : float
        The exponent of the leading correction.

    Returns
    -------
    Verdict
        Measured is the extrapolated value at the worst entry.

    Raises
    ------
    VerificationError
        If no verdict can be given on the answer.

    Examples
    --------
    >>> h = np.array([0.4, 0.2, 0.1, 0.05, 0.025])
    >>> limit((h, np.sin(h) / h, 1.0), order=2).holds
    True
    >>> limit((h, np.sin(h) / h, 1.001), order=2).holds
    False
    """
    h, values, predicted = _sequence(answer)
    found, estimate = extrapolate(h, values.reshape(h.size, -1), order)
    target = predicted.ravel()
    scale = float(np.abs(target).max() or np.abs(values).max() or 1.0)
    gaps = np.abs(found - target) / scale
    worst = int(gaps.argmax())
    allowed = SAFETY * estimate / scale + ROUNDING
    resolution = DEFAULT_RESOLUTION if tolerance is None else tolerance
    resolved, agrees = allowed <= resolution, float(gaps[worst]) <= allowed
    message = f"extrapolated with error {allowed:.2g}"
    if not resolved:
        message = f"inconclusive: {message}, at most {resolution:.2g} is allowed; use smaller h"
    return Verdict(
        title="",
        relation="->",
        kind="limit",
        predicted=float(target[worst]),
        measured=float(found[worst]),
        error=float(gaps[worst]),
        tolerance=allowed,
        holds=bool(resolved and agrees),
        message=message,
        details={"points": h.size, "order": order, "resolution": resolution},
    )


def _sequence(answer: Any) -> tuple[Array, Array, Array]:
    parted = parts(answer, (3,), FORM)
    h, values = finite("h", parted[0]), finite("values", parted[1])
    predicted = finite("the predicted limit", parted[2])
    if h.ndim != 1 or values.shape != (*h.shape, *predicted.shape):
        raise VerificationError(
            f"A limit claim got h of shape {h.shape}, values of shape {values.shape} and a "
            f"prediction of shape {predicted.shape}.",
            remedy="Return h (n,), values (n, ...) and a prediction (...).",
        )
    if np.unique(h).size != h.size or h.size < FEWEST_POINTS or (h <= 0).any():
        raise VerificationError(
            f"A limit needs {FEWEST_POINTS} or more distinct positive h, got {h}.",
            remedy="Return h that tend to 0; for n to infinity return 1/n.",
        )
    towards = np.argsort(-h)
    return h[towards], values[towards], predicted
