"""Scaling: values follow a power law; the fitted interval must exclude a wrong exponent."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import special

from symbias.errors import VerificationError
from symbias.verdicts.arrays import Array, finite, parts, same_shape
from symbias.verdicts.verdict import SIGNIFICANCE, Verdict

FORM = "(scale, values, predicted exponent)"
DEFAULT_RESOLUTION = 0.1
FEWEST_POINTS = 5
SMALLEST_SPAN = 4.0
"""The largest scale over the smallest: below this a slope says little."""
ROUNDING = 1e-9
"""No interval is narrower than this: logarithms of floats are rounded."""


class Line(NamedTuple):
    """A fitted line: its slope, and the half-width of the confidence interval of the slope."""

    slope: float
    half_width: float


def fit_line(x: Array, y: Array) -> Line:
    """Fit y = intercept + slope x by least squares.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n,)
        n >= 3.

    Returns
    -------
    Line
        The half-width is Student's, two-sided, at significance 1e-6.

    Examples
    --------
    >>> fit_line(np.arange(4.0), 3 * np.arange(4.0)).slope
    3.0
    """
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ (y - y.mean())) / spread
    residual = y - y.mean() - slope * centred
    freedom = x.size - 2
    error = float(np.sqrt(residual @ residual / freedom / spread))
    return Line(slope, float(special.stdtrit(freedom, 1 - SIGNIFICANCE / 2)) * error)


def scaling(answer: Any, tolerance: float | None = None, limit: str = "small") -> Verdict:
    """Judge ``values ~ scale**exponent`` towards the limit end of the scales.

    The slope of log|values| against log(scale) has a Student interval at significance 1e-6. A power
    law that holds only in the limit bends the line; the interval is therefore widened by twice the
    difference between the slope of all points and that of the half nearest to the limit; where
    that is too wide, the half nearest to the limit is judged by itself, and so on. The exponent
    must lie inside the interval, and the interval must be narrower than the resolution:
    a fit too coarse to exclude a wrong exponent is inconclusive, which does not hold.

    Parameters
    ----------
    answer : tuple
        ``(scale, values, exponent)``: arrays of shape (n,) with n >= 5, scales positive and
        spanning at least a factor 4, values of one sign and not zero; a number.
    tolerance : float, optional
        The resolution, in (0, 0.25]: largest half-width allowed, 0.1 by default. It is never wider
        than half the exponent, so that no interval contains both the exponent and 0.
    limit : str
        ``"small"`` or ``"large"``: at which end of the scales the law is claimed.

    Returns
    -------
    Verdict
        Measured is the fitted slope, tolerance the half-width of its interval.

    Raises
    ------
    VerificationError
        If no verdict can be given on the answer.

    Examples
    --------
    >>> h = np.geomspace(1e-3, 1e-1, 8)
    >>> scaling((h, 5 * h**2, 2)).holds
    True
    >>> scaling((h, 5 * h**2, 1.8)).holds
    False
    """
    scale, values, exponent = _points(answer)
    towards = np.argsort(scale) if limit == "small" else np.argsort(-scale)
    resolution = DEFAULT_RESOLUTION if tolerance is None else tolerance
    if exponent:
        resolution = min(resolution, abs(exponent) / 2)
    line, drift, used = _window(scale[towards], np.abs(values[towards]), resolution)
    half_width = line.half_width + 2 * drift + ROUNDING
    error = abs(line.slope - exponent)
    inside, resolved = error <= half_width, half_width <= resolution
    return Verdict(
        title="",
        relation="~",
        kind="scaling",
        predicted=exponent,
        measured=line.slope,
        error=error,
        tolerance=half_width,
        holds=inside and resolved,
        message=_message(line.slope, half_width, resolution, inside=inside),
        details={"points": used, "drift": drift, "resolution": resolution, "limit": limit},
    )


def _window(scale: Array, values: Array, resolution: float) -> tuple[Line, float, int]:
    """Return line, drift and number of the points nearest to the limit that resolve the exponent, or else of all."""
    x, y = np.log(scale), np.log(values)
    first, used = (*_fit(x, y), x.size), x.size
    while _shows_an_exponent(scale[:used]):
        line, drift = _fit(x[:used], y[:used])
        if line.half_width + 2 * drift + ROUNDING <= resolution:
            return line, drift, used
        used = -(-used // 2)
    return first


def _fit(x: Array, y: Array) -> tuple[Line, float]:
    """Return the line through all points, and how far the half nearest to the limit leaves it."""
    whole, near = fit_line(x, y), max(3, -(-x.size // 2))
    return whole, abs(whole.slope - fit_line(x[:near], y[:near]).slope)


def _message(slope: float, half_width: float, resolution: float, *, inside: bool) -> str:
    interval = f"slope {slope:.4g} +- {half_width:.2g}"
    if half_width > resolution:
        return (
            f"inconclusive: {interval}, at most +- {resolution:.2g} is allowed; use more points, "
            "less noise, or scales nearer to the limit"
        )
    return f"{interval}, which {'contains' if inside else 'excludes'} the exponent"


def _points(answer: Any) -> tuple[Array, Array, float]:
    parted = parts(answer, (3,), FORM)
    scale, values = finite("scale", parted[0]), finite("values", parted[1])
    exponent = finite("the predicted exponent", parted[2])
    same_shape(scale=scale, values=values)
    if exponent.ndim or scale.ndim != 1:
        raise VerificationError(
            f"A scaling claim needs scales in one dimension and one exponent, got shapes "
            f"{scale.shape} and {exponent.shape}.",
            remedy=f"Return {FORM}.",
        )
    _check_scales(scale)
    if (values == 0).any() or len(set(np.sign(values))) > 1:
        raise VerificationError(
            "A power law was claimed for values that vanish or change sign.",
            "the measurement reached rounding level, or an offset was not subtracted",
            "Leave such scales out, or claim a limit instead.",
        )
    return scale, values, float(exponent)


def _check_scales(scale: Array) -> None:
    if (scale <= 0).any():
        raise VerificationError("The scales must be positive.", remedy="Return h, not log(h).")
    if not _shows_an_exponent(scale):
        raise VerificationError(
            f"{np.unique(scale).size} scales over a factor {scale.max() / scale.min():.3g} cannot "
            "show an exponent.",
            remedy=f"Measure at {FEWEST_POINTS} scales or more, over a factor {SMALLEST_SPAN:g} "
            "or more.",
        )


def _shows_an_exponent(scale: Array) -> bool:
    enough = np.unique(scale).size >= FEWEST_POINTS
    return bool(enough and scale.max() >= SMALLEST_SPAN * scale.min())
