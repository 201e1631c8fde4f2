"""The ranges of parameters as a box, points inside it, and polynomials that are positive on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import sympy as sp

from symbias.errors import DomainError
from symbias.sym.conditions import violated


class Range(NamedTuple):
    """An interval; its ends may be infinite.

    Examples
    --------
    >>> Range(sp.S.Zero, sp.S.One, True, False).low
    0
    """

    low: sp.Expr
    high: sp.Expr
    low_open: bool
    high_open: bool


def box(symbols: Iterable[sp.Symbol], conditions: Iterable[Any]) -> dict[sp.Symbol, Range]:
    """Return the range of every symbol.

    Parameters
    ----------
    symbols : iterable of sympy.Symbol
        The parameters.
    conditions : iterable of sympy.Boolean
        Those between one symbol and a number are used.

    Returns
    -------
    dict
        Symbol -> Range; unbounded where nothing is said.

    Raises
    ------
    DomainError
        If no value is left.

    Examples
    --------
    >>> b = sp.symbols("b")
    >>> box([b], [b > -1, b <= 1])[b]
    Range(low=-1, high=1, low_open=True, high_open=False)
    """
    found, conditions = {}, list(conditions)
    for symbol in symbols:
        allowed = sp.Interval(
            0 if symbol.is_nonnegative else -sp.oo, sp.oo, bool(symbol.is_positive), True
        )
        for condition in conditions:
            relational = isinstance(condition, sp.core.relational.Relational)
            if relational and condition.free_symbols == {symbol}:
                allowed = allowed.intersect(condition.as_set())
        if allowed is sp.S.EmptySet:
            raise DomainError(
                f"No value of {symbol} satisfies {', '.join(map(str, conditions))}.",
                remedy="Check the ranges of the parameters.",
            )
        low, high = allowed.inf, allowed.sup  # of a union of intervals the smallest one around it
        found[symbol] = Range(low, high, low not in allowed, high not in allowed)
    return found


def positive_on(f: sp.Expr, ranges: Mapping[sp.Symbol, Range]) -> bool:
    """Say whether a polynomial is proved positive on a box.

    Parameters
    ----------
    f : sympy.Expr
        The polynomial.
    ranges : mapping
        Symbol -> Range.

    Returns
    -------
    bool
        False may mean that it was not found out.

    Notes
    -----
    Derived here: a factor that has degree one in every symbol is a convex combination of its values at the corners of
    the smallest face around a point; it is positive on that face if no corner is negative and one is positive.

    Examples
    --------
    >>> b = sp.symbols("b")
    >>> positive_on(1 - b, box([b], [b > -1, b < 1]))
    True
    """
    if f.is_number:
        return bool(f.is_positive)
    constant, pairs = sp.factor_list(f)
    sign = 1 if constant.is_positive else -1 if constant.is_negative else 0
    for factor, times in pairs:
        here = _sign(factor, ranges)
        sign *= here**times
    return sign > 0


def _sign(f: sp.Expr, ranges: Mapping[sp.Symbol, Range]) -> int:
    symbols = sorted(f.free_symbols, key=str)
    if f.is_positive or f.is_negative:
        return 1 if f.is_positive else -1
    if any(s not in ranges or not f.is_polynomial(s) for s in symbols):
        return 0
    if any(sp.degree(f, s) > 1 for s in symbols):
        return _univariate_sign(f, ranges[symbols[0]], symbols[0]) if len(symbols) == 1 else 0
    for sign in (1, -1):
        if all(_positive_on_face(sign * f, face) for face in _faces(symbols, ranges)):
            return sign
    return 0


def _univariate_sign(f: sp.Expr, ends: Range, symbol: sp.Symbol) -> int:
    polynomial = sp.Poly(f, symbol)
    if not all(c.is_Rational for c in polynomial.all_coeffs()) or not (
        ends.low.is_Rational or ends.low.is_infinite
    ):
        return 0
    low = None if ends.low.is_infinite else ends.low
    high = None if ends.high.is_infinite else ends.high
    roots = polynomial.count_roots(low, high)
    for end, is_open in ((low, ends.low_open), (high, ends.high_open)):
        if end is not None and is_open and polynomial.eval(end) == 0:
            roots -= 1
    return 0 if roots else int(sp.sign(polynomial.eval(inner_point(ends))))


def inner_point(ends: Range) -> Any:
    """Return a rational number inside an interval.

    Parameters
    ----------
    ends : Range
        The interval.

    Returns
    -------
    sympy.Rational
        Its middle, if it is bounded.

    Examples
    --------
    >>> inner_point(Range(sp.S.Zero, sp.oo, True, True))
    1
    """
    if ends.low.is_infinite:
        return sp.S.Zero if ends.high.is_infinite else sp.floor(ends.high) - 1
    return sp.floor(ends.low) + 1 if ends.high.is_infinite else (ends.low + ends.high) / 2


def _faces(symbols: list[sp.Symbol], ranges: Mapping[sp.Symbol, Range]) -> Iterator[list[Any]]:
    """Every face whose points belong to the box: for each symbol both ends, or one that belongs."""
    choices = []
    for s in symbols:
        r = ranges[s]
        own = [[(s, r.low), (s, r.high)]]
        own += [] if r.low_open else [[(s, r.low)]]
        own += [] if r.high_open else [[(s, r.high)]]
        choices.append(own)
    yield from map(list, product(*choices))


def _positive_on_face(f: sp.Expr, face: list[list[Any]]) -> bool:
    values = []
    for corner in product(*face):
        infinite = any(value.is_infinite for _, value in corner)
        value = _limit(f, list(corner)) if infinite else f.subs(dict(corner))
        if value is None or not (value.is_nonnegative):
            return False
        values.append(value)
    return any(v.is_positive for v in values)


def _limit(f: sp.Expr, corner: list[Any]) -> sp.Expr | None:
    """Return the value at a corner of which one coordinate is infinite; None if several are."""
    finite = {s: v for s, v in corner if not v.is_infinite}
    if len(corner) - len(finite) != 1:
        return None
    ((symbol, end),) = ((s, v) for s, v in corner if v.is_infinite)
    slope = sp.Poly(f.subs(finite), symbol)
    lead = slope.coeff_monomial(symbol)
    return slope.coeff_monomial(1) if lead == 0 else lead * end


TRIED = tuple(
    map(sp.Rational, ("1/2", "1/4", "-1/2", "9/10", "3", "1/10", "-1/5", "2", "5/7", "-9/10"))
)
DELAYS = tuple(map(sp.Integer, (1, 2, 3, 5, 8)))


def sample_points(
    parameters: Iterable[sp.Symbol],
    delays: Iterable[sp.Symbol],
    conditions: Iterable[Any],
    count: int,
) -> list[dict[sp.Symbol, sp.Expr]]:
    """Return points at which the parameters keep their ranges.

    Parameters
    ----------
    parameters, delays : iterable of sympy.Symbol
        All parameters; those that are delays get small integers.
    conditions : iterable of sympy.Boolean
        The ranges.
    count : int
        How many points at most.

    Returns
    -------
    list of dict
        Symbol -> rational number; fixed, so that results do not depend on chance.

    Examples
    --------
    >>> b = sp.symbols("b")
    >>> sample_points([b], [], [b > 0, b < 1], 2)
    [{b: 1/2}, {b: 1/4}]
    """
    late, found = set(delays), []
    names = list(parameters)
    choices = [DELAYS if s in late else TRIED for s in names]
    limits = list(conditions)
    for shift in range(8 * count):
        # different strides, so that no two parameters move in step
        point = {
            s: own[(shift + k * (shift // len(own) + k)) % len(own)]
            for k, (s, own) in enumerate(zip(names, choices, strict=True))
        }
        fits = all(not violated(c, point) for c in limits) and all(
            not (s.is_positive and v <= 0) for s, v in point.items()
        )
        if fits and point not in found:
            found.append(point)
        if len(found) == count:
            break
    return found
