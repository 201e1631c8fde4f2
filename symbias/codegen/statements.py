"""Named statements: what is used twice, and what would otherwise be nested too deeply."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sympy as sp

from symbias.codegen.common import NEGATIVE, POWER, Steps
from symbias.codegen.graph import LEAF, PRODUCT, SUM
from symbias.codegen.operations import op
from symbias.sym.symbols import dummy

BLOCK_DEPTH = 60
"""Deeper expressions are cut here: printers and evaluators of expressions are recursive."""

_CONDITIONS = ("lt", "le", "eq", "ne", "isnan", "and_", "or_", "not_")


def statements_of(steps: Steps) -> tuple[list[tuple[Any, Any]], list[Any], int]:
    """Return steps as SymPy expressions, in the order in which the outputs need them.

    Parameters
    ----------
    steps : Steps
        What is computed.

    Returns
    -------
    list of (sympy.Symbol, sympy.Expr)
        Statements; the names t0, t1, ... are dummies, so that they equal no symbol of the user.
    list of sympy.Expr
        Outputs.
    int
        Operations, signs not counted.

    Examples
    --------
    >>> from symbias.codegen.graph import Graph
    >>> from symbias.sym.symbols import real
    >>> a, b, c, d = real("a b c d")
    >>> graph = Graph()
    >>> steps = Steps(graph, graph.read([a * b * c, a * b * d]))
    >>> steps.share()
    >>> statements_of(steps)
    ([(_t0, a*b)], [_t0*c, _t0*d], 3)
    """
    writer = _Writer(steps)
    statements, outputs = writer.write()
    return statements, outputs, sum(map(writer.cost, writer.order))


class _Writer:
    """Writes statements."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps.steps
        self.roots = steps.roots
        self.names: dict[int, Any] = {}
        self.order = self._order()

    def cost(self, number: int) -> int:
        """Return the number of operations of a step."""
        kind, args, _ = self.steps[number]
        if kind in {SUM, PRODUCT}:
            return len(args) - 1
        return 0 if kind in {LEAF, NEGATIVE} else 1

    def write(self) -> tuple[list[tuple[Any, Any]], list[Any]]:
        """Return the statements and the outputs."""
        statements: list[tuple[Any, Any]] = []
        uses = Counter(self._unsigned(root) for root in self.roots)
        for number in self.order:
            uses.update(self._unsigned(a) for a in self.steps[number].args)
        depth: dict[int, int] = {}
        for number in self.order:
            step = self.steps[number]
            depth[number] = max((depth[a] for a in step.args), default=0)
            if step.kind in {LEAF, NEGATIVE}:
                continue
            depth[number] += 1
            deep = depth[number] >= BLOCK_DEPTH and step.kind not in _CONDITIONS
            if uses[number] > 1 or deep:
                expression = self._expression(number)
                self.names[number] = dummy(f"t{len(self.names)}")
                statements.append((self.names[number], expression))
                depth[number] = 0
        return statements, [self._expression(root) for root in self.roots]

    def _unsigned(self, number: int) -> int:
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
            terms = [t for p in parts for t in sp.Add.make_args(p)]
            return sp.Add._from_args(terms)  # noqa: SLF001 - five times faster than evaluate=False
        if kind == POWER:
            return sp.Pow(parts[0], data, evaluate=False)
        if kind in {PRODUCT, NEGATIVE}:
            return _product(sp.S.One if kind == PRODUCT else sp.S.NegativeOne, parts)
        return op(kind, *parts)


def _product(coefficient: Any, parts: list[Any]) -> Any:
    """Return a product with its number in front."""
    factors = [f for p in parts for f in sp.Mul.make_args(p)]
    for number in (f for f in factors if f.is_Number):
        coefficient *= number
    others = [f for f in factors if not f.is_Number]
    if coefficient != 1 or not others:
        others.insert(0, coefficient)
    return sp.Mul._from_args(others)  # noqa: SLF001 - five times faster than evaluate=False
