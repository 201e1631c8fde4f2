"""What is compiled: one expression, a nested list of them or a matrix, as a flat list and a shape."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.errors import CodegenError, InputError
from symbias.sym.sympified import sympified

_DEEPEST = 32
"""So many levels of lists, as many as an array has dimensions."""


def flatten(expressions: Any, level: int = 0) -> tuple[list[Any], tuple[int, ...]]:
    """Return the expressions in order, and the shape that they are given in.

    Parameters
    ----------
    expressions : expression, number, nested list or tuple, or SymPy matrix
        Lists of one level must all have the same shape.
    level : int
        How many lists this one is inside of.

    Returns
    -------
    list of sympy.Basic
        Flat.
    tuple of int
        The shape; ``()`` for one expression.

    Raises
    ------
    InputError
        If lists are ragged or empty.
    CodegenError
        If something is not an expression.

    Examples
    --------
    >>> flatten([[1, 2], [3, 4]])
    ([1, 2, 3, 4], (2, 2))
    """
    if isinstance(expressions, sp.MatrixBase):
        return list(expressions.flat()), expressions.shape
    if isinstance(expressions, list | tuple | sp.Tuple):
        if level == _DEEPEST:
            raise InputError(
                f"The list of expressions has more than {_DEEPEST} levels.",
                cause="it contains itself.",
                remedy="Give one expression, or a list.",
            )
        return _flatten_list(list(expressions), level)
    return [_expression(expressions)], ()


def _flatten_list(items: list[Any], level: int) -> tuple[list[Any], tuple[int, ...]]:
    parts = [flatten(item, level + 1) for item in items]
    shapes = {shape for _, shape in parts}
    if len(shapes) != 1:
        what = "is empty" if not parts else f"mixes the shapes {sorted(shapes)}"
        raise InputError(
            f"The list of expressions {what}.",
            remedy="Give one expression, or lists of the same shape at each level.",
        )
    return [e for flat, _ in parts for e in flat], (len(parts), *shapes.pop())


def _expression(value: Any) -> Any:
    # Strings would be evaluated by sympify; nothing of the user's is ever evaluated as code.
    if isinstance(value, str):
        raise CodegenError(
            f"The string {value!r} cannot be compiled.",
            remedy="Build a SymPy expression; strings are never evaluated.",
        )
    try:
        found = sympified(value)
    except (sp.SympifyError, TypeError, ValueError) as error:
        raise CodegenError(
            f"An object of type {type(value).__name__} cannot be compiled.",
            remedy="Give a SymPy expression, a list of them or a matrix.",
        ) from error
    if not isinstance(found, sp.Expr | sp.logic.boolalg.Boolean):
        raise CodegenError(
            f"A {type(found).__name__} cannot be compiled.",
            remedy="Give an expression, a list of expressions or an explicit matrix.",
        )
    return found
