"""Descent on the mean loss from a start that permutations within blocks leave as it is: a few numbers, for any width.

W is square. Block b has n_b neurons and the inputs of the same numbers; w_ij is `diagonal[b]` for i = j in b, else
`entries[b, c]` for i in b and j in c. Descent keeps that form. What a neuron sees of a block is a count times one term.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from symbias.jit import njit
from symbias.sim.population import Activation

_TWO_PI = 2.0 * math.pi
_ESCAPED = 1e200
_GROWTH = 1e6


class SymmetricDescent(NamedTuple):
    """What a descent in blocks ends with.

    Parameters
    ----------
    diagonal : numpy.ndarray, shape (r,)
        The last diagonal entries.
    entries : numpy.ndarray, shape (r, r)
        The last other entries.
    loss : numpy.ndarray
        Recorded losses.
    steps : int
        Steps taken.
    norm : float
        The length of the last gradient of all of W.

    Examples
    --------
    >>> one, zero = np.ones(1), np.zeros((1, 1))
    >>> descend(np.array([5.0]), one, zero, Activation(1.0, 0.0), 0.1, 9, 1e-9, 1).steps
    0
    """

    diagonal: np.ndarray
    entries: np.ndarray
    loss: np.ndarray
    steps: int
    norm: float


@njit(nogil=True, error_model="numpy", cache=True)
def _pair(cosine: float) -> tuple[float, float]:
    """Return pi - t and sin t."""
    # From one rounded cosine: what the angle is wrong by near 0 cancels in the gradient.
    c = min(1.0, max(-1.0, cosine))
    return math.acos(-c), math.sqrt((1.0 - c) * (1.0 + c))


@njit(nogil=True, error_model="numpy", cache=True)
def _sizes(n: np.ndarray, D: np.ndarray, E: np.ndarray, size: np.ndarray) -> None:
    """Fill the lengths of the neurons of each block."""
    for b in range(n.size):
        square = D[b] * D[b] - E[b, b] * E[b, b]
        for c in range(n.size):
            square += n[c] * E[b, c] * E[b, c]
        size[b] = math.sqrt(square)


@njit(nogil=True, error_model="numpy", cache=True)
def _product(n: np.ndarray, D: np.ndarray, E: np.ndarray, b: int, c: int) -> float:
    """Return the inner product of two different neurons of the blocks b and c."""
    total = (D[b] - E[b, b]) * E[c, b] + E[b, c] * (D[c] - E[c, c])
    for e in range(n.size):
        total += n[e] * E[b, e] * E[c, e]
    return total


@njit(nogil=True, error_model="numpy", cache=True)
def _shape(share: float, linear: float, cosine: float, turn: float, sine: float) -> float:
    return share * (sine + turn * cosine) / _TWO_PI + linear * cosine


@njit(nogil=True, error_model="numpy", cache=True)
def _angles(
    n: np.ndarray, D: np.ndarray, E: np.ndarray, share: float, linear: float, size: np.ndarray, T: np.ndarray,
    along: np.ndarray, own: np.ndarray, taught: np.ndarray,
) -> float:  # fmt: skip
    """Fill pi - t between neurons (`T`) and with inputs (`own`, `taught`), the pull along; return the loss."""
    r = n.size
    loss, fixed = 0.0, 0.0
    _sizes(n, D, E, size)
    for b in range(r):
        along[b] = 0.0
        fixed += n[b]
        loss += n[b] * size[b] * size[b] * _shape(share, linear, 1.0, math.pi, 0.0)
    for b in range(r):
        for c in range(b + 1):
            count = n[c] - (1.0 if b == c else 0.0)
            if count <= 0.0:
                T[b, c] = 0.0
                continue
            cosine = _product(n, D, E, b, c) / (size[b] * size[c])
            turn, sine = _pair(cosine)
            T[b, c], T[c, b] = turn, turn
            along[b] += count * size[c] * sine
            twice = 1.0
            if b != c:
                along[c] += n[b] * size[b] * sine
                twice = 2.0
            shape = _shape(share, linear, cosine, turn, sine)
            loss += twice * n[b] * count * size[b] * size[c] * shape
        own[b], sine = _pair(D[b] / size[b])
        along[b] -= sine
        pull = _shape(share, linear, D[b] / size[b], own[b], sine)
        for c in range(r):
            count = n[c] - (1.0 if b == c else 0.0)
            if count <= 0.0:
                continue
            taught[b, c], sine = _pair(E[b, c] / size[b])
            along[b] -= count * sine
            pull += count * _shape(share, linear, E[b, c] / size[b], taught[b, c], sine)
        loss -= 2.0 * n[b] * size[b] * pull
    loss += fixed * (share / 2.0 + linear) + share * fixed * (fixed - 1.0) / _TWO_PI
    return max(0.0, 0.5 * loss)


@njit(nogil=True, error_model="numpy", cache=True)
def _slopes(
    n: np.ndarray, D: np.ndarray, E: np.ndarray, share: float, linear: float, size: np.ndarray, T: np.ndarray,
    along: np.ndarray, own: np.ndarray, taught: np.ndarray, dD: np.ndarray, dE: np.ndarray,
) -> float:  # fmt: skip
    """Fill the gradient of one neuron of each block; return the square of the length of the whole gradient."""
    r, square = n.size, 0.0
    for b in range(r):
        ahead = along[b] / size[b]
        for c in range(r):
            column = -1.0 + D[c] - E[c, c]
            total = (math.pi + ahead - T[b, b]) * E[b, c] + T[b, c] * (D[c] - E[c, c])
            for e in range(r):
                total += T[b, e] * n[e] * E[e, c]
                column += n[e] * E[e, c]
            dE[b, c] = share * (total - taught[b, c]) / _TWO_PI + linear * column
            if b == c:
                # On the diagonal the neuron itself stands where one of its block stood.
                turned = total + (math.pi + ahead - T[b, b]) * (D[b] - E[b, b])
                dD[b] = share * (turned - own[b]) / _TWO_PI + linear * column
        square += n[b] * dD[b] * dD[b]
        for c in range(r):
            count = n[c] - (1.0 if b == c else 0.0)
            if count <= 0.0:
                dE[b, c] = 0.0
            square += n[b] * count * dE[b, c] * dE[b, c]
    return square


@njit(nogil=True, error_model="numpy", cache=True)
def _loop(
    n: np.ndarray, D: np.ndarray, E: np.ndarray, share: float, linear: float, step: float, steps: int,
    tol: float, every: int, records: np.ndarray,
) -> tuple[int, int, float]:  # fmt: skip
    r = n.size
    size, along, own, dD = np.empty(r), np.empty(r), np.empty(r), np.empty(r)
    T, taught, dE = np.zeros((r, r)), np.zeros((r, r)), np.empty((r, r))
    made, done = 0, 0
    while True:
        loss = _angles(n, D, E, share, linear, size, T, along, own, taught)
        square = _slopes(n, D, E, share, linear, size, T, along, own, taught, dD, dE)
        last = square <= tol * tol or done == steps or not square < _ESCAPED
        last = last or (made > 0 and not loss <= _GROWTH * (records[0] + 1.0))
        if done % every == 0 or last:
            records[made] = loss
            made += 1
        if last:
            return done, made, math.sqrt(square)
        for b in range(r):
            D[b] -= step * dD[b]
            for c in range(r):
                E[b, c] -= step * dE[b, c]
        done += 1


def descend(
    sizes: np.ndarray,
    diagonal: np.ndarray,
    entries: np.ndarray,
    activation: Activation,
    step: float,
    steps: int,
    tol: float,
    every: int,
) -> SymmetricDescent:
    """Descend on the mean loss within the matrices of this form; the second layer is 1.

    Parameters
    ----------
    sizes : numpy.ndarray, shape (r,)
        Neurons of each block.
    diagonal, entries : numpy.ndarray, shapes (r,) and (r, r)
        The start; the entry of a block of one neuron with itself is not used.
    activation : Activation
        What the loss is made of.
    step : float
        The step size.
    steps : int
        The largest number of steps.
    tol : float
        Length of the gradient of all of W at which it ends.
    every : int
        Steps between two recorded losses.

    Returns
    -------
    SymmetricDescent
        New arrays.

    Examples
    --------
    >>> sizes, off = np.array([1e6]), np.array([[1e-7]])
    >>> found = descend(sizes, np.array([1.1]), off, Activation(1.0, 0.0), 1e-6, 10, 0.0, 10)
    >>> bool(found.loss[1] < found.loss[0])
    True
    """
    n, D, E = (np.array(x, dtype=np.float64, order="C") for x in (sizes, diagonal, entries))
    E[np.arange(n.size), np.arange(n.size)] *= n > 1
    records = np.empty(steps // every + 3)
    done, made, norm = _loop(
        n, D, E, activation.share, activation.linear, step, steps, tol, every, records
    )
    return SymmetricDescent(D, E, records[:made], int(done), float(norm))
