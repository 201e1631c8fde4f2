"""Gradient descent on population losses of two-layer networks, exact or with fresh samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from symbias.codegen.kernel import compile_expression
from symbias.errors import DomainError, InputError
from symbias.sim import population, population_steps, symmetric_population
from symbias.simulate.block_matrix import BlockMatrix, blocks_of
from symbias.simulate.checks import check_count, check_range
from symbias.simulate.randomness import as_generator
from symbias.simulate.run import Run

_RECORDS = 200
"""Losses recorded in a long run, about."""

_LARGEST_BATCH = 10**7


def descend(
    loss: Any,
    W0: Any,
    alpha0: Any,
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
    W0, alpha0, step, steps, tol, batch, rng
        As for `PopulationLoss.descend`.

    Returns
    -------
    Run
        With the recorded losses.

    Raises
    ------
    InputError
        If start, step, steps, tolerance, batch or source of randomness make no sense.

    Examples
    --------
    >>> import symbias as sb
    >>> loss = sb.PopulationLoss(sb.activations.quadratic)
    >>> descend(loss, [[0.5]], None, 0.05, 500, 1e-8, None, None)
    Run(converged after 25 steps: the gradient has length 6.9e-09; loss 0.8438 -> 0)
    """
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps, least=0)
    if not (np.isfinite(tol) and tol >= 0):
        raise InputError(
            f"The value of tol is {tol!r}.", remedy="Give a number that is not negative."
        )
    generator = _source(batch, rng)
    plan = Plan(float(step), int(steps), float(tol), max(1, int(steps) // _RECORDS))
    slopes = _slopes(loss.activation)
    by_blocks = slopes is not None and batch is None and loss.is_square_and_fixed
    if isinstance(W0, BlockMatrix):
        return _in_blocks(_require_blocks(W0, alpha0, fits=by_blocks), slopes, plan)
    W, alpha = loss.admit(W0, alpha0)
    found = blocks_of(W) if by_blocks else None
    if found is not None:
        return _in_blocks(found[0], slopes, plan, found[1])
    if slopes is not None and batch is None:
        result = population.descend(W, alpha, slopes, *plan, second_layer=loss.second_layer)
    else:
        draw = None if batch is None else _sampler(loss.activation, int(batch), generator)
        mean = _mean(loss, slopes)
        result = population_steps.descend(
            W, alpha, mean, *plan, second_layer=loss.second_layer, draw=draw
        )
    final = (result.W, result.alpha) if loss.second_layer else result.W
    return _run(final, result, plan, exact=batch is None)


class Plan(NamedTuple):
    """How a run goes: step size, largest number of steps, length of the gradient at its end, steps between records."""

    step: float
    steps: int
    tol: float
    every: int


def _require_blocks(W: BlockMatrix, alpha: Any, *, fits: bool) -> BlockMatrix:
    if not fits or alpha is not None:
        raise InputError(
            "A start in blocks was given to a run that does not stay in them, or not by this simulation.",
            "it needs an activation that is linear on either side of 0, as many neurons as inputs, "
            "a second layer that is not trained, and no batches.",
            "Give its .dense() instead.",
        )
    for b, size in enumerate(W.sizes):
        others = np.delete(W.entries[b], b) if size == 1 else W.entries[b]
        if not (W.diagonal[b] or others.any()):
            raise DomainError(
                f"The neurons of block {b} are zero, where the loss has no gradient.",
                remedy="Start them away from zero.",
            )
    return W


def _in_blocks(W: BlockMatrix, slopes: Any, plan: Plan, labels: np.ndarray | None = None) -> Run:
    sizes = np.array(W.sizes, dtype=np.float64)
    result = symmetric_population.descend(sizes, W.diagonal, W.entries, slopes, *plan)
    final: Any = W.moved(result.diagonal, result.entries)
    if labels is not None:
        final = final.arranged(labels)
    run = _run(final, result, plan, exact=True)
    shown = " and ".join(map(str, W.sizes))
    return replace(run, message=f"{run.message}; computed in blocks of {shown} neurons")


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


def _run(final: Any, result: Any, plan: Plan, *, exact: bool) -> Run:
    converged = exact and result.norm <= plan.tol
    if converged:
        message = f"the gradient has length {result.norm:.1e}"
    elif result.steps < plan.steps:
        message = "the loss grew without bound; the step is too large"
    else:
        message = f"all steps were taken; the gradient has length {result.norm:.1e}"
    return Run(final, result.loss, result.steps, converged=converged, message=message)
