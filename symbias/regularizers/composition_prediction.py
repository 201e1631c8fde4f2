"""Numbers for compositions: the conjugate in the dual variables, and the sign of the factors at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel, compile_expression
from symbias.regularizers.composition import Composition
from symbias.regularizers.coordinate_flow import TAU
from symbias.regularizers.passage import passage
from symbias.regularizers.prediction import ScalarConjugate
from symbias.solvers.dual_newton import RankOne, dual_newton

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True, eq=False)
class CompositionConjugate:
    """What the dual solver calls: the conjugate, its gradient and its curvature.

    Parameters
    ----------
    found : Composition
        With placeholders for numbers.
    numbers : dict
        Placeholder -> float.
    sign : float
        Of the product of the factors where w is wanted.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 0)))).solution
    >>> numbers = {s: float(x) for s, x in found.start.numbers.items()}
    >>> CompositionConjugate(found.numeric, numbers, 1.0)(np.array([1.0, 0.0]))[1].round(6)
    array([1.414214, 0.      ])
    """

    found: Composition
    numbers: dict[sp.Symbol, float]
    sign: float

    @cached_property
    def _outer(self) -> tuple[Kernel, list[float]]:
        rows = [self.found.size, sp.diff(self.found.size, TAU)]
        if self.found.primitive is not None:
            rows.append(self.found.primitive)
        names = [s for s in self.numbers if any(r.has(s) for r in rows)]
        return compile_expression(rows, (TAU, *names)), [self.numbers[s] for s in names]

    @cached_property
    def _linear(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The metric of a linear z and its start."""
        primal, inner = self.found.primal, self.found.inner
        if primal is None:
            return None
        first = [f.subs(inner.start.generic) for f in inner.parametrization.outputs]
        start = np.array([float(f.xreplace(inner.start.exact)) for f in first])
        return np.array(primal.gram.evalf(17).tolist(), dtype=float), start

    @cached_property
    def _parts(self) -> tuple[list[ScalarConjugate], np.ndarray, np.ndarray]:
        inner = self.found.inner
        mixing = np.array(inner.mixing.evalf(17).tolist(), dtype=float)
        parts = [ScalarConjugate(m, self.numbers) for m in inner.numeric]
        return parts, mixing, inner.shifts(1)

    def _inside(self, eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return psi*, z and the Hessian of psi*, as a diagonal where it is one."""
        if self._linear is not None:
            gram, start = self._linear
            push = gram @ eta
            z = start + push
            flat = np.count_nonzero(gram - np.diag(np.diag(gram))) == 0
            return float(eta @ (start + push / 2)), z, np.diag(gram) if flat else gram
        parts, mixing, shifts = self._parts
        times = mixing.T @ eta
        each = [part(times[k : k + 1]) for k, part in enumerate(parts)]
        primitive, value, slope = (np.concatenate(rows) for rows in zip(*each, strict=True))
        hessian = (mixing * slope) @ mixing.T
        return float(primitive.sum() + shifts @ eta), shifts + mixing @ value, hessian

    def size(self, action: float) -> tuple[float, float, float]:
        """Return |P|, its derivative and its integral at s = psi*.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.neuron(2)
        >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 0)))).solution
        >>> numbers = {s: float(x) for s, x in found.start.numbers.items()}
        >>> [round(x, 3) for x in CompositionConjugate(found.numeric, numbers, 1.0).size(1.5)]
        [2.0, 0.5, 2.333]
        """
        kernel, given = self._outer
        found = kernel(action, *given)
        if len(found) == 3:
            return float(found[0]), float(found[1]), float(found[2])
        nodes = action * (NODES + 1) / 2
        return (
            float(found[0]),
            float(found[1]),
            float(WEIGHTS @ kernel(nodes, *given)[0]) * action / 2,
        )

    def __call__(self, eta: np.ndarray) -> tuple[float, np.ndarray, RankOne]:
        """Return the value, the gradient w and the curvature; the value is infinite outside the domain."""
        with np.errstate(all="ignore"):
            action, z, hessian = self._inside(self.sign * eta)
            size, slope, value = self.size(action)
            good = np.isfinite([size, slope, value]).all() and size > 0
            return (
                value if good else np.inf,
                self.sign * size * z,
                RankOne(size * hessian, z, slope if good else np.nan),
            )


@dataclass(frozen=True, eq=False)
class ComposedMirror:
    """The warped mirror of a composition, with its dual solver.

    A factor that vanishes makes w vanish, and the loss falls along the flow: once it is below that of w = 0, no factor
    changes its sign any more. Where it is not below at the start, and a factor may vanish, the flow is followed until
    it is.

    Parameters
    ----------
    found, numeric : Composition
        With exact numbers, and with placeholders for them.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 0)))).solution
    >>> found.warp
    Abs(a)
    """

    found: Composition
    numeric: Composition

    def __getattr__(self, name: str) -> Any:
        """Return what the closed forms know: w, eta, warp, potential, conjugate, link, trajectory."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.found, name)

    def minimise(self, data: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the w that the dual solver finds on the branch on which the flow ends.

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
        >>> import symbias as sb
        >>> net = sb.parametrizations.neuron(2)
        >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 0)))).solution
        >>> found.minimise(np.array([[3.0, 4.0]]), np.array([5.0])).round(9)
        array([0.6, 0.8])
        """
        numbers = {s: float(x) for s, x in self.found.start.numbers.items()}
        sign, eta = _branch(self.found, data, targets)
        conjugate = CompositionConjugate(self.numeric, numbers, sign)
        return dual_newton(conjugate, data, targets, start=eta).point


def sign_remark(found: Composition) -> str:
    """Say that the potential is that of the sign that the factors have at the start, where they may change it.

    Parameters
    ----------
    found : Composition
        The closed forms.

    Returns
    -------
    str
        Empty where no factor can vanish.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> sign_remark(net.regularizer(dict(zip(net.parameters, (1, 0, 1)))).solution.found)
    ''
    """
    if found.start.symbolic or not _may_vanish(found):
        return ""
    return (
        "for data that change the sign of the factors on the way, the limit is a KKT point of the potential "
        "with the other sign, which .minimizer finds, and no minimum of this one"
    )


def _branch(
    found: Composition, data: np.ndarray, targets: np.ndarray
) -> tuple[float, np.ndarray | None]:
    """Return the sign of the factors at the end, and dual variables to begin with where the flow was followed."""
    point = found.start.point
    first = np.array([float(f.subs(point)) for f in found.parametrization.outputs])
    sign = float(sp.sign(found.product.subs(point)))
    below = np.sum((data @ first - targets) ** 2) < np.sum(targets**2)
    if sign and (below or not _may_vanish(found)):
        return sign, None
    net = found.parametrization
    factor = compile_expression(found.product, net.parameters)
    theta = np.array([float(point[s]) for s in net.parameters])
    end, collected = passage(net, theta, data, targets, factor)
    sign = float(np.sign(factor(*end)))
    return sign, sign * collected


def _may_vanish(found: Composition) -> bool:
    """Whether a factor can vanish on the way: a^2 = psi* + constant is positive for all eta where it is for z = 0."""
    suspects: list[Any] = [s for s in found.scales if s.vanishing]
    if not suspects:
        return False
    if found.primal is None:
        return True
    lowest = -found.primal.first / 2
    for s in suspects:
        square = s.size.subs(TAU, lowest)
        if not (square.is_real and square.is_nonnegative):
            return True
    return False
