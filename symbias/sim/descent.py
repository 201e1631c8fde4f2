"""Gradient descent and mini-batch SGD on L = 1/2 |X F(theta) - y|**2, in compiled loops.

The loops are compiled once and for all: the map arrives as a first-class function, a pointer with a fixed signature,
so that a new parametrization costs no new compilation of a loop, and both are cached on disk. A full-batch step reads
X once: residuals of a few rows are formed and taken back to the coordinates while the rows are in registers or cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from symbias.jit import njit
from symbias.sim.draws import between
from symbias.sim.least_squares import LeastSquares

_DIVERGED = 1e12
"""Growth of the loss beyond which a run counts as diverged."""

_ROUNDING_MARGIN = 4.0

_RECORDINGS = 100
"""How many recordings a compiled loop of full batches makes by itself: handing it the map takes 100 steps' time."""

_CACHE_LINE, _LANES = 64, 16
"""Bytes of a cache line, and the numbers of two: the compiled loops take two vectors of eight at a time."""


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
    forces, recorded = np.empty((0, problem.X.shape[1])), np.empty(_RECORDINGS)
    advance = _stepper(problem, loop, theta, forces, step, batch, rng)
    block = every * (_RECORDINGS if rng is None else 1)
    while point.worst > (end := max(goal, _ROUNDING_MARGIN * problem.rounding(point))):
        count = min(block, max_steps - steps)
        with np.errstate(all="ignore"):
            taken = advance(count, _Watch(recorded, every, end, _largest(losses)))
            point = problem.at(theta)
        steps += taken
        losses += [*recorded[: (taken - 1) // every].tolist(), point.loss]
        message = _failure(losses, steps, max_steps)
        if message:
            break
    message = "" if point.worst <= goal else message
    return DescentResult(
        theta, point.w, np.array(losses), steps, not message, message or "residual vanished"
    )


def _failure(losses: list[float], steps: int, max_steps: int) -> str:
    if not losses[-1] <= _largest(losses):
        return "the loss diverged; a smaller step is needed"
    if steps >= max_steps:
        return f"the budget of {max_steps} steps ran out at loss {losses[-1]:.2g}"
    return ""


def _largest(losses: list[float]) -> float:
    """Return the loss beyond which a run counts as diverged."""
    return _DIVERGED * max(losses[0], float(np.finfo(float).tiny))


class _Watch(NamedTuple):
    """Where losses are written, after how many steps each; and the residual or loss at which a loop stops there."""

    losses: np.ndarray
    every: int
    end: float
    limit: float


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
        advance(count, _Watch(np.empty(0), count, -1.0, np.inf))
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
) -> Callable[[int, _Watch], int]:
    """Return a function that advances theta in place by so many steps, or less where all samples are used.

    It returns how many it took; forces go to the rows of `forces`, if any.
    """
    X, y, q, d = problem.X, problem.y, problem.outputs, problem.X.shape[1]
    strides = np.ones(len(theta), dtype=np.int64)
    out = np.empty((q + q * len(theta), problem.copies))
    if rng is None:
        data = (_aligned(X), y, _aligned(np.zeros((1, d)))[0], _aligned(np.zeros((1, d)))[0])
        full = _compiled_full()
        return lambda count, watch: full(
            loop, theta, strides, out, *data, q, forces, step, count, *watch
        )
    batches, order = _compiled_batches(), np.arange(len(y))
    return lambda count, _: batches(
        loop, theta, strides, out, X, y, q, forces, step, order, batch, rng, count
    )


def _aligned(matrix: np.ndarray) -> np.ndarray:
    """Return a copy whose rows are padded with zeros to whole cache lines and begin at one: it halves the loads."""
    n, d = matrix.shape
    width = -(-d // _LANES) * _LANES
    memory = np.zeros(n * width + _LANES)
    first = -memory.ctypes.data % _CACHE_LINE // memory.itemsize
    found = memory[first : first + n * width].reshape(n, width)
    found[:, :d] = matrix
    return found


# The loops are compiled on first use. Their signatures are fixed, so the cache on disk serves every map.
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
_VECTOR, _MATRIX, _STRIDES = types.float64[::1], types.float64[:, ::1], types.int64[::1]
_LOOP = types.FunctionType(types.void(_MATRIX, _STRIDES, _MATRIX))
_STATE = (_LOOP, _MATRIX, _STRIDES, _MATRIX)
_SIZE, _REAL = types.int64, types.float64


@cache
def _compiled_full() -> Any:
    padded, watch = (_MATRIX, _VECTOR, _VECTOR, _VECTOR), (_VECTOR, _SIZE, _REAL, _REAL)
    signature = _SIZE(*_STATE, *padded, _SIZE, _MATRIX, _REAL, _SIZE, *watch)
    return njit(signature, **_OPTIONS)(_full_steps)


@cache
def _compiled_batches() -> Any:
    draw = (types.int64[::1], _SIZE, types.npy_rng)
    signature = _SIZE(*_STATE, _MATRIX, _VECTOR, _SIZE, _MATRIX, _REAL, *draw, _SIZE)
    return njit(signature, **_OPTIONS)(_batch_steps)


def _full_steps(
    loop: Any,
    theta: np.ndarray,
    strides: np.ndarray,
    out: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    force: np.ndarray,
    q: int,
    forces: np.ndarray,
    step: float,
    count: int,
    losses: np.ndarray,
    every: int,
    end: float,
    limit: float,
) -> int:
    """Take full-batch steps in place, and return how many; X, w and force are padded with zeros."""
    outputs = out[:q].reshape(q * out.shape[1])
    for t in range(count):
        loop(theta, strides, out)
        for k in range(len(outputs)):
            w[k] = outputs[k]
        if t > 0 and t % every == 0:
            loss, worst = _misfit(X, y, w)
            losses[t // every - 1] = loss
            if worst <= end or not loss <= limit:
                return t
        _pull_back(X, y, w, force)
        if len(forces):
            forces[t] = force[: len(outputs)]
        _move(theta, out, force, q, step)
    return count


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
) -> int:
    """Take mini-batch steps in place; a batch is the start of a partial Fisher-Yates shuffle."""
    n, d = X.shape
    force = np.empty(d)
    w = out[:q].reshape(d)
    for t in range(count):
        loop(theta, strides, out)
        for k in range(d):
            force[k] = 0.0
        for i in range(batch):
            j = between(rng, i, n)
            order[i], order[j] = order[j], order[i]
            row, error = X[order[i]], -y[order[i]]
            for k in range(d):
                error += row[k] * w[k]
            for k in range(d):
                force[k] += error * row[k]
        if len(forces):
            forces[t] = force
        _move(theta, out, force, q, step * n / batch)
    return count


# Sums along rows are vectorised only if they may be reordered. Any order has the same bound on its rounding error.
@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _pull_back(X: np.ndarray, y: np.ndarray, w: np.ndarray, force: np.ndarray) -> None:
    """Write X^T (X w - y) into `force`, in one pass over X: eight rows at a time while they are at hand."""
    n, d = X.shape
    force[:] = 0.0
    blocked = n - n % 8
    for i in range(0, blocked, 8):
        a, b, c, e = X[i], X[i + 1], X[i + 2], X[i + 3]
        f, g, h, j = X[i + 4], X[i + 5], X[i + 6], X[i + 7]
        p, q, r, s = -y[i], -y[i + 1], -y[i + 2], -y[i + 3]
        t, u, v, x = -y[i + 4], -y[i + 5], -y[i + 6], -y[i + 7]
        for k in range(d):
            p += a[k] * w[k]
            q += b[k] * w[k]
            r += c[k] * w[k]
            s += e[k] * w[k]
            t += f[k] * w[k]
            u += g[k] * w[k]
            v += h[k] * w[k]
            x += j[k] * w[k]
        for k in range(d):
            first = (p * a[k] + q * b[k]) + (r * c[k] + s * e[k])
            force[k] += first + ((t * f[k] + u * g[k]) + (v * h[k] + x * j[k]))
    for i in range(blocked, n):
        row, error = X[i], -y[i]
        for k in range(d):
            error += row[k] * w[k]
        for k in range(d):
            force[k] += error * row[k]


@njit(cache=True, nogil=True, error_model="numpy")
def _misfit(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """Return the loss and the largest absolute residual."""
    total, worst = 0.0, 0.0
    for i in range(len(y)):
        error = -y[i]
        for k in range(len(w)):
            error += X[i, k] * w[k]
        total += error * error
        worst = max(worst, abs(error))
    return 0.5 * total, worst


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
