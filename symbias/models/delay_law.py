"""Random delays: independent from step to step, with given probabilities or a generating function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.errors import InputError
from symbias.models.exact import exact, natural, shown
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

    @cached_property
    def conditions(self) -> tuple[Any, ...]:
        """That symbolic probabilities are >= 0; of a generating function the first two, and no pole in [0, 1].

        A power series with coefficients >= 0 and no pole there has none in the closed disc (Pringsheim); past a pole
        the probabilities would sum to infinity, although the function continues to one.
        """
        if self.probabilities is not None:
            return tuple(chance >= 0 for _, chance in self.probabilities if chance.free_symbols)
        (s,) = self.generating.variables
        chances = (sp.factor(sp.diff(self.generating.expr, s, k).subs(s, 0)) for k in range(FIRST))
        first, second = [*(c for c in chances if c != 0), sp.S.One, sp.S.One][:2]
        ends = [sp.cancel(f.subs(s, 1) / f.subs(s, 0)) for f in _denominators(self.generating)]
        found = [first > 0, second >= 0, *(f > 0 for f in ends)]
        return tuple(dict.fromkeys(c for c in found if c.free_symbols))

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
    _check_poles(law)
    return DelayLaw(law)


def _denominators(law: sp.Lambda) -> list[sp.Expr]:
    """Return the irreducible factors of the denominator that depend on the variable."""
    (s,) = law.variables
    if not law.expr.is_rational_function(s):
        return []
    _, bottom = sp.fraction(sp.cancel(sp.together(law.expr)))
    return [f for f, _ in sp.factor_list(bottom)[1] if f.has(s)]


def _check_poles(law: sp.Lambda) -> None:
    """Refuse a function that is one at one only by continuation past a pole."""
    (s,) = law.variables
    for f in _denominators(law):
        if not f.free_symbols - {s} and sp.Poly(f, s).count_roots(0, 1):
            raise InputError(
                "The probabilities of the delay law do not sum to one.",
                cause="The generating function has a pole between 0 and 1, so that its Taylor series diverges at 1.",
                remedy="Check it; s -> E[s**tau] is finite for 0 <= s <= 1.",
            )


def _check_first(law: sp.Lambda) -> None:
    """Refuse a generating function whose first probabilities, its Taylor coefficients, are none."""
    (s,) = law.variables
    coefficient, total = law.expr, sp.S.Zero
    polynomial = law.expr.is_polynomial(s)
    count = sp.degree(law.expr, s) + 1 if polynomial and law.expr.has(s) else FIRST
    for delay in range(count):
        chance = coefficient.subs(s, 0) / sp.factorial(delay)
        total += chance
        if chance.is_number and (chance.is_finite is not True or chance.is_negative):
            raise InputError(
                f"The delay {delay} has probability {chance}.",
                cause="The generating function is no power series with coefficients >= 0.",
                remedy="Check it; s -> E[s**tau] has the probabilities as Taylor coefficients at 0.",
            )
        coefficient = sp.diff(coefficient, s)
    if total.is_number and (total - 1).is_positive:
        raise InputError(
            f"The probabilities of the delays 0 to {count - 1} sum to {total}.",
            cause="The generating function is no power series that sums to one.",
            remedy="Check it; s -> E[s**tau] has the probabilities as Taylor coefficients at 0.",
        )


def _check_total(law: sp.Lambda) -> None:
    total = sp.cancel(law(sp.S.One))
    if total.is_number and total != 1:
        raise InputError(
            f"The probabilities of the delay law sum to {shown(total)}.",
            remedy="Divide them by their sum; the generating function must be 1 at s = 1.",
        )
    if total != 1 and sp.expand(total - 1) != 0:
        raise InputError(
            f"The probabilities of the delay law sum to {total}, which is not 1 for all parameters.",
            remedy="Write the last probability as one minus the others.",
        )
