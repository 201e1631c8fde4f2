"""Limit: values tend to a prediction as h goes to 0; extrapolated, with an error estimate."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from symbias.errors import VerificationError
from symbias.verdicts.arrays import Array, finite, parts
from symbias.verdicts.verdict import SIGNIFICANCE, Verdict

FORM = "(h, values, predicted limit[, standard error])"
DEFAULT_RESOLUTION = 1e-3
FEWEST_POINTS = 4
SAFETY = 3.0
"""The extrapolation error is estimated from differences in the tableau; this factor covers it."""
ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""The standard error of values that are exact up to rounding, relative to the largest."""
QUANTILE = float(-special.ndtri(SIGNIFICANCE / 2))


def extrapolate(h: Array, values: Array, order: float = 1.0) -> tuple[Array, float, Array]:
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
        The last entry of the tableau before its columns stop converging.
    error : float
        From the differences between neighbouring columns, the largest over all m entries.
    weights : ndarray of float64, shape (n,)
        limit = weights @ values: how errors of the values reach the limit.

    Examples
    --------
    >>> h = np.array([0.8, 0.4, 0.2, 0.1, 0.05])
    >>> limit, error, weights = extrapolate(h, (3 + h + h**2)[:, None])
    >>> limit, error < 1e-12
    (array([3.]), True)
    """
    x = h**order
    column, weights, before, error = values, np.eye(x.size), np.inf, np.inf
    for j in range(1, x.size):
        ratio = (x[:-j] / x[j:])[:, None]
        following = _eliminate(column, ratio)
        difference = float(np.abs(following[-1] - column[-2:]).max())
        if difference > before / 2:
            # Nothing is gained any more: noise, rounding or a wrong order. Taking the smallest of
            # the later differences would mistake an accident for accuracy.
            return column[-1], max(before, difference), weights[-1]
        column, weights = following, _eliminate(weights, ratio)
        before, error = difference, max(difference, before / 4)
    return column[-1], error, weights[-1]


def _eliminate(column: Array, ratio: Array) -> Array:
    """Return the next column of the tableau."""
    return column[1:] + (column[1:] - column[:-1]) / (ratio - 1)


def limit(answer: Any, tolerance: float | None = None, order: float = 1.0) -> Verdict:
    """Judge ``values -> predicted`` as h goes to 0.

    The values are extrapolated; the prediction must lie within three times the estimated error, and
    that must be below the resolution: a slow or noisy sequence is inconclusive, which does not
    hold. Both are relative to max|predicted|, or to max|values| where the prediction is zero.
    Values are taken to be exact up to rounding; those of a Monte-Carlo simulation need standard
    errors, which are carried to the limit and allowed for at significance 1e-6.

    Parameters
    ----------
    answer : tuple
        ``(h, values, predicted)`` or ``(h, values, predicted, standard_error)``: h of shape (n,)
        with n >= 4 distinct positive numbers, values of shape (n, ...), predicted of shape (...),
        standard errors of shape () or (n,).
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
    h, values, predicted, spread = _sequence(answer)
    found, error, weights = extrapolate(h, values.reshape(h.size, -1), order)
    allowed = SAFETY * error + QUANTILE * float(np.linalg.norm(weights * spread))
    target = predicted.ravel()
    scale = float(np.abs(target).max() or np.abs(values).max() or 1.0)
    gaps = np.abs(found - target) / scale
    worst = int(gaps.argmax())
    allowed /= scale
    resolution = DEFAULT_RESOLUTION if tolerance is None else tolerance
    holds = float(gaps[worst]) <= allowed <= resolution
    return Verdict(
        title="",
        relation="->",
        kind="limit",
        predicted=float(target[worst]),
        measured=float(found[worst]),
        error=float(gaps[worst]),
        tolerance=allowed,
        holds=holds,
        message=_message(allowed, resolution),
        details={"points": h.size, "order": order, "resolution": resolution},
    )


def _message(allowed: float, resolution: float) -> str:
    said = f"extrapolated with error {allowed:.2g}"
    if allowed <= resolution:
        return said
    return f"inconclusive: {said}, at most {resolution:.2g} is allowed; use smaller h"


def _sequence(answer: Any) -> tuple[Array, Array, Array, Array]:
    parted = parts(answer, (3, 4), FORM)
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
    spread = ROUNDING * np.abs(values).max() * np.ones(h.size)
    if len(parted) == 4:
        spread = np.maximum(spread, _standard_error(parted[3], h))
    return h[towards], values[towards], predicted, spread[towards]


def _standard_error(given: Any, h: Array) -> Array:
    spread = finite("standard_error", given)
    if (spread < 0).any() or spread.shape not in {(), h.shape}:
        raise VerificationError(
            "The standard errors of a limit claim are not one number, or one per h.",
            remedy="Return numbers >= 0 of shape () or (n,).",
        )
    return spread
