"""The flattest network with the same function and the same neurons: how far rescaling alone can lower the sharpness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import BudgetError, InputError
from symbias.models.shallow_relu import ShallowReLU
from symbias.solvers.half_spaces import half_spaces
from symbias.solvers.scaled_gram import least_eigenvalue
from symbias.stability.tangent import tangent

_LARGEST = 2000
"""Samples, whose Gram matrix is decomposed some dozens of times."""

_GONE = 1e-20
"""What is left of a neuron without an output weight: the least is approached as it goes to zero."""


@dataclass(frozen=True, eq=False)
class LeastSharpness:
    """The least sharpness over all rescalings of neurons, enclosed.

    Parameters
    ----------
    value : float
        The sharpness of `net`: an upper end.
    lower : float
        No rescaling has less, up to rounding.
    net : ShallowReLU
        The rescaled network.

    Examples
    --------
    >>> least_sharpness(ShallowReLU([[1.0]], [0.0], [2.0], 0.0), [[3.0]], 1e-9)
    LeastSharpness(38.947332, relative gap 0)
    """

    value: float
    lower: float
    net: ShallowReLU

    def __repr__(self) -> str:
        gap = max(0.0, self.value - self.lower) / self.value
        return f"LeastSharpness({self.value:.8g}, relative gap {gap if gap > 1e-12 else 0:.2g})"


def least_sharpness(net: ShallowReLU, X: Any, tolerance: float) -> LeastSharpness:
    """Return the least sharpness over all rescalings; see `ShallowReLU.least_sharpness`.

    Parameters
    ----------
    net : ShallowReLU
        The network, taken to interpolate.
    X : array_like, shape (n, d)
        The data.
    tolerance : float
        Relative distance of the two ends.

    Returns
    -------
    LeastSharpness
        With both ends and the network.

    Raises
    ------
    InputError
        If the tolerance is out of range.
    BudgetError
        If there are more than 2000 samples.

    Examples
    --------
    >>> X, net = [[1.0], [2.0], [-1.0]], ShallowReLU([[1.0], [-1.0]], [0.5, 0.5], [3.0, 1.0], 0.0)
    >>> found = least_sharpness(net, X, 1e-6)
    >>> net.sharpness_bound(X, oriented=True) <= found.lower <= found.value < net.sharpness(X)
    True
    """
    if not 1e-12 <= tolerance < 1:
        raise InputError(
            f"The tolerance is {tolerance!r}.", remedy="Give a number from 1e-12 to one."
        )
    data = net.data(X)
    if len(data) > _LARGEST:
        raise BudgetError(
            f"The Gram matrix of {len(data)} samples would be decomposed again and again.",
            remedy=f"Use at most {_LARGEST} samples, or balanced(X), which takes the mean gradient.",
        )
    start = balanced(net, data)
    here = tangent(start, data)
    hidden, slopes = here.activations(), here.active * start.v
    moving = (hidden != 0).any(axis=0) & (start.v != 0)
    size = np.sqrt(len(data))
    G = data @ data.T + 1
    found = least_eigenvalue(hidden[:, moving] / size, slopes[:, moving] / size, G, tolerance)
    scales = np.ones(net.neurons)
    scales[moving] = np.exp(found.theta / 2)
    end = start.rescaled(scales)
    return LeastSharpness(max(found.value, found.lower), found.lower, end)


def balanced(net: ShallowReLU, X: Any) -> ShallowReLU:
    """Return the rescaled network with the least mean gradient; see `ShallowReLU.balanced`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : array_like, shape (n, d)
        The data.

    Returns
    -------
    ShallowReLU
        The same function.

    Examples
    --------
    >>> X, net = [[1.0], [2.0], [-1.0]], ShallowReLU([[1.0]], [0.5], [3.0], 0.0)
    >>> found = balanced(net, X)
    >>> abs(found.mean_gradient_bound(X) - net.sharpness_bound(X, oriented=True)) < 1e-12
    True
    """
    above, _ = half_spaces(net.data(X), net.W, net.b)
    outputs = np.abs(net.v) * np.hypot(above.share, np.linalg.norm(above.mean, axis=1))
    scales = np.ones(net.neurons)
    moving = above.reach > 0
    # (s E relu)^2 + (outputs / s)^2 is least where both are equal.
    scales[moving] = np.sqrt(outputs[moving] / above.reach[moving])
    gone = moving & (net.v == 0)
    scales[gone] = _GONE / above.reach[gone]
    return net.rescaled(scales)
