"""Training of a network: synchronous with its sharpness, and asynchronous with workers that take turns."""

from __future__ import annotations

import math
import sys
from typing import NamedTuple

import numpy as np
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from symbias.errors import ConvergenceError
from symbias.sim.network import Network

_DIVERGED = 1e6
"""Growth of the loss beyond which a run counts as diverged."""


class Momentum(NamedTuple):
    """PyTorch's flags of SGD; `weight_decay` times the parameters is added to each gradient."""

    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0


class Training(NamedTuple):
    """What a training run returns.

    `losses` and `distances` (from the start) are before the steps in `at`, `sharpness` before those in `sharpness_at`.
    """

    theta: np.ndarray
    losses: np.ndarray
    distances: np.ndarray
    at: np.ndarray
    sharpness: np.ndarray
    sharpness_at: np.ndarray
    steps: int
    message: str


def sharpness(
    network: Network,
    theta: np.ndarray,
    X: np.ndarray,
    Y: np.ndarray,
    guess: np.ndarray,
    tolerance: float,
) -> tuple[float, np.ndarray]:
    """Return the largest eigenvalue of the Hessian and its eigenvector, by ARPACK.

    Parameters
    ----------
    network : Network
        The network.
    theta : numpy.ndarray, shape (p,)
        Its parameters.
    X, Y : numpy.ndarray, shape (n, d), (n, q)
        The data.
    guess : numpy.ndarray, shape (p,)
        Where the iteration begins.
    tolerance : float
        Relative.

    Returns
    -------
    tuple of float and numpy.ndarray
        Eigenvalue and eigenvector.

    Raises
    ------
    ConvergenceError
        If ARPACK gives up.

    Examples
    --------
    >>> X, Y, rng = np.ones((1, 1)), np.zeros((1, 1)), np.random.default_rng(0)
    >>> value, _ = sharpness(Network((1, 3, 1), "tanh"), np.zeros(10), X, Y, rng.random(10), 1e-9)
    >>> round(value, 9)
    1.0
    """
    product = network.hessian_product(theta, X, Y)
    operator = LinearOperator((theta.size, theta.size), matvec=product, dtype=np.float64)
    if not np.isfinite(product(guess)).all():
        raise ConvergenceError(
            "The Hessian is not finite.",
            "the parameters have grown out of proportion.",
            "Take fewer steps, or smaller ones.",
        )
    try:
        values, vectors = eigsh(
            operator, k=1, which="LA", v0=guess, tol=tolerance, ncv=min(10, theta.size)
        )
    except ArpackError as error:
        raise ConvergenceError(
            "The largest eigenvalue of the Hessian was not found.",
            "the parameters have grown out of proportion, or the eigenvalues are too close.",
            "Take fewer steps, or a larger tolerance of the sharpness.",
        ) from error
    return float(values[0]), vectors[:, 0]


def train(
    network: Network,
    start: np.ndarray,
    X: np.ndarray,
    Y: np.ndarray,
    step: float,
    flags: Momentum,
    *,
    steps: int,
    every: int,
    tolerance: float,
    guess: np.ndarray | None,
) -> Training:
    """Train on all samples at once.

    Parameters
    ----------
    network : Network
        The network.
    start : numpy.ndarray, shape (p,)
        Parameters at the start.
    X, Y : numpy.ndarray, shape (n, d), (n, q)
        The data.
    step : float
        The step size.
    flags : Momentum
        The optimiser.
    steps : int
        Steps to take.
    every : int
        Steps between two measurements of the sharpness.
    tolerance : float
        Relative tolerance of the sharpness.
    guess : numpy.ndarray, shape (p,), or None
        Where its first iteration begins; None for no measurements.

    Returns
    -------
    Training
        The losses are recorded at every step.

    Examples
    --------
    >>> X, Y = np.ones((1, 1)), np.ones((1, 1))
    >>> train(Network((1, 1), "tanh"), np.zeros(2), X, Y, 0.25, Momentum(), steps=2, every=1,
    ...     tolerance=1e-3, guess=None).losses
    array([0.5    , 0.125  , 0.03125])
    """
    theta, buffer = start.copy(), np.zeros_like(start)
    gradient = network.gradients(X, Y)
    rows: list[tuple[int, float, float]] = []
    sharp: list[float] = []
    for t in range(steps + 1):
        loss, slope = gradient(theta)
        rows.append((t, loss, _distance(theta, start)))
        if _diverged(rows):
            break
        if guess is not None and t % every == 0:
            value, guess = sharpness(network, theta, X, Y, guess, tolerance)
            sharp.append(value)
        if t < steps:
            slope += flags.weight_decay * theta
            _advance(theta, buffer, slope, step, flags)
    measured = np.arange(len(sharp)) * every
    return _result(theta, rows, steps)._replace(sharpness=np.array(sharp), sharpness_at=measured)


