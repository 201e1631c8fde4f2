"""Values of single symbols at which statements fail that hold everywhere else.

Zero and one, the ends of ranges, other symbols, and the places where a kernel jumps or branches: the zeros of the
arguments of signs, roots and logarithms and of the conditions of choices, with a value between any two of them.
Random points miss all of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from symbias.sym.equality.problem import Problem

_PLACES = (0, 1, -1)
_MOST = 14
_MOST_GAPS = 12
_DEGREE = 6
_JUMPING = (sp.Abs, sp.sign, sp.Heaviside, sp.log, sp.asin, sp.acos, sp.acosh, sp.atanh)


def breaks(problem: Problem) -> dict[Any, list[Any]]:
    """Return for each real symbol the expressions whose zeros matter.

    Parameters
    ----------
    problem : Problem
        Its sides and conditions are searched.

    Returns
    -------
    dict
        Symbol -> polynomials in it, the simplest first.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> breaks(Problem(sp.Abs(x - 3), x))[x]
    [x - 3]
    """
    found: dict[Any, list[Any]] = {}
    gaps = _gaps(problem)
    for symbol in problem.symbols:
        if symbol.is_real:
            mine = [g for g in gaps if g.has(symbol) and _is_moderate(g, symbol)]
            found[symbol] = mine[:_MOST_GAPS]
    return found


def _is_moderate(gap: Any, symbol: Any) -> bool:
    return bool(gap.is_polynomial(symbol)) and sp.degree(gap, symbol) <= _DEGREE


def _gaps(problem: Problem) -> list[Any]:
    found: set[Any] = set()
    for expr in (problem.lhs, problem.rhs, *problem.conditions):
        for node in sp.preorder_traversal(expr):
            for gap in _gaps_of(node):
                found.update(_without_corners(gap))
    numerators = {sp.fraction(sp.together(g))[0] for g in found}
    return sorted(numerators, key=lambda g: (sp.count_ops(g), sp.default_sort_key(g)))


def _gaps_of(node: Any) -> Iterator[Any]:
    if isinstance(node, _JUMPING):
        yield node.args[0]
        if not isinstance(node, (sp.Abs, sp.sign, sp.Heaviside)):
            yield from (node.args[0] - 1, node.args[0] + 1)
    elif isinstance(node, Relational):
        yield node.lhs - node.rhs
    elif isinstance(node, (sp.Max, sp.Min)):
        yield from (node.args[0] - other for other in node.args[1:])
    elif isinstance(node, (sp.floor, sp.ceiling)):
        yield from (node.args[0] - k for k in (0, 1, -1))
    elif isinstance(node, sp.atan2):
        yield from node.args
    elif node.is_Pow and not node.exp.is_Integer:
        yield node.base


def _without_corners(gap: Any) -> list[Any]:
    """Replace every absolute value by both of its branches."""
    corners = sorted(gap.atoms(sp.Abs), key=sp.default_sort_key)
    if not corners:
        return [gap]
    inner = corners[0].args[0]
    branches = (gap.xreplace({corners[0]: sign * inner}) for sign in (1, -1))
    return [g for branch in branches for g in _without_corners(branch)]


def values(
    gaps: list[Any],
    symbol: Any,
    others: dict[Any, Any],
    end: Callable[[Any], Fraction | None],
) -> list[Fraction]:
    """Return the special values of a symbol where the others have given values.

    Parameters
    ----------
    gaps : list of sympy.Expr
        Polynomials in the symbol, see `breaks`.
    symbol : sympy.Symbol
        Which one.
    others : dict
        Symbol -> Fraction.
    end : callable
        Turns a number or a coefficient into a Fraction, or None.

    Returns
    -------
    list of Fraction
        Zeros where they are rational, and a value in every gap between two zeros.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> found = values([x - 5], x, {}, lambda c: Fraction(int(c)))
    >>> print(*found)
    0 1 -1 5 1/2 3 9 -4
    """
    plain = [Fraction(p) for p in _PLACES]
    same = [sign * v for v in others.values() if isinstance(v, Fraction) for sign in (1, -1)]
    zeros = [z for gap in gaps for z in _zeros(gap, symbol, others, end)]
    between = _between(sorted(set(zeros) | {Fraction(0), Fraction(1)})) if zeros else []
    found = [*plain, *zeros[:_MOST], *between[:_MOST], *same[:4]]
    return list(dict.fromkeys(found))


def _zeros(
    gap: Any, symbol: Any, others: dict[Any, Any], end: Callable[[Any], Fraction | None]
) -> list[Fraction]:
    swap = {s: sp.Rational(v.numerator, v.denominator) for s, v in others.items() if _rational(v)}
    poly = sp.Poly(gap.xreplace(swap), symbol)
    coefficients = [end(c) for c in poly.all_coeffs()]
    if len(coefficients) < 2 or any(c is None for c in coefficients) or not coefficients[0]:
        return []
    if len(coefficients) == 2:
        return [-coefficients[1] / coefficients[0]]  # type: ignore[operator]
    exact = sp.Poly([sp.Rational(c.numerator, c.denominator) for c in coefficients], symbol)  # type: ignore[union-attr]
    roots = [
        sum(map(sp.Rational, interval)) / 2
        for interval, _ in exact.intervals(eps=sp.Rational(1, 10**12))
    ]
    return [Fraction(int(r.p), int(r.q)) for r in roots]


def _rational(value: Any) -> bool:
    return isinstance(value, Fraction)


def _between(zeros: list[Fraction]) -> list[Fraction]:
    """Return the middles of all gaps between neighbours, and a value beyond either end."""
    inner = [(a + b) / 2 for a, b in pairwise(zeros)]
    widest = max(b - a for a, b in pairwise(zeros))
    return [*inner, zeros[-1] + widest, zeros[0] - widest]
