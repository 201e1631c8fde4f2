"""Gradient descent on the mean loss of a two-layer network with Gaussian inputs, for activations like ReLU.

The teacher is the identity. For an activation with slopes p above and -q below 0 the mean over inputs is closed: with t
the angle of two neurons, E s(w.x) s(v.x) = |w||v| ((p + q)**2 (sin t + (pi - t) cos t)/(2 pi) - p q cos t).

Angle and sine come from one rounded cosine: then the gradient is accurate to a rounding error although an angle near
0 is not. An angle is its sine times a polynomial in the cosine, so that the loop over pairs runs in vector registers.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from symbias.jit import njit
from symbias.sim.population_products import fill_pairs, multiply

_ESCAPED = 1e200
"""Of the square of the gradient's length: beyond, the run has left the floats."""

_GROWTH = 1e6
"""Of the loss: a run whose loss grows so much is stopped."""

_TWO_PI = 2.0 * math.pi


class Activation(NamedTuple):
    """What enters the gradient of an activation that is linear on either side of 0.

    Parameters
    ----------
    share : float
        The square of the step in the slope, (p + q)**2.
    linear : float
        The coefficient of w.v in the kernel, -p q.

    Examples
    --------
    >>> Activation(1.0, 0.0)  # ReLU
    Activation(share=1.0, linear=0.0)
    """

    share: float
    linear: float


class Descent(NamedTuple):
    """What a descent ends with.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The last neurons.
    alpha : numpy.ndarray, shape (k,)
        The last second layer.
    loss : numpy.ndarray
        Recorded losses.
    steps : int
        Steps taken.
    norm : float
        The length of the last gradient; not finite if the run left the floats.

    Examples
    --------
    >>> W = np.eye(2)
    >>> descend(W, np.ones(2), Activation(1.0, 0.0), 0.1, 5, 1e-9, 1, second_layer=False).steps
    0
    """

    W: np.ndarray
    alpha: np.ndarray
    loss: np.ndarray
    steps: int
    norm: float


# A minimax polynomial by Remez; what it stands for in t is missed by 3e-17 at most.
@njit(nogil=True, error_model="numpy", cache=True, inline="always", fastmath={"contract"})
def _excess(z: float) -> float:
    """Return (t/sin t - 1)/z for the angle t, at most a right one, with cosine 1 - z; in two chains."""
    v = z * z
    even = -0.0012380046962399327
    even = even * v - 0.013150627683506213
    even = even * v - 0.030789860177442247
    even = even * v - 0.02352273570574654
    even = even * v - 0.006540601949395786
    even = even * v - 0.00015430818991959044
    even = even * v + 0.002460017085744781
    even = even * v + 0.011543722217776102
    even = even * v + 0.05714285650272201
    even = even * v + 0.3333333333332368
    odd = 0.00014206692070458665
    odd = odd * v + 0.00511455321408086
    odd = odd * v + 0.02348851260424275
    odd = odd * v + 0.030644786597265543
    odd = odd * v + 0.014207753937374097
    odd = odd * v + 0.002726228321907457
    odd = odd * v + 0.0013271797438683915
    odd = odd * v + 0.005331278705070406
    odd = odd * v + 0.025396842667110658
    odd = odd * v + 0.13333333334604247
    return even + z * odd


@njit(nogil=True, error_model="numpy", cache=True, fastmath={"contract"})
def _angles(cosines: np.ndarray, turns: np.ndarray, sines: np.ndarray) -> None:
    """Fill pi - t and sin t from cos t."""
    for n in range(cosines.size):
        c = cosines[n]
        # Rounded, a cosine may be beyond 1.
        z = max(0.0, 1.0 - abs(c))
        sine = math.sqrt(z * (1.0 + abs(c)))
        acute = sine + sine * z * _excess(z)
        sines[n] = sine
        turns[n] = math.pi - acute if c >= 0.0 else acute


class _Room(NamedTuple):
    """The arrays that a step works in; neurons are columns of all matrices.

    Cosines, turns (pi less the angle) and sines of pairs, and then with the teacher: in one piece, and by parts.
    """

    cosines: np.ndarray
    turns: np.ndarray
    sines: np.ndarray
    pairs: np.ndarray
    units: np.ndarray
    turns_of_pairs: np.ndarray
    slopes: np.ndarray
    rows_of_sines: np.ndarray
    weights: np.ndarray
    inverse: np.ndarray
    along: np.ndarray
    factor: np.ndarray
    minus: np.ndarray


