"""The mean-square operator of one epoch of random reshuffling, exactly.

The operators A (x) A of the batches of an epoch are multiplied in a random order and averaged. Given the set of samples
used so far, the last batch is uniform among its subsets, so the averages over orders obey a recursion over sets: a
number of products of the order of 2**n instead of n!. On symmetric matrices with their Frobenius norm the average is a
symmetric matrix, since an order and its reversal are equally likely.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from symbias.errors import InputError

MAX_OPERATIONS = 400_000_000
"""Multiplications allowed for one epoch: about a tenth of a second."""


@dataclass(frozen=True, eq=False)
class Reshuffling:
    """The orders of an epoch; made by `reshuffling`.

    Parameters
    ----------
    hessians : numpy.ndarray, shape (batches, r, r)
        Mean Hessian of every possible batch.
    transitions : tuple
        For every number of batches used, a list of (batch, rows of the sets before it, rows of the sets after it).
    sizes : tuple of int
        Number of sets for every number of batches used.
    isometry : numpy.ndarray, shape (r**2, r (r + 1) / 2)
        Orthonormal symmetric matrices.

    Examples
    --------
    >>> epoch = reshuffling(np.array([[[1.0]], [[3.0]]]), 1)
    >>> epoch.radius(0.5)  # ((1 - 0.5) (1 - 1.5))**2
    0.0625
    """

    hessians: np.ndarray
    transitions: tuple[Any, ...]
    sizes: tuple[int, ...]
    isometry: np.ndarray

    def radius(self, step: float) -> float:
        """Return the spectral radius of the epoch's mean-square operator."""
        maps, q = self._maps(step), self.isometry.shape[1]
        level = np.eye(q)[:, None, :]
        for size, transitions in zip(self.sizes[1:], self.transitions, strict=True):
            after = np.zeros((q, size, q))
            for batch, before, rows in transitions:
                block = level[:, before].reshape(q, -1)
                after[:, rows] += (maps[batch] @ block).reshape(q, len(before), q)
            level = after / (len(transitions) * len(transitions[0][1]) / size)
        return float(np.linalg.eigvalsh(level[:, 0])[-1])

    def _maps(self, step: float) -> list[np.ndarray]:
        P, r = self.isometry, self.hessians.shape[1]
        factors = np.eye(r) - step * self.hessians
        return [P.T @ np.kron(A, A) @ P for A in factors]


def reshuffling(hessians: np.ndarray, batch: int) -> Reshuffling:
    """Prepare the recursion over sets of samples.

    Parameters
    ----------
    hessians : numpy.ndarray, shape (n, r, r)
        Per-sample Hessians.
    batch : int
        Samples per step, a divisor of n.

    Returns
    -------
    Reshuffling
        The operator of an epoch, as a function of the step.

    Raises
    ------
    InputError
        If the recursion is too long.

    Examples
    --------
    >>> reshuffling(np.ones((4, 1, 1)), 2).sizes
    (1, 6, 1)
    """
    n, r, _ = hessians.shape
    levels, q = n // batch, r * (r + 1) // 2
    sizes = tuple(comb(n, k * batch) for k in range(levels + 1))
    steps = sum(size * comb(n - k * batch, batch) for k, size in enumerate(sizes[:-1]))
    if steps * q**3 > MAX_OPERATIONS:
        raise InputError(
            f"An epoch of n = {n} samples in batches of {batch}, rank {r}, has too many orders to average exactly.",
            f"the recursion takes {steps:.2g} products of {q} x {q} matrices.",
            "Take fewer samples (up to about 14) or coordinates, or larger batches.",
        )
    chosen = list(combinations(range(n), batch))
    masks = np.array([sum(1 << i for i in samples) for samples in chosen])
    means = np.array([hessians[list(samples)].mean(axis=0) for samples in chosen])
    return Reshuffling(means, _transitions(n, batch, masks), sizes, _isometry(r))


def _transitions(n: int, batch: int, masks: np.ndarray) -> tuple[Any, ...]:
    every = np.arange(1 << n)
    weights = np.array([int(mask).bit_count() for mask in every])
    found = []
    for used in range(0, n, batch):
        before, after = every[weights == used], every[weights == used + batch]
        free = [(b, np.flatnonzero(before & mask == 0)) for b, mask in enumerate(masks)]
        found.append(
            [(b, rows, np.searchsorted(after, before[rows] | masks[b])) for b, rows in free]
        )
    return tuple(found)


def _isometry(r: int) -> np.ndarray:
    pairs = [(i, j) for i in range(r) for j in range(i, r)]
    P = np.zeros((r, r, len(pairs)))
    for k, (i, j) in enumerate(pairs):
        P[i, j, k] = P[j, i, k] = 1.0 if i == j else np.sqrt(0.5)
    return P.reshape(r * r, len(pairs))
