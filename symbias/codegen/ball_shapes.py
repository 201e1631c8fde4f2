"""How a function of balls acts on intervals: by its ends where it is monotone, by its turning points elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbias.sym.equality.interval import Interval, ball_library, ends, hull, interval, is_defined

Form = Callable[..., Any]


def settled(value: Any) -> Any:
    """Return a value, the ball ``nan`` where it is not bounded.

    An unbounded ball may stand for an argument outside the domain.

    Parameters
    ----------
    value : flint.arb or Interval
        A result of python-flint.

    Returns
    -------
    flint.arb or Interval
        Bounded, or ``nan``.

    Examples
    --------
    >>> settled(ball_library().arb(1).erfinv()).is_nan()
    True
    """
    return value if is_defined(value) else ball_library().arb.nan()


def increasing(function: Form) -> Form:
    """Return the form of a function that does not fall on its domain, which is connected.

    Parameters
    ----------
    function : callable
        Ball -> ball.

    Returns
    -------
    callable
        Of balls and intervals.

    Examples
    --------
    >>> increasing(lambda x: x.exp())(interval(0, 1))
    Interval(1.0, 2.718281828459045)
    """

    def form(x: Any) -> Any:
        if isinstance(x, Interval):
            return interval(function(x.low), function(x.high))
        return settled(function(x))

    return form


def decreasing(function: Form) -> Form:
    """Return the form of a function that does not grow on its domain, which is connected.

    Parameters
    ----------
    function : callable
        Ball -> ball.

    Returns
    -------
    callable
        Of balls and intervals.

    Examples
    --------
    >>> decreasing(lambda x: x.acos())(interval(-1, 1))
    Interval(0.0, 3.141592653589793)
    """

    def form(x: Any) -> Any:
        if isinstance(x, Interval):
            return interval(function(x.high), function(x.low))
        return settled(function(x))

    return form


def even(form: Form) -> Form:
    """Return the form of an even function from one that is right where the argument is not negative.

    Parameters
    ----------
    form : callable
        Of balls and intervals.

    Returns
    -------
    callable
        Of balls and intervals.

    Examples
    --------
    >>> even(increasing(lambda x: x.cosh()))(interval(-1, 0))
    Interval(1.0, 1.543080634815...)
    """
    return lambda x: form(size(x)) if isinstance(x, Interval) else form(x)


def size(x: Any) -> Any:
    """Return the absolute value.

    Parameters
    ----------
    x : flint.arb or Interval
        The number.

    Returns
    -------
    flint.arb or Interval
        Never reaching below 0.

    Examples
    --------
    >>> size(interval(-1, 2))
    Interval(0.0, 2.0)
    """
    low, high = ends(x)
    if low >= 0:
        return x
    return -x if high <= 0 else interval(ball_library().arb(0), (-low).max(high))


def clipped(value: Any, low: Any, high: Any) -> Any:
    """Return a value cut to bounds that it is known to respect.

    Parameters
    ----------
    value : flint.arb or Interval
        The value.
    low, high : int, float or flint.arb
        The bounds.

    Returns
    -------
    flint.arb or Interval
        ``nan`` stays what it is.

    Examples
    --------
    >>> clipped(interval(-2, 0.5), -1, 1)
    Interval(-1.0, 0.5)
    """
    if not is_defined(value):
        return value
    arb = ball_library().arb
    a, b = ends(value)
    return interval(a.max(arb(low)), b.min(arb(high)))


def bounded(function: Form, low: Any, high: Any) -> Form:
    """Return the form of a function that is evaluated as it stands, and cut to its range.

    Parameters
    ----------
    function : callable
        Ball -> ball.
    low, high : int or float
        Its range.

    Returns
    -------
    callable
        Of balls and intervals.

    Examples
    --------
    >>> bounded(lambda x: x.sinc(), -0.25, 1)(interval(0, 50)).high == 1
    True
    """

    def form(x: Any) -> Any:
        if not isinstance(x, Interval):
            return settled(function(x))
        return clipped(function(x.low.union(x.high)), low, high)

    return form


def wave(function: Form, turn: Any) -> Form:
    """Return the form of a sine: it turns at ``pi*(n + turn)``, at ``(-1)**n``.

    Parameters
    ----------
    function : callable
        Ball -> ball.
    turn : int or float
        1/2 for the sine, 0 for the cosine.

    Returns
    -------
    callable
        Of balls and intervals.

    Examples
    --------
    >>> wave(lambda x: x.sin(), 0.5)(interval(0, 3)).high == 1
    True
    """

    def form(x: Any) -> Any:
        if not isinstance(x, Interval):
            return settled(function(x))
        first, last = turns(x, turn)
        found = [function(x.low), function(x.high)]
        if last > first:
            return interval(-1, 1)
        if last == first:
            found.append(ball_library().arb(-1 if first % 2 else 1))
        return hull(found)

    return form


def turns(x: Interval, turn: Any) -> tuple[int, int]:
    """Return the first and the last n with ``pi*(n + turn)`` in an interval; a doubtful n counts.

    Parameters
    ----------
    x : Interval
        The interval.
    turn : int or float
        The offset.

    Returns
    -------
    tuple of int
        The last one is smaller than the first where there is none.

    Examples
    --------
    >>> turns(interval(0, 7), 0)
    (0, 2)
    """
    arb = ball_library().arb
    low, high = x.low / arb.pi() - turn, x.high / arb.pi() - turn
    first, last = low.lower().ceil(), high.upper().floor()
    return int(first.unique_fmpz()), int(last.unique_fmpz())
