"""The dual of an activation and its partial derivatives, compiled for all pairs of neurons.

What a step in the slope at 0 contributes is a multiple of the ReLU kernel. Its second derivatives have poles at
parallel vectors which cancel in the Hessian, so that part is left to the geometry of the angle; the rest is compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel, compile_expression
from symbias.errors import DomainError
from symbias.models.activation import Activation
from symbias.models.dual_half_lines import A, B, C
from symbias.solvers.kernel_population import KernelPopulation, Partials
from symbias.solvers.pair_geometry import PairGeometry
from symbias.sym.functions.half_moment import half_moment
from symbias.sym.symbols import real

ROOT = real("s")
"""sqrt(a*b - c**2), an argument of its own: near parallel vectors it is known better than a, b and c tell."""

_ORDERS: tuple[tuple[Any, ...], ...] = ((), (A,), (C,), (A, A), (A, B), (A, C), (B, C), (C, C))


@dataclass(frozen=True)
class DualKernels:
    """The compiled parts of the dual of an activation without parameters.

    Parameters
    ----------
    activation : Activation
        The activation.

    Examples
    --------
    >>> import symbias as sb
    >>> DualKernels(sb.activations.abs).relu_share, DualKernels(sb.activations.abs).rest
    (4, -c)
    """

    activation: Activation

    @cached_property
    def relu_share(self) -> Any:
        """The factor of the ReLU kernel: the square of the step in the slope at 0."""
        sides = self.activation.sides
        if sides is None:
            return sp.S.Zero
        return (sides.plus.get(1, sp.S.Zero) + sides.minus.get(1, sp.S.Zero)) ** 2

    @cached_property
    def rest(self) -> Any:
        """The dual activation less that multiple of the ReLU kernel."""
        dual = self.activation.dual()
        found = (dual if dual.stable is None else dual.stable).rhs
        both, opposite = half_moment(1, 1, A, B, C), half_moment(1, 1, A, B, -C)
        return sp.expand(found.xreplace({opposite: both - C / 2}) - self.relu_share * both)

    @cached_property
    def own(self) -> Any:
        """The mean square less that of the same multiple of ReLU."""
        return sp.expand(self.activation.self_dual().rhs - self.relu_share * A / 2)

    @cached_property
    def pair_kernel(self) -> Kernel:
        """Kernel of the rest and its partial derivatives, in a, b, c and the root."""
        found = [_with_root(self.rest.diff(*order) if order else self.rest) for order in _ORDERS]
        return compile_expression(found, [A, B, C, ROOT])

    @cached_property
    def own_kernel(self) -> Kernel:
        """Kernel of the mean square's rest with its first two derivatives."""
        return compile_expression([self.own, self.own.diff(A), self.own.diff(A, 2)], [A])

    @cached_property
    def slope_kernels(self) -> tuple[Kernel, Kernel]:
        """Kernels of the whole dual with its slopes in a and c, and of the mean square with its slope."""
        share, relu = self.relu_share, half_moment(1, 1, A, B, C)
        whole = self.rest + share * relu
        found = [_with_root(e) for e in (whole, whole.diff(A), whole.diff(C))]
        own = self.own + share * A / 2
        return (
            compile_expression(found, [A, B, C, ROOT]),
            compile_expression([own, own.diff(A)], [A]),
        )

    def population(self, pairs: PairGeometry) -> KernelPopulation | None:
        """Return the rest at all pairs of neurons.

        Parameters
        ----------
        pairs : PairGeometry
            Of the neurons.

        Returns
        -------
        KernelPopulation or None
            None where nothing is left, for ReLU.

        Raises
        ------
        DomainError
            If a derivative does not exist at these neurons.

        Examples
        --------
        >>> import symbias as sb
        >>> from symbias.solvers.pair_geometry import pair_geometry
        >>> DualKernels(sb.activations.quadratic).population(pair_geometry(np.eye(1))).values()
        array([[3., 3.]])
        """
        if self.rest == 0 and self.own == 0:
            return None
        k = len(pairs.W)
        squares = pairs.sizes**2
        found = self.pair_kernel(squares[:k, None], squares, pairs.products, pairs.roots)
        own = self.own_kernel(squares[:k])
        rows = np.arange(k)
        found[:, rows, rows] = 0.0
        for order, value in ((0, own[0]), (1, own[1] / 2), (3, own[2] / 2)):
            found[order, rows, rows] = value
        _require_finite(found)
        return KernelPopulation(pairs, Partials._make([*found, self._teacher(pairs.W.shape[1])]))

    def _teacher(self, d: int) -> float:
        apart = self.pair_kernel(1.0, 1.0, 0.0, 1.0)[0]
        return float(d * self.own_kernel(1.0)[0] + d * (d - 1) * apart)


def _with_root(expr: Any) -> Any:
    """Write moments and roots with the symbol of the root."""

    def opened(m: Any, n: Any, a: Any, b: Any, c: Any) -> Any:
        return half_moment(m, n, a, b, c).with_opening(sp.atan2(ROOT, -c))

    square = A * B - C**2
    return expr.replace(half_moment, opened).replace(
        lambda e: e.is_Pow and e.base == square, lambda e: ROOT ** (2 * e.exp)
    )


def _require_finite(found: np.ndarray) -> None:
    if not np.isfinite(found).all():
        i, j = np.argwhere(~np.isfinite(found).all(axis=0))[0]
        raise DomainError(
            f"The kernel of neuron {i} with vector {j} (neurons first, then unit vectors) has no finite derivatives.",
            "they are parallel where the activation jumps, or too large or too small for floats.",
            "Move the neuron, or rescale it.",
        )
