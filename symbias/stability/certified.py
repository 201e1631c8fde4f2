"""The end of the first stable interval for numeric parameters, certified by root counts on both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

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
        None if what was found does not pass the counts at relative distance 10**-digits on both sides, or the rule
        is stable at every y.

    Raises
    ------
    DomainError
        If the rule is unstable for all small y > 0.

    Examples
    --------
    >>> import mpmath
    >>> two = Candidate(2.0, lambda digits: mpmath.mpf(2))
    >>> first_threshold([two], lambda y: y < 2, 15, "gradient descent")
    mpf('2.0')
    """
    margin = Fraction(1, 10**digits)
    for number, candidate in enumerate(candidates):
        value = candidate.refine(digits)
        exact = as_fraction(value)
        if exact <= 0 or not stable(_between(exact * (1 - margin), exact)):
            if number == 0:
                _require_stable_at_small(candidate.value, stable, name)
            return None
        if not stable(_between(exact, exact * (1 + margin))):
            return value
    return (
        None if candidates or stable(Fraction(1)) else _require_stable_at_small(1.0, stable, name)
    )


def _require_stable_at_small(first: float, stable: Stable, name: str) -> None:
    small = Fraction(first) / 2
    if not stable(_between(small, 2 * small)):
        raise DomainError(
            f"{name} is unstable for arbitrarily small steps.",
            cause="With vanishing step a root lies on or outside the unit circle, or is pushed out.",
            remedy="See .stable_set for stable intervals that do not begin at 0.",
        )


def _between(low: Fraction, high: Fraction) -> Fraction:
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
    >>> import mpmath
    >>> as_fraction(mpmath.mpf(0.75))
    Fraction(3, 4)
    """
    sign, mantissa, exponent, _ = value._mpf_
    number = Fraction(int(mantissa)) * Fraction(2) ** exponent
    return -number if sign else number


def exact_number(value: Any) -> sp.Rational:
    """Return a multiprecision number as the SymPy rational number that it is.

    Parameters
    ----------
    value : mpmath.mpf
        Finite.

    Returns
    -------
    sympy.Rational
        The same number.

    Examples
    --------
    >>> import mpmath
    >>> exact_number(mpmath.mpf(0.75))
    3/4
    """
    found = as_fraction(value)
    return sp.Rational(found.numerator, found.denominator)
