"""Closed forms for rules whose characteristic polynomial has degree one or two in z, from the Jury conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sympy as sp

from symbias.stability.jury import coefficients, jury_conditions
from symbias.stability.pencil import Pencil
from symbias.stability.ranges import Range, box, positive_on


class Bound(NamedTuple):
    """A Jury condition that is linear in y: start - slope * y > 0.

    Examples
    --------
    >>> Bound(sp.Integer(2), sp.S.One).end
    2
    """

    start: sp.Expr
    slope: sp.Expr

    @property
    def end(self) -> sp.Expr:
        """Where it ends to hold."""
        return sp.factor(self.start / self.slope)


def linear_bounds(pencil: Pencil, y: sp.Symbol) -> list[Bound] | None:
    """Return the Jury conditions that can end the stability of small y > 0.

    Parameters
    ----------
    pencil : Pencil
        The rule.
    y : sympy.Symbol
        The variable.

    Returns
    -------
    list of Bound or None
        Every ``start`` is proved positive; conditions that hold for all y > 0 are left out. None if the degree in z is
        above two, a condition is not linear in y, or its sign at small y is not proved.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> beta = sp.symbols("beta")
    >>> linear_bounds(pencil(sb.UpdateRule.heavy_ball(beta)), sp.symbols("y"))
    [Bound(start=2*beta + 2, slope=1)]
    """
    if pencil.delays or pencil.weight is not None or max(pencil.terms) - min(pencil.terms) > 2:
        return None
    rows = coefficients(pencil, y)
    ranges = box(pencil.inner, pencil.conditions)
    if rows[-1].has(y):
        return None
    if positive_on(-rows[-1], ranges):
        rows = [-c for c in rows]
    elif not positive_on(rows[-1], ranges):
        return None
    found = []
    for condition in jury_conditions(rows):
        if sp.degree(condition, y) > 1:
            return None
        slope, start = -condition.coeff(y, 1), condition.coeff(y, 0)
        if start == 0 and positive_on(-slope, ranges):
            continue
        if not positive_on(start, ranges):
            return None
        if slope != 0 and not positive_on(-slope, ranges):
            found.append(Bound(start, slope))
    return found


def order_two(pencil: Pencil, y: sp.Symbol) -> sp.Expr | None:
    """Return the threshold in y when the Jury conditions are linear in it.

    Parameters
    ----------
    pencil : Pencil
        The rule.
    y : sympy.Symbol
        The variable.

    Returns
    -------
    sympy.Expr or None
        None if this route does not apply.

    Notes
    -----
    Derived here. start_i - slope_i y > 0 with start_i > 0 means 1/y > slope_i / start_i, so 1/y* is the larger of
    slope_i / start_i; which one that is, is a polynomial inequality in the parameters.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> beta = sp.symbols("beta")
    >>> order_two(pencil(sb.UpdateRule.nesterov(beta)), sp.symbols("y"))
    Piecewise((2*(beta + 1)/(2*beta + 1), beta >= -1/3), ((beta - 1)/beta, True))
    """
    bounds = linear_bounds(pencil, y)
    if bounds is None or not 1 <= len(bounds) <= 2:
        return None
    ranges = box(pencil.inner, pencil.conditions)
    if len(bounds) == 1:
        return bounds[0].end if positive_on(bounds[0].slope, ranges) else None
    first, second = bounds
    ahead = sp.expand(second.start * first.slope - first.start * second.slope)
    finite = any(
        positive_on(sp.expand(first.slope + k * second.slope), ranges)
        for k in (1, 2, sp.Rational(1, 2))
    )
    if not finite:
        return None
    if ahead == 0 or positive_on(ahead, ranges):
        return first.end
    if positive_on(-ahead, ranges):
        return second.end
    condition = _solved(_without_positive(ahead, ranges))
    return sp.Piecewise((first.end, condition), (second.end, True))


def _without_positive(f: sp.Expr, ranges: Mapping[sp.Symbol, Range]) -> sp.Expr:
    """Drop factors whose sign is known."""
    constant, pairs = sp.factor_list(f)
    sign, kept = sp.sign(constant), sp.S.One
    for factor, times in pairs:
        if positive_on(factor, ranges):
            continue
        if positive_on(-factor, ranges):
            sign *= (-1) ** times
        else:
            kept *= factor**times
    return sign * kept


def _solved(f: sp.Expr) -> sp.Basic:
    """Return f >= 0, solved for the symbol when f is linear in its only one."""
    symbols = list(f.free_symbols)
    if len(symbols) != 1 or sp.degree(f, symbols[0]) != 1:
        return sp.expand(f) >= 0
    root = sp.solve(f, symbols[0])[0]
    return symbols[0] >= root if sp.LC(f, symbols[0]) > 0 else symbols[0] <= root
