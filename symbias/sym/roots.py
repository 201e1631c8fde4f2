"""Roots and solutions that are proved to exist and to be alone, with tight bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import BudgetError, DerivationError, InputError
from symbias.registry import ask
from symbias.sym.budget import Clock
from symbias.sym.conditions import require_inside
from symbias.sym.enclosure import Enclosure
from symbias.sym.equality.derivatives import JUMPS, derivatives, enclosures
from symbias.sym.equality.interval import at_precision, ends
from symbias.sym.equality.subdivision import BITS
from symbias.sym.evaluation import exact_value, require_few
from symbias.sym.evidence import Evidence
from symbias.sym.formula import Formula
from symbias.sym.proving import SECONDS, interval_of, range_of
from symbias.sym.symbols import real
from symbias.sym.sympified import sympified


@dataclass(frozen=True)
class Root:
    """A root of an expression, the only one in an interval.

    Parameters
    ----------
    expr : sympy.Expr
        What vanishes.
    symbol : sympy.Symbol
        Its symbol.
    enclosure : Enclosure
        Proved bounds of the root.
    evidence : Evidence
        Of grade ``ball``; its region is where there is no other root.

    Examples
    --------
    >>> import symbias as sb
    >>> x = sp.symbols("x", real=True)
    >>> root = sb.unique_root(x**3 - 2, 0, 2)
    >>> round(float(root), 6), root.evidence.grade
    (1.259921, 'ball')
    >>> root.formula("r").lhs
    r**3 - 2
    """

    expr: Any
    symbol: Any
    enclosure: Enclosure
    evidence: Evidence

    def __repr__(self) -> str:
        return f"Root({self.symbol} = {float(self):.12g}, proved alone for {self.evidence.region})"

    def __float__(self) -> float:
        return (float(self.enclosure.low) + float(self.enclosure.high)) / 2

    def formula(self, name: str) -> Formula:
        """Return the equation of the root in a symbol of its own, for `Derivation.use`.

        Parameters
        ----------
        name : str
            Name of the formula, and of the real symbol that stands for the root.

        Returns
        -------
        Formula
            The expression at the root is 0; its domain holds the proved bounds.
        """
        root = real(name)
        low, high = (exact_value(root, end) for end in self.enclosure)
        return Formula(
            name,
            self.expr.xreplace({self.symbol: root}),
            sp.S.Zero,
            "==",
            (root,),
            (root >= low, root <= high),
            self.evidence.grade,
        )


@checked
def roots(
    function: Any, low: Any, high: Any, *, digits: int = 15, seconds: float = SECONDS
) -> tuple[Root, ...]:
    """Return all roots of a function of one symbol on an interval, each proved.

    Parameters
    ----------
    function : sympy.Expr, sympy.Eq or Formula
        Of one symbol, continuous where it is defined and defined on the interval; of a formula the right-hand side.
    low, high : number
        The ends, which belong to the interval.
    digits : int
        Relative accuracy of the bounds; absolute for roots at 0.
    seconds : float
        Time budget.

    Returns
    -------
    tuple of Root
        Ascending; there are no others in the interval.

    Raises
    ------
    BudgetError
        If roots could not be told apart or from the ends (a double root), or the function is not shown to be defined.
    InputError
        If the function has not exactly one symbol, or may jump.
    DomainError
        If an end violates an assumption, or the domain of the formula.
    CodegenError
        If a function or its slope has no ball form.

    Examples
    --------
    >>> import symbias as sb
    >>> x = sp.symbols("x", real=True)
    >>> [round(float(root), 6) for root in sb.roots(sp.cos(x) - x / 5, -5, 5)]
    [-3.837467, -1.977383, 1.306440]
    """
    require_few(digits)
    expr, symbol = _function(function, low, high)
    if expr.has(*JUMPS):
        raise InputError(f"{expr} may jump.", remedy="Look for roots on the pieces between.")
    bounds = range_of(symbol, (low, high))
    side = interval_of(*bounds)
    evaluate = _with_slope(expr, symbol)
    clock = Clock(seconds)
    found = []
    for place in ask("solvers.interval_newton:isolate", evaluate, *ends(side), clock.left):
        narrow = ask("solvers.interval_newton:narrowed", evaluate, place, digits)
        if _inside(narrow, bounds, symbol):
            found.append(_root(expr, symbol, narrow, place, digits))
    return tuple(found)


@checked
def unique_root(
    function: Any, low: Any, high: Any, *, digits: int = 15, seconds: float = SECONDS
) -> Root:
    """Return the root of a function on an interval, proved to exist and to be the only one.

    Parameters
    ----------
    function, low, high, digits, seconds
        As for `roots`.

    Returns
    -------
    Root
        With proved bounds.

    Raises
    ------
    DerivationError
        If there is no root or there are several; with two of them as counterexample.
    BudgetError, InputError, DomainError, CodegenError
        As for `roots`.

    Examples
    --------
    >>> import symbias as sb
    >>> x = sp.symbols("x", real=True)
    >>> sb.unique_root(sp.exp(-x) - x, 0, 1, digits=30).enclosure.contains(sp.LambertW(1))
    True
    >>> sb.unique_root(x**2 - 2, -2, 2)
    Traceback (most recent call last):
        ...
    symbias.errors.DerivationError: x**2 - 2 has 2 roots between -2 and 2, not one...
    """
    found = roots(function, low, high, digits=digits, seconds=seconds)
    if len(found) == 1:
        return found[0]
    require_few(digits)
    expr, symbol = _function(function, low, high)
    raise DerivationError(
        f"{expr} has {len(found) or 'no'} roots between {low} and {high}, not one.",
        remedy="Choose an interval with one root; sb.roots returns all of them.",
        counterexample={symbol: float(found[1])} if found else {},
        values=tuple(map(float, found)),
    )


def _expression(value: Any) -> Any:
    """Return an expression or an equation."""
    try:
        found = sympified(value)
    except sp.SympifyError:
        found = None
    if not isinstance(found, sp.Expr | sp.Eq):
        raise InputError(
            f"{value!r} is no expression.",
            remedy="Give a SymPy expression or equation, not a string.",
        )
    return found


def _function(function: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Return an expression and its one symbol."""
    domain: tuple[Any, ...] = ()
    if isinstance(function, Formula):
        domain, function = function.domain, function.rhs
    expr = _expression(function)
    expr = expr.lhs - expr.rhs if isinstance(expr, sp.Eq) else expr
    free = sorted(expr.free_symbols, key=str) if isinstance(expr, sp.Expr) else []
    if len(free) != 1:
        raise InputError(
            f"{function} has {len(free)} symbols, not one.",
            remedy="Substitute numbers for the parameters first, for example with .subs.",
        )
    for end in (low, high):
        require_inside(tuple(free), {free[0]: exact_value(free[0], end)}, domain, str(expr))
    return expr, free[0]


