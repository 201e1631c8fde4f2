"""The Hessian of a shallow ReLU network away from its kinks, and its largest eigenvalue.

Where no sample lies on the hyperplane of a neuron the loss is smooth: its Hessian is J'J/n, J the gradients of f at the
samples, plus a part that is linear in the residuals and couples the weights of each neuron with each other. A product
with a vector costs two products of matrices, because the two ways in which a neuron moves f share their active side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import BudgetError
from symbias.models.shallow_relu import ShallowReLU
from symbias.solvers.lanczos import largest_eigenpair
from symbias.stability.function_norm import mean_gradient_bound
from symbias.stability.on_hyperplanes import on_hyperplanes, refuse_kinks

_DENSE = 512
"""Sizes up to which a matrix is written out to find its largest eigenvalue."""

_LARGEST_HESSIAN = 10_000

_BLOCK = 2**18
"""Numbers in a block of rows that is worked on at once."""


@dataclass(frozen=True)
class Tangent:
    """What the Hessian is made of; vectors of parameters are W row by row, b, v, c.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : numpy.ndarray, shape (n, d)
        The samples.
    active : numpy.ndarray of bool, shape (n, k)
        Which neurons they activate.
    pull : numpy.ndarray, shape (k, d + 1)
        Means of residual times input and residual over the active side; zero for an interpolating network.

    Examples
    --------
    >>> found = tangent(ShallowReLU([[1.0]], [0.0], [2.0], 0.0), [[3.0]])
    >>> found.jacobian()
    array([[6., 2., 3., 1.]])
    >>> found.product(np.array([1.0, 0.0, 0.0, 0.0]))
    array([36., 12., 18.,  6.])
    >>> found.gram(), found.hessian().shape, found.activations()
    (array([[50.]]), (4, 4), array([[3.]]))
    >>> found.mean_gradient()
    array([6., 2., 3., 1.])
    """

    net: ShallowReLU
    X: np.ndarray
    active: np.ndarray
    pull: np.ndarray

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.net.neurons * (self.net.features + 2) + 1

    def activations(self) -> np.ndarray:
        """Return relu(W x + b).

        Returns
        -------
        numpy.ndarray, shape (n, k)
            The hidden values.
        """
        return (self.X @ self.net.W.T + self.net.b) * self.active

    def gram(self) -> np.ndarray:
        """Return J J'/n, whose non-zero eigenvalues are those of J'J/n.

        Returns
        -------
        numpy.ndarray, shape (n, n)
            It is never made from J.
        """
        hidden, n = self.activations(), len(self.X)
        weighted = self.active * self.net.v
        return (1 + hidden @ hidden.T + (weighted @ weighted.T) * (self.X @ self.X.T + 1)) / n

    def jacobian(self) -> np.ndarray:
        """Return the gradients of f at the samples.

        Returns
        -------
        numpy.ndarray, shape (n, p)
            A row per sample.
        """
        n = len(self.X)
        slopes = self.active * self.net.v
        inputs = (slopes[:, :, None] * self.X[:, None, :]).reshape(n, -1)
        return np.hstack([inputs, slopes, self.activations(), np.ones((n, 1))])

    def hessian(self) -> np.ndarray:
        """Return the Hessian.

        Returns
        -------
        numpy.ndarray, shape (p, p)
            Symmetric.
        """
        J = self.jacobian()
        found, (k, d) = J.T @ J / len(J), self.net.W.shape
        neuron = np.arange(k)
        inputs = (neuron[:, None] * d + np.arange(d)).ravel()
        outputs = k * d + k + neuron
        for rows, columns, values in (
            (inputs, np.repeat(outputs, d), self.pull[:, :-1].ravel()),
            (k * d + neuron, outputs, self.pull[:, -1]),
        ):
            found[rows, columns] += values
            found[columns, rows] += values
        return found

    def mean_gradient(self) -> np.ndarray:
        """Return the mean of the gradients of f.

        Returns
        -------
        numpy.ndarray, shape (p,)
            W, b, v, c.
        """
        net, n = self.net, len(self.X)
        force = np.column_stack([self.active.T @ self.X, self.active.sum(axis=0)]) / n
        outputs = np.einsum("kd,kd->k", net.W, force[:, :-1]) + net.b * force[:, -1]
        force *= net.v[:, None]
        return np.concatenate([force[:, :-1].ravel(), force[:, -1], outputs, [1.0]])

    def product(self, vector: np.ndarray) -> np.ndarray:
        """Return the Hessian times a vector, without forming it.

        Parameters
        ----------
        vector : numpy.ndarray, shape (p,)
            W, b, v, c.

        Returns
        -------
        numpy.ndarray, shape (p,)
            In the same order.
        """
        net, (k, d) = self.net, self.net.W.shape
        turned, shifted = vector[: k * d].reshape(k, d), vector[k * d : k * d + k]
        scaled = vector[k * d + k : -1]
        moves = net.v[:, None] * turned + scaled[:, None] * net.W
        offsets = net.v * shifted + scaled * net.b
        force = np.zeros((k, d + 1))
        total = 0.0
        rows = max(1, _BLOCK // k)
        for first in range(0, len(self.X), rows):
            X, active = self.X[first : first + rows], self.active[first : first + rows]
            change = (X @ moves.T + offsets) * active
            here = change.sum(axis=1) + vector[-1]
            np.multiply(active, here[:, None], out=change)
            force[:, :d] += change.T @ X
            force[:, d] += here @ active
            total += here.sum()
        force /= len(self.X)
        along = np.einsum("kd,kd->k", net.W, force[:, :d]) + net.b * force[:, d]
        along += np.einsum("kd,kd->k", turned, self.pull[:, :d]) + shifted * self.pull[:, d]
        force *= net.v[:, None]
        force += scaled[:, None] * self.pull
        return np.concatenate([force[:, :d].ravel(), force[:, d], along, [total / len(self.X)]])


def tangent(net: ShallowReLU, X: Any, y: Any = None) -> Tangent:
    """Return what the Hessian is made of.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X, y : array_like, shape (n, d), (n,)
        The data; without y the network is taken to interpolate.

    Returns
    -------
    Tangent
        The parts.

    Raises
    ------
    DomainError
        If a sample lies on the hyperplane of a neuron.

    Examples
    --------
    >>> tangent(ShallowReLU([[1.0]], [0.0], [2.0], 0.0), [[3.0]], [0.0]).pull
    array([[18.,  6.]])
    """
    data, targets = (net.data(X), None) if y is None else net.problem(X, y)
    products = data @ net.W.T + net.b
    refuse_kinks(on_hyperplanes(net, data, products, smooth_without_output=targets is None))
    return tangent_of(net, data, targets, products > 0)


def tangent_of(
    net: ShallowReLU, data: np.ndarray, targets: np.ndarray | None, active: np.ndarray
) -> Tangent:
    """Return the tangent of a mode: of the piece of the loss in which neurons are active as told.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    data : numpy.ndarray, shape (n, d)
        The samples.
    targets : numpy.ndarray, shape (n,), or None
        The targets; None for an interpolating network.
    active : numpy.ndarray of bool, shape (n, k)
        The mode.

    Returns
    -------
    Tangent
        The parts.

    Examples
    --------
    >>> net = ShallowReLU([[1.0]], [0.0], [2.0], 0.0)
    >>> tangent_of(net, np.array([[3.0]]), None, np.array([[False]])).gram()
    array([[1.]])
    """
    pull = np.zeros((net.neurons, net.features + 1))
    if targets is not None:
        residual = net.predict(data) - targets
        weighted = active * residual[:, None]
        pull = np.column_stack([weighted.T @ data, weighted.sum(axis=0)]) / len(data)
    return Tangent(net, data, active, pull)


def hessian(net: ShallowReLU, X: Any, y: Any = None) -> np.ndarray:
    """Return the Hessian of the loss; see `ShallowReLU.hessian`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X, y : array_like, shape (n, d), (n,)
        The data; without y the network is taken to interpolate.

    Returns
    -------
    numpy.ndarray, shape (p, p)
        Symmetric.

    Raises
    ------
    BudgetError
        If there are more than 10 000 parameters.

    Examples
    --------
    >>> float(hessian(ShallowReLU([[1.0]], [0.0], [2.0], 0.0), [[3.0]]).trace())
    50.0
    """
    size = net.neurons * (net.features + 2) + 1
    if size > _LARGEST_HESSIAN:
        raise BudgetError(
            f"The Hessian of {size} parameters would fill {8e-9 * size**2:.1f} GB.",
            remedy="Ask for the sharpness, which needs only its products with vectors.",
        )
    return tangent(net, X, y).hessian()


def sharpness(net: ShallowReLU, X: Any, y: Any = None) -> float:
    """Return the largest eigenvalue of the Hessian; see `ShallowReLU.sharpness`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X, y : array_like, shape (n, d), (n,)
        The data; without y the network is taken to interpolate.

    Returns
    -------
    float
        Dense where the samples (of an interpolating network) or the parameters are few, by Lanczos iteration elsewhere.

    Examples
    --------
    >>> sharpness(ShallowReLU([[1.0]], [0.0], [2.0], 0.0), [[3.0]])
    50.0
    """
    found = largest_curvature(tangent(net, X, y), interpolates=y is None)
    # Rounding must not put the eigenvalue below its own lower bound.
    return found if y is not None else max(found, mean_gradient_bound(net, X))


def largest_curvature(found: Tangent, *, interpolates: bool) -> float:
    """Return the largest eigenvalue of the Hessian of a mode.

    Parameters
    ----------
    found : Tangent
        The mode.
    interpolates : bool
        Whether there are no residuals, so that the Gram matrix has the same eigenvalue.

    Returns
    -------
    float
        Dense where it is cheap.

    Examples
    --------
    >>> found = tangent(ShallowReLU([[1.0]], [0.0], [2.0], 0.0), [[3.0]])
    >>> largest_curvature(found, interpolates=True)
    50.0
    """
    if interpolates and len(found.X) <= _DENSE:
        return float(np.linalg.eigvalsh(found.gram())[-1])
    if found.size <= _DENSE and found.size * len(found.X) <= 64 * _BLOCK:
        return float(np.linalg.eigvalsh(found.hessian())[-1])
    # The mean gradient is close to the top eigenvector; what it may lack is drawn at random.
    start = found.mean_gradient()
    noise = np.random.default_rng(found.size).standard_normal(found.size)
    start += noise * (0.1 * np.linalg.norm(start) / np.linalg.norm(noise))
    return largest_eigenpair(found.product, start).value
