"""Equality: a prediction and a measurement agree, up to a tolerance or a standard error."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from symbias.errors import VerificationError
from symbias.verdicts.arrays import Array, finite, independent, parts, same_shape
from symbias.verdicts.verdict import ENTIRELY_LOOSE, SIGNIFICANCE, Verdict

FORM = "(predicted, measured) or (predicted, measured, standard_error)"
DEFAULT_TOLERANCE = 1e-9


def equality(answer: Any, tolerance: float | None = None) -> Verdict:
    """Judge ``predicted == measured``.

    The tolerance is relative to max|predicted| (absolute where every prediction is zero): one
    number for the whole array, as befits a vector measured in a norm. With a standard error the
    measurement is a Monte-Carlo mean: each entry may then deviate by the two-sided normal quantile
    at significance 1e-6 (shared between the entries), and that quantile must itself lie within the
    tolerance, which is 0.1 unless said otherwise; else the measurement could not have told.

    Parameters
    ----------
    answer : tuple
        ``(predicted, measured)`` or ``(predicted, measured, standard_error)``; arrays of one shape.
    tolerance : float, optional
        In [0, 0.1]; 1e-9 by default, 0.1 with a standard error.

    Returns
    -------
    Verdict
        Predicted and measured are shown where they differ most.

    Raises
    ------
    VerificationError
        If no verdict can be given on the answer.

    Examples
    --------
    >>> equality(([1.0, 2.0], [1.0, 2.0 + 1e-12])).holds
    True
    >>> equality((1.0, 1.02, 0.001)).message
    'off by 20 standard errors, 4.89 allowed'
    """
    predicted, measured, *rest = parts(answer, (2, 3), FORM)
    independent(predicted, measured)
    left, right = finite("predicted", predicted), finite("measured", measured)
    same_shape(predicted=left, measured=right)
    if rest:
        return _within_standard_error(left, right, rest[0], _given(tolerance, ENTIRELY_LOOSE))
    return _within_tolerance(left, right, _given(tolerance, DEFAULT_TOLERANCE))


def _given(tolerance: float | None, default: float) -> float:
    return default if tolerance is None else tolerance


def _scale(predicted: Array) -> float:
    return float(np.abs(predicted).max()) or 1.0


def _within_tolerance(predicted: Array, measured: Array, tolerance: float) -> Verdict:
    gaps = np.abs(measured - predicted) / _scale(predicted)
    worst = np.unravel_index(int(gaps.argmax()), gaps.shape)
    error = float(gaps[worst])
    holds = error <= tolerance
    return Verdict(
        title="",
        relation="==",
        kind="equality",
        predicted=float(predicted[worst]),
        measured=float(measured[worst]),
        error=error,
        tolerance=tolerance,
        holds=holds,
        message=f"{'within' if holds else 'not within'} {tolerance:.3g}",
        details={"shape": predicted.shape, "index": worst},
    )


def _within_standard_error(
    predicted: Array, measured: Array, given: Any, tolerance: float
) -> Verdict:
    spread = finite("standard_error", given)
    if (spread <= 0).any() or spread.shape not in {(), predicted.shape}:
        raise VerificationError(
            "The standard error is not a positive number for each entry.",
            "a single sample, or a simulation without randomness",
            "Return a positive scalar or an array of the shape of the prediction.",
        )
    quantile = float(-special.ndtri(SIGNIFICANCE / (2 * predicted.size)))
    spread = np.broadcast_to(spread, predicted.shape)
    deviations = np.abs(measured - predicted) / spread
    worst = np.unravel_index(int(deviations.argmax()), deviations.shape)
    resolution = quantile * float(spread.max()) / _scale(predicted)
    resolved = resolution <= tolerance
    agrees = float(deviations[worst]) <= quantile
    message = f"off by {deviations[worst]:.3g} standard errors, {quantile:.2f} allowed"
    if not resolved:
        message += (
            f"; inconclusive: deviations below {resolution:.2g} would pass, {tolerance:.2g} is the "
            "limit, so take more samples"
        )
    return Verdict(
        title="",
        relation="==",
        kind="equality",
        predicted=float(predicted[worst]),
        measured=float(measured[worst]),
        error=float(abs(measured[worst] - predicted[worst])) / _scale(predicted),
        tolerance=quantile * float(spread[worst]) / _scale(predicted),
        holds=bool(agrees and resolved),
        message=message,
        details={"shape": predicted.shape, "index": worst, "resolution": resolution},
    )
