"""Notations that stand for something plainer, and those that stand for no number at all."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement

from symbias.errors import InputError

UNKNOWN = (AppliedUndef, sp.Indexed, MatrixElement)
"""Applied unknown functions, members of sequences, entries of unknown matrices: each is one free real quantity."""

_NO_NUMBERS: dict[Any, tuple[str, str]] = {
    sp.Limit: (
        "a limit",
        "Carry it out with .doit(), or state it as a step with relation='~' and its clock.",
    ),
    sp.Order: ("an order of magnitude", "State the step with relation='~' and its clock."),
    sp.DiracDelta: ("a distribution", "Carry out its integral with .doit() first."),
    sp.SingularityFunction: ("a distribution", "Write it with Heaviside or Piecewise."),
    sp.Lambda: ("a function", "Apply it to a symbol."),
}


def plain(expr: Any) -> Any:
    """Return an expression without notations that only delay or abbreviate.

    Parameters
    ----------
    expr : sympy.Expr or sympy.Matrix
        What the user wrote.

    Returns
    -------
    sympy.Expr or sympy.Matrix
        Matrices of a definite shape are written out; traces, determinants and unevaluated parts are carried out.

    Raises
    ------
    InputError
        If a matrix has no definite shape, or a part stands for no number: a limit, a distribution.

    Examples
    --------
    >>> plain(sp.Determinant(sp.Matrix([[1, 2], [3, 4]])))
    -2
    """
    for kind, (what, remedy) in _NO_NUMBERS.items():
        if expr.has(kind):
            found = min(expr.atoms(kind), key=sp.default_sort_key)
            raise InputError(f"{found} is {what}, which has no value at a point.", remedy=remedy)
    expr = expr.replace(sp.UnevaluatedExpr, lambda inner: inner)
    return _explicit(expr) if expr.has(sp.MatrixExpr, sp.Trace, sp.Determinant) else expr


def _explicit(expr: Any) -> Any:
    try:
        found = expr.subs({m: m.as_explicit() for m in expr.atoms(sp.MatrixSymbol)}).doit()
        return found.as_explicit() if isinstance(found, sp.MatrixExpr) else found
    except (AttributeError, ValueError, TypeError) as error:
        raise InputError(
            f"The matrix expression {expr} has no explicit entries.",
            remedy="Write matrices of a definite shape, or work with their entries.",
        ) from error
