"""The population loss on weights that a group fixes: value, gradient, entries of the Hessian; sizes are symbols."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.landscape.dual_derivatives import DualDerivatives, a, area, b, c
from symbias.landscape.pairs import Neuron, PairKey, Pairs
from symbias.sym.symbols import real
from symbias.symmetry.blocks import block
from symbias.symmetry.components import Component, components
from symbias.symmetry.group import Group, Index
from symbias.symmetry.patterns import sum_columns, sum_rows, union


@dataclass(frozen=True)
class Derivatives:
    """K and its derivatives at one pair of vectors, by the letters of the arguments.

    Parameters
    ----------
    table : dict
        Order -> expression.
    flipped : bool
        Whether the vectors come in the other order than in the table.

    Examples
    --------
    >>> Derivatives({"a": 1, "b": 2}, True).of("a")
    2
    """

    table: dict[str, Any]
    flipped: bool = False

    def of(self, order: str) -> Any:
        """Return a derivative.

        Parameters
        ----------
        order : str
            Letters of the arguments: a and c for the first vector.

        Returns
        -------
        sympy.Expr
            Its symbol or value.
        """
        if self.flipped:
            swapped = order.translate(str.maketrans("ab", "ba"))
            order = "".join(sorted(swapped))
        return self.table[order]


class ReducedLoss:
    """The loss of a network with unit second layer and weights that a group fixes, teacher the identity.

    Derivatives of K at the pairs of vectors, which are few up to symmetry, stay symbols of their own in what follows;
    `definitions` says what they are.

    Parameters
    ----------
    dual : DualDerivatives
        Of the activation.
    group : Group
        The group.
    weights : tuple of sympy.Expr
        One per orbit of entries.
    second_layer : bool
        Whether the Hessian includes the second layer.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> from symbias.symmetry.group import permutations
    >>> loss = ReducedLoss(DualDerivatives(c), permutations([positive("d")]), real("u v"))
    >>> sp.factor(loss.explicit([loss.value])[0])
    d*(d*v + u - v - 1)**2/2
    >>> here, there = (0, 1), (0, 2)
    >>> loss.kernel(Neuron(here, False), Neuron(there, False)).of("c")
    1
    >>> loss.hessian_entry((here, here), (there, here)), loss.block(loss.components[-1])
    (1, Matrix([[0]]))
    >>> len(loss.relative_areas())
    3
    """

    def __init__(
        self,
        dual: DualDerivatives,
        group: Group,
        weights: tuple[Any, ...],
        *,
        second_layer: bool = False,
    ) -> None:
        self.dual, self.group, self.weights = dual, group, tuple(weights)
        self.second_layer = second_layer
        self.pairs = Pairs(group, self.weights)
        self.definitions: dict[Any, Any] = {}
        self._tables: dict[PairKey, dict[str, Any]] = {}

    def explicit(self, expressions: list[Any]) -> list[Any]:
        """Return expressions with the derivatives of K written out in the block coordinates.

        Parameters
        ----------
        expressions : list of sympy.Expr
            In the symbols of pairs.

        Returns
        -------
        list of sympy.Expr
            In block coordinates and sizes alone.
        """
        return [sp.sympify(e).xreplace(self.definitions) for e in expressions]

    # --- pairs ---

    def kernel(self, first: Neuron, second: Neuron) -> Derivatives:
        """Return K with its derivatives at a pair of different neurons.

        Parameters
        ----------
        first, second : Neuron
            One of them may be a teacher.

        Returns
        -------
        Derivatives
            Symbols of the pair's own.
        """
        key, mirror = self.pairs.key(first, second), self.pairs.key(second, first)
        if key not in self._tables and mirror in self._tables and key != mirror:
            return Derivatives(self._tables[mirror], flipped=True)
        if key not in self._tables:
            self._tables[key] = self._table(first, second)
        return Derivatives(self._tables[key])

    def _table(self, first: Neuron, second: Neuron) -> dict[str, Any]:
        at = {
            a: self.pairs.inner(first, first),
            b: self.pairs.inner(second, second),
            c: self.pairs.inner(first, second),
            area: self.pairs.area(first, second),
        }
        if sp.expand(at[area]) == 0:
            return {o: e.xreplace({a: at[a]}) for o, e in self.dual.parallel.items()}
        label = f"{len(self._tables)}"
        found = {}
        for order, expr in self.dual.general.items():
            if expr.is_number:
                found[order] = expr
                continue
            symbol = real(f"K{label}{order}")
            found[order], self.definitions[symbol] = symbol, expr.xreplace(at)
        return found

    def relative_areas(self) -> list[Any]:
        """Return how far from parallel each pair of neurons is.

        Returns
        -------
        list of sympy.Expr
            The squared sine of the angle of each pair that the gradient contains.
        """
        found = {}
        for r in range(len(self.group.rows)):
            neuron = Neuron((r, 1), False)
            for other, _ in self._others(neuron, self.pairs.spoken(neuron)):
                norms = self.pairs.inner(neuron, neuron) * self.pairs.inner(other, other)
                found[self.pairs.key(neuron, other)] = self.pairs.area(neuron, other) / norms
        return list(found.values())

    @cached_property
    def _selves(self) -> dict[int, tuple[Any, Any, Any]]:
        """Row orbit -> K(a, a, a) and its two derivatives at the squared norm."""
        found = {}
        for r in range(len(self.group.rows)):
            norm = self.pairs.inner(Neuron((r, 1), False), Neuron((r, 1), False))
            found[r] = tuple(e.xreplace({a: norm}) for e in self.dual.alone)
        return found

    # --- value and gradient ---

    @cached_property
    def value(self) -> Any:
        """The loss."""
        own: list[Any] = []
        cross: list[Any] = []
        teachers: list[Any] = []
        for i, times in sum_rows(self.group, {}):
            neuron = Neuron(i, False)
            own.append(times * self._selves[i[0]][0])
            for other, more in self._others(neuron, self.pairs.spoken(neuron)):
                own_pair = self.kernel(neuron, other).of("")
                (cross if other.teacher else own).append(times * more * own_pair)
        one = self.dual.alone[0].subs(a, 1)
        for j, times in sum_columns(self.group, {}):
            teacher = Neuron(j, True)
            teachers.append(times * one)
            for other, more in sum_columns(self.group, self.pairs.spoken(teacher)):
                if other != j:
                    teachers.append(times * more * self.dual.kernel.subs({a: 1, b: 1, c: 0}))
        return (sp.Add(*own) + sp.Add(*teachers)) / 2 - sp.Add(*cross)

    def _others(self, neuron: Neuron, spoken: Any) -> Any:
        """Yield all other neurons and all teachers with how often they count."""
        for j, times in sum_rows(self.group, spoken):
            if j != neuron.index:
                yield Neuron(j, False), times
        for j, times in sum_columns(self.group, spoken):
            yield Neuron(j, True), times

    def _force(self, i: Index, column: Index) -> Any:
        """Return the derivative of the loss by one entry of the first layer."""
        neuron = Neuron(i, False)
        here = self.pairs.entry(neuron, column)
        spoken = union(self.pairs.spoken(neuron), self.pairs.spoken(Neuron(column, True)))
        terms = [self._selves[i[0]][1] * here]
        for other, times in self._others(neuron, spoken):
            sign = -times if other.teacher else times
            terms.append(sign * self._slope(neuron, other, column))
        return sp.Add(*terms)

    def _slope(self, neuron: Neuron, other: Neuron, column: Index) -> Any:
        """Return the derivative of K(neuron, other) by one entry of the first."""
        k = self.kernel(neuron, other)
        return 2 * k.of("a") * self.pairs.entry(neuron, column) + k.of("c") * self.pairs.entry(
            other, column
        )

    @cached_property
    def gradient(self) -> tuple[Any, ...]:
        """One entry of the gradient by the first layer per orbit."""
        places = [
            ((o.row, 1), (o.column, 2 if o.diagonal is False else 1)) for o in self.group.orbits
        ]
        return tuple(self._force(row, column) for row, column in places)

    # --- the Hessian ---

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The isotypic decomposition of the space of parameters."""
        return components(self.group, second_layer=self.second_layer)

    def block(self, component: Component) -> Any:
        """Return the block of the Hessian on a component.

        Parameters
        ----------
        component : Component
            One of `components`.

        Returns
        -------
        sympy.Matrix
            In the block coordinates, sizes and symbols of pairs. On the trivial one, without a second layer, it is the
            Jacobian of the gradient.
        """
        return block(self.group, component, self.hessian_entry)

    def hessian_entry(
        self, here: tuple[Index, Index | None], there: tuple[Index, Index | None]
    ) -> Any:
        """Return an entry of the Hessian.

        Parameters
        ----------
        here, there : ((int, int), (int, int) or None)
            Row and column; None for the second layer.

        Returns
        -------
        sympy.Expr
            In the symbols of pairs.
        """
        (i, p), (j, q) = here, there
        if p is None and q is None:
            own = self._selves[i[0]][0]
            return own if i == j else self.kernel(Neuron(i, False), Neuron(j, False)).of("")
        if p is None:
            return self._mixed_layers(j, q, i)
        if q is None:
            return self._mixed_layers(i, p, j)
        if i != j:
            return self._mixed(Neuron(i, False), Neuron(j, False), p, q)
        return self._same(Neuron(i, False), p, q)

    def _mixed_layers(self, i: Index, p: Any, j: Index) -> Any:
        if i != j:
            return self._slope(Neuron(i, False), Neuron(j, False), p)
        # At a critical point the force vanishes; elsewhere it does not.
        return self._force(i, p) + self._selves[i[0]][1] * self.pairs.entry(Neuron(i, False), p)

    def _mixed(self, first: Neuron, second: Neuron, p: Index, q: Index) -> Any:
        """Return the derivative of K by the entry p of one vector and q of another."""
        k, entry = self.kernel(first, second), self.pairs.entry
        up, uq, vp, vq = entry(first, p), entry(first, q), entry(second, p), entry(second, q)
        return (
            k.of("c") * int(p == q)
            + 4 * k.of("ab") * up * vq
            + 2 * k.of("ac") * up * uq
            + 2 * k.of("bc") * vp * vq
            + k.of("cc") * vp * uq
        )

    def _same(self, neuron: Neuron, p: Index, q: Index) -> Any:
        """Return the second derivative of the loss by the entries p and q of one vector."""
        entry = self.pairs.entry
        up, uq = entry(neuron, p), entry(neuron, q)
        _, first, second = self._selves[neuron.index[0]]
        terms = [first * int(p == q) + 2 * second * up * uq]
        spoken = self.pairs.spoken(neuron, Neuron(p, True), Neuron(q, True))
        for other, times in self._others(neuron, spoken):
            k, vp, vq = self.kernel(neuron, other), entry(other, p), entry(other, q)
            found = (
                2 * k.of("a") * int(p == q)
                + 4 * k.of("aa") * up * uq
                + 2 * k.of("ac") * (up * vq + vp * uq)
                + k.of("cc") * vp * vq
            )
            terms.append((-times if other.teacher else times) * found)
        return sp.Add(*terms)
