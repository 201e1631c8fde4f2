"""Lowering: expressions become one short list of statements, from which everything is generated.

The float64 source and the multiprecision twin are both made from this list, so a test of one
against the other is a test of rounding and of printing, not of two derivations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.codegen.dag import distinct, fold, operations
from symbias.codegen.factoring import factor_sums
from symbias.codegen.operations import is_op
from symbias.codegen.powers import share_reciprocals
from symbias.codegen.rules import as_number
from symbias.codegen.translate import translate
from symbias.errors import BudgetError
from symbias.sym.symbols import dummy

STATEMENT_BUDGET = 4000
"""Numba needs about 5 ms per statement: more than this is a loop that was unrolled."""

NODE_BUDGET = 200_000
"""Distinct subexpressions that common-subexpression elimination is asked to look at."""

BLOCK_DEPTH = 60
"""Deeper expressions are cut here, because SymPy's elimination of common parts is recursive."""


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


def _fresh() -> Iterator[Any]:
    """Yield t0, t1, ...; dummies, so that they equal no symbol of the user."""
    k = 0
    while True:
        yield dummy(f"t{k}")
        k += 1


def _within_budget(count: int, budget: int, what: str) -> None:
    if count > budget:
        raise BudgetError(
            f"The expression has {count} {what}; the budget is {budget}.",
            cause="an index was unrolled into separate entries, or a derivative was expanded.",
            remedy="Compile one generic entry and loop over the index, or split the list of "
            "expressions over several kernels.",
        )


def _cut(roots: list[Any], names: Iterator[Any]) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """Cut deep expressions into named blocks of bounded depth."""
    blocks: list[tuple[Any, Any]] = []

    def shorten(node: Any, parts: list[Any]) -> tuple[Any, int]:
        if not parts:
            return node, 0
        new = [expr for expr, _ in parts]
        rebuilt = node if tuple(new) == node.args else node.func(*new)
        depth = 1 + max(depth for _, depth in parts)
        if depth < BLOCK_DEPTH or is_op(node, *_CONDITIONS):
            return rebuilt, depth
        blocks.append((next(names), rebuilt))
        return blocks[-1][0], 0

    table = fold(roots, shorten)
    return blocks, [table[root][0] for root in roots]


_CONDITIONS = ("lt", "le", "eq", "ne", "isnan", "and_", "or_", "not_")


def _ordered(definitions: dict[Any, Any], outputs: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the definitions that the outputs need, each after those that it uses."""
    done: set[Any] = set()
    for output in outputs:
        stack: list[tuple[Any, Any]] = [(output, None)]
        while stack:
            expr, name = stack.pop()
            if name in done:
                continue
            needs = [s for s in _names(expr) if s in definitions and s not in done]
            if needs:
                stack.append((expr, name))
                stack.extend((definitions[s], s) for s in reversed(needs))
            elif name is not None:
                done.add(name)
                yield name, expr


def _names(expr: Any) -> list[Any]:
    """Return the symbols of an expression in the order in which they are met."""
    return [node for node in sp.preorder_traversal(expr) if node.is_Symbol]


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
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> program = lower([sp.sin(x) + 1, sp.sin(x) ** 2], (x,))
    >>> program.statements, program.outputs
    (((_t0, sin(x)),), (_t0 + 1, _t0**2))
    """
    inert = [as_number(node) for node in translate(roots, args)]
    inert = share_reciprocals(factor_sums(inert))
    _within_budget(sum(1 for _ in distinct(inert)), NODE_BUDGET, "distinct subexpressions")
    names = _fresh()
    blocks, short = _cut(inert, names)
    replaced, reduced = sp.cse(
        [expr for _, expr in blocks] + short, symbols=names, order="none", list=False
    )
    definitions = dict(replaced)
    definitions.update(zip((name for name, _ in blocks), reduced, strict=False))
    outputs = list(reduced[len(blocks) :])
    statements = tuple(_ordered(definitions, outputs))
    _within_budget(len(statements) + len(outputs), STATEMENT_BUDGET, "statements")
    after = sum(operations([expr]) for _, expr in statements) + operations(outputs)
    return Program(args, statements, tuple(outputs), (operations(roots), after))
