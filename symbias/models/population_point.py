"""The population loss at one point: value, gradient, Hessian and its products, from the kernel of all pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator


@dataclass(frozen=True)
class PopulationPoint:
    """Neurons, second layer, and the kernel of all pairs of vectors as a sum of parts.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The neurons.
    alpha : numpy.ndarray, shape (k,)
        The second layer.
    parts : tuple of (float, ReluPopulation or KernelPopulation)
        Factors and kernels.
    teacher : float
        The sum of the kernel over all pairs of teacher vectors.

    Examples
    --------
    >>> import symbias as sb
    >>> at = sb.PopulationLoss(sb.activations.quadratic).at([[2.0]])
    >>> at.value(), at.gradient()
    (13.5, (array([[36.]]), array([36.])))
    >>> at.hessian(second_layer=False), at.operator(second_layer=False) @ [1.0]
    (array([[66.]]), array([66.]))
    """

    W: np.ndarray
    alpha: np.ndarray
    parts: tuple[tuple[float, Any], ...]
    teacher: float

    @cached_property
    def weights(self) -> np.ndarray:
        """The second layer, then -1 for every vector of the teacher."""
        return np.concatenate([self.alpha, -np.ones(self.W.shape[1])])

    @cached_property
    def values(self) -> np.ndarray:
        """The kernel of the neurons with all vectors, shape (k, k + d)."""
        return np.asarray(sum(factor * part.values() for factor, part in self.parts))

    @cached_property
    def slope(self) -> np.ndarray:
        """The gradient in W before row i is multiplied with alpha_i."""
        return np.asarray(sum(factor * part.slope(self.weights) for factor, part in self.parts))

    def value(self) -> float:
        """Return the loss.

        Returns
        -------
        float
            Not below 0 but for rounding errors, which are cut off.
        """
        k = len(self.alpha)
        own = self.alpha @ self.values[:, :k] @ self.alpha
        cross = (self.alpha @ self.values[:, k:]).sum()
        return max(0.0, float(own - 2 * cross + self.teacher) / 2)

    def gradient(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradients.

        Returns
        -------
        tuple of numpy.ndarray
            In W and in alpha.
        """
        return self.alpha[:, None] * self.slope, self.values @ self.weights

    def hessian(self, *, second_layer: bool) -> np.ndarray:
        """Return the Hessian.

        Parameters
        ----------
        second_layer : bool
            Whether alpha belongs to the coordinates.

        Returns
        -------
        numpy.ndarray
            Square and symmetric.
        """
        k, d = self.W.shape
        size = k * d + (k if second_layer else 0)
        H = np.empty((size, size))
        blocks = H[: k * d, : k * d].reshape(k, d, k, d)
        for i in range(k):
            for number, (factor, part) in enumerate(self.parts):
                mixed = factor * (self.alpha[i] * self.alpha)[:, None, None] * part.mixed(i)
                mixed[i] = factor * self.alpha[i] * part.same(i, self.weights)
                rows = mixed.transpose(1, 0, 2)
                blocks[i] = blocks[i] + rows if number else rows
        if second_layer:
            self._border(H)
        return (H + H.T) / 2

    def _border(self, H: np.ndarray) -> None:
        k, d = self.W.shape
        for i in range(k):
            rows = slice(i * d, (i + 1) * d)
            mixed = self.alpha[i] * self._slopes(i)
            mixed[i] += self.slope[i]
            H[rows, k * d :] = mixed.T
            H[k * d :, rows] = mixed
        H[k * d :, k * d :] = self.values[:, :k]

    def _slopes(self, i: int) -> np.ndarray:
        return np.asarray(sum(factor * part.slopes(i) for factor, part in self.parts))

    def operator(self, *, second_layer: bool) -> LinearOperator:
        """Return the Hessian as a linear map.

        Parameters
        ----------
        second_layer : bool
            Whether alpha belongs to the coordinates.

        Returns
        -------
        scipy.sparse.linalg.LinearOperator
            Of the shape of the Hessian.
        """
        k, d = self.W.shape
        size = k * d + (k if second_layer else 0)

        def product(x: np.ndarray) -> np.ndarray:
            x = np.ravel(x)
            X = x[: k * d].reshape(k, d)
            inner = sum(factor * part.times(X, self.weights) for factor, part in self.parts)
            if not second_layer:
                return np.asarray(inner).ravel()
            mixed, outer = self._through(X, x[k * d :])
            return np.concatenate([(inner + mixed).ravel(), outer])

        return LinearOperator((size, size), matvec=product, rmatvec=product, dtype=np.float64)

    def _through(self, X: np.ndarray, xi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the mixed derivatives and those in alpha contribute."""
        k = len(self.alpha)
        padded = np.concatenate([xi, np.zeros(self.W.shape[1])])
        moved = sum(factor * part.slope(padded) for factor, part in self.parts)
        inner = self.alpha[:, None] * moved + xi[:, None] * self.slope
        along = np.stack([self._slopes(i) @ X[i] for i in range(k)])
        outer = self.alpha @ along + np.einsum("id,id->i", self.slope, X)
        return inner, outer + self.values[:, :k] @ xi
