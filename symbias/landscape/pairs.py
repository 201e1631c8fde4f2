"""Pairs of neurons and teachers up to symmetry: their inner products and the areas that they span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.symmetry.group import Group, Index
from symbias.symmetry.patterns import named, sum_columns, union


@dataclass(frozen=True)
class Neuron:
    """A row of the weights, or a teacher: the unit vector of a column.

    Parameters
    ----------
    index : (int, int)
        Its orbit (of rows, or of columns) and element.
    teacher : bool
        Which of the two.

    Examples
    --------
    >>> Neuron((0, 1), False).teacher
    False
    """

    index: Index
    teacher: bool


PairKey = tuple[bool, int, bool, int, bool | None]
"""(teacher, orbit) of both, and whether they are the same element; None where blocks differ."""


class Pairs:
    """The inner products of all pairs of neurons, as polynomials in the block coordinates and the sizes.

    Parameters
    ----------
    group : Group
        The group that fixes the weights.
    weights : tuple of sympy.Expr
        One per orbit of entries.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> from symbias.symmetry.group import permutations
    >>> d, (u, v) = positive("d"), real("u v")
    >>> pairs = Pairs(permutations([d]), (u, v))
    >>> one, two = Neuron((0, 1), False), Neuron((0, 2), False)
    >>> pairs.inner(one, two), pairs.entry(one, (0, 2))
    (2*u*v + v**2*(d - 2), v)
    >>> pairs.area(one, Neuron((0, 1), True))
    v**2*(d - 1)
    >>> pairs.key(one, two), pairs.spoken(one, two)["A"] == {1, 2}
    ((False, 0, False, 0, False), True)
    """

    def __init__(self, group: Group, weights: tuple[Any, ...]) -> None:
        self.group = group
        self.weights = weights

    def entry(self, neuron: Neuron, column: Index) -> Any:
        """Return an entry of a neuron's vector.

        Parameters
        ----------
        neuron : Neuron
            Of the network, or a teacher.
        column : (int, int)
            Orbit and element.

        Returns
        -------
        sympy.Expr
            A block coordinate, 0 or 1.
        """
        if neuron.teacher:
            return sp.Integer(int(neuron.index == column))
        return self.weights[self.group.orbit_of(neuron.index, column)]

    def spoken(self, *neurons: Neuron) -> Any:
        """Return the elements that neurons speak of.

        Parameters
        ----------
        *neurons : Neuron
            Any.

        Returns
        -------
        dict
            Block -> set of elements.
        """
        rows = [n.index for n in neurons if not n.teacher]
        return named(self.group, rows, [n.index for n in neurons if n.teacher])

    def inner(self, first: Neuron, second: Neuron) -> Any:
        """Return the inner product of two vectors.

        Parameters
        ----------
        first, second : Neuron
            They may be the same.

        Returns
        -------
        sympy.Expr
            A polynomial.
        """
        spoken = self.spoken(first, second)
        terms = [
            times * self.entry(first, a) * self.entry(second, a)
            for a, times in sum_columns(self.group, spoken)
        ]
        return sp.Add(*terms)

    def area(self, first: Neuron, second: Neuron) -> Any:
        """Return |u|^2 |v|^2 - (u.v)^2 as a sum of squares, which does not cancel between parallel vectors (Lagrange).

        Parameters
        ----------
        first, second : Neuron
            Different ones.

        Returns
        -------
        sympy.Expr
            A polynomial.
        """
        spoken, terms = self.spoken(first, second), []
        for a, times in sum_columns(self.group, spoken):
            inner = union(spoken, named(self.group, columns=[a]))
            for b, more in sum_columns(self.group, inner):
                minor = self.entry(first, a) * self.entry(second, b)
                minor -= self.entry(first, b) * self.entry(second, a)
                terms.append(times * more * sp.factor(minor) ** 2 / 2)
        return sp.Add(*terms)

    def key(self, first: Neuron, second: Neuron) -> PairKey:
        """Return what distinguishes a pair up to symmetry.

        Parameters
        ----------
        first, second : Neuron
            Different ones.

        Returns
        -------
        tuple
            The same for pairs that the group carries into each other.
        """
        blocks = [self._block(n) for n in (first, second)]
        alike = blocks[0] == blocks[1] and not self.group.table[blocks[0]].is_point
        same = first.index[1] == second.index[1] if alike else None
        return (first.teacher, first.index[0], second.teacher, second.index[0], same)

    def _block(self, neuron: Neuron) -> str:
        return (self.group.columns if neuron.teacher else self.group.rows)[neuron.index[0]]
