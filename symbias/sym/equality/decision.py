"""The engine's way in: one statement, one graded answer, one budget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from symbias.errors import BudgetError, InputError
from symbias.sym.budget import Clock
from symbias.sym.equality.exact import prove
from symbias.sym.equality.numeric import DIGITS, Comparer, describe
from symbias.sym.equality.prepare import prepare, side
from symbias.sym.equality.problem import Problem
from symbias.sym.evidence import Evidence

RELATIONS = ("==", "<=", ">=", "~")
_FIRST_LOOK = 5
_POINTS = 24


def decide(
    lhs: Any,
    rhs: Any,
    relation: str = "==",
    *,
    assumptions: Iterable[Any] = (),
    given: Iterable[Any] = (),
    clock: tuple[Any, Any] | None = None,
    seconds: float = 20.0,
) -> Evidence:
    """Decide whether a relation between two expressions holds.

    All symbols are real unless declared otherwise; values are principal complex values. Points at which a side is
    undefined are skipped and counted.

    Parameters
    ----------
    lhs, rhs : sympy.Expr or sympy.Matrix
        The two sides.
    relation : {"==", "<=", ">=", "~"}
        What is claimed; ``"~"`` means that the ratio tends to 1.
    assumptions : iterable
        SymPy relationals, ``Q`` predicates, booleans of them.
    given : iterable
        Equations, or expressions that vanish.
    clock : tuple of (symbol, point), optional
        The limit of an asymptotic statement; the point is 0, oo or a number.
    seconds : float
        The whole budget.

    Returns
    -------
    Evidence
        ``exact`` where it was proved, otherwise ``numeric``.

    Raises
    ------
    DerivationError
        If it is false, with a confirmed counterexample and the values of both sides there.
    BudgetError
        If it could not be decided in time, or no point satisfies the assumptions.
    InputError
        If the sides, assumptions or equations are not what they should be.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> decide((x + 1) ** 2, x**2 + 2 * x + 1).grade
    'exact'
    """
    if relation not in RELATIONS:
        raise InputError(
            f"The relation {relation!r} is unknown.", remedy=f"Use one of {RELATIONS}."
        )
    left, right = side(lhs), side(rhs)
    label = f"{left} {relation} {right}"
    time = Clock(seconds)
    problem = time.attempt(lambda: prepare(left, right, tuple(assumptions), tuple(given)), 0.5)
    return _equality(problem, label, time)


def _equality(problem: Problem, label: str, time: Clock) -> Evidence:
    comparer = Comparer(problem, label)
    seen = time.attempt(lambda: comparer.look(1 if comparer.slow else _FIRST_LOOK, time), 0.4)
    how = prove(problem, time) if seen.points else None
    if how:
        return Evidence("exact", how, skipped=seen.skipped)
    seen = time.attempt(lambda: comparer.look(4 if comparer.slow else _POINTS, time))
    if not seen.points:
        raise BudgetError(
            "Both sides could be compared at no point at all.",
            f"At all {seen.skipped} points tried a side was undefined, or no point satisfies the assumptions.",
            "Check that the assumptions and the equations given have a common solution.",
        )
    digits = min(seen.digits, DIGITS)
    return Evidence(
        "numeric",
        f"both sides compared to {digits} digits",
        points=seen.points,
        skipped=seen.skipped,
        closeness=seen.closeness,
        region=describe(problem),
    )
