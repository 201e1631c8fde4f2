"""Gradient descent and SGD of a network with one hidden ReLU layer, in compiled loops around BLAS.

The loss is 1/(2n) sum_i (v . relu(W x_i + b) + c - y_i)**2 and all of W, b, v, c move. The two matrix products of a
step are BLAS work; between them each row of activations, while it is in cache, becomes a prediction, a residual and
the row that the second product wants. The output weights are taken out of that product: they multiply its rows.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from symbias.jit import njit
from symbias.sim.draws import between

_DIVERGED = 1e12
"""Growth of the loss beyond which a run counts as diverged."""

_BLOCK_BYTES = 2**19
"""Size of the block of activations at hand: half of a second-level cache."""


class ShallowRun(NamedTuple):
    """Where training ended: parameters, recorded losses, steps taken, why it stopped before them (or empty)."""

    W: np.ndarray
    b: np.ndarray
    v: np.ndarray
    c: float
    losses: np.ndarray
    steps: int
    message: str


class _State(NamedTuple):
    """Parameters, moved in place, and scratch space: activations of a block of rows, gradients."""

    W: np.ndarray
    b: np.ndarray
    v: np.ndarray
    c: np.ndarray
    activations: np.ndarray
    product: np.ndarray
    slope: np.ndarray
    slopes: np.ndarray


def train(
    start: tuple[np.ndarray, np.ndarray, np.ndarray, float],
    X: np.ndarray,
    y: np.ndarray,
    step: float,
    *,
    steps: int,
    every: int,
    batch: int,
    rng: np.random.Generator | None,
    tolerance: float,
) -> ShallowRun:
    """Train with a constant step.

    Parameters
    ----------
    start : tuple
        W, shape (k, d), b, v, shape (k,), and c.
    X, y : numpy.ndarray, shape (n, d), (n,)
        The data.
    step : float
        The step size.
    steps : int
        The most steps to take.
    every : int
        Steps between two records of the loss.
    batch : int
        Samples per step, drawn without replacement; all of them if rng is None.
    rng : numpy.random.Generator or None
        Source of the batches, None for full batches.
    tolerance : float
        A run ends where the loss is no larger; with batches it is looked at where it is recorded.

    Returns
    -------
    ShallowRun
        The end of the run; if the loss diverged, the last parameters of which it had not.

    Examples
    --------
    >>> net = np.eye(2), np.zeros(2), np.ones(2), 0.0
    >>> run = train(net, np.eye(2), np.array([2.0, 3.0]), 0.2, steps=400, every=400, batch=2, rng=None,
    ...     tolerance=1e-12)
    >>> bool(run.losses[-1] <= 1e-12), run.message
    (True, 'the loss reached its tolerance')
    """
    state = _state(start, batch)
    if rng is None:
        records = _full(state, X, y, step, steps, every, tolerance)
    else:
        records = _batched(state, X, y, step, steps, every, tolerance, batch, rng)
    losses, taken, diverged = records
    message = "the loss diverged; a smaller step is needed" if diverged else ""
    if losses[-1] <= tolerance:
        message = "the loss reached its tolerance"
    return ShallowRun(*state[:3], float(state.c[0]), np.array(losses), taken, message)


def _state(start: tuple[np.ndarray, np.ndarray, np.ndarray, float], batch: int) -> _State:
    W, b, v, c = start
    most = max(16, _BLOCK_BYTES // (8 * len(W)))
    rows = -(-batch // -(-batch // most))  # blocks of equal size
    scratch = np.empty((rows, len(W))), np.empty(W.shape), np.empty(W.shape), np.empty((2, len(W)))
    return _State(W.copy(), b.copy(), v.copy(), np.array([float(c)]), *scratch)


def _full(
    state: _State,
    X: np.ndarray,
    y: np.ndarray,
    step: float,
    steps: int,
    every: int,
    tolerance: float,
) -> tuple[list[float], int, bool]:
    """Return the recorded losses, the steps taken, and whether the loss diverged."""
    loss, losses = _compiled_loss(), np.empty(-(-steps // every))
    limit = _limit(loss(*state[:5], X, y))
    taken = _compiled_full()(*state, X, y, step, steps, losses, every, tolerance, limit)
    end = loss(*state[:5], X, y)
    return [*losses[: -(-taken // every)].tolist(), end], taken, not end <= limit


def _batched(
    state: _State,
    X: np.ndarray,
    y: np.ndarray,
    step: float,
    steps: int,
    every: int,
    tolerance: float,
    batch: int,
    rng: np.random.Generator,
) -> tuple[list[float], int, bool]:
    """Return what `_full` does; a batch, too, may tell that the loss diverges."""
    loss, advance, order = _compiled_loss(), _compiled_batches(), np.arange(len(y))
    rows, targets = np.empty((batch, X.shape[1])), np.empty(batch)
    losses, taken, diverged = [loss(*state[:5], X, y)], 0, False
    limit = _limit(losses[0])
    while taken < steps and tolerance < losses[-1] and not diverged:
        count = min(every, steps - taken)
        done = advance(*state, X, y, step, count, rows, targets, order, rng, limit)
        losses.append(loss(*state[:5], X, y))
        taken += done
        diverged = done < count or not losses[-1] <= limit
    return losses, taken, diverged


def _limit(first: float) -> float:
    return _DIVERGED * max(first, np.finfo(float).tiny)


# The loops are compiled on first use, once for all networks.
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
_VECTOR, _MATRIX = types.float64[::1], types.float64[:, ::1]
_SIZE, _REAL = types.int64, types.float64
_NETWORK = (_MATRIX, _VECTOR, _VECTOR, _VECTOR, _MATRIX)
_WORK = (*_NETWORK, _MATRIX, _MATRIX, _MATRIX, _MATRIX, _VECTOR, _REAL, _SIZE)


@cache
def _compiled_loss() -> Any:
    return njit(_REAL(*_NETWORK, _MATRIX, _VECTOR), **_OPTIONS)(_loss)


@cache
def _compiled_full() -> Any:
    return njit(_SIZE(*_WORK, _VECTOR, _SIZE, _REAL, _REAL), **_OPTIONS)(_full_steps)


@cache
def _compiled_batches() -> Any:
    drawn = (_MATRIX, _VECTOR, types.int64[::1], types.npy_rng)
    return njit(_SIZE(*_WORK, *drawn, _REAL), **_OPTIONS)(_batch_steps)


def _loss(
    W: np.ndarray,
    b: np.ndarray,
    v: np.ndarray,
    c: np.ndarray,
    activations: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
) -> float:
    """Return the loss on all samples."""
    total = 0.0
    for first in range(0, len(X), len(activations)):
        size = min(len(activations), len(X) - first)
        part = activations[:size]
        np.dot(X[first : first + size], W.T, part)
        for i in range(size):
            total += (_output(part[i], b, v) + c[0] - y[first + i]) ** 2
    return total / (2 * len(X))


def _full_steps(
    W: np.ndarray,
    b: np.ndarray,
    v: np.ndarray,
    c: np.ndarray,
    activations: np.ndarray,
    product: np.ndarray,
    slope: np.ndarray,
    slopes: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    step: float,
    count: int,
    losses: np.ndarray,
    every: int,
    tolerance: float,
    limit: float,
) -> int:
    """Take full-batch steps in place; return how many were taken before the loss was small or too large."""
    for t in range(count):
        loss, mean = _gradient(W, b, v, c, activations, product, slope, slopes, X, y)
        if not tolerance < loss <= limit:
            return t
        if t % every == 0:
            losses[t // every] = loss
        _move(W, b, v, c, slope, slopes, mean, step, len(y))
    return count


def _batch_steps(
    W: np.ndarray,
    b: np.ndarray,
    v: np.ndarray,
    c: np.ndarray,
    activations: np.ndarray,
    product: np.ndarray,
    slope: np.ndarray,
    slopes: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    step: float,
    count: int,
    rows: np.ndarray,
    targets: np.ndarray,
    order: np.ndarray,
    rng: np.random.Generator,
    limit: float,
) -> int:
    """Take mini-batch steps in place; a batch is the start of a partial Fisher-Yates shuffle."""
    n, batch = len(y), len(targets)
    for t in range(count):
        for i in range(batch):
            j = between(rng, i, n)
            order[i], order[j] = order[j], order[i]
            rows[i] = X[order[i]]
            targets[i] = y[order[i]]
        loss, mean = _gradient(W, b, v, c, activations, product, slope, slopes, rows, targets)
        if not loss <= limit:
            return t
        _move(W, b, v, c, slope, slopes, mean, step, batch)
    return count


# Sums along rows are vectorised only if they may be reordered. Any order has the same bound on its rounding error.
_SUMS = {"contract", "reassoc"}


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_SUMS)
def _output(row: np.ndarray, b: np.ndarray, v: np.ndarray) -> float:
    """Turn products into activations in place; return their sum with the output weights."""
    total = 0.0
    for k in range(len(row)):
        activation = max(row[k] + b[k], 0.0)
        row[k] = activation
        total += v[k] * activation
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _spread(row: np.ndarray, residual: float, slopes: np.ndarray) -> None:
    """Add a row of activations to the slopes in b / v and in v; write the residual where they are positive."""
    biases, outputs = slopes[0], slopes[1]
    for k in range(len(row)):
        outputs[k] += residual * row[k]
        force = residual if row[k] > 0.0 else 0.0
        biases[k] += force
        row[k] = force


@njit(cache=True, nogil=True, error_model="numpy")
def _gradient(
    W: np.ndarray,
    b: np.ndarray,
    v: np.ndarray,
    c: np.ndarray,
    activations: np.ndarray,
    product: np.ndarray,
    slope: np.ndarray,
    slopes: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
) -> tuple[float, float]:
    """Write n times the slopes in W / v, b / v and v; return the loss and the slope in c, n times."""
    n, height, total, mean = len(X), len(activations), 0.0, 0.0
    slopes[:] = 0.0
    for first in range(0, n, height):
        size = min(height, n - first)
        part, rows = activations[:size], X[first : first + size]
        np.dot(rows, W.T, part)
        for i in range(size):
            residual = _output(part[i], b, v) + c[0] - y[first + i]
            total += residual * residual
            mean += residual
            _spread(part[i], residual, slopes)
        if first:
            np.dot(part.T, rows, product)
            _add(slope, product)
        else:
            np.dot(part.T, rows, slope)
    return total / (2 * n), mean


@njit(cache=True, nogil=True, error_model="numpy")
def _add(total: np.ndarray, part: np.ndarray) -> None:
    for k in range(len(total)):
        for a in range(total.shape[1]):
            total[k, a] += part[k, a]


@njit(cache=True, nogil=True, error_model="numpy")
def _move(
    W: np.ndarray,
    b: np.ndarray,
    v: np.ndarray,
    c: np.ndarray,
    slope: np.ndarray,
    slopes: np.ndarray,
    mean: float,
    step: float,
    n: int,
) -> None:
    """Step against the gradient, in place."""
    rate = step / n
    c[0] -= rate * mean
    for k in range(len(v)):
        pull = rate * v[k]
        b[k] -= pull * slopes[0, k]
        for a in range(W.shape[1]):
            W[k, a] -= pull * slope[k, a]
        v[k] -= rate * slopes[1, k]
