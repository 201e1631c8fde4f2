"""Expressions of the inert language as a table of numbered nodes, each of which is there once.

SymPy builds, sorts and compares trees; the passes that follow translation work on integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import sympy as sp

_ONE = sp.Integer(1)

LEAF, SUM, PRODUCT = "leaf", "+", "*"


class Node(NamedTuple):
    """A node: an atom, a sum, a product of integer powers, or an application of an operation.

    Parameters
    ----------
    kind : str
        `LEAF`, `SUM`, `PRODUCT` or the name of an operation.
    args : tuple of int
        The terms, the bases or the arguments.
    data : Any
        The atom; the coefficient and the exponents of a product; None.
    """

    kind: str
    args: tuple[int, ...]
    data: Any = None


class Graph:
    """A table of nodes; making a node that is there already returns its number.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> graph = Graph()
    >>> first, second = graph.read([x * y + 1, (x * y) ** 2])
    >>> graph.nodes[first].kind, graph.nodes[second].data
    ('+', (1, (2, 2)))
    >>> one, two = graph.leaf(sp.Integer(1)), graph.leaf(sp.Integer(2))
    >>> graph.total([graph.product(sp.Integer(1), {first: 1}), one, one]) == graph.read([x * y + 3])[0]
    True
    >>> graph.powers(graph.apply("sin", (two,)))[0], graph.below([second])[-1] == second
    (1, True)
    >>> graph.rewrite([second], lambda rebuilt, original: rebuilt) == [second]
    True
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constant: list[bool] = []
        self._numbers: dict[Node, int] = {}

    def _intern(self, node: Node, *, constant: bool) -> int:
        number = self._numbers.setdefault(node, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
            self.constant.append(constant)
        return number

    def leaf(self, atom: Any) -> int:
        """Return the node of a symbol or number."""
        return self._intern(Node(LEAF, (), atom), constant=not atom.is_Symbol)

    def apply(self, name: str, args: tuple[int, ...]) -> int:
        """Return the application of an operation."""
        return self._intern(Node(name, args), constant=all(self.constant[a] for a in args))

    def total(self, terms: Iterable[int]) -> int:
        """Return a sum; sums among its terms are dissolved, and like terms are added up."""
        flat: list[int] = []
        dissolved = False
        for term in terms:
            node = self.nodes[term]
            dissolved |= node.kind == SUM
            flat += node.args if node.kind == SUM else [term]
        if dissolved or len(set(flat)) < len(flat):
            flat = self._collected(flat)
        if len(flat) == 1:
            return flat[0]
        args = tuple(sorted(flat))
        return self._intern(Node(SUM, args), constant=all(self.constant[a] for a in args))

    def _collected(self, terms: list[int]) -> list[int]:
        """Return terms in which no two differ by their coefficients alone."""
        found: dict[int, Any] = {}
        for term in terms:
            atom = self.nodes[term].data
            if self.nodes[term].kind == LEAF and atom.is_Number:
                unit, coefficient = self.leaf(_ONE), atom
            else:
                coefficient, powers = self.powers(term)
                unit = self.product(_ONE, powers)
            found[unit] = found.get(unit, 0) + coefficient
        kept = [self.product(c, {unit: 1}) for unit, c in found.items() if c != 0]
        return kept or [self.leaf(sp.Integer(0))]

    def product(self, coefficient: Any, powers: Mapping[int, int]) -> int:
        """Return a product; products among its bases are dissolved."""
        found: dict[int, int] = {}
        for base, exponent in powers.items():
            kind, args, data = self.nodes[base]
            if kind == PRODUCT:
                if data[0] is not _ONE:  # arithmetic of SymPy's numbers takes long
                    coefficient = coefficient * data[0] ** exponent
                for b, e in zip(args, data[1], strict=True):
                    found[b] = found.get(b, 0) + e * exponent
            elif kind == LEAF and data.is_Number:
                coefficient = coefficient * data**exponent
            else:
                found[base] = found.get(base, 0) + exponent
        items = sorted((b, e) for b, e in found.items() if e)
        if not items:
            return self.leaf(coefficient)
        if len(items) == 1 and items[0][1] == 1 and coefficient == 1:
            return items[0][0]
        args, exponents = zip(*items, strict=True)
        constant = all(self.constant[a] for a in args)
        return self._intern(Node(PRODUCT, args, (coefficient, exponents)), constant=constant)

    def powers(self, number: int) -> tuple[Any, dict[int, int]]:
        """Return a node as coefficient and base -> exponent."""
        node = self.nodes[number]
        if node.kind == PRODUCT:
            return node.data[0], dict(zip(node.args, node.data[1], strict=True))
        return _ONE, {number: 1}

    def read(self, roots: Iterable[Any]) -> list[int]:
        """Return the nodes of SymPy expressions.

        Parameters
        ----------
        roots : iterable of sympy.Basic
            In the inert language.

        Returns
        -------
        list of int
            One per root.
        """
        roots = list(roots)
        done: dict[int, int] = {}  # by identity: equal objects meet in the table
        stack = [(root, False) for root in reversed(roots)]
        while stack:
            expr, ready = stack.pop()
            if id(expr) in done:
                continue
            if ready or not expr.args:
                done[id(expr)] = self._read(expr, [done[id(a)] for a in expr.args])
            else:
                stack.append((expr, True))
                stack.extend((a, False) for a in reversed(expr.args) if id(a) not in done)
        return [done[id(root)] for root in roots]

    def _read(self, expr: Any, parts: list[int]) -> int:
        if not parts:
            return self.leaf(expr)
        if expr.is_Add:
            return self.total(parts)
        if expr.is_Mul:
            number = expr.args[0]
            if number.is_Number:
                return self.product(number, dict.fromkeys(parts[1:], 1))
            return self.product(_ONE, dict.fromkeys(parts, 1))
        if expr.is_Pow:
            return self._power(parts[0], expr.exp)
        return self.apply(type(expr).__name__, tuple(parts))

    def _power(self, base: int, exponent: Any) -> int:
        """Return an integer power, or a half-integer one by a square root or its reciprocal."""
        if exponent.is_Integer:
            return self.product(_ONE, {base: int(exponent)})
        if exponent.p < 0:
            return self.product(_ONE, {self.apply("rsqrt", (base,)): -int(exponent.p)})
        root = self.apply("sqrt", (base,))
        return self.product(_ONE, {base: (int(exponent.p) - 1) // 2, root: 1})

    def rewrite(self, roots: list[int], change: Callable[[int, int], int]) -> list[int]:
        """Return roots with every node below them rebuilt from its changed arguments.

        Parameters
        ----------
        roots : list of int
            Nodes.
        change : callable
            ``change(rebuilt, original)`` returns what stands for a node.

        Returns
        -------
        list of int
            One per root.
        """
        done: dict[int, int] = {}
        for number in self.below(roots):
            node = self.nodes[number]
            args = [done[a] for a in node.args]
            same = number if tuple(args) == node.args else self._rebuilt(node, args)
            done[number] = change(same, number)
        return [done[root] for root in roots]

    def _rebuilt(self, node: Node, args: list[int]) -> int:
        if node.kind == SUM:
            return self.total(args)
        if node.kind == PRODUCT:
            powers: dict[int, int] = {}
            for base, exponent in zip(args, node.data[1], strict=True):
                powers[base] = powers.get(base, 0) + exponent
            return self.product(node.data[0], powers)
        return self.apply(node.kind, tuple(args))

    def below(self, roots: Iterable[int]) -> list[int]:
        """Return all nodes that roots are made of, each after its arguments.

        Parameters
        ----------
        roots : iterable of int
            Nodes.

        Returns
        -------
        list of int
            The roots among them.
        """
        order: list[int] = []
        seen: set[int] = set()
        stack = [(root, False) for root in reversed(list(roots))]
        while stack:
            number, ready = stack.pop()
            if ready:
                order.append(number)
            elif number not in seen:
                seen.add(number)
                stack.append((number, True))
                stack.extend((a, False) for a in reversed(self.nodes[number].args) if a not in seen)
        return order
