"""Newton's method on primal and dual variables together, for potentials whose dual variables crowd at a wall.

The minimiser of Q subject to Z x = y has times tau = Z^T nu below walls 1/k, and x grows without bound as the gap
G = 1 - k tau closes. Where gaps are smaller than the rounding of nu no dual method sees them. Here the gaps are
variables of their own, and every step solves the equations of both sides, linearized:

    tau(G) + dtau = Z^T (nu + dnu),    Z (x + h dtau) = y,    h = dx/dtau.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from symbias.errors import ConvergenceError

LEAST = 0.1
"""Of a gap that is left in one step."""
STEPS = 200
STAGNATION = 1e-10
"""Relative residual that is accepted when rounding stops the iteration."""


class Chart(NamedTuple):
    """Coordinates by their gaps to the nearer of their walls: gaps, rates k, the values x, and h = dx/dtau."""

    gaps: np.ndarray
    rates: np.ndarray
    point: np.ndarray
    slopes: np.ndarray


Charts = Callable[[np.ndarray], Chart]


class GapSolution(NamedTuple):
    """The minimiser, its gaps, the dual variables nu, and the largest relative residual."""

    point: np.ndarray
    gaps: np.ndarray
    nu: np.ndarray
    residual: float


def primal_dual(
    chart: Charts,
    gaps: np.ndarray,
    nu: np.ndarray,
    equations: tuple[np.ndarray, np.ndarray],
    *,
    tolerance: float = 1e-13,
) -> GapSolution:
    """Minimise a potential subject to linear equations, with gaps as variables.

    Parameters
    ----------
    chart : callable
        Gaps, shape (d,) -> `Chart`, accurate for tiny gaps; where another wall is nearer it changes to that one.
    gaps : numpy.ndarray, shape (d,)
        Where to begin, positive.
    nu : numpy.ndarray, shape (n,)
        Dual variables to begin with.
    equations : tuple of numpy.ndarray
        Z, shape (n, d), with independent rows, and y, shape (n,).
    tolerance : float
        Largest residual relative to the sizes of what cancels in it.

    Returns
    -------
    GapSolution
        The minimiser.

    Raises
    ------
    ConvergenceError
        If the iteration does not converge.

    Examples
    --------
    >>> pole = lambda gap: Chart(gap, np.ones(2), 1 / gap, 1 / gap**2)
    >>> rows = np.array([[1.0, 1.0]])
    >>> primal_dual(pole, np.full(2, 0.5), np.zeros(1), (rows, np.array([2e9]))).point
    array([1.e+09, 1.e+09])
    """
    rows, right = equations
    least, quiet = np.inf, 0
    for _ in range(STEPS):
        gaps, walls, x, slope = chart(gaps)
        times = (1 - gaps) / walls
        unit = float(np.median(np.abs(walls)))
        primal, dual = right - rows @ x, rows.T @ nu - times
        sizes = np.abs(primal) / (np.abs(right) + np.abs(rows) @ np.abs(x) + 1e-300)
        apart = np.abs(dual) * np.abs(walls)
        residual = float(max(sizes.max(), apart.max()))
        quiet = quiet + 1 if residual > 0.5 * least else 0
        least = min(least, residual)
        if residual <= tolerance or (quiet >= 3 and residual <= STAGNATION):
            return GapSolution(x, gaps, nu, residual)
        move, turn = _step(rows, slope, primal, dual, unit)
        change = -walls * move / slope
        longest = max(float((-change / gaps).max()), float(np.abs(change).max()))
        length = min(1.0, (1 - LEAST) / max(longest, 1e-300))
        gaps, nu = gaps + length * change, nu + length * turn
        if not (np.isfinite(gaps).all() and np.isfinite(nu).all()):
            break
    raise ConvergenceError(
        f"The primal-dual iteration stopped at a relative residual of {least:.1e}.",
        "no solution of X w = y lies in the domain of the potential, or rounding hides it.",
        "Check the signs that the parametrization allows for w, or take a larger initialization.",
    )


def _step(
    rows: np.ndarray, slope: np.ndarray, primal: np.ndarray, dual: np.ndarray, unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return h dtau and dnu; the whole system stays regular where slopes are huge, its Schur complement would not."""
    n, d = rows.shape
    weight = np.minimum(1.0, slope / unit)
    matrix = np.zeros((d + n, d + n))
    matrix[:d, :d] = np.diag(weight / (slope / unit))
    matrix[:d, d:], matrix[d:, :d] = -weight[:, None] * rows.T, rows
    found = np.linalg.solve(matrix, np.concatenate([weight * dual * unit, primal]))
    return found[:d], found[d:] / unit
