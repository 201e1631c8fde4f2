"""Inequalities on bounded boxes, decided by interval arithmetic: what grades a step ``ball``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from symbias.errors import BudgetError, CodegenError
from symbias.registry import ask
from symbias.sym.budget import Clock
from symbias.sym.equality.boxes import whole_box
from symbias.sym.equality.interval import ball_library, ends, interval, is_defined
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.sampling import Bound, bounds_of
from symbias.sym.equality.subdivision import BITS, Refuted, Sign, Subdivision

MOST_BOXES = 3000
"""So many boxes a step of a derivation may take; a second or so."""


def available() -> bool:
    """Return whether python-flint is installed.

    Returns
    -------
    bool
        Without it nothing is tried.

    Examples
    --------
    >>> available()
    True
    """
    return find_spec("flint") is not None


def prove_by_balls(problem: Problem, time: Clock) -> str | None:
    """Prove that the left side is at most the right side, where all symbols are bounded.

    Parameters
    ----------
    problem : Problem
        The two sides, the smaller one on the left.
    time : Clock
        The budget.

    Returns
    -------
    str or None
        How it was proved; None where it was not, also where it is false.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> prove_by_balls(Problem(x, 2 + x**5, (x > -1, x < 1)), Clock(5))
    'interval arithmetic proves it on 1 box'
    """
    if problem.given or not all(s.is_real for s in problem.symbols):
        return None
    try:
        ranges = ranges_of(problem)
        if ranges is None:
            return None
        box = whole_box(ranges)
        if box is None:
            return None
        gap = problem.rhs - problem.lhs
        search = Subdivision(Sign(gap, problem.symbols, _readable(problem)))
        count = search.prove(box, time, MOST_BOXES)
    except (CodegenError, BudgetError, Refuted):
        # A refutation is left to the points: they report it in the user's symbols.
        return None
    return f"interval arithmetic proves it on {count} box{'es' if count > 1 else ''}"


def equal_by_balls(problem: Problem) -> bool:
    """Return whether the difference of two constants is enclosed as exactly zero.

    That happens where rounding is exact: floors, signs, choices.

    Parameters
    ----------
    problem : Problem
        The two sides.

    Returns
    -------
    bool
        Whether they are proved equal.

    Examples
    --------
    >>> import sympy as sp
    >>> equal_by_balls(Problem(sp.floor(sp.pi**10, evaluate=False), sp.Integer(93648)))
    True
    """
    if problem.symbols:
        return False
    try:
        value = ask("codegen.ball_twin:ball_program", [problem.difference], ())([], BITS)[0]
    except (CodegenError, BudgetError):
        return False
    low, high = ends(value)
    return bool(low == 0 == high)


def _readable(problem: Problem) -> tuple[Any, ...]:
    """Return the conditions that balls can read; leaving one out only makes the statement stronger."""
    found = []
    for condition in problem.conditions:
        try:
            ask("codegen.ball_twin:ball_program", [condition], problem.symbols)
        except (CodegenError, BudgetError):
            continue
        found.append(condition)
    return tuple(found)


def ranges_of(problem: Problem) -> dict[Any, Any] | None:
    """Return a closed interval for every symbol that holds all its values, None where one is unbounded.

    Parameters
    ----------
    problem : Problem
        Its conditions, and the signs of its symbols.

    Returns
    -------
    dict or None
        Symbol -> flint.arb or Interval, in the order of the problem's symbols.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x, y = positive("x y")
    >>> ranges_of(Problem(x, y, (x < 1, y < 2 * x)))
    {x: Interval(0.0, 1.0), y: Interval(0.0, 2.0)}
    """
    arb = ball_library().arb
    sides: dict[Any, list[Any]] = {
        s: [arb(0) if s.is_nonnegative else None, arb(0) if s.is_nonpositive else None]
        for s in problem.symbols
    }
    bounds = bounds_of(problem)
    for _ in range(1 + len(sides)):
        for bound in bounds:
            _tighten(bound, sides)
    if any(end is None for side in sides.values() for end in side):
        return None
    if any(low > high for low, high in sides.values()):
        return None
    return {s: interval(low, high) for s, (low, high) in sides.items()}


def _tighten(bound: Bound, sides: dict[Any, list[Any]]) -> None:
    names = sorted(bound.value.free_symbols, key=str)
    if any(end is None for s in names for end in sides[s]):
        return
    try:
        program = ask("codegen.ball_twin:ball_program", [bound.value], names)
    except (CodegenError, BudgetError):
        return
    value = program([interval(*sides[s]) for s in names], BITS)[0]
    if not is_defined(value):
        return
    low, high = ends(value)
    side = sides[bound.symbol]
    if bound.lower and (side[0] is None or low > side[0]):
        side[0] = low
    if not bound.lower and (side[1] is None or high < side[1]):
        side[1] = high
