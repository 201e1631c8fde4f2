"""Numbers for separable mirrors: the conjugate, its gradient and its curvature, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel, compile_expression
from symbias.errors import BudgetError
from symbias.regularizers.branches import walls
from symbias.regularizers.coordinate_flow import TAU, X
from symbias.regularizers.mirror import ScalarMirror
from symbias.solvers.monotone import inverse_of_increasing


@dataclass(frozen=True, eq=False)
class ScalarConjugate:
    """One coordinate's conjugate as kernels, for any number of copies.

    Parameters
    ----------
    mirror : ScalarMirror
        Its closed forms; placeholders are further arguments.
    numbers : dict
        Placeholder -> float or array of one value per copy.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).solution
    >>> ScalarConjugate(found.numeric[0], found.start.numbers)(np.zeros(1))[2]
    array([8.])
    """

    mirror: ScalarMirror
    numbers: dict[sp.Symbol, Any]

    @cached_property
    def _by_time(self) -> bool:
        """Whether the value is a closed function of time; otherwise the time is one of the value."""
        return self.mirror.value is not None and self.mirror.primitive is not None

    @cached_property
    def _rows(self) -> list[sp.Expr]:
        """Primitive, value and its derivative, or potential, link and its derivative; then what is positive inside."""
        m = self.mirror
        if self._by_time:
            rows, argument = [m.primitive, m.change, sp.diff(m.value, TAU)], TAU
        elif m.link is not None and m.potential is not None:
            rows, argument = [m.potential, m.link, sp.diff(m.link, X)], X
        else:
            raise BudgetError(
                "The conjugate has no closed form, and neither has the potential.",
                "an integral was not found.",
                "Use simulate.gradient_flow.",
            )
        return [sp.sympify(r) for r in rows] + _margins(
            [rows[0], m.value or rows[1]], argument, m.first
        )

    @cached_property
    def _kernel(self) -> Kernel:
        return compile_expression(self._rows, (TAU if self._by_time else X, *self._names))

    @cached_property
    def _names(self) -> list[sp.Symbol]:
        used = set().union(*(r.free_symbols for r in self._rows))
        return [s for s in self.numbers if s in used]

    @cached_property
    def _given(self) -> list[Any]:
        return [self.numbers[s] for s in self._names]

    @cached_property
    def _first(self) -> Any:
        first = sp.sympify(self.mirror.first)
        names = [s for s in self.numbers if first.has(s)]
        return (
            compile_expression(first, names)(*(self.numbers[s] for s in names))
            if names
            else float(first)
        )

    def __call__(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the primitive, the value and its derivative at times tau, shape (copies,) each; NaN outside."""
        if self._by_time:
            found = self._inside(tau)
            return found[0], self._first + found[1], found[2]
        return self._through_link(tau)

    def _inside(self, argument: np.ndarray) -> np.ndarray:
        """Return the first three rows, NaN beyond the poles and branch points that end the domain."""
        found = np.asarray(self._kernel(argument, *self._given))
        return np.where((found[3:] > 0).all(axis=0), found[:3], np.nan)

    def _through_link(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        def evaluate(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            found = self._inside(x)
            return found[1], found[2]

        start = np.broadcast_to(self._first, tau.shape)
        x = inverse_of_increasing(evaluate, tau, start)
        found = self._inside(x)
        return tau * x - found[0], x, 1 / found[2]


def _margins(rows: list[sp.Expr], argument: sp.Symbol, first: sp.Expr) -> list[sp.Expr]:
    """Return expressions that are positive on the branch through the start."""
    at = {argument: sp.S.Zero if argument == TAU else first}
    conditions: dict[Any, None] = {}
    for row in rows:
        conditions |= walls(row, at)
    return [c.gts - c.lts for c in conditions]


@dataclass(frozen=True, eq=False)
class SeparableConjugate:
    """The sum of scalar conjugates: what the dual solver calls.

    Parameters
    ----------
    parts : tuple of ScalarConjugate
        One for each coordinate of x, or a single one for all of them.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).solution
    >>> part = ScalarConjugate(found.numeric[0], found.start.numbers)
    >>> SeparableConjugate((part,))(np.zeros(2))[1]
    array([0., 0.])
    """

    parts: tuple[ScalarConjugate, ...]

    def __call__(self, eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the value, the gradient and the diagonal of the Hessian."""
        with np.errstate(all="ignore"):
            if len(self.parts) == 1:
                primitive, value, slope = self.parts[0](eta)
            else:
                each = [part(eta[k : k + 1]) for k, part in enumerate(self.parts)]
                primitive, value, slope = (np.concatenate(rows) for rows in zip(*each, strict=True))
            total = float(np.sum(primitive))
        good = (slope > 0) & np.isfinite(value)
        return (total if good.all() else np.inf), value, np.where(good, slope, np.nan)
