"""Angles between the neurons of a two-layer network and those of the identity, all pairs at once.

Inner products give them to a rounding error where vectors are well apart. Where they are nearly parallel or opposite
the sine comes from what one vector has across the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbias.jit import njit
from symbias.solvers.relu_pair import across

_NEAR = 0.05
"""Of the sine: below, it is taken from the projection."""


@dataclass(frozen=True)
class PairGeometry:
    """The pairs of w_i with all vectors: w_1, ..., w_k and the unit vectors.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The neurons, none zero.
    vectors : numpy.ndarray, shape (k + d, d)
        The neurons and the unit vectors.
    sizes : numpy.ndarray, shape (k + d,)
        Their lengths.
    products : numpy.ndarray, shape (k, k + d)
        Inner products.
    sine, cosine : numpy.ndarray, shape (k, k + d)
        Of the angles; 0 and 1 for a neuron with itself.

    Examples
    --------
    >>> pairs = pair_geometry(np.array([[3.0, 4.0]]))
    >>> pairs.cosine.round(3), pairs.sine.round(3)
    (array([[1. , 0.6, 0.8]]), array([[0. , 0.8, 0.6]]))
    """

    W: np.ndarray
    vectors: np.ndarray
    sizes: np.ndarray
    products: np.ndarray
    sine: np.ndarray
    cosine: np.ndarray

    @property
    def units(self) -> np.ndarray:
        """The vectors over their lengths."""
        return np.asarray(self.vectors / self.sizes[:, None])

    @property
    def roots(self) -> np.ndarray:
        """sqrt(a b - c**2) of all pairs."""
        return np.asarray(self.sine * np.outer(self.sizes[: len(self.W)], self.sizes))


@njit(nogil=True, error_model="numpy", cache=True)
def _refine(vectors: np.ndarray, sizes: np.ndarray, sine: np.ndarray, cosine: np.ndarray) -> None:
    """Take the sines of pairs that are nearly parallel or opposite from a projection."""
    out = np.empty(vectors.shape[1])
    for i in range(sine.shape[0]):
        sine[i, i], cosine[i, i] = 0.0, 1.0
        for j in range(sine.shape[1]):
            if i != j and sine[i, j] < _NEAR:
                across(vectors[j], vectors[i], out)
                square = 0.0
                for n in range(out.size):
                    square += out[n] * out[n]
                sine[i, j] = np.sqrt(square) / sizes[i]


def pair_geometry(W: np.ndarray) -> PairGeometry:
    """Return lengths, inner products and angles of all pairs.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The neurons, none zero.

    Returns
    -------
    PairGeometry
        See there.

    Examples
    --------
    >>> float(pair_geometry(np.array([[1.0, 1e-9]])).sine[0, 1])
    1e-09
    """
    k, d = W.shape
    vectors = np.vstack([W, np.eye(d)])
    sizes = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    products = W @ vectors.T
    lengths = np.outer(sizes[:k], sizes)
    # A zero vector counts as orthogonal to all: only smooth kernels admit it, and they do not ask for angles.
    cosine = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    cosine = np.clip(cosine, -1.0, 1.0)
    sine = np.sqrt((1.0 - cosine) * (1.0 + cosine))
    _refine(vectors, sizes, sine, cosine)
    return PairGeometry(W, vectors, sizes, products, sine, cosine)
