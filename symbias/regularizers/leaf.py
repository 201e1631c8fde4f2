"""The leaf of a start: the points that gradient flows of all losses reach, and the metric's derivatives along it.

With V_j = grad F_j the leaf is the orbit of the start under the fields V_j. Derivatives of M = J J^T along V_m and
along brackets are found from the first three derivatives of F, as series in t on a curve theta' = sum_j c_j(t) V_j that
stays on the leaf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from symbias.regularizers.coefficients import Balls, Rationals
from symbias.regularizers.jet_evaluation import JetEvaluator
from symbias.regularizers.jets import Jet, dot, inverse

Vector = list[Jet | None]
Matrix = list[list[Jet]]


class Derivatives:
    """The nonzero derivatives of the outputs up to order three, each index tuple in ascending order.

    Parameters
    ----------
    outputs : sequence of sympy.Expr
        F.
    parameters : sequence of sympy.Symbol
        theta.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> table = Derivatives([u**2 * v], [u, v])
    >>> table.first, table.third
    ([{(0,): 2*u*v, (1,): u**2}], [{(0, 0, 1): 2}])
    """

    def __init__(self, outputs: Sequence[sp.Expr], parameters: Sequence[sp.Symbol]) -> None:
        self.parameters = tuple(parameters)
        self.count = len(outputs)
        self.first = [self._next({(): f}) for f in outputs]

    @cached_property
    def second(self) -> list[dict[tuple[int, ...], sp.Expr]]:
        """Second derivatives."""
        return [self._next(table) for table in self.first]

    @cached_property
    def third(self) -> list[dict[tuple[int, ...], sp.Expr]]:
        """Third derivatives."""
        return [self._next(table) for table in self.second]

    def _next(self, table: Mapping[tuple[int, ...], sp.Expr]) -> dict[tuple[int, ...], sp.Expr]:
        found = {}
        for index, expr in table.items():
            least = index[-1] if index else 0
            for n, symbol in enumerate(self.parameters[least:], least):
                slope = sp.diff(expr, symbol) if symbol in expr.free_symbols else sp.S.Zero
                if slope != 0:
                    found[*index, n] = slope
        return found


def curve(
    table: Derivatives,
    field: Rationals | Balls,
    start: Sequence[sp.Expr],
    controls: Sequence[Sequence[int]],
    order: int,
) -> list[Jet]:
    """Return a curve on the leaf, by Picard's iteration.

    Parameters
    ----------
    table : Derivatives
        Of the map.
    field : Rationals or Balls
        The coefficients.
    start : sequence of sympy.Expr
        theta at t = 0, exact numbers.
    controls : sequence of sequences of int
        For each output the coefficients of the polynomial c_j(t).
    order : int
        Number of coefficients wanted.

    Returns
    -------
    list of Jet
        One for each parameter.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u = real("u")
    >>> path = curve(Derivatives([u**2], [u]), Rationals(), [sp.S(1)], [[1]], 3)
    >>> [str(c) for c in path[0].coefficients]
    ['1', '2', '2']
    """
    begin = [field.of(value) for value in start]
    theta = [Jet(0, [value]) if value else Jet(1, []) for value in begin]
    for known in range(1, order):
        at = JetEvaluator(field, dict(zip(table.parameters, theta, strict=True)), known)
        padded = [[*c, *[0] * known][:known] for c in controls]
        inputs = [Jet(0, [field.of(sp.Integer(n)) for n in c]) for c in padded]
        speeds: Vector = [None] * len(theta)
        for c, slopes in zip(inputs, table.first, strict=True):
            for (n,), expr in slopes.items():
                term, before = c * at(expr), speeds[n]
                speeds[n] = term if before is None else before + term
        theta = [
            (Jet(known, []) if speed is None else speed).integral(value)
            for speed, value in zip(speeds, begin, strict=True)
        ]
    return theta


class Leaf:
    """Fields, metric and derivatives along a curve.

    Parameters
    ----------
    table : Derivatives
        Of the map.
    field : Rationals or Balls
        The coefficients.
    theta : sequence of Jet
        The curve; with one coefficient, its starting point alone.

    Attributes
    ----------
    M : list of lists of Jet
        J J^T.
    H : list of lists of Jet, or None
        Its inverse, None if det M vanishes to the known order.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> field, table = Rationals(), Derivatives([u * v, u], [u, v])
    >>> leaf = Leaf(table, field, curve(table, field, [sp.S(2), sp.S(3)], [], 1))
    >>> def shown(jets):
    ...     return [0 if j is None or not j.coefficients else int(str(j.coefficients[0])) for j in jets]

    V_1 = (v, u) and V_2 = (1, 0), so that M = [[u**2 + v**2, v], [v, 1]]:

    >>> [shown(row) for row in leaf.M], shown([leaf.product(leaf.V[0], leaf.V[1])])
    ([[13, 3], [3, 1]], [3])
    >>> [shown(row) for row in leaf.slope(1)], [shown(row) for row in leaf.curvature(1, 1)]
    ([[4, 0], [0, 0]], [[2, 0], [0, 0]])
    >>> shown(leaf.hessian_times(0, leaf.V[1])), shown(leaf.third_times(0, 0, 1))
    ([0, 1], [0, 0])
    >>> shown(leaf.bracket(0, 1)), shown(leaf.second_bracket(0, 0, 1))
    ([0, -1], [1, 0])
    >>> [shown(row) for row in leaf.along(leaf.bracket(0, 1))]
    [[-6, -1], [-1, 0]]
    """

    def __init__(self, table: Derivatives, field: Rationals | Balls, theta: Sequence[Jet]) -> None:
        self.table, self.field = table, field
        self.d, self.size = table.count, len(theta)
        self.order = max(jet.end for jet in theta)
        self._at = JetEvaluator(field, dict(zip(table.parameters, theta, strict=True)), self.order)
        self.zero = Jet(self.order, [])
        self.one = self._at.constant(field.of(sp.S.One))
        self.V: list[Vector] = []
        for slopes in table.first:
            row: Vector = [None] * self.size
            for (n,), expr in slopes.items():
                row[n] = self._at(expr)
            self.V.append(row)
        self.M = [[self.product(a, b) for b in self.V] for a in self.V]
        self.H = inverse(self.M, self.zero, self.one)

    def product(self, left: Vector, right: Vector) -> Jet:
        """Return a scalar product of vectors of parameters.

        Parameters
        ----------
        left, right : list of Jet or None
            Vectors.

        Returns
        -------
        Jet
            The product.
        """
        return dot(left, right, self.zero)

    @cached_property
    def _second(self) -> list[dict[tuple[int, int], Jet]]:
        return [
            {(p, q): self._at(expr) for (p, q), expr in table.items()}
            for table in self.table.second
        ]

    @cached_property
    def _third(self) -> list[list[tuple[int, int, int, Jet]]]:
        return [
            [(p, q, r, self._at(expr)) for (p, q, r), expr in table.items()]
            for table in self.table.third
        ]

    def hessian_times(self, j: int, vector: Vector) -> Vector:
        """Return Hess F_j times a vector.

        Parameters
        ----------
        j : int
            An output.
        vector : list of Jet or None
            A vector of parameters.

        Returns
        -------
        list of Jet or None
            The product.
        """
        return self._symmetric_times(self._second[j], vector)

    @cached_property
    def _bends(self) -> list[list[dict[tuple[int, int], Jet]]]:
        """The derivative of Hess F_j along V_a: its nonzero entries on and above the diagonal."""
        return [[self._bend(j, v) for v in self.V] for j in range(self.d)]

    def _bend(self, j: int, vector: Vector) -> dict[tuple[int, int], Jet]:
        found: dict[tuple[int, int], Jet] = {}
        for p, q, r, entry in self._third[j]:
            for row, column, other in {(p, q, r), (p, r, q), (q, r, p)}:
                factor = vector[other]
                if factor is not None:
                    term, before = entry * factor, found.get((row, column))
                    found[row, column] = term if before is None else before + term
        return found

    def third_times(self, j: int, a: int, b: int) -> Vector:
        """Return the third derivative of F_j with the fields V_a and V_b put in.

        Parameters
        ----------
        j, a, b : int
            Outputs.

        Returns
        -------
        list of Jet or None
            A vector of parameters.
        """
        return self._symmetric_times(self._bends[j][min(a, b)], self.V[max(a, b)])

    def _symmetric_times(self, entries: Mapping[tuple[int, int], Jet], vector: Vector) -> Vector:
        found: Vector = [None] * self.size
        for (p, q), entry in entries.items():
            for row, column in {(p, q), (q, p)}:
                factor = vector[column]
                if factor is not None:
                    term, before = entry * factor, found[row]
                    found[row] = term if before is None else before + term
        return found

    @cached_property
    def turns(self) -> list[list[Vector]]:
        """turns[j][a] = Hess F_j V_a, the derivative of V_j along V_a."""
        return [[self.hessian_times(j, v) for v in self.V] for j in range(self.d)]

    def along(self, vector: Vector) -> Matrix:
        """Return the derivative of M along a vector of parameters.

        Parameters
        ----------
        vector : list of Jet or None
            The direction.

        Returns
        -------
        list of lists of Jet
            Symmetric.
        """
        return _symmetric(
            self.d,
            lambda j, k: (
                self.product(self.turns[j][k], vector) + self.product(self.turns[k][j], vector)
            ),
        )

    @cached_property
    def _slopes(self) -> list[Matrix]:
        return [self.along(v) for v in self.V]

    def slope(self, m: int) -> Matrix:
        """Return the derivative of M along V_m.

        Parameters
        ----------
        m : int
            An output.

        Returns
        -------
        list of lists of Jet
            Symmetric.
        """
        return self._slopes[m]

    @cached_property
    def _gram(self) -> dict[tuple[int, int, int, int], Jet]:
        pairs = [(j, a) for j in range(self.d) for a in range(self.d)]
        found = {}
        for (j, a), (k, b) in combinations_with_replacement(pairs, 2):
            value = self.product(self.turns[j][a], self.turns[k][b])
            found[j, a, k, b] = found[k, b, j, a] = value
        return found

    @cached_property
    def _thirds(self) -> dict[tuple[int, int, int, int], Jet]:
        """The third derivative of F_j with three fields put in, indices ascending."""
        found = {}
        for j in range(self.d):
            for a, b in combinations_with_replacement(range(self.d), 2):
                vector = self.third_times(j, a, b) if self._third[j] else None
                for c in range(b, self.d):
                    found[j, a, b, c] = (
                        self.zero if vector is None else self.product(vector, self.V[c])
                    )
        return found

    def curvature(self, b: int, m: int) -> Matrix:
        """Return the derivative along V_b of the derivative of M along V_m.

        Parameters
        ----------
        b, m : int
            Outputs.

        Returns
        -------
        list of lists of Jet
            Symmetric.
        """
        gram, thirds = self._gram, self._thirds

        def half(j: int, k: int) -> Jet:
            low, middle, high = sorted((k, m, b))
            return gram[k, b, j, m] + thirds[j, low, middle, high] + gram[j, k, m, b]

        return _symmetric(self.d, lambda j, k: half(j, k) + half(k, j))

    def bracket(self, a: int, b: int) -> Vector:
        """Return [V_a, V_b].

        Parameters
        ----------
        a, b : int
            Outputs.

        Returns
        -------
        list of Jet or None
            A vector of parameters.
        """
        return _difference(self.turns[b][a], self.turns[a][b])

    def second_bracket(self, c: int, a: int, b: int) -> Vector:
        """Return [V_c, [V_a, V_b]].

        Parameters
        ----------
        a, b, c : int
            Outputs.

        Returns
        -------
        list of Jet or None
            A vector of parameters.
        """
        first = _sum(self.third_times(b, a, c), self.hessian_times(b, self.turns[a][c]))
        second = _sum(self.third_times(a, b, c), self.hessian_times(a, self.turns[b][c]))
        moved = self.hessian_times(c, self.bracket(a, b))
        return _difference(_difference(first, second), moved)


def _sum(left: Vector, right: Vector) -> Vector:
    return [b if a is None else a if b is None else a + b for a, b in zip(left, right, strict=True)]


def _difference(left: Vector, right: Vector) -> Vector:
    return _sum(left, [None if b is None else -b for b in right])


def _symmetric(d: int, entry: Any) -> Matrix:
    upper = {(j, k): entry(j, k) for j, k in combinations_with_replacement(range(d), 2)}
    return [[upper[min(j, k), max(j, k)] for k in range(d)] for j in range(d)]
