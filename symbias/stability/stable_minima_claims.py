"""Networks on which the bounds of the stability norm are measured: their Hessians, and the norm by its definition.

The weight of a neuron is summed over the data as it is defined, and the Hessian is that of the simulated network;
neither knows a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symbias import simulate

SIZES = ((1, 20, 6), (2, 30, 10), (5, 40, 12), (16, 60, 8), (64, 80, 4))
"""Inputs, samples and neurons of the random networks."""

REPEATS = 3
DIMENSIONS = (1, 2, 3, 8)


def direct_norm(W: Any, b: Any, v: Any, X: Any) -> float:
    """Return the stability norm of a network whose hyperplanes are distinct, by sums over the data.

    Parameters
    ----------
    W, b, v : numpy.ndarray, shape (k, d), (k,), (k,)
        The neurons.
    X : numpy.ndarray, shape (n, d)
        The data.

    Returns
    -------
    float
        The sum of |v| |w| times the smaller weight of both orientations.

    Examples
    --------
    >>> W, b, v = np.eye(1), np.zeros(1), np.ones(1)
    >>> round(direct_norm(W, b, v, np.array([[1.0], [-1.0]])), 9)
    0.353553391
    """
    sizes = np.linalg.norm(W, axis=1)
    levels = (X @ W.T + b) / sizes
    least = np.minimum(_weights(levels, X), _weights(-levels, X))
    return float((np.abs(v) * sizes) @ least)


def _weights(levels: Any, X: Any) -> Any:
    on = (levels > 0).astype(float)
    mass, first = on.mean(axis=0), on.T @ X / len(X)
    excess = (on * levels).mean(axis=0)
    return excess * np.sqrt(mass**2 + (first**2).sum(axis=1))


def measured(W: Any, b: Any, v: Any, X: Any, residuals: Any) -> tuple[float, float]:
    """Return the largest eigenvalue of the Hessian of the loss, and the norm.

    Parameters
    ----------
    W, b, v : numpy.ndarray, shape (k, d), (k,), (k,)
        The neurons; the output bias is 0.
    X : numpy.ndarray, shape (n, d)
        The data.
    residuals : numpy.ndarray, shape (n,)
        What the network is off by.

    Returns
    -------
    tuple of float
        Sharpness and norm.

    Examples
    --------
    >>> one = np.ones(1)
    >>> sharpness, norm = measured(np.eye(1), 0 * one, one, np.array([[1.0], [-1.0]]), np.zeros(2))
    >>> round(sharpness, 9), round(norm, 9)
    (2.151387819, 0.353553391)
    """
    network = simulate.dense_network([X.shape[1], len(W), 1], "relu")
    theta = np.concatenate([W.ravel(), b, v, [0.0]])
    labels = np.maximum(X @ W.T + b, 0.0) @ v - residuals
    operator = simulate.hessian_vector_product(network, theta, X, labels[:, None])
    dense = operator @ np.eye(network.size)
    return float(np.linalg.eigvalsh((dense + dense.T) / 2)[-1]), direct_norm(W, b, v, X)


def tight(bound: Callable[[float], float]) -> tuple[list[float], list[float]]:
    """Return predicted and measured norms where the bound is attained.

    The data are the vertices of an octahedron, and each is beyond the hyperplane of one neuron, which is balanced.

    Parameters
    ----------
    bound : callable
        From a step to the largest norm.

    Returns
    -------
    tuple of lists of float
        The bound at the largest stable step, and the norm.

    Examples
    --------
    >>> predicted, found = tight(lambda step: 1 / step - 0.5)
    >>> bool(np.allclose(predicted, found))
    True
    """
    predicted, found = [], []
    for d in DIMENSIONS:
        X = np.vstack([np.eye(d), -np.eye(d)])
        # Balanced: |w| h = |v| sqrt(q**2 + |E[x; on]|**2), per sample |w|/2 = |v| sqrt(2).
        b, v = np.full(2 * d, -0.5), np.full(2 * d, 0.5 / np.sqrt(2))
        sharpness, norm = measured(X, b, v, X, np.zeros(2 * d))
        predicted.append(float(bound(2 / sharpness)))
        found.append(norm)
    return predicted, found


def _networks(rng: Any) -> Iterator[tuple[Any, Any, Any, Any]]:
    for d, n, k in SIZES * REPEATS:
        X = rng.standard_normal((n, d)) / np.sqrt(d)
        W = rng.standard_normal((k, d)) * rng.uniform(0.2, 2, (k, 1))
        yield W, rng.standard_normal(k), rng.standard_normal(k), X


def bounded(bound: Callable[[float], float], rng: Any) -> tuple[list[float], list[float]]:
    """Return norms of random interpolating networks, and the bounds from their sharpness.

    Parameters
    ----------
    bound : callable
        From a sharpness to the largest norm.
    rng : numpy.random.Generator
        Source of networks and data.

    Returns
    -------
    tuple of lists of float
        Norms and bounds.

    Examples
    --------
    >>> small, large = bounded(lambda sharpness: (sharpness - 1) / 2, np.random.default_rng(0))
    >>> bool((np.array(small) < large).all())
    True
    """
    found = [measured(W, b, v, X, np.zeros(len(X))) for W, b, v, X in _networks(rng)]
    return [norm for _, norm in found], [float(bound(sharpness)) for sharpness, _ in found]


def bounded_with_residuals(
    bound: Callable[[float, float, float], float], rng: Any
) -> tuple[list[float], list[float]]:
    """Return norms of random networks that do not interpolate, and the bounds.

    Parameters
    ----------
    bound : callable
        From sharpness, radius of the data and loss to the largest norm.
    rng : numpy.random.Generator
        Source of networks, data and residuals.

    Returns
    -------
    tuple of lists of float
        Norms and bounds.

    Examples
    --------
    >>> def bound(sharpness, radius, loss):
    ...     return (sharpness - 1) / 2 + np.sqrt((1 + radius**2) * 2 * loss) / 2
    >>> small, large = bounded_with_residuals(bound, np.random.default_rng(0))
    >>> bool((np.array(small) < large).all())
    True
    """
    norms, bounds = [], []
    for W, b, v, X in _networks(rng):
        residuals = rng.standard_normal(len(X)) * rng.uniform(0, 3)
        sharpness, norm = measured(W, b, v, X, residuals)
        radius, loss = np.linalg.norm(X, axis=1).max(), np.mean(residuals**2) / 2
        norms.append(norm)
        bounds.append(float(bound(sharpness, radius, loss)))
    return norms, bounds
