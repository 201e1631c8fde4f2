"""How the space of matrices splits into irreducible components of a group, with a vector of each copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.symmetry.group import Group, Index, Named

Value = Callable[[int, int], int]
"""Entry of a vector at (element of the row, element of the column)."""


@dataclass(frozen=True, eq=False)
class Vector:
    """A vector that lies in one isotypic component and in one crossing of a row orbit and a column orbit.

    Parameters
    ----------
    row : int
        Its row orbit.
    column : int or None
        Its column orbit; None for the second layer, which has one entry per row.
    value : callable
        Entry at an element of the row and one of the column.
    spoken : dict
        Block -> elements by whose equality the entries are distinguished.
    read : ((int, int), (int, int) or None)
        An entry where it is 1 and the vectors of all other copies vanish.

    Examples
    --------
    >>> from symbias.symmetry.group import permutations
    >>> t = components(permutations([5]))[0]
    >>> t.vectors[0].value(1, 1), t.vectors[0].value(1, 2)
    (1, 0)
    """

    row: int
    column: int | None
    value: Value
    spoken: Named
    read: tuple[Index, Index | None]


@dataclass(frozen=True, eq=False)
class Component:
    """All copies of one irreducible representation.

    Parameters
    ----------
    kind : str
        ``t`` trivial (n), ``s`` standard (n-1, 1), ``x`` (n-2, 1, 1), ``y`` (n-2, 2), or ``ss`` for products of two
        standard ones.
    blocks : tuple of str
        The blocks whose permutations act on it.
    dimension : sympy.Expr
        Of one copy: a polynomial in the sizes of the blocks.
    vectors : tuple of Vector
        One per copy.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> from symbias.symmetry.group import permutations
    >>> [(c.kind, c.multiplicity, c.dimension) for c in components(permutations([positive("d")]))]
    [('t', 2, 1), ('s', 3, d - 1), ('x', 1, (d - 2)*(d - 1)/2), ('y', 1, d*(d - 3)/2)]
    """

    kind: str
    blocks: tuple[str, ...]
    dimension: Any
    vectors: tuple[Vector, ...]

    @property
    def multiplicity(self) -> int:
        """How many copies there are: the size of the block of an equivariant matrix."""
        return len(self.vectors)


@checked
def components(group: Group, *, second_layer: bool = False) -> tuple[Component, ...]:
    """Return the isotypic decomposition of the matrices that a group acts on.

    Parameters
    ----------
    group : Group
        The group; sizes that are numbers may be as small as 2.
    second_layer : bool
        Whether one more number per row belongs to the space.

    Returns
    -------
    tuple of Component
        The dimensions times multiplicities add up to the number of entries. Of blocks of 2 or 3, what vanishes is left
        out: there ``x`` needs three elements, ``y`` four, and for two elements one of the three copies of ``s``
        inside the block is the negative of another.

    Examples
    --------
    >>> from symbias.symmetry.group import permutations
    >>> [(c.kind, c.multiplicity, c.dimension) for c in components(permutations([2, 1]))]
    [('t', 5, 1), ('s', 4, 1)]
    """
    found = [Component("t", (), sp.Integer(1), tuple(_trivial(group, second_layer)))]
    moving = [block for block in group.blocks if not block.is_point]
    for block in moving:
        n = block.size
        found.append(
            Component("s", (block.name,), n - 1, tuple(_standard(group, block.name, second_layer)))
        )
    for block in moving:
        n, squares = block.size, list(_squares(group, block.name))
        if not _below(n, 3):
            found.append(
                Component("x", (block.name,), (n - 1) * (n - 2) / 2, tuple(map(_exterior, squares)))
            )
        if not _below(n, 4):
            found.append(
                Component("y", (block.name,), n * (n - 3) / 2, tuple(map(_symmetric, squares)))
            )
    for k, first in enumerate(moving):
        for second in moving[k + 1 :]:
            vectors = tuple(_products(group, first.name, second.name))
            dimension = (first.size - 1) * (second.size - 1)
            found.append(Component("ss", (first.name, second.name), dimension, vectors))
    return tuple(c for c in found if c.vectors)


def _below(size: Any, bound: int) -> bool:
    return bool(size.is_Integer and size < bound)


def _elements(**spoken: int) -> Named:
    return {name: frozenset(range(1, count + 1)) for name, count in spoken.items()}


def _trivial(group: Group, second_layer: bool) -> Iterator[Vector]:
    for orbit in group.orbits:
        equal = orbit.diagonal

        def value(i: int, a: int, equal: bool | None = equal) -> int:
            return int(equal is None or (i == a) == equal)

        read = ((orbit.row, 1), (orbit.column, 2 if equal is False else 1))
        yield Vector(orbit.row, orbit.column, value, {}, read)
    if second_layer:
        for row in range(len(group.rows)):
            yield Vector(row, None, lambda _i, _a: 1, {}, ((row, 1), None))


def _standard(group: Group, block: str, second_layer: bool) -> Iterator[Vector]:
    """Yield v(1) - v(2) for v(u) an entry, a row or a column at the element u of the block."""
    spoken, other = _elements(**{block: 2}), 3
    two = group.table[block].size == 2
    for r, row in enumerate(group.rows):
        for c, column in enumerate(group.columns):
            if row == column == block:
                yield _difference(r, c, lambda i, a, u: i == a == u, spoken, (1, 1))
                yield _difference(
                    r, c, lambda i, a, u: i == u != a, spoken, (1, 2 if two else other)
                )
                if not two:
                    yield _difference(r, c, lambda i, a, u: a == u != i, spoken, (other, 1))
            elif row == block:
                yield _difference(r, c, lambda i, _a, u: i == u, spoken, (1, 1))
            elif column == block:
                yield _difference(r, c, lambda _i, a, u: a == u, spoken, (1, 1))
    if second_layer:
        for r, row in enumerate(group.rows):
            if row == block:
                yield _difference(r, None, lambda i, _a, u: i == u, spoken, (1, 1))


def _difference(
    row: int,
    column: int | None,
    at: Callable[[int, int, int], bool],
    spoken: Named,
    read: tuple[int, int],
) -> Vector:
    place = (row, read[0]), None if column is None else (column, read[1])
    return Vector(row, column, lambda i, a: int(at(i, a, 1)) - int(at(i, a, 2)), spoken, place)


def _squares(group: Group, block: str) -> Iterator[tuple[int, int, str]]:
    for r, row in enumerate(group.rows):
        for c, column in enumerate(group.columns):
            if row == column == block:
                yield r, c, block


_CYCLE = {(1, 2): 1, (2, 3): 1, (3, 1): 1, (2, 1): -1, (3, 2): -1, (1, 3): -1}
_PAIRS = {(1, 3): 1, (2, 4): 1, (1, 4): -1, (2, 3): -1}


def _exterior(place: tuple[int, int, str]) -> Vector:
    r, c, block = place
    return Vector(
        r, c, lambda i, a: _CYCLE.get((i, a), 0), _elements(**{block: 3}), ((r, 1), (c, 2))
    )


def _symmetric(place: tuple[int, int, str]) -> Vector:
    def value(i: int, a: int) -> int:
        return _PAIRS.get((min(i, a), max(i, a)), 0)

    r, c, block = place
    return Vector(r, c, value, _elements(**{block: 4}), ((r, 1), (c, 3)))


def _products(group: Group, first: str, second: str) -> Iterator[Vector]:
    """Yield (e_1 - e_2)(e_1 - e_2)' where rows are of one block and columns of the other."""

    def value(i: int, a: int) -> int:
        return (int(i == 1) - int(i == 2)) * (int(a == 1) - int(a == 2))

    spoken = _elements(**{first: 2, second: 2})
    for r, row in enumerate(group.rows):
        for c, column in enumerate(group.columns):
            if {row, column} == {first, second}:
                yield Vector(r, c, value, spoken, ((r, 1), (c, 1)))
