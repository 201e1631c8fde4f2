"""Proofs by calculus: equal derivatives and a common value, integrals carried out, induction over sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import sympy as sp

from symbias.sym.equality.problem import Problem
from symbias.sym.equality.regions import holds
from symbias.sym.equality.sampling import bounds_of, sign_fits
from symbias.sym.equality.signs import NOT_NEGATIVE, PLUS, nonzero, signs
from symbias.sym.symbols import dummy

_PLACES = (sp.S.One, sp.Integer(2), sp.S.Half, sp.Integer(3), sp.Rational(1, 3))

_ENTIRE = (sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.erf, sp.erfc, sp.erfi, sp.Si)
_ON_THE_LINE = (sp.tanh, sp.atan, sp.asinh)
"""Analytic for real arguments, with singular points elsewhere."""


def by_derivative(problem: Problem, zero: Callable[[Problem], bool]) -> bool:
    """Prove that a difference vanishes from its derivative and its value at one point.

    Parameters
    ----------
    problem : Problem
        Without conditions and equations: its region is a box of half-lines and lines, so it is connected.
    zero : callable
        Proves problems without using derivatives.

    Returns
    -------
    bool
        False means "not proved".

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> by_derivative(Problem(sp.atan(x) + sp.atan(1 / x), sp.pi / 2), lambda p: sp.cancel(p.difference) == 0)
    True
    """
    difference = problem.difference
    if not difference.free_symbols:
        return zero(problem)
    for symbol in problem.symbols:
        if not symbol.is_real or symbol.is_integer or not connected(symbol):
            continue
        if not difference.has(symbol) or not analytic(difference, symbol):
            continue
        slope = sp.diff(difference, symbol)
        if zero(problem.with_sides(slope, sp.S.Zero)):
            return any(
                by_derivative(problem.substitute({symbol: place}), zero)
                for place in places(symbol)[:3]
            )
    return False


def places(symbol: Any) -> list[Any]:
    """Return simple values that a symbol can take.

    Parameters
    ----------
    symbol : sympy.Symbol
        With a sign or without.

    Returns
    -------
    list of sympy.Rational
        Zero first where it is allowed.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> places(positive("x"))[0]
    1
    """
    found = [-p for p in _PLACES] if symbol.is_nonpositive else list(_PLACES)
    return found if symbol.is_nonzero else [sp.S.Zero, *found]


def connected(symbol: Any) -> bool:
    """Return whether the range of a real symbol is one interval.

    Parameters
    ----------
    symbol : sympy.Symbol
        A real symbol.

    Returns
    -------
    bool
        False for a symbol that is only known not to be zero.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> connected(positive("x"))
    True
    """
    return not symbol.is_nonzero or bool(symbol.is_positive or symbol.is_negative)


def analytic(expr: Any, symbol: Any) -> bool:  # noqa: PLR0911 - a table of cases
    """Return whether an expression is proved real analytic in a symbol on its whole range.

    Parameters
    ----------
    expr : sympy.Expr
        The expression.
    symbol : sympy.Symbol
        The variable; the others are fixed anywhere in their ranges.

    Returns
    -------
    bool
        False means "not proved".

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> analytic(sp.log(positive("x")), positive("x")), analytic(sp.log(real("x")), real("x"))
    (True, False)
    """
    if not expr.has(symbol):
        return True
    if isinstance(expr, sp.Integral):
        return _analytic_integral(expr, symbol)
    if not all(analytic(a, symbol) for a in expr.args):
        return False
    if expr.is_Add or expr.is_Mul or expr.is_Symbol or isinstance(expr, _ENTIRE):
        return True
    if isinstance(expr, _ON_THE_LINE):
        return 2 not in signs(expr.args[0])
    if expr.is_Pow:
        return _analytic_power(expr)
    rule = _WHERE.get(type(expr))
    return rule is not None and rule(*expr.args)


def _analytic_power(expr: Any) -> bool:
    if expr.exp.is_Integer:
        return bool(expr.exp.is_nonnegative) or nonzero(expr.base)
    return signs(expr.base) == PLUS and bool(expr.exp.is_real)


def _analytic_integral(expr: Any, symbol: Any) -> bool:
    """Check a proper integral of an analytic integrand, over the range that its limits can span."""
    if len(expr.limits) != 1 or len(expr.limits[0]) != 3:
        return False
    variable, low, high = expr.limits[0]
    if not (low.is_finite and high.is_finite and low.is_real and high.is_real):
        return False
    if not (analytic(low, symbol) and analytic(high, symbol)):
        return False
    inside = dummy("s", **_range_facts(low, high))
    integrand = expr.function.xreplace({variable: inside})
    return analytic(integrand, inside) and analytic(integrand, symbol)


def _range_facts(low: Any, high: Any) -> dict[str, bool]:
    ends = signs(low) | signs(high)
    if ends == PLUS:
        return {"positive": True}
    return {"nonnegative": True} if ends <= NOT_NEGATIVE else {"real": True}


def _inside_unit(x: Any) -> bool:
    return signs(sp.together(1 - x**2)) == PLUS


_WHERE: dict[Any, Callable[..., bool]] = {
    sp.log: lambda x: signs(x) == PLUS,
    sp.asin: _inside_unit,
    sp.acos: _inside_unit,
    sp.atanh: _inside_unit,
    sp.acosh: lambda x: signs(sp.together(x - 1)) == PLUS,
    sp.atan2: lambda _y, x: signs(x) == PLUS,
    sp.gamma: lambda x: signs(x) == PLUS,
    sp.loggamma: lambda x: signs(x) == PLUS,
    sp.LambertW: lambda x, branch=sp.S.Zero: branch == 0 and signs(x) <= NOT_NEGATIVE,
    sp.Abs: nonzero,
    sp.sign: nonzero,
}


def evaluated(problem: Problem) -> Problem | None:
    """Return the problem with integrals, sums and products carried out by SymPy, or None when nothing changed.

    The caller compares the untouched sides at points as well, because SymPy's closed forms may need conditions.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Problem or None
        The same statement.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> s = real("s")
    >>> evaluated(Problem(sp.Integral(s, (s, 0, 1)), sp.S.Half)).lhs
    1/2
    """
    left, right = (_carried_out(side) for side in (problem.lhs, problem.rhs))
    if (left, right) == (problem.lhs, problem.rhs):
        return None
    return problem.with_sides(left, right)


def _carried_out(expr: Any) -> Any:
    nodes = sorted(expr.atoms(sp.Integral, sp.Sum, sp.Product), key=sp.count_ops, reverse=True)
    for node in nodes:
        if expr.has(node):
            found = node.doit()
            if not found.has(sp.Integral, sp.Sum, sp.Product):
                expr = expr.xreplace({node: found})
    return expr


def merged(problem: Problem) -> Problem | None:
    """Return a problem between integrands, when the difference is one integral or sum of a difference.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Problem or None
        Its truth implies that of the problem.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> s = real("s")
    >>> f, g = sp.sin(s) ** 2, 1 - sp.cos(s) ** 2
    >>> merged(Problem(sp.Integral(f, (s, 0, 1)), sp.Integral(g, (s, 0, 1)))).rhs
    0
    """
    total, limits, kind = sp.S.Zero, None, None
    for term in sp.Add.make_args(sp.expand(problem.difference, deep=False)):
        coefficient, node = _single(term)
        if node is None or len(node.limits) != 1:
            return None
        variable, *ends = node.limits[0]
        if limits is None:
            limits, kind, common = ends, type(node), dummy("s", **_facts(variable, ends))
        if ends != limits or type(node) is not kind:
            return None
        total += coefficient * node.function.xreplace({variable: common})
    return None if kind is None else problem.with_sides(total, sp.S.Zero)


def _facts(variable: Any, ends: list[Any]) -> dict[str, bool]:
    known = {"integer": True} if variable.is_integer else {"real": True}
    return known | (
        {"nonnegative": True} if ends and all(e.is_extended_nonnegative for e in ends) else {}
    )


def _single(term: Any) -> tuple[Any, Any]:
    nodes = [a for a in sp.Mul.make_args(term) if isinstance(a, (sp.Integral, sp.Sum))]
    if len(nodes) != 1:
        return term, None
    coefficient = term / nodes[0]
    return coefficient, nodes[0]


def inductions(problem: Problem) -> Iterator[list[Problem]]:
    """Yield pairs of problems, base case and step, for every integer symbol that ends a sum or product.

    Parameters
    ----------
    problem : Problem
        With sums or products.

    Yields
    ------
    list of Problem
        Proving both proves the problem; the step is proved for all integers, so it runs in both directions.

    Examples
    --------
    >>> from symbias.sym.symbols import integer
    >>> n, k = integer("n k")
    >>> base, step = next(inductions(Problem(sp.Sum(k, (k, 1, n)), n * (n + 1) / 2)))
    >>> base.difference
    0
    """
    nodes = problem.difference.atoms(sp.Sum, sp.Product)
    ends = {s for node in nodes for s in node.limits[-1][2].free_symbols if s.is_integer}
    for n in sorted(ends, key=str):
        start = _start(nodes, n)
        if start is not None and _starts_inside(problem, n, start):
            step = _step(problem, nodes, n)
            base = _at(problem, n, start)
            if step is not None and base is not None:
                yield [base, step]


def _start(nodes: Any, n: Any) -> Any:
    """Return the value of n at which the first of the sums has one term."""
    for node in sorted(nodes, key=sp.default_sort_key):
        _, low, high = node.limits[-1]
        if high.has(n) and not low.has(n) and (high - n).is_Integer and low.is_Integer:
            return low - (high - n)
    return None


def _starts_inside(problem: Problem, n: Any, start: Any) -> bool:
    """Whether n runs over an interval of integers that holds the start, so that steps reach all of it."""
    if n.is_even is not None or not sign_fits(n, start):
        return False
    bounds = bounds_of(problem)
    return all(
        holds(condition.xreplace({n: start})) and any(b.symbol == n for b in bounds)
        for condition in problem.conditions
        if condition.has(n)
    )


def _at(problem: Problem, n: Any, start: Any) -> Problem | None:
    placed = problem.substitute({n: start})
    swap = {node: node.doit() for node in placed.difference.atoms(sp.Sum, sp.Product)}
    return replace(placed, lhs=placed.lhs.xreplace(swap), rhs=placed.rhs.xreplace(swap))


def _step(problem: Problem, nodes: Any, n: Any) -> Problem | None:
    """Return the difference of the difference; every sum at n is a free quantity, at n + 1 it has one more term."""
    now: dict[Any, Any] = {}
    later: dict[Any, Any] = {}
    for node in nodes:
        variable, low, high = node.limits[-1]
        if node.function.has(n) or low.has(n) or not (high - n).is_Integer or len(node.limits) > 1:
            return None
        now[node] = dummy("S", real=True)
        term = node.function.xreplace({variable: high + 1})
        later[node] = now[node] + term if isinstance(node, sp.Sum) else now[node] * term
    ahead = _shifted(problem, now, later, n)
    return problem.with_sides(ahead, problem.difference.xreplace(now))


def _shifted(problem: Problem, now: dict[Any, Any], later: dict[Any, Any], n: Any) -> Any:
    marks = {node: dummy("L") for node in now}
    moved = problem.difference.xreplace(marks).xreplace({n: n + 1})
    return moved.xreplace({marks[node]: later[node] for node in now})
