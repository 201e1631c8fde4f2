"""SGD on a quadratic loss: the second moment of its iterates, by sampling and by enumeration of all batches.

The loss of sample i is 1/2 theta'H_i theta + g_i'theta, the loss of a batch the mean over the batch. The state of a
step is everything that the programmed optimiser remembers, stacked to (1 + workers + delay, d): theta, one momentum
buffer per worker (the next one to be used first), and the points of the last steps (the latest first).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, permutations, product
from typing import NamedTuple

import numpy as np

from symbias.jit import njit
from symbias.sim.draws import between

IID, REPLACED, RESHUFFLED, CYCLIC = range(4)


class Samples(NamedTuple):
    """Per-sample losses: rows x_i with H_i = x_i x_i', or the H_i themselves (then `rows` has no columns).

    `gradients` are the g_i; both are arrays with the samples along the first axis.
    """

    rows: np.ndarray
    hessians: np.ndarray
    gradients: np.ndarray


class Steps(NamedTuple):
    """How steps are made: their size, momentum (PyTorch's, undampened), delay, and the number of buffers."""

    step: float
    momentum: float = 0.0
    delay: int = 0
    workers: int = 1


def sample(
    samples: Samples,
    steps: Steps,
    start: np.ndarray,
    batch: int,
    order: int,
    count: int,
    runs: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Run SGD many times.

    Parameters
    ----------
    samples : Samples
        The losses.
    steps : Steps
        How steps are made.
    start : numpy.ndarray, shape (d,)
        theta at time zero and before; buffers start at zero.
    batch : int
        Samples per step.
    order : int
        `IID`: drawn anew without replacement for each step; `REPLACED`: with replacement; `RESHUFFLED`: a new
        permutation for each epoch, cut into batches; `CYCLIC`: in the order of the data.
    count : int
        Steps per run.
    runs : int
        Independent runs.
    rng : numpy.random.Generator
        Source of the batches.

    Returns
    -------
    tuple of numpy.ndarray
        The mean of |theta_t|**2, shape (count + 1,), its standard error, and the mean of theta theta' at the end.

    Examples
    --------
    >>> none = np.empty((1, 0, 0))
    >>> one = Samples(np.ones((1, 1)), none, np.zeros((1, 1)))
    >>> sample(one, Steps(0.5), np.ones(1), 1, IID, 2, 3, np.random.default_rng(0))[0]
    array([1.    , 0.25  , 0.0625])
    """
    mean, spread = np.zeros(count + 1), np.zeros(count + 1)
    final = np.zeros((start.size, start.size))
    with np.errstate(all="ignore"):
        _sample(samples, steps, start, batch, order, runs, rng, mean, spread, final)
        error = np.sqrt(spread / max(runs - 1, 1) / runs)
    return mean, error, final / runs


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(
    samples: Samples,
    steps: Steps,
    start: np.ndarray,
    batch: int,
    order: int,
    runs: int,
    rng: np.random.Generator,
    mean: np.ndarray,
    spread: np.ndarray,
    final: np.ndarray,
) -> None:
    """Fill `mean`, `spread` (Welford's sums of squares) and `final`."""
    n, d = samples.gradients.shape
    length = steps.delay + 1
    theta, gradient = np.empty(d), np.empty(d)
    past, buffers = np.empty((length, d)), np.empty((steps.workers, d))
    indices = np.arange(n)
    for run in range(runs):
        theta[:] = start
        past[:] = start
        buffers[:] = 0.0
        _record(theta, run, 0, mean, spread)
        for t in range(mean.size - 1):
            past[t % length] = theta
            stale = past[(t - steps.delay) % length]
            first = _draw(indices, batch, order, t, rng)
            gradient[:] = 0.0
            for i in range(batch):
                j = between(rng, 0, n) if order == REPLACED else indices[first + i]
                _add_gradient(samples, j, stale, gradient)
            buffer = buffers[t % steps.workers]
            for k in range(d):
                buffer[k] = steps.momentum * buffer[k] + gradient[k] / batch
                theta[k] -= steps.step * buffer[k]
            _record(theta, run, t + 1, mean, spread)
        for k in range(d):
            for m in range(d):
                final[k, m] += theta[k] * theta[m]


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(indices: np.ndarray, batch: int, order: int, t: int, rng: np.random.Generator) -> int:
    """Put the batch of step t somewhere in `indices` and return where it begins."""
    n = indices.size
    if order == IID:
        # A partial Fisher-Yates shuffle: any order of the rest will do.
        for i in range(batch):
            j = between(rng, i, n)
            indices[i], indices[j] = indices[j], indices[i]
        return 0
    first = (t * batch) % n
    if order == RESHUFFLED and first == 0:
        for i in range(n - 1):
            j = between(rng, i, n)
            indices[i], indices[j] = indices[j], indices[i]
    return first


@njit(cache=True, nogil=True, error_model="numpy")
def _add_gradient(samples: Samples, j: int, theta: np.ndarray, gradient: np.ndarray) -> None:
    """Add the gradient of sample j at theta."""
    rows, hessians, d = samples.rows, samples.hessians, theta.size
    error = 0.0
    for k in range(rows.shape[1]):
        error += rows[j, k] * theta[k]
    for k in range(d):
        part = samples.gradients[j, k]
        if rows.shape[1]:
            part += error * rows[j, k]
        else:
            for m in range(d):
                part += hessians[j, k, m] * theta[m]
        gradient[k] += part


@njit(cache=True, nogil=True, error_model="numpy")
def _record(theta: np.ndarray, run: int, t: int, mean: np.ndarray, spread: np.ndarray) -> None:
    """Welford's update with |theta|**2."""
    size = 0.0
    for value in theta:
        size += value * value
    shift = size - mean[t]
    mean[t] += shift / (run + 1)
    spread[t] += shift * (size - mean[t])


def batches(n: int, batch: int, order: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yield all equally likely sequences of batches: of one step, or of an epoch.

    Parameters
    ----------
    n : int
        Samples.
    batch : int
        Samples per step; it divides n where there are epochs.
    order : int
        As in `sample`.

    Yields
    ------
    tuple of tuple of int
        Batches in order, each a tuple of samples.

    Examples
    --------
    >>> list(batches(3, 2, IID))
    [((0, 1),), ((0, 2),), ((1, 2),)]
    >>> list(batches(4, 2, CYCLIC))
    [((0, 1), (2, 3))]
    """
    if order == IID:
        yield from ((chosen,) for chosen in combinations(range(n), batch))
    elif order == REPLACED:
        yield from ((chosen,) for chosen in product(range(n), repeat=batch))
    else:
        orders: Iterable[tuple[int, ...]] = (
            [tuple(range(n))] if order == CYCLIC else permutations(range(n))
        )
        for one in orders:
            yield tuple(one[i : i + batch] for i in range(0, n, batch))


def step_matrix(
    hessian: np.ndarray, gradient: np.ndarray, steps: Steps, late: int | None = None
) -> np.ndarray:
    """Return the matrix of a step on the flattened state with a one appended.

    Parameters
    ----------
    hessian : numpy.ndarray, shape (d, d)
        Mean of the H_i of the batch.
    gradient : numpy.ndarray, shape (d,)
        Mean of its g_i.
    steps : Steps
        How steps are made; its delay is the longest.
    late : int, optional
        The delay of this step, if not the longest.

    Returns
    -------
    numpy.ndarray
        Square; column by column what a step does to a state with one entry, and last what it does to none.

    Examples
    --------
    >>> step_matrix(np.eye(1), np.ones(1), Steps(0.5))[:1]
    array([[ 0.5,  0. , -0.5]])
    """
    chosen = steps.delay if late is None else late
    parts, d = 1 + steps.workers + steps.delay, gradient.size

    # One column for each entry of the state, and the last for the appended one.
    *units, one = np.eye(parts * d + 1)
    state = np.reshape(units, (parts, d, -1))
    points = np.concatenate([state[:1], state[1 + steps.workers :]])
    buffer = steps.momentum * state[1] + hessian @ points[chosen] + gradient[:, None] * one
    moved = state[0] - steps.step * buffer
    rest = state[2 : 1 + steps.workers], buffer[None], points[:-1]
    return np.vstack([np.concatenate([moved[None], *rest]).reshape(parts * d, -1), one])


def propagate(
    weights: np.ndarray, matrices: np.ndarray, moment: np.ndarray, count: int
) -> np.ndarray:
    """Propagate a second moment, S <- sum_k p_k A_k S A_k'.

    Parameters
    ----------
    weights : numpy.ndarray, shape (k,)
        The probabilities.
    matrices : numpy.ndarray, shape (k, s, s)
        The A_k.
    moment : numpy.ndarray, shape (s, s)
        S at the start.
    count : int
        Steps.

    Returns
    -------
    numpy.ndarray, shape (count + 1, s, s)
        S at each time.

    Examples
    --------
    >>> propagate(np.full(2, 0.5), np.array([[[1.0]], [[3.0]]]), np.eye(1), 2).ravel()
    array([ 1.,  5., 25.])
    """
    moments = np.empty((count + 1, *moment.shape))
    moments[0] = moment
    for t in range(count):
        each = matrices @ moments[t] @ matrices.transpose(0, 2, 1)
        moments[t + 1] = np.tensordot(weights, each, 1)
    return moments


_DOUBLINGS = 32
"""A rate is measured over at most 2**32 propagations, the last half of the way."""

_NEGLIGIBLE = 1e-150
"""Entries of a map that are smaller, relative to the largest, count as zero."""


def moment_rate(weights: np.ndarray, matrices: np.ndarray) -> tuple[float, float]:
    """Measure the rate at which the second moment grows in the long run.

    The map of one propagation is squared again and again, which makes the maps of 2, 4, 8, ... propagations, and is
    applied to S = 1. Rounding doubles with each squaring, as the number of steps does, so the rate keeps its digits.

    Parameters
    ----------
    weights, matrices : numpy.ndarray
        As in `propagate`.

    Returns
    -------
    tuple of float
        The rate of log trace S per propagation and its error; -inf if nothing is left.

    Examples
    --------
    >>> rate, error = moment_rate(np.full(2, 0.5), np.array([[[1.0]], [[3.0]]]))
    >>> bool(abs(rate - np.log(5)) < error)
    True
    """
    size = matrices.shape[1]
    whole = _on_symmetric(weights, matrices)
    identity = np.eye(size)[np.triu_indices(size)]
    scale, rates = 0.0, [0.0]
    before = 0.0
    rounding = 4 * size**2 * float(np.finfo(float).eps)
    for doubling in range(_DOUBLINGS):
        whole = whole @ whole
        largest = float(np.abs(whole).max())
        trace = float(identity @ whole @ identity)
        if largest == 0 or not trace > 0:
            return -np.inf, 0.0
        log = 2 * scale + float(np.log(trace))
        rates.append((log - before) / 2.0**doubling)
        before, scale = log, 2 * scale + float(np.log(largest))
        whole /= largest
        # What has died out would leave the range of normal doubles, where arithmetic is a hundred times slower.
        whole[np.abs(whole) < _NEGLIGIBLE] = 0.0
        change = max(abs(rates[-1] - r) for r in rates[-3:])
        if doubling > 2 and change <= rounding:
            break
    return rates[-1], abs(rates[-1] - rates[-2]) + rounding * (1 + abs(rates[-1]))


def _on_symmetric(weights: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Return the map of one propagation as a matrix on the upper triangles of symmetric S."""
    rows, columns = np.triu_indices(matrices.shape[1])
    left = (weights[:, None, None] * matrices[:, rows]).transpose(1, 2, 0)
    full = left @ matrices[:, columns].transpose(1, 0, 2)
    # S_cd and S_dc are one entry, counted once on the diagonal.
    full += full.transpose(0, 2, 1)
    folded = full[:, rows, columns]
    folded[:, rows == columns] /= 2
    return np.ascontiguousarray(folded)
