"""How far the limit of gradient flow moves when the samples are reweighted.

Where a mirror potential exists, warped or not, its minimiser subject to X w = y is the limit whatever the weights of
the samples. A limit that moves is evidence against anything of that kind which the start alone fixes.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, InputError
from symbias.models.parametrization import Parametrization
from symbias.models.regression import check_regression
from symbias.simulate.checks import as_finite
from symbias.simulate.randomness import as_generator
from symbias.simulate.regression import gradient_flow
from symbias.simulate.sweeping import sweep

_DRAWS = 3
_SPREAD = 2.0
"""Random weights have logarithms between -_SPREAD and _SPREAD."""

_SEED = 2102

_ACCURACY = 1e-12
"""Of the integrator: a limit that does not move is then seen to about 1e-10."""


def reweighting_defect(
    parametrization: Parametrization,
    X: Any,
    y: Any,
    init: Mapping[Any, Any],
    *,
    weights: Any = None,
    rng: int | np.random.Generator | None = None,
    executor: Executor | None = None,
) -> float:
    """Measure how far the limit of gradient flow moves when the samples are reweighted.

    The flow of sum_i c_i (x_i . w - y_i)**2 / 2 is simulated for equal and for other weights c. The defect is about the
    accuracy of the integration (1e-9) where the start fixes what is minimised, and for every map where d independent
    samples leave w no freedom. A potential with several branches moves too, by jumps: the linear neuron a v with
    a**2 < |v|**2 minimises another function once a has changed its sign, which may depend on the weights.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta).
    X : array_like, shape (n, d)
        One row per sample, of rank at least 2.
    y : array_like, shape (n,)
        One target per sample.
    init : mapping of sympy.Symbol to number or array
        The parameters at time zero.
    weights : array_like, shape (n,) or (k, n), optional
        Positive weights, k of them one after the other; random ones between exp(-2) and exp(2) if left out.
    rng : int or numpy.random.Generator, optional
        Source of the random weights; a fixed seed if left out.
    executor : concurrent.futures.Executor, optional
        Where the flows run, see `sweep`; here, one after the other, if left out.

    Returns
    -------
    float
        The largest distance of a coordinate from its limit under equal weights, relative to the largest coordinate.

    Raises
    ------
    InputError
        If data, start or weights make no sense, or the samples are all multiples of one.
    ConvergenceError
        If a flow did not interpolate.

    Notes
    -----
    Along a warped mirror flow the gradient of the potential moves in the row space of X, which weights do not change.

    Examples
    --------
    >>> from symbias.models.parametrizations import linear_network, neuron
    >>> X, y = [[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]], [1.0, 0.5]
    >>> one, two = neuron(3), linear_network((1, 2, 3))
    >>> reweighting_defect(one, X, y, dict(zip(one.parameters, (1, 0.5, 0, 0)))) < 1e-8
    True
    >>> reweighting_defect(two, X, y, dict(zip(two.parameters, (1, 0.5, 0, 2, 1, 1, 0, -1)))) > 1e-5
    True
    """
    if not isinstance(init, Mapping):
        raise InputError(f"The start is {init!r}.", remedy="Give a dict symbol -> value.")
    data, targets = check_regression(X, y)
    _check_freedom(data)
    rows = _weights(weights, len(targets), rng)
    follow = partial(_limit, parametrization, data, targets, dict(init))
    # The integrator is not reentrant: threads would wait for each other.
    limit, *others = sweep(follow, [np.ones(len(targets)), *rows], executor=executor, workers=1)
    moved = [np.abs(other - limit).max() for other in others]
    return float(max(moved) / (np.abs(limit).max() or 1.0))


def _limit(
    parametrization: Parametrization,
    data: np.ndarray,
    targets: np.ndarray,
    init: Mapping[Any, Any],
    weights: np.ndarray,
) -> np.ndarray:
    root = np.sqrt(weights)
    run = gradient_flow(
        parametrization, root[:, None] * data, root * targets, init, accuracy=_ACCURACY
    )
    if not run.converged or run.w is None:
        raise ConvergenceError(
            f"The flow with weights {np.array2string(weights, precision=3)} did not interpolate: {run.message}.",
            "targets out of reach, a start at a saddle, or a flow that becomes infinite.",
            "Choose targets inside the range of the map and a start with a nonzero gradient.",
        )
    return run.w


def _check_freedom(data: np.ndarray) -> None:
    if np.linalg.matrix_rank(data) < 2:
        several = "" if len(data) == 1 else ", all of them multiples of one"
        raise InputError(
            f"Reweighting says nothing about {len(data)} sample{'s' * (len(data) > 1)}{several}.",
            "the flow then runs along one curve, the weights change its speed only.",
            "Give at least two samples that are no multiples of each other.",
        )


def _weights(given: Any, samples: int, rng: int | np.random.Generator | None) -> np.ndarray:
    if given is None:
        generator = as_generator(_SEED if rng is None else rng)
        return np.exp(generator.uniform(-_SPREAD, _SPREAD, size=(_DRAWS, samples)))
    rows = np.atleast_2d(as_finite("weights", given, (1, 2)))
    if rows.shape[1] != samples or (rows <= 0).any():
        raise InputError(
            f"The weights have shape {np.shape(given)} and smallest entry {rows.min():g}.",
            remedy=f"Give {samples} positive numbers, or several rows of them.",
        )
    return rows
