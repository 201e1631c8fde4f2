"""The ReLU kernel of all pairs of neurons, with first and second derivatives, in the geometry of the angle.

With unit vectors u of w and z of v, and m = z - cos(t) u, of length sin(t):
gradient (|v| sin(t) u + (pi - t) v)/(2 pi), block of equal arguments
(|v|/|w|) (sin(t) (I - u u') + m m'/sin(t))/(2 pi), mixed block
((pi - t) I + sin(t) cos(t) u u' - cos(t) m m'/sin(t) + sin(t) (u m' + m u'))/(2 pi).
Both are bounded: nothing cancels where the vectors are nearly parallel.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from symbias.solvers.pair_geometry import PairGeometry

TWO_PI = 2.0 * math.pi


class ReluPopulation:
    """The kernel of all pairs.

    Parameters
    ----------
    pairs : PairGeometry
        Of the neurons.

    Examples
    --------
    >>> from symbias.solvers.pair_geometry import pair_geometry
    >>> kernel = ReluPopulation(pair_geometry(np.eye(2)))
    >>> kernel.values()[0].round(4)
    array([0.5   , 0.1592, 0.5   , 0.1592])
    >>> weights = np.array([1.0, 1.0, -1.0, -1.0])
    >>> float(abs(kernel.slope(weights)).max()), kernel.slopes(0)[0], kernel.teacher(2).__round__(4)
    (0.0, array([0.5, 0. ]), 1.3183)
    >>> block, across = kernel.same(0, weights), kernel.mixed(0)[1]
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> bool(abs(kernel.times(X, weights)[0] - block @ X[0] - across @ X[1]).max() < 1e-15)
    True
    """

    def __init__(self, pairs: PairGeometry) -> None:
        self.pairs = pairs
        self.count = len(pairs.W)

    @cached_property
    def supplement(self) -> np.ndarray:
        """The angle's supplement pi - t, of all pairs."""
        return np.arctan2(self.pairs.sine, -self.pairs.cosine)

    def values(self) -> np.ndarray:
        """Return the kernel of all pairs.

        Returns
        -------
        numpy.ndarray, shape (k, k + d)
            Of neurons with themselves |w|^2/2.
        """
        p = self.pairs
        shape = p.sine + self.supplement * p.cosine
        return np.outer(p.sizes[: self.count], p.sizes) * shape / TWO_PI

    @staticmethod
    def teacher(d: int) -> float:
        """Return the sum of the kernel over all pairs of unit vectors.

        Parameters
        ----------
        d : int
            Their number.

        Returns
        -------
        float
            d/2 + d (d - 1)/(2 pi).
        """
        return d / 2 + d * (d - 1) / TWO_PI

    def slope(self, weights: np.ndarray) -> np.ndarray:
        """Return the weighted sums over j of the gradients of K(w_i, v_j) in w_i.

        Parameters
        ----------
        weights : numpy.ndarray, shape (k + d,)
            One per vector.

        Returns
        -------
        numpy.ndarray, shape (k, d)
            Of a neuron with itself half the gradient of K(w, w).
        """
        p = self.pairs
        along = p.sine @ (weights * p.sizes) / p.sizes[: self.count]
        return (along[:, None] * p.W + (self.supplement * weights) @ p.vectors) / TWO_PI

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
        p, k = self.pairs, self.count
        u = p.W[i] / p.sizes[i]
        along = p.sizes[:k] * p.sine[i, :k]
        return (np.outer(along, u) + self.supplement[i, :k, None] * p.W) / TWO_PI

    def _across(self, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return u, the vectors m of all pairs of w_i, and 1/sin (0 where it is 0)."""
        p = self.pairs
        u = p.units[i]
        sine = p.sine[i]
        inverse = np.divide(1.0, sine, out=np.zeros_like(sine), where=sine > 0)
        return u, p.units - np.outer(p.cosine[i], u), inverse

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
            With half of the second derivative of K(w, w) for the neuron itself.
        """
        p = self.pairs
        u, m, inverse = self._across(i)
        scaled = weights * p.sizes / p.sizes[i] / TWO_PI
        eye = np.eye(len(u))
        turned = (m.T * (scaled * inverse)) @ m
        return (scaled @ p.sine[i]) * (eye - np.outer(u, u)) + turned + weights[i] / 2 * eye

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
        p, k = self.pairs, self.count
        u, m, inverse = self._across(i)
        m, sine, cosine = m[:k], p.sine[i, :k], p.cosine[i, :k]
        blocks = self.supplement[i, :k, None, None] * np.eye(len(u))
        blocks = blocks + (sine * cosine)[:, None, None] * np.outer(u, u)
        blocks -= np.einsum("j,ja,jb->jab", cosine * inverse[:k], m, m)
        odd = np.einsum("j,a,jb->jab", sine, u, m)
        blocks += odd + odd.transpose(0, 2, 1)
        blocks[i] = 0.0
        return np.asarray(blocks / TWO_PI)

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
            Without any d^2 by d^2 matrix: products of matrices of the size of the network.
        """
        k = self.count
        return weights[:k, None] * (self._from_others(X, weights[:k]) + self._from_own(X, weights))

    def _from_others(self, X: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sums over j of the mixed blocks times x_j."""
        p, k = self.pairs, self.count
        units, sine, cosine = p.units[:k], p.sine[:, :k], p.cosine[:, :k]
        inverse = np.divide(1.0, sine, out=np.zeros_like(sine), where=sine > 0)
        first = units @ X.T
        m = np.einsum("jd,jd->j", units, X)[None, :] - cosine * first
        ahead = sine * first - cosine * inverse * m
        beside = sine * (cosine * first + m) - cosine * ahead
        turn = self.supplement[:, :k].copy()
        np.fill_diagonal(turn, 0.0)
        np.fill_diagonal(ahead, 0.0)
        np.fill_diagonal(beside, 0.0)
        total = (turn * weights) @ X + (ahead * weights) @ units
        return (total + (beside @ weights)[:, None] * units) / TWO_PI

    def _from_own(self, X: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the sums over j of the blocks of equal arguments times x_i."""
        p, k = self.pairs, self.count
        units, sizes = p.units, p.sizes
        inverse = np.divide(1.0, p.sine, out=np.zeros_like(p.sine), where=p.sine > 0)
        scaled = weights * sizes / sizes[:k, None] / TWO_PI
        own = np.einsum("id,id->i", units[:k], X)
        m = X @ units.T - p.cosine * own[:, None]
        ahead = scaled * inverse * m
        total = ahead @ units - (ahead * p.cosine).sum(axis=1)[:, None] * units[:k]
        sines = (scaled * p.sine).sum(axis=1)
        total += sines[:, None] * (X - own[:, None] * units[:k])
        return np.asarray(total + weights[:k, None] / 2 * X)
