"""Groups that permute the rows and the columns of a matrix in blocks, some sizes of blocks being symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.sym.sympified import sympified

NAMES = "ABCDEFGHIJKLMNOPQRSTUVW"
"""The names of blocks, in order; X and Y with a number are extra rows and columns."""

MOST = 64
"""So many extra rows and columns there may be: each is a block of its own."""

Index = tuple[int, int]
"""A row or a column: the orbit that it lies in, and which of its elements it is."""

Named = Mapping[str, frozenset[int]]
"""Block -> its elements that something already speaks of."""


@dataclass(frozen=True)
class Block:
    """A set of alike rows or columns (or of both) that the group permutes in all ways.

    Parameters
    ----------
    name : str
        One letter, or X, Y with a number for an extra row or column.
    size : sympy.Expr
        How many; an expression in a symbol where the size is free.

    Examples
    --------
    >>> Block("B", sp.Integer(1)).is_point
    True
    """

    name: str
    size: Any

    @property
    def is_point(self) -> bool:
        """Whether it is a single row or column, which the group leaves where it is."""
        return bool(self.size == 1)


@dataclass(frozen=True)
class Group:
    """Delta(S_p1 x ... x S_pr): each factor permutes a block of rows and the block of columns of its name at once.

    Parameters
    ----------
    blocks : tuple of Block
        The factors.
    rows, columns : tuple of str
        Names of the blocks that the rows and the columns consist of.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> d = positive("d")
    >>> group = permutations([d - 1, 1])
    >>> group
    Delta(S_(d - 1) x S_1) on rows AB and columns AB
    >>> [orbit.name for orbit in group.orbits]
    ['AA', 'AA_off', 'AB', 'BA', 'BB']
    >>> group.dimension
    5
    """

    blocks: tuple[Block, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        known = {block.name for block in self.blocks}
        unknown = {*self.rows, *self.columns} - known
        if unknown or len(known) < len(self.blocks):
            raise InputError(
                f"The group does not act: blocks {sorted(unknown) or sorted(known)} are unknown or occur twice.",
                remedy="Name each block once, and let rows and columns consist of named blocks.",
            )

    @cached_property
    def table(self) -> dict[str, Block]:
        """The blocks by name."""
        return {block.name: block for block in self.blocks}

    def row(self, orbit: int) -> Block:
        """Return the block of a row orbit.

        Parameters
        ----------
        orbit : int
            Its number.

        Returns
        -------
        Block
            What its rows are permuted as.

        Examples
        --------
        >>> permutations([3, 1]).row(1).name
        'B'
        """
        return self.table[self.rows[orbit]]

    def column(self, orbit: int) -> Block:
        """Return the block of a column orbit.

        Parameters
        ----------
        orbit : int
            Its number.

        Returns
        -------
        Block
            What its columns are permuted as.

        Examples
        --------
        >>> permutations([3, 1]).column(0).size
        3
        """
        return self.table[self.columns[orbit]]

    @cached_property
    def orbits(self) -> tuple[Orbit, ...]:
        """The orbits of entries: coordinates of the space of matrices that the group fixes."""
        return tuple(
            orbit
            for r in range(len(self.rows))
            for c in range(len(self.columns))
            for orbit in self._crossing(r, c)
        )

    def _crossing(self, r: int, c: int) -> Iterator[Orbit]:
        name = self._label(self.rows, r) + self._label(self.columns, c)
        row = self.row(r)
        if self.rows[r] != self.columns[c] or row.is_point:
            yield Orbit(name, r, c, None, row.size * self.column(c).size)
        else:
            yield Orbit(name, r, c, True, row.size)
            yield Orbit(f"{name}_off", r, c, False, row.size * (row.size - 1))

    @staticmethod
    def _label(names: tuple[str, ...], k: int) -> str:
        return (
            names[k]
            if names.count(names[k]) == 1
            else f"{names[k]}{names[: k + 1].count(names[k])}"
        )

    @property
    def dimension(self) -> int:
        """The dimension of the space of matrices that the group fixes."""
        return len(self.orbits)

    @property
    def shape(self) -> tuple[Any, Any]:
        """The numbers of rows and columns."""
        sizes = self.table
        return sum(sizes[n].size for n in self.rows), sum(sizes[n].size for n in self.columns)

    def orbit_of(self, row: Index, column: Index) -> int:
        """Return which orbit an entry lies in.

        Parameters
        ----------
        row, column : (int, int)
            Orbit and element.

        Returns
        -------
        int
            The place in `orbits`.

        Examples
        --------
        >>> permutations([3, 1]).orbit_of((0, 1), (0, 2))
        1
        """
        return self._places[row[0], column[0], self.meets(row, column)]

    def meets(self, row: Index, column: Index) -> bool | None:
        """Return whether a row and a column are the same element of one block; None if their blocks differ.

        Parameters
        ----------
        row, column : (int, int)
            Orbit and element.

        Returns
        -------
        bool or None
            The answer.

        Examples
        --------
        >>> permutations([3, 1]).meets((0, 2), (0, 2))
        True
        """
        if self.rows[row[0]] != self.columns[column[0]] or self.row(row[0]).is_point:
            return None
        return row[1] == column[1]

    @cached_property
    def _places(self) -> dict[tuple[int, int, bool | None], int]:
        return {(o.row, o.column, o.diagonal): k for k, o in enumerate(self.orbits)}

    def __repr__(self) -> str:
        factors = [f"S_{_shown(b.size)}" for b in self.blocks if b.name[0] not in "XY"]
        return f"Delta({' x '.join(factors)}) on rows {''.join(self.rows)} and columns {''.join(self.columns)}"


def _shown(size: Any) -> str:
    return str(size) if sp.sympify(size).is_Atom else f"({size})"


@dataclass(frozen=True)
class Orbit:
    """Entries of a matrix that the group carries into each other.

    Parameters
    ----------
    name : str
        The blocks of its row and its column; ``_off`` for what is off the diagonal of a block.
    row, column : int
        The row orbit and the column orbit.
    diagonal : bool or None
        Whether row and column are the same element; None where their blocks differ.
    size : sympy.Expr
        How many entries.

    Examples
    --------
    >>> permutations([4]).orbits[1].size
    12
    """

    name: str
    row: int
    column: int
    diagonal: bool | None
    size: Any


@checked
def permutations(sizes: Sequence[Any], extra_rows: int = 0, extra_columns: int = 0) -> Group:
    """Return the group that permutes blocks of rows together with the blocks of columns of the same sizes.

    Parameters
    ----------
    sizes : sequence of int or sympy.Expr
        Sizes of the blocks; one may hold a symbol.
    extra_rows, extra_columns : int
        Rows and columns beyond the square, each left where it is.

    Returns
    -------
    Group
        Blocks are called A, B, ...; extra rows X1, X2, ... and extra columns Y1, Y2, ...

    Raises
    ------
    InputError
        If a size is no positive integer and no expression, or there are none or too many.

    Examples
    --------
    >>> permutations([4], extra_rows=1).dimension
    3
    """
    found = [_size(size) for size in sizes]
    if not 0 < len(found) <= len(NAMES) or not all(
        0 <= n <= MOST for n in (extra_rows, extra_columns)
    ):
        raise InputError(
            f"{len(found)} blocks with {extra_rows} extra rows and {extra_columns} extra columns were given.",
            remedy=f"Give one to {len(NAMES)} sizes, and numbers of extra rows and columns from 0 to {MOST}.",
        )
    square = [Block(NAMES[k], size) for k, size in enumerate(found)]
    rows = [Block(f"X{k + 1}", sp.Integer(1)) for k in range(extra_rows)]
    columns = [Block(f"Y{k + 1}", sp.Integer(1)) for k in range(extra_columns)]
    names = [block.name for block in square]
    return Group(
        (*square, *rows, *columns),
        tuple(names + [block.name for block in rows]),
        tuple(names + [block.name for block in columns]),
    )


def _size(size: Any) -> Any:
    try:
        found = sympified(size)
    except (sp.SympifyError, TypeError, ValueError):
        found = None
    if isinstance(found, sp.Expr) and (
        (found.is_Integer and found >= 1) or (found.free_symbols and found.is_positive is not False)
    ):
        return found
    raise InputError(
        f"The group does not act: {size!r} is no size of a block.",
        remedy="Give positive integers, or expressions in a symbol such as d - 1.",
    )
