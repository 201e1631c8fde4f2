"""Necessary tests for a (warped) mirror potential, as quantities that have to vanish all over the leaf.

If g M^-1 is the Hessian of a potential Q(w) on the leaf, for any nonvanishing function g on it, then

- M is, up to a factor, a function of w: its derivative along every direction k of the leaf that leaves w fixed is c M;
- with H = M^-1, D_i = sum_m H_im V_m (the lift of d/dw_i) and N_m = V_m(M), the log-gradient of g for the
  representative M of determinant one is forced to be

      l_i = (1/(d - 1)) [ -sum_m (H N_m H)_im + tr(H D_i(M))/d ],

  and it solves the Codazzi equations l_i H_jk - l_j H_ik = K_j,ik - K_i,jk with K_j = -H D_j(M) H + tr(H D_j(M)) H/d;
- l is closed: D_i l_j = D_j l_i.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from symbias.regularizers.jets import Jet
from symbias.regularizers.leaf import Leaf, Matrix, Vector


class Quantity(NamedTuple):
    """Something that has to vanish.

    Attributes
    ----------
    reason : str
        What does not exist if it does not.
    text : str
        What it is, for the message.
    value : Jet
        Along the curve.

    Examples
    --------
    >>> Quantity("no warp", "the curl", Jet(0, [])).reason
    'no warp'
    """

    reason: str
    text: str
    value: Jet


class MetricTests:
    """The tests on a curve where M is invertible.

    Parameters
    ----------
    leaf : Leaf
        The curve, `leaf.H` not None; at least two outputs.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.models.parametrizations import neuron
    >>> from symbias.regularizers.coefficients import Rationals
    >>> from symbias.regularizers.leaf import Derivatives, curve
    >>> net, field = neuron(2), Rationals()
    >>> table = Derivatives(net.outputs, net.parameters)
    >>> path = curve(table, field, [sp.S.One] * 3, [[1], [0, 1]], 4)
    >>> tests = MetricTests(Leaf(table, field, path))
    >>> any(q.value.first_proved() for q in tests.quantities())
    False
    """

    def __init__(self, leaf: Leaf) -> None:
        self.leaf, self.d = leaf, leaf.d
        assert leaf.H is not None  # noqa: S101 - for the type checker
        self.H: Matrix = leaf.H

    def quantities(self) -> Iterator[Quantity]:
        """Yield the quantities, cheap ones first.

        Yields
        ------
        Quantity
            One component of a test.
        """
        yield from self._first_brackets()
        yield from self._codazzi()
        yield from self._curl()
        yield from self._second_brackets()

    # --- the metric as a function of w ------------------------------------------------------------------------

    def _first_brackets(self) -> Iterator[Quantity]:
        for a, b in combinations(range(self.d), 2):
            vector = self.leaf.bracket(a, b)
            yield from self._stays(vector, f"[grad F_{a + 1}, grad F_{b + 1}]")

    def _second_brackets(self) -> Iterator[Quantity]:
        for a, b in combinations(range(self.d), 2):
            for c in range(self.d):
                vector = self.leaf.second_bracket(c, a, b)
                name = f"[grad F_{c + 1}, [grad F_{a + 1}, grad F_{b + 1}]]"
                yield from self._stays(vector, name)

    def _stays(self, vector: Vector, name: str) -> Iterator[Quantity]:
        """Yield the change of M, up to a multiple of M, along the part of a vector that leaves w fixed."""
        if not any(part is not None and part.coefficients for part in vector):
            return
        leaf, H = self.leaf, self.H
        moved = _apply(H, [leaf.product(v, vector) for v in leaf.V])
        change = leaf.along(vector)
        for m, amount in enumerate(moved):
            change = _minus(change, _times(leaf.slope(m), amount))
        factor = _trace(H, change).over(self.d)
        rest = _minus(change, _times(leaf.M, factor))
        for j in range(self.d):
            for k in range(j, self.d):
                text = (
                    f"entry ({j + 1}, {k + 1}) of the change of M = J J^T, less a multiple of M, along the part of "
                    f"{name} that leaves w fixed"
                )
                yield Quantity("no intrinsic metric", text, rest[j][k])

    # --- the warp ---------------------------------------------------------------------------------------------

    @cached_property
    def _conjugated(self) -> list[Matrix]:
        """H N_m H."""
        return [
            _matrix_product(_matrix_product(self.H, self.leaf.slope(m)), self.H)
            for m in range(self.d)
        ]

    @cached_property
    def _traces(self) -> list[Jet]:
        """The traces of H N_m."""
        return [_trace(self.H, self.leaf.slope(m)) for m in range(self.d)]

    @cached_property
    def _gradient(self) -> list[Jet]:
        """(d - 1) l_i."""
        lifted = _apply(self.H, self._traces)
        found = []
        for i in range(self.d):
            total = lifted[i].over(self.d)
            for m in range(self.d):
                total = total - self._conjugated[m][i][m]
            found.append(total)
        return found

    def _codazzi(self) -> Iterator[Quantity]:
        if self.d < 3:
            return
        d, H, gradient = self.d, self.H, self._gradient
        lifted = _apply(H, self._traces)
        slopes = []
        for j in range(d):
            total = _times(H, lifted[j].over(d))
            for m in range(d):
                total = _minus(total, _times(self._conjugated[m], H[j][m]))
            slopes.append(total)
        for i, j in combinations(range(d), 2):
            for k in range(d):
                left = (gradient[i] * H[j][k] - gradient[j] * H[i][k]).over(d - 1)
                text = f"component ({i + 1}, {j + 1}, {k + 1}) of the Codazzi equations of the warped metric"
                yield Quantity("no warp", text, left - slopes[j][i][k] + slopes[i][j][k])

    def _curl(self) -> Iterator[Quantity]:
        d, H = self.d, self.H
        rows = [self._gradient_along(b) for b in range(d)]  # rows[b][j] = V_b of (d - 1) l_j
        for i, j in combinations(range(d), 2):
            total = self.leaf.zero
            for b in range(d):
                total = total + H[i][b] * rows[b][j] - H[j][b] * rows[b][i]
            text = f"component ({i + 1}, {j + 1}) of the curl of the log-gradient that the warp must have"
            yield Quantity("no warp", text, total.over(d - 1))

    def _gradient_along(self, b: int) -> list[Jet]:
        """Return the derivatives of (d - 1) l along V_b, from those of H and N_m."""
        d, H, leaf = self.d, self.H, self.leaf
        turned = self._conjugated[b]
        found = [leaf.zero] * d
        for m in range(d):
            slope, second, column = leaf.slope(m), leaf.curvature(b, m), [row[m] for row in H]
            # V_b of the column m of H N_m H
            inner = _apply(second, column)
            ahead = _apply(slope, column)
            behind = _apply(slope, [row[m] for row in turned])
            parts = _apply(H, [x - y for x, y in zip(inner, behind, strict=True)])
            minus = _apply(turned, ahead)
            trace = (_trace(H, second) - _trace(turned, slope)).over(d)
            share = self._traces[m].over(d)
            for i in range(d):
                change = minus[i] - parts[i] + H[i][m] * trace - turned[i][m] * share
                found[i] = found[i] + change
        return found


def _apply(matrix: Matrix, vector: list[Jet]) -> list[Jet]:
    found = []
    for row in matrix:
        total = row[0] * vector[0]
        for a, b in zip(row[1:], vector[1:], strict=True):
            total = total + a * b
        found.append(total)
    return found


def _matrix_product(left: Matrix, right: Matrix) -> Matrix:
    columns = [_apply(left, list(column)) for column in zip(*right, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def _times(matrix: Matrix, factor: Jet) -> Matrix:
    return [[entry * factor for entry in row] for row in matrix]


def _minus(left: Matrix, right: Matrix) -> Matrix:
    return [
        [a - b for a, b in zip(row, other, strict=True)]
        for row, other in zip(left, right, strict=True)
    ]


def _trace(left: Matrix, right: Matrix) -> Jet:
    """Return the trace of a product of symmetric matrices."""
    total = left[0][0] * right[0][0]
    for j, row in enumerate(left):
        for k, entry in enumerate(row):
            if j or k:
                total = total + entry * right[j][k]
    return total
