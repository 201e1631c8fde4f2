"""Commuting maps whose joint flow has no closed form: the mirror exists, and its values are computed along that flow.

The fields grad F_i commute, so they have a joint flow phi_eta, and w(eta) = F(phi_eta(theta0)) is the gradient of Q*.
Its Hessian is the metric at phi_eta(theta0). With a warp g the same holds of the fields divided by g, in its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import compile_expression
from symbias.models.parametrization import Parametrization
from symbias.regularizers.initialization import Initialization
from symbias.solvers.dual_newton import dual_newton
from symbias.solvers.transport import transport
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula


@dataclass(frozen=True, eq=False)
class JointFlow:
    """The mirror of a commuting map without closed forms.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    start : Initialization
        Where the flow begins.
    w, eta : tuple of sympy.Symbol
        The outputs and their dual variables.
    warp : sympy.Expr
        The factor of time, in the parameters.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.chain(3, 1)
    >>> net.regularizer(dict(zip(net.parameters, (1, 2, 3)))).solution.warp
    1
    """

    parametrization: Parametrization
    start: Initialization
    w: tuple[sp.Symbol, ...]
    eta: tuple[sp.Symbol, ...]
    warp: sp.Expr = sp.S.One

    potential = conjugate = link = trajectory = None

    def minimise(self, data: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the w that the dual solver finds, following the joint flow at every step.

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
        >>> net = sb.parametrizations.chain(3, 1)
        >>> found = net.regularizer(dict(zip(net.parameters, (1, 2, 3)))).solution
        >>> found.minimise(np.array([[1.0, 1.0]]), np.array([8.0])).round(9)
        array([4., 4.])
        """
        width = data.shape[1]
        numbers = self.start.numbers
        first = self.parametrization.pack(
            {s: numbers.get(v, 0.0 if v == 0 else v) for s, v in self.start.generic.items()}, width
        )
        outputs, parameters = len(self.parametrization.outputs), len(first)
        size = first.size

        def state(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            stacked = self.parametrization.first_order(*x.reshape(first.shape))
            return stacked[:outputs], stacked[outputs:].reshape(outputs, parameters, -1)

        pace = compile_expression(self.warp, self.parametrization.parameters)

        def conjugate(eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
            times = eta.reshape(outputs, -1)

            def velocity(x: np.ndarray) -> np.ndarray:
                w, slopes = state(x[:size])
                fields = np.einsum("qc,qpc->pc", times, slopes) / pace(
                    *x[:size].reshape(first.shape)
                )
                return np.append(fields.ravel(), np.sum(times * w))

            end = transport(velocity, np.append(first.ravel(), 0.0))
            w, slopes = state(end[:size])
            if outputs == 1:
                return _finite(end[-1]), w[0], np.sum(slopes[0] ** 2, axis=0)
            hessian = slopes[:, :, 0] @ slopes[:, :, 0].T
            return _finite(end[-1]), w[:, 0], hessian / pace(*end[:size])

        return dual_newton(conjugate, data, targets).point


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else np.inf


def derive_joint_flow(
    found: JointFlow, derivation: Derivation | None = None
) -> tuple[Derivation, dict[str, Formula]]:
    """Return the derivation of what is known: the fields commute, and the metric.

    Parameters
    ----------
    found : JointFlow
        The map and its start.
    derivation : Derivation, optional
        What came before.

    Returns
    -------
    Derivation
        That the map has a joint flow.
    dict of str to Formula
        ``"metric"``, the Hessian of Q* along the joint flow.

    Raises
    ------
    BudgetError
        If it was not decided that the fields commute.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.chain(3, 1)
    >>> net.regularizer(dict(zip(net.parameters, (1, 2, 3)))).remark
    'neither potential nor conjugate has a closed form that was found; the minimiser is computed along the joint flow'
    """
    derivation = derivation or Derivation("What gradient flow minimises", cites=["li2022"])
    brackets(derivation, found.parametrization)
    jacobian = found.parametrization.jacobian()
    metric: Any = jacobian * jacobian.T
    derivation.start(
        metric[0, 0] if metric.rows == 1 else metric,
        r"the metric $M = J J^\top$ along the joint flow: the Hessian of $Q^*$, the inverse of that of $Q$",
    )
    name = sp.Function("M")(*found.parametrization.parameters) if metric.rows == 1 else "M"
    return derivation, {"metric": derivation.conclude(name, "metric", reference="li2022")}


def brackets(derivation: Derivation, parametrization: Parametrization) -> None:
    """Check that the gradient fields commute.

    Parameters
    ----------
    derivation : Derivation
        Where the lines go.
    parametrization : Parametrization
        The map.

    Examples
    --------
    >>> brackets.__name__
    'brackets'
    """
    theta, outputs = parametrization.parameters, parametrization.outputs
    for f, g in combinations(outputs, 2):
        one, two = (sp.Matrix([sp.diff(h, s) for s in theta]) for h in (f, g))
        bracket = sp.hessian(g, theta) * one - sp.hessian(f, theta) * two
        derivation.start(
            bracket, rf"the bracket of the gradient fields of ${sp.latex(f)}$ and ${sp.latex(g)}$"
        )
        derivation.rewrite(
            sp.zeros(len(theta), 1),
            "they commute: the map has a joint flow, which is a mirror flow",
        )
