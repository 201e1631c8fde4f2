"""Gradient descent on population losses of two-layer networks, exact or with fresh samples."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from symbias.codegen.kernel import compile_expression
from symbias.errors import InputError
from symbias.sim import population, population_steps
from symbias.simulate.checks import check_count, check_range
from symbias.simulate.randomness import as_generator
from symbias.simulate.run import Run

_RECORDS = 200
"""Losses recorded in a long run, about."""

_LARGEST_BATCH = 10**7


def descend(
    loss: Any,
    W: np.ndarray,
    alpha: np.ndarray,
    step: float,
    steps: int,
    tol: float,
    batch: Any,
    rng: Any,
) -> Run:
    """Descend on a population loss; see `PopulationLoss.descend`.

    Parameters
    ----------
    loss : PopulationLoss
        Its definition: activation, and whether the second layer is trained.
    W, alpha : numpy.ndarray, shapes (k, d) and (k,)
        The start, checked.
    step, steps, tol, batch, rng
        As for `PopulationLoss.descend`.

    Returns
    -------
    Run
        With the recorded losses.

    Raises
    ------
    InputError
        If step, steps, tolerance, batch or source of randomness make no sense.

    Examples
    --------
    >>> import symbias as sb
    >>> loss = sb.PopulationLoss(sb.activations.quadratic)
    >>> descend(loss, np.array([[0.5]]), np.ones(1), 0.05, 500, 1e-8, None, None)
    Run(converged after 25 steps: the gradient has length 6.9e-09; loss 0.8438 -> 0)
    """
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps, least=0)
    if not (np.isfinite(tol) and tol >= 0):
        raise InputError(
            f"The value of tol is {tol!r}.", remedy="Give a number that is not negative."
        )
    generator = _source(batch, rng)
    every = max(1, steps // _RECORDS)
    slopes = _slopes(loss.activation)
    if slopes is not None and batch is None:
        result = population.descend(
            W, alpha, slopes, step, steps, tol, every, second_layer=loss.second_layer
        )
    else:
        draw = None if batch is None else _sampler(loss.activation, int(batch), generator)
        result = population_steps.descend(
            W, alpha, _mean(loss, slopes), step, steps, tol, every,
            second_layer=loss.second_layer, draw=draw,
        )  # fmt: skip
    return _run(result, loss, steps, tol if batch is None else None)


def _source(batch: Any, rng: Any) -> np.random.Generator | None:
    if batch is None:
        if rng is not None:
            raise InputError(
                "A source of randomness was given without a batch size.",
                remedy="Give batch=..., or leave rng out: descent on the population loss draws nothing.",
            )
        return None
    check_count("batch", batch)
    if batch > _LARGEST_BATCH:
        raise InputError(f"The batch is {batch}.", remedy=f"Give at most {_LARGEST_BATCH} inputs.")
    if rng is None:
        raise InputError(
            "Batches were asked for without rng.", remedy="Give a seed or a Generator: rng=0."
        )
    return as_generator(rng)


def _slopes(activation: Any) -> population.Activation | None:
    """Return what the fast simulation needs, None if the activation is not linear on both sides of 0."""
    sides = activation.sides
    if sides is None or sides.powers != (1,):
        return None
    right, left = float(sides.plus.get(1, 0)), float(sides.minus.get(1, 0))
    return population.Activation((right + left) ** 2, -right * left)


def _mean(loss: Any, slopes: population.Activation | None) -> Callable[..., Any]:
    if slopes is not None:
        return partial(population.gradient, activation=slopes)
    pair, own = loss.kernels.slope_kernels
    return partial(population_steps.mean_gradient, kernel=population_steps.Kernel(pair, own))


def _sampler(activation: Any, batch: int, generator: Any) -> Callable[..., Any]:
    z, expr = activation.argument, activation.expr
    kernel = compile_expression([expr, expr.diff(z)], [z])

    def draw(W: np.ndarray, alpha: np.ndarray) -> Any:
        X = generator.standard_normal((batch, W.shape[1]))
        return population_steps.sampled_gradient(W, alpha, kernel, X)

    return draw


def _run(result: population.Descent, loss: Any, steps: int, tol: float | None) -> Run:
    converged = tol is not None and result.norm <= tol
    if converged:
        message = f"the gradient has length {result.norm:.1e}"
    elif result.steps < steps:
        message = "the loss grew without bound; the step is too large"
    else:
        message = f"all steps were taken; the gradient has length {result.norm:.1e}"
    final = (result.W, result.alpha) if loss.second_layer else result.W
    return Run(final, result.loss, result.steps, converged=converged, message=message)
