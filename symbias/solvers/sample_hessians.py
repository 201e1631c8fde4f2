"""Per-sample Hessians H_i >= 0, as rows x_i (H_i = x_i x_i') or as a stack, with what SGD needs of them.

Rows never form a Hessian: x_i' S x_i comes from one triangular product, the sum of w_i x_i x_i' from a symmetric
rank-n update of the rows of positive weight minus one of the others, 2 n d**2 operations together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg.blas import dsyrk, dtrmm

from symbias.jit import njit

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples of rank one, H_i = x_i x_i'.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, d)
        The vectors x_i, C-contiguous.

    Examples
    --------
    >>> samples = Rows(np.array([[1.0, 0.0], [1.0, 2.0]]))
    >>> samples.mean()
    array([[1., 1.],
           [1., 2.]])
    >>> samples.average_conjugation(np.eye(2))
    array([[ 3.,  5.],
           [ 5., 10.]])
    >>> basis = samples.diagonalised()
    >>> basis.curvatures.round(6)
    array([0.381966, 2.618034])
    >>> bool(np.allclose(samples.projected(basis.vectors).mean(), np.diag(basis.curvatures)))
    True
    >>> samples.matrices().shape
    (2, 2, 2)
    """

    rows: np.ndarray

    @property
    def count(self) -> int:
        """Number of samples n."""
        return len(self.rows)

    def mean(self) -> np.ndarray:
        """Return H = (1/n) sum H_i, shape (d, d)."""
        return _symmetric(dsyrk(1 / self.count, self.rows.T))

    def matrices(self) -> np.ndarray:
        """Return the Hessians, shape (n, d, d)."""
        return np.asarray(self.rows[:, :, None] * self.rows[:, None, :])

    def projected(self, vectors: np.ndarray) -> Rows:
        """Return the samples in the coordinates of orthonormal columns, shape (d, r)."""
        return Rows(np.ascontiguousarray(self.rows @ vectors))

    def diagonalised(self) -> Eigenbasis:
        """Return the samples in the eigenbasis of H, restricted to its range."""
        n, d = self.rows.shape
        if n >= d:
            return _diagonalised(self)
        # The Gram matrix has the same non-zero eigenvalues, and gives the projected rows at once.
        values, left = np.linalg.eigh(self.rows @ self.rows.T / n)
        kept = values > _cutoff(values, n, d)
        values, rows = values[kept], left[:, kept] * np.sqrt(n * values[kept])
        vectors = self.rows.T @ (rows / (n * values))
        return Eigenbasis(values, vectors, Rows(np.ascontiguousarray(rows)))

    def average_conjugation(self, S: np.ndarray) -> np.ndarray:
        """Return (1/n) sum_i H_i S H_i for a symmetric S."""
        lower = np.tril(S)
        lower.flat[:: len(S) + 1] *= 0.5
        products = dtrmm(1.0, lower.T, self.rows.T, trans_a=1).T
        weighted = np.empty_like(self.rows)
        split = _weigh(products, self.rows, 2.0 / self.count, weighted)
        total = dsyrk(1.0, weighted[:split].T) if split else np.zeros(S.shape, order="F")
        if split < self.count:
            total = dsyrk(-1.0, weighted[split:].T, beta=1.0, c=total, overwrite_c=1)
        return _symmetric(total)


@dataclass(frozen=True, eq=False)
class Stack:
    """Samples with arbitrary symmetric positive semidefinite Hessians.

    Parameters
    ----------
    stack : numpy.ndarray, shape (n, d, d)
        The matrices H_i, C-contiguous.

    Examples
    --------
    >>> samples = Stack(np.array([np.eye(2), np.diag([3.0, 1.0])]))
    >>> samples.mean().diagonal(), samples.average_conjugation(np.eye(2)).diagonal()
    (array([2., 1.]), array([5., 1.]))
    >>> basis = samples.diagonalised()
    >>> bool(np.allclose(samples.projected(basis.vectors).mean(), np.diag(basis.curvatures)))
    True
    >>> samples.matrices() is samples.stack
    True
    """

    stack: np.ndarray

    @property
    def count(self) -> int:
        """Number of samples n."""
        return len(self.stack)

    def mean(self) -> np.ndarray:
        """Return H = (1/n) sum H_i, shape (d, d)."""
        return np.asarray(self.stack.mean(axis=0))

    def matrices(self) -> np.ndarray:
        """Return the Hessians, shape (n, d, d)."""
        return self.stack

    def projected(self, vectors: np.ndarray) -> Stack:
        """Return the samples in the coordinates of orthonormal columns, shape (d, r)."""
        stack = vectors.T @ (self.stack @ vectors)
        return Stack(np.ascontiguousarray((stack + stack.transpose(0, 2, 1)) / 2))

    def diagonalised(self) -> Eigenbasis:
        """Return the samples in the eigenbasis of H, restricted to its range."""
        return _diagonalised(self)

    def average_conjugation(self, S: np.ndarray) -> np.ndarray:
        """Return (1/n) sum_i H_i S H_i for a symmetric S."""
        n, d, _ = self.stack.shape
        products = (self.stack.reshape(n * d, d) @ S).reshape(n, d, d)
        flat = products.transpose(1, 0, 2).reshape(d, n * d)
        total = flat @ self.stack.transpose(1, 0, 2).reshape(d, n * d).T / n
        return np.asarray((total + total.T) / 2)


Samples = Rows | Stack
"""Per-sample Hessians in either form."""


@dataclass(frozen=True, eq=False)
class Eigenbasis:
    """The range of H in its eigenbasis.

    Parameters
    ----------
    curvatures : numpy.ndarray, shape (r,)
        Positive eigenvalues of H, increasing.
    vectors : numpy.ndarray, shape (d, r)
        Orthonormal eigenvectors.
    samples : Rows or Stack
        The samples in these coordinates, so that their mean is diagonal.
    """

    curvatures: np.ndarray
    vectors: np.ndarray
    samples: Any


def _diagonalised(samples: Samples) -> Eigenbasis:
    values, vectors = np.linalg.eigh(samples.mean())
    kept = values > _cutoff(values, samples.count, len(values))
    vectors = np.ascontiguousarray(vectors[:, kept])
    return Eigenbasis(values[kept], vectors, samples.projected(vectors))


def _cutoff(values: np.ndarray, n: int, d: int) -> float:
    """Eigenvalues up to here are rounding errors of a singular matrix."""
    return 4 * max(n, d) * _EPS * float(values[-1])


def _symmetric(upper: np.ndarray) -> np.ndarray:
    """Fill the lower triangle in from the upper one."""
    total = upper + upper.T
    total.flat[:: len(total) + 1] *= 0.5
    return total


@njit(nogil=True, cache=True)
def _weigh(products: np.ndarray, rows: np.ndarray, factor: float, out: np.ndarray) -> int:
    """Write |w_i|**(1/2) x_i with w_i = factor * products_i . x_i, those of w_i >= 0 first; return their number."""
    n, d = rows.shape
    first, last = 0, n
    for i in range(n):
        weight = 0.0
        for j in range(d):
            weight += products[i, j] * rows[i, j]
        weight *= factor
        if weight >= 0.0:
            k, first = first, first + 1
        else:
            last -= 1
            k = last
        root = np.sqrt(abs(weight))
        for j in range(d):
            out[k, j] = root * rows[i, j]
    return first
