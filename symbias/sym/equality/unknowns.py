"""Derivatives and integrals of unknown functions: the chain rule, and linearity."""

from __future__ import annotations

import math
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symbias.sym.equality.notation import UNKNOWN

_FEW = 200


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
    done = expr.replace(
        lambda node: isinstance(node, sp.Derivative),
        lambda node: (
            node.doit(integrals=False, sums=False, deep=False)
            if not isinstance(node.expr, AppliedUndef)
            or any(a not in node.variables for a in node.expr.args)
            else node
        ),
    )
    return done.replace(
        lambda node: isinstance(node, sp.Subs) and not node.has(sp.Derivative),
        lambda node: node.doit(integrals=False, sums=False),
    )


def spread(expr: Any) -> Any:
    """Carry out what is known of integrals and sums over unknown functions, members of sequences and matrix entries.

    They are linear; sums of few terms are those terms; the integral of a derivative is a difference.

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
        lambda node: isinstance(node, (sp.Integral, sp.Sum)) and bool(node.atoms(*UNKNOWN)),
        _spread_node,
    )


def _spread_node(node: Any) -> Any:
    if isinstance(node, sp.Sum) and _few_terms(node):
        return node.doit()
    if len(node.limits) != 1:
        return node
    variable = node.limits[0][0]
    terms = sp.Add.make_args(sp.expand(node.function))
    parts = [term.as_independent(variable, as_Add=False) for term in terms]
    return sp.Add(*[constant * _single(node, rest) for constant, rest in parts])


def _few_terms(node: Any) -> bool:
    sizes = [high - low for _, low, high in node.limits]
    return all(s.is_Integer for s in sizes) and math.prod(abs(s) + 1 for s in sizes) <= _FEW


def _single(node: Any, term: Any) -> Any:
    """Return the integral or sum of one term."""
    variable, *ends = node.limits[0]
    derivative = isinstance(node, sp.Integral) and isinstance(term, sp.Derivative)
    if derivative and term.variables == (variable,) and _finite(ends):
        low, high = (term.expr.subs(variable, end) for end in ends)
        return high - low
    return node.func(term, *node.limits)


def _finite(ends: list[Any]) -> bool:
    return len(ends) == 2 and not any(end.is_infinite for end in ends)
