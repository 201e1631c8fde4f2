"""The closed form of a threshold, by whichever route applies."""

from __future__ import annotations

import sympy as sp

from symbias.errors import DomainError
from symbias.stability.candidates import factors
from symbias.stability.cells import active_factor, one_parameter, threshold_near
from symbias.stability.crossing import crossing, single_cosine
from symbias.stability.order_two import order_two
from symbias.stability.pencil import Pencil
from symbias.stability.ranges import sample_points
from symbias.sym.rewrite import radicals
from symbias.sym.symbols import dummy


def closed_form(pencil: Pencil) -> tuple[sp.Expr | None, str]:
    """Return the threshold in y in closed form, and the route that led there.

    Parameters
    ----------
    pencil : Pencil
        The rule.

    Returns
    -------
    sympy.Expr or None
        With square roots at most, or the sine that a single cosine gives.
    str
        ``"angle"``, ``"jury"``, ``"number"``, ``"cells"`` or ``"none"``.

    Raises
    ------
    DomainError
        If the rule is unstable for all small steps.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> closed_form(pencil(sb.UpdateRule.gradient_descent().delayed(5)))
    (2*sin(pi/22), 'angle')
    """
    if pencil.weight is not None:
        return None, "none"
    if pencil.delays:
        found = _angle(pencil)
        return found, "none" if found is None else "angle"
    y = dummy("y")
    found = order_two(pencil, y)
    if found is not None:
        return found, "jury"
    if not pencil.inner:
        return _number(pencil, y)
    polynomial = all(c.is_polynomial(*pencil.inner) for c in pencil.coefficients)
    if polynomial and len(pencil.inner) == 1 and _low_degree(pencil, y):
        found = one_parameter(pencil, y)
    return found, "none" if found is None else "cells"


def _angle(pencil: Pencil) -> sp.Expr | None:
    if pencil.degree != 1:
        return None
    single = single_cosine(crossing(pencil))
    if single is None:
        return None
    q, d, size = single
    return 2 * d / size * sp.sin(sp.pi / (2 * (2 * q + 1)))


def _number(pencil: Pencil, y: sp.Symbol) -> tuple[sp.Expr | None, str]:
    if any(not c.is_Rational for c in pencil.coefficients):
        return None, "none"
    near = threshold_near(pencil)
    angle = _angle(pencil)
    if angle is not None and len(pencil.rows()) > 3:
        return angle, "angle"
    candidates = factors(pencil, y)
    factor = candidates[active_factor(candidates, y, near)]
    if sp.degree(factor, y) > 2:
        return None, "none"
    root = min(sp.roots(factor, y, multiple=True), key=lambda r: abs(r.evalf(40) - near))
    return radicals(root), "number"


def _low_degree(pencil: Pencil, y: sp.Symbol) -> bool:
    """Whether the threshold has degree at most two over the rationals at points of the range.

    A factor of degree two in y stays one of degree two, or splits, when the parameter becomes a number.
    """
    for point in sample_points(pencil.inner, (), pencil.conditions, 2):
        here = pencil.at(point)
        try:
            near = threshold_near(here)
        except DomainError:
            continue
        candidates = factors(here, y)
        if sp.degree(candidates[active_factor(candidates, y, near)], y) > 2:
            return False
    return True


def tidy(value: sp.Expr, point: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Return a quotient with factors written out and a denominator that is positive at a point; pieces one by one.

    Parameters
    ----------
    value : sympy.Expr
        The expression.
    point : dict
        Symbol -> number.

    Returns
    -------
    sympy.Expr
        An equal expression.

    Examples
    --------
    >>> q = sp.symbols("q")
    >>> tidy(-2 / (2 * q - 1), {q: sp.Rational(1, 4)})
    2/(1 - 2*q)
    """
    if isinstance(value, sp.Piecewise):
        return sp.Piecewise(*((tidy(piece, point), condition) for piece, condition in value.args))
    if value.atoms(sp.sin) or value is sp.nan:
        return value
    if value.is_number:
        return value
    if not value.is_rational_function(*value.free_symbols):
        top, bottom = sp.fraction(value)
        negative = bottom.free_symbols and bottom.subs(point).is_negative
        return sp.expand(-top) / sp.expand(-bottom) if negative else value
    top, bottom = sp.fraction(sp.cancel(sp.together(value)))
    if not bottom.free_symbols:
        return sp.factor(value) if sp.count_ops(sp.factor(value)) < sp.count_ops(value) else value
    if bottom.is_Add and bottom.subs(point).is_negative:
        top, bottom = -top, -bottom
    return _factored(top) / _factored(bottom)


def _factored(f: sp.Expr) -> sp.Expr:
    found = sp.factor(f)
    return found if not found.is_Mul or found.as_coeff_Mul()[0].is_positive else sp.expand(f)
