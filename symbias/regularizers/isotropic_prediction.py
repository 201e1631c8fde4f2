"""Numbers for isotropic metrics: the conjugate as a function of the dual variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel, compile_expression
from symbias.regularizers.isotropic import Isotropic
from symbias.regularizers.passage import passage
from symbias.solvers.dual_newton import RankOne, dual_newton
from symbias.solvers.monotone import inverse_of_increasing

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True, eq=False)
class IsotropicMirror:
    """The warped mirror of an isotropic metric, with its dual solver.

    Where q'(0) > 0 the flow may pass through w = 0 and leave it in another direction. Not once the loss is below that
    of w = 0: where it is not at the start, the flow is followed until it is, and the potential is that of the point
    reached, which lies on the same trajectory.

    Parameters
    ----------
    found : Isotropic
        The closed forms.

    Examples
    --------
    >>> from symbias.models.parametrization import Parametrization
    >>> from symbias.sym.symbols import real
    >>> r, t = real("r t")
    >>> polar = Parametrization([r * sp.cos(t), r * sp.sin(t)], [r, t])
    >>> found = polar.regularizer({r: 1, t: 0}).solution
    >>> found.slope
    exp(n**2/2)
    """

    found: Isotropic

    def __getattr__(self, name: str) -> Any:
        """Return what the closed forms know: w, eta, warp, potential, conjugate, link, trajectory."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.found, name)

    @cached_property
    def _slope(self) -> Kernel:
        q = self.found.slope
        return compile_expression([q, sp.diff(q, self.found.n)], (self.found.n,))

    def minimise(self, data: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the w that the dual solver finds.

        Parameters
        ----------
        data : numpy.ndarray, shape (n, d)
            X.
        targets : numpy.ndarray, shape (n,)
            The targets y.

        Returns
        -------
        numpy.ndarray, shape (d,)
            The minimiser of Q subject to X w = y.

        Examples
        --------
        >>> from symbias.models.parametrization import Parametrization
        >>> from symbias.sym.symbols import real
        >>> r, t = real("r t")
        >>> polar = Parametrization([r * sp.cos(t), r * sp.sin(t)], [r, t])
        >>> found = polar.regularizer({r: 1, t: 0}).solution
        >>> found.minimise(np.array([[1.0, 0.0]]), np.array([2.0])).round(9)
        array([2., 0.])
        """
        first = self._first(data, targets)
        size = float(np.linalg.norm(first))
        pull = first * (float(self._slope(size)[0]) / size) if size else first

        def evaluate(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values = self._slope(np.where(n > 0, n, np.nan))
            return values[0], values[1]

        def conjugate(eta: np.ndarray) -> tuple[float, np.ndarray, RankOne]:
            total = eta + pull
            height = float(np.linalg.norm(total))
            begin = np.array([size or 1.0])
            n = float(inverse_of_increasing(evaluate, np.array([height]), begin)[0])
            unit = total / height if height else total
            slope = float(self._slope(n)[1]) if np.isfinite(n) else np.nan
            nodes = size + (n - size) * (NODES + 1) / 2
            radial = float(WEIGHTS @ evaluate(nodes)[0]) * (n - size) / 2
            value = height * n - radial
            ratio = n / height if height else 1 / slope
            return (
                value if np.isfinite(value) else np.inf,
                n * unit,
                RankOne(np.full(len(eta), ratio), unit, 1 / slope - ratio),
            )

        return dual_newton(conjugate, data, targets).point

    def _first(self, data: np.ndarray, targets: np.ndarray) -> np.ndarray:
        net, point = self.found.parametrization, self.found.start.point
        theta = np.array([float(point[s]) for s in net.parameters])
        if self.found.slope.subs(self.found.n, 0) != 0:
            theta, _ = passage(net, theta, data, targets)
        return np.asarray(net.first_order(*theta)[: len(net.outputs)])