def _with_slope(expr: Any, symbol: Any) -> Any:
    """Return the evaluator of a function and its slope that the interval Newton method takes."""
    orders = derivatives(expr, (symbol,))
    if len(orders) < 2:  # say which function has no ball form
        ask("codegen.ball_twin:ball_program", [expr, sp.diff(expr, symbol)], (symbol,))

    def evaluate(values: list[Any], bits: int) -> list[Any]:
        side = values[0]

        def work() -> list[Any]:
            low, high = ends(side)
            return enclosures(orders, side, ((low + high) / 2).mid(), bits)[:2]

        return at_precision(bits, work)

    return evaluate


def _inside(place: Any, bounds: tuple[Any, Any], symbol: Any) -> bool:
    """Whether a root lies between ends that may have been rounded outwards."""
    tests = [symbol >= bounds[0], symbol <= bounds[1]]
    program = ask("codegen.ball_twin:ball_program", tests, (symbol,))
    met = [float(ends(m)[0]) + float(ends(m)[1]) for m in program([place], 4 * BITS)]
    if 1 in met:  # undecided
        raise BudgetError(
            "A root cannot be told from an end of the interval.",
            remedy="Move the end a little, so that the root is inside or outside.",
        )
    return met == [2, 2]


def _root(expr: Any, symbol: Any, narrow: Any, place: Any, digits: int) -> Root:
    enclosure = at_precision(
        int(3.33 * digits) + 64, lambda: ask("codegen.ball_twin:enclosure", narrow)
    )
    low, high = (float(end) for end in ends(place))
    evidence = Evidence(
        "ball",
        "an interval Newton step proves one root",
        region=f"{symbol} between {low:.6g} and {high:.6g}",
    )
    return Root(expr, symbol, enclosure, evidence)


