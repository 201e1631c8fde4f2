"""A small dense network with square loss: gradient and Hessian products written by hand.

The loss is 1/(2n) sum_i |f(x_i) - y_i|**2, f a chain of affine maps with an activation between them. The parameters are
one flat array: for each layer the weights, shape (fan_out, fan_in), then the biases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

ACTIVATIONS = ("tanh", "relu")

Layers = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Network:
    """The shape of a network.

    Parameters
    ----------
    widths : tuple of int
        Features, hidden units of each layer, outputs.
    activation : str
        ``"tanh"`` or ``"relu"``.

    Examples
    --------
    >>> network = Network((2, 3, 1), "tanh")
    >>> network.size
    13
    >>> theta = network.initial(1.0, np.random.default_rng(0))
    >>> X, Y = np.ones((4, 2)), np.zeros((4, 1))
    >>> loss, slope = network.gradient(theta, X, Y)
    >>> bool(loss == network.loss(theta, X, Y)), slope.shape
    (True, (13,))
    >>> bool((network.gradients(X, Y)(theta)[1] == slope).all())
    True
    >>> float(network.hessian_product(theta, X, Y)(np.zeros(13)).max())
    0.0
    >>> len(network.layers(theta))
    2
    """

    widths: tuple[int, ...]
    activation: str

    @cached_property
    def size(self) -> int:
        """The number of parameters."""
        return sum((a + 1) * b for a, b in zip(self.widths, self.widths[1:], strict=False))

    def initial(self, scale: float, rng: np.random.Generator) -> np.ndarray:
        """Draw Gaussian weights of variance scale**2 / fan_in; the biases are zero.

        Parameters
        ----------
        scale : float
            1 keeps the size of the values from layer to layer.
        rng : numpy.random.Generator
            Source of the draws.

        Returns
        -------
        numpy.ndarray, shape (p,)
            The parameters.
        """
        theta = np.zeros(self.size)
        for weights, _ in self.layers(theta):
            weights[:] = rng.standard_normal(weights.shape) * scale / np.sqrt(weights.shape[1])
        return theta

    def layers(self, theta: np.ndarray) -> Layers:
        """Return the weights and biases of each layer.

        Parameters
        ----------
        theta : numpy.ndarray, shape (p,)
            The parameters.

        Returns
        -------
        list of (numpy.ndarray, numpy.ndarray)
            Views of shape (fan_out, fan_in) and (fan_out,).
        """
        found, first = [], 0
        for a, b in zip(self.widths, self.widths[1:], strict=False):
            weights = theta[first : first + a * b].reshape(b, a)
            found.append((weights, theta[first + a * b : first + (a + 1) * b]))
            first += (a + 1) * b
        return found

    def loss(self, theta: np.ndarray, X: np.ndarray, Y: np.ndarray) -> float:
        """Return the loss.

        Parameters
        ----------
        theta : numpy.ndarray, shape (p,)
            The parameters.
        X, Y : numpy.ndarray, shape (n, d), (n, q)
            The data.

        Returns
        -------
        float
            1/(2n) sum_i |f(x_i) - y_i|**2.
        """
        error = self._values(self.layers(theta), X)[-1] - Y
        return float(np.vdot(error, error)) / (2 * len(X))

    def gradient(self, theta: np.ndarray, X: np.ndarray, Y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient.

        Parameters
        ----------
        theta : numpy.ndarray, shape (p,)
            The parameters.
        X, Y : numpy.ndarray, shape (n, d), (n, q)
            The data.

        Returns
        -------
        tuple of float and numpy.ndarray
            The loss, and the gradient of shape (p,).
        """
        return self.gradients(X, Y)(theta)

    def gradients(
        self, X: np.ndarray, Y: np.ndarray
    ) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        """Return theta -> loss and gradient, for many calls: it works in the same memory each time.

        Parameters
        ----------
        X, Y : numpy.ndarray, shape (n, d), (n, q)
            The data.

        Returns
        -------
        callable
            As `gradient`; the array that it returns is overwritten by the next call.
        """
        slope, count = np.empty(self.size), len(self.widths) - 1
        parts, ones = self.layers(slope), np.ones(len(X))
        values = [X, *(np.empty((len(X), width)) for width in self.widths[1:])]
        deltas = [np.empty_like(value) for value in values]

        def gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
            layers = self.layers(theta)
            self._forward(layers, values)
            error = np.subtract(values[-1], Y, out=deltas[-1])
            loss = float(np.vdot(error, error)) / (2 * len(X))
            error /= len(X)
            for k in range(count - 1, -1, -1):
                np.matmul(deltas[k + 1].T, values[k], out=parts[k][0])
                np.matmul(ones, deltas[k + 1], out=parts[k][1])
                if k:
                    np.matmul(deltas[k + 1], layers[k][0], out=deltas[k])
                    deltas[k] *= self._slope(values[k], out=values[k])
            return loss, slope

        return gradient

    def hessian_product(
        self, theta: np.ndarray, X: np.ndarray, Y: np.ndarray
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return v -> H v, the derivative of the gradient in the direction v (Pearlmutter's R-operator).

        Parameters
        ----------
        theta : numpy.ndarray, shape (p,)
            The parameters.
        X, Y : numpy.ndarray, shape (n, d), (n, q)
            The data.

        Returns
        -------
        callable
            From an array of shape (p,) to another; it keeps what does not depend on v.
        """
        layers = self.layers(theta.copy())
        values = self._values(layers, X)
        slopes = [self._slope(value) for value in values[:-1]]
        deltas, backs = self._backward(layers, slopes, (values[-1] - Y) / len(X))

        def product(direction: np.ndarray) -> np.ndarray:
            turns = self.layers(np.ascontiguousarray(direction, dtype=np.float64).ravel())
            moved = self._pushed(layers, turns, values, slopes)
            result = np.empty(self.size)
            parts = self.layers(result)
            delta = moved[-1] / len(X)
            for k in range(len(layers) - 1, -1, -1):
                parts[k][0][:] = delta.T @ values[k]
                parts[k][1][:] = delta.sum(axis=0)
                if k:
                    parts[k][0][:] += deltas[k].T @ moved[k]
                    delta = (delta @ layers[k][0] + deltas[k] @ turns[k][0]) * slopes[k]
                    if self.activation == "tanh":
                        # tanh'' = -2 tanh tanh', and tanh' times the moved argument is the moved value.
                        delta -= 2 * backs[k] * values[k] * moved[k]
            return result

        return product

    def _values(self, layers: Layers, X: np.ndarray) -> list[np.ndarray]:
        """Return the input, the hidden values of each layer and the output."""
        values = [X, *(np.empty((len(X), width)) for width in self.widths[1:])]
        self._forward(layers, values)
        return values

    def _forward(self, layers: Layers, values: list[np.ndarray]) -> None:
        """Fill the values of all layers but the first, which are the input."""
        for k, (weights, biases) in enumerate(layers):
            value = np.matmul(values[k], weights.T, out=values[k + 1])
            value += biases
            if k < len(layers) - 1:
                if self.activation == "tanh":
                    np.tanh(value, out=value)
                else:
                    np.maximum(value, 0.0, out=value)

    def _slope(self, value: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return the derivative of the activation, from its value."""
        if self.activation == "tanh":
            square = np.multiply(value, value, out=out)
            return np.subtract(1.0, square, out=square)
        return np.sign(value, out=out)

    @staticmethod
    def _backward(
        layers: Layers, slopes: list[np.ndarray], delta: np.ndarray
    ) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        """Return dL/d(argument) above each hidden layer and dL/d(value) of it, both under the layer's number."""
        deltas, backs = {}, {}
        for k in range(len(layers) - 1, 0, -1):
            deltas[k] = delta
            backs[k] = delta @ layers[k][0]
            delta = backs[k] * slopes[k]
        return deltas, backs

    @staticmethod
    def _pushed(
        layers: Layers, turns: Layers, values: list[np.ndarray], slopes: list[np.ndarray]
    ) -> list[np.ndarray]:
        """Return how the values of each layer move with the parameters; the input does not."""
        moved = [np.zeros(0)]
        count = len(layers)
        for k, ((weights, _), (turned, biases)) in enumerate(zip(layers, turns, strict=True)):
            value = values[k] @ turned.T + biases
            if k:
                value += moved[k] @ weights.T
            moved.append(value * slopes[k + 1] if k + 1 < count else value)
        return moved
