"""The registered regularizer: that of the diagonal network w = u**2 - v**2 started at u = v = alpha."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from symbias.models.parametrizations import diagonal
from symbias.regularizers.engine import regularizer
from symbias.simulate.regression import gradient_descent, gradient_flow
from symbias.sym.symbols import positive
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

ALPHAS = (0.3, 0.7)
STEP = 2e-3
TOLERANCE = 1e-4
"""Twice extrapolated sums miss the integral by a multiple of STEP**2."""


@cache
def diagonal_mirror_map() -> Result:
    """Return the gradient of what gradient flow on a diagonal network minimises, derived.

    Returns
    -------
    Result
        With ``.formula`` in w and alpha. Along the flow it is the integral of -dL/dw over time.

    Examples
    --------
    >>> diagonal_mirror_map().formula.evalf(w=2, alpha=1)
    mpf('0.22034339675488576')
    """
    net, alpha = diagonal(2), positive("alpha")
    formula: Any = regularizer(net, dict.fromkeys(net.parameters, alpha)).gradient

    @claim("grad Q at the limit is the integral of -dL/dw", tolerance=TOLERANCE, of=formula)
    def pushed(rng: np.random.Generator) -> Any:
        kernel = formula.compile()
        predicted, measured = [], []
        for scale in ALPHAS:
            X, y = rng.standard_normal((3, 8)), rng.standard_normal(3)
            start = dict.fromkeys(net.parameters, scale)
            limit = gradient_flow(net, X, y, start).w
            at = {"w": limit, "alpha": scale}
            predicted.append(kernel(*(at[s.name] for s in formula.symbols)))
            sums = [_pushed(net, X, y, start, step) for step in (STEP, STEP / 2)]
            measured.append(2 * sums[1] - sums[0])
        return np.concatenate(predicted), np.concatenate(measured)

    return Result("diagonal_mirror_map", formula, (pushed,), ("woodworth2020",))


def _pushed(net: Any, X: np.ndarray, y: np.ndarray, start: Any, step: float) -> np.ndarray:
    """Return minus the step times the sum of the gradients in w of a descent."""
    run = gradient_descent(net, X, y, start, step)
    return np.asarray(-step * sum(block.sum(axis=0) for block in run.replay.gradients()))  # type: ignore[union-attr]
