"""Optimisers as they are programmed, with their own buffers, on the modes of a quadratic loss.

A mode is theta with the gradient curvature * theta. All modes take the same steps and see the same delays, as the
coordinates of one vector would. The state is scaled when it leaves the range of doubles, and its size is kept as a
logarithm, so that a run may grow or decay for as long as it likes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from symbias.jit import njit

SGD, NESTEROV, QUASI_HYPERBOLIC, OPTIMISTIC, EXTRAGRADIENT, LOOKAHEAD = range(6)

_LARGEST = 1e100
_SMALLEST = 1e-100

# Rows of the state: theta, what a method stores besides (velocity or last gradient), buffers, and then past points.
_THETA, _STORED, _BUFFERS = range(3)


class Rule(NamedTuple):
    """The flags of an optimiser as plain numbers; what a method does not know it ignores.

    `momentum`, `dampening`, `nesterov`, `decay` are PyTorch's. `weight` is that of the moving average (quasi-hyperbolic
    momentum) or of the slow move (lookahead), `inner` the number of fast steps, `workers` the number of buffers.
    """

    method: int
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    decay: float = 0.0
    weight: float = 1.0
    inner: int = 1
    workers: int = 1


def run(
    rule: Rule,
    curvature: np.ndarray,
    step: float,
    factors: np.ndarray,
    delays: np.ndarray,
    start: np.ndarray,
    steps: int,
    stride: int,
    keep: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Run an optimiser on independent modes.

    Parameters
    ----------
    rule : Rule
        The optimiser.
    curvature : numpy.ndarray, shape (m,)
        One per mode.
    step : float
        The step size.
    factors : numpy.ndarray
        Multiples of the step size, used in turn.
    delays : numpy.ndarray of int64
        How many steps old the point of each gradient is, used in turn.
    start : numpy.ndarray, shape (m,)
        theta at time zero and before; the buffers start at zero.
    steps : int
        Steps to take.
    stride : int
        Steps between two records of the size.
    keep : bool
        Whether the iterates are kept, not only their sizes.

    Returns
    -------
    tuple of numpy.ndarray
        theta, shape (m, steps + 1), which may overflow, or (m, 0) if not kept; and the logarithm of the norm of the
        whole state (theta, buffers, past points), shape (m, steps // stride + 1).

    Examples
    --------
    >>> one = np.ones(1)
    >>> theta, size = run(Rule(SGD), np.array([0.5]), 1.0, one, np.zeros(1, dtype=np.int64), one, 3, 1)
    >>> theta
    array([[1.   , 0.5  , 0.25 , 0.125]])
    """
    theta = np.empty((steps + 1 if keep else 0, curvature.size))
    squares = np.empty((steps // stride + 1, curvature.size))
    scales = np.zeros_like(squares)
    with np.errstate(all="ignore"):
        _run(rule, curvature, step, factors, delays, start, steps, stride, theta, squares, scales)
        sizes = 0.5 * np.log(squares) + scales
    return np.ascontiguousarray(theta.T), np.ascontiguousarray(sizes.T)


@njit(cache=True, nogil=True, error_model="numpy")
def _run(
    rule: Rule,
    curvature: np.ndarray,
    step: float,
    factors: np.ndarray,
    delays: np.ndarray,
    start: np.ndarray,
    steps: int,
    stride: int,
    theta: np.ndarray,
    squares: np.ndarray,
    scales: np.ndarray,
) -> None:
    """Fill `theta` (if it has rows), the squares of the sizes, and the logarithms that scaling took out of them."""
    # One mode a column, so that the loops over modes run over neighbours in memory.
    length, first = delays.max() + 1, _BUFFERS + rule.workers
    state = np.zeros((first + length, start.size))
    state[_THETA] = start
    c = curvature + rule.decay
    if rule.method == OPTIMISTIC:
        state[_STORED] = c * start
    state[first:] = start
    scale, factor = np.zeros(start.size), np.ones(start.size)
    _measure(state, scale, factor, squares[0], scales[0])
    if theta.size:
        theta[0] = start
    for t in range(steps):
        _point(rule, state, first + t % length)
        late = first + (t - delays[t % delays.size]) % length
        buffer = _BUFFERS + t % rule.workers
        _advance(rule, c, step * factors[t % factors.size], state, late, buffer)
        if theta.size:
            theta[t + 1] = state[_THETA] * factor
        if (t + 1) % stride == 0:
            k = (t + 1) // stride
            _measure(state, scale, factor, squares[k], scales[k])


@njit(cache=True, nogil=True, error_model="numpy")
def _point(rule: Rule, state: np.ndarray, row: int) -> None:
    """Write down where the gradient is taken."""
    for i in range(state.shape[1]):
        ahead = rule.momentum * state[_STORED, i] if rule.method == NESTEROV else 0.0
        state[row, i] = state[_THETA, i] + ahead


@njit(cache=True, nogil=True, error_model="numpy")
def _advance(
    rule: Rule, c: np.ndarray, step: float, state: np.ndarray, late: int, buffer: int
) -> None:
    """Take a step in place, with the gradient at the point in the row `late`."""
    b, modes = rule.momentum, c.size
    if rule.method == SGD:
        for i in range(modes):
            gradient = (1.0 - rule.dampening) * (c[i] * state[late, i])
            state[buffer, i] = b * state[buffer, i] + gradient
            move = gradient + b * state[buffer, i] if rule.nesterov else state[buffer, i]
            state[_THETA, i] -= step * move
    elif rule.method == QUASI_HYPERBOLIC:
        for i in range(modes):
            gradient = c[i] * state[late, i]
            state[buffer, i] = b * state[buffer, i] + (1.0 - b) * gradient
            mean = (1.0 - rule.weight) * gradient + rule.weight * state[buffer, i]
            state[_THETA, i] -= step * mean
    elif rule.method == NESTEROV:
        damped = step * (1.0 - rule.dampening)
        for i in range(modes):
            state[_STORED, i] = b * state[_STORED, i] - damped * (c[i] * state[late, i])
            state[_THETA, i] += state[_STORED, i]
    elif rule.method == OPTIMISTIC:
        for i in range(modes):
            gradient = c[i] * state[late, i]
            state[_THETA, i] -= step * (2.0 * gradient - state[_STORED, i])
            state[_STORED, i] = gradient
    else:
        _advance_nested(rule, c, step, state)


@njit(cache=True, nogil=True, error_model="numpy")
def _advance_nested(rule: Rule, c: np.ndarray, step: float, state: np.ndarray) -> None:
    """Take a step of a method that evaluates gradients inside of it."""
    if rule.method == EXTRAGRADIENT:
        for i in range(c.size):
            middle = state[_THETA, i] - step * c[i] * state[_THETA, i]
            state[_THETA, i] -= step * c[i] * middle
    else:
        for i in range(c.size):
            fast = state[_THETA, i]
            for _ in range(rule.inner):
                fast -= step * c[i] * fast
            state[_THETA, i] += rule.weight * (fast - state[_THETA, i])


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(
    state: np.ndarray,
    scale: np.ndarray,
    factor: np.ndarray,
    squares: np.ndarray,
    scales: np.ndarray,
) -> None:
    """Record the squares of the sizes and the scales, and scale the modes that leave the range of doubles."""
    squares[:] = 0.0
    for row in range(len(state)):
        for i in range(squares.size):
            squares[i] += state[row, i] ** 2
    scales[:] = scale
    for i in range(squares.size):
        total = squares[i]
        if np.isfinite(total) and total > 0.0 and not _SMALLEST**2 < total < _LARGEST**2:
            scale[i] += 0.5 * np.log(total)
            factor[i] = np.exp(scale[i])
            state[:, i] *= 1.0 / np.sqrt(total)
