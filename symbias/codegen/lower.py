"""Lowering: expressions become one short list of statements, from which everything is generated.

The float64 source and the multiprecision twin are both made from this list, so a test of one
against the other is a test of rounding and of printing, not of two derivations.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.codegen.common import NEGATIVE, POWER, Steps
from symbias.codegen.dag import operations
from symbias.codegen.factoring import factor_sums
from symbias.codegen.graph import LEAF, PRODUCT, SUM, Graph
from symbias.codegen.operations import op
from symbias.codegen.powers import share_reciprocals
from symbias.codegen.rules import as_number
from symbias.codegen.translate import translate
from symbias.errors import BudgetError
from symbias.sym.symbols import dummy

STATEMENT_BUDGET = 4000
"""Numba needs about 5 ms per statement: more than this is a loop that was unrolled."""

NODE_BUDGET = 200_000
"""Distinct subexpressions among which common parts are looked for."""

BLOCK_DEPTH = 60
"""Deeper expressions are cut here: printers and evaluators of expressions are recursive."""


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


_CONDITIONS = ("lt", "le", "eq", "ne", "isnan", "and_", "or_", "not_")


class _Statements:
    """Turns steps into named statements: what is used twice, and what would be nested too deeply."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps.steps
        self.roots = steps.roots
        self.names: dict[int, Any] = {}
        self.statements: list[tuple[Any, Any]] = []

    def write(self) -> list[Any]:
        """Write the statements in the order in which the outputs need them; return the outputs."""
        order = self._order()
        uses = Counter(self._inner(root) for root in self.roots)
        for number in order:
            uses.update(self._inner(a) for a in self.steps[number].args)
        depth: dict[int, int] = {}
        for number in order:
            step = self.steps[number]
            if step.kind in {LEAF, NEGATIVE}:
                depth[number] = max((depth[a] for a in step.args), default=0)
                continue
            depth[number] = 1 + max((depth[a] for a in step.args), default=0)
            deep = depth[number] >= BLOCK_DEPTH and step.kind not in _CONDITIONS
            if uses[number] > 1 or deep:
                expression = self._expression(number)
                self.names[number] = dummy(f"t{len(self.names)}")
                self.statements.append((self.names[number], expression))
                depth[number] = 0
        return [self._expression(root) for root in self.roots]

    def _inner(self, number: int) -> int:
        """Return a step without its sign, which costs nothing and is never named."""
        step = self.steps[number]
        return step.args[0] if step.kind == NEGATIVE else number

    def _order(self) -> list[int]:
        """Return the steps that the roots need, each after its operands."""
        order: list[int] = []
        done: set[int] = set()
        stack = [(root, False) for root in reversed(self.roots)]
        while stack:
            number, ready = stack.pop()
            if number in done:
                continue
            if ready:
                done.add(number)
                order.append(number)
            else:
                stack.append((number, True))
                stack.extend((a, False) for a in reversed(self.steps[number].args) if a not in done)
        return order

    def _expression(self, number: int) -> Any:
        """Return a step in SymPy, down to the names: built as it stands, nothing is evaluated."""
        if number in self.names:
            return self.names[number]
        kind, args, data = self.steps[number]
        if kind == LEAF:
            return data
        parts = [self._expression(a) for a in args]
        if kind == SUM:
            return sp.Add._from_args([t for p in parts for t in sp.Add.make_args(p)])
        if kind == PRODUCT:
            return _product(sp.S.One, parts)
        if kind == NEGATIVE:
            return _product(sp.S.NegativeOne, parts)
        if kind == POWER:
            return sp.Pow(parts[0], data, evaluate=False)
        return op(kind, *parts)


def _product(coefficient: Any, parts: list[Any]) -> Any:
    """Return a product with its number in front."""
    factors = [f for p in parts for f in sp.Mul.make_args(p)]
    for number in (f for f in factors if f.is_Number):
        coefficient *= number
    others = [f for f in factors if not f.is_Number]
    if coefficient != 1 or not others:
        others.insert(0, coefficient)
    return sp.Mul._from_args(others)


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
    graph = Graph()
    numbers = graph.read(inert)
    _within_budget(len(graph.nodes), NODE_BUDGET, "distinct subexpressions")
    steps = Steps(graph, share_reciprocals(graph, factor_sums(graph, numbers)))
    steps.share()
    found = _Statements(steps)
    outputs = found.write()
    _within_budget(len(found.statements) + len(outputs), STATEMENT_BUDGET, "statements")
    after = sum(operations([expr]) for _, expr in found.statements) + operations(outputs)
    return Program(args, tuple(found.statements), tuple(outputs), (operations(roots), after))