@njit(nogil=True, error_model="numpy", cache=True)
def _room(d: int, k: int, share: float) -> Any:
    q, n = k * k, (k + d) * k
    c, t, s = np.empty(n), np.empty(n), np.empty(n)
    factor = np.full(1, share / _TWO_PI)
    return _Room(
        c, t, s, c[:q].reshape(k, k), c[q:].reshape(d, k), t[:q].reshape(k, k), t[q:].reshape(d, k),
        s.reshape(k + d, k), np.full(k + d, -1.0), np.empty(k), np.empty(k), factor, -factor,
    )  # fmt: skip


@njit(nogil=True, error_model="numpy", cache=True, fastmath={"contract"})
def _normalise(
    V: np.ndarray, alpha: np.ndarray, units: np.ndarray, weights: np.ndarray, inverse: np.ndarray
) -> None:
    """Fill unit vectors, lengths times alpha, and inverse lengths."""
    d, k = V.shape
    for i in range(k):
        inverse[i] = 0.0
    for m in range(d):
        for i in range(k):
            inverse[i] += V[m, i] * V[m, i]
    for i in range(k):
        size = math.sqrt(inverse[i])
        inverse[i], weights[i] = 1.0 / size, alpha[i] * size
    for m in range(d):
        for i in range(k):
            units[m, i] = V[m, i] * inverse[i]


