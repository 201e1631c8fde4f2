"""Common factors of all terms of a sum are taken out: fewer multiplications, no new cancellation."""

from __future__ import annotations

import sympy as sp

from symbias.codegen.graph import SUM, Graph

_ONE = sp.Integer(1)


def _shared(exponents: list[int]) -> int:
    """Return the power that all terms have in common: 0 if one lacks it or the signs differ."""
    if all(e > 0 for e in exponents):
        return min(exponents)
    return max(exponents) if all(e < 0 for e in exponents) else 0


def factor_sums(graph: Graph, roots: list[int]) -> list[int]:
    """Take common factors out of every sum.

    Parameters
    ----------
    graph : Graph
        Where the nodes are; new ones are added.
    roots : list of int
        Nodes.

    Returns
    -------
    list of int
        Nodes with the same values.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> graph = Graph()
    >>> (root,) = factor_sums(graph, graph.read([x**2 * y + 2 * x]))
    >>> [graph.nodes[k].kind for k in graph.nodes[root].args]
    ['leaf', '+']
    """

    def factor(number: int, _original: int) -> int:
        node = graph.nodes[number]
        if node.kind != SUM:
            return number
        tables = [graph.powers(term) for term in node.args]
        common = {}
        for base in tables[0][1]:
            if not graph.constant[base]:
                power = _shared([powers.get(base, 0) for _, powers in tables])
                if power:
                    common[base] = power
        if not common:
            return number
        rest = [
            graph.product(c, {b: e - common.get(b, 0) for b, e in powers.items()})
            for c, powers in tables
        ]
        return graph.product(_ONE, {**common, graph.total(rest): 1})

    return graph.rewrite(roots, factor)
