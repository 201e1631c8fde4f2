"""Comparison of both sides at points: refutes with a confirmed counterexample, or grades ``numeric``.

A difference counts only when it stays the same as the precision grows; an agreement counts when the difference is
below 1e-50 of the sides, or keeps shrinking with the precision (both sides vanish up to rounding).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.sym.budget import Clock
from symbias.sym.equality.counterexample import printable, refutation
from symbias.sym.equality.evaluate import Evaluator, Undefined
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.rounding import RoundingEvaluator
from symbias.sym.equality.sampling import Sampler, seed_of
from symbias.sym.equality.variety import Point, points

DIGITS = 50
_FAILURES_PER_POINT = 6
_HOPELESS = 30
_POINTS, _FEW = 24, 4
_CLEAR = 1000
"""So many times the error of the quadratures, or of rounding, a difference has to be."""
_SAME = 1e-6
_FEWEST_DIGITS = 8
_LEVELS = (60, 100, 200, 400, 800, 1600)


@dataclass
class Comparison:
    """What the points said so far.

    Parameters
    ----------
    points, skipped : int
        How many places were compared, and how many were not.
    closeness : float
        Largest relative difference.
    digits : int
        To how many digits.
    places : list of Point
        Where.

    Examples
    --------
    >>> Comparison().points
    0
    """

    points: int = 0
    skipped: int = 0
    closeness: float = 0.0
    digits: int = DIGITS
    places: list[Point] = field(default_factory=list)


class Comparer:
    """Compares the sides of a problem at points of its region.

    Parameters
    ----------
    problem : Problem
        The problem.
    label : str
        Text of the user's statement; the seed depends on it alone.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> comparer = Comparer(Problem((x + 1) ** 2, x**2 + 2 * x + 1), "square")
    >>> comparer.look(5, Clock(5)).points
    5
    """

    def __init__(self, problem: Problem, label: str = "") -> None:
        self.problem = problem
        self.extra = _size_of_numbers(problem)
        self.seen = Comparison()
        self.sampler = Sampler(problem, seed_of(label))
        self._stream = points(problem, self.sampler)
        self._evaluators: dict[int, Evaluator] = {}
        self._roundings: dict[int, RoundingEvaluator] = {}
        self.slow = any(
            side.has(sp.Integral) or _infinite_sum(side) for side in (problem.lhs, problem.rhs)
        )

    def evaluator(self, level: int) -> Evaluator:
        """Return the evaluator of a level of precision: 0 and 1 compare, 2 and 3 confirm.

        Parameters
        ----------
        level : int
            0 to 3.

        Returns
        -------
        Evaluator
            One per level, kept.

        Examples
        --------
        >>> Comparer(Problem(sp.S.One, sp.S.One)).evaluator(0).digits
        60
        """
        if level not in self._evaluators:
            self._evaluators[level] = Evaluator(_LEVELS[level] + self.extra)
        return self._evaluators[level]

    def enough(self) -> int:
        """Return at how many points the sides have to agree: random ones, and all special ones unless that is slow.

        Returns
        -------
        int
            A number of points.

        Examples
        --------
        >>> Comparer(Problem(sp.S.One, sp.S.One)).enough()
        24
        """
        special = len(self.sampler.special)
        return _FEW + min(_FEW, special) if self.slow else _POINTS + special

    def unreached(self) -> str:
        """Return words about the branches of choices that no point reached, empty when all were.

        Returns
        -------
        str
            To be appended to what was compared.

        Examples
        --------
        >>> Comparer(Problem(sp.S.One, sp.S.One)).unreached()
        ''
        """
        reached = set().union(*(e.branches for e in self._evaluators.values()))
        choices = self.problem.lhs.atoms(sp.Piecewise) | self.problem.rhs.atoms(sp.Piecewise)
        missed = {
            str(branch.cond.xreplace(dict(self.problem.back)))
            for node in choices
            for index, branch in enumerate(node.args)
            if (node, index) not in reached
        }
        return (
            f", but no point reached the branch where {' or '.join(sorted(missed))}"
            if missed
            else ""
        )

    def look(self, wanted: int, clock: Clock) -> Comparison:
        """Compare at more points, until so many agree.

        Parameters
        ----------
        wanted : int
            Number of points at which the sides were compared, altogether.
        clock : Clock
            Stops early when no time is left.

        Returns
        -------
        Comparison
            All that was seen so far.

        Raises
        ------
        DerivationError
            With a confirmed counterexample.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> Comparer(Problem(x, x + 1)).look(1, Clock(5))
        Traceback (most recent call last):
            ...
        symbias.errors.DerivationError: The two sides differ...
        """
        if not self.problem.symbols:
            wanted = min(wanted, 1)
        misses = _FAILURES_PER_POINT * wanted + 30
        for count in range(wanted + misses):
            # Asked before a point is drawn: no special one may get lost.
            hopeless = count > (_HOPELESS if self.problem.symbols else 0) and not self.seen.points
            if self.seen.points >= wanted or clock.left() <= 0 or hopeless:
                break
            point = next(self._stream)
            if point is not None:
                self._compare(point)
        return self.seen

    def _compare(self, point: Point) -> None:
        try:
            relative = self._quadrature(point) if self.slow else self._relative(point)
        except Undefined:
            self.seen.skipped += 1
            return
        self.seen.points += 1
        self.seen.places.append(point)
        self.seen.closeness = max(self.seen.closeness, relative)

    def sides(self, point: Point, level: int) -> tuple[Any, Any]:
        """Return both sides at a point.

        Parameters
        ----------
        point : Point
            The point.
        level : int
            Level of precision.

        Returns
        -------
        tuple of mpmath numbers
            Left and right.

        Raises
        ------
        Undefined
            Where a side has no value.

        Examples
        --------
        >>> left, right = Comparer(Problem(sp.S.One, sp.S.Half)).sides(Point({}, {}), 0)
        >>> float(right)
        0.5
        """
        e = self.evaluator(level)
        values, e.noise = point.at(e), e.ctx.mpf(0)
        left, right = e.value(self.problem.lhs, values), e.value(self.problem.rhs, values)
        if not (printable(left) and printable(right)):
            raise Undefined
        return left, right

    def settled(self, point: Point) -> tuple[Any, tuple[Any, Any]]:
        """Return right minus left where both are real, zero when it vanishes up to rounding.

        Parameters
        ----------
        point : Point
            The point.

        Returns
        -------
        tuple
            The slack, and both sides.

        Raises
        ------
        Undefined
            Where a side is undefined or not real, or the sign of the slack is lost in rounding.

        Examples
        --------
        >>> slack, _ = Comparer(Problem(sp.S.One, sp.S.Half)).settled(Point({}, {}))
        >>> float(slack)
        -0.5
        """
        if self.slow:
            gap, _, sides = self._measured_gap(point)
            _only_real(sides)
            return -gap, self._confirmed(point, gap, 0) if gap > 0 else sides
        gap, _, sides = self._gap(point, 0)
        _only_real(sides)
        for level in (1, 2):
            finer, scale, sides = self._gap(point, level)
            _only_real(sides)
            if self._is_clear(finer, gap, level):
                return -finer, self._confirmed(point, finer, level) if finer > 0 else sides
            if abs(finer) <= scale * self.evaluator(1).ctx.mpf(10) ** (-DIGITS):
                return 0 * finer, sides
            gap = finer
        raise Undefined

    def stream(self) -> Iterator[Point | None]:
        """Return the endless stream of points that the comparisons draw from.

        Returns
        -------
        iterator of Point or None
            None where an attempt to find a point failed.

        Examples
        --------
        >>> next(Comparer(Problem(sp.S.One, sp.S.One)).stream())
        Point(free={}, solved={}, system=None, rows=())
        """
        return self._stream

    def _gap(self, point: Point, level: int) -> tuple[Any, Any, Any]:
        left, right = self.sides(point, level)
        return left - right, max(abs(left), abs(right)), (left, right)

    def _relative(self, point: Point) -> float:
        """Relative difference at a point; raises when the sides are shown to differ there."""
        first, _, _ = self._gap(point, 0)
        gap, scale, _ = self._gap(point, 1)
        limit = self.evaluator(1).ctx.mpf(10) ** (-(DIGITS + self.extra))
        if abs(gap) <= limit * scale:
            return _as_float(abs(gap) / scale) if gap != 0 else 0.0
        for level in (2, 3):
            finer, scale, _ = self._gap(point, level)
            if self._is_clear(finer, gap, level):
                self._refute(point, self._confirmed(point, finer, level))
            if abs(finer) <= limit * scale:
                return _as_float(abs(finer) / scale) if finer != 0 else 0.0
            first, gap = gap, finer
        if abs(gap) <= abs(first) * self.evaluator(1).ctx.mpf(10) ** -100:
            return _as_float(abs(gap))
        raise Undefined

    def _is_clear(self, finer: Any, gap: Any, level: int) -> bool:
        """Whether a difference stays the same as the precision grows, and no sum that cancelled may account for it."""
        same = abs(finer - gap) <= abs(finer) * _SAME
        return bool(same and abs(finer) >= self.evaluator(level).noise)

    def _confirmed(self, point: Point, gap: Any, level: int) -> Any:
        """Return both sides where rounding accounts for no part of their difference, at however many digits."""
        for finer_level in range(level, 1 if self.slow else len(_LEVELS)):
            e = self._rounding(finer_level)
            values = point.at(e)
            left, right = (e.value(s, values) for s in (self.problem.lhs, self.problem.rhs))
            if abs(left - right - gap) > _SAME * abs(gap):
                break
            if abs(gap) > _CLEAR * (e.error(self.problem.lhs) + e.error(self.problem.rhs)):
                return left, right
        raise Undefined

    def _rounding(self, level: int) -> RoundingEvaluator:
        if level not in self._roundings:
            self._roundings[level] = RoundingEvaluator(_LEVELS[level] + self.extra)
        e = self._roundings[level]
        if self.slow:
            e.reached, e.panels, e.size = DIGITS, self.evaluator(0).panels, e.ctx.mpf(0)
        return e

    def _quadrature(self, point: Point) -> float:
        """Do the same where a side is only known to some digits."""
        gap, scale, _ = self._measured_gap(point)
        if gap != 0:
            self._refute(point, self._confirmed(point, gap, 0))
        return 10.0 ** (1 - self.evaluator(0).reached) if scale != 0 else 0.0

    def _measured_gap(self, point: Point) -> tuple[Any, Any, Any]:
        """Return the difference of sides that hold quadratures; zero where it is within their errors.

        The errors that a quadrature states are not to be trusted (kinks, oscillations), so a difference counts only
        when it stays the same with other nodes.
        """
        e = self.evaluator(0)
        e.reached, e.panels = DIGITS, 0
        gap, scale, sides = self._gap(point, 0)
        digits = e.reached - 3
        if abs(gap) <= e.ctx.mpf(10) ** (-digits) * scale:
            return self._agreed(gap, scale, sides, digits)
        for panels in (1, 2):
            e.reached, e.panels, e.size = DIGITS, panels, e.ctx.mpf(0)
            finer, scale, sides = self._gap(point, 0)
            scale = max(scale, e.size)
            noise = abs(finer - gap) + e.ctx.mpf(10) ** (-digits) * scale + e.noise
            if abs(finer) > _CLEAR * noise:
                return finer, scale, sides
            if noise <= e.ctx.mpf(10) ** (-_FEWEST_DIGITS) * scale:
                return self._agreed(gap, scale, sides, int(-e.ctx.log10(noise / scale)))
            gap = finer
        raise Undefined

    def _agreed(self, gap: Any, scale: Any, sides: Any, digits: int) -> tuple[Any, Any, Any]:
        self.evaluator(0).reached = digits
        self.seen.digits = min(self.seen.digits, digits)
        return 0 * gap, scale, sides

    def _refute(self, point: Point, sides: tuple[Any, Any]) -> None:
        if self.problem.opaque:
            raise BudgetError(
                "The two sides differ unless an integral or sum over an unknown function is used.",
                remedy="Carry it out in a step of its own, or give what it equals.",
            )
        raise refutation(self.problem, point, sides, "==")


def _only_real(sides: tuple[Any, Any]) -> None:
    """At each precision: what vanishes up to rounding may be real at one and not at another."""
    if any(hasattr(side, "_mpc_") for side in sides):
        raise Undefined


def _as_float(value: Any) -> float:
    number = float(value)
    return number if number > 0 else 1e-300


def _infinite_sum(side: Any) -> bool:
    return any(
        not end.is_finite
        for node in side.atoms(sp.Sum)
        for limits in node.limits
        for end in limits[1:]
        if end in (sp.oo, -sp.oo)
    )


def _size_of_numbers(problem: Problem) -> int:
    """Digits of the largest number in the sides, so that huge and tiny constants are not lost."""
    numbers = problem.lhs.atoms(sp.Rational) | problem.rhs.atoms(sp.Rational)
    largest = max((max(abs(n.p), n.q) for n in numbers), default=1)
    return min(int(math.log10(largest)) + 1 if largest > 1 else 0, 1500)


def describe(problem: Problem) -> str:
    """Return the region of the points in words.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    str
        Signs, conditions and equations in the user's symbols.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> describe(Problem(x, x))
    'x > 0'
    """
    parts = [word for s in problem.symbols if (word := _sign_word(s, problem.back.get(s, s)))]
    parts += [str(c.xreplace(dict(problem.back))) for c in problem.conditions]
    parts += [f"{g.xreplace(dict(problem.back))} = 0" for g in problem.given]
    return ", ".join(dict.fromkeys(parts))


def _sign_word(symbol: Any, name: Any) -> str:
    kind = " integer" if symbol.is_integer else ""
    for attribute, word in (
        ("is_positive", "> 0"),
        ("is_negative", "< 0"),
        ("is_nonnegative", ">= 0"),
        ("is_nonpositive", "<= 0"),
    ):
        if getattr(symbol, attribute):
            return f"{name} {word}{kind}"
    if symbol.is_real:
        return f"{name}{kind or ' real'}"
    return f"{name} complex"
