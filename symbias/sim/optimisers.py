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

    Returns
    -------
    tuple of numpy.ndarray
        theta, shape (m, steps + 1), which may overflow; and the logarithm of the norm of the whole state (theta,
        buffers, past points), shape (m, steps // stride + 1).

    Examples
    --------
    >>> one = np.ones(1)
    >>> theta, size = run(Rule(SGD), np.array([0.5]), 1.0, one, np.zeros(1, dtype=np.int64), one, 3, 1)
    >>> theta
    array([[1.   , 0.5  , 0.25 , 0.125]])
    """
    theta = np.empty((curvature.size, steps + 1))
    sizes = np.empty((curvature.size, steps // stride + 1))
    with np.errstate(all="ignore"):
        _run(rule, curvature, step, factors, delays, start, stride, theta, sizes)
    return theta, sizes


@njit(cache=True, nogil=True, error_model="numpy")
def _run(
    rule: Rule,
    curvature: np.ndarray,
    step: float,
    factors: np.ndarray,
    delays: np.ndarray,
    start: np.ndarray,
    stride: int,
    theta: np.ndarray,
    sizes: np.ndarray,
) -> None:
    """Fill `theta` and `sizes`, mode by mode."""
    length = delays.max() + 1
    past, buffers, moved = np.empty(length), np.empty(rule.workers), np.empty(2)
    for mode in range(curvature.size):
        past[:] = start[mode]
        buffers[:] = 0.0
        c = curvature[mode] + rule.decay
        # What an optimiser stores besides: the velocity (Nesterov) or the last gradient (optimistic).
        moved[0] = start[mode]
        moved[1] = c * start[mode] if rule.method == OPTIMISTIC else 0.0
        scale = 0.0
        theta[mode, 0] = start[mode]
        sizes[mode, 0] = _log_norm(moved, past, buffers)
        for t in range(theta.shape[1] - 1):
            past[t % length] = _point(rule, moved)
            gradient = c * past[(t - delays[t % delays.size]) % length]
            worker = t % rule.workers
            _advance(rule, c, step * factors[t % factors.size], gradient, worker, moved, buffers)
            theta[mode, t + 1] = moved[0] * np.exp(scale)
            if (t + 1) % stride == 0:
                size = _log_norm(moved, past, buffers)
                sizes[mode, (t + 1) // stride] = size + scale
                if not np.log(_SMALLEST) < size < np.log(_LARGEST) and np.isfinite(size):
                    scale += size
                    shrink = np.exp(-size)
                    past *= shrink
                    buffers *= shrink
                    moved *= shrink


@njit(cache=True, nogil=True, error_model="numpy")
def _point(rule: Rule, moved: np.ndarray) -> float:
    """Where the gradient is taken."""
    return moved[0] + rule.momentum * moved[1] if rule.method == NESTEROV else moved[0]


@njit(cache=True, nogil=True, error_model="numpy")
def _advance(
    rule: Rule,
    c: float,
    step: float,
    gradient: float,
    worker: int,
    moved: np.ndarray,
    buffers: np.ndarray,
) -> None:
    """Take a step in place."""
    b = rule.momentum
    if rule.method == SGD:
        gradient *= 1.0 - rule.dampening
        buffers[worker] = b * buffers[worker] + gradient
        moved[0] -= step * (gradient + b * buffers[worker] if rule.nesterov else buffers[worker])
    elif rule.method == NESTEROV:
        moved[1] = b * moved[1] - step * (1.0 - rule.dampening) * gradient
        moved[0] += moved[1]
    elif rule.method == QUASI_HYPERBOLIC:
        buffers[worker] = b * buffers[worker] + (1.0 - b) * gradient
        moved[0] -= step * ((1.0 - rule.weight) * gradient + rule.weight * buffers[worker])
    elif rule.method == OPTIMISTIC:
        moved[0] -= step * (2.0 * gradient - moved[1])
        moved[1] = gradient
    elif rule.method == EXTRAGRADIENT:
        middle = moved[0] - step * c * moved[0]
        moved[0] -= step * c * middle
    else:
        fast = moved[0]
        for _ in range(rule.inner):
            fast -= step * c * fast
        moved[0] += rule.weight * (fast - moved[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _log_norm(moved: np.ndarray, past: np.ndarray, buffers: np.ndarray) -> float:
    """Return the logarithm of the norm of a state."""
    total = moved[0] ** 2 + moved[1] ** 2
    for value in past:
        total += value**2
    for value in buffers:
        total += value**2
    return 0.5 * np.log(total)
