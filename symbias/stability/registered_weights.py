"""The registered weight functions: Gaussian inputs in any dimension, and the circle."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from symbias.stability.law_weight import KEYS, weight_function
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

THRESHOLDS = (-0.9, -0.3, 0.1, 0.6)
"""Not 0, where both orientations weigh the same and the smaller one of two noisy means is biased."""

SAMPLES = 2**15
BATCHES = 25
"""Scrambled nets of points: the mean over them is unbiased but for the square root, and their spread is its error."""


def _result(name: str, law: str, d: int, draw: Callable[..., Any]) -> Result:
    formula = weight_function(law, d)

    @claim("g(t) is the smaller weight of both orientations of a plane", relation="==", of=formula)
    def sampled(rng: Any) -> Any:
        direction = rng.standard_normal(d)
        direction /= np.linalg.norm(direction)
        batches = [_sampled(draw(rng, d), direction) for _ in range(BATCHES)]
        kernel = formula.compile()
        means, errors = np.mean(batches, axis=0), np.std(batches, axis=0, ddof=1) / BATCHES**0.5
        return [kernel(t) for t in THRESHOLDS], list(means), list(errors)

    return Result(name, formula, (sampled,), KEYS)


def _sampled(X: Any, direction: Any) -> list[float]:
    """Return the weights of hyperplanes by sums over a sample of inputs."""
    found = []
    for t in THRESHOLDS:
        sides = []
        for u, level in ((direction, t), (-direction, -t)):
            heights = X @ u
            on = heights > level
            mass, first = on.mean(), X[on].sum(axis=0) / len(X)
            excess = (heights[on] - level).sum() / len(X)
            sides.append(float(excess * np.hypot(mass, np.linalg.norm(first))))
        found.append(min(sides))
    return found


def _gaussian(rng: Any, d: int) -> Any:
    return ndtri(qmc.Sobol(d, rng=rng).random(SAMPLES))


def _circle(rng: Any, _d: int) -> Any:
    angles = 2 * np.pi * qmc.Sobol(1, rng=rng).random(SAMPLES)
    return np.hstack([np.cos(angles), np.sin(angles)])


@cache
def gaussian_weight_function() -> Result:
    """Return the weight function for standard Gaussian inputs, which is the same in all dimensions.

    Returns
    -------
    Result
        With ``.formula`` in the threshold t.

    Examples
    --------
    >>> print(gaussian_weight_function().formula.evalf(t=0))
    0.255184309242473
    """
    return _result("gaussian_weight_function", "gaussian", 3, _gaussian)


@cache
def circle_weight_function() -> Result:
    """Return the weight function for inputs uniform on the unit circle.

    Returns
    -------
    Result
        With ``.formula`` in the threshold t.

    Examples
    --------
    >>> print(circle_weight_function().formula.evalf(t=0))
    0.188669759541027
    """
    return _result("circle_weight_function", "sphere", 2, _circle)