@dataclass(frozen=True)
class Solution:
    """A solution of a system of equations, the only one in a box.

    Parameters
    ----------
    equations : tuple of sympy.Expr
        What vanishes.
    enclosures : dict
        Symbol -> Enclosure of its value.
    alone : dict
        Symbol -> Enclosure: in this box there is no other solution.
    evidence : Evidence
        Of grade ``ball``.

    Examples
    --------
    >>> Solution((), {}, {}, Evidence("ball", "")).evidence.grade
    'ball'
    """

    equations: tuple[Any, ...]
    enclosures: dict[Any, Enclosure]
    alone: dict[Any, Enclosure]
    evidence: Evidence


@checked
def unique_solution(
    equations: Sequence[Any], near: Mapping[Any, Any], *, digits: int = 15
) -> Solution:
    """Return the solution of a system close to an approximate one, proved to exist and to be alone in a box.

    Parameters
    ----------
    equations : sequence of sympy.Expr or sympy.Eq
        As many as symbols; an expression stands for expression = 0.
    near : dict
        Symbol -> number: where Newton's method begins.
    digits : int
        Accuracy of the bounds, relative to the largest coordinate.

    Returns
    -------
    Solution
        By Krawczyk's test.

    Raises
    ------
    ConvergenceError
        If Newton's method does not converge, or the solution is degenerate.
    InputError
        If there are not as many equations as symbols, or an equation may jump.
    DomainError
        If the equations are not defined on the way.
    CodegenError
        If a function or its slope has no ball form.

    Examples
    --------
    >>> import symbias as sb
    >>> x, y = sp.symbols("x y", real=True)
    >>> found = sb.unique_solution([x**2 + y**2 - 1, y - x**3], {x: 0.8, y: 0.6})
    >>> round(float(found.enclosures[x].low), 6), found.evidence.grade
    (0.826031, 'ball')
    """
    require_few(digits)
    exprs = [_expression(e) for e in equations]
    exprs = [e.lhs - e.rhs if isinstance(e, sp.Eq) else e for e in exprs]
    symbols = tuple(near)
    if not all(isinstance(s, sp.Symbol) for s in symbols):
        raise InputError("The start has keys that are no symbols.", remedy="Give symbol -> number.")
    free = set().union(*(e.free_symbols for e in exprs)) if exprs else set()
    if not exprs or len(exprs) != len(symbols) or free - set(symbols):
        raise InputError(
            f"{len(exprs)} equations in {sorted(map(str, free))}, started at {sorted(map(str, symbols))}.",
            remedy="Give as many equations as symbols, and a start for each symbol.",
        )
    if any(e.has(*JUMPS) for e in exprs):
        raise InputError("An equation may jump.", remedy="Write it for one of its pieces.")
    slopes = [sp.diff(e, s) for e in exprs for s in symbols]
    program = ask("codegen.ball_twin:ball_program", [*exprs, *slopes], symbols)
    start = [float(exact_value(s, v)) for s, v in near.items()]
    proved = ask("solvers.krawczyk:solve", program, start, digits)

    def bounds(balls: list[Any]) -> dict[Any, Enclosure]:
        made = [ask("codegen.ball_twin:enclosure", ball) for ball in balls]
        return dict(zip(symbols, made, strict=True))

    work = (lambda: bounds(proved.inside)), (lambda: bounds(proved.alone))
    inside, alone = (at_precision(int(3.33 * digits) + 80, w) for w in work)
    region = ", ".join(
        f"{s} between {float(e.low):.6g} and {float(e.high):.6g}" for s, e in alone.items()
    )
    return Solution(
        tuple(exprs),
        inside,
        alone,
        Evidence("ball", "Krawczyk's test proves one solution", region=region),
    )
