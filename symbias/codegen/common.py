"""Common parts of sums and products: pairs of operands that occur together are computed once.

Equal subexpressions are one node to begin with. Beyond them, ``a*b*c`` and ``a*b*d`` share ``a*b``:
the pair of operands that occurs in most sums (or products) becomes a node of its own, and so on
until no pair occurs twice.
"""

from __future__ import annotations

import heapq
from itertools import combinations
from typing import Any, NamedTuple

import sympy as sp

from symbias.codegen.graph import LEAF, PRODUCT, SUM, Graph

MANY = 64
"""Operands of a sum or product beyond which its pairs are not looked at: their number is quadratic."""

NEGATIVE, POWER = "-", "^"


class Step(NamedTuple):
    """A node whose operands are nodes, numbers among them; the exponent of a power is data."""

    kind: str
    args: tuple[int, ...]
    data: Any = None


class Steps:
    """What is computed, in single steps: the graph with coefficients and exponents as operands.

    Parameters
    ----------
    graph : Graph
        Where the nodes are.
    roots : list of int
        Nodes.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> a, b, c, d = real("a b c d")
    >>> graph = Graph()
    >>> steps = Steps(graph, graph.read([a * b * c, a * b * d]))
    >>> steps.share()
    >>> shared = steps.steps[steps.roots[0]].args[-1]
    >>> shared in steps.steps[steps.roots[1]].args, steps.steps[shared].kind
    (True, '*')
    >>> steps.steps[steps.pair("+", (0, 1))].args
    (0, 1)
    """

    def __init__(self, graph: Graph, roots: list[int]) -> None:
        self.steps: list[Step] = []
        self._numbers: dict[Step, int] = {}
        done: dict[int, int] = {}
        for number in graph.below(roots):
            node = graph.nodes[number]
            args = tuple(done[a] for a in node.args)
            if node.kind == PRODUCT:
                done[number] = self._product(args, *node.data)
            elif node.kind == SUM:
                done[number] = self._step(SUM, tuple(sorted(args)))
            else:
                done[number] = self._step(node.kind, args, node.data)
        self.roots = [done[root] for root in roots]

    def _step(self, kind: str, args: tuple[int, ...], data: Any = None) -> int:
        number = self._numbers.setdefault(Step(kind, args, data), len(self.steps))
        if number == len(self.steps):
            self.steps.append(Step(kind, args, data))
        return number

    def _product(self, args: tuple[int, ...], coefficient: Any, exponents: tuple[int, ...]) -> int:
        plain = coefficient is sp.S.One  # as most are; the arithmetic of SymPy's numbers takes long
        factors = [
            a if e == 1 else self._step(POWER, (a,), e)
            for a, e in zip(args, exponents, strict=True)
        ]
        if not plain and (size := abs(coefficient)) != 1:
            factors.append(self._step(LEAF, (), size))
        unsigned = factors[0]
        if len(factors) > 1:
            unsigned = self._step(PRODUCT, tuple(sorted(factors)))
        negative = not plain and coefficient.is_negative
        return self._step(NEGATIVE, (unsigned,)) if negative else unsigned

    def share(self) -> None:
        """Make nodes of the pairs that occur more than once."""
        for kind in (PRODUCT, SUM):
            operands = {
                k: dict.fromkeys(step.args)
                for k, step in enumerate(self.steps)
                if step.kind == kind and len(step.args) <= MANY
            }
            for number, args in _Pairs(self, kind, operands).shared().items():
                self.steps[number] = self.steps[number]._replace(args=tuple(args))

    def pair(self, kind: str, args: tuple[int, int]) -> int:
        """Return a new step of two operands."""
        self.steps.append(Step(kind, args))
        return len(self.steps) - 1


class _Pairs:
    """Which pairs of operands occur in which sums, or in which products."""

    def __init__(self, steps: Steps, kind: str, operands: dict[int, dict[int, None]]) -> None:
        self.steps, self.kind, self.operands = steps, kind, operands
        self.homes: dict[tuple[int, int], dict[int, None]] = {}
        for number, args in operands.items():
            for pair in combinations(sorted(args), 2):
                self.homes.setdefault(pair, {})[number] = None
        self.heap = [(-len(found), pair) for pair, found in self.homes.items() if len(found) > 1]
        heapq.heapify(self.heap)

    def shared(self) -> dict[int, dict[int, None]]:
        """Return the operands of every sum when no pair occurs twice any more."""
        while self.heap:
            count, pair = heapq.heappop(self.heap)
            homes = self.homes.get(pair, {})
            if len(homes) == -count:
                self._extract(pair, list(homes))
            elif len(homes) > 1:
                heapq.heappush(self.heap, (-len(homes), pair))
        return self.operands

    def _extract(self, pair: tuple[int, int], homes: list[int]) -> None:
        """Replace a pair by one node wherever it occurs."""
        own = next((n for n in homes if len(self.operands[n]) == 2), None)
        if own is None:
            own = self.steps.pair(self.kind, pair)
            self.operands[own] = dict.fromkeys(pair)
        grown: dict[tuple[int, int], None] = {}
        for number in homes:
            if number != own:
                self._replace(number, pair, own, grown)
        self.homes.pop(pair, None)
        for found in grown:
            if len(self.homes[found]) > 1:
                heapq.heappush(self.heap, (-len(self.homes[found]), found))

    def _replace(self, number: int, pair: tuple[int, int], by: int, grown: dict[Any, None]) -> None:
        args = self.operands[number]
        for gone in pair:
            del args[gone]
        for other in args:
            for gone in pair:
                self.homes[_sorted(gone, other)].pop(number, None)
            if other != by:
                found = _sorted(by, other)
                self.homes.setdefault(found, {})[number] = None
                grown[found] = None
        args[by] = None


def _sorted(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
