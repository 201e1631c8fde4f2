"""Sums over a block whose size is a symbol: over the elements that are named, and one for all the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sympy as sp

from symbias.symmetry.group import Group, Index, Named


def named(group: Group, rows: Iterable[Index] = (), columns: Iterable[Index] = ()) -> Named:
    """Return the elements of blocks that rows and columns speak of.

    Parameters
    ----------
    group : Group
        The group.
    rows, columns : iterable of (int, int)
        Orbits and elements.

    Returns
    -------
    dict
        Block -> set of elements.

    Examples
    --------
    >>> from symbias.symmetry.group import permutations
    >>> named(permutations([5]), rows=[(0, 1)], columns=[(0, 3)])["A"] == {1, 3}
    True
    """
    found: dict[str, frozenset[int]] = {}
    for names, indices in ((group.rows, rows), (group.columns, columns)):
        for orbit, element in indices:
            found[names[orbit]] = found.get(names[orbit], frozenset()) | {element}
    return found


def union(*parts: Named) -> Named:
    """Return the elements that any of several speaks of.

    Parameters
    ----------
    *parts : dict
        Block -> set of elements.

    Returns
    -------
    dict
        Block -> set of elements.

    Examples
    --------
    >>> union({"A": frozenset({1})}, {"A": frozenset({2})})["A"] == {1, 2}
    True
    """
    found: dict[str, frozenset[int]] = {}
    for part in parts:
        for block, elements in part.items():
            found[block] = found.get(block, frozenset()) | elements
    return found


def elements(group: Group, block: str, spoken: Named) -> Iterator[tuple[int, Any]]:
    """Yield the named elements of a block, each once, and one more for all the others, as often as there are others.

    Parameters
    ----------
    group : Group
        The group.
    block : str
        Name of the block.
    spoken : dict
        Block -> elements that are named.

    Yields
    ------
    (int, sympy.Expr)
        An element, and how often it counts: a polynomial in the size.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> from symbias.symmetry.group import permutations
    >>> d = positive("d")
    >>> list(elements(permutations([d]), "A", {"A": frozenset({1, 3})}))
    [(1, 1), (3, 1), (4, d - 2)]
    """
    size = group.table[block].size
    if group.table[block].is_point:
        yield 1, sp.Integer(1)
        return
    here = sorted(spoken.get(block, ()))
    for element in here:
        yield element, sp.Integer(1)
    rest = sp.sympify(size) - len(here)
    if rest != 0:
        yield max(here, default=0) + 1, rest


def sum_rows(
    group: Group, spoken: Named, orbits: Iterable[int] | None = None
) -> Iterator[tuple[Index, Any]]:
    """Yield rows with how often they count.

    Parameters
    ----------
    group : Group
        The group.
    spoken : dict
        Block -> elements that are named.
    orbits : iterable of int, optional
        Row orbits to sum over; all, if left out.

    Yields
    ------
    ((int, int), sympy.Expr)
        A row and its weight.

    Examples
    --------
    >>> from symbias.symmetry.group import permutations
    >>> list(sum_rows(permutations([5, 1]), {"A": frozenset({1})}))
    [((0, 1), 1), ((0, 2), 4), ((1, 1), 1)]
    """
    for orbit in range(len(group.rows)) if orbits is None else orbits:
        for element, weight in elements(group, group.rows[orbit], spoken):
            yield (orbit, element), weight


def sum_columns(
    group: Group, spoken: Named, orbits: Iterable[int] | None = None
) -> Iterator[tuple[Index, Any]]:
    """Yield columns with how often they count.

    Parameters
    ----------
    group : Group
        The group.
    spoken : dict
        Block -> elements that are named.
    orbits : iterable of int, optional
        Column orbits to sum over; all, if left out.

    Yields
    ------
    ((int, int), sympy.Expr)
        A column and its weight.

    Examples
    --------
    >>> from symbias.symmetry.group import permutations
    >>> list(sum_columns(permutations([5, 1]), {}, orbits=[0]))
    [((0, 1), 5)]
    """
    for orbit in range(len(group.columns)) if orbits is None else orbits:
        for element, weight in elements(group, group.columns[orbit], spoken):
            yield (orbit, element), weight
