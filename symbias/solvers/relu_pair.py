"""The ReLU kernel K(u, v) = E[relu(u.x) relu(v.x)] of two vectors, x standard Gaussian, and its derivatives.

All depends on the angle t and on what v has across u. Both come from one projection, r = v - c u, made twice: the
products in the first are exact, so what rounding leaves is parallel to u, and the second takes it away. Angles from
inner products are wrong by 1e-8 near 0 and pi; these are not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from symbias.errors import InputError
from symbias.jit import njit

TWO_PI = 2.0 * math.pi
_SPLIT = 134217729.0
"""2**27 + 1: splits a double into two halves (Veltkamp, Dekker 1971)."""

_NEAR = 0.8
"""Angle up to which sin(d) - d cos(d) is summed as a series."""

_LARGEST = 1e100
"""Largest and, inverted, smallest size of a vector: beyond it squares of squares would overflow."""


class ReluPair(NamedTuple):
    """The kernel of two vectors with its derivatives.

    Parameters
    ----------
    kernel : float
        K(u, v).
    gradient : numpy.ndarray, shape (n,)
        Its gradient in u.
    same : numpy.ndarray, shape (n, n)
        The second derivatives, both in u.
    mixed : numpy.ndarray, shape (n, n)
        Rows in u, columns in v.
    angle, supplement : float
        The angle t and pi - t, each to its own relative accuracy.

    Examples
    --------
    >>> found = relu_pair(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    >>> abs(found.kernel * TWO_PI - 1) < 1e-15
    True
    """

    kernel: float
    gradient: np.ndarray
    same: np.ndarray
    mixed: np.ndarray
    angle: float
    supplement: float


@njit(nogil=True, error_model="numpy", cache=True)
def _dot(a: np.ndarray, b: np.ndarray) -> float:
    """Sum products in two rows, which halves the rounding."""
    even, odd = 0.0, 0.0
    for k in range(0, a.size - 1, 2):
        even += a[k] * b[k]
        odd += a[k + 1] * b[k + 1]
    if a.size % 2:
        even += a[-1] * b[-1]
    return even + odd


@njit(nogil=True, error_model="numpy", cache=True)
def across(u: np.ndarray, v: np.ndarray, out: np.ndarray) -> float:
    """Write what v has across u; return the multiple of u that was taken away.

    Parameters
    ----------
    u, v : numpy.ndarray, shape (n,)
        Vectors, u not zero.
    out : numpy.ndarray, shape (n,)
        For the result.

    Returns
    -------
    float
        v.u/u.u.

    Examples
    --------
    >>> out = np.empty(2)
    >>> across(np.array([2.0, 0.0]), np.array([1.0, 3.0]), out), out
    (0.5, array([0., 3.]))
    """
    square = _dot(u, u)
    share = _dot(u, v) / square
    scaled = _SPLIT * share
    high = scaled - (scaled - share)
    low = share - high
    for k in range(u.size):
        product = share * u[k]
        scaled = _SPLIT * u[k]
        top = scaled - (scaled - u[k])
        rest = u[k] - top
        error = ((high * top - product) + high * rest + low * top) + low * rest
        out[k] = (v[k] - product) - error
    again = _dot(out, u) / square
    for k in range(u.size):
        out[k] -= again * u[k]
    return share


@njit(nogil=True, error_model="numpy", cache=True)
def sine_defect(d: float) -> float:
    """Return sin(d) - d*cos(d), about d**3/3.

    Parameters
    ----------
    d : float
        An angle, not negative.

    Returns
    -------
    float
        To a few units in the last place.

    Examples
    --------
    >>> abs(sine_defect(1e-9) / 1e-27 - 1 / 3) < 1e-15
    True
    """
    if d >= _NEAR:
        return math.sin(d) - d * math.cos(d)
    # The sum over n >= 1 of (-1)^(n+1) 2n d^(2n+1)/(2n+1)!.
    s = d * d
    q = 1.0 / 45360.0 - s * (1.0 / 3991680.0 - s * (1.0 / 518918400.0 - s / 93405312000.0))
    return d * s * (1.0 / 3.0 - s * (1.0 / 30.0 - s * (1.0 / 840.0 - s * q)))


@njit(nogil=True, error_model="numpy", cache=True)
def _blocks(
    u: np.ndarray, v: np.ndarray, gradient: np.ndarray, same: np.ndarray, mixed: np.ndarray
) -> tuple[float, float, float]:
    """Fill the derivatives; return the kernel, the angle and its supplement."""
    n = u.size
    r = np.empty(n)
    share = across(u, v, r)
    size_u, size_v, far = math.sqrt(_dot(u, u)), math.sqrt(_dot(v, v)), math.sqrt(_dot(r, r))
    folded = math.atan2(far, abs(share) * size_u)
    opposite = share < 0.0
    angle = math.pi - folded if opposite else folded
    # The second constant is what the float64 pi misses.
    supplement = folded if opposite else (math.pi - folded) + 1.2246467991473532e-16
    sine, cosine = math.sin(folded), math.cos(folded)
    if opposite:
        shape = sine_defect(folded)
        cosine = -cosine
        along, beside, base = size_v * shape / size_u, supplement, r
    else:
        shape = sine + supplement * cosine
        along, beside, base = size_v * sine / size_u, supplement, v
    normal = r / far if far > 0.0 else np.zeros(n)
    scale = size_v * sine / (size_u * TWO_PI)
    even, odd = sine * cosine / TWO_PI, sine * sine / TWO_PI
    for i in range(n):
        gradient[i] = (along * u[i] + beside * base[i]) / TWO_PI
        first = u[i] / size_u
        for j in range(n):
            second = u[j] / size_u
            ahead, turned = first * second, normal[i] * normal[j]
            same[i, j] = scale * (turned - ahead)
            mixed[i, j] = even * (ahead - turned) + odd * (first * normal[j] + normal[i] * second)
        same[i, i] += scale
        mixed[i, i] += supplement / TWO_PI
    return size_u * size_v * shape / TWO_PI, angle, supplement


def relu_pair(u: np.ndarray, v: np.ndarray) -> ReluPair:
    """Return the ReLU kernel of two vectors with its gradient and Hessian blocks.

    Parameters
    ----------
    u, v : numpy.ndarray, shape (n,)
        Vectors that are not zero.

    Returns
    -------
    ReluPair
        Where the vectors are parallel, the second derivatives are the limits that do not depend on the direction of
        approach: these exist for the block of equal arguments and for the mixed one alike.

    Raises
    ------
    InputError
        If the shapes differ or a vector is zero, not finite, or of a size beyond 1e100 or below 1e-100.

    Notes
    -----
    The kernel is that of Cho and Saul (2009), degree 1, over 2; the blocks are those of Safran and Shamir (2018),
    written in the plane of u and v: with e_1 = u/|u| and e_2 = r/|r|, the mixed
    block is ((pi - t) I + sin t cos t (e_1 e_1' - e_2 e_2') + sin(t)^2 (e_1 e_2' + e_2 e_1'))/(2 pi).

    Examples
    --------
    >>> u = np.array([1.0, 2.0])
    >>> float(relu_pair(u, u).kernel)  # |u|^2/2
    2.5
    """
    u, v = (np.ascontiguousarray(x, dtype=np.float64) for x in (u, v))
    if u.ndim != 1 or u.shape != v.shape or not u.size:
        raise InputError(
            f"Vectors of shapes {u.shape} and {v.shape} were given.",
            remedy="Give two vectors of one length.",
        )
    for x in (u, v):
        size = np.abs(x).max()
        if not 1 / _LARGEST <= size <= _LARGEST:
            raise InputError(
                f"A vector has the largest entry {size}.",
                "it is zero, not finite, or its squares leave the range of doubles.",
                "K is homogeneous: scale the vectors to sizes near one. At zero its derivatives do not exist.",
            )
    gradient, same, mixed = np.empty(u.size), np.empty((u.size,) * 2), np.empty((u.size,) * 2)
    kernel, angle, supplement = _blocks(u, v, gradient, same, mixed)
    return ReluPair(kernel, gradient, same, mixed, angle, supplement)
