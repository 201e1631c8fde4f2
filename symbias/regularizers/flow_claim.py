"""The claim that a simulated gradient flow ends at the minimiser of the potential."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from symbias.errors import VerificationError
from symbias.simulate.regression import gradient_flow
from symbias.simulate.sweeping import sweep
from symbias.verdicts.claim import Claim, claim

TOLERANCE = 1e-8
SAMPLES, WIDTH = 3, 7
FLOWS = 3
REACH = 0.3
"""Of the dual variables of random targets, relative to what moves w by its own scale."""


def flow_claim(regularizer: Any, X: Any = None, y: Any = None) -> Claim:
    """Return the claim that the minimiser is the limit of the flow.

    Parameters
    ----------
    regularizer : Regularizer
        With a numeric initialization.
    X, y : array_like, optional
        Data; random ones if left out.

    Returns
    -------
    Claim
        Prediction and measurement relative to the largest entry of w.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> flow_claim(net.regularizer(dict.fromkeys(net.parameters, 0.5))).run(rng=0).holds
    True
    """

    @claim("the limit of gradient flow minimises Q", tolerance=TOLERANCE, of=regularizer.formula)
    def limit(rng: np.random.Generator) -> Any:
        problems = [(X, y)] if X is not None else [_random(regularizer, rng) for _ in range(FLOWS)]
        net = regularizer.parametrization
        generic = regularizer.start.generic.items()
        start = {s: _number(regularizer.start, value) for s, value in generic}
        ends = sweep(partial(_limit, net, start), problems, workers=1)
        predicted = [regularizer.minimizer(*problem) for problem in problems]
        scales = [np.abs(end).max() or 1.0 for end in ends]
        sides = (
            np.concatenate([w / scale for w, scale in zip(side, scales, strict=True)])
            for side in (predicted, ends)
        )
        return tuple(sides)

    return limit


def _limit(net: Any, start: dict[Any, Any], problem: tuple[Any, Any]) -> np.ndarray:
    run = gradient_flow(net, *problem, start)
    if not run.converged:
        raise VerificationError(
            f"The flow did not reach zero loss: {run.message}.",
            remedy="Pass data that the map can interpolate.",
        )
    return np.asarray(run.w)


def _number(start: Any, value: Any) -> Any:
    return start.numbers.get(value, 0.0 if value == 0 else value)


def _random(regularizer: Any, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return data that are fitted by what the flow of a random linear loss reaches in a short time from the start."""
    net = regularizer.parametrization
    lengths = [len(a) for a in regularizer.start.arrays.values()]
    width = len(net.outputs) if len(net.outputs) > 1 else (lengths or [WIDTH])[0]
    X = rng.standard_normal((min(SAMPLES, max(1, width - 1)), width))
    theta = net.pack(
        {s: _number(regularizer.start, v) for s, v in regularizer.start.generic.items()}, width
    )
    w, slopes = _evaluate(net, theta, width)
    push = X.T @ rng.uniform(-1, 1, len(X))
    size = REACH * (np.abs(theta).max() or 1.0) / max(np.abs(_back(slopes, push)).max(), 1e-300)
    for _ in range(40):
        theta = theta + size / 40 * _back(slopes, push)
        w, slopes = _evaluate(net, theta, width)
    return X, X @ w


def _evaluate(net: Any, theta: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return w, shape (width,), and dw/dtheta, shape (outputs, parameters, copies)."""
    stacked = net.first_order(*theta)
    q, p = len(net.outputs), len(net.parameters)
    return stacked[:q].reshape(width), stacked[q:].reshape(q, p, -1)


def _back(slopes: np.ndarray, push: np.ndarray) -> np.ndarray:
    return np.einsum("qpc,qc->pc", slopes, push.reshape(slopes.shape[0], slopes.shape[2]))
