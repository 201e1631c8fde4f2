"""What the named families tend to as d grows: the one thing that tells them apart, and where they are found from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.errors import InputError, near
from symbias.sym.symbols import positive
from symbias.symmetry.group import Group, permutations

d = positive("d")
"""The dimension; any real number."""

NAMES = ("global", "A", "I", "II")


@dataclass(frozen=True)
class Limit:
    """A family by its symmetry and its limit.

    Parameters
    ----------
    name : str
        For example ``II`` or ``II_2``.
    group : Group
        The group that fixes it: sizes in d.
    weights : tuple of sympy.Expr
        The leading terms of the block coordinates; deviations from them are of order 1/d.

    Examples
    --------
    >>> named_limit("II", None).weights
    (1, 0, 2/d, 0, -1)
    """

    name: str
    group: Group
    weights: tuple[Any, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the limit is the point itself: the teacher."""
        return self.name == "global"


def named_limit(name: str, p: int | None, extra_neurons: int = 0) -> Limit:
    """Return the limit of a family by name.

    Parameters
    ----------
    name : str
        ``global`` (the teacher), ``A`` (every neuron reflected), ``I`` (all but p reflected), ``II`` (p reflected).
    p : int or None
        How many neurons differ from the others, for I and II; 1, if left out.
    extra_neurons : int
        Rows beyond d.

    Returns
    -------
    Limit
        A reflected neuron is -e_i + (2/d)(1, ..., 1): what the others are told to compensate.

    Raises
    ------
    InputError
        If there is no family of that name.

    Examples
    --------
    >>> named_limit("I", 2).group
    Delta(S_(d - 2) x S_2) on rows AB and columns AB
    """
    if name not in NAMES:
        raise InputError(f"There is no family {name!r}.", remedy=near(name, NAMES))
    if p is not None and (name in {"global", "A"} or p < 1):
        raise InputError(
            f"There is no family {name!r} with p = {p}.",
            remedy="Give p, a positive integer, with I and II alone.",
        )
    count = 1 if p is None else p
    label = name if count == 1 else f"{name}_{count}"
    if name in {"global", "A"}:
        square = _square(1, reflected=(name == "A",))
        group = permutations([d], extra_rows=extra_neurons)
    else:
        square = _square(2, reflected=(name == "I", name == "II"))
        group = permutations([d - count, count], extra_rows=extra_neurons)
    if extra_neurons:
        label += f"+{extra_neurons}"
    return Limit(label, group, tuple(_entry(orbit, square) for orbit in group.orbits))


def _square(blocks: int, reflected: tuple[bool, ...]) -> list[list[tuple[Any, Any]]]:
    """Return (diagonal, off-diagonal) limits by row block and column block."""
    # Where a block is reflected, its neurons overshoot by 2/d in every direction; if it is the small one, what is
    # missing there is made up for by the large one.
    large = reflected[0]
    table: list[list[tuple[Any, Any]]] = []
    for r in range(blocks):
        row = []
        for c in range(blocks):
            shift = 2 / d if reflected[c] and (reflected[r] or not large) else sp.Integer(0)
            row.append((_sign(reflected[r]) + (shift if large else 0), shift))
        table.append(row)
    return table


def _sign(reflected: bool) -> Any:
    return sp.Integer(-1 if reflected else 1)


def _entry(orbit: Any, square: list[list[tuple[Any, Any]]]) -> Any:
    if orbit.row >= len(square):
        return sp.Integer(0)
    diagonal, off = square[orbit.row][orbit.column]
    on = orbit.diagonal is True or (orbit.diagonal is None and orbit.row == orbit.column)
    return diagonal if on else off
