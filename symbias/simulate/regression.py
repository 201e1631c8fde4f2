"""Gradient flow and gradient descent of a parametrization on least squares.

The loss is L(theta) = 1/2 sum_i (x_i . F(theta) - y_i)**2 throughout: a sum, not a mean. A step of gradient descent is
theta <- theta - step * grad L, so a step for the mean of the squares is to be divided by the number of samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from symbias.codegen.prepared import prepare
from symbias.errors import InputError
from symbias.models.parametrization import Parametrization
from symbias.models.regression import check_regression
from symbias.sim import descent, flow
from symbias.sim.least_squares import LeastSquares
from symbias.simulate.checks import check_batches, check_count, check_range
from symbias.simulate.replay import Replay
from symbias.simulate.run import Run


def gradient_flow(
    parametrization: Parametrization,
    X: Any,
    y: Any,
    init: Mapping[Any, Any],
    *,
    tolerance: float = 1e-12,
    accuracy: float = 1e-11,
    max_steps: int = 100_000,
) -> Run:
    """Follow the gradient flow theta' = -grad L to its limit.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta).
    X : array_like, shape (n, d)
        One row per sample.
    y : array_like, shape (n,)
        One target per sample.
    init : mapping of sympy.Symbol to number or array
        The parameters at time zero; arrays of length d where the map acts coordinatewise.
    tolerance : float
        Largest final residual, relative to the larger of the targets and the first residual. Where the rounding
        of theta to doubles moves a residual by more than that, the run ends there.
    accuracy : float
        Relative local error of the integrator, between 1e-13 and 1e-3.
    max_steps : int
        Budget of integrator steps.

    Returns
    -------
    Run
        With `.w` of shape (d,), `.theta` like `init`, and the loss after every step. A flow that stops short of
        interpolation has `.converged` False and says why in `.message`.

    Raises
    ------
    InputError
        If data or initial values are not finite, missing, unknown or of the wrong shape.

    Examples
    --------
    >>> from symbias.models.parametrizations import diagonal
    >>> network = diagonal(depth=2)
    >>> u, v = network.parameters
    >>> run = gradient_flow(network, [[1.0, 2.0]], [1.0], {u: 0.01, v: 0.01})
    >>> run.converged, run.w.round(3)
    (True, array([0.007, 0.496]))
    """
    check_range("tolerance", tolerance, 0.0, 1.0)
    check_range("accuracy", accuracy, 1e-13, 1e-3)
    check_count("max_steps", max_steps)
    problem, theta = _problem(parametrization, X, y, init)
    result = flow.gradient_flow(
        problem, theta, tolerance=tolerance, accuracy=accuracy, max_steps=int(max_steps)
    )
    return _run(parametrization, result)


def gradient_descent(
    parametrization: Parametrization,
    X: Any,
    y: Any,
    init: Mapping[Any, Any],
    step: float,
    batch: int | None = None,
    *,
    rng: int | np.random.Generator | None = None,
    tolerance: float = 1e-12,
    max_steps: int = 1_000_000,
    every: int = 100,
) -> Run:
    """Run gradient descent, or SGD on random batches, with a constant step.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta).
    X : array_like, shape (n, d)
        One row per sample.
    y : array_like, shape (n,)
        One target per sample.
    init : mapping of sympy.Symbol to number or array
        The parameters at the start; arrays of length d where the map acts coordinatewise.
    step : float
        The step for the loss L = 1/2 sum_i (x_i . w - y_i)**2.
    batch : int, optional
        Samples per step, drawn without replacement, anew at each step. The batch gradient is scaled by n / batch,
        so that its mean is the full gradient. All samples if left out.
    rng : int or numpy.random.Generator, optional
        Source of the batches; needed if and only if `batch` is given.
    tolerance : float
        Largest final residual, relative to the larger of the targets and the first residual; never less than
        what the rounding of theta allows.
    max_steps : int
        Budget of steps.
    every : int
        Steps between two recordings of the loss; the run ends at a recording.

    Returns
    -------
    Run
        With `.w` of shape (d,), `.theta` like `init`, the loss at each recording, and `.replay`. A run that diverges or
        runs out of steps has `.converged` False and says why in `.message`.

    Raises
    ------
    InputError
        If data, initial values, step or batch make no sense.

    Examples
    --------
    >>> from symbias.models.parametrizations import diagonal
    >>> network = diagonal(depth=2)
    >>> u, v = network.parameters
    >>> run = gradient_descent(network, [[1.0, 2.0]], [1.0], {u: 0.1, v: 0.1}, step=0.01)
    >>> run.converged
    True
    """
    check_range("step", step, 0.0, np.inf)
    check_range("tolerance", tolerance, 0.0, 1.0)
    check_count("max_steps", max_steps)
    check_count("every", every)
    problem, theta = _problem(parametrization, X, y, init)
    size, generator = check_batches(batch, rng, len(problem.y))
    loop, before = parametrization.first_order.loop, deepcopy(generator)
    result = descent.gradient_descent(
        problem,
        loop,
        theta,
        float(step),
        size,
        generator,
        tolerance=tolerance,
        max_steps=int(max_steps),
        every=int(every),
    )
    replay = Replay(problem, loop, theta, result.theta, float(step), size, before, result.steps)
    return replace(_run(parametrization, result), replay=replay)


def _problem(
    parametrization: Parametrization, X: Any, y: Any, init: Mapping[Any, Any]
) -> tuple[LeastSquares, np.ndarray]:
    if not isinstance(parametrization, Parametrization):
        raise InputError(
            f"The parametrization is a {type(parametrization).__name__}.",
            remedy="Pass a sb.Parametrization, for example sb.parametrizations.diagonal(2).",
        )
    data, targets = check_regression(X, y)
    theta = parametrization.pack(init, data.shape[1])
    problem = LeastSquares(
        data,
        targets,
        len(parametrization.outputs),
        len(parametrization.parameters),
        prepare(parametrization.first_order, theta.shape[1]),
        prepare(parametrization.second_order, theta.shape[1]),
    )
    if not np.isfinite(parametrization.first_order(*theta)).all():
        raise InputError(
            "The outputs or their derivatives are not finite at the start.",
            "the initial values lie outside the domain of the parametrization.",
            "Choose initial values inside it.",
        )
    return problem, theta


def _run(parametrization: Parametrization, result: flow.FlowResult | descent.DescentResult) -> Run:
    theta = parametrization.unpack(result.theta)
    return Run(
        theta,
        result.losses,
        result.steps,
        result.converged,
        result.message,
        result.w.ravel(),
        theta,
    )
