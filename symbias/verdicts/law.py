"""Law: a sample comes from a distribution; the distance of distribution functions decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

from symbias.errors import VerificationError
from symbias.verdicts.arrays import Array, finite, independent, parts
from symbias.verdicts.verdict import SIGNIFICANCE, Verdict

FORM = "(sample, cdf) or (sample, second sample)"
DEFAULT_RESOLUTION = 0.1


def law(answer: Any, tolerance: float | None = None) -> Verdict:
    """Judge ``sample in law cdf`` (or: two samples of one law) by Kolmogorov and Smirnov.

    The distance is the supremum over both sides of every jump, so that it is right for discrete
    laws too; there the p-value, that of a continuous law, is conservative (the significance is at
    most 1e-6). A sample too small to see a distance of the resolution is inconclusive, which does
    not hold: it takes about 730 points to see 0.1.

    Parameters
    ----------
    answer : tuple
        ``(sample, cdf)`` with a callable right-continuous distribution function, or
        ``(sample, second)``; samples have shape (n,).
    tolerance : float, optional
        The resolution, in (0, 0.25]: the largest critical distance allowed, 0.1 by default.

    Returns
    -------
    Verdict
        Measured is the distance, tolerance its critical value.

    Raises
    ------
    VerificationError
        If no verdict can be given on the answer.

    Examples
    --------
    >>> sample = (np.arange(2000) + 0.5) / 2000
    >>> law((sample, lambda x: np.clip(x, 0, 1))).holds
    True
    >>> law((sample, lambda x: np.clip(x, 0, 1) ** 2)).holds
    False
    """
    first, second = parts(answer, (2,), FORM)
    sample = _sample("the sample", first)
    if callable(second):
        distance, where = _distance_to_cdf(sample, second)
        p_value, size = float(stats.kstwo.sf(distance, sample.size)), float(sample.size)
    else:
        independent(first, second)
        other = _sample("the second sample", second)
        if np.array_equal(np.sort(sample), np.sort(other)):
            raise VerificationError(
                "The two samples of the claim are the same numbers.",
                remedy="Draw the second sample independently.",
            )
        distance, where = _distance_between(sample, other)
        size = sample.size * other.size / (sample.size + other.size)
        p_value = _two_sample_p(sample, other, distance)
    ties = bool(np.unique(sample).size < sample.size)
    resolution = DEFAULT_RESOLUTION if tolerance is None else tolerance
    return _verdict(distance, where, p_value, size, resolution, ties=ties)


def _verdict(
    distance: float, where: float, p_value: float, size: float, resolution: float, *, ties: bool
) -> Verdict:
    critical = float(special.kolmogi(SIGNIFICANCE)) / size**0.5
    resolved, agrees = critical <= resolution, p_value >= SIGNIFICANCE
    message = f"distance {distance:.3g}, p = {p_value:.2g}"
    if not resolved:
        with np.errstate(divide="ignore", over="ignore"):
            needed = np.ceil(np.divide(special.kolmogi(SIGNIFICANCE), resolution) ** 2)
        message += (
            f"; inconclusive: {size:.0f} points, {needed:.0f} are needed to see {resolution:.2g}"
        )
    return Verdict(
        title="",
        relation="in law",
        kind="law",
        predicted=0.0,
        measured=distance,
        error=distance,
        tolerance=critical,
        holds=bool(resolved and agrees),
        message=message + ("; ties: p is an upper bound" if ties else ""),
        details={"p_value": p_value, "points": size, "where": where, "ties": ties},
    )


def _sample(name: str, value: Any) -> Array:
    sample = finite(name, value)
    if sample.ndim != 1:
        raise VerificationError(
            f"A law is claimed for numbers; {name} has shape {sample.shape}.",
            remedy="Return a one-dimensional sample, one claim per coordinate.",
        )
    return sample


def _distance_to_cdf(sample: Array, cdf: Callable[[Any], Any]) -> tuple[float, float]:
    points, counts = np.unique(sample, return_counts=True)
    upper = np.cumsum(counts) / sample.size
    lower = upper - counts / sample.size
    at, before = _evaluate(cdf, points), _evaluate(cdf, np.nextafter(points, -np.inf))
    if (before > at + 1e-12).any() or (np.diff(at) < -1e-12).any():
        raise VerificationError(
            "The distribution function of the claim decreases somewhere.",
            remedy="Return a cumulative distribution function, not a density.",
        )
    gaps = np.maximum(np.abs(upper - at), np.abs(lower - before))
    return float(gaps.max()), float(points[gaps.argmax()])


def _evaluate(cdf: Callable[[Any], Any], points: Array) -> Array:
    values = finite("the distribution function", cdf(points))
    if values.shape != points.shape or (values < -1e-12).any() or (values > 1 + 1e-12).any():
        raise VerificationError(
            "The distribution function of the claim is not one.",
            "it does not work on arrays, or leaves [0, 1]",
            "Return a function of an array with values between 0 and 1, for example "
            "scipy.stats.norm.cdf or np.vectorize(f).",
        )
    return values


def _distance_between(first: Array, second: Array) -> tuple[float, float]:
    points = np.union1d(first, second)
    gaps = np.abs(_empirical(first, points) - _empirical(second, points))
    return float(gaps.max()), float(points[gaps.argmax()])


def _empirical(sample: Array, points: Array) -> Array:
    return np.searchsorted(np.sort(sample), points, side="right") / sample.size


def _two_sample_p(first: Array, second: Array, distance: float) -> float:
    """Return the p-value: exact for small samples, the finite-sample approximation beyond."""
    if max(first.size, second.size) <= 2000:
        return float(stats.ks_2samp(first, second, method="exact").pvalue)
    effective = first.size * second.size / (first.size + second.size)
    return float(stats.kstwo.sf(distance, round(effective)))
