"""Random delays: independent from step to step, with given probabilities or a generating function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.errors import InputError
from symbias.models.exact import exact, natural
from symbias.sym.symbols import dummy

FIRST = 6
"""So many Taylor coefficients of a generating function are checked."""


@dataclass(frozen=True, repr=False)
class DelayLaw:
    """The law of a delay tau in 0, 1, 2, ...

    Parameters
    ----------
    generating : sympy.Lambda
        The generating function s -> E[s**tau].
    probabilities : tuple of (int, sympy.Expr), optional
        Delay and probability, delays ascending, for a law with finitely many values.

    Examples
    --------
    >>> delay_law({0: 0.5, 1: 0.5}).mean
    1/2
    """

    generating: sp.Lambda
    probabilities: tuple[tuple[int, sp.Expr], ...] | None = None

    @property
    def mean(self) -> sp.Expr:
        """The expected delay."""
        s = self.generating.variables[0]
        return sp.cancel(sp.diff(self.generating.expr, s).subs(s, 1))

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """The symbols in the probabilities, by name."""
        return tuple(sorted(self.generating.free_symbols, key=str))

    def __repr__(self) -> str:
        if self.probabilities is not None:
            return f"DelayLaw({dict(self.probabilities)})"
        return f"DelayLaw({self.generating})"


def delay_law(given: Mapping[Any, Any] | sp.Lambda | DelayLaw) -> DelayLaw:
    """Return the delay law that a user wrote down.

    Parameters
    ----------
    given : dict or sympy.Lambda
        Delay -> probability, or the generating function s -> E[s**tau].

    Returns
    -------
    DelayLaw
        The checked law.

    Raises
    ------
    InputError
        If a delay is no integer >= 0, a probability is negative, or they do not sum to one.

    Examples
    --------
    >>> delay_law({0: 1, 2: 1})
    Traceback (most recent call last):
        ...
    symbias.errors.InputError: The probabilities of the delay law sum to 2...
    """
    if isinstance(given, DelayLaw):
        return given
    if isinstance(given, sp.Lambda):
        return _generating(given)
    if not isinstance(given, Mapping) or not given:
        raise InputError(
            f"The delay law is {given!r}.",
            remedy="Give {delay: probability}, or a sympy.Lambda with the generating function.",
        )
    pairs = []
    for delay, probability in given.items():
        steps = natural(delay, "A delay of the law")
        if not steps.is_Integer:
            raise InputError(f"A delay of the law is {delay!r}.", remedy="Give integers as delays.")
        chance = exact(probability, "A probability of the delay law")
        if chance.is_negative:
            raise InputError(
                f"The delay {delay} has probability {probability}.",
                remedy="Give probabilities that are not negative.",
            )
        pairs.append((int(steps), chance))
    pairs.sort(key=lambda pair: pair[0])
    s = dummy("s")
    law = sp.Lambda(s, sp.Add(*(chance * s**delay for delay, chance in pairs)))
    _check_total(law)
    return DelayLaw(law, tuple(pairs))


def _generating(law: sp.Lambda) -> DelayLaw:
    if len(law.variables) != 1:
        raise InputError(
            f"The generating function has {len(law.variables)} variables.",
            remedy="Give a sympy.Lambda of one variable, s -> E[s**tau].",
        )
    _check_total(law)
    _check_first(law)
    return DelayLaw(law)


def _check_first(law: sp.Lambda) -> None:
    """Refuse a generating function whose first probabilities, its Taylor coefficients, are negative."""
    (s,) = law.variables
    coefficient = law.expr
    for delay in range(FIRST):
        chance = coefficient.subs(s, 0) / sp.factorial(delay)
        if chance.is_number and (chance.is_finite is not True or chance.is_negative):
            raise InputError(
                f"The delay {delay} has probability {chance}.",
                cause="The generating function is no power series with coefficients >= 0.",
                remedy="Check it; s -> E[s**tau] has the probabilities as Taylor coefficients at 0.",
            )
        coefficient = sp.diff(coefficient, s)


def _check_total(law: sp.Lambda) -> None:
    total = sp.cancel(law(sp.S.One))
    if total.is_number and total != 1:
        raise InputError(
            f"The probabilities of the delay law sum to {total}.",
            remedy="Divide them by their sum; the generating function must be 1 at s = 1.",
        )
    if total != 1 and sp.expand(total - 1) != 0:
        raise InputError(
            f"The probabilities of the delay law sum to {total}, which is not 1 for all parameters.",
            remedy="Write the last probability as one minus the others.",
        )
