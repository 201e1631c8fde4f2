"""Where gradient flow of a parametrization ends, and how sharp the loss is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symbias.contracts import checked
from symbias.errors import ConvergenceError, InputError
from symbias.models.parametrization import Parametrization
from symbias.models.regression import check_regression
from symbias.simulate.regression import gradient_flow
from symbias.stability.quadratic_flow import flow_by_dual, modes

ACCURACY = 1e-12
"""Relative local error of the integrated flow."""


@dataclass(frozen=True, eq=False, repr=False)
class GradientFlowSolution:
    """The end of a gradient flow; made by `gfs`.

    Parameters
    ----------
    theta : dict of sympy.Symbol to float or numpy.ndarray
        The parameters.
    w : numpy.ndarray, shape (d,)
        The predictor, with X w = y.
    sharpness : float
        Largest eigenvalue of the Hessian of the loss (1/2n) sum (x_i . w - y_i)**2 in theta.
    route : str
        ``"dual"``: from the convex problem that the map's closed flow leaves; ``"flow"``: integrated.

    Examples
    --------
    >>> GradientFlowSolution({}, np.ones(1), 2.0, "flow")
    GradientFlowSolution(sharpness 2, by the flow)
    """

    theta: dict[sp.Symbol, Any]
    w: np.ndarray
    sharpness: float
    route: str

    def __repr__(self) -> str:
        return f"GradientFlowSolution(sharpness {self.sharpness:.6g}, by the {self.route})"


@checked
def gfs(
    parametrization: Parametrization,
    X: Any,
    y: Any,
    theta: Mapping[sp.Symbol, Any],
    *,
    route: str | None = None,
) -> GradientFlowSolution:
    """Return the gradient-flow solution: where gradient flow from theta ends, and the sharpness there.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta).
    X : array_like, shape (n, d)
        One row per sample.
    y : array_like, shape (n,)
        One target per sample.
    theta : mapping of sympy.Symbol to number or array
        Where the flow starts; arrays of length d where the map acts coordinatewise.
    route : {"dual", "flow"}, optional
        ``"dual"`` solves a convex problem, for maps that are one quadratic form, such as u**2 - v**2 or u*v;
        ``"flow"`` integrates the flow of any map. The first one that applies, if left out.

    Returns
    -------
    GradientFlowSolution
        With ``.theta``, ``.w``, ``.sharpness`` and ``.route``. The loss is (1/2n) sum (x_i . w - y_i)**2.

    Raises
    ------
    InputError
        If data or parameters make no sense, the route is unknown, or the map has no dual.
    ConvergenceError
        If the flow does not reach zero loss: it ends at a saddle, or no parameters fit the data.

    Notes
    -----
    The quantity is that of Kreisler et al. (2023). The integrated flow is a simulation, accurate to about ten digits;
    the dual is verified against it.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> u, v = net.parameters
    >>> found = gfs(net, [[1.0, 2.0]], [1.0], {u: [0.5, 1.0], v: [0.5, 1.0]})
    >>> found, found.w.round(6)
    (GradientFlowSolution(sharpness 34.8882, by the dual), array([0.058449, 0.470776]))
    """
    data, targets = check_regression(X, y)
    start = parametrization.pack(theta, data.shape[1])
    quadratic = None if route == "flow" else modes(parametrization)
    if route not in {None, "dual", "flow"}:
        raise InputError(f"The route is {route!r}.", remedy='Give "dual", "flow" or nothing.')
    if quadratic is not None:
        end, w = flow_by_dual(quadratic, data, targets, start)
        return _solution(parametrization, data, end, w, "dual")
    if route == "dual":
        raise InputError(
            f"{parametrization} is no quadratic form of the parameters of one coordinate.",
            "the dual is known for these maps only.",
            'Leave the route out, or give "flow".',
        )
    run = gradient_flow(parametrization, data, targets, theta, accuracy=ACCURACY)
    if not run.converged:
        raise ConvergenceError(
            f"Gradient flow from these parameters has no solution: {run.message}.",
            "the data cannot be fitted by the map, or the start lies where the flow ends at a saddle.",
            "Change the start a little, or check the data; simulate.gradient_flow shows the run.",
        )
    end = parametrization.pack(run.theta or {}, data.shape[1])
    return _solution(parametrization, data, end, np.asarray(run.w), "flow")


def _solution(
    parametrization: Parametrization, X: np.ndarray, theta: np.ndarray, w: np.ndarray, route: str
) -> GradientFlowSolution:
    outputs, count = len(parametrization.outputs), len(parametrization.parameters)
    slopes = parametrization.first_order(*theta)[outputs:].reshape(outputs, count, -1)
    single = X * np.sqrt((slopes[0] ** 2).sum(axis=0)) if outputs == 1 else None
    tangents = X @ slopes[:, :, 0] if single is None else single
    with np.errstate(over="ignore", invalid="ignore"):
        sharpness = float(np.square(np.linalg.norm(tangents, 2)) / len(X))
    if not np.isfinite(sharpness):
        raise InputError(
            "The sharpness is larger than a float can hold.",
            "the data or the parameters are huge.",
            "Scale the data.",
        )
    return GradientFlowSolution(parametrization.unpack(theta), w, sharpness, route)
