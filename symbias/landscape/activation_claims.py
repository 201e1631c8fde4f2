"""What is claimed of dual activations, and how samples decide it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from symbias import simulate
from symbias.codegen.kernel import compile_expression
from symbias.errors import InputError
from symbias.models import activations
from symbias.models.activation import Activation
from symbias.models.dual_half_lines import A
from symbias.registry import ask
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

PAIRS = ((1.0, 1.0, 0.5), (0.4, 1.5, -0.6), (0.8, 0.9, 0.84))
"""Variances and covariances at which two vectors are tested: acute, obtuse and nearly parallel."""

VARIANCES = (0.4, 1.0, 1.6)
"""Those at which one vector is tested."""

SAMPLES = 4_000_000
"""Enough for a standard error of 0.1 % at acute angles."""


@cache
def relu_dual() -> Result:
    """Return K(a, b, c) = E[relu(w.x) relu(v.x)], derived from the Gaussian integral.

    Returns
    -------
    Result
        With ``.formula`` in a = |w|^2, b = |v|^2 and c = w.v.

    Notes
    -----
    Derived here; published as the arc-cosine kernel of order one (up to normalisation) by Cho and Saul (2009).

    Examples
    --------
    >>> relu_dual().formula.evalf(a=1, b=1, c=-1)
    mpf('0.0')
    """
    formula = activations.relu.dual()
    return Result("relu_dual", formula, (_pair_claim(activations.relu, formula),), ("cho2009",))


def verify_activation(activation: Activation, rng: Any) -> Any:
    """Run the claims of an activation; see `Activation.verify`.

    Parameters
    ----------
    activation : Activation
        Without parameters.
    rng : int, numpy.random.Generator or None
        Seed of the samples.

    Returns
    -------
    Report
        Of the derivations and of both claims.

    Raises
    ------
    InputError
        If the activation has parameters.

    Examples
    --------
    >>> verify_activation(activations.quadratic, 0).ok
    True
    """
    if activation.parameters:
        raise InputError(
            f"The activation has the parameter {activation.parameters[0]}.",
            remedy="Give it a number: samples need one.",
        )
    two, one = activation.dual(), activation.self_dual()
    claims = [_pair_claim(activation, two), _single_claim(activation, one)]
    return ask("runner.verify:verify", [two.derivation, one.derivation, *claims], rng=rng)


def _pair_claim(activation: Activation, formula: Any) -> Any:
    @claim("K(a, b, c) is the Gaussian mean of s(w.x) s(v.x)", relation="==", of=formula)
    def gaussian_mean(rng: Any) -> Any:
        kernel, s = formula.compile(), compile_expression(activation.expr, [activation.argument])

        def products(x: np.ndarray) -> np.ndarray:
            columns = []
            for a, b, c in PAIRS:
                first = np.sqrt(a) * x[:, 0]
                second = c / np.sqrt(a) * x[:, 0] + np.sqrt(b - c**2 / a) * x[:, 1]
                columns.append(s(first) * s(second))
            return np.stack(columns, axis=1)

        measured, errors = simulate.gaussian_mean(products, 2, SAMPLES, rng=rng)
        return [kernel(*pair) for pair in PAIRS], measured, errors

    return gaussian_mean


def _single_claim(activation: Activation, formula: Any) -> Any:
    @claim("k(a) is the Gaussian mean of s(w.x)**2", relation="==", of=formula)
    def mean_square(rng: Any) -> Any:
        s = compile_expression(activation.expr, [activation.argument])
        kernel = compile_expression(formula.rhs, [A])

        def squares(x: np.ndarray) -> np.ndarray:
            return np.stack([s(np.sqrt(a) * x[:, 0]) ** 2 for a in VARIANCES], axis=1)

        measured, errors = simulate.gaussian_mean(squares, 1, SAMPLES, rng=rng)
        return [kernel(a) for a in VARIANCES], measured, errors

    return mean_square
