"""The point at which the flow of a map has passed w = 0: from there on the loss is below that of the zero function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symbias.models.parametrization import Parametrization
from symbias.solvers.follow import follow

if TYPE_CHECKING:
    from symbias.codegen.kernel import Kernel

SHARE = 0.9
"""Of the loss of w = 0 that is left where the flow is stopped."""


def passage(
    parametrization: Parametrization,
    theta: np.ndarray,
    data: np.ndarray,
    targets: np.ndarray,
    warp: Kernel | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Follow the flow until its loss is clearly below that of w = 0.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    theta : numpy.ndarray, shape (p,)
        Where the flow begins.
    data, targets : numpy.ndarray, shapes (n, d) and (n,)
        Of the regression.
    warp : Kernel, optional
        The factor, a function of the parameters, with which the residual is collected along the flow.

    Returns
    -------
    numpy.ndarray, shape (p,)
        The parameters there.
    numpy.ndarray, shape (d,)
        The integral of the factor times -dL/dw; zero without a factor.

    Raises
    ------
    ConvergenceError
        If the flow does not get there.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(1)
    >>> theta, _ = passage(net, np.array([-0.5, 1.0]), np.eye(1), np.ones(1))
    >>> bool(theta[0] * theta[1] > 0)
    True
    """
    count, outputs = len(theta), len(parametrization.outputs)

    def state(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        stacked = parametrization.first_order(*x[:count])
        return stacked[:outputs], stacked[outputs:].reshape(outputs, count)

    def velocity(x: np.ndarray) -> np.ndarray:
        w, slopes = state(x)
        push = data.T @ (targets - data @ w)
        return np.concatenate([slopes.T @ push, factor(x) * push])

    def factor(x: np.ndarray) -> float:
        return float(warp(*x[:count])) if warp is not None else 0.0

    def excess(x: np.ndarray) -> float:
        return float(np.sum((data @ state(x)[0] - targets) ** 2) - SHARE * np.sum(targets**2))

    start = np.concatenate([theta, np.zeros(outputs)])
    end = follow(velocity, start, excess) if excess(start) > 0 else start
    return end[:count], end[count:]
