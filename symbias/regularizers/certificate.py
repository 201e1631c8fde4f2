"""Weighted L1 minimisation with its dual certificate: the smallest largest correlation of a coordinate left at zero."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from symbias.errors import BudgetError, InputError

ZERO = 1e-9
"""Relative size below which an entry of a linear program's solution is zero."""
STRICT = 1e-7
"""Margin that a strict certificate keeps."""


class Certificate(NamedTuple):
    """The unique minimiser, the largest correlation rho < 1 of inactive coordinates, whether there are any."""

    solution: np.ndarray
    rho: float
    inactive: np.ndarray


def certificate(
    data: np.ndarray, targets: np.ndarray, right: np.ndarray, left: np.ndarray
) -> Certificate:
    """Minimise sum right_i max(w_i, 0) + left_i max(-w_i, 0) subject to X w = y, and prove that the solution is unique.

    Among the dual vectors that certify the solution, the one is taken whose largest correlation with an inactive
    coordinate, relative to its weight, is smallest. Where that is below one and the active columns are independent,
    the solution is unique.

    Parameters
    ----------
    data : numpy.ndarray, shape (n, d)
        X.
    targets : numpy.ndarray, shape (n,)
        y.
    right, left : numpy.ndarray, shape (d,)
        Positive weights of both signs; infinite where a sign is excluded.

    Returns
    -------
    Certificate
        Of the unique minimiser.

    Raises
    ------
    InputError
        If no w fits.
    BudgetError
        If the minimiser is not unique, as far as rounding tells.

    Examples
    --------
    >>> found = certificate(np.array([[1.0, 2.0]]), np.array([1.0]), np.ones(2), np.ones(2))
    >>> found.solution, found.rho
    (array([0. , 0.5]), 0.5)
    """
    d = data.shape[1]
    cost = np.concatenate([right, left])
    bounds = [(0, None if np.isfinite(c) else 0) for c in cost]
    primal = linprog(
        np.where(np.isfinite(cost), cost, 0.0),
        A_eq=np.hstack([data, -data]),
        b_eq=targets,
        bounds=bounds,
        method="highs",
    )
    if not primal.success:
        raise InputError(
            "No w with the signs that the map allows satisfies X w = y.",
            remedy="Check the data, or take a map that reaches both signs.",
        )
    w = primal.x[:d] - primal.x[d:]
    active = np.abs(w) > ZERO * max(np.abs(w).max(), 1e-300)
    if active.any() and np.linalg.matrix_rank(data[:, active]) < active.sum():
        raise _not_unique()
    rho = _least_correlation(data, np.where(w > 0, right, -left), active, right, left)
    if not rho < 1 - STRICT:
        raise _not_unique()
    solution = np.zeros(d)
    if active.any():
        solution[active] = np.linalg.lstsq(data[:, active], targets, rcond=None)[0]
    return Certificate(solution, rho, ~active)


def _least_correlation(
    data: np.ndarray,
    slopes: np.ndarray,
    active: np.ndarray,
    right: np.ndarray,
    left: np.ndarray,
) -> float:
    """Return the least rho such that a dual vector has |x_i . nu| <= rho times the weight off the active columns."""
    n = data.shape[0]
    rows = [
        np.append(sign * data[:, i], -weight[i])
        for i in np.flatnonzero(~active)
        for sign, weight in ((1, right), (-1, left))
        if np.isfinite(weight[i])
    ]
    if not rows:
        return 0.0
    dual = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.array(rows),
        b_ub=np.zeros(len(rows)),
        A_eq=np.hstack([data[:, active].T, np.zeros((active.sum(), 1))]) if active.any() else None,
        b_eq=slopes[active] if active.any() else None,
        bounds=[(None, None)] * n + [(0, None)],
        method="highs",
    )
    return float(dual.x[-1]) if dual.success else np.inf


def _not_unique() -> BudgetError:
    return BudgetError(
        "The rate is not known for these data.",
        "the solution of the limiting problem is not unique, or too close to it for rounding: no dual certificate is "
        "strict.",
        "Change the data a little, or measure the rate by .minimizer at several scales.",
    )
