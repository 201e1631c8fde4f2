"""Derivatives of an expression in balls, and the sharper enclosures that they give of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from symbias.errors import BudgetError, CodegenError
from symbias.registry import ask
from symbias.sym.equality.interval import (
    Interval,
    ends,
    hull,
    interval,
    is_defined,
)

JUMPS = (
    sp.Piecewise,
    sp.floor,
    sp.ceiling,
    sp.frac,
    sp.Mod,
    sp.sign,
    sp.Heaviside,
    sp.atan2,
    sp.acot,
    sp.ITE,
)
"""What may jump inside its domain, where the slopes do not see it."""

_ORDERS = 4
_MOST_OPERATIONS = 400
"""Higher derivatives that are longer cost more than they tell."""


def derivatives(expr: Any, symbols: Sequence[Any]) -> list[Any]:
    """Return evaluators of an expression, its slopes, and of one symbol some higher derivatives.

    Parameters
    ----------
    expr : sympy.Expr
        The expression.
    symbols : sequence of sympy.Symbol
        Its arguments.

    Returns
    -------
    list of callable
        By order, each ``f(values, bits) -> list``; empty where the expression may jump, and cut off before what has no
        ball form.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> len(derivatives(sp.sin(x), [x])), len(derivatives(sp.Abs(x), [x])), len(derivatives(sp.sign(x), [x]))
    (5, 2, 0)
    """
    if expr.has(*JUMPS) or not symbols:
        return []
    rows = [[expr]]
    for _ in range(_ORDERS if len(symbols) == 1 else 1):
        if rows[-1][0].has(*JUMPS):  # the slope of a kink
            break
        row = [sp.diff(rows[-1][0], s) for s in symbols]
        if len(rows) > 1 and sp.count_ops(row[0]) > _MOST_OPERATIONS:
            break
        rows.append(row)
    found: list[Any] = []
    for row in rows:
        try:
            found.append(ask("codegen.ball_twin:ball_program", row, symbols))
        except (CodegenError, BudgetError):
            break
    return found


def one_sign(value: Any) -> bool:
    """Return whether an enclosure does not hold numbers of both signs.

    Parameters
    ----------
    value : flint.arb or Interval
        The enclosure.

    Returns
    -------
    bool
        True also where it only touches 0.

    Examples
    --------
    >>> one_sign(interval(0, 1)), one_sign(interval(-1, 1))
    (True, False)
    """
    low, high = ends(value)
    return bool(low >= 0 or high <= 0)


def enclosures(orders: Sequence[Any], side: Any, middle: Any, bits: int) -> list[Any]:
    """Return enclosures of a function of one symbol and of its derivatives, from the highest one downwards.

    Where the next derivative has one sign a function is between its values at the ends; elsewhere the mean value
    theorem bounds it. Both need a function that is defined on the whole side, as its own enclosure shows.

    Parameters
    ----------
    orders : sequence of callable
        From `derivatives`.
    side : flint.arb or Interval
        The argument.
    middle : flint.arb
        An exact point of it.
    bits : int
        Working precision.

    Returns
    -------
    list of flint.arb or Interval
        By order; the ball ``nan`` where one is not shown to be defined.

    Examples
    --------
    >>> from symbias.sym.equality.interval import ball_library
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> orders = derivatives(sp.expand((x - 1) ** 2), [x])
    >>> enclosures(orders, interval(1, 2), ball_library().arb(1.5), 53)[:2]
    [Interval(0.0, 1.0), Interval(0.0, 2.0)]
    """
    found = [order([side], bits)[0] for order in orders]
    if not isinstance(side, Interval):
        return found
    for k in reversed(range(len(found) - 1)):
        slope = found[k + 1]
        if not (is_defined(found[k]) and is_defined(slope)):
            continue
        if one_sign(slope):
            found[k] = _common(found[k], hull(orders[k]([end], bits)[0] for end in ends(side)))
        else:
            found[k] = _common(found[k], orders[k]([middle], bits)[0] + slope * (side - middle))
    return found


def _common(first: Any, second: Any) -> Any:
    """Return what two enclosures of one set have in common."""
    if not is_defined(second):
        return first
    (a, b), (c, d) = ends(first), ends(second)
    return interval(a.max(c), b.min(d))
