"""The characteristic polynomial of a rule as sums of powers of z, and its specialisation to numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd, lcm
from typing import Any

import sympy as sp

from symbias.errors import DomainError
from symbias.models.delay_law import DelayLaw
from symbias.models.update_rule import UpdateRule

Terms = dict[Any, dict[int, Any]]
"""Exponent of z -> power of y -> coefficient."""


@dataclass(frozen=True, eq=False)
class Pencil:
    """p(z; y) = dynamics + gradient, with y = scale * (x + shift) in place of x = step * curvature.

    Parameters
    ----------
    terms : dict
        Exponent of z (linear in the symbolic delays) -> power of y -> coefficient; power 0 is the dynamics.
    scale, shift : sympy.Expr
        Damping and step times weight decay.
    parameters : tuple of sympy.Symbol
        Those of the rule, by name.
    delays : tuple of sympy.Symbol
        Those among them that stand in exponents.
    conditions : tuple of sympy.Boolean
        The ranges of the parameters.
    weight : sympy.Lambda or None
        A generating function that is not rational multiplies the gradient as weight(1/z).

    Examples
    --------
    >>> import symbias as sb
    >>> pencil(sb.UpdateRule.gradient_descent().delayed(2)).terms
    {3: {0: 1}, 2: {0: -1}, 0: {1: 1}}
    """

    terms: Terms
    scale: sp.Expr
    shift: sp.Expr
    parameters: tuple[sp.Symbol, ...]
    delays: tuple[sp.Symbol, ...]
    conditions: tuple[Any, ...]
    weight: sp.Lambda | None = None

    @cached_property
    def degree(self) -> int:
        """The degree in y."""
        return max(power for row in self.terms.values() for power in row)

    @cached_property
    def inner(self) -> tuple[sp.Symbol, ...]:
        """The parameters of the polynomial in y itself, those of damping and decay left out."""
        found = set(self.delays).union(*(c.free_symbols for c in self.coefficients))
        if self.weight is not None:
            found |= self.weight.free_symbols
        return tuple(s for s in self.parameters if s in found)

    @property
    def coefficients(self) -> list[sp.Expr]:
        """All coefficients."""
        return [c for row in self.terms.values() for c in row.values()]

    def part(self, power: int) -> dict[Any, sp.Expr]:
        """Return exponent -> coefficient of a power of y.

        Parameters
        ----------
        power : int
            The power.

        Returns
        -------
        dict
            Empty if there is none.

        Examples
        --------
        >>> import symbias as sb
        >>> pencil(sb.UpdateRule.gradient_descent()).part(1)
        {0: 1}
        """
        return {e: row[power] for e, row in self.terms.items() if power in row}

    def outer(self, y: sp.Expr) -> sp.Expr:
        """Return x from y.

        Parameters
        ----------
        y : sympy.Expr
            A value of scale * (x + shift).

        Returns
        -------
        sympy.Expr
            y / scale - shift.

        Examples
        --------
        >>> import symbias as sb
        >>> pencil(sb.UpdateRule.heavy_ball(0.5, dampening=0.5)).outer(sp.Integer(3))
        6
        """
        return y / self.scale - self.shift

    def at(self, values: Mapping[Any, Any]) -> Pencil:
        """Return the pencil with parameters replaced.

        Parameters
        ----------
        values : mapping
            Symbol -> exact number.

        Returns
        -------
        Pencil
            Exponents that became integers are ``int``.

        Raises
        ------
        DomainError
            If an exponent is no integer, or the gradient or all else vanishes.

        Examples
        --------
        >>> import symbias as sb
        >>> tau = sp.symbols("tau")
        >>> pencil(sb.UpdateRule.gradient_descent().delayed(tau)).at({tau: 1}).terms
        {2: {0: 1}, 1: {0: -1}, 0: {1: 1}}
        """
        if not values:
            return self
        table = {symbol: sp.sympify(value) for symbol, value in values.items()}
        terms: Terms = {}
        for exponent, row in self.terms.items():
            place = _exponent(sp.sympify(sp.sympify(exponent).xreplace(table)))
            into = terms.setdefault(place, {})
            for power, c in row.items():
                into[power] = into.get(power, 0) + c.xreplace(table)
        terms = _clean(terms)
        powers = {power > 0 for row in terms.values() for power in row}
        if len(powers) < 2:
            raise DomainError(
                "The rule degenerates at these values of the parameters.",
                cause="A coefficient has a pole or vanishes there.",
                remedy="Choose other values.",
            )
        return Pencil(
            terms,
            self.scale.xreplace(table),
            self.shift.xreplace(table),
            tuple(s for s in self.parameters if s not in table),
            tuple(s for s in self.delays if s not in table),
            tuple(c for c in (c.subs(table) for c in self.conditions) if c is not sp.true),
            None if self.weight is None else self.weight.xreplace(table),
        )

    def rounded(self, digits: int) -> Pencil:
        """Return the pencil with irrational coefficients replaced by rational ones.

        Parameters
        ----------
        digits : int
            The relative error is below 10**-digits. A root z = 1 of the dynamics stays one.

        Returns
        -------
        Pencil
            Itself when there is nothing to round.

        Examples
        --------
        >>> import symbias as sb
        >>> alone = pencil(sb.UpdateRule.heavy_ball(sp.sqrt(2) / 2))
        >>> all(c.is_Rational for c in alone.rounded(10).coefficients)
        True
        """
        if all(c.is_Rational or c.free_symbols for c in self.coefficients):
            return self
        terms: Terms = {}
        missing, last = sp.S.Zero, None
        for e, row in self.terms.items():
            for k, c in row.items():
                exact = bool(c.is_Rational or c.free_symbols)
                near = c if exact else sp.Rational(str(c.evalf(digits + 2)))
                terms.setdefault(e, {})[k] = near
                if k == 0:
                    missing, last = missing - near, last if exact else e
        if last is not None and abs(missing).evalf() < sp.Float(10) ** (2 - digits):
            terms[last][0] += missing  # the dynamics rest at z = 1, also after rounding
        return replace(self, terms=terms)

    def rows(self) -> list[list[int]]:
        """Return integer coefficients, for each power of z those of the powers of y, the lowest first.

        Returns
        -------
        list of list of int
            Divided by a power of z where possible (roots z = 0 are inside the circle).

        Raises
        ------
        DomainError
            If there are symbols or irrational numbers left.

        Examples
        --------
        >>> import symbias as sb
        >>> pencil(sb.UpdateRule.heavy_ball(0.5)).rows()
        [[1, 0], [-3, 2], [2, 0]]
        """
        if any(not c.is_Rational for c in self.coefficients) or self.delays:
            raise DomainError(
                "Roots can be counted for rational coefficients only.",
                cause=f"There are {', '.join(map(str, self.inner)) or 'irrational numbers'} left.",
                remedy="Give every parameter a rational value, such as sympy.Rational(1, 3).",
            )
        common = lcm(*(int(c.q) for c in self.coefficients))
        lowest = min(self.terms)
        found = [[0] * (self.degree + 1) for _ in range(max(self.terms) - lowest + 1)]
        for exponent, row in self.terms.items():
            for power, c in row.items():
                found[exponent - lowest][power] = int(c.p) * (common // int(c.q))
        return found


def at_point(rows: list[list[int]], y: Any) -> list[int]:
    """Return integer coefficients of p(z; y) at a rational y, the constant first.

    Parameters
    ----------
    rows : list of list of int
        As `Pencil.rows` gives them.
    y : sympy.Rational or Fraction
        The point.

    Returns
    -------
    list of int
        A positive multiple of the coefficients.

    Examples
    --------
    >>> at_point([[1, 0], [-3, 2], [2, 0]], sp.Rational(1, 2))
    [1, -2, 2]
    """
    top, bottom = (
        (int(y.p), int(y.q)) if isinstance(y, sp.Rational) else (y.numerator, y.denominator)
    )
    degree = len(rows[0]) - 1
    weights = [top**k * bottom ** (degree - k) for k in range(degree + 1)]
    found = [sum(c * w for c, w in zip(row, weights, strict=True) if c) for row in rows]
    common = gcd(*found)
    return [c // common for c in found] if common > 1 else found


def _exponent(value: sp.Expr) -> Any:
    if value.is_number:
        if not value.is_Integer:
            raise DomainError(
                f"A delay is {value}, no integer.", remedy="Give integers that are at least 0."
            )
        return int(value)
    return sp.expand(value)


def _clean(terms: Terms) -> Terms:
    kept = {e: {k: c for k, c in row.items() if c != 0} for e, row in terms.items()}
    return {e: row for e, row in kept.items() if row}


def pencil(rule: UpdateRule) -> Pencil:
    """Return the characteristic polynomial of a rule as sums of powers.

    Parameters
    ----------
    rule : UpdateRule
        The rule.

    Returns
    -------
    Pencil
        Its coefficients are polynomials in the parameters where they were rational in them.

    Examples
    --------
    >>> import symbias as sb
    >>> pencil(sb.UpdateRule.optimistic()).terms
    {2: {0: 1}, 1: {0: -1, 1: 2}, 0: {1: -1}}
    """
    mode = rule.mode
    law = rule.delay if isinstance(rule.delay, DelayLaw) else None
    late, before, after, weight = _delayed(rule, law, mode.z)
    terms: Terms = {}
    for part in (mode.dynamics * before, mode.gradient * after):
        alone = part is not None and not part.has(mode.x)
        for exponent, c in _monomials(part, mode):
            place = _exponent(exponent + late if alone else exponent)
            row = terms.setdefault(place, {})
            for (power,), coefficient in sp.Poly(c, mode.x).terms():
                row[power] = sp.expand(row.get(power, 0) + coefficient)
    terms = _without_denominators(_clean(terms))
    return Pencil(
        {e: terms[e] for e in sorted(terms, key=_size, reverse=True)},
        sp.sympify(rule.scale),
        sp.sympify(rule.step * rule.decay),
        rule.parameters,
        tuple(s for s in rule.parameters if any(s in sp.sympify(e).free_symbols for e in terms)),
        (*rule.assumptions, *(law.conditions if law is not None else ())),
        weight,
    )


def _size(exponent: Any) -> Any:
    symbols = sp.sympify(exponent).free_symbols
    return float(sp.sympify(exponent).subs(dict.fromkeys(symbols, 1009)))


def _delayed(rule: UpdateRule, law: DelayLaw | None, z: sp.Symbol) -> tuple[Any, Any, Any, Any]:
    """Return the delay of the dynamics' powers, the factors of both parts, and a weight that is not rational."""
    if law is None:
        return rule.delay, sp.S.One, sp.S.One, None
    if law.probabilities is not None:
        longest = law.probabilities[-1][0]
        mixed = sp.Add(*(chance * z ** (longest - k) for k, chance in law.probabilities))
        return longest, sp.S.One, mixed, None
    generating = law.generating(1 / z)
    if not generating.is_rational_function(z):
        return sp.S.Zero, sp.S.One, sp.S.One, law.generating
    numerator, denominator = sp.fraction(sp.cancel(sp.together(generating)))
    return sp.S.Zero, denominator, numerator, None


def _monomials(part: sp.Expr, mode: Any) -> list[tuple[sp.Expr, sp.Expr]]:
    """Return exponents of z and their coefficients."""
    zetas = [zeta for _, zeta in mode.powers]
    return [
        (
            monomial[0]
            + sp.Add(*(n * tau for n, (tau, _) in zip(monomial[1:], mode.powers, strict=True))),
            c,
        )
        for monomial, c in sp.Poly(sp.expand(part), mode.z, *zetas).terms()
    ]


def _without_denominators(terms: Terms) -> Terms:
    fractions = [sp.fraction(sp.together(c))[1] for row in terms.values() for c in row.values()]
    symbolic = [d for d in fractions if d.free_symbols]
    if not symbolic:
        return terms
    common = symbolic[0]
    for d in symbolic[1:]:
        common = sp.lcm(common, d)
    return {e: {k: sp.cancel(c * common) for k, c in row.items()} for e, row in terms.items()}
