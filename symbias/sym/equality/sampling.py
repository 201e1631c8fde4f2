"""Points inside the assumptions: rational where nothing forces them to be anything else."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from sympy.core.relational import Relational

from symbias.sym.equality.evaluate import Evaluator, Undefined
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.signs import MINUS, PLUS, signs
from symbias.sym.equality.special import breaks, values

_SPECIAL = tuple(
    Fraction(*q) for q in ((1, 2), (1, 1), (2, 1), (3, 1), (0, 1), (1, 3), (3, 2), (5, 1))
)
_TRIES = 400
_MOST_SPECIAL = 90


@dataclass(frozen=True)
class Bound:
    """One side of a range: ``symbol > value`` or ``symbol < value``, where the value may hold other symbols.

    Parameters
    ----------
    symbol : sympy.Symbol
        What is bounded.
    value : sympy.Expr
        By what.
    lower, strict : bool
        From below; without equality.

    Examples
    --------
    >>> Bound("x", 0, lower=True, strict=False).strict
    False
    """

    symbol: Any
    value: Any
    lower: bool
    strict: bool


def bounds_of(problem: Problem) -> list[Bound]:
    """Return the conditions that bound one symbol by an expression of others.

    Parameters
    ----------
    problem : Problem
        Its conditions are read; linear ones are solved for each symbol.

    Returns
    -------
    list of Bound
        Possibly several for one condition.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> bounds_of(Problem(x, x, (x < 3,)))[0].value
    3
    """
    found: list[Bound] = []
    for condition in problem.conditions:
        if isinstance(condition, Relational) and condition.rel_op in {"<", "<=", ">", ">="}:
            found.extend(_solved(condition))
    return found


def _solved(condition: Any) -> Iterator[Bound]:
    gap = (condition.gts - condition.lts).expand()
    for symbol in sorted(gap.free_symbols, key=str):
        slope = gap.coeff(symbol, 1)
        rest = gap - slope * symbol
        found = signs(slope)
        if symbol not in rest.free_symbols | slope.free_symbols and found in (PLUS, MINUS):
            yield Bound(symbol, -rest / slope, found == PLUS, condition.rel_op in {"<", ">"})


def seed_of(*items: Any) -> int:
    """Return a seed that depends on the text of the items alone.

    Parameters
    ----------
    *items : object
        Anything with a text.

    Returns
    -------
    int
        The same in every process.

    Examples
    --------
    >>> seed_of("x") == seed_of("x")
    True
    """
    text = "|".join(str(i) for i in items)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


class Sampler:
    """Random rational points that satisfy the assumptions and conditions of a problem.

    Parameters
    ----------
    problem : Problem
        The problem.
    seed : int
        Seed of the generator.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> Sampler(Problem(x, x), 0).point(0)[x] > 0
    True
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.random = random.Random(seed)  # noqa: S311 - sampling, not cryptography
        self.evaluator = Evaluator(30)
        bounds = bounds_of(problem)
        self._bounds = {s: [b for b in bounds if b.symbol == s] for s in problem.symbols}

    def point(self, index: int) -> dict[Any, Any] | None:
        """Return a point inside the conditions, or None when none was found.

        Parameters
        ----------
        index : int
            Which kind of point: moderate, special, large, small, mixed, in turn.

        Returns
        -------
        dict or None
            Working symbol -> Fraction (or complex pair as mpmath number for complex symbols).

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> Sampler(Problem(x, x, (x > 5, x < 6)), 0).point(2)[x] > 5
        True
        """
        for attempt in range(_TRIES):
            style = (index + attempt // 4) % 6
            found = self._draw(style)
            if found is not None and self.holds(found):
                return found
        return None

    @cached_property
    def special(self) -> list[dict[Any, Any]]:
        """Points at which one symbol has a special value: an end of its range, zero, a jump, that of another symbol."""
        found: list[dict[Any, Any]] = []
        gaps = breaks(self.problem)
        for symbol in self.problem.symbols:
            base = self.point(0)
            if base is not None:
                choices = self._special_values(symbol, gaps.get(symbol), base)
                found.extend({**base, symbol: value} for value in choices)
        return [point for point in found if self.inside(point)][:_MOST_SPECIAL]

    def _special_values(self, symbol: Any, gaps: Any, base: dict[Any, Any]) -> list[Any]:
        if gaps is None:
            return [self.evaluator.ctx.mpc(*z) for z in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
        others = {s: v for s, v in base.items() if s != symbol}
        return values(gaps, symbol, others, self._end)

    def _end(self, number: Any) -> Fraction | None:
        try:
            value = self.evaluator.value(number, {})
        except Undefined:
            return None
        return None if hasattr(value, "_mpc_") else _fraction(value)

    def holds(self, point: dict[Any, Any]) -> bool:
        """Return whether the conditions hold at a point.

        Parameters
        ----------
        point : dict
            Symbol -> value.

        Returns
        -------
        bool
            False also where a condition has no value.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> Sampler(Problem(x, x, (x > 5,)), 0).holds({x: Fraction(4)})
        False
        """
        values = {s: self.evaluator.number(v) for s, v in point.items()}
        try:
            return all(self.evaluator.value(c, values) for c in self.problem.conditions)
        except Undefined:
            return False

    def inside(self, point: dict[Any, Any]) -> bool:
        """Return whether a point satisfies the assumptions of its symbols and all conditions.

        Parameters
        ----------
        point : dict
            Symbol -> value.

        Returns
        -------
        bool
            False also where a condition has no value.

        Examples
        --------
        >>> from symbias.sym.symbols import positive
        >>> x = positive("x")
        >>> Sampler(Problem(x, x), 0).inside({x: Fraction(-1)})
        False
        """
        fitting = all(fits(s, v) for s, v in point.items() if s.is_real)
        return fitting and self.holds(point)

    def _draw(self, style: int) -> dict[Any, Any] | None:
        point: dict[Any, Any] = {}
        order = list(self.problem.symbols)
        self.random.shuffle(order)
        # Symbols with constant bounds first, so that bounds by other symbols can be respected.
        order.sort(key=lambda s: any(b.value.free_symbols for b in self._bounds[s]))
        for symbol in order:
            value = self._value(symbol, style, point)
            if value is None:
                return None
            point[symbol] = value
        return point

    def _range(self, symbol: Any, point: dict[Any, Any]) -> tuple[Fraction | None, Fraction | None]:
        lows: list[Fraction] = []
        highs: list[Fraction] = []
        if symbol.is_nonnegative:
            lows.append(Fraction(0))
        if symbol.is_nonpositive:
            highs.append(Fraction(0))
        values = {s: self.evaluator.number(v) for s, v in point.items()}
        for bound in self._bounds[symbol]:
            if bound.value.free_symbols <= set(point):
                try:
                    end = self.evaluator.value(bound.value, values)
                except Undefined:
                    continue
                if not hasattr(end, "_mpc_"):
                    (lows if bound.lower else highs).append(_fraction(end))
        return max(lows, default=None), min(highs, default=None)

    def _value(self, symbol: Any, style: int, point: dict[Any, Any]) -> Any:
        if symbol.is_real is not True:
            return self._complex(symbol, style)
        low, high = self._range(symbol, point)
        if low is not None and high is not None and low > high:
            return None
        for _ in range(20):
            value = (
                self._integer(symbol, style, low, high)
                if symbol.is_integer
                else self._real(style, low, high)
            )
            if value is not None and fits(symbol, value):
                return value
        return None

    def _complex(self, symbol: Any, style: int) -> Any:
        imaginary = self._real(style, None, None)
        real = Fraction(0) if symbol.is_imaginary else self._real(style, None, None)
        return self.evaluator.ctx.mpc(_dyadic(real), _dyadic(imaginary))

    def _integer(
        self, symbol: Any, style: int, low: Fraction | None, high: Fraction | None
    ) -> Fraction | None:
        step = 2 if symbol.is_even or symbol.is_odd else 1
        width = step * {2: 120, 5: 1000}.get(style, 12)
        first = -(2 * width // 3) if low is None else -((-low) // 1)
        if low is None and high is not None:
            first = high // 1 - width
        last = first + width if high is None else min(high // 1, first + width)
        return Fraction(self.random.randint(int(first), int(last))) if last >= first else None

    def _real(self, style: int, low: Fraction | None, high: Fraction | None) -> Fraction:
        r = self.random
        if low is not None and high is not None:
            return low + (high - low) * self._unit(style)
        size = self._size(style)
        if low is not None:
            return low + size
        if high is not None:
            return high - size
        return size if r.random() < 0.5 else -size

    def _unit(self, style: int) -> Fraction:
        """Return a number in [0, 1]; styles 2 and 3 go close to the ends."""
        inner = Fraction(self.random.randint(1, 999), 1000)
        if style == 2:
            return 1 - inner / 10**4
        if style == 3:
            return inner / 10**4
        return inner

    def _size(self, style: int) -> Fraction:
        """Return a number that is not negative, of the scale that the style asks for."""
        r = self.random
        if style == 1:
            return r.choice(_SPECIAL)
        inner = Fraction(r.randint(1, 4000), r.choice((997, 1000, 1009)))
        if style == 2:
            return inner * r.choice((10, 30, 100))
        if style == 3:
            return inner / r.choice((10, 100, 1000))
        if style == 5:
            return inner * Fraction(10) ** r.randint(-2, 2)
        return inner


def _fraction(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    whole = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -whole if sign else whole


def _dyadic(value: Fraction) -> float:
    return float(round(value * 1024)) / 1024


def sign_fits(symbol: Any, value: Any) -> bool:
    """Return whether a real value satisfies what a symbol assumes of its sign.

    Parameters
    ----------
    symbol : sympy.Symbol
        A real symbol.
    value : Fraction or mpmath number
        A value.

    Returns
    -------
    bool
        Whether it fits.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> sign_fits(positive("x"), 0)
    False
    """
    return not (
        (symbol.is_positive and value <= 0)
        or (symbol.is_negative and value >= 0)
        or (symbol.is_nonnegative and value < 0)
        or (symbol.is_nonpositive and value > 0)
        or (symbol.is_nonzero and value == 0)
    )


def fits(symbol: Any, value: Any) -> bool:
    """Return whether a real value satisfies what a symbol assumes of its sign, and of its divisors where it is exact.

    Parameters
    ----------
    symbol : sympy.Symbol
        A real symbol.
    value : Fraction or mpmath number
        A value; whether a rounded one is an integer is not asked.

    Returns
    -------
    bool
        Whether it fits.

    Examples
    --------
    >>> import sympy as sp
    >>> fits(sp.Symbol("n", odd=True), Fraction(4))
    False
    """
    if not sign_fits(symbol, value):
        return False
    if not (symbol.is_integer and isinstance(value, Fraction)):
        return True
    # A symbol may be neither even nor odd by assumption.
    return value.denominator == 1 and symbol.is_even in {None, value % 2 == 0}
