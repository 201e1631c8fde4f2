"""Common factors of all terms of a sum are taken out: fewer multiplications, no new cancellation."""

from __future__ import annotations

import sympy as sp

from symbias.codegen.graph import PRODUCT, SUM, Graph

_ONE = sp.Integer(1)


def _bases(graph: Graph, term: int) -> set[int]:
    """Return the bases of a term that are not numbers."""
    node = graph.nodes[term]
    bases = node.args if node.kind == PRODUCT else (term,)
    return {b for b in bases if not graph.constant[b]}


def _shared(exponents: list[int]) -> int:
    """Return the power that all terms have in common: 0 if the signs differ."""
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
        bases = set.intersection(*(_bases(graph, term) for term in node.args))
        if not bases:
            return number
        tables = [graph.powers(term) for term in node.args]
        common = {b: _shared([powers[b] for _, powers in tables]) for b in sorted(bases)}
        common = {b: power for b, power in common.items() if power}
        if not common:
            return number
        rest = [
            graph.product(c, {b: e - common.get(b, 0) for b, e in powers.items()})
            for c, powers in tables
        ]
        return graph.product(_ONE, {**common, graph.total(rest): 1})

    return graph.rewrite(roots, factor)
