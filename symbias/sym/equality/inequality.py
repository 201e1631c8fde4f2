"""Inequalities: the sign of the slack proved, or an active search for points that violate it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.sym.budget import Clock
from symbias.sym.equality.ball_proof import available, prove_by_balls
from symbias.sym.equality.calculus import analytic, connected, places
from symbias.sym.equality.counterexample import refutation
from symbias.sym.equality.evaluate import Undefined
from symbias.sym.equality.exact import METHOD_FAILURES, eliminate, everywhere, prove
from symbias.sym.equality.ideal import nearly_nowhere, no_points
from symbias.sym.equality.numeric import Comparer, describe
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.sampling import fits
from symbias.sym.equality.signs import NOT_NEGATIVE, signs
from symbias.sym.equality.tower import NeedsSign, Tower
from symbias.sym.equality.variety import Point
from symbias.sym.evidence import Evidence
from symbias.sym.factoring import factored
from symbias.sym.symbols import dummy

_FIRST_LOOK = 12
_POINTS = 48
_HOPELESS = 30
_DESCENTS = 4
_MOVES = 40
_DEEPEST = 3
_FAR = (1, 3, 5, 8, 11, -1, -3, -5, -8, -11)
_SCALES = (Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000), Fraction(1, 10**4))


@dataclass
class Slacks:
    """The slacks seen so far.

    Parameters
    ----------
    relation : {"<=", ">="}
        How the user wrote the statement.
    points, skipped : int
        How many places were compared, and how many were not.
    hidden : bool
        Whether an unknown function decides, at a place where the inequality seems to be violated.
    found : list of (float, Point)
        Every slack with its place.

    Examples
    --------
    >>> Slacks(found=[(2.0, Point({}, {})), (1.0, Point({}, {}))]).smallest
    1.0
    """

    relation: str = "<="
    points: int = 0
    skipped: int = 0
    hidden: bool = False
    found: list[tuple[float, Point]] = field(default_factory=list)

    @property
    def smallest(self) -> float:
        """The smallest slack."""
        return min(s for s, _ in self.found)


def decide_inequality(problem: Problem, label: str, time: Clock, relation: str = "<=") -> Evidence:
    """Decide whether the left side is at most the right side.

    Parameters
    ----------
    problem : Problem
        The two sides, the smaller one on the left.
    label : str
        Text of the user's statement.
    time : Clock
        The budget.
    relation : {"<=", ">="}
        How the user wrote it; it only matters for the order of the values in a refutation.

    Returns
    -------
    Evidence
        ``exact`` or ``numeric``; its closeness is the smallest slack.

    Raises
    ------
    DerivationError
        With a point at which the left side is larger.
    BudgetError
        If no point could be compared.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> decide_inequality(Problem(x * y, (x**2 + y**2) / 2), "means", Clock(5)).grade
    'exact'
    """
    comparer = Comparer(problem, label)
    seen = Slacks(relation)
    time.attempt(lambda: _look(comparer, seen, _FIRST_LOOK, time), 0.3)
    real = seen.points and not _nearly_nowhere(problem, seen)
    how = _prove(problem, time) if real else None
    if how:
        return Evidence("exact", how, skipped=seen.skipped)
    how = _enclose(problem, time) if real else None
    if how:
        return Evidence("ball", how, skipped=seen.skipped, region=describe(problem))
    if seen.points:
        _search(comparer, seen, time)
    if not seen.points:
        raise no_points(problem, seen.skipped, time)
    undecided = _nearly_nowhere(problem, seen)
    if undecided:
        raise undecided
    return Evidence(
        "numeric",
        "no violation found at random points and by local minimisation of the slack"
        + (
            "" if available() else "; python-flint is not installed, so no interval proof was tried"
        ),
        points=seen.points,
        skipped=seen.skipped,
        closeness=seen.smallest,
        region=describe(problem),
    )


def _nearly_nowhere(problem: Problem, seen: Slacks) -> BudgetError | None:
    return nearly_nowhere(problem, (point.free for _, point in seen.found), seen.skipped)


def _enclose(problem: Problem, time: Clock) -> str | None:
    if not available():
        return None
    try:
        return time.attempt(lambda: prove_by_balls(problem, time), 0.3)
    except BudgetError:
        return None


def _search(comparer: Comparer, seen: Slacks, time: Clock) -> None:
    """Look for a violation while time is left; what was seen before that counts."""
    wanted = _POINTS + (0 if comparer.slow else len(comparer.sampler.special))
    attempts = (
        (lambda: _look(comparer, seen, wanted, time), 0.6),
        (lambda: _look_far(comparer, seen), 0.3),
        (lambda: _descend(comparer, seen, time), 0.8),
    )
    for attempt, share in attempts:
        try:
            time.attempt(attempt, share)
        except BudgetError:
            if seen.hidden or not seen.points:
                raise


def _look(comparer: Comparer, seen: Slacks, wanted: int, time: Clock) -> None:
    if not comparer.problem.symbols:
        wanted = 1
    for count in range(4 * wanted + 30):
        # Asked before a point is drawn: no special one may get lost.
        hopeless = count > (_HOPELESS if comparer.problem.symbols else 0) and not seen.points
        if seen.points >= wanted or time.left() <= 0 or hopeless:
            return
        point = next(comparer.stream())
        if point is not None:
            _measure(comparer, seen, point)


def _look_far(comparer: Comparer, seen: Slacks) -> None:
    """Measure where one symbol is huge or tiny: slow growth wins or loses only there."""
    for point in [p for _, p in seen.found[:_DESCENTS]]:
        for symbol, level in product(point.free, _FAR):
            scale = Fraction(10) ** (2 ** abs(level))
            moved = point.free[symbol] * (scale if level > 0 else 1 / scale) + bool(symbol.is_odd)
            far = _placed(comparer, point, symbol, moved) if symbol.is_real else None
            if far is not None:
                _measure(comparer, seen, far)


def _measure(comparer: Comparer, seen: Slacks, point: Point) -> float | None:
    try:
        slack, sides = comparer.settled(point)
    except Undefined:
        seen.skipped += 1
        return None
    if slack < 0:
        if comparer.problem.opaque:
            seen.hidden = True
            raise BudgetError(
                "The inequality depends on an integral over an unknown function.",
                remedy="Bound that integral in a step of its own, or give what it equals.",
            )
        ordered = sides if seen.relation == "<=" else sides[::-1]
        raise refutation(comparer.problem, point, ordered, seen.relation)
    seen.points += 1
    seen.found.append((float(slack), point))
    return float(slack)


def _descend(comparer: Comparer, seen: Slacks, time: Clock) -> None:
    """Walk downhill from the smallest slacks, by random moves of shrinking size."""
    best = sorted(seen.found, key=lambda item: item[0])[:_DESCENTS]
    for least, start in best:
        slack, point, size = least, start, 0.5
        for _ in range(_MOVES):
            if time.left() <= 0 or slack == 0:
                break
            moved = _moved(comparer, point, size)
            found = None if moved is None else _measure(comparer, seen, moved)
            if found is not None and found < slack:
                slack, point = found, moved or point
                size = min(size * 1.3, 1.0)
            else:
                size *= 0.8
        _polish(comparer, seen, point, time)


def _polish(comparer: Comparer, seen: Slacks, point: Point, time: Clock) -> None:
    """Jump to the vertices of parabolas through three slacks, one coordinate after the other."""
    for scale in _SCALES:
        for symbol in point.free:
            if not symbol.is_real or symbol.is_integer or time.left() <= 0:
                continue
            value = point.free[symbol]
            step = max(abs(value), Fraction(1, 10**6)) * scale
            places = [_placed(comparer, point, symbol, value + k * step) for k in (-1, 0, 1)]
            low, middle, high = (None if p is None else _measure(comparer, seen, p) for p in places)
            if low is None or middle is None or high is None or low + high <= 2 * middle:
                continue
            shift = Fraction((low - high) / (2 * (low + high - 2 * middle))) * step
            vertex = _placed(comparer, point, symbol, (value + shift).limit_denominator(10**15))
            if vertex is not None and (found := _measure(comparer, seen, vertex)) is not None:
                point = vertex if found <= middle else point


def _placed(comparer: Comparer, point: Point, symbol: Any, value: Fraction) -> Point | None:
    moved = replace(point, free={**point.free, symbol: value})
    return moved if fits(symbol, value) and _on(comparer, moved) else None


def _moved(comparer: Comparer, point: Point, size: float) -> Point | None:
    random = comparer.sampler.random
    free = dict(point.free)
    for symbol, value in free.items():
        if symbol.is_real and random.random() < 0.7:
            change = Fraction(random.uniform(-size, size)).limit_denominator(10**6)
            free[symbol] = (
                value + (1 if change > 0 else -1) * max(1, round(abs(value * change)))
                if symbol.is_integer
                else (value * (1 + change) + change / 50).limit_denominator(10**12)
            )
    moved = replace(point, free=free)
    return moved if comparer.sampler.inside(free) and _on(comparer, moved) else None


def _on(comparer: Comparer, point: Point) -> bool:
    try:
        return comparer.sampler.inside(point.at(comparer.sampler.evaluator))
    except Undefined:
        return False


def _prove(problem: Problem, time: Clock) -> str | None:
    attempts = (
        (lambda: everywhere(problem, _slack_by_signs), "the sign of the slack is proved", 0.3),
        (
            lambda: everywhere(problem, _slack_by_slope),
            "the slack grows from a value that is not negative",
            0.4,
        ),
        (lambda: prove(problem, time) is not None, "both sides are equal", 0.3),
    )
    for work, how, share in attempts:
        try:
            if time.attempt(work, share):
                return how
        except METHOD_FAILURES:
            continue
    return None


def _slack_by_signs(problem: Problem) -> bool:
    problem = eliminate(problem)
    gap = problem.rhs - problem.lhs
    if signs(gap) <= NOT_NEGATIVE:
        return True
    tower = Tower()
    settled = tower.raise_(tower.reduce(tower.lower(gap)))
    return signs(settled) <= NOT_NEGATIVE or signs(factored(sp.together(settled))) <= NOT_NEGATIVE


def _slack_by_slope(problem: Problem) -> bool:
    """Sign of the slack on both half-lines of a symbol, from its value at 0 and the sign of its slope."""
    if problem.given or problem.conditions:
        return False
    gap = problem.rhs - problem.lhs
    if signs(gap) <= NOT_NEGATIVE:
        return True
    for symbol in problem.symbols:
        if symbol.is_real and not symbol.is_integer and gap.has(symbol):
            if _least_at_a_place(gap, symbol):
                return True
            if not (symbol.is_nonnegative or symbol.is_nonpositive):
                raise NeedsSign(symbol)
            if _grows(gap, symbol, _DEEPEST):
                return True
    return False


def _least_at_a_place(gap: Any, symbol: Any) -> bool:
    """Whether the slack falls up to a simple place and grows from there on, and is not negative at it."""
    if not connected(symbol) or not analytic(gap, symbol):
        return False
    slope = sp.diff(gap, symbol)
    for place in places(symbol)[:2]:
        if signs(gap.xreplace({symbol: place})) <= NOT_NEGATIVE:
            turned = factored(sp.together(slope * (symbol - place)))
            if signs(turned) <= NOT_NEGATIVE:
                return True
    return False


def _grows(gap: Any, symbol: Any, depth: int) -> bool:
    """Whether a function of a symbol of one sign is proved not negative, by its value at 0 and its slope."""
    if signs(gap) <= NOT_NEGATIVE:
        return True
    if depth == 0:
        return False
    closed = dummy(symbol.name, **_closed_sign(symbol))
    gap = gap.xreplace({symbol: closed})
    if not analytic(gap, closed) or not signs(gap.xreplace({closed: sp.S.Zero})) <= NOT_NEGATIVE:
        return False
    slope = factored(sp.together(sp.diff(gap, closed)))
    slope = slope if closed.is_nonnegative else -slope
    return signs(slope) <= NOT_NEGATIVE or _grows(slope, closed, depth - 1)


def _closed_sign(symbol: Any) -> dict[str, bool]:
    return {"nonnegative": True} if symbol.is_nonnegative else {"nonpositive": True}
