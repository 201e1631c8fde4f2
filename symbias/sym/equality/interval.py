"""Real numbers known up to rounding: balls of python-flint, and intervals with two exact ends.

A ball is a midpoint and a radius: cheap, and all that an exact argument needs. Its radius has 30 bits, so a ball
around an interval (0, b) reaches below 0, and no root or logarithm of it is defined; sets of arguments are intervals
therefore, whose ends are rounded outwards. The two mix: what touches an interval becomes one. What is not a number,
or is not shown to be defined, is the ball ``nan``; it comes out of everything that it goes into.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from symbias.errors import MissingDependencyError

T = TypeVar("T")

_LOCK = threading.RLock()
"""python-flint has one working precision for all threads."""


def ball_library() -> Any:
    """Return the module ``flint``.

    Returns
    -------
    module
        python-flint.

    Raises
    ------
    MissingDependencyError
        If it is not installed.

    Examples
    --------
    >>> ball_library().arb(2).sqrt() > 1
    True
    """
    try:
        import flint
    except ImportError:
        raise MissingDependencyError(
            "Interval arithmetic needs python-flint, which is not installed.",
            remedy="Install it with: pip install 'symbias[ball]'.",
        ) from None
    return flint


def at_precision(bits: int, work: Callable[[], T]) -> T:
    """Run something at a binary working precision, alone.

    Parameters
    ----------
    bits : int
        At least 2. Enclosures hold at any precision, they only become wider.
    work : callable
        Called without arguments.

    Returns
    -------
    object
        What ``work`` returns.

    Examples
    --------
    >>> at_precision(100, lambda: ball_library().arb(2).sqrt().rel_accuracy_bits() > 90)
    True
    """
    context = ball_library().ctx
    with _LOCK:
        saved, context.prec = context.prec, bits
        try:
            return work()
        finally:
            context.prec = saved


class Interval:
    """All real numbers from ``low`` to ``high``.

    Parameters
    ----------
    low, high : flint.arb
        Exact and finite; made by `interval`, which sees to that.

    Examples
    --------
    >>> x = interval(-1, 2)
    >>> x * x, x**2, x - x
    (Interval(-2.0, 4.0), Interval(0.0, 4.0), Interval(-3.0, 3.0))
    """

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = low, high

    def __repr__(self) -> str:
        return f"Interval({float(self.low)}, {float(self.high)})"

    def __neg__(self) -> Any:
        return interval(-self.high, -self.low)

    def __add__(self, other: Any) -> Any:
        a, b = ends(other)
        return interval(self.low + a, self.high + b)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        a, b = ends(other)
        return interval(self.low - b, self.high - a)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        a, b = ends(other)
        if self.low >= 0 and a >= 0:
            return interval(self.low * a, self.high * b)
        return hull([self.low * a, self.low * b, self.high * a, self.high * b])

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        a, b = ends(other)
        return self * interval(1 / b, 1 / a) if a > 0 or b < 0 else ball_library().arb.nan()

    def __rtruediv__(self, other: Any) -> Any:
        return interval(*ends(other)) / self

    def __pow__(self, exponent: int) -> Any:
        if exponent < 0:
            return 1 / self**-exponent
        a, b = self.low, self.high
        if exponent % 2 == 0 and b <= 0:
            a, b = -b, -a
        if exponent % 2 == 0 and a < 0:
            largest = max(b, -a)
            return interval(ball_library().arb(0), power(largest, exponent))
        return interval(power(a, exponent), power(b, exponent))


def interval(low: Any, high: Any) -> Any:
    """Return the interval between two numbers, its ends rounded outwards.

    Parameters
    ----------
    low, high : int, float or flint.arb
        The lower end of ``low`` and the upper end of ``high`` count.

    Returns
    -------
    Interval or flint.arb
        The ball ``nan`` where an end is not finite.

    Examples
    --------
    >>> interval(0, ball_library().arb(1) / 4)
    Interval(0.0, 0.25)
    """
    arb = ball_library().arb
    low, high = (x if isinstance(x, arb) else arb(x) for x in (low, high))
    if not (low.is_finite() and high.is_finite()):
        return arb.nan()
    return Interval(low.lower(), high.upper())


def ends(value: Any) -> tuple[Any, Any]:
    """Return exact bounds of a number.

    Parameters
    ----------
    value : int, float, flint.arb or Interval
        Any number.

    Returns
    -------
    tuple of flint.arb
        Lower and upper end, ``nan`` for what is not finite.

    Examples
    --------
    >>> low, high = ends(ball_library().arb(1) / 3)
    >>> low < high
    True
    """
    if isinstance(value, Interval):
        return value.low, value.high
    arb = ball_library().arb
    value = value if isinstance(value, arb) else arb(value)
    if not value.is_finite():
        return arb.nan(), arb.nan()
    return value.lower(), value.upper()


def hull(values: Iterable[Any]) -> Any:
    """Return the smallest interval that holds all given numbers.

    Parameters
    ----------
    values : iterable of flint.arb or Interval
        At least one.

    Returns
    -------
    Interval or flint.arb
        The ball ``nan`` if one of them is.

    Examples
    --------
    >>> hull([ball_library().arb(2), interval(-1, 1)])
    Interval(-1.0, 2.0)
    """
    pairs = [ends(v) for v in values]
    low, high = pairs[0]
    for a, b in pairs[1:]:
        low, high = low.min(a), high.max(b)
    return interval(low, high)


def power(base: Any, exponent: int) -> Any:
    """Return an integer power; python-flint's own is undefined for balls around 0.

    Parameters
    ----------
    base : flint.arb or Interval
        The base.
    exponent : int
        Any integer.

    Returns
    -------
    flint.arb or Interval
        ``nan`` for a negative exponent where the base may be 0.

    Examples
    --------
    >>> float(power(ball_library().arb(-2), 3))
    -8.0
    """
    if isinstance(base, Interval):
        return base**exponent
    if exponent < 0:
        return 1 / power(base, -exponent)
    if not base.contains(0):
        return base**exponent
    if not base.is_exact():
        return interval(*ends(base)) ** exponent
    return ball_library().arb(int(exponent == 0))


def less(x: Any, y: Any, *, strictly: bool = True) -> bool | None:
    """Return whether one number is less than another, None where that is not decided.

    Parameters
    ----------
    x, y : flint.arb or Interval
        The numbers.
    strictly : bool
        Whether equality is excluded.

    Returns
    -------
    bool or None
        Three values.

    Examples
    --------
    >>> less(interval(0, 1), interval(2, 3)), less(interval(0, 2), interval(1, 3))
    (True, None)
    """
    (a, b), (c, d) = ends(x), ends(y)
    if (b < c) if strictly else (b <= c):
        return True
    return False if ((d <= a) if strictly else (d < a)) else None


def equal(x: Any, y: Any) -> bool | None:
    """Return whether two numbers are equal, None where that is not decided.

    Parameters
    ----------
    x, y : flint.arb or Interval
        The numbers.

    Returns
    -------
    bool or None
        Three values.

    Examples
    --------
    >>> equal(interval(1, 1), interval(1, 1)), equal(interval(0, 1), interval(0, 1))
    (True, None)
    """
    (a, b), (c, d) = ends(x), ends(y)
    if a == b == c == d:
        return True
    return False if b < c or d < a else None


def is_defined(value: Any) -> bool:
    """Return whether a value is enclosed at all.

    Parameters
    ----------
    value : flint.arb or Interval
        The value.

    Returns
    -------
    bool
        False for the ball ``nan`` and for unbounded balls.

    Examples
    --------
    >>> is_defined(interval(0, 1)), is_defined(ball_library().arb(-1).log())
    (True, False)
    """
    return isinstance(value, Interval) or bool(value.is_finite())
