"""Squared regression w = u**2 - v**2 as a result: the tangent kernel at the end of gradient flow."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symbias.models.parametrization import Parametrization
from symbias.simulate.regression import gradient_flow
from symbias.solvers.dual_newton import dual_newton
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import real
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

PROBLEMS = 4
SAMPLES, WIDTH = 3, 8
TOLERANCE = 1e-10


@cache
def squared_regression() -> Result:
    """Return the tangent kernel of w = u**2 - v**2 along gradient flow, as a function of the dual variable, derived.

    Returns
    -------
    Result
        With ``.formula`` k(u_0, v_0, eta) for one coordinate: the sharpness at the end of the flow is the largest
        eigenvalue of X diag(k) X' / n, with eta = X' nu and nu the dual solution. The derivation also concludes w as a
        function of eta and the convex function whose gradient it is.

    Notes
    -----
    The model and the quantity are those of Kreisler et al. (2023); derived here.

    Examples
    --------
    >>> squared_regression().formula.rhs
    4*u_0**2*exp(4*eta) + 4*v_0**2*exp(-4*eta)
    """
    derivation = Derivation("Gradient flow of squared regression", cites=["kreisler2023"])
    w, kernel = _derive(derivation)

    @claim("the sharpness at the end of gradient flow", tolerance=TOLERANCE, of=kernel)
    def end_of_the_flow(rng: np.random.Generator) -> tuple[Any, Any]:
        problems = [_problem(rng) for _ in range(PROBLEMS)]
        predicted = [_predicted(w, kernel, *problem) for problem in problems]
        return np.array(predicted), np.array([_flowed(*problem) for problem in problems])

    return Result("squared_regression", kernel, (end_of_the_flow,), ("kreisler2023",))


def _derive(derivation: Derivation) -> tuple[Formula, Formula]:
    t = real("t")
    u, v, pull = (sp.Function(name, real=True)(t) for name in ("u", "v", "r"))
    eta, start_u, start_v = real("eta u_0 v_0")
    time = sp.Function("eta", real=True)(t)
    flow = [sp.Eq(u.diff(t), 2 * u * pull), sp.Eq(v.diff(t), -2 * v * pull)]
    derivation.start(
        sp.Derivative(u * v, t),
        r"with $r = -\partial L / \partial w$ the flow is $u' = 2 u r$, $v' = -2 v r$",
    )
    derivation.rewrite(0, "the product is conserved", given=flow)
    derivation.conclude(sp.Derivative(u * v, t), "conserved_product")
    derivation.start(
        sp.Derivative(start_u * sp.exp(2 * time), t), r"$u = u_0 e^{2 \eta}$ with $\eta' = r$"
    )
    derivation.rewrite(
        2 * start_u * sp.exp(2 * time) * pull, "solves the flow", given=sp.Eq(time.diff(t), pull)
    )
    derivation.start(sp.Derivative(start_v * sp.exp(-2 * time), t), r"and $v = v_0 e^{-2 \eta}$")
    derivation.rewrite(
        -2 * start_v * sp.exp(-2 * time) * pull, "too", given=sp.Eq(time.diff(t), pull)
    )
    grown, shrunk = start_u**2 * sp.exp(4 * eta), start_v**2 * sp.exp(-4 * eta)
    ends = start_u * sp.exp(2 * eta), start_v * sp.exp(-2 * eta)
    derivation.start(ends[0] ** 2 - ends[1] ** 2, "the predictor")
    derivation.rewrite(grown - shrunk, "insert")
    w = derivation.conclude(sp.Function("w")(start_u, start_v, eta), "predictor")
    derivation.start(
        sp.Derivative((grown + shrunk) / 4, eta), r"it is the slope of a convex function of $\eta$"
    )
    derivation.rewrite(grown - shrunk, "differentiate")
    first, second = real("u v")
    square = first**2 - second**2
    derivation.start(
        sp.Derivative(square, first) ** 2 + sp.Derivative(square, second) ** 2,
        r"the tangent kernel of a coordinate; $r$ is in the row space of $X$, and so is $\eta$",
    )
    derivation.rewrite(4 * first**2 + 4 * second**2, "differentiate")
    derivation.rewrite(
        4 * grown + 4 * shrunk,
        "insert",
        given=[sp.Eq(first, ends[0]), sp.Eq(second, ends[1])],
    )
    return w, derivation.conclude(sp.Function("k")(start_u, start_v, eta), "tangent_kernel")


def _problem(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return data, targets and a start."""
    X = rng.standard_normal((SAMPLES, WIDTH))
    u, v = rng.uniform(0.2, 1.0, (2, WIDTH))
    return X, rng.standard_normal(SAMPLES), u, v


def _predicted(
    w: Formula, kernel: Formula, X: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray
) -> float:
    """Solve the dual with the kernels of the derived formulas."""
    value, slope = w.compile(), kernel.compile()

    def conjugate(eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        curvature = slope(u, v, eta)  # the slope of w, too: the map is a sum of squares
        return float(curvature.sum()) / 16, value(u, v, eta), curvature

    eta = dual_newton(conjugate, X, y).eta
    return float(np.linalg.eigvalsh((X * slope(u, v, eta)) @ X.T)[-1]) / len(X)


def _flowed(X: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> float:
    """Integrate the flow, and take the Jacobian where it ends."""
    names = real("u v")
    network = Parametrization(names[0] ** 2 - names[1] ** 2, names)
    init = dict(zip(names, (u, v), strict=True))
    run = gradient_flow(network, X, y, init, tolerance=1e-13, accuracy=1e-13)
    theta = run.theta or {}
    jacobian = np.hstack([2 * X * theta[names[0]], -2 * X * theta[names[1]]])
    return float(np.linalg.norm(jacobian, 2)) ** 2 / len(X)