def train_asynchronously(
    network: Network,
    start: np.ndarray,
    X: np.ndarray,
    Y: np.ndarray,
    step: float,
    flags: Momentum,
    *,
    workers: int,
    shifted: bool,
    batch: int,
    rng: np.random.Generator | None,
    steps: int,
    every: int,
) -> Training:
    """Train with workers that take turns, each with the parameters it was handed at its last turn.

    A gradient is workers - 1 steps old when it arrives, once every worker had a turn.

    Parameters
    ----------
    network, start, X, Y, step, flags
        As in `train`.
    workers : int
        Their number.
    shifted : bool
        Whether each worker has a momentum buffer of its own; otherwise the server has one.
    batch : int
        Samples per gradient, drawn without replacement.
    rng : numpy.random.Generator or None
        Source of the batches; None if all samples are used.
    steps : int
        Steps of the server.
    every : int
        Steps between two records of the loss on all samples and the distance from the start.

    Returns
    -------
    Training
        Without sharpness.

    Examples
    --------
    >>> X, Y = np.ones((1, 1)), np.ones((1, 1))
    >>> train_asynchronously(Network((1, 1), "tanh"), np.zeros(2), X, Y, 0.125, Momentum(), workers=2,
    ...     shifted=False, batch=1, rng=None, steps=2, every=1).losses
    array([0.5    , 0.28125, 0.125  ])
    """
    theta = start.copy()
    held = [start] * workers
    gradient = network.gradients(X, Y)
    buffers = np.zeros((workers if shifted else 1, start.size))
    rows: list[tuple[int, float, float]] = []
    for t in range(steps + 1):
        if t % every == 0 or t == steps:
            loss = network.loss(theta, X, Y)
            rows.append((t, loss, _distance(theta, start)))
            if _diverged(rows):
                break
        if t == steps:
            break
        if rng is not None:
            chosen = rng.choice(len(X), size=batch, replace=False)
            gradient = network.gradients(X[chosen], Y[chosen])
        _, slope = gradient(held[t % workers])
        slope += flags.weight_decay * held[t % workers]
        _advance(theta, buffers[t % len(buffers)], slope, step, flags)
        held[t % workers] = theta.copy()
    return _result(theta, rows, steps)


def _advance(
    theta: np.ndarray, buffer: np.ndarray, slope: np.ndarray, step: float, flags: Momentum
) -> None:
    """Take a step in place."""
    buffer *= flags.momentum
    buffer += (1.0 - flags.dampening) * slope
    theta -= step * (slope + flags.momentum * buffer if flags.nesterov else buffer)


def _result(theta: np.ndarray, rows: list[tuple[int, float, float]], steps: int) -> Training:
    """Return a run from its records: step, loss, distance."""
    at, losses, distances = (np.array(column) for column in zip(*rows, strict=True))
    taken = int(at[-1])
    message = "" if taken == steps else "the loss diverged; a smaller step is needed"
    return Training(theta, losses, distances, at, np.empty(0), np.empty(0, int), taken, message)


def _distance(theta: np.ndarray, start: np.ndarray) -> float:
    moved = theta - start
    return math.sqrt(np.vdot(moved, moved))


def _diverged(rows: list[tuple[int, float, float]]) -> bool:
    return not rows[-1][1] <= _DIVERGED * max(rows[0][1], sys.float_info.min)
