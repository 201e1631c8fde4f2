"""Zero tests in a quotient: numerators modulo the relations of the kernels and modulo the given equations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.groebnertools import groebner
from sympy.polys.orderings import grevlex
from sympy.polys.polyerrors import BasePolynomialError
from sympy.polys.rings import PolyElement, PolyRing

from symbias.errors import BudgetError, InputError, SymbiasError
from symbias.sym.budget import Clock
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.signs import NOT_NEGATIVE, nonzero, signs
from symbias.sym.equality.tower import NeedsSign, TooLarge, Tower
from symbias.sym.symbols import dummy

_MOST_ROOTS = 4


class Quotient:
    """Polynomials in symbols and generators modulo the relations of a tower and given equations.

    Parameters
    ----------
    tower : Tower
        Its relations are used.
    expr : sympy.Expr
        A lowered expression.
    given : iterable of sympy.Expr
        Lowered expressions that vanish.

    Examples
    --------
    >>> tower = Tower()
    >>> lowered = tower.lower(sp.sqrt(2)) ** 2 - 2
    >>> Quotient(tower, lowered, []).vanishes()
    True
    """

    def __init__(self, tower: Tower, expr: Any, given: Iterable[Any] = ()) -> None:
        self.tower = tower
        numerator, _ = sp.fraction(sp.together(expr))
        equations = [sp.fraction(sp.together(g))[0] for g in given]
        relations = [(g, q, *sp.fraction(sp.together(v))) for g, (q, v) in tower.relations.items()]
        names = set().union(
            numerator.free_symbols,
            *(e.free_symbols for e in equations),
            tower.relations,
            *(v.free_symbols for _, v in tower.relations.values()),
        )
        order = sorted(
            names, key=lambda s: (s not in tower.meaning, sp.default_sort_key(s), str(s))
        )
        self.ring = PolyRing(order or [dummy("one")], QQ, grevlex)
        self.relations = [
            (self.ring.symbols.index(g), q, self._poly(n), self._poly(d))
            for g, q, n, d in relations
        ]
        self.poly = self.reduce(self._poly(numerator))
        self.given = [p for e in equations if (p := self.reduce(self._poly(e))) != 0]
        self._basis: list[PolyElement] | None = None

    def _poly(self, expr: Any) -> PolyElement:
        return self.ring.from_expr(expr)

    def reduce(self, poly: PolyElement) -> PolyElement:
        """Return a polynomial with powers of generators lowered, up to a nonzero denominator.

        Parameters
        ----------
        poly : PolyElement
            In the ring.

        Returns
        -------
        PolyElement
            Zero only if the polynomial vanishes.

        Examples
        --------
            >>> q = Quotient(Tower(), sp.S.One)
        >>> q.reduce(q.ring.one)
        1
        """
        for index, q, top, bottom in reversed(self.relations):
            most = max((m[index] // q for m in poly), default=0)
            if most:
                poly = self._lower_powers(poly, index, q, most, top, bottom)
        return poly

    def _lower_powers(
        self,
        poly: PolyElement,
        index: int,
        q: int,
        most: int,
        top: PolyElement,
        bottom: PolyElement,
    ) -> PolyElement:
        parts = [self.ring.zero] * (most + 1)
        for monomial, coefficient in poly.terms():
            times, rest = divmod(monomial[index], q)
            lowered = (*monomial[:index], rest, *monomial[index + 1 :])
            parts[times] = parts[times] + self.ring.term_new(lowered, coefficient)
        total = self.ring.zero
        for times, part in enumerate(parts):
            if part:
                total += part * top**times * bottom ** (most - times)
        return total

    def vanishes(self) -> bool:
        """Return whether the expression is proved to vanish.

        Returns
        -------
        bool
            False means "not proved".

        Examples
        --------
        >>> Quotient(Tower(), sp.S.One).vanishes()
        False
        """
        return self._zero(self.poly, _MOST_ROOTS)

    def _zero(self, poly: PolyElement, roots: int) -> bool:
        if poly == 0 or (self.given and self._member(poly)):
            return True
        if roots > 0 and any(self._by_squaring(poly, r, roots) for r in self._roots(poly)):
            return True
        return bool(self.given) and self._radical_member(poly)

    def _member(self, poly: PolyElement) -> bool:
        if self._basis is None:
            self._basis = groebner([*self.given, *self._relation_polys()], self.ring)
        return bool(poly.rem(self._basis) == 0)

    def _relation_polys(self) -> list[PolyElement]:
        used = set().union(*({i for m in p for i, e in enumerate(m) if e} for p in self.given))
        return [
            self.ring.gens[index] ** q * bottom - top
            for index, q, top, bottom in self.relations
            if index in used
        ]

    def _radical_member(self, poly: PolyElement) -> bool:
        """Rabinowitsch: it vanishes on the variety, where moreover every nonzero symbol is nonzero."""
        extended = PolyRing([dummy("inverse"), *self.ring.symbols], QQ, grevlex)
        lift = [self._lift(p, extended) for p in (*self.given, *self._relation_polys())]
        factor = self._lift(poly, extended)
        for symbol, generator in zip(extended.symbols[1:], extended.gens[1:], strict=True):
            if nonzero(self.tower.raise_(symbol)):
                factor *= generator
        return groebner([*lift, 1 - extended.gens[0] * factor], extended) == [extended.one]

    @staticmethod
    def _lift(poly: PolyElement, ring: PolyRing) -> PolyElement:
        return ring.from_dict({(0, *m): c for m, c in poly.terms()})

    def _roots(self, poly: PolyElement) -> list[int]:
        """Square roots in which the polynomial is linear, the outermost first."""
        return [
            index
            for index, q, _, _ in reversed(self.relations)
            if q == 2
            and max(m[index] for m in poly) == 1
            and self._is_root(self.ring.symbols[index])
        ]

    def _is_root(self, symbol: Any) -> bool:
        meaning = self.tower.meaning.get(symbol)
        return meaning is not None and meaning.is_Pow and meaning.exp == sp.S.Half

    def _by_squaring(self, poly: PolyElement, index: int, roots: int) -> bool:
        """Prove a + r*b = 0 for a root r >= 0 when a**2 = r**2*b**2 and a*b <= 0."""
        a, b = self.ring.zero, self.ring.zero
        for monomial, coefficient in poly.terms():
            rest = (*monomial[:index], 0, *monomial[index + 1 :])
            term = self.ring.term_new(rest, coefficient)
            a, b = (a, b + term) if monomial[index] else (a + term, b)
        top, bottom = next((t, d) for i, _, t, d in self.relations if i == index)
        squares = self.reduce(a**2 * bottom - b**2 * top)
        if not self._zero(squares, roots - 1):
            return False
        common = a.gcd(b)
        parts = [self.tower.raise_(p.as_expr()) for p in (a.exquo(common), b.exquo(common), common)]
        # The common factor enters squared, so only its being real matters.
        return all(2 not in signs(p) for p in parts) and signs(-parts[0] * parts[1]) <= NOT_NEGATIVE


_FEW, _MANY = 2, 20


def no_points(problem: Problem, skipped: int, time: Clock) -> SymbiasError:
    """Return the error for a statement that could be compared nowhere, with the reason as far as it is known.

    Parameters
    ----------
    problem : Problem
        The problem.
    skipped : int
        Points at which a side was undefined.
    time : Clock
        What is left of the budget.

    Returns
    -------
    SymbiasError
        `InputError` when the given equations are proved to contradict each other, else `BudgetError`.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> type(no_points(Problem(x, x, given=(x, x - 1)), 0, Clock(5))).__name__
    'InputError'
    """
    if _contradictory(problem, time):
        return InputError(
            "The equations in given have no common solution.",
            remedy="Correct or remove one of them.",
        )
    where = (
        f"A side was undefined at each of the {skipped} points tried"
        if skipped
        else "No point was found"
    )
    return BudgetError(
        "Both sides could be compared at no point at all.",
        f"{where} under the assumptions and the equations given.",
        "Check that they have a common solution, and where both sides are defined.",
    )


def _contradictory(problem: Problem, time: Clock) -> bool:
    if not problem.given:
        return False
    tower = Tower()
    try:
        lowered = [tower.lower(g) for g in problem.given]
        return time.attempt(Quotient(tower, sp.S.One, lowered).vanishes, 0.5)
    except (BudgetError, NeedsSign, TooLarge, BasePolynomialError):
        return False


def nearly_nowhere(problem: Problem, places: Iterable[Any], skipped: int) -> BudgetError | None:
    """Return the error for a statement whose sides have values at one or two places only, which decides nothing.

    Parameters
    ----------
    problem : Problem
        The problem.
    places : iterable of dict
        Where both sides were compared; the same place may come again and again.
    skipped : int
        At how many points a side was undefined.

    Returns
    -------
    BudgetError or None
        None where there are enough places, or equations that may leave no more.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> print(nearly_nowhere(Problem(x, x), [{x: 1}, {x: 2}, {x: 3}], 1))
    None
    """
    distinct = {tuple(place.items()) for place in places}
    if problem.given or not problem.symbols or len(distinct) > _FEW or skipped < _MANY:
        return None
    return BudgetError(
        f"Both sides could be compared at {len(distinct)} points only.",
        f"A side was undefined, or not real where it has to be, at {skipped} others.",
        "Check where both sides are defined, and state that as an assumption.",
    )
