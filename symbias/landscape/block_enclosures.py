"""Blocks of a Hessian on an enclosure of a critical point, and how many of their eigenvalues are proved negative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symbias.solvers.block_spectra import block_spectra
from symbias.solvers.small_matrices import negative_below


@dataclass(frozen=True)
class BlockEnclosure:
    """A block of the Hessian on the enclosure of a point.

    Parameters
    ----------
    component : str
        Its name.
    multiplicity : int or float
        The dimension of the component.
    silent : int
        How many eigenvalues rescalings of neurons keep at zero.
    entries, metric : list of flint.arb
        The block and the inner products of its basis, row by row.

    Examples
    --------
    >>> from symbias.sym.equality.interval import ball_library
    >>> one = [ball_library().arb(1)]
    >>> block = BlockEnclosure("y", 3, 0, [-2 * one[0]], one)
    >>> block.loud, block.negative(1.0, 80)
    ([-2.0], 1)
    """

    component: str
    multiplicity: Any
    silent: int
    entries: list[Any]
    metric: list[Any]

    @property
    def order(self) -> int:
        """How many rows the block has."""
        return round(len(self.entries) ** 0.5)

    @cached_property
    def approximate(self) -> list[float]:
        """Eigenvalues to the digits of floats; nothing rests on them but where proofs look."""
        n = self.order
        high = [float(x.mid()) for x in self.entries]
        low = [float((x - y).mid()) for x, y in zip(self.entries, high, strict=True)]
        metric = [float(x) for x in self.metric]
        parts = (np.array(part).reshape(n, n, 1) for part in (high, low, metric))
        found: list[float] = block_spectra(*parts)[:, 0].tolist()
        return found

    @property
    def loud(self) -> list[float]:
        """The eigenvalues but for those that rescalings keep at zero."""
        return sorted(self.approximate, key=abs)[self.silent :]

    def negative(self, gap: float, bits: int) -> int | None:
        """Return the proved number of negative eigenvalues, no other but the silent ones being zero.

        Parameters
        ----------
        gap : float
            Between zero and the smallest eigenvalue that is not silent; only looked at if there are silent ones.
        bits : int
            Working precision.

        Returns
        -------
        int or None
            None if it is not decided.
        """
        if not self.silent:
            return negative_below(self.entries, self.metric, 0.0, bits)
        # Rescaling a neuron leaves the loss as it is: so many eigenvalues are exactly zero, those near it.
        below, above = (negative_below(self.entries, self.metric, x, bits) for x in (-gap, gap))
        return below if below is not None and above == below + self.silent else None


def block_enclosures(
    point: Any, dimension: Any, box: list[Any], bits: int
) -> Iterator[BlockEnclosure]:
    """Yield the blocks of a Hessian on an enclosure of a critical point.

    Parameters
    ----------
    point : CriticalPoint
        Says which components there are.
    dimension : flint.arb
        The dimension.
    box : list of flint.arb
        The enclosure of the block coordinates.
    bits : int
        Working precision.

    Yields
    ------
    BlockEnclosure
        One per isotypic component that has a dimension.

    Examples
    --------
    >>> import symbias as sb
    >>> point = sb.PopulationLoss(sb.activations.relu).family("A").at(20)
    >>> [b.component for b in block_enclosures(point, point.dimension, list(point.point), 200)]
    ['t', 's', 'x', 'y']
    """
    system = point.system
    values = system.ball_spectral([dimension, *box], bits)[1 + len(box) :]
    entries = system.split(values)
    metrics = system.split(system.ball_grams([dimension], bits))
    for component in system.components:
        multiplicity, name = point.polynomial(component.dimension), system.name(component)
        if multiplicity != 0:
            silent = system.silent(component)
            yield BlockEnclosure(name, multiplicity, silent, entries[name], metrics[name])
