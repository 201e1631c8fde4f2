"""Derivatives and integrals of unknown functions: the chain rule, and linearity."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef


def differentiate(expr: Any) -> Any:
    """Carry out the derivatives of an expression, by the chain rule on unknown functions.

    Parameters
    ----------
    expr : sympy.Basic
        May hold `Derivative` nodes.

    Returns
    -------
    sympy.Basic
        Derivatives are left only of unknown functions.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> t, u = real("t"), sp.Function("u")
    >>> differentiate(sp.Derivative(u(t) ** 2, t))
    2*u(t)*Derivative(u(t), t)
    """
    return expr.replace(
        lambda node: isinstance(node, sp.Derivative),
        lambda node: (
            node.doit(integrals=False, sums=False, deep=False)
            if not isinstance(node.expr, AppliedUndef)
            or any(a not in node.variables for a in node.expr.args)
            else node
        ),
    )


def spread(expr: Any) -> Any:
    """Use the linearity of integrals and sums over unknown functions.

    Parameters
    ----------
    expr : sympy.Basic
        Any expression.

    Returns
    -------
    sympy.Basic
        Such integrals and sums have one term, without constant factors.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> t, x, u = real("t"), real("x"), sp.Function("u")
    >>> spread(sp.Integral(2 * x * u(t), (t, 0, 1)))
    2*x*Integral(u(t), (t, 0, 1))
    """
    return expr.replace(
        lambda node: isinstance(node, (sp.Integral, sp.Sum)) and bool(node.atoms(AppliedUndef)),
        _spread_node,
    )


def _spread_node(node: Any) -> Any:
    if len(node.limits) != 1:
        return node
    variable = node.limits[0][0]
    terms = sp.Add.make_args(sp.expand(node.function))
    parts = [term.as_independent(variable, as_Add=False) for term in terms]
    return sp.Add(*[constant * node.func(rest, *node.limits) for constant, rest in parts])
