"""A recurrence theta(t+1) = next(theta(t), theta(t-1), ...), iterated as it is written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import types

from symbias.jit import njit

_LARGEST = 1e100
_SMALLEST = 1e-100


def iterate(
    loop: Callable[..., None],
    lags: np.ndarray,
    late: np.ndarray,
    constants: np.ndarray,
    delays: np.ndarray,
    start: np.ndarray,
    steps: int,
    stride: int,
    keep: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Iterate a linear recurrence on independent modes.

    Parameters
    ----------
    loop : compiled function
        ``loop(inputs, strides, out)`` writes the next values, one per mode, into ``out``. The rows of ``inputs`` are
        theta at each of `lags`, the `constants`, and the time.
    lags : numpy.ndarray of int64
        How far back each row of iterates reaches.
    late : numpy.ndarray of int64
        1 for rows that are the delay of the step older, else 0.
    constants : numpy.ndarray, shape (c, m)
        Rows that stay as they are.
    delays : numpy.ndarray of int64
        The delay of each step, used in turn.
    start : numpy.ndarray, shape (m,)
        theta at time zero and before.
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
        iterates that the recurrence looks back to, shape (m, steps // stride + 1).

    Examples
    --------
    >>> from numba import njit
    >>> @njit
    ... def halve(inputs, strides, out):
    ...     for i in range(out.shape[1]):
    ...         out[0, i] = 0.5 * inputs[0, i]
    >>> zero, none, one = np.zeros(1, dtype=np.int64), np.empty((0, 1)), np.ones(1)
    >>> iterate(halve, zero, zero, none, zero, one, 3, 1)[0]
    array([[1.   , 0.5  , 0.25 , 0.125]])
    """
    reach = int((lags + late * delays.max()).max()) + 1
    inputs = np.empty((lags.size + len(constants) + 1, start.size))
    inputs[lags.size : -1] = constants
    past = np.tile(start, (reach, 1))
    theta = np.empty((steps + 1 if keep else 0, start.size))
    sizes = np.empty((steps // stride + 1, start.size))
    theta[:1] = start
    with np.errstate(all="ignore"):
        sizes[0] = np.log(np.linalg.norm(past, axis=0))
        _compiled()(loop, inputs, lags, late, delays, past, steps, stride, theta, sizes)
    return np.ascontiguousarray(theta.T), np.ascontiguousarray(sizes.T)


def iterate_function(
    function: Callable[[np.ndarray, float, np.ndarray, int], np.ndarray],
    reach: int,
    curvature: np.ndarray,
    step: float,
    start: np.ndarray,
    steps: int,
    stride: int,
    keep: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Iterate a recurrence that is a Python function, on independent modes at once.

    Parameters
    ----------
    function : callable
        ``function(past, step, curvature, t)`` -> theta(t+1), shape (m,); ``past[k]`` is theta(t-k), shape (m,).
    reach : int
        Rows of ``past``.
    curvature, start : numpy.ndarray, shape (m,)
        Of the modes; theta at time zero and before.
    step : float
        The step size.
    steps, stride, keep
        As in `iterate`.

    Returns
    -------
    tuple of numpy.ndarray
        As from `iterate`.

    Examples
    --------
    >>> descent = lambda past, step, curvature, t: past[0] - step * curvature * past[0]
    >>> iterate_function(descent, 1, np.array([0.5]), 1.0, np.ones(1), 3, 1)[0]
    array([[1.   , 0.5  , 0.25 , 0.125]])
    """
    past, scale = np.tile(start, (reach, 1)), np.zeros(start.size)
    theta = np.empty((steps + 1 if keep else 0, start.size))
    sizes = np.empty((steps // stride + 1, start.size))
    theta[:1] = start
    with np.errstate(all="ignore"):
        _measure(past, scale, sizes[0])
        for t in range(steps):
            after = function(past, step, curvature, t)
            past[1:] = past[:-1].copy()
            past[0] = after
            if keep:
                theta[t + 1] = past[0] * np.exp(scale)
            if (t + 1) % stride == 0:
                _measure(past, scale, sizes[(t + 1) // stride])
    return np.ascontiguousarray(theta.T), np.ascontiguousarray(sizes.T)


# Compiled on first use with a fixed signature, so that the cache on disk serves every recurrence.
_MATRIX, _INTEGERS, _SIZE = types.float64[:, ::1], types.int64[::1], types.int64
_LOOP = types.FunctionType(types.void(_MATRIX, _INTEGERS, _MATRIX))


@cache
def _compiled() -> Any:
    signature = types.void(
        _LOOP, _MATRIX, _INTEGERS, _INTEGERS, _INTEGERS, _MATRIX, _SIZE, _SIZE, _MATRIX, _MATRIX
    )
    return njit(signature, cache=True, nogil=True, error_model="numpy")(_iterate)


def _iterate(
    loop: Any,
    inputs: np.ndarray,
    lags: np.ndarray,
    late: np.ndarray,
    delays: np.ndarray,
    past: np.ndarray,
    steps: int,
    stride: int,
    theta: np.ndarray,
    sizes: np.ndarray,
) -> None:
    """Fill `theta` (if it has rows) and `sizes`; `past` holds theta(t - k) in its row (t - k) modulo its length."""
    reach, modes = past.shape
    strides = np.ones(len(inputs), dtype=np.int64)
    out = np.empty((1, modes))
    scale = np.zeros(modes)
    for t in range(steps):
        for row in range(lags.size):
            lag = lags[row] + late[row] * delays[t % delays.size]
            inputs[row] = past[(t - lag) % reach]
        inputs[-1] = t
        loop(inputs, strides, out)
        past[(t + 1) % reach] = out[0]
        if theta.size:
            theta[t + 1] = out[0] * np.exp(scale)
        if (t + 1) % stride == 0:
            _measure(past, scale, sizes[(t + 1) // stride])


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(past: np.ndarray, scale: np.ndarray, sizes: np.ndarray) -> None:
    """Record the sizes of the modes, and scale those that leave the range of doubles."""
    for i in range(scale.size):
        total = 0.0
        for k in range(len(past)):
            total += past[k, i] ** 2
        size = 0.5 * np.log(total)
        sizes[i] = size + scale[i]
        if np.isfinite(size) and not np.log(_SMALLEST) < size < np.log(_LARGEST):
            scale[i] += size
            for k in range(len(past)):
                past[k, i] *= np.exp(-size)
