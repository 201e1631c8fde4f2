"""Lowering: expressions become one short list of statements, from which everything is generated.

The float64 source and the multiprecision twin are both made from this list, so a test of one
against the other is a test of rounding and of printing, not of two derivations.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symbias.codegen.common import Steps
from symbias.codegen.dag import operations
from symbias.codegen.factoring import factor_sums
from symbias.codegen.graph import Graph
from symbias.codegen.powers import share_reciprocals
from symbias.codegen.rules import as_number
from symbias.codegen.statements import statements_of
from symbias.codegen.translate import translate
from symbias.errors import BudgetError

STATEMENT_BUDGET = 4000
"""Numba needs about 5 ms per statement: more than this is a loop that was unrolled."""

NODE_BUDGET = 200_000
"""Distinct subexpressions among which common parts are looked for."""


@dataclass(frozen=True)
class Program:
    """Straight-line code in the inert language.

    Parameters
    ----------
    args : tuple of sympy.Symbol
        The arguments, in order.
    statements : tuple of (sympy.Symbol, sympy.Expr)
        Each uses arguments and earlier names only.
    outputs : tuple of sympy.Expr
        One per value.
    operations : tuple of (int, int)
        As written, and after lowering.
    """

    args: tuple[Any, ...]
    statements: tuple[tuple[Any, Any], ...]
    outputs: tuple[Any, ...]
    operations: tuple[int, int]


def _within_budget(count: int, budget: int, what: str) -> None:
    if count > budget:
        raise BudgetError(
            f"The expression has {count} {what}; the budget is {budget}.",
            cause="an index was unrolled into separate entries, or a derivative was expanded.",
            remedy="Compile one generic entry and loop over the index, or split the list of "
            "expressions over several kernels.",
        )


def lower(roots: list[Any], args: tuple[Any, ...]) -> Program:
    """Return the statements that compute the given expressions.

    Parameters
    ----------
    roots : list of sympy.Basic
        SymPy expressions (conditions count as 1 and 0).
    args : tuple of sympy.Symbol
        The arguments, in order.

    Returns
    -------
    Program
        With common parts computed once.

    Raises
    ------
    CodegenError
        If a function is not supported.
    BudgetError
        If there are more statements than the budget.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> program = lower([sp.sin(x) + 1, sp.sin(x) ** 2], (x,))
    >>> program.statements, program.outputs
    (((_t0, sin(x)),), (_t0 + 1, _t0**2))
    """
    with _no_collection():
        return _lower(roots, args)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking through all of SymPy: a quarter of the time of lowering."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _lower(roots: list[Any], args: tuple[Any, ...]) -> Program:
    inert = [as_number(node) for node in translate(roots, args)]
    graph = Graph()
    numbers = graph.read(inert)
    _within_budget(len(graph.nodes), NODE_BUDGET, "distinct subexpressions")
    steps = Steps(graph, share_reciprocals(graph, factor_sums(graph, numbers)))
    steps.share()
    statements, outputs, count = statements_of(steps)
    _within_budget(len(statements) + len(outputs), STATEMENT_BUDGET, "statements")
    return Program(args, tuple(statements), tuple(outputs), (operations(roots), count))
