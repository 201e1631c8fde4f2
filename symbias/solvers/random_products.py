"""Top Lyapunov exponent of products of random matrices 1 - step H_b, by following a vector."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from symbias.jit import njit
from symbias.solvers.sample_hessians import Rows, Samples

_BLOCKS = 50
"""Blocks of time whose means give the standard error."""

_BURN_IN = 0.1


class Exponent(NamedTuple):
    """An exponent per step and its standard error."""

    value: float
    error: float


def draw_batches(
    n: int, batch: int, steps: int, rng: np.random.Generator, *, replacement: bool
) -> np.ndarray:
    """Draw the samples of independent batches.

    Parameters
    ----------
    n, batch, steps : int
        Samples, samples per batch, batches.
    rng : numpy.random.Generator
        Source of the draws.
    replacement : bool
        Whether a batch may hold a sample twice.

    Returns
    -------
    numpy.ndarray, shape (steps, batch)
        Indices of samples.

    Examples
    --------
    >>> draw_batches(3, 3, 2, np.random.default_rng(0), replacement=False).sum(axis=1)
    array([3, 3])
    """
    if replacement:
        return rng.integers(n, size=(steps, batch))
    chosen = np.empty((steps, batch), dtype=np.int64)
    # Floyd's algorithm: a draw that is taken already is replaced by the newest index.
    for k, newest in enumerate(range(n - batch, n)):
        drawn = rng.integers(newest + 1, size=steps)
        taken = (chosen[:, :k] == drawn[:, None]).any(axis=1)
        chosen[:, k] = np.where(taken, newest, drawn)
    return chosen


def top_exponent(samples: Samples, batches: np.ndarray, step: float) -> Exponent:
    """Estimate the top Lyapunov exponent of theta <- theta - step H_b theta.

    Parameters
    ----------
    samples : Rows or Stack
        Per-sample Hessians.
    batches : numpy.ndarray, shape (steps, batch)
        The batches in order; the first tenth is left out of the mean.
    step : float
        The step.

    Returns
    -------
    Exponent
        Minus infinity if the vector vanishes.

    Examples
    --------
    >>> two = Rows(np.array([[1.0], [3.0**0.5]]))
    >>> found = top_exponent(two, np.array([[0], [1]] * 500), 0.5)
    >>> round(found.value, 12)
    -0.693147180560
    """
    logs = np.empty(len(batches))
    if isinstance(samples, Rows):
        vector = np.ones(samples.rows.shape[1])
        _follow_rows(samples.rows, batches, step, vector, logs)
    else:
        vector = np.ones(samples.stack.shape[1])
        _follow_stack(samples.stack, batches, step, vector, logs)
    kept = logs[int(_BURN_IN * len(logs)) :]
    if not np.isfinite(kept).all():
        return Exponent(-np.inf, 0.0)
    means = np.array([block.mean() for block in np.array_split(kept, _BLOCKS)])
    return Exponent(float(kept.mean()), float(means.std(ddof=1) / np.sqrt(_BLOCKS)))


@njit(nogil=True, cache=True)
def _follow_rows(
    rows: np.ndarray, batches: np.ndarray, step: float, vector: np.ndarray, logs: np.ndarray
) -> None:
    """Apply the steps to `vector`, normalised after each; write the logarithms of its growth."""
    steps, size = batches.shape
    r = len(vector)
    force = np.empty(r)
    for t in range(steps):
        force[:] = 0.0
        for k in range(size):
            i = batches[t, k]
            along = 0.0
            for j in range(r):
                along += rows[i, j] * vector[j]
            for j in range(r):
                force[j] += along * rows[i, j]
        logs[t] = _advance(vector, force, step / size)


@njit(nogil=True, cache=True)
def _follow_stack(
    stack: np.ndarray, batches: np.ndarray, step: float, vector: np.ndarray, logs: np.ndarray
) -> None:
    """Do the same with Hessians of any rank."""
    steps, size = batches.shape
    r = len(vector)
    force = np.empty(r)
    for t in range(steps):
        force[:] = 0.0
        for k in range(size):
            i = batches[t, k]
            for a in range(r):
                for b in range(r):
                    force[a] += stack[i, a, b] * vector[b]
        logs[t] = _advance(vector, force, step / size)


@njit(nogil=True, cache=True)
def _advance(vector: np.ndarray, force: np.ndarray, rate: float) -> float:
    """Subtract, normalise, and return the logarithm of the growth."""
    r = len(vector)
    before = 0.0
    after = 0.0
    for j in range(r):
        before += vector[j] * vector[j]
        vector[j] -= rate * force[j]
        after += vector[j] * vector[j]
    if after == 0.0:
        return -np.inf
    scale = 1.0 / np.sqrt(after)
    for j in range(r):
        vector[j] *= scale
    return 0.5 * np.log(after / before)
