"""Powers: integer ones stay, half-integer ones share one root, the others go to the C library."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.codegen.graph import PRODUCT, Graph
from symbias.codegen.operations import op


def power(base: Any, exponent: Any) -> Any:
    """Return a power in the inert language.

    Parameters
    ----------
    base, exponent : sympy.Expr
        In the inert language. A negative base with a fractional exponent is NaN (SymPy's value is
        complex); real cube roots of negative numbers are ``sympy.real_root``.

    Returns
    -------
    sympy.Expr
        In the inert language.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> power(x, sp.Rational(7, 2)), power(x, sp.Rational(-3, 2)), power(x, sp.Rational(1, 3))
    (x**3*sqrt(x), rsqrt(x)**3, power_of(x, 1/3))
    """
    if exponent.is_Float and (2 * exponent).is_integer:
        exponent = sp.Rational(exponent)
    if exponent.is_Integer:
        return base**exponent
    if exponent.is_Rational and exponent.q == 2:
        if exponent.p < 0:
            return op("rsqrt", base) ** -exponent.p
        return base ** ((exponent.p - 1) // 2) * op("sqrt", base)
    return op("power_of" if exponent.is_Rational else "pow", base, exponent)


def share_reciprocals(graph: Graph, roots: list[int]) -> list[int]:
    """Write ``1/b``, ``1/b**2``, ... as powers of one reciprocal where several of them occur.

    Parameters
    ----------
    graph : Graph
        Where the nodes are; new ones are added.
    roots : list of int
        Nodes.

    Returns
    -------
    list of int
        Nodes with the same values and fewer divisions.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> graph = Graph()
    >>> (root,) = share_reciprocals(graph, graph.read([1 / x + x**-2]))
    >>> sorted(graph.nodes[k].kind for k in graph.nodes[root].args)
    ['*', 'recip']
    """
    exponents: dict[int, set[int]] = {}
    for number in graph.below(roots):
        node = graph.nodes[number]
        if node.kind == PRODUCT:
            for base, exponent in zip(node.args, node.data[1], strict=True):
                if exponent < 0:
                    exponents.setdefault(base, set()).add(exponent)
    several = {base for base, found in exponents.items() if len(found) > 1}

    def share(number: int, original: int) -> int:
        if original in several:
            several.add(number)
        if graph.nodes[number].kind != PRODUCT or several.isdisjoint(graph.nodes[number].args):
            return number
        coefficient, powers = graph.powers(number)
        shared = {b: e for b, e in powers.items() if e < 0 and b in several}
        rest = {b: e for b, e in powers.items() if b not in shared}
        inverse = {graph.apply("recip", (b,)): -e for b, e in shared.items()}
        return graph.product(coefficient, rest | inverse)

    return graph.rewrite(roots, share) if several else roots
