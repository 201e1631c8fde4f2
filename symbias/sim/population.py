"""Gradient descent on the mean loss of a two-layer network with Gaussian inputs, for activations like ReLU.

The teacher is the identity. For an activation with slopes p above and -q below 0 the mean over inputs is closed: with t
the angle of two neurons, E s(w.x) s(v.x) = |w||v| ((p + q)**2 (sin t + (pi - t) cos t)/(2 pi) - p q cos t).

Angle and sine come from one rounded cosine: then the gradient is accurate to a rounding error although an angle near
0 is not. The arc cosine is a polynomial without branches, so that the loop over pairs runs in vector registers.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from symbias.jit import njit

_ESCAPED = 1e200
"""Of the square of the gradient's length: beyond, the run has left the floats."""

_GROWTH = 1e6
"""Of the loss: a run whose loss grows so much is stopped."""

_TWO_PI = 2.0 * math.pi
_HALF_PI = 0.5 * math.pi


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


@njit(nogil=True, error_model="numpy", cache=True, inline="always")
def _supplement(c: float) -> float:
    """Return pi - arccos(c) without branches: half an angle beyond a cosine of 1/2, and a polynomial in two chains."""
    x = abs(c)
    steep = x > 0.5
    u = 0.5 * (1.0 - x) if steep else x * x
    y = math.sqrt(u)
    v = u * u
    even = -0.010749050572091341
    even = even * v + 0.0078029494259423985
    even = even * v + 0.013929652900662799
    even = even * v + 0.022372047631734844
    even = even * v + 0.04464285710342364
    even = even * v + 0.1666666666666665
    odd = 0.0281692182229999
    odd = odd * v + 0.016035514493949316
    odd = odd * v + 0.011875494394093739
    odd = odd * v + 0.017355259955944623
    odd = odd * v + 0.03038194736709884
    odd = odd * v + 0.07500000000020765
    arc = y + y * u * (even + u * odd)
    size = _HALF_PI - 2.0 * arc if steep else arc
    return _HALF_PI + (size if c >= 0.0 else -size)


class _Room(NamedTuple):
    """The arrays that a step works in; those of pairs in one piece, and by neurons and teacher."""

    inverse: np.ndarray
    sizes: np.ndarray
    turned: np.ndarray
    weighted: np.ndarray
    cosines: np.ndarray
    supplements: np.ndarray
    sines: np.ndarray
    cosine: np.ndarray
    supplement: np.ndarray
    sine: np.ndarray
    cosine_teacher: np.ndarray
    supplement_teacher: np.ndarray
    sine_teacher: np.ndarray
    along: np.ndarray
    along_teacher: np.ndarray
    ones: np.ndarray


@njit(nogil=True, error_model="numpy", cache=True)
def _room(k: int, d: int) -> Any:
    count = k * k
    c, t, s = np.empty(count + k * d), np.empty(count + k * d), np.empty(count + k * d)
    return _Room(
        np.empty(k), np.empty(k), np.empty((d, k)), np.empty((k, d)), c, t, s,
        c[:count].reshape(k, k), t[:count].reshape(k, k), s[:count].reshape(k, k),
        c[count:].reshape(k, d), t[count:].reshape(k, d), s[count:].reshape(k, d),
        np.empty(k), np.empty(k), np.ones(d),
    )  # fmt: skip


@njit(nogil=True, error_model="numpy", cache=True)
def _angles(cosine: np.ndarray, supplement: np.ndarray, sine: np.ndarray) -> None:
    """Fill pi - t and sin t from cos t."""
    for n in range(cosine.size):
        c = min(1.0, max(-1.0, cosine[n]))
        sine[n] = math.sqrt((1.0 - c) * (1.0 + c))
        supplement[n] = _supplement(c)


@njit(nogil=True, error_model="numpy", cache=True)
def _measure(W: np.ndarray, alpha: np.ndarray, room: Any) -> None:
    """Fill lengths, angles and sines of all pairs."""
    inverse, sizes, turned, products = room.inverse, room.sizes, room.turned, room.cosine
    teacher = room.cosine_teacher
    k, d = W.shape
    inverse[:] = 0.0
    # Turned, because BLAS is slower at W W' than at a product of two matrices as they are stored, and because sums
    # over d for all neurons at once run in vector registers.
    for m in range(d):
        for i in range(k):
            turned[m, i] = W[i, m]
        for i in range(k):
            inverse[i] += turned[m, i] * turned[m, i]
    for i in range(k):
        size = math.sqrt(inverse[i])
        inverse[i], sizes[i] = 1.0 / size, alpha[i] * size
    for m in range(d):
        for i in range(k):
            turned[m, i] *= inverse[i]
    for i in range(k):
        for m in range(d):
            teacher[i, m] = inverse[i] * W[i, m]
    np.dot(teacher, turned, products)
    for i in range(k):
        # Rounded, the cosine of a vector with itself would give a sine of 1e-8.
        products[i, i] = 1.0
    _angles(room.cosines, room.supplements, room.sines)


