"""Proofs of equality: the methods, tried from the cheapest to the dearest, each within its share of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from symbias.errors import BudgetError
from symbias.sym.budget import Clock
from symbias.sym.equality.calculus import by_derivative, evaluated, inductions, merged
from symbias.sym.equality.ideal import Quotient
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.regions import pieces, split
from symbias.sym.equality.signs import nonzero, signs
from symbias.sym.equality.tower import NeedsSign, Steps, TooLarge, Tower
from symbias.sym.factoring import factored
from symbias.sym.symbols import dummy

METHOD_FAILURES = (
    BudgetError,
    NeedsSign,
    TooLarge,
    BasePolynomialError,
    NotImplementedError,
    ValueError,
    # What SymPy stumbles over inside (the floor of an integral, for one).
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
)
"""What a method of proof may raise when it does not apply; the next one is tried."""

_DEEPEST = 5
_LARGEST = 4000
_MOST_SIGNS = 2
"""Symbols on whose signs a proof may be split in a row."""

RATIONAL = "rational functions with equal normal forms"
NORMAL_FORM = "equal normal forms of the kernels and their relations"
CASES = "by cases, each with equal normal forms"
DERIVATIVE = "equal derivatives on a connected domain and equal values at a point"
EXPONENTIAL = "the exponentials of both sides, which are real, have equal normal forms"
SINE = "the sine of the difference vanishes, and the difference is below 1"
INDUCTION = "by induction over the range of the sum"
ALGEBRAIC = "an algebraic number whose minimal polynomial is that of zero"


def prove(problem: Problem, time: Clock) -> str | None:
    """Return how the equality was proved, or None.

    Parameters
    ----------
    problem : Problem
        The problem.
    time : Clock
        What is left of the budget.

    Returns
    -------
    str or None
        One sentence.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> prove(Problem(x * (x + 1), x**2 + x), Clock(5))
    'rational functions with equal normal forms'
    """
    if problem.lhs == problem.rhs:
        return "the same expression"
    if sp.count_ops(problem.lhs) + sp.count_ops(problem.rhs) > _LARGEST:
        return None
    for work, share in _methods(problem):
        try:
            how = time.attempt(work, share)
        except METHOD_FAILURES:
            continue
        if how:
            return how
    return None


def _methods(problem: Problem) -> Iterator[tuple[Callable[[], str | None], float]]:
    yield lambda: RATIONAL if _rational(problem) else None, 0.2
    yield lambda: NORMAL_FORM if _plain(problem) else None, 0.3
    yield lambda: CASES if everywhere(problem, _plain) else None, 0.3
    if not problem.symbols:
        yield lambda: ALGEBRAIC if _algebraic(problem.difference) else None, 0.3
        yield lambda: SINE if _by_sine(problem) else None, 0.3
    if problem.difference.has(sp.log, sp.asinh, sp.acosh, sp.atanh):
        yield lambda: EXPONENTIAL if everywhere(problem, _by_exponential) else None, 0.3
    if problem.difference.has(sp.Sum, sp.Product, sp.Integral):
        yield lambda: _through(evaluated(problem)), 0.4
        yield lambda: _through(merged(problem)), 0.3
        yield lambda: INDUCTION if _by_induction(problem) else None, 0.4
    yield lambda: DERIVATIVE if everywhere(problem, _derivative) else None, 0.5
    yield lambda: CASES if _by_signs(problem) else None, 0.5


def _through(other: Problem | None) -> str | None:
    """Prove a problem in which integrals and sums were carried out."""
    if other is None:
        return None
    if everywhere(other, _plain) or everywhere(other, _derivative):
        return "integrals and sums carried out, then equal normal forms"
    return None


def _rational(problem: Problem) -> bool:
    numerator, _ = sp.fraction(sp.together(problem.difference))
    return sp.expand(numerator) == 0


def _plain(problem: Problem) -> bool:
    """Compare normal forms over the kernels, modulo the given equations."""
    problem = eliminate(problem)
    difference = _cancelled(problem.difference)
    steps = Steps()
    for attempt in range(2):
        # The second pass knows the common denominators of exponents and angles.
        tower = Tower(steps)
        lowered = tower.lower(difference)
        given = [tower.lower(g) for g in problem.given]
        if attempt == 1 or not steps.of or set(steps.of.values()) == {1}:
            break
    return Quotient(tower, lowered, given).vanishes()


def _cancelled(expr: Any) -> Any:
    """Cancel fractions inside functions: cos(pi (t + 1/2)/(2 t + 1)) is cos(pi/2) wherever it is defined."""

    def has_denominator(part: Any) -> bool:
        if not isinstance(part, sp.Function) or not all(isinstance(a, sp.Expr) for a in part.args):
            return False
        return any(sp.fraction(a)[1].free_symbols for a in part.args)

    def cancelled(part: Any) -> Any:
        ready = (sp.cancel(a) if a.is_rational_function() else a for a in part.args)
        return part.func(*ready)

    return expr.replace(has_denominator, cancelled)


def eliminate(problem: Problem) -> Problem:
    """Solve given equations for symbols in which they are linear with a coefficient that cannot vanish.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Problem
        An equivalent one with fewer symbols.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> eliminate(Problem(x, y, given=(x - 2 * y,))).difference
    y
    """
    for _ in range(len(problem.given)):
        solved = _solved(problem)
        if solved is None:
            return problem
        problem = problem.substitute(solved)
        problem = Problem(
            problem.lhs,
            problem.rhs,
            problem.conditions,
            tuple(g for g in problem.given if sp.expand(g) != 0),
        )
    return problem


def _solved(problem: Problem) -> dict[Any, Any] | None:
    for equation in problem.given:
        for symbol in sorted(equation.free_symbols, key=lambda s: (_weight(s), str(s))):
            if _weight(symbol) > 1 or not equation.is_polynomial(symbol):
                continue
            poly = sp.Poly(equation, symbol)
            if poly.degree() == 1 and nonzero(poly.LC()):
                return {symbol: -poly.nth(0) / poly.LC()}
    return None


def _weight(symbol: Any) -> int:
    """Symbols of which less is known are eliminated first; integers and signs would be forgotten."""
    if symbol.is_integer:
        return 2
    return int(symbol.is_nonnegative is True or symbol.is_nonpositive is True)


def everywhere(problem: Problem, method: Callable[[Problem], bool]) -> bool:
    """Prove every piece of the region, splitting where a method asks for a sign.

    Parameters
    ----------
    problem : Problem
        The problem.
    method : callable
        Proves one piece, or raises `NeedsSign`.

    Returns
    -------
    bool
        False means "not proved".

    Examples
    --------
    >>> everywhere(Problem(sp.S.One, sp.S.One), lambda p: p.difference == 0)
    True
    """
    return all(_with_cases(piece, method, _DEEPEST) for piece in pieces(problem))


def _with_cases(problem: Problem, method: Callable[[Problem], bool], depth: int) -> bool:
    try:
        return method(problem)
    except NeedsSign as question:
        if depth == 0:
            return False
        cases = _split_on(problem, question.argument)
    if cases is None:
        return False
    return all(_with_cases(p, method, depth - 1) for case in cases for p in pieces(case))


def _split_on(problem: Problem, argument: Any) -> list[Problem] | None:
    numerator, denominator = sp.fraction(factored(sp.together(argument)))
    for factor in (*sp.Mul.make_args(numerator), *sp.Mul.make_args(denominator)):
        base = factor.as_base_exp()[0]
        if len(signs(base)) > 1:
            found = split(problem, base)
            if found is not None:
                return found
    return None


def _by_signs(problem: Problem, depth: int = _MOST_SIGNS) -> bool:
    """Split on the sign of one symbol after the other."""
    for symbol in problem.symbols:
        if symbol.is_real and not (symbol.is_nonnegative or symbol.is_nonpositive):
            cases = [c for c in split(problem, symbol) or () if _is_defined(c)]
            if cases and all(everywhere(c, _plain_or_derivative) for c in cases):
                return True
            if cases and depth > 1 and all(_by_signs(c, depth - 1) for c in cases):
                return True
    return False


def _is_defined(problem: Problem) -> bool:
    return not problem.difference.has(sp.nan, sp.zoo, sp.oo, -sp.oo)


def _plain_or_derivative(problem: Problem) -> bool:
    return _plain(problem) or _derivative(problem)


def _derivative(problem: Problem) -> bool:
    """By derivatives, on the inside of the region and on its boundary apart."""
    if problem.given or problem.conditions:
        return False
    if by_derivative(problem, _plain_or_constant):
        return True
    for symbol in problem.symbols:
        if symbol.is_nonzero is None and (symbol.is_nonnegative or symbol.is_nonpositive):
            sign = {"positive": True} if symbol.is_nonnegative else {"negative": True}
            cases = (sp.S.Zero, dummy(symbol.name, integer=symbol.is_integer, **sign))
            return all(_plain_or_derivative(problem.substitute({symbol: c})) for c in cases)
    return False


def _plain_or_constant(problem: Problem) -> bool:
    if _plain(problem):
        return True
    return not problem.difference.free_symbols and (
        _by_sine(problem) or _by_exponential(problem) or _algebraic(problem.difference)
    )


def _by_exponential(problem: Problem) -> bool:
    """Use that a real number is zero when its exponential is 1."""
    if 2 in signs(problem.difference):
        return False
    return _plain(problem.with_sides(sp.exp(problem.difference), sp.S.One))


def _by_sine(problem: Problem) -> bool:
    """Use that a real constant below 1 is zero when its sine is."""
    if not problem.difference.has(sp.atan, sp.asin, sp.acos):
        return False
    value = problem.difference.evalf(30)
    if not value.is_Float or abs(value) > 1:
        return False
    return _plain(problem.with_sides(sp.sin(problem.difference), sp.S.Zero))


def _by_induction(problem: Problem) -> bool:
    return any(all(everywhere(p, _plain) for p in steps) for steps in inductions(problem))


def _algebraic(number: Any) -> bool:
    if not number.is_algebraic or sp.count_ops(number) > 60:
        return False
    x = dummy("x")
    return sp.minimal_polynomial(number, x) == x
