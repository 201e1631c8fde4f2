"""Asymptotic equality: the ratio of two sides tends to 1 as a named symbol, the clock, tends to a point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import count, islice, pairwise
from typing import Any

import mpmath
import sympy as sp
from sympy.functions.elementary.trigonometric import TrigonometricFunction

from symbias.errors import BudgetError, InputError
from symbias.sym.budget import Clock
from symbias.sym.equality.calculus import evaluated
from symbias.sym.equality.counterexample import printable, refutation
from symbias.sym.equality.evaluate import Evaluator, Undefined
from symbias.sym.equality.exact import METHOD_FAILURES
from symbias.sym.equality.numeric import describe
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.sampling import Sampler, seed_of
from symbias.sym.equality.variety import Point
from symbias.sym.evidence import Evidence

_LEVELS = range(1, 8)
_FURTHER = range(8, 13)
_PLACES = 4
_CLOSE = 1e-6
_APART = 1e-3
_WAVES = 1e6
_FAR = 7.0


@dataclass(frozen=True)
class Approach:
    """A clock running to a point from one side.

    Parameters
    ----------
    clock : sympy.Symbol
        The working symbol.
    point : sympy.Expr
        Where it tends to.
    sign : int
        1 from above (or to oo), -1 from below.

    Examples
    --------
    >>> Approach(None, sp.oo, 1).value(1)
    Fraction(100, 1)
    """

    clock: Any
    point: Any
    sign: int

    def value(self, level: int) -> Fraction:
        """Return where the clock stands: ever closer, at doubling numbers of digits.

        Parameters
        ----------
        level : int
            1, 2, 3, ...

        Returns
        -------
        Fraction
            The value of the clock.

        Examples
        --------
        >>> Approach(None, sp.S.Zero, 1).value(1)
        Fraction(1, 100)
        """
        step = Fraction(10) ** (2**level)
        if self.point in (sp.oo, -sp.oo):
            return self.sign * step
        return Fraction(int(self.point.p), int(self.point.q)) + self.sign / step


def approaches(problem: Problem, clock: Any, point: Any) -> list[Approach]:
    """Return the sides from which the clock can reach its point inside the assumptions.

    Parameters
    ----------
    problem : Problem
        Its conditions are respected.
    clock : sympy.Symbol
        The working symbol.
    point : sympy.Expr
        0, a rational number, oo or -oo.

    Returns
    -------
    list of Approach
        One or two.

    Raises
    ------
    InputError
        If the assumptions keep the clock away from the point.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> [a.sign for a in approaches(Problem(x, x), x, sp.S.Zero)]
    [1]
    """
    if not (point in (sp.oo, -sp.oo) or point.is_Rational):
        raise InputError(
            f"The clock cannot run to {point}.", remedy="Use 0, oo or a rational number."
        )
    tries = {sp.oo: (1,), -sp.oo: (-1,)}.get(point, (1, -1))
    found = [a for s in tries if _reachable(problem, a := Approach(clock, point, s))]
    if not found:
        raise InputError(
            f"The assumptions keep {problem.back.get(clock, clock)} away from {point}.",
            remedy="Change the assumptions or the clock.",
        )
    return found


def _reachable(problem: Problem, approach: Approach) -> bool:
    """Whether values close to the point satisfy the assumptions, for some values of the other symbols."""
    value = approach.value(4)
    number = sp.Rational(value.numerator, value.denominator)
    return _signs_allow(approach.clock, number) and not any(
        c.xreplace({approach.clock: number}) is sp.false for c in problem.conditions
    )


def _signs_allow(symbol: Any, number: Any) -> bool:
    facts = ("positive", "negative", "nonnegative", "nonpositive", "integer")
    return not any(
        getattr(symbol, f"is_{f}") and getattr(number, f"is_{f}") is False for f in facts
    )


def decide_asymptotic(
    problem: Problem, clock: tuple[Any, Any], label: str, time: Clock
) -> Evidence:
    """Decide whether the ratio of both sides tends to 1.

    Parameters
    ----------
    problem : Problem
        The two sides.
    clock : tuple of (symbol, point)
        Working symbol and where it tends to.
    label : str
        Text of the user's statement.
    time : Clock
        The budget.

    Returns
    -------
    Evidence
        ``exact`` when SymPy's limit is 1 and the values agree, otherwise ``numeric``.

    Raises
    ------
    DerivationError
        If the ratio tends to something else.
    BudgetError
        If its limit could not be told.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> decide_asymptotic(Problem(sp.sin(x), x), (x, sp.S.Zero), "sine", Clock(5)).grade
    'exact'
    """
    if problem.rhs.is_zero or problem.lhs.is_zero:
        raise InputError(
            "Nothing is asymptotic to zero.", remedy="Give the leading term, or state a bound."
        )
    plain = problem
    if problem.difference.has(sp.Sum, sp.Integral, sp.Product):
        plain = time.attempt(lambda: evaluated(problem) or problem, 0.3)
    sides = approaches(plain, *clock)
    how = _limit(plain, sides, time)
    watch = [partial(_watch, plain, a, label, time, proved=bool(how)) for a in sides]
    seen = [c for work in watch for c in time.attempt(work, 0.7)]
    if how:
        return Evidence("exact", how)
    if any(_oscillates(plain, a, label) for a in sides):
        raise BudgetError(
            "Both sides were not shown to be asymptotic to each other, and one of them oscillates.",
            "Between the values of the clock that were tried, the ratio may leave 1 again and again.",
            "State the step as a bound, or split off the factor that oscillates.",
        )
    where = problem.back.get(clock[0], clock[0])
    return Evidence(
        "numeric",
        f"the ratio tends to 1 as {where} tends to {clock[1]}, extrapolated",
        points=len(seen),
        closeness=max(seen),
        region=describe(problem),
    )


def _limit(problem: Problem, sides: list[Approach], time: Clock) -> str | None:
    ratio = problem.lhs / problem.rhs
    try:
        for a in sides:
            find = partial(sp.limit, ratio, a.clock, a.point, "+" if a.sign > 0 else "-")
            if time.attempt(find, 0.3) != 1:
                return None
    except (*METHOD_FAILURES, TypeError, AttributeError, sp.PoleError):
        return None
    return "the limit of the ratio is 1, and values on the way agree"


def _watch(
    problem: Problem, approach: Approach, label: str, time: Clock, *, proved: bool
) -> list[float]:
    """Follow the ratio towards the point at some values of the other symbols."""
    found: list[float] = []
    for place in islice(_places(problem, approach, label), 4 * _PLACES):
        if len(found) == _PLACES or time.left() <= 0:
            break
        trail = list(_trail(problem, approach, place))
        if len(trail) < 4:
            continue
        distance = _judge(problem, trail, proved=proved)
        if distance is not None:
            found.append(distance)
        elif proved and _leaves(trail):
            trail += _trail(problem, approach, place, _FURTHER)
            if _leaves(trail):
                raise _depends(problem, approach, trail[-1])
        if len(problem.symbols) == 1 and found:
            break
    if not found:
        raise BudgetError(
            "The limit of the ratio of both sides could not be told.",
            "It cannot be followed far enough towards the point of the clock, or it varies too slowly.",
            "State the step as a bound, or split off the slowly varying factor.",
        )
    return found


def _places(problem: Problem, approach: Approach, label: str) -> Iterator[Point]:
    """Values of the other symbols; the clock's own value is replaced later."""
    if problem.given:
        raise BudgetError(
            "An asymptotic step under given equations is not decided.",
            remedy="Solve the equations first, in a step of its own.",
        )
    without = Problem(problem.lhs, problem.rhs, back=problem.back)
    sampler = Sampler(without, seed_of(label, approach.sign))
    for index in count():
        place = sampler.point(index)
        if place is not None:
            yield Point(place, {})


