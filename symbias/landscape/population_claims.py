"""What is claimed of population losses, and how samples and differences decide it."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias import simulate
from symbias.codegen.kernel import compile_expression
from symbias.errors import InputError
from symbias.models.population_loss import PopulationLoss
from symbias.registry import ask
from symbias.simulate.randomness import as_generator
from symbias.verdicts.claim import claim

SAMPLES = 400_000
SHIFT = 1e-5
"""Of a coordinate in differences: their error is its square."""

TOLERANCE = 1e-6


def verify_loss(loss: PopulationLoss, d: int, rng: Any) -> Any:
    """Run the claims of a population loss; see `PopulationLoss.verify`.

    Parameters
    ----------
    loss : PopulationLoss
        The loss.
    d : int
        The number of inputs.
    rng : int, numpy.random.Generator or None
        Seed of the point and the samples.

    Returns
    -------
    Report
        Of the derivations behind it and of the claims.

    Raises
    ------
    InputError
        If there would be no neuron, or more inputs than samples can tell apart.

    Examples
    --------
    >>> import symbias as sb
    >>> verify_loss(sb.PopulationLoss(sb.activations.relu), 2, 0).ok
    True
    """
    if not 1 <= d <= 50 or d + loss.extra_neurons < 1:
        raise InputError(
            f"There would be {d} inputs and {d + loss.extra_neurons} neurons.",
            remedy="Choose d from 1 to 50, and at least one neuron.",
        )
    generator = as_generator(0 if rng is None else rng)
    k = d + loss.extra_neurons
    W = np.eye(k, d) + 0.5 * generator.standard_normal((k, d))
    alpha = generator.uniform(0.5, 1.5, k) if loss.second_layer else None
    formulas = [loss.activation.dual(), loss.activation.self_dual()]
    claims = [_sampled(loss, W, alpha), _differences(loss, W, alpha)]
    return ask("runner.verify:verify", [*(f.derivation for f in formulas), *claims], rng=generator)


def _flat(loss: PopulationLoss, W: np.ndarray, alpha: Any) -> np.ndarray:
    found = loss.gradient(W, alpha)
    return np.concatenate([part.ravel() for part in (found if loss.second_layer else [found])])


def _sampled(loss: PopulationLoss, W: np.ndarray, alpha: Any) -> Any:
    formula = loss.activation.dual()
    weights = np.ones(len(W)) if alpha is None else alpha
    z, s = loss.activation.argument, loss.activation.expr
    kernel = compile_expression([s, s.diff(z)], [z])

    def values(x: np.ndarray) -> np.ndarray:
        hidden, rise = kernel(x @ W.T)
        error = hidden @ weights - kernel(x)[0].sum(axis=1)
        inner = (error[:, None] * rise * weights)[:, :, None] * x[:, None, :]
        outer = error[:, None] * hidden
        parts = [error[:, None] ** 2 / 2, inner.reshape(len(x), -1)]
        return np.concatenate([*parts, outer] if loss.second_layer else parts, axis=1)

    @claim("loss and gradient are Gaussian means", relation="==", of=formula)
    def means(rng: Any) -> Any:
        measured, errors = simulate.gaussian_mean(values, W.shape[1], SAMPLES, rng=rng)
        return np.array([loss.value(W, alpha), *_flat(loss, W, alpha)]), measured, errors

    return means


def _differences(loss: PopulationLoss, W: np.ndarray, alpha: Any) -> Any:
    @claim(
        "the Hessian is the slope of the gradient",
        relation="==",
        tolerance=TOLERANCE,
        of=loss.activation.dual(),
    )
    def slopes() -> Any:
        start = W.ravel() if alpha is None else np.concatenate([W.ravel(), alpha])

        def slope(shift: np.ndarray) -> np.ndarray:
            point = start + shift
            moved = None if alpha is None else point[W.size :]
            return _flat(loss, point[: W.size].reshape(W.shape), moved)

        steps = SHIFT * np.eye(start.size)
        columns = [(slope(e) - slope(-e)) / (2 * SHIFT) for e in steps]
        return loss.hessian(W, alpha), np.array(columns)

    return slopes
