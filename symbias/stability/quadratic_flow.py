"""Gradient flow of maps that are a quadratic form of each coordinate's parameters, by the convex dual.

With w_j = theta_j' A theta_j the flow moves theta_j by exp(2 A eta_j), where eta = X' nu and nu is the integral of the
residuals. The w on this way are the gradient of a convex function of eta, so that X w = y is one convex problem.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from symbias.errors import ConvergenceError
from symbias.models.parametrization import Parametrization
from symbias.solvers.dual_newton import dual_newton

_FITTED = 1e-9
"""Relative residual of a fit."""


class Modes(NamedTuple):
    """A quadratic form in its eigenbasis.

    Parameters
    ----------
    rates : numpy.ndarray, shape (p,)
        Eigenvalues c of A.
    basis : numpy.ndarray, shape (p, p)
        Orthonormal eigenvectors, as columns.

    Examples
    --------
    >>> Modes(np.ones(1), np.eye(1)).rates
    array([1.])
    """

    rates: np.ndarray
    basis: np.ndarray


@lru_cache(maxsize=64)
def modes(parametrization: Parametrization) -> Modes | None:
    """Return the eigenvalues of a map that is one quadratic form.

    Parameters
    ----------
    parametrization : Parametrization
        The map.

    Returns
    -------
    Modes or None
        None for other maps.

    Examples
    --------
    >>> import symbias as sb
    >>> modes(sb.parametrizations.diagonal(2)).rates
    array([-1.,  1.])
    >>> modes(sb.parametrizations.diagonal(3)) is None
    True
    """
    if len(parametrization.outputs) != 1:
        return None
    output, symbols = parametrization.outputs[0], parametrization.parameters
    if not output.is_polynomial(*symbols) or output.has(sp.I):
        return None
    if any(sum(powers) != 2 for powers in sp.Poly(output, *symbols).monoms()):
        return None
    form = np.array(sp.hessian(output, symbols).tolist(), dtype=float) / 2
    return Modes(*np.linalg.eigh(form))


def flow_by_dual(
    found: Modes, X: np.ndarray, y: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the flow ends.

    Parameters
    ----------
    found : Modes
        Of the map.
    X : numpy.ndarray, shape (n, d)
        One row per sample.
    y : numpy.ndarray, shape (n,)
        Targets.
    theta : numpy.ndarray, shape (p, d)
        The start.

    Returns
    -------
    tuple of numpy.ndarray
        The parameters, shape (p, d), and w, shape (d,).

    Raises
    ------
    InputError
        If no w satisfies X w = y.
    ConvergenceError
        If no such w has the signs that the start allows, or a coordinate that is needed has no slope and never moves.

    Notes
    -----
    Derived in `squared_regression`, mode by mode.

    Examples
    --------
    >>> half = Modes(np.array([-1.0, 1.0]), np.eye(2))
    >>> flow_by_dual(half, np.ones((1, 1)), np.array([1.5]), np.ones((2, 1)))[0].round(6)
    array([[0.707107],
           [1.414214]])
    """
    start = found.basis.T @ theta
    rates = found.rates[:, None]
    squares = start**2
    # A coordinate without slope never moves, and w is zero there.
    moving = np.flatnonzero((rates**2 * squares).sum(axis=0) > 0)
    _require_motion(X, y, moving)
    rows, squares = X[:, moving], squares[:, moving]

    def conjugate(eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        with np.errstate(over="ignore", invalid="ignore"):
            growth = squares * np.exp(4 * rates * eta)
            value = (squares * np.expm1(4 * rates * eta)).sum() / 4
            return value, (rates * growth).sum(axis=0), 4 * (rates**2 * growth).sum(axis=0)

    solution = dual_newton(conjugate, rows, y)
    eta = np.zeros(X.shape[1])
    eta[moving] = solution.eta
    moved = start * np.exp(2 * rates * eta)
    return found.basis @ moved, (rates * moved**2).sum(axis=0)


def _require_motion(X: np.ndarray, y: np.ndarray, moving: np.ndarray) -> None:
    still = X.shape[1] - len(moving)
    if not still:
        return
    best = np.linalg.lstsq(X[:, moving], y, rcond=None)[0]
    if np.abs(X[:, moving] @ best - y).max() > _FITTED * max(1e-300, np.abs(y).max()):
        raise ConvergenceError(
            f"Gradient flow cannot fit the data: {still} of {X.shape[1]} coordinates never move.",
            "their parameters start where the map has no slope, at a saddle.",
            "Start these coordinates away from it.",
        )