@dataclass(frozen=True)
class Station:
    """The ratio at one value of the clock.

    Parameters
    ----------
    point : Point
        The values of all symbols.
    sides : tuple of mpmath numbers
        Left and right.
    ratio : mpmath number
        Left over right.

    Examples
    --------
    >>> Station(Point({}, {}), (2, 1), 2).ratio
    2
    """

    point: Point
    sides: tuple[Any, Any]
    ratio: Any


def _trail(
    problem: Problem, approach: Approach, place: Point, levels: range = _LEVELS
) -> Iterator[Station]:
    checker = Sampler(problem, 0)
    for level in levels:
        point = Point({**place.free, approach.clock: approach.value(level)}, {})
        if not checker.holds(point.free):
            continue
        try:
            yield _station(problem, point, level)
        except (Undefined, ZeroDivisionError):
            continue


def _station(problem: Problem, point: Point, level: int) -> Station:
    """Return the ratio with so many digits that more change nothing: terms may cancel."""
    before = None
    for factor in (2, 6, 18, 40):
        e = Evaluator(60 + factor * 2**level)
        values = point.at(e)
        left, right = e.value(problem.lhs, values), e.value(problem.rhs, values)
        ratio = left / right
        if before is not None and abs(ratio - before) <= abs(ratio) * e.ctx.mpf(10) ** -20:
            return Station(point, (left, right), ratio)
        before = ratio
    raise Undefined


