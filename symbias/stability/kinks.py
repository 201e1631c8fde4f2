"""The sharpness at a kink: every piece of the loss that meets there has its own."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from symbias.errors import BudgetError
from symbias.models.shallow_relu import ShallowReLU
from symbias.stability.on_hyperplanes import on_hyperplanes
from symbias.stability.tangent import largest_curvature, tangent_of

_MOST = 10
"""Pairs of a sample and a neuron whose choices are all tried."""


def sharpness_range(net: ShallowReLU, X: Any, y: Any = None) -> tuple[float, float]:
    """Return the least and largest sharpness at a kink; see `ShallowReLU.sharpness_range`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X, y : array_like, shape (n, d), (n,)
        The data; without y the network is taken to interpolate.

    Returns
    -------
    tuple of float
        Over all choices of the neurons that are active at samples on their hyperplanes.

    Raises
    ------
    BudgetError
        If there are more than ten such pairs.

    Examples
    --------
    >>> sharpness_range(ShallowReLU([[1.0]], [0.0], [2.0], 0.0), [[3.0]])
    (50.0, 50.0)
    """
    data, targets = (net.data(X), None) if y is None else net.problem(X, y)
    products = data @ net.W.T + net.b
    on = on_hyperplanes(net, data, products, smooth_without_output=y is None)
    pairs = np.argwhere(on)
    if len(pairs) > _MOST:
        raise BudgetError(
            f"{len(pairs)} samples lie on hyperplanes: 2**{len(pairs)} modes would have to be tried.",
            remedy="Move biases off the samples, or drop neurons without weights.",
        )
    active = products > 0
    found = []
    for choice in product((False, True), repeat=len(pairs)):
        active[pairs[:, 0], pairs[:, 1]] = choice
        mode = tangent_of(net, data, targets, active.copy())
        found.append(largest_curvature(mode, interpolates=y is None))
    return min(found), max(found)
