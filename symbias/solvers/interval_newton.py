"""All roots of a function of one variable on an interval, each proved to be there and alone.

Where the slope has one sign the function is monotone, and the signs at the ends tell whether there is a root; where its
enclosure leaves out 0 there is none; what remains is cut. The interval Newton operator then narrows each root.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbias.errors import BudgetError, ConvergenceError
from symbias.sym.equality.boxes import is_wide
from symbias.sym.equality.interval import (
    Interval,
    at_precision,
    ball_library,
    ends,
    interval,
    is_defined,
)

Evaluate = Callable[[list[Any], int], list[Any]]

BITS = 128
MOST_PIECES = 20_000
_CUTS = ((1, 2), (15, 32), (17, 32), (7, 16), (9, 16), (3, 8), (5, 8))
_NARROWINGS = 200


def isolate(
    evaluate: Evaluate,
    low: Any,
    high: Any,
    left: Callable[[], float],
    most: int = MOST_PIECES,
) -> list[Any]:
    """Return disjoint intervals that hold one simple root each, and all roots together.

    Parameters
    ----------
    evaluate : callable
        ``evaluate([x], bits) -> [f, f']``, enclosures; f is continuous wherever it is defined.
    low, high : flint.arb
        Exact ends; both belong to the interval.
    left : callable
        The seconds that are left.
    most : int
        So many pieces are looked at.

    Returns
    -------
    list of Interval or flint.arb
        Ascending; an exact ball where the root is an end.

    Raises
    ------
    BudgetError
        If roots could not be separated (a double root, a touch), or the function is not shown to be defined.

    Examples
    --------
    >>> arb = ball_library().arb
    >>> found = isolate(lambda v, bits: [v[0] ** 2 - 2, 2 * v[0]], arb(-3), arb(2), lambda: 1.0)
    >>> len(found)
    2
    """
    return at_precision(BITS, lambda: _isolate(evaluate, low, high, left, most))


def _isolate(evaluate: Evaluate, low: Any, high: Any, left: Any, most: int) -> list[Any]:
    found: list[Any] = []
    stack = [(low, high)]
    count = 0
    while stack:
        a, b = stack.pop()
        count += 1
        if count > most or left() <= 0:
            raise _undecided(a, b, f"{count} pieces were looked at")
        side = interval(a, b) if a < b else a
        value, slope = evaluate([side], BITS)
        if is_defined(value) and not _may_vanish(value):
            continue
        if a == b or (is_defined(value) and is_defined(slope) and not _may_vanish(slope)):
            found += _in_monotone_piece(evaluate, a, b)
            continue
        if not is_wide(side):
            raise _undecided(a, b, "a piece too small to be cut is left")
        cut = _cut(evaluate, a, b)
        # The left piece is looked at first, so that roots come out in order.
        stack += [(cut, b), (a, cut)]
    return found


def _in_monotone_piece(evaluate: Evaluate, a: Any, b: Any) -> list[Any]:
    """Return the root of a monotone function between two points, if there is one."""
    signs = [_sign(evaluate, end) for end in (a, b)]
    for end, sign in zip((a, b), signs, strict=True):
        if sign == 0:
            return [end]
    return [interval(a, b)] if signs[0] != signs[1] else []


def _sign(evaluate: Evaluate, point: Any) -> int:
    """Return the sign at an exact point; 0 only where the value is exactly 0."""
    for factor in (1, 4, 16):
        value = evaluate([point], factor * BITS)[0]
        low, high = ends(value)
        if low > 0 or high < 0:
            return 1 if low > 0 else -1
        if low == 0 == high:
            return 0
    raise _undecided(point, point, "the value there cannot be told from 0")


def _cut(evaluate: Evaluate, a: Any, b: Any) -> Any:
    """Return a point inside at which the function is not 0."""
    for top, bottom in _CUTS:
        cut = (a + (b - a) * top / bottom).mid()
        if a < cut < b:
            value = evaluate([cut], BITS)[0]
            if not is_defined(value) or not _may_vanish(value):
                return cut
    raise _undecided(a, b, "the function is close to 0 on a whole piece: a double root, or a touch")


def _may_vanish(value: Any) -> bool:
    low, high = ends(value)
    return not (low > 0 or high < 0)


def _undecided(a: Any, b: Any, why: str) -> BudgetError:
    return BudgetError(
        f"The roots between {float(a):.12g} and {float(b):.12g} were not told apart.",
        f"{why}; or the function is not shown to be defined there.",
        "Choose an interval without that place, or divide out the multiple root.",
    )


def narrowed(evaluate: Evaluate, root: Any, digits: int) -> Any:
    """Return a narrower interval around a root that is alone in an interval.

    Parameters
    ----------
    evaluate : callable
        ``evaluate([x], bits) -> [f, f']``, enclosures; the slope has one sign on the interval.
    root : Interval or flint.arb
        From `isolate`.
    digits : int
        Relative width aimed at; absolute for a root at 0.

    Returns
    -------
    Interval or flint.arb
        Inside the given one.

    Raises
    ------
    ConvergenceError
        If it does not become that narrow.

    Examples
    --------
    >>> square = lambda v, bits: [v[0] ** 2 - 2, 2 * v[0]]
    >>> found = narrowed(square, interval(1, 2), 30)
    >>> bool(found.high - found.low < 1e-29)
    True
    """
    if not isinstance(root, Interval):
        return root
    bits = max(int(3.33 * digits) + 64, BITS + 32)
    return at_precision(bits, lambda: _narrowed(evaluate, root, digits, bits))


def _narrowed(evaluate: Evaluate, root: Interval, digits: int, bits: int) -> Any:
    arb = ball_library().arb
    goal = arb(10) ** -digits
    for _ in range(_NARROWINGS):
        width = root.high - root.low
        size = (-root.high).max(root.low).max(arb(0))
        if width <= goal * (size if size > 0 else arb(1)):
            return root
        middle = ((root.low + root.high) / 2).mid()
        value, slope = evaluate([middle], bits)[0], evaluate([root], bits)[1]
        new = middle - value / slope
        low, high = ends(new)
        low, high = low.max(root.low), high.min(root.high)
        if not (low.is_finite() and high.is_finite()) or not high - low < width:
            break
        root = interval(low, high)
    raise ConvergenceError(
        f"A root near {float(root.low):.12g} was not narrowed to {digits} digits.",
        "the function is flat or noisy there.",
        "Ask for fewer digits.",
    )
