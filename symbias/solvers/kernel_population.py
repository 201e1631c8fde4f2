"""A dot-product kernel K(a, b, c) of all pairs of neurons, by its partial derivatives, a = |w|^2, b = |v|^2, c = w.v.

The gradient in w is 2 K_a w + K_c v; the block of equal arguments
2 K_a I + 4 K_aa w w' + 2 K_ac (w v' + v w') + K_cc v v', the mixed one
K_c I + 4 K_ab w v' + 2 K_ac w w' + 2 K_bc v v' + K_cc v w'.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from symbias.solvers.pair_geometry import PairGeometry


class Partials(NamedTuple):
    """The kernel and its partial derivatives at all pairs, of shape (k, k + d).

    Of a neuron with itself, where the kernel is a function k(a) of one vector, K_a stands for k'/2, K_aa for k''/2,
    and all others vanish.

    Parameters
    ----------
    K, K_a, K_c, K_aa, K_ab, K_ac, K_bc, K_cc : numpy.ndarray
        The values.
    teacher : float
        The sum of the kernel over all pairs of unit vectors.

    Examples
    --------
    >>> zero = np.zeros((1, 2))
    >>> Partials(*[zero] * 8, 0.0).K.shape
    (1, 2)
    """

    K: np.ndarray
    K_a: np.ndarray
    K_c: np.ndarray
    K_aa: np.ndarray
    K_ab: np.ndarray
    K_ac: np.ndarray
    K_bc: np.ndarray
    K_cc: np.ndarray
    teacher: float


class KernelPopulation:
    """The kernel of all pairs; the methods are those of `ReluPopulation`.

    Parameters
    ----------
    pairs : PairGeometry
        Of the neurons.
    partials : Partials
        At these pairs.

    Examples
    --------
    >>> from symbias.solvers.pair_geometry import pair_geometry
    >>> pairs, zero = pair_geometry(np.eye(1)), np.zeros((1, 2))
    >>> linear = Partials(pairs.products, zero + [0.5, 0], zero + [0, 1], *[zero] * 5, 1.0)
    >>> kernel, weights = KernelPopulation(pairs, linear), np.array([1.0, -1.0])
    >>> kernel.slope(weights), kernel.slopes(0), kernel.values()
    (array([[0.]]), array([[1.]]), array([[1., 1.]]))
    >>> kernel.same(0, weights), kernel.mixed(0)[0], kernel.times(np.ones((1, 1)), weights)
    (array([[1.]]), array([[0.]]), array([[1.]]))
    """

    def __init__(self, pairs: PairGeometry, partials: Partials) -> None:
        self.pairs, self.at = pairs, partials
        self.count = len(pairs.W)

    def values(self) -> np.ndarray:
        """Return the kernel of all pairs.

        Returns
        -------
        numpy.ndarray, shape (k, k + d)
            The values.
        """
        return self.at.K

    def slope(self, weights: np.ndarray) -> np.ndarray:
        """Return the weighted sums over j of the gradients of K(w_i, v_j) in w_i.

        Parameters
        ----------
        weights : numpy.ndarray, shape (k + d,)
            One per vector.

        Returns
        -------
        numpy.ndarray, shape (k, d)
            The sums.
        """
        along = 2 * self.at.K_a @ weights
        return along[:, None] * self.pairs.W + (self.at.K_c * weights) @ self.pairs.vectors

    def slopes(self, i: int) -> np.ndarray:
        """Return the gradients of K(w_i, w_j) in w_i.

        Parameters
        ----------
        i : int
            Which neuron.

        Returns
        -------
        numpy.ndarray, shape (k, d)
            One row per j.
        """
        W, k = self.pairs.W, self.count
        return np.asarray(np.outer(2 * self.at.K_a[i, :k], W[i]) + self.at.K_c[i, :k, None] * W)

    def same(self, i: int, weights: np.ndarray) -> np.ndarray:
        """Return the weighted sum over j of the second derivatives of K(w_i, v_j) in w_i.

        Parameters
        ----------
        i : int
            Which neuron.
        weights : numpy.ndarray, shape (k + d,)
            One per vector.

        Returns
        -------
        numpy.ndarray, shape (d, d)
            The sum.
        """
        at, w, V = self.at, self.pairs.W[i], self.pairs.vectors
        cross = np.outer(w, (2 * at.K_ac[i] * weights) @ V)
        own = 4 * (at.K_aa[i] @ weights) * np.outer(w, w)
        flat = 2 * (at.K_a[i] @ weights) * np.eye(len(w))
        return np.asarray(flat + own + cross + cross.T + (V.T * (at.K_cc[i] * weights)) @ V)

    def mixed(self, i: int) -> np.ndarray:
        """Return the derivatives of K(w_i, w_j) in w_i and w_j.

        Parameters
        ----------
        i : int
            Which neuron.

        Returns
        -------
        numpy.ndarray, shape (k, d, d)
            One block per j; zero for the neuron itself.
        """
        at, W, k = self.at, self.pairs.W, self.count
        w = W[i]
        blocks = at.K_c[i, :k, None, None] * np.eye(len(w))
        blocks = blocks + np.einsum("j,a,jb->jab", 4 * at.K_ab[i, :k], w, W)
        blocks += (2 * at.K_ac[i, :k])[:, None, None] * np.outer(w, w)
        blocks += np.einsum("j,ja,jb->jab", 2 * at.K_bc[i, :k], W, W)
        blocks += np.einsum("j,ja,b->jab", at.K_cc[i, :k], W, w)
        blocks[i] = 0.0
        return np.asarray(blocks)

    def times(self, X: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the Hessian of sum_ij weights_i weights_j K_ij / 2 in the neurons, times a direction.

        Parameters
        ----------
        X : numpy.ndarray, shape (k, d)
            The direction.
        weights : numpy.ndarray, shape (k + d,)
            One per vector.

        Returns
        -------
        numpy.ndarray, shape (k, d)
            The product.
        """
        at, W, V, k = self.at, self.pairs.W, self.pairs.vectors, self.count
        own = np.einsum("id,id->i", W, X)
        first = W @ X.T
        inner = slice(None, k)
        total = (at.K_c[:, inner] * weights[inner]) @ X
        along = 4 * at.K_ab[:, inner] * own + 2 * at.K_ac[:, inner] * first
        beside = 2 * at.K_bc[:, inner] * own + at.K_cc[:, inner] * first
        total += (along @ weights[inner])[:, None] * W + (beside * weights[inner]) @ W
        total += 2 * (at.K_a @ weights)[:, None] * X
        onto = X @ V.T
        along = 4 * at.K_aa * own[:, None] + 2 * at.K_ac * onto
        beside = 2 * at.K_ac * own[:, None] + at.K_cc * onto
        total += (along @ weights)[:, None] * W + (beside * weights) @ V
        return np.asarray(weights[:k, None] * total)