@njit(nogil=True, error_model="numpy", cache=True)
def _weighted(W: np.ndarray, alpha: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return the neurons times alpha: themselves where alpha is 1, as in all networks of one trained layer."""
    plain = True
    for i in range(alpha.size):
        plain = plain and alpha[i] == 1.0
    if plain:
        return W
    for i in range(alpha.size):
        for m in range(W.shape[1]):
            out[i, m] = alpha[i] * W[i, m]
    return out


@njit(nogil=True, error_model="numpy", cache=True)
def _gradient(
    W: np.ndarray, alpha: np.ndarray, share: float, linear: float, room: Any, out: np.ndarray
) -> None:
    """Fill the gradient in W."""
    _measure(W, alpha, room)
    weighted = _weighted(W, alpha, room.weighted)
    np.dot(room.supplement, weighted, out)
    np.dot(room.sine_teacher, room.ones, room.along_teacher)
    k, d = W.shape
    sine, sizes, total = room.sine, room.sizes, room.along
    teachers, inverse, supplement = room.along_teacher, room.inverse, room.supplement_teacher
    for i in range(k):
        total[i] = 0.0
    for j in range(k):
        # The matrix of sines is symmetric: summed row by row it runs in vector registers.
        weight = sizes[j]
        for i in range(k):
            total[i] += weight * sine[j, i]
    for i in range(k):
        along = (total[i] - teachers[i]) * inverse[i]
        factor = share * alpha[i] / _TWO_PI
        for m in range(d):
            out[i, m] = factor * (out[i, m] + along * W[i, m] - supplement[i, m])
    if linear != 0.0:
        for m in range(W.shape[1]):
            pull = linear * (weighted[:, m].sum() - 1.0)
            for i in range(alpha.size):
                out[i, m] += alpha[i] * pull


@njit(nogil=True, error_model="numpy", cache=True)
def _values(W: np.ndarray, share: float, linear: float, room: Any, out: np.ndarray) -> float:
    """Fill dL/dalpha and return the loss; `room.along` is used up."""
    k, d = W.shape
    own, cross, weighted = 0.0, 0.0, room.along
    for i in range(k):
        row = room.cosine[i]
        for j in range(k):
            weighted[j] = row[j] * room.sizes[j]
        neurons = np.dot(room.sine[i], room.sizes) + np.dot(room.supplement[i], weighted)
        neurons = share * neurons / _TWO_PI + linear * weighted.sum()
        teacher = room.cosine_teacher[i]
        teachers = room.along_teacher[i] + np.dot(room.supplement_teacher[i], teacher)
        teachers = share * teachers / _TWO_PI + linear * teacher.sum()
        out[i] = (neurons - teachers) / room.inverse[i]
        own += room.sizes[i] * neurons
        cross += room.sizes[i] * teachers
    fixed = d * (share / 2.0 + linear) + share * d * (d - 1) / _TWO_PI
    return max(0.0, 0.5 * (own - 2.0 * cross + fixed))


@njit(nogil=True, error_model="numpy", cache=True)
def _loop(
    W: np.ndarray, alpha: np.ndarray, share: float, linear: float, step: float, steps: int,
    tol: float, every: int, second_layer: bool, records: np.ndarray,
) -> tuple[int, int, float]:  # fmt: skip
    """Descend in place; return steps, records made, and the length of the last gradient."""
    k, d = W.shape
    room, out, slope, unused = _room(k, d), np.empty((k, d)), np.zeros(k), np.zeros(k)
    flat, place = out.ravel(), W.ravel()
    made, done = 0, 0
    while True:
        _gradient(W, alpha, share, linear, room, out)
        if second_layer:
            _values(W, share, linear, room, slope)
        square = np.dot(flat, flat) + (np.dot(slope, slope) if second_layer else 0.0)
        last = square <= tol * tol or done == steps or not square < _ESCAPED
        if done % every == 0 or last:
            records[made] = _values(W, share, linear, room, unused)
            last = last or not records[made] <= _GROWTH * (records[0] + 1.0)
            made += 1
        if last:
            return done, made, math.sqrt(square)
        for n in range(place.size):
            place[n] -= step * flat[n]
        if second_layer:
            for i in range(k):
                alpha[i] -= step * slope[i]
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
    W, alpha = np.array(W, order="C"), np.array(alpha)
    records = np.empty(steps // every + 3)
    done, made, norm = _loop(
        W,
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
    return Descent(W, alpha, records[:made], int(done), float(norm))


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
    k, d = W.shape
    room, out, slope = _room(k, d), np.empty((k, d)), np.empty(k)
    _gradient(W, alpha, activation.share, activation.linear, room, out)
    loss = _values(W, activation.share, activation.linear, room, slope)
    return float(loss), out, slope
