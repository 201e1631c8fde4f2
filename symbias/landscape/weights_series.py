"""The expansion of a family in powers of 1/sqrt(d), by recursion: a step of Newton's doubles the exact terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from symbias.codegen.lower import Program, lower
from symbias.errors import BudgetError
from symbias.landscape.series_evaluation import evaluate, restricted
from symbias.solvers.pi_series import Ramified, Series
from symbias.solvers.series_algebra import solve

RECOGNITION_DIGITS = 60
"""Digits to which limits of d (w - limit) are known when their closed form is guessed; the recursion then proves it."""

DEGREES, LARGEST_INTEGER = ((1, 1), (2, 2), (3, 4)), 10**4
"""Degrees of denominator and numerator in pi, and the size of their coefficients, that are tried."""

RAMIFICATIONS = (2, 4)
"""The expansion is in d^(-1/q); these q are tried."""

STEPS = 12


@dataclass(frozen=True)
class Expansion:
    """The block coordinates of a family as series.

    Parameters
    ----------
    weights : tuple of Series
        One per orbit, in x = d^(-1/q).
    ramification : int
        The q.

    Examples
    --------
    >>> Expansion((Series.constant(1, 3),), 2).ramification
    2
    """

    weights: tuple[Series, ...]
    ramification: int

    @property
    def top(self) -> int:
        """The order below which all coordinates are known."""
        return min(w.top for w in self.weights)


def expansion(family: Any, top: int, known: Expansion | None = None) -> Expansion:
    """Return the expansion of a family's block coordinates.

    Parameters
    ----------
    family : Family
        The family.
    top : int
        Order in d^(-1/2) below which the terms are wanted.
    known : Expansion, optional
        To a lower order.

    Returns
    -------
    Expansion
        With exact coefficients: the gradient vanishes to the order carried, and the step that shows it is unique.

    Raises
    ------
    BudgetError
        If the leading coefficients are not recognised as elements of Q(pi), or the expansion is in other powers.

    Examples
    --------
    >>> import symbias as sb
    >>> A = sb.PopulationLoss(sb.activations.relu).family("A")
    >>> expansion(A, 5).weights[1].below(5)
    Series(2*x^2 + -2 + 4/pi*x^4 + O(x^5))
    """
    if family.limit.is_exact:
        terms = max(top, 1)
        return Expansion(tuple(Series.constant(int(w), terms) for w in family.limit.weights), 2)
    program = family.system.equations_program
    if known is not None:
        q = known.ramification
        return _recursion(family, program, top * q // 2, q, known.weights)
    for q in RAMIFICATIONS:
        try:
            return _recursion(family, program, top * q // 2, q, None)
        except Ramified:
            continue
    raise BudgetError(
        f"The expansion of {family.name} is in no power d^(-1/q), q = {' or '.join(map(str, RAMIFICATIONS))}.",
        remedy="Use .at(d) at large d.",
    )


def _recursion(
    family: Any, program: Program, top: int, q: int, known: Sequence[Series] | None
) -> Expansion:
    if known is None:
        start = [_polynomial(w, family.size, q) for w in _first_terms(family)]
        known = [_series(w, 2 * q + 1) for w in start]
    n = len(known)
    gradient, jacobian = (restricted(program, part) for part in (slice(n), slice(n, None)))
    for extra in (2 * q, 4 * q, 8 * q, 16 * q):
        found = _newton(gradient, jacobian, known, top, top + extra, q)
        if found is not None:
            return Expansion(tuple(found), q)
    raise BudgetError(
        f"The recursion for {family.name} does not gain terms.",
        cause="the limit is degenerate.",
        remedy="Use .at(d) at large d.",
    )


def _newton(
    gradient: Program, jacobian: Program, start: Sequence[Series], top: int, most: int, q: int
) -> list[Series] | None:
    """Return the weights to an order, or None if more terms must be carried to get there."""
    n, known, before = len(start), min(w.top for w in start), -1
    point = list(start)
    for _ in range(STEPS):
        # A step doubles what is known; what cancels in the equations, and their growth with d, takes a few orders more.
        terms = min(2 * known + 4 * q, most)
        values = _at(gradient, point, terms, q)
        # The gradient vanishes to the order that is known: of the Jacobian half the terms are enough.
        slopes = _at(jacobian, point, min(terms, terms // 2 + 2 * q), q)
        step = solve([slopes[n * i : n * (i + 1)] for i in range(n)], values)
        reach = min(s.top for s in step)
        gained = min((s.low for s in step if not s.known_zero), default=reach)
        if gained >= top:
            return [w.padded(terms).below(gained) for w in point]
        if gained <= before and terms == most:
            return None
        before = gained
        known = min(reach, max(2 * gained - q, gained + 1))
        point = [(w.padded(terms) - s).below(known) for w, s in zip(point, step, strict=True)]
    return None


def _at(program: Program, point: Sequence[Series], terms: int, q: int) -> list[Series]:
    """Return the values of a program at the weights, cut off or filled up with zeros at an order."""
    d = Series.variable(2 * terms, -q)
    return evaluate(program, [d, *(w.below(terms).padded(terms) for w in point)], 2 * terms)


def _polynomial(weight: Any, size: Any, q: int) -> dict[int, Any]:
    """Return order -> coefficient of an expression in 1/d."""
    x = sp.Poly(sp.expand(weight.subs(size, 1 / size)), size)
    return {q * k: c for (k,), c in x.terms()}


def _series(table: dict[int, Any], terms: int) -> Series:
    total = Series.constant(0, terms)
    for order, coefficient in table.items():
        total = total + _constant(coefficient, terms) * Series.variable(terms, order)
    return total.padded(terms)


def _constant(value: Any, terms: int) -> Series:
    """Return an element of Q(pi) as a series."""
    top, bottom = sp.fraction(sp.together(value))
    return _evaluated(top, terms) / _evaluated(bottom, terms)


def _evaluated(expr: Any, terms: int) -> Series:
    return evaluate(lower([sp.expand(expr)], ()), [], terms)[0]


def _first_terms(family: Any) -> list[Any]:
    """Return the block coordinates up to 1/d: deviations at an enormous d, recognised."""
    exponent = RECOGNITION_DIGITS + 4
    d = sp.Integer(10) ** (2 * exponent)
    point = family.far_point(int(d), 2 * exponent + RECOGNITION_DIGITS)
    found = []
    with mpmath.workdps(4 * exponent):
        for weight, value in zip(family.limit.weights, point, strict=True):
            constant = sp.limit(weight, family.size, sp.oo)
            slope = (value - int(constant)) * mpmath.mpf(10) ** (2 * exponent)
            found.append(constant + _recognised(slope) / family.size)
    return found


def _recognised(value: Any) -> Any:
    """Return a number as a rational function of pi: a guess that the recursion confirms or refutes."""
    if abs(value) < mpmath.mpf(10) ** (5 - RECOGNITION_DIGITS):
        return sp.Integer(0)
    with mpmath.workdps(RECOGNITION_DIGITS):
        for below, above in DEGREES:
            basis = [value * mpmath.pi**k for k in range(below + 1)]
            basis += [mpmath.pi**k for k in range(above + 1)]
            relation = mpmath.pslq(basis, maxcoeff=LARGEST_INTEGER, maxsteps=10**5)
            if relation is not None and any(relation[: below + 1]):
                bottom = sp.Add(*(c * sp.pi**k for k, c in enumerate(relation[: below + 1])))
                top = sp.Add(*(c * sp.pi**k for k, c in enumerate(relation[below + 1 :])))
                return sp.cancel(-top / bottom)
    raise BudgetError(
        f"The leading coefficient {mpmath.nstr(value, 12)} is not recognised as a rational function of pi.",
        remedy="Use .at(d) at large d.",
    )
