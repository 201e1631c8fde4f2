"""The operators C and D of mini-batch SGD on symmetric matrices, in the eigenbasis of the mean Hessian.

A step of SGD with curvature H_b of its batch maps a second moment S to E[(1 - eta H_b) S (1 - eta H_b)]
= S - 2 eta C S + eta**2 D S, where C S = (H S + S H) / 2 and D S = E[H_b S H_b] = (1 - p) H S H + (p/n) sum H_i S H_i
with p the variance of a batch mean over that of a single sample. On the range of H both are symmetric, C is diagonal
in these coordinates, and D and the inverse of C preserve positive semidefinite matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from symbias.solvers.lanczos import Eigenpair, largest_eigenpair
from symbias.solvers.sample_hessians import Eigenbasis


@dataclass(frozen=True, eq=False)
class MeanSquareOperator:
    """C and D on the range of the mean Hessian.

    Parameters
    ----------
    basis : Eigenbasis
        Curvatures and samples.
    fraction : float
        p, between 0 (the full gradient) and 1 (one sample).

    Examples
    --------
    >>> from symbias.solvers.sample_hessians import Rows
    >>> two = Rows(np.array([[1.0], [np.sqrt(3.0)]]))
    >>> operator = MeanSquareOperator(two.diagonalised(), 1.0)
    >>> operator.noise(np.eye(1)), operator.drift * np.eye(1)
    (array([[5.]]), array([[2.]]))
    >>> operator.scaled(np.eye(1))
    array([[2.5]])
    >>> operator.leading().value
    2.5
    """

    basis: Eigenbasis
    fraction: float
    drift: np.ndarray = field(init=False)
    """C as the weights of the entries, shape (r, r)."""
    _root: np.ndarray = field(init=False)
    _full: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        h = self.basis.curvatures
        drift = np.add.outer(h, h) / 2
        object.__setattr__(self, "drift", drift)
        object.__setattr__(self, "_root", np.sqrt(drift))
        object.__setattr__(self, "_full", (1 - self.fraction) * np.outer(h, h))

    @property
    def dimension(self) -> int:
        """Rank r of the mean Hessian."""
        return len(self.basis.curvatures)

    def noise(self, S: np.ndarray) -> np.ndarray:
        """Return D S, shape (r, r)."""
        if self.fraction == 0:
            return self._full * S
        return self._full * S + self.fraction * self.basis.samples.average_conjugation(S)

    def scaled(self, U: np.ndarray) -> np.ndarray:
        """Return C**(-1/2) D C**(-1/2) U, the symmetric form of C^+ D."""
        return self.noise(U / self._root) / self._root

    def leading(self, *, residual: float = np.inf) -> Eigenpair:
        """Return the largest eigenvalue of C^+ D, and its eigenmatrix S (positive semidefinite, trace one)."""
        # A definite start cannot be orthogonal to the leading eigenmatrix, which lies in the cone.
        start = self._root * np.eye(self.dimension)
        pair = largest_eigenpair(self.scaled, start, residual=residual)
        S = pair.array / self._root
        return pair._replace(array=S / np.trace(S))
