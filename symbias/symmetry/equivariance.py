"""A check that matrices and functions of matrices respect a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.symmetry.group import Group

Exchange = tuple[str, list[int], list[int]]
"""What is exchanged, in words, and the order of rows and of columns after it."""


@checked
def assert_equivariant(subject: Any, group: Group, at: Any = None, tolerance: float = 1e-9) -> None:
    """Check that a matrix is fixed by a group, or that a matrix of second derivatives or a function is equivariant.

    Parameters
    ----------
    subject : matrix or callable
        A matrix of the shape that the group acts on; a square one on all its entries, row by row; or a function of
        such a matrix whose values are numbers, matrices of that shape, or square ones.
    group : Group
        Its sizes are numbers.
    at : matrix, optional
        Where a function is looked at: at this matrix and at what exchanging neighbours makes of it; best a random one.
    tolerance : float
        Largest difference of two entries, relative to the largest entry.

    Raises
    ------
    InputError
        If it is not, with the exchange and the entry that show it; or if the shapes do not fit the group.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.symmetry.group import permutations
    >>> group = permutations([2, 1])
    >>> assert_equivariant(sp.eye(3), group)
    >>> assert_equivariant(lambda W: W.T * W, group, at=sp.Matrix(3, 3, range(9)))
    >>> assert_equivariant(sp.diag(1, 2, 3), group)
    Traceback (most recent call last):
        ...
    symbias.errors.InputError: The matrix is not fixed by Delta(S_2 x S_1) ...
    """
    shape = _shape(group)
    for words, rows, columns in _exchanges(group):
        if callable(subject):
            _compare_function(subject, group, at, (words, rows, columns), tolerance)
            continue
        table = _table(subject)
        if _sizes(table) not in {shape, (shape[0] * shape[1],) * 2}:
            raise InputError(
                f"A matrix of shape {_sizes(table)} was given to a group that acts on {shape}.",
                remedy="Give a matrix of that shape, or a square one on all of its entries.",
            )
        _compare(
            table,
            _moved(table, rows, columns, shape),
            tolerance,
            f"The matrix is not fixed by {group}",
            words,
        )


def _shape(group: Group) -> tuple[int, int]:
    rows, columns = (sp.sympify(n) for n in group.shape)
    if not (rows.is_Integer and columns.is_Integer):
        raise InputError(
            f"The sizes of {group} are not numbers.",
            remedy="Give a group with numeric sizes.",
        )
    return int(rows), int(columns)


def _exchanges(group: Group) -> Iterator[Exchange]:
    """Yield the exchanges of neighbours in each block; they generate the group."""
    starts = [_starts(group, names) for names in (group.rows, group.columns)]
    count = _shape(group)
    for block in group.blocks:
        for k, other in pairwise(range(int(block.size))):
            orders = []
            for names, begin, total in zip((group.rows, group.columns), starts, count, strict=True):
                order = list(range(total))
                for name, first in zip(names, begin, strict=True):
                    if name == block.name:
                        order[first + k], order[first + other] = first + other, first + k
                orders.append(order)
            words = f"exchanging elements {k + 1} and {other + 1} of block {block.name}"
            yield words, orders[0], orders[1]


def _starts(group: Group, names: tuple[str, ...]) -> list[int]:
    found, total = [], 0
    for name in names:
        found.append(total)
        total += int(group.table[name].size)
    return found


def _compare_function(
    function: Callable[[Any], Any], group: Group, at: Any, exchange: Exchange, tolerance: float
) -> None:
    words, rows, columns = exchange
    shape = _shape(group)
    if not hasattr(at, "tolist") or _sizes(_table(at)) != shape:
        raise InputError(
            f"A function needs a matrix of shape {shape} to be looked at.",
            remedy="Give at=..., an array or a SymPy matrix, for example a random one.",
        )
    moved = at.extract(rows, columns) if hasattr(at, "extract") else at[rows][:, columns]
    before, after = _table(_called(function, at)), _table(_called(function, moved))
    _compare(
        after,
        _moved(before, rows, columns, shape),
        tolerance,
        f"The function is not equivariant under {group}",
        words,
    )


def _called(function: Callable[[Any], Any], matrix: Any) -> Any:
    try:
        return function(matrix)
    except Exception as error:
        raise InputError(
            f"The function fails at the matrix: {type(error).__name__}: {error}.",
            remedy="Give a function of one matrix of the shape that the group acts on.",
        ) from error


def _table(value: Any) -> list[list[Any]]:
    """Return a number or a matrix as nested lists."""
    listed = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(listed, list):
        return [[listed]]
    if not all(isinstance(row, list) and len(row) == len(listed[0]) for row in listed):
        raise InputError(
            "Neither a number nor a matrix was given.",
            remedy="Give a number, a SymPy matrix, or an array with two axes.",
        )
    return listed


def _sizes(table: list[list[Any]]) -> tuple[int, int]:
    return len(table), len(table[0]) if table else 0


def _moved(
    table: list[list[Any]], rows: list[int], columns: list[int], shape: tuple[int, int]
) -> list[list[Any]]:
    """Return what an exchange makes of a number, a matrix, a square matrix on entries, or one on rows or columns."""
    sizes = _sizes(table)
    if sizes == (1, 1) and shape != (1, 1):
        return table
    entries = [r * shape[1] + c for r in rows for c in columns]
    orders = {shape[0]: rows, shape[1]: columns, shape[0] * shape[1]: entries}
    if sizes == shape:
        first, second = rows, columns
    elif all(size in orders for size in sizes):
        first, second = orders[sizes[0]], orders[sizes[1]]
    else:
        raise InputError(
            f"A function value of shape {sizes} is nothing that a group on {shape} acts on.",
            remedy="Return a number, a matrix of that shape, or a square one on all of its entries.",
        )
    return [[table[i][j] for j in second] for i in first]


def _compare(
    found: list[list[Any]], expected: list[list[Any]], tolerance: float, what: str, words: str
) -> None:
    scale = max((abs(_number(x)) for row in found for x in row), default=1.0)
    for i, (row, other) in enumerate(zip(found, expected, strict=True)):
        for j, (x, y) in enumerate(zip(row, other, strict=True)):
            gap = x - y
            if gap != 0 and not abs(_number(gap)) <= tolerance * max(scale, 1e-300):
                raise InputError(
                    f"{what}: {words} changes entry ({i + 1}, {j + 1}) by {_number(gap):.3g}.",
                    remedy="Order rows and columns by blocks, or choose a smaller group.",
                )


def _number(value: Any) -> float:
    try:
        return float("no number" if isinstance(value, str | bytes) else value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"The entry {value} is no real number.",
            remedy="Substitute numbers for the symbols.",
        ) from None
