"""Where closed forms hold: arguments of logarithms, bases of roots and poles keep the signs of the start."""

from __future__ import annotations

from typing import Any

import sympy as sp


def walls(expr: sp.Expr | None, at: dict[sp.Symbol, sp.Expr]) -> dict[Any, None]:
    """Return the conditions that keep an expression on the branch that holds at a point.

    Parameters
    ----------
    expr : sympy.Expr or None
        Any expression.
    at : dict of sympy.Symbol to sympy.Expr
        The moving symbols and their values at the point.

    Returns
    -------
    dict
        The conditions are its keys: arguments of logarithms and bases of roots keep their signs.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> list(walls(sp.sqrt(1 - x), {x: sp.S.Zero}))
    [1 - x > 0]
    """
    found: dict[Any, None] = {}
    moving = set(at)
    for part in sp.preorder_traversal(expr) if expr is not None else ():
        if not (isinstance(part, sp.Expr) and part.free_symbols & moving):
            continue
        inner = part.args[0] if part.args else part
        if isinstance(part, sp.atanh):
            found[sp.Abs(inner) < 1] = None
        elif isinstance(part, sp.tan):
            found[sp.Abs(inner) < sp.pi / 2] = None
        elif isinstance(part, sp.log) or (isinstance(part, sp.Pow) and inner.free_symbols & moving):
            wall = isinstance(part, sp.log) or not (part.exp.is_integer and part.exp > 0)
            sign = _sign(inner.subs(at, simultaneous=True)) if wall and not inner.is_positive else 0
            if sign:
                found[inner > 0 if sign > 0 else inner < 0] = None
    return {c: None for c in found if c not in (sp.true, sp.false)}


def _sign(value: sp.Expr) -> int:
    """Return the sign of a constant, zero if it vanishes or depends on symbols of unknown sign."""
    if value.is_positive or value.is_negative:
        return 1 if value.is_positive else -1
    number = value.evalf(30) if not value.free_symbols else sp.S.Zero
    return int(sp.sign(number)) if number.is_real and abs(number) > 1e-20 else 0
