"""Samples that lie on the hyperplane of a neuron: there the loss has a kink, and no Hessian."""

from __future__ import annotations

import numpy as np

from symbias.errors import DomainError
from symbias.models.shallow_relu import ShallowReLU


def on_hyperplanes(
    net: ShallowReLU, X: np.ndarray, products: np.ndarray, *, smooth_without_output: bool
) -> np.ndarray:
    """Tell which samples lie on which hyperplanes, within the rounding error of w.x + b.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : numpy.ndarray, shape (n, d)
        The samples.
    products : numpy.ndarray, shape (n, k)
        W x + b.
    smooth_without_output : bool
        Whether neurons with v = 0 have no kink, as in a network that interpolates.

    Returns
    -------
    numpy.ndarray of bool, shape (n, k)
        Which.

    Examples
    --------
    >>> net, X = ShallowReLU([[1.0]], [-3.0], [2.0], 0.0), np.array([[3.0], [2.0]])
    >>> on_hyperplanes(net, X, X @ net.W.T + net.b, smooth_without_output=True)
    array([[ True],
           [False]])
    """
    rounding = np.finfo(float).eps * (net.features + 4) / 2
    sizes = np.linalg.norm(net.W, axis=1)
    reach = rounding * (np.linalg.norm(X, axis=1)[:, None] * sizes + np.abs(net.b))
    on = np.abs(products) <= reach
    if smooth_without_output:
        on &= net.v != 0
    return on


def refuse_kinks(on: np.ndarray) -> None:
    """Refuse samples that lie on the hyperplane of a neuron.

    Parameters
    ----------
    on : numpy.ndarray of bool, shape (n, k)
        Which do.

    Raises
    ------
    DomainError
        With the first sample and neuron.

    Examples
    --------
    >>> refuse_kinks(np.zeros((3, 2), dtype=bool))
    """
    if on.any():
        i, k = np.argwhere(on)[0]
        raise DomainError(
            f"Sample {i} lies on the hyperplane of neuron {k} ({int(on.sum())} such pairs in all): "
            "the loss has no second derivative there.",
            "a bias placed at a sample, a neuron without weights, or a sample of zeros and a bias of zero",
            "Move the bias off the sample, drop the neuron, or ask for sharpness_range(X, y).",
        )
