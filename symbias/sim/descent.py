"""Gradient descent and mini-batch SGD on L = 1/2 |X F(theta) - y|**2, in compiled loops.

The loops are compiled once and for all: the map arrives as a first-class function, a pointer with a fixed signature,
so that a new parametrization costs no new compilation of a loop, and both are cached on disk. Products with X add
up rows, four at a time, since a sum along a row could not be vectorised without reordering it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit, types

from symbias.sim.least_squares import LeastSquares

_DIVERGED = 1e12
"""Growth of the loss beyond which a run counts as diverged."""

_ROUNDING_MARGIN = 4.0


class DescentResult(NamedTuple):
    """Where a descent ended: parameters, outputs, recorded losses, steps, whether it converged, why not."""

    theta: np.ndarray
    w: np.ndarray
    losses: np.ndarray
    steps: int
    converged: bool
    message: str


def gradient_descent(
    problem: LeastSquares,
    loop: Callable[..., None],
    start: np.ndarray,
    step: float,
    batch: int,
    rng: np.random.Generator | None,
    *,
    tolerance: float,
    max_steps: int,
    every: int,
) -> DescentResult:
    """Descend with a constant step until the residual vanishes.

    Parameters
    ----------
    problem : LeastSquares
        The loss.
    loop : compiled function
        ``loop(inputs, strides, out)`` writes F and its Jacobian, stacked to (q + q*p, m), into ``out``.
    start : numpy.ndarray, shape (p, m)
        Where to begin.
    step : float
        theta <- theta - step * grad L, with L the sum over samples.
    batch : int
        Samples per step, drawn without replacement and weighted by n / batch; all of them if it equals n.
    rng : numpy.random.Generator or None
        Source of the batches, None for full batches.
    tolerance : float
        Largest final residual, relative to the larger of the targets and the first residual.
    max_steps : int
        Budget of steps.
    every : int
        Steps between recordings; convergence and divergence are tested there.

    Returns
    -------
    DescentResult
        The last point and the recorded losses.

    Examples
    --------
    >>> from numba import njit
    >>> @njit
    ... def square(inputs, strides, out):
    ...     for i in range(out.shape[1]):
    ...         out[0, i], out[1, i] = inputs[0, i] ** 2, 2 * inputs[0, i]
    >>> first = lambda u: np.array([u**2, 2 * u])
    >>> problem = LeastSquares(np.eye(2), np.array([1.0, 4.0]), 1, 1, first, first)
    >>> run = gradient_descent(problem, square, np.ones((1, 2)), 0.01, 2, None, tolerance=1e-12,
    ...     max_steps=9999, every=100)
    >>> run.theta.round(6)
    array([[1., 2.]])
    """
    theta = start.copy()
    point = problem.at(theta)
    goal = tolerance * max(float(np.abs(problem.y).max()), point.worst)
    losses, steps, message = [point.loss], 0, ""
    forces = np.empty((0, problem.X.shape[1]))
    advance = _stepper(problem, loop, theta, forces, step, batch, rng)
    while point.worst > max(goal, _ROUNDING_MARGIN * problem.rounding(point)) and not message:
        count = min(every, max_steps - steps)
        with np.errstate(all="ignore"):
            advance(count)
            point = problem.at(theta)
        steps += count
        losses.append(point.loss)
        message = _failure(losses, steps, max_steps)
    message = "" if point.worst <= goal else message
    return DescentResult(
        theta, point.w, np.array(losses), steps, not message, message or "residual vanished"
    )


def _failure(losses: list[float], steps: int, max_steps: int) -> str:
    if not losses[-1] <= _DIVERGED * max(losses[0], np.finfo(float).tiny):
        return "the loss diverged; a smaller step is needed"
    if steps >= max_steps:
        return f"the budget of {max_steps} steps ran out at loss {losses[-1]:.2g}"
    return ""


def gradients(
    problem: LeastSquares,
    loop: Callable[..., None],
    theta: np.ndarray,
    step: float,
    batch: int,
    rng: np.random.Generator | None,
    *,
    steps: int,
    block: int,
) -> Iterator[np.ndarray]:
    """Descend again, and give the gradient in w that every step used.

    Parameters
    ----------
    problem, loop, step, batch, rng
        As in `gradient_descent`, the generator in the state that it had there.
    theta : numpy.ndarray, shape (p, m)
        Where to begin; moved in place, bit by bit as in the first run.
    steps : int
        How many.
    block : int
        The most steps that are held in memory.

    Yields
    ------
    numpy.ndarray, shape (at most block, d)
        One row per step; the next block overwrites it.

    Examples
    --------
    >>> from numba import njit
    >>> @njit
    ... def square(inputs, strides, out):
    ...     for i in range(out.shape[1]):
    ...         out[0, i], out[1, i] = inputs[0, i] ** 2, 2 * inputs[0, i]
    >>> first = lambda u: np.array([u**2, 2 * u])
    >>> problem = LeastSquares(np.eye(1), np.array([4.0]), 1, 1, first, first)
    >>> theta = np.ones((1, 1))
    >>> [rows.tolist() for rows in gradients(problem, square, theta, 0.1, 1, None, steps=2, block=8)]
    [[[-3.0], [-1.4399999999999995]]]
    """
    forces = np.empty((max(1, min(block, steps)), problem.X.shape[1]))
    advance = _stepper(problem, loop, theta, forces, step, batch, rng)
    for begin in range(0, steps, len(forces)):
        count = min(len(forces), steps - begin)
        advance(count)
        forces[:count] *= len(problem.y) / batch
        yield forces[:count]


def _stepper(
    problem: LeastSquares,
    loop: Callable[..., None],
    theta: np.ndarray,
    forces: np.ndarray,
    step: float,
    batch: int,
    rng: np.random.Generator | None,
) -> Callable[[int], None]:
    """Return a function that advances theta in place by so many steps; forces go to the rows of `forces`, if any."""
    X, y, q = problem.X, problem.y, problem.outputs
    strides = np.ones(len(theta), dtype=np.int64)
    out = np.empty((q + q * len(theta), problem.copies))
    if rng is None:
        full, XT = _compiled_full(), np.ascontiguousarray(X.T)
        return lambda count: full(loop, theta, strides, out, X, XT, y, q, forces, step, count)
    batches, order = _compiled_batches(), np.arange(len(y))
    return lambda count: batches(
        loop, theta, strides, out, X, y, q, forces, step, order, batch, rng, count
    )


# The loops are compiled on first use. Their signatures are fixed, so the cache on disk serves every map.
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
_VECTOR, _MATRIX, _STRIDES = types.float64[::1], types.float64[:, ::1], types.int64[::1]
_LOOP = types.FunctionType(types.void(_MATRIX, _STRIDES, _MATRIX))
_STATE = (_LOOP, _MATRIX, _STRIDES, _MATRIX)
_SIZE, _REAL = types.int64, types.float64


@cache
def _compiled_full() -> Any:
    signature = types.void(*_STATE, _MATRIX, _MATRIX, _VECTOR, _SIZE, _MATRIX, _REAL, _SIZE)
    return njit(signature, **_OPTIONS)(_full_steps)


@cache
def _compiled_batches() -> Any:
    draw = (types.int64[::1], _SIZE, types.npy_rng)
    signature = types.void(*_STATE, _MATRIX, _VECTOR, _SIZE, _MATRIX, _REAL, *draw, _SIZE)
    return njit(signature, **_OPTIONS)(_batch_steps)


def _full_steps(
    loop: Any,
    theta: np.ndarray,
    strides: np.ndarray,
    out: np.ndarray,
    X: np.ndarray,
    XT: np.ndarray,
    y: np.ndarray,
    q: int,
    forces: np.ndarray,
    step: float,
    count: int,
) -> None:
    """Take full-batch steps in place."""
    n, d = X.shape
    residual, force = np.empty(n), np.empty(d)
    w = out[:q].reshape(d)
    for t in range(count):
        loop(theta, strides, out)
        for i in range(n):
            residual[i] = -y[i]
        _add_rows(XT, w, residual)
        for k in range(d):
            force[k] = 0.0
        _add_rows(X, residual, force)
        if len(forces):
            forces[t] = force
        _move(theta, out, force, q, step)


def _batch_steps(
    loop: Any,
    theta: np.ndarray,
    strides: np.ndarray,
    out: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    q: int,
    forces: np.ndarray,
    step: float,
    order: np.ndarray,
    batch: int,
    rng: np.random.Generator,
    count: int,
) -> None:
    """Take mini-batch steps in place; a batch is the start of a partial Fisher-Yates shuffle."""
    n, d = X.shape
    force = np.empty(d)
    w = out[:q].reshape(d)
    for t in range(count):
        loop(theta, strides, out)
        for k in range(d):
            force[k] = 0.0
        for i in range(batch):
            j = rng.integers(i, n)
            order[i], order[j] = order[j], order[i]
            row, error = X[order[i]], -y[order[i]]
            for k in range(d):
                error += row[k] * w[k]
            for k in range(d):
                force[k] += error * row[k]
        if len(forces):
            forces[t] = force
        _move(theta, out, force, q, step * n / batch)


@njit(cache=True, nogil=True, error_model="numpy")
def _add_rows(rows: np.ndarray, weights: np.ndarray, total: np.ndarray) -> None:
    """Add to `total` the weighted rows, four at a time: one pass over `total` for four rows."""
    count, length = rows.shape
    blocked = count - count % 4
    for j in range(0, blocked, 4):
        a, b, c, d = weights[j], weights[j + 1], weights[j + 2], weights[j + 3]
        r, s, t, u = rows[j], rows[j + 1], rows[j + 2], rows[j + 3]
        for i in range(length):
            total[i] += (a * r[i] + b * s[i]) + (c * t[i] + d * u[i])
    for j in range(blocked, count):
        for i in range(length):
            total[i] += weights[j] * rows[j, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _move(theta: np.ndarray, out: np.ndarray, force: np.ndarray, q: int, step: float) -> None:
    """Step against J^T force, in place; slope (f, a) is row q + f*p + a of `out`."""
    p, m = theta.shape
    for f in range(q):
        part = force[f * m : (f + 1) * m]
        for a in range(p):
            slopes, row = out[q + f * p + a], theta[a]
            for i in range(m):
                row[i] -= step * slopes[i] * part[i]
