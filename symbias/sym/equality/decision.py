"""The engine's way in: one statement, one graded answer, one budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy as sp

from symbias.errors import BudgetError, DerivationError, InputError
from symbias.sym.budget import Clock
from symbias.sym.equality.asymptotic import decide_asymptotic
from symbias.sym.equality.ball_proof import available, equal_by_balls
from symbias.sym.equality.exact import prove
from symbias.sym.equality.ideal import nearly_nowhere, no_points
from symbias.sym.equality.inequality import decide_inequality
from symbias.sym.equality.insertion import inserted
from symbias.sym.equality.memory import MEMORY
from symbias.sym.equality.numeric import DIGITS, Comparer, Comparison, describe
from symbias.sym.equality.prepare import prepare, side
from symbias.sym.equality.problem import Problem, is_symbol
from symbias.sym.evidence import Evidence, weakest
from symbias.sym.sympified import sympified

RELATIONS = ("==", "<=", ">=", "~")
_FIRST_LOOK = 5
_ENOUGH = 8
_FEW = 2


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
    time = Clock(seconds)
    request = Request(relation, tuple(assumptions), tuple(given), _clock(relation, clock), time)
    try:
        left, right = side(lhs), side(rhs)
        question = _question(left, right, request)
        return MEMORY.answer(question, lambda: _decided(left, right, request))
    except RecursionError:
        raise BudgetError(
            "The expressions are nested too deeply.",
            remedy="Name an inner part: use a symbol for it, and say in given what it is.",
        ) from None


def _question(left: Any, right: Any, request: Request) -> Any:
    sides = (
        s.as_immutable() if isinstance(s, sp.MatrixBase) else (type(s), s) for s in (left, right)
    )
    return (*sides, request.relation, request.assumptions, request.given, request.clock)


def _decided(left: Any, right: Any, request: Request) -> Evidence:
    if isinstance(left, sp.MatrixBase) or isinstance(right, sp.MatrixBase):
        return _entrywise(left, right, request)
    return _scalar(left, right, request)


@dataclass(frozen=True)
class Request:
    """What is asked of every pair of entries."""

    relation: str
    assumptions: tuple[Any, ...]
    given: tuple[Any, ...]
    clock: tuple[Any, Any] | None
    time: Clock


def _clock(relation: str, clock: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
    if relation != "~":
        return None
    if clock is None:
        raise InputError(
            "An asymptotic step needs a clock: which symbol tends to which point.",
            remedy="Pass clock=(symbol, point), for example clock=(alpha, 0).",
        )
    try:
        symbol, point = map(sympified, clock)
    except (TypeError, ValueError):
        raise InputError(
            f"The clock is {clock!r}.", remedy="Pass clock=(symbol, point), such as (alpha, 0)."
        ) from None
    if not is_symbol(symbol):
        raise InputError(
            f"The clock {symbol} is not a symbol.", remedy="Name a symbol and a point."
        )
    return symbol, point


def _scalar(left: Any, right: Any, request: Request) -> Evidence:
    label, time = f"{left} {request.relation} {right}", request.time
    if request.relation == ">=":
        left, right = right, left
    assumptions = request.assumptions
    if request.relation == "~" and request.clock is not None and request.clock[1] is sp.oo:
        # On its way to infinity a clock is positive.
        assumptions = (*assumptions, request.clock[0] > 0)
    problem = time.attempt(lambda: prepare(left, right, assumptions, request.given), 0.5)
    if request.relation == "==":
        return _equality(problem, label, time)
    if request.clock is None:
        return decide_inequality(problem, label, time, request.relation)
    names = {user: working for working, user in problem.back.items()}
    if request.clock[0] not in names:
        raise InputError(f"The clock {request.clock[0]} does not occur in the step.")
    return decide_asymptotic(problem, (names[request.clock[0]], request.clock[1]), label, time)


def _entrywise(left: Any, right: Any, request: Request) -> Evidence:
    if getattr(left, "shape", None) != getattr(right, "shape", None):
        raise InputError(
            f"Shapes differ: {getattr(left, 'shape', 'a scalar')} against {getattr(right, 'shape', 'a scalar')}.",
            remedy="Both sides must be matrices of one shape.",
        )
    found = []
    rows, columns = left.shape
    for i, j in product(range(rows), range(columns)):
        try:
            found.append(_scalar(left[i, j], right[i, j], request))
        except DerivationError as error:
            raise DerivationError(
                f"Entry ({i}, {j}): {error.what}",
                error.cause,
                error.remedy,
                counterexample=error.counterexample,
                values=error.values,
            ) from None
    return _together(found)


def _together(found: list[Evidence]) -> Evidence:
    """One piece of evidence for all entries: the weakest grade with all its points."""
    if not found:
        return Evidence("exact", "matrices without entries")
    grade = weakest(e.grade for e in found)
    first = next(e for e in found if e.grade == grade)
    close = [e.closeness for e in found if e.closeness is not None]
    return Evidence(
        grade,
        f"entry by entry: {first.how}",
        points=sum(e.points for e in found),
        skipped=sum(e.skipped for e in found),
        closeness=max(close, default=None),
        region=first.region,
    )


def _equality(problem: Problem, label: str, time: Clock) -> Evidence:
    shorter = inserted(problem)
    if shorter is not None:
        how, skipped = _shown(shorter, label, time)
        if how:
            return Evidence("exact", f"the given equations inserted: {how}", skipped=skipped)
    comparer = Comparer(problem, label)
    seen = time.attempt(lambda: comparer.look(1 if comparer.slow else _FIRST_LOOK, time), 0.4)
    how = prove(problem, time) if seen.points else None
    if how:
        return Evidence("exact", how, skipped=seen.skipped)
    if seen.points and available() and equal_by_balls(problem):
        return Evidence("ball", "the difference is enclosed as exactly zero")
    if seen.points:
        seen = _look_on(comparer, time)
    if not seen.points:
        raise no_points(problem, seen.skipped, time)
    undecided = nearly_nowhere(problem, (point.free for point in seen.places), seen.skipped)
    if undecided:
        raise undecided
    digits = min(seen.digits, DIGITS)
    return Evidence(
        "numeric",
        f"both sides compared to {digits} digits{comparer.unreached()}",
        points=seen.points,
        skipped=seen.skipped,
        closeness=seen.closeness,
        region=describe(problem),
    )


def _shown(problem: Problem, label: str, time: Clock) -> tuple[str | None, int]:
    """Return how an equality is proved, and points that were skipped; also None where it is false."""
    try:
        # Where nothing is left to compare, one point shows that the step is not empty.
        looks = 1 if problem.lhs == problem.rhs else _FIRST_LOOK
        seen = time.attempt(lambda: Comparer(problem, label).look(looks, time), 0.2)
        return (prove(problem, Clock(0.4 * time.left())) if seen.points else None), seen.skipped
    except (BudgetError, DerivationError):
        return None, 0


def _look_on(comparer: Comparer, time: Clock) -> Comparison:
    """Compare at all points that the time allows; too few of them decide nothing."""
    try:
        return time.attempt(lambda: comparer.look(comparer.enough(), time))
    except BudgetError:
        if comparer.seen.points < (_FEW if comparer.slow else _ENOUGH):
            raise
        return comparer.seen
