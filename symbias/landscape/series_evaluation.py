"""A statement list evaluated on series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp

from symbias.codegen.lower import Program
from symbias.errors import BudgetError
from symbias.solvers.pi_series import Series, angle


def evaluate(program: Program, values: Sequence[Series], terms: int) -> list[Series]:
    """Return the outputs of a program at series.

    Parameters
    ----------
    program : Program
        Straight-line code with roots and angles, and nothing else that is not rational.
    values : sequence of Series
        One per argument.
    terms : int
        How many orders constants carry.

    Returns
    -------
    list of Series
        Each known to the order that the arguments determine.

    Raises
    ------
    BudgetError
        If a function has no expansion here.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> evaluate(lower([sp.sqrt(1 + x)], (x,)), [Series.variable(3)], 3)
    [Series(1*x^0 + 1/2*x^1 + -1/8*x^2 + O(x^3))]
    """
    table = dict(zip(program.args, values, strict=True))
    for name, expr in program.statements:
        table[name] = _value(expr, table, terms)
    return [_value(expr, table, terms) for expr in program.outputs]


def restricted(program: Program, outputs: slice) -> Program:
    """Return the program of some of the outputs.

    Parameters
    ----------
    program : Program
        Straight-line code.
    outputs : slice
        Which outputs.

    Returns
    -------
    Program
        Without the statements that they do not need.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> restricted(lower([sp.sqrt(x), x], (x,)), slice(1, 2)).statements
    ()
    """
    kept = program.outputs[outputs]
    needed: set[Any] = set().union(*(expr.free_symbols for expr in kept))
    statements = []
    for name, expr in reversed(program.statements):
        if name in needed:
            statements.append((name, expr))
            needed |= expr.free_symbols
    return replace(program, statements=tuple(reversed(statements)), outputs=kept)


def _value(node: Any, table: dict[Any, Series], terms: int) -> Series:
    if not node.args:
        return table[node] if node.is_Symbol else _number(node, terms)
    if type(node).__name__ == "region":  # an approximation in floats; the definition is last
        return _value(node.args[-1], table, terms)
    if node.is_Pow:
        return _value(node.base, table, terms) ** int(node.exp)
    parts = [_value(a, table, terms) for a in node.args]
    if not (node.is_Add or node.is_Mul):
        return _applied(type(node).__name__, parts)
    total = parts[0]
    for part in parts[1:]:
        total = total + part if node.is_Add else total * part
    return total


def _number(node: Any, terms: int) -> Series:
    if node is sp.pi:
        return Series.pi(terms)
    if node.is_Rational:
        return Series.constant(Fraction(int(node.p), int(node.q)), terms)
    return _applied(str(node), [])


def _applied(name: str, parts: list[Series]) -> Series:
    if name == "sqrt":
        return parts[0].sqrt()
    if name == "rsqrt":
        return parts[0].sqrt().inverse()
    if name == "atan2":
        return angle(parts[0], parts[1])
    if name == "fabs":
        return -parts[0] if parts[0].sign() < 0 else parts[0]
    raise BudgetError(
        f"{name} has no expansion with coefficients in Q(pi).",
        cause="the dual activation is made of more than roots and angles.",
        remedy="Use .at(d) at large d.",
    )