def _judge(problem: Problem, trail: list[Station], *, proved: bool) -> float | None:
    """Return the distance of the limit from 1, None when it cannot be told; refute when it goes elsewhere."""
    errors = [abs(s.ratio - 1) for s in trail]
    shrinking = all(b <= a for a, b in pairwise(errors[-4:]))
    if shrinking and errors[-1] < _CLOSE:
        return max(float(errors[-1]), 1e-300)
    ends = [_aitken(trail, k) for k in (len(trail) - 1, len(trail))]
    steady = abs(ends[1] - ends[0]) <= 1e-3 * max(abs(ends[1]), 1) and _settles(trail)
    if steady and shrinking and abs(ends[1] - 1) < _APART:
        return float(abs(ends[1] - 1))
    if _by_a_power(trail) or (not proved and _goes_elsewhere(trail, ends, steady=steady)):
        last = next((s for s in reversed(trail) if all(map(printable, s.sides))), trail[0])
        raise refutation(problem, last.point, last.sides, "~")
    return None


def _oscillates(problem: Problem, approach: Approach, label: str) -> bool:
    """Whether an argument of a sine, cosine or tangent grows without bound at some values of the other symbols."""
    waves = (problem.lhs + problem.rhs).atoms(TrigonometricFunction)
    arguments = [w.args[0] for w in waves if approach.clock in w.args[0].free_symbols]
    places = islice(_places(problem, approach, label), _PLACES) if arguments else ()
    return any(_grows(a, approach, place) for place in places for a in arguments)


def _grows(argument: Any, approach: Approach, place: Point) -> bool:
    e, sizes = Evaluator(300), []
    for level in (3, 5, 7):
        point = Point({**place.free, approach.clock: approach.value(level)}, {})
        try:
            sizes.append(abs(e.value(argument, point.at(e))))
        except Undefined:
            return False
    return sizes[0] < sizes[1] < sizes[2] and sizes[2] > _WAVES


def _by_a_power(trail: list[Station]) -> bool:
    """Whether the ratio vanishes or grows like a power of the clock, whose digits double from station to station."""
    sizes = [abs(s.ratio) for s in trail[-4:]]
    if not all(sizes):
        return False
    logs = [abs(mpmath.log(size)) for size in sizes]
    return logs[-1] > _FAR and all(1.8 <= b / a <= 2.2 for a, b in pairwise(logs) if a > 0)


def _leaves(trail: list[Station]) -> bool:
    """Whether the ratio moves away from 1 all the time."""
    errors = [abs(s.ratio - 1) for s in trail[-4:]]
    return errors[-1] > _APART and all(b > a for a, b in pairwise(errors))


def _depends(problem: Problem, approach: Approach, last: Station) -> BudgetError:
    others = {s: v for s, v in last.point.free.items() if s != approach.clock}
    place = ", ".join(f"{problem.back.get(s, s)} = {v}" for s, v in others.items())
    return BudgetError(
        "The limit of the ratio of both sides could not be told.",
        f"It was found to be 1, but the values move away from that{' at ' if place else ''}{place}.",
        "Say for which values of the other symbols the step is meant, as an assumption.",
    )


def _settles(trail: list[Station]) -> bool:
    """Whether the last steps of the ratio shrink: extrapolation means nothing before they do."""
    steps = [abs(b.ratio - a.ratio) for a, b in pairwise(trail[-4:])]
    return all(later <= 0.9 * sooner or later < 1e-15 for sooner, later in pairwise(steps))


def _goes_elsewhere(trail: list[Station], ends: list[Any], *, steady: bool) -> bool:
    sizes = [abs(s.ratio) for s in trail[-3:]]
    diverges = sizes[0] < sizes[1] < sizes[2] and sizes[2] > 1e3
    vanishes = sizes[0] > sizes[1] > sizes[2] and sizes[2] < 1e-3
    return diverges or vanishes or (steady and abs(ends[1] - 1) > _APART)


def _aitken(trail: list[Station], end: int) -> Any:
    """Aitken's extrapolation of the three ratios before an index."""
    a, b, c = (s.ratio for s in trail[end - 3 : end])
    bend = (c - b) - (b - a)
    return c if abs(bend) <= 1e-40 * (abs(c) + 1) else c - (c - b) ** 2 / bend
