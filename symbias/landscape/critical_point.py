"""A member of a family: a critical point of the loss at one dimension, with its whole spectrum."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from symbias.codegen.ball_arguments import enclosed
from symbias.errors import DomainError
from symbias.landscape.certificate import Certificate, certificate
from symbias.landscape.dimension import at_dimension
from symbias.landscape.small_blocks import require_elements
from symbias.landscape.spectrum import Row, Spectrum
from symbias.landscape.system import System, resized
from symbias.simulate.block_matrix import BlockMatrix
from symbias.solvers.small_matrices import eigenvalues
from symbias.sym.enclosure import binary
from symbias.sym.equality.interval import at_precision

FLOAT_DIGITS = 15
"""Up to here numbers are returned as floats."""


@dataclass(frozen=True, eq=False, repr=False)
class CriticalPoint:
    """A critical point of a population loss in the block coordinates of its symmetry; made by ``Family.at``.

    Parameters
    ----------
    family : Family
        Where it comes from.
    d : Fraction
        The dimension.
    digits : int
        Correct digits of what is returned.
    bits : int
        Working precision behind them.
    point : tuple of flint.arb
        Block coordinates to the working precision.

    Attributes
    ----------
    weights : dict
        Name of an orbit of entries -> value.
    loss : float or mpf
        The loss.
    gradient_norm : float
        Norm of the whole gradient at the numbers that are kept.
    index : int or float
        Number of negative eigenvalues; for d that is no integer, the sum of polynomials.
    is_minimum : bool
        Whether all eigenvalues are positive, with a second layer up to the rescalings of neurons.

    Examples
    --------
    >>> import symbias as sb
    >>> point = sb.PopulationLoss(sb.activations.relu).family("II").at(10)
    >>> point.loss
    0.01870219458560697
    >>> point.index, point.is_minimum
    (0, True)
    >>> point.matrix().shape, point.block_matrix().sizes
    ((10, 10), (9, 1))
    >>> point.spectrum().smallest
    0.03196402764646...
    >>> point.certify().proved
    True
    >>> point.polynomial(point.family.size ** 2 / 8)
    12.5
    """

    family: Any
    d: Fraction
    digits: int
    bits: int
    point: tuple[Any, ...]
    _kept: dict[str, Any] = field(default_factory=dict)

    @property
    def weights(self) -> dict[str, Any]:
        """The block coordinates by the names of their orbits."""
        names = [orbit.name for orbit in self.family.group.orbits]
        return {n: self._number(x) for n, x in zip(names, self.point, strict=True)}

    def matrix(self) -> Any:
        """Return the weights as a matrix.

        Returns
        -------
        numpy.ndarray, shape (k, d)
            Rows are neurons.

        Raises
        ------
        DomainError
            If d is no integer, or too large to be written out.
        """
        if self.d.denominator != 1 or self.d > 10_000:
            raise DomainError(
                f"There is no matrix at d = {float(self.d):g}.",
                remedy="Ask at an integer d up to 10000; .weights holds the block coordinates.",
            )
        group = resized(self.family.group, self.family.size, int(self.d))
        rows = [(r, k) for r in range(len(group.rows)) for k in range(int(group.row(r).size))]
        columns = [
            (c, k) for c in range(len(group.columns)) for k in range(int(group.column(c).size))
        ]
        values = [float(x) for x in self.point]
        return np.array([[values[group.orbit_of(i, a)] for a in columns] for i in rows])

    def block_matrix(self) -> BlockMatrix:
        """Return the weights as a matrix that is never written out: a start for descent at any integer d.

        Returns
        -------
        BlockMatrix
            What ``PopulationLoss.descend`` moves in the numbers of its blocks, at the same cost for every d.

        Raises
        ------
        DomainError
            If d is no integer, or there are extra neurons.
        """
        group = self.family.group
        if self.d.denominator != 1 or len(group.rows) != len(group.columns):
            raise DomainError(
                f"The member at d = {float(self.d):g} is not made of square blocks.",
                remedy="Ask at an integer d, of a family without extra neurons.",
            )
        values, blocks = [float(x) for x in self.point], range(len(group.rows))
        sizes = [self.polynomial(group.row(r).size) for r in blocks]
        entries = [
            [
                # Within a block of one neuron nothing is off the diagonal.
                0.0 if b == c and sizes[b] == 1 else values[group.orbit_of((b, 0), (c, 1))]
                for c in blocks
            ]
            for b in blocks
        ]
        diagonal = [values[group.orbit_of((b, 0), (b, 0))] for b in blocks]
        return BlockMatrix(sizes, diagonal, entries)

    def _number(self, ball: Any) -> Any:
        """Return a ball as a float, or as a number of as many digits as were asked for."""
        return float(ball.mid()) if self.digits <= FLOAT_DIGITS else _precise(ball, self.digits)

    @cached_property
    def system(self) -> System:
        """The blocks that hold here: of two elements, one standard copy less."""
        return self.family.system_at(self.d)

    @cached_property
    def dimension(self) -> Any:
        """The dimension as a ball."""
        return at_precision(self.bits, lambda: enclosed("d", self.d))

    @cached_property
    def _values(self) -> tuple[Any, list[Any], dict[str, list[Any]]]:
        """Loss, gradient and blocks at the point."""
        found = self.system.ball_spectral([self.dimension, *self.point], self.bits)
        count = len(self.point)
        return found[0], found[1 : 1 + count], self.system.split(found[1 + count :])

    @property
    def loss(self) -> Any:
        """The loss, computed with as many digits more as its terms lose."""
        return self._number(self._values[0])

    @property
    def gradient_norm(self) -> float:
        """Norm of the whole gradient at the coordinates kept, rounding included."""
        sizes = [self.polynomial(orbit.size) for orbit in self.family.group.orbits]
        parts = [
            float(size) * float(abs(g).upper()) ** 2
            for size, g in zip(sizes, self._values[1], strict=True)
        ]
        return float(np.sqrt(sum(parts)))

    def polynomial(self, expr: Any) -> Any:
        """Return the value of a polynomial in the dimension.

        Parameters
        ----------
        expr : sympy.Expr
            In the symbol of the family.

        Returns
        -------
        int or float
            An int where it is one.
        """
        value = at_dimension(expr, self.family.size, self.d)
        return int(value) if value.denominator == 1 else float(value)

    def spectrum(self) -> Spectrum:
        """Return all eigenvalues of the Hessian.

        Returns
        -------
        Spectrum
            Rows of component, multiplicity and eigenvalue; multiplicities add up to the number of parameters.
            Rescaling a neuron against its second-layer weight changes nothing: these eigenvalues are exactly 0.

        Raises
        ------
        DomainError
            If d is no integer and so small that a block has fewer than two elements: its components have no dimension.
        """
        require_elements(self.family, self.d)
        if "spectrum" not in self._kept:
            self._kept["spectrum"] = Spectrum(tuple(self._rows()))
        return self._kept["spectrum"]

    def _rows(self) -> Any:
        blocks = self._values[2]
        for component in self.system.components:
            multiplicity = self.polynomial(component.dimension)
            if multiplicity == 0:
                continue
            name = self.system.name(component)
            found = eigenvalues(blocks[name], self.bits)
            silent = self.system.silent(component)
            zeros = sorted(range(len(found)), key=lambda k: abs(float(found[k])))[:silent]
            for k, value in enumerate(found):
                exact = 0 * value if k in zeros else value
                yield Row(name, multiplicity, self._number(exact))

    @property
    def index(self) -> Any:
        """How many eigenvalues are negative; what is zero to the digits asked for does not count."""
        return sum(row.multiplicity for row in self.spectrum() if row.eigenvalue < -self._noise)

    @property
    def _noise(self) -> float:
        """Below this size an eigenvalue may be zero."""
        largest = max(abs(float(row.eigenvalue)) for row in self.spectrum())
        return largest * 10.0 ** -min(self.digits, 300)

    @property
    def is_minimum(self) -> bool:
        """Whether it is a minimum, strict up to rescalings of neurons."""
        silent = sum(self.system.silent(c) for c in self.system.components)
        rows = [row for row in self.spectrum() if row.multiplicity > 0]
        zeros = sum(abs(row.eigenvalue) <= self._noise for row in rows)
        return self.index == 0 and zeros <= silent

    def certify(self) -> Certificate:
        """Prove that the point exists, is alone in a box, and has the index that the spectrum says.

        Returns
        -------
        Certificate
            From interval arithmetic: nothing is left to rounding. ``.proved`` is False, and the statement says why,
            where the point is degenerate or so close to it that the precision does not suffice.
        """
        return certificate(self)

    def __repr__(self) -> str:
        shown = float(self.d) if self.d.denominator != 1 else int(self.d)
        return f"CriticalPoint({self.family.name} at d = {shown}, loss = {float(self.loss):.12g})"


def _precise(ball: Any, digits: int) -> Any:
    """Return a number of mpmath with the digits asked for, rounded once."""
    from symbias.sym.functions.named import working_context

    exact = binary(*map(int, ball.mid().man_exp()))
    return working_context(int(3.33 * digits) + 10).convert(exact) + 0
