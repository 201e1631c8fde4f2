"""The blocks of an equivariant matrix, read off what it does to one vector of each copy; sizes remain symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symbias.symmetry.components import Component, Vector
from symbias.symmetry.group import Group, Index
from symbias.symmetry.patterns import named, sum_columns, sum_rows, union

Entry = Callable[[tuple[Index, Index | None], tuple[Index, Index | None]], Any]
"""Entry of an equivariant matrix at two places, each a row and a column (None: the second layer)."""


def block(group: Group, component: Component, entry: Entry) -> Any:
    """Return the block of an equivariant matrix on one component.

    Parameters
    ----------
    group : Group
        The group.
    component : Component
        One of its components.
    entry : callable
        ``entry((row, column), (row, column))``, where a row or column is (orbit, element): it may depend on which
        elements are equal, on nothing else of them.

    Returns
    -------
    sympy.Matrix
        Its eigenvalues, each as often as the dimension of the component, are those of the matrix there. It is not
        symmetric where vectors of different copies are not orthonormal.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> from symbias.symmetry.components import components
    >>> from symbias.symmetry.group import permutations
    >>> group = permutations([positive("d")])
    >>> ones = lambda here, there: 1
    >>> block(group, components(group)[0], ones).expand().tolist()
    [[d, d**2 - d], [d, d**2 - d]]
    """
    return sp.Matrix(
        [[_applied(group, v, u, entry) for v in component.vectors] for u in component.vectors]
    )


def _applied(group: Group, vector: Vector, reader: Vector, entry: Entry) -> Any:
    """Return the entry of the image of a vector where another one is read."""
    row, column = reader.read
    spoken = union(vector.spoken, named(group, [row], [] if column is None else [column]))
    terms = []
    for j, times in sum_rows(group, spoken, [vector.row]):
        places: list[tuple[Index | None, Any]] = [(None, 1)]
        if vector.column is not None:
            inner = union(spoken, named(group, [j]))
            places = list(sum_columns(group, inner, [vector.column]))
        for b, more in places:
            value = vector.value(j[1], 0 if b is None else b[1])
            if value:
                terms.append(times * more * value * entry(reader.read, (j, b)))
    return sp.Add(*terms)


def gram(group: Group, component: Component) -> Any:
    """Return the inner products of the vectors of a component: with it, a block of a symmetric matrix is symmetric.

    Parameters
    ----------
    group : Group
        The group.
    component : Component
        One of its components.

    Returns
    -------
    sympy.Matrix
        Polynomials in the sizes; positive definite where the copies are independent.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> from symbias.symmetry.components import components
    >>> from symbias.symmetry.group import permutations
    >>> group = permutations([positive("d")])
    >>> gram(group, components(group)[1]).tolist()
    [[2, 0, 0], [0, 2*d - 2, -2], [0, -2, 2*d - 2]]
    """
    return sp.Matrix(
        [[_product(group, u, v) for v in component.vectors] for u in component.vectors]
    )


def _product(group: Group, first: Vector, second: Vector) -> Any:
    if (first.row, first.column) != (second.row, second.column):
        return sp.Integer(0)
    spoken, terms = union(first.spoken, second.spoken), []
    for j, times in sum_rows(group, spoken, [first.row]):
        places: list[tuple[Index | None, Any]] = [(None, 1)]
        if first.column is not None:
            places = list(sum_columns(group, union(spoken, named(group, [j])), [first.column]))
        for b, more in places:
            place = j[1], 0 if b is None else b[1]
            terms.append(times * more * first.value(*place) * second.value(*place))
    return sp.expand(sp.Add(*terms))
