"""The end of the first stable interval for numeric parameters, certified by root counts on both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath

from symbias.errors import DomainError
from symbias.stability.crossings import Candidate

Stable = Callable[[Fraction], bool]


def first_threshold(candidates: Sequence[Candidate], stable: Stable, digits: int, name: str) -> Any:
    """Return the end of the first stable interval.

    Parameters
    ----------
    candidates : sequence of Candidate
        Every y > 0 at which stability may change, ascending.
    stable : callable
        Whether all roots lie inside the circle, at a rational y.
    digits : int
        Correct digits asked for.
    name : str
        Of the rule, for messages.

    Returns
    -------
    mpmath.mpf or None
        None if what was found does not pass the counts at relative distance 10**-digits on both sides.

    Raises
    ------
    DomainError
        If the rule is unstable for all small y > 0.

    Examples
    --------
    >>> two = Candidate(2.0, lambda digits: mpmath.mpf(2))
    >>> first_threshold([two], lambda y: y < 2, 15, "gradient descent")
    mpf('2.0')
    """
    smallest = candidates[0].value if candidates else 1.0
    if not stable(Fraction(smallest / 2).limit_denominator(10**6) or Fraction(smallest / 2)):
        raise DomainError(
            f"{name} is unstable for arbitrarily small steps.",
            cause="With vanishing step a root lies on or outside the unit circle, or is pushed out.",
            remedy="See .stable_set for stable intervals that do not begin at 0.",
        )
    for before, after in zip(candidates, [*candidates[1:], None], strict=True):
        beyond = 2 * before.value if after is None else after.value
        if beyond <= before.value * (1 + 1e-9):
            continue
        if stable(_between(before.value, beyond)):
            continue
        return _certified(
            [c for c in candidates if abs(c.value - before.value) <= 1e-8 * beyond], stable, digits
        )
    return mpmath.inf


def _between(low: float, high: float) -> Fraction:
    """Return a rational number with a small denominator in the middle half of an interval."""
    width = Fraction(high) - Fraction(low)
    middle = Fraction(low) + width / 2
    bits = 1
    while True:
        found = Fraction(round(middle * bits), bits)
        if abs(found - middle) < width / 4:
            return found
        bits *= 4


def _certified(close: Sequence[Candidate], stable: Stable, digits: int) -> Any:
    for candidate in close:
        value = candidate.refine(digits)
        exact = as_fraction(value)
        margin = Fraction(1, 10**digits)
        if (
            exact > 0
            and stable(_between_fractions(exact * (1 - margin), exact))
            and not stable(_between_fractions(exact, exact * (1 + margin)))
        ):
            return value
    return None


def _between_fractions(low: Fraction, high: Fraction) -> Fraction:
    """Return a dyadic number in an interval, with about as many bits as its width needs."""
    width = high - low
    bits = 1 << max(0, (width.denominator // width.numerator).bit_length() + 2)
    return Fraction(round((low + high) / 2 * bits), bits)


def as_fraction(value: Any) -> Fraction:
    """Return a multiprecision number as the rational number that it is.

    Parameters
    ----------
    value : mpmath.mpf
        Finite.

    Returns
    -------
    Fraction
        The same number.

    Examples
    --------
    >>> as_fraction(mpmath.mpf(0.75))
    Fraction(3, 4)
    """
    sign, mantissa, exponent, _ = value._mpf_
    number = Fraction(int(mantissa)) * Fraction(2) ** exponent
    return -number if sign else number
