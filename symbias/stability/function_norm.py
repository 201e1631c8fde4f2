"""The stability norm of a shallow ReLU network, and the lower bounds of its sharpness that lead to it.

For an interpolating network, with E the mean over the samples and z_k = w_k.x + b_k:

    sharpness >= |E grad f|^2 = 1 + sum_k { E[relu z_k]^2 + v_k^2 (P_k^2 + |E[x 1{z_k > 0}]|^2) }
              >= 1 + 2 sum_k |v_k| E[relu z_k] sqrt(P_k^2 + |E[x 1{z_k > 0}]|^2)     (no rescaling changes it)
              >= 1 + 2 sum_k |v_k| |w_k| g(u_k, t_k)                                 (the lesser side)
              >= 1 + 2 sum |mass| g over the hyperplanes of f                        (coincident ones merged)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from symbias.errors import InputError
from symbias.models.shallow_relu import ShallowReLU
from symbias.solvers.half_spaces import half_spaces
from symbias.stability.data_weight import data_weight_function

_FAR = 1e75
"""Thresholds beyond it are out of reach of any data; they may even be too far for a float."""


@dataclass(frozen=True, eq=False)
class Laplacian:
    """The Laplacian of f: a measure on hyperplanes u.x = t, which are all different.

    Parameters
    ----------
    directions : numpy.ndarray, shape (m, d)
        Unit vectors u.
    thresholds : numpy.ndarray, shape (m,)
        The t.
    masses : numpy.ndarray, shape (m,)
        Jumps of the slope of f across them, in the direction of u and of -u alike.

    Examples
    --------
    >>> laplacian(ShallowReLU([[2.0], [-1.0]], [2.0, -1.0], [1.0, 3.0], 0.0), [[1.0]], 1e-12)
    Laplacian(1 hyperplane in R^1, total mass 5)
    """

    directions: np.ndarray
    thresholds: np.ndarray
    masses: np.ndarray

    def __repr__(self) -> str:
        m, d = self.directions.shape
        total = float(np.abs(self.masses).sum())
        return f"Laplacian({m} hyperplane{'s' * (m != 1)} in R^{d}, total mass {total:.6g})"


def laplacian(net: ShallowReLU, X: Any, tolerance: float) -> Laplacian:
    """Return the Laplacian of f; see `ShallowReLU.laplacian`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : array_like, shape (n, d)
        Data; only their largest norm is used.
    tolerance : float
        Hyperplanes closer than this times that norm are one.

    Returns
    -------
    Laplacian
        Without dead neurons.

    Raises
    ------
    InputError
        If the tolerance is out of range.

    Examples
    --------
    >>> laplacian(ShallowReLU([[1.0]], [0.0], [1.0], 0.0), [[1.0]], 1e-12).masses
    array([1.])
    """
    planes = _planes(net, net.data(X), tolerance)
    return Laplacian(planes.directions, planes.thresholds, planes.masses)


class _Planes(NamedTuple):
    """The hyperplanes of a network, merged; which neurons are alive, and on which of the planes each of these is."""

    directions: np.ndarray
    thresholds: np.ndarray
    masses: np.ndarray
    alive: np.ndarray
    plane: np.ndarray


def _planes(net: ShallowReLU, X: np.ndarray, tolerance: float) -> _Planes:
    if not 0 <= tolerance < 0.1:
        raise InputError(
            f"The tolerance is {tolerance!r}.", remedy="Give a number from 0 to 0.1, such as 1e-12."
        )
    radius = float(np.linalg.norm(X, axis=1).max()) or 1.0
    sizes = np.linalg.norm(net.W, axis=1)
    alive = (sizes > 0) & (net.v != 0)
    sizes = sizes[alive]
    directions = net.W[alive] / sizes[:, None]
    with np.errstate(over="ignore"):
        thresholds = np.clip(-net.b[alive] / sizes, -_FAR, _FAR)
    owners = _owners(directions, thresholds, radius, tolerance)
    kept, plane = np.unique(owners, return_inverse=True)
    masses = np.bincount(plane, net.v[alive] * sizes, minlength=len(kept))
    return _Planes(directions[kept], thresholds[kept], masses, alive, plane)


def _owners(u: np.ndarray, t: np.ndarray, radius: float, tolerance: float) -> np.ndarray:
    """Return for each hyperplane the number of the one that it is merged into, often itself.

    The sign of (u, t) does not matter. Coincident hyperplanes have the same projection on a random direction, up to
    its sign, so only those that follow each other in its order are compared.
    """
    scale = np.maximum(radius, np.abs(t))
    projection = np.random.default_rng(0).standard_normal(u.shape[1] + 1)
    keys = np.abs(radius * (u @ projection[:-1]) + t * projection[-1])
    # Twice the tolerance of both parts, and room for the rounding of the keys.
    reach = 4 * (tolerance + np.finfo(float).eps * len(projection)) * np.abs(projection).sum()
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    owners = np.full(len(t), -1)
    for place, k in enumerate(order):
        if owners[k] >= 0:
            continue
        end = np.searchsorted(sorted_keys, keys[k] + reach * scale[k], side="right")
        others = order[place:end]
        others = others[owners[others] < 0]
        close = np.zeros(len(others), dtype=bool)
        for sign in (1.0, -1.0):
            turned = np.linalg.norm(u[others] - sign * u[k], axis=1) <= tolerance
            close |= turned & (np.abs(t[others] - sign * t[k]) <= tolerance * scale[k])
        owners[others[close]] = k
        owners[k] = k
    return owners


def stability_norm(net: ShallowReLU, X: Any, tolerance: float) -> float:
    """Return the stability norm; see `ShallowReLU.stability_norm`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : array_like, shape (n, d)
        The data.
    tolerance : float
        Hyperplanes closer than this times the largest norm of the data are one.

    Returns
    -------
    float
        sum |mass| g.

    Examples
    --------
    >>> stability_norm(ShallowReLU([[1.0]], [2.0], [1.0], 0.0), [[-1.0], [1.0]], 1e-12)
    0.0
    """
    data = net.data(X)
    planes = _planes(net, data, tolerance)
    terms = _terms(net, data, oriented=False)[planes.alive]
    parts = np.bincount(planes.plane, terms, minlength=len(planes.masses))
    shared = np.bincount(planes.plane, minlength=len(planes.masses)) > 1
    if shared.any():
        weight = data_weight_function(data)
        merged = weight(planes.directions[shared], planes.thresholds[shared])
        parts[shared] = np.minimum(parts[shared], np.abs(planes.masses[shared]) * merged)
    # Rounding must not put the norm above what its neurons have one by one.
    return min(math.fsum(parts), math.fsum(terms))


def mean_gradient_bound(net: ShallowReLU, X: Any) -> float:
    """Return |E grad f|^2; see `ShallowReLU.mean_gradient_bound`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : array_like, shape (n, d)
        The data.

    Returns
    -------
    float
        At least one.

    Examples
    --------
    >>> mean_gradient_bound(ShallowReLU([[1.0]], [-2.0], [1.0], 0.0), [[-1.0], [1.0]])
    1.0
    """
    above, _ = half_spaces(net.data(X), net.W, net.b)
    slopes = np.abs(net.v) * np.hypot(above.share, np.linalg.norm(above.mean, axis=1))
    # a^2 + b^2 as 2 a b + (a - b)^2: no rounding puts the sum below the bound that has the first part alone.
    bound = 1.0 + 2.0 * math.fsum(above.reach * slopes)
    return bound + math.fsum((above.reach - slopes) ** 2)


def sharpness_bound(net: ShallowReLU, X: Any, oriented: bool) -> float:
    """Return the bound that no rescaling changes; see `ShallowReLU.sharpness_bound`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : array_like, shape (n, d)
        The data.
    oriented : bool
        Whether to take the active side, or the lesser of both.

    Returns
    -------
    float
        At least one.

    Examples
    --------
    >>> sharpness_bound(ShallowReLU([[1.0]], [2.0], [1.0], 0.0), [[-1.0], [1.0]], False)
    1.0
    """
    return 1.0 + 2.0 * math.fsum(_terms(net, net.data(X), oriented))


def _terms(net: ShallowReLU, X: np.ndarray, oriented: bool) -> np.ndarray:
    """Return |v_k| |w_k| times the weight of the active side, or of the lesser one.

    They are summed exactly, so that rounding cannot turn the inequalities between their sums around.
    """
    found = []
    for side in half_spaces(X, net.W, net.b)[: 1 if oriented else 2]:
        slopes = np.abs(net.v) * np.hypot(side.share, np.linalg.norm(side.mean, axis=1))
        found.append(side.reach * slopes)
    return np.minimum.reduce(found)