@njit(nogil=True, error_model="numpy", cache=True, fastmath={"contract"})
def _sum_rows(weights: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
    """Fill the sum of weighted rows, four in a pass."""
    n, k = rows.shape
    blocked = n - n % 4
    for i in range(k):
        out[i] = 0.0
    for j in range(0, blocked, 4):
        a, b, c, e = weights[j], weights[j + 1], weights[j + 2], weights[j + 3]
        for i in range(k):
            out[i] += (a * rows[j, i] + b * rows[j + 1, i]) + (
                c * rows[j + 2, i] + e * rows[j + 3, i]
            )
    for j in range(blocked, n):
        for i in range(k):
            out[i] += weights[j] * rows[j, i]


@njit(nogil=True, error_model="numpy", cache=True)
def _gradient(V: np.ndarray, alpha: np.ndarray, linear: float, plain: bool, room: Any) -> None:
    """Fill `slopes`, the gradient without its factor alpha; `plain` says that alpha is 1."""
    d, k = V.shape
    turns, sines, along = room.turns_of_pairs, room.rows_of_sines, room.along
    _normalise(V, alpha, room.units, room.weights, room.inverse)
    fill_pairs(room.units, room.pairs)
    _angles(room.cosines, room.turns, room.sines)
    for i in range(k):
        # Rounded, the cosine of a vector with itself would give a sine of 1e-8.
        sines[i, i] = 0.0
        turns[i, i] = math.pi
    _sum_rows(room.weights, sines, along)
    if not plain:
        for j in range(k):
            turns[j] *= alpha[j]
    for i in range(k):
        # What is along the neuron itself is added as the pair of it with itself.
        turns[i, i] += along[i] * room.inverse[i]
    multiply(V, turns, room.slopes, room.factor, room.minus)
    if linear != 0.0:
        for m in range(d):
            room.slopes[m] += linear * (np.dot(V[m], alpha) - 1.0)


@njit(nogil=True, error_model="numpy", cache=True, fastmath={"contract"})
def _values(
    V: np.ndarray, alpha: np.ndarray, share: float, linear: float, room: Any, out: np.ndarray
) -> float:
    """Fill dL/dalpha and return the loss, after the gradient at the same point.

    Along rays the kernel is linear, w.dK(w, v)/dw = K(w, v): the gradient times w is what the second layer sees, the
    neurons less the teacher. The neurons come from pairs.
    """
    d, k = V.shape
    factor, neurons = share / _TWO_PI, np.empty(k)
    for i in range(k):
        out[i] = 0.0
        # The turn of a neuron with itself holds what is along it, too.
        neurons[i] = -factor * room.along[i]
    for m in range(d):
        for i in range(k):
            out[i] += V[m, i] * room.slopes[m, i]
    for j in range(k):
        weight, size = room.weights[j], 1.0 / room.inverse[j]
        for i in range(k):
            c = room.pairs[j, i]
            turn = weight * room.rows_of_sines[j, i] + size * room.turns_of_pairs[j, i] * c
            neurons[i] += factor * turn + linear * weight * c
    loss = d * (share / 2.0 + linear) + share * d * (d - 1) / _TWO_PI
    for i in range(k):
        loss += alpha[i] * (2.0 * out[i] - neurons[i] / room.inverse[i])
    return max(0.0, 0.5 * loss)


@njit(nogil=True, error_model="numpy", cache=True)
def _loop(
    V: np.ndarray, alpha: np.ndarray, share: float, linear: float, step: float, steps: int,
    tol: float, every: int, second_layer: bool, records: np.ndarray,
) -> tuple[int, int, float]:  # fmt: skip
    """Descend in place; return steps, records made, and the length of the last gradient."""
    d, k = V.shape
    room, outer, unused = _room(d, k, share), np.zeros(k), np.zeros(k)
    plain = not second_layer and (alpha == 1.0).all()
    inner = room.slopes if plain else np.empty((d, k))
    slope, place = inner.ravel(), V.ravel()
    made, done = 0, 0
    while True:
        _gradient(V, alpha, linear, plain, room)
        if second_layer:
            _values(V, alpha, share, linear, room, outer)
        if not plain:
            np.multiply(room.slopes, alpha, inner)
        square = np.dot(slope, slope) + (np.dot(outer, outer) if second_layer else 0.0)
        last = square <= tol * tol or done == steps or not square < _ESCAPED
        if done % every == 0 or last:
            records[made] = _values(V, alpha, share, linear, room, unused)
            last = last or not records[made] <= _GROWTH * (records[0] + 1.0)
            made += 1
        if last:
            return done, made, math.sqrt(square)
        for n in range(place.size):
            place[n] -= step * slope[n]
        if second_layer:
            for i in range(k):
                alpha[i] -= step * outer[i]
        done += 1


def descend(
    W: np.ndarray,
    alpha: np.ndarray,
    activation: Activation,
    step: float,
    steps: int,
    tol: float,
    every: int,
    *,
    second_layer: bool,
) -> Descent:
    """Descend on the mean loss.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The start; none of its rows is zero.
    alpha : numpy.ndarray, shape (k,)
        The second layer at the start.
    activation : Activation
        What the loss is made of.
    step : float
        The step size.
    steps : int
        The largest number of steps.
    tol : float
        Length of the gradient at which it ends.
    every : int
        Steps between two recorded losses.
    second_layer : bool
        Whether alpha is trained.

    Returns
    -------
    Descent
        New arrays.

    Examples
    --------
    >>> found = descend(np.array([[2.0]]), np.ones(1), Activation(1.0, 0.0), 0.5, 99, 1e-9, 99, second_layer=False)
    >>> bool(abs(found.W[0, 0] - 1) < 1e-8), float(found.loss[0])
    (True, 0.25)
    """
    V, alpha = np.array(W.T, order="C"), np.array(alpha)
    records = np.empty(steps // every + 3)
    done, made, norm = _loop(
        V,
        alpha,
        activation.share,
        activation.linear,
        step,
        steps,
        tol,
        every,
        second_layer,
        records,
    )
    return Descent(np.array(V.T, order="C"), alpha, records[:made], int(done), float(norm))


def gradient(
    W: np.ndarray, alpha: np.ndarray, activation: Activation
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the loss and its gradients.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The neurons, none zero.
    alpha : numpy.ndarray, shape (k,)
        The second layer.
    activation : Activation
        What the loss is made of.

    Returns
    -------
    tuple of float and numpy.ndarray
        The loss, and its gradients in W and in alpha.

    Examples
    --------
    >>> loss, inner, outer = gradient(np.eye(2), np.ones(2), Activation(1.0, 0.0))
    >>> float(abs(inner).max() + abs(outer).max()) < 1e-15
    True
    """
    V = np.array(W.T, order="C")
    room, outer = _room(*V.shape, activation.share), np.empty(len(W))
    _gradient(V, alpha, activation.linear, bool((alpha == 1.0).all()), room)
    loss = _values(V, alpha, *activation, room, outer)
    return float(loss), alpha[:, None] * room.slopes.T, outer
