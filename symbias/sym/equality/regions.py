"""Regions as images of sign conditions: x between a and b is x = (a + b*p)/(1 + p) with p > 0.

Every bound of a symbol is absorbed into a substitution by a positive (or nonnegative) one, after which all that is
known sits in the assumptions of symbols, where the sign proofs and SymPy itself can use it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from symbias.sym.equality.problem import Problem
from symbias.sym.equality.sampling import Bound, bounds_of
from symbias.sym.equality.signs import NOT_NEGATIVE, NOT_POSITIVE, signs
from symbias.sym.symbols import dummy

_MOST_PIECES = 8


def pieces(problem: Problem) -> list[Problem]:
    """Return problems that together cover the region, without bounds as far as possible.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    list of Problem
        Proving all of them proves the problem.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> piece, = pieces(Problem(sp.sqrt((x - 2) ** 2), x - 2, (x > 2,)))
    >>> piece.difference
    0
    """
    found = [problem]
    done: set[Any] = set()
    while len(found) <= _MOST_PIECES:
        symbol = _next(found[0], done)
        if symbol is None:
            return found
        done.add(symbol)
        found = [q for p in found for q in _absorb(p, symbol)]
    return [problem]


def _closed(bounds: list[Bound]) -> list[Bound]:
    """Add what follows from two bounds in a row: x < y and y < 1 give x < 1."""
    chained = [
        Bound(a.symbol, b.value, a.lower, a.strict or b.strict)
        for a in bounds
        for b in bounds
        if a.value == b.symbol and a.lower == b.lower and not b.value.free_symbols
    ]
    return bounds + [b for b in chained if b not in bounds]


def _next(problem: Problem, done: set[Any]) -> Any:
    """Return the next symbol with a bound to absorb; bounds by constants come first."""
    bounds = [b for b in _closed(bounds_of(problem)) if b.symbol not in done]
    bounds = [b for b in bounds if not (b.value.free_symbols and _is_free(b))]
    if not bounds:
        return None
    best = min(bounds, key=lambda b: (len(b.value.free_symbols), not b.lower, str(b.symbol)))
    return best.symbol


def _is_free(bound: Bound) -> bool:
    """Whether a bound by other symbols is better read the other way round, as a lower bound of those."""
    return not bound.lower and bool(bound.value.is_Symbol) and bool(bound.symbol.is_nonnegative)


def _absorb(problem: Problem, symbol: Any) -> list[Problem]:
    bounds = [b for b in _closed(bounds_of(problem)) if b.symbol == symbol]
    if not bounds or symbol.is_integer:
        return [problem]
    lows = [b for b in bounds if b.lower] + _sign_bound(symbol, lower=True)
    highs = [b for b in bounds if not b.lower] + _sign_bound(symbol, lower=False)
    low, high = _tightest(lows), _tightest(highs)
    if low is None and high is None:
        return [problem]
    p = dummy(symbol.name, **({"positive": True} if _strict(low, high) else {"nonnegative": True}))
    if low is None:
        values = [high.value - p]  # type: ignore[union-attr]
    elif high is None:
        values = [low.value + p]
    else:
        values = [(low.value + high.value * p) / (1 + p)]
        if not high.strict:
            values.append(high.value)
    return [_place(problem, symbol, v) for v in values]


def _strict(low: Bound | None, high: Bound | None) -> bool:
    first = low or high
    return first is not None and first.strict


def _sign_bound(symbol: Any, *, lower: bool) -> list[Bound]:
    strict = symbol.is_positive if lower else symbol.is_negative
    weak = symbol.is_nonnegative if lower else symbol.is_nonpositive
    return [Bound(symbol, sp.S.Zero, lower, bool(strict))] if weak else []


def _tightest(bounds: list[Bound]) -> Bound | None:
    """Return a bound that is provably the tightest, or failing that the first; the others stay as conditions."""
    if not bounds:
        return None
    best = bounds[0]
    for other in bounds[1:]:
        gap = signs(other.value - best.value)
        if gap <= (NOT_NEGATIVE if best.lower else NOT_POSITIVE) and (gap != {0} or other.strict):
            best = other
    return best


def _place(problem: Problem, symbol: Any, value: Any) -> Problem:
    placed = substitute_together(problem, {symbol: value})
    keeps = tuple(
        c
        for bound in (True, False)
        for b in _sign_bound(symbol, lower=bound)
        if (c := _relation(value, b)) is not sp.true
    )
    return replace(placed, conditions=(*placed.conditions, *keeps))


def _relation(value: Any, bound: Bound) -> Any:
    found = signs(sp.together(value))
    wanted = NOT_NEGATIVE if bound.lower else NOT_POSITIVE
    if found <= (wanted - {0} if bound.strict else wanted):
        return sp.true
    if bound.lower:
        return value > 0 if bound.strict else value >= 0
    return value < 0 if bound.strict else value <= 0


def substitute_together(problem: Problem, values: dict[Any, Any]) -> Problem:
    """Substitute everywhere, and settle the conditions that the substitution makes provably true.

    Parameters
    ----------
    problem : Problem
        The problem.
    values : dict
        Symbol -> expression.

    Returns
    -------
    Problem
        With fewer conditions where possible.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> x, p = real("x"), positive("p")
    >>> substitute_together(Problem(x, x, (x < 1,)), {x: p / (1 + p)}).conditions
    ()
    """
    placed = problem.substitute(values)
    return replace(placed, conditions=tuple(c for c in placed.conditions if not holds(c)))


def holds(condition: Any) -> bool:
    """Return whether a relation is proved.

    Parameters
    ----------
    condition : sympy boolean
        A relation, or anything else, which is not proved.

    Returns
    -------
    bool
        False means "not proved".

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> holds(positive("x") + 1 > 1)
    True
    """
    if condition is sp.true:
        return True
    if not isinstance(condition, (sp.Ge, sp.Gt, sp.Le, sp.Lt)):
        return False
    found = signs(sp.together(condition.gts - condition.lts))
    strict = isinstance(condition, (sp.Gt, sp.Lt))
    return found == {1} if strict else found <= NOT_NEGATIVE


def split(problem: Problem, argument: Any) -> list[Problem] | None:
    """Return the problem where an expression is positive, zero and negative, or None when it cannot be solved for.

    Parameters
    ----------
    problem : Problem
        The problem.
    argument : sympy.Expr
        A real expression whose sign matters.

    Returns
    -------
    list of Problem or None
        Three problems; together they cover the region.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> [p.lhs for p in split(Problem(sp.Abs(x), x), x)]
    [_x, 0, _x]
    """
    for symbol in sorted(argument.free_symbols, key=lambda s: (s.is_nonzero is True, str(s))):
        if not symbol.is_real or symbol.is_integer or not argument.is_polynomial(symbol):
            continue
        poly = sp.Poly(argument, symbol)
        if poly.degree() == 1 and not signs(poly.LC()) & {0, 2}:
            slope, offset = poly.all_coeffs()
            p = dummy(symbol.name, positive=True)
            cases = (_place(problem, symbol, sp.expand((v - offset) / slope)) for v in (p, 0, -p))
            return [c for c in cases if not any(_impossible(x) for x in c.conditions)]
    return None


def _impossible(condition: Any) -> bool:
    return condition is sp.false or (
        isinstance(condition, (sp.Ge, sp.Gt, sp.Le, sp.Lt)) and holds(sp.Not(condition))
    )
