"""Simulations of a model's definition, the independent half of every verdict.

This module hands the compiled definition of a model (its outputs and derivatives) to the simulators of `symbias.sim`,
which know nothing of any result about it, and wraps what comes back in a `Run`.

The loss is L(theta) = 1/2 sum_i (x_i . F(theta) - y_i)**2 throughout: a sum, not a mean. A step of gradient descent is
theta <- theta - step * grad L, so a step for the mean of the squares is to be divided by the number of samples.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.codegen.kernel import Kernel
from symbias.errors import InputError
from symbias.models.parametrization import Parametrization
from symbias.models.regression import check_regression
from symbias.sim import descent, flow, monte_carlo
from symbias.sim.least_squares import LeastSquares

__all__ = ["Run", "gaussian_mean_product", "gradient_descent", "gradient_flow"]


@dataclass(frozen=True, repr=False)
class Run:
    """What every simulator returns.

    Parameters
    ----------
    final : object
        The last point, in the type of the start.
    loss : numpy.ndarray
        Recorded losses, the first one at the start.
    steps : int
        Steps taken.
    converged : bool
        Whether the run reached its tolerance.
    message : str
        Why it ended.
    w : numpy.ndarray or None
        The last outputs, for runs of a parametrization.
    theta : dict or None
        The last parameters, symbol -> number or array, for runs of a parametrization.

    Examples
    --------
    >>> Run(2.0, np.array([1.0, 0.25]), 7, converged=True, message="done")
    Run(converged after 7 steps: done; loss 1 -> 0.25)
    """

    final: Any
    loss: np.ndarray
    steps: int
    converged: bool
    message: str
    w: np.ndarray | None = None
    theta: dict[Any, Any] | None = None

    def __repr__(self) -> str:
        outcome = "converged" if self.converged else "did not converge"
        ends = f"loss {self.loss[0]:.4g} -> {self.loss[-1]:.4g}"
        return f"Run({outcome} after {self.steps} steps: {self.message}; {ends})"


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
    _check_range("tolerance", tolerance, 0.0, 1.0)
    _check_range("accuracy", accuracy, 1e-13, 1e-3)
    _check_count("max_steps", max_steps)
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
        With `.w` of shape (d,), `.theta` like `init`, and the loss at each recording. A run that diverges or
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
    _check_range("step", step, 0.0, np.inf)
    _check_range("tolerance", tolerance, 0.0, 1.0)
    _check_count("max_steps", max_steps)
    _check_count("every", every)
    problem, theta = _problem(parametrization, X, y, init)
    size, generator = _batches(batch, rng, len(problem.y))
    result = descent.gradient_descent(
        problem,
        parametrization.first_order.loop,
        theta,
        float(step),
        size,
        generator,
        tolerance=tolerance,
        max_steps=int(max_steps),
        every=int(every),
    )
    return _run(parametrization, result)


def gaussian_mean_product(
    activation: Callable[[np.ndarray], np.ndarray],
    angle: float,
    samples: int,
    *,
    rng: int | np.random.Generator,
) -> tuple[float, float]:
    """Estimate E[s(u.x) s(v.x)] by Monte-Carlo, u and v unit vectors at an angle, x standard Gaussian.

    Parameters
    ----------
    activation : callable
        s, acting on NumPy arrays elementwise.
    angle : float
        Angle between u and v in radians.
    samples : int
        Number of draws, at least 2.
    rng : int or numpy.random.Generator
        Source of the draws.

    Returns
    -------
    tuple of float
        The mean and its standard error.

    Raises
    ------
    InputError
        If the angle is not finite or `samples` less than 2.

    Examples
    --------
    >>> mean, error = gaussian_mean_product(np.abs, 0.0, 10_000, rng=3)
    >>> abs(mean - 1) < 5 * error
    True
    """
    if not np.isfinite(angle):
        raise InputError(f"The angle is {angle!r}.", remedy="Give a finite number of radians.")
    _check_count("samples", samples, least=2)
    generator = np.random.default_rng(rng)
    return monte_carlo.gaussian_mean_product(activation, float(angle), int(samples), generator)


def _problem(
    parametrization: Parametrization, X: Any, y: Any, init: Mapping[Any, Any]
) -> tuple[LeastSquares, np.ndarray]:
    data, targets = check_regression(X, y)
    theta = parametrization.pack(init, data.shape[1])
    problem = LeastSquares(
        data,
        targets,
        len(parametrization.outputs),
        len(parametrization.parameters),
        _evaluator(parametrization.first_order),
        _evaluator(parametrization.second_order),
    )
    if not np.isfinite(parametrization.first_order(*theta)).all():
        raise InputError(
            "The outputs or their derivatives are not finite at the start.",
            "the initial values lie outside the domain of the parametrization.",
            "Choose initial values inside it.",
        )
    return problem, theta


def _evaluator(kernel: Kernel) -> Callable[..., np.ndarray]:
    """Return the kernel without its checks, for arrays of one length; it is called thousands of times."""
    loop, rows, strides = kernel.loop, len(kernel.expressions), (1,) * len(kernel.args)

    def evaluate(*theta: np.ndarray) -> np.ndarray:
        out = np.empty((rows, theta[0].size))
        loop(theta, strides, out)
        return out

    return evaluate


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


def _batches(batch: Any, rng: Any, samples: int) -> tuple[int, np.random.Generator | None]:
    if batch is None:
        if rng is not None:
            raise InputError(
                "A source of randomness was given without a batch size.",
                remedy="Give batch=... for SGD, or leave rng out: full-batch descent draws nothing.",
            )
        return samples, None
    _check_count("batch", batch)
    if batch > samples:
        raise InputError(
            f"The batch is {batch}, larger than the {samples} samples.",
            remedy=f"Give a batch between 1 and {samples}.",
        )
    if rng is None:
        raise InputError(
            "SGD was asked for without rng.", remedy="Give a seed or a Generator: rng=0."
        )
    return int(batch), np.random.default_rng(rng)


def _check_range(name: str, value: Any, low: float, high: float) -> None:
    number = float(value) if isinstance(value, numbers.Real) else np.nan
    if not (0 < number < np.inf and low <= number <= high):
        span = f"between {low:g} and {high:g}" if low else f"above zero and at most {high:g}"
        wanted = "a finite positive number" if high == np.inf else f"a number {span}"
        raise InputError(f"The value of {name} is {value!r}.", remedy=f"Give {wanted}.")


def _check_count(name: str, value: Any, least: int = 1) -> None:
    if not isinstance(value, numbers.Integral) or value < least:
        raise InputError(
            f"The value of {name} is {value!r}.", remedy=f"Give an integer of at least {least}."
        )
