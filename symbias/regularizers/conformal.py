"""Metrics that are multiples of a constant matrix: M = g C.

In the time warped by g the outputs follow the gradient flow of the loss in the constant metric C, so Q is half the
square of the distance from the start in C^-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from symbias.models.parametrization import Parametrization
from symbias.regularizers.commuting import vanishes
from symbias.regularizers.initialization import Initialization
from symbias.regularizers.metric import metric, metric_at, somewhere
from symbias.solvers.dual_newton import dual_newton
from symbias.sym.rewrite import trigonometric

DIGITS = 30


@dataclass(frozen=True, eq=False)
class Conformal:
    """A metric that is a multiple of a constant matrix.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    start : Initialization
        Its initialization.
    metric : sympy.Matrix
        M in the parameters.
    constant : sympy.Matrix
        C, with its first entry one.
    w, eta : tuple of sympy.Symbol
        The outputs and their dual variables.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> found = Parametrization([u**2 - v**2, 2 * u * v], [u, v]).regularizer({u: 1, v: 0}).solution
    >>> found.constant
    Matrix([
    [1, 0],
    [0, 1]])
    """

    parametrization: Parametrization
    start: Initialization
    metric: sp.Matrix
    constant: sp.Matrix
    w: tuple[sp.Symbol, ...]
    eta: tuple[sp.Symbol, ...]

    @property
    def warp(self) -> sp.Expr:
        """The factor of time, the multiple."""
        return self.metric[0, 0]

    @cached_property
    def first(self) -> sp.Matrix:
        """The outputs at the start."""
        outputs = sp.Matrix(self.parametrization.outputs)
        return outputs.subs(self.start.point, simultaneous=True)

    @cached_property
    def potential(self) -> sp.Expr:
        """Q as a function of w."""
        moved = sp.Matrix(self.w) - self.first
        return sp.expand((moved.T * self.constant.inv() * moved)[0] / 2)

    @cached_property
    def link(self) -> list[sp.Expr]:
        """Grad Q as a function of w."""
        return list(self.constant.inv() * (sp.Matrix(self.w) - self.first))

    @cached_property
    def trajectory(self) -> list[sp.Expr]:
        """The outputs as functions of eta."""
        return list(self.first + self.constant * sp.Matrix(self.eta))

    @cached_property
    def conjugate(self) -> sp.Expr:
        """Q* as a function of eta."""
        eta = sp.Matrix(self.eta)
        return sp.expand((self.first.T * eta + eta.T * self.constant * eta / 2)[0])

    def minimise(self, data: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the interpolator nearest to the start.

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
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> found = Parametrization([u**2 - v**2, 2 * u * v], [u, v]).regularizer({u: 1, v: 0}).solution
        >>> found.minimise(np.array([[0.0, 1.0]]), np.array([2.0])).round(9)
        array([1., 2.])
        """
        first = np.array([float(e) for e in self.first])
        constant = np.array(self.constant.tolist(), dtype=float)

        def conjugate(eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
            push = constant @ eta
            return float(eta @ (first + push / 2)), first + push, constant

        return dual_newton(conjugate, data, targets).point


def conformal(
    parametrization: Parametrization,
    start: Initialization,
    w: tuple[sp.Symbol, ...],
    eta: tuple[sp.Symbol, ...],
) -> Conformal | None:
    """Return the potential of a metric that is a multiple of a constant matrix.

    Parameters
    ----------
    parametrization : Parametrization
        With exact coefficients.
    start : Initialization
        Its initialization.
    w, eta : tuple of sympy.Symbol
        Names.

    Returns
    -------
    Conformal or None
        None for another metric.

    Examples
    --------
    >>> from symbias.regularizers.initialization import initialization
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> square = Parametrization([u**2 - v**2, 2 * u * v], [u, v])
    >>> conformal(square, initialization(square, {u: 1, v: 0}), real("w_1 w_2"), real("e_1 e_2")).warp
    4*u**2 + 4*v**2
    """
    samples = [
        metric_at(parametrization, somewhere(parametrization, start, seed)).evalf(DIGITS)
        for seed in (3, 4)
    ]
    if any(sample[0, 0] == 0 for sample in samples):
        return None
    one, other = (sample / sample[0, 0] for sample in samples)
    if any(abs(e) > 1e-20 for e in one - other):
        return None
    constant = one.applyfunc(lambda e: sp.Rational(str(e)).limit_denominator(10**6))
    if constant.det() == 0:
        return None
    found = metric(parametrization)
    difference = found - found[0, 0] * constant
    if any(not vanishes(trigonometric(e)) for e in difference if e != 0):
        return None
    return Conformal(parametrization, start, found, constant, w, eta)
