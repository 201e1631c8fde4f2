"""Newton's method on the dual of: minimise a convex Q(x) subject to Z x = y.

The dual maximises nu . y - Q*(Z^T nu), its gradient is y - Z x with x = grad Q*(Z^T nu), its Hessian -Z Hess Q* Z^T.
Steps are cut where the curvature grows by more than a factor, so that nothing depends on the scale of Q*: it may be
exponential, or end at a wall.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, qr, solve_triangular

from symbias.errors import ConvergenceError, InputError

GROWTH = np.log(100.0)
"""Largest change of the logarithm of a curvature in one step."""
STAGNATION = 1e-10
"""Relative residual that is accepted when rounding stops the iteration."""
FLAT = 1e-12
"""Relative gain below which the objective cannot be resolved."""


class RankOne(NamedTuple):
    """A curvature: the matrix diag(diagonal) + weight * vector vector^T, or with a matrix in place of the diagonal."""

    diagonal: np.ndarray
    vector: np.ndarray
    weight: float


Curvature = np.ndarray | RankOne
Conjugate = Callable[[np.ndarray], tuple[float, np.ndarray, Curvature]]


class DualSolution(NamedTuple):
    """The minimiser, its dual variables Z^T nu, the largest residual relative to the data, and the number of steps."""

    point: np.ndarray
    eta: np.ndarray
    residual: float
    steps: int


def dual_newton(
    conjugate: Conjugate,
    data: np.ndarray,
    targets: np.ndarray,
    *,
    tolerance: float = 1e-14,
    max_steps: int = 400,
    start: np.ndarray | None = None,
) -> DualSolution:
    """Minimise Q subject to linear equations, from its conjugate.

    Parameters
    ----------
    conjugate : callable
        eta, shape (d,) -> (Q*(eta), grad Q*, Hess Q*); the Hessian as its diagonal, shape (d,), as a matrix or as a
        `RankOne`. Where Q* is infinite or undefined the value is infinite or NaN. Called at the start first.
    data : numpy.ndarray, shape (n, d)
        The matrix Z; dependent rows are allowed.
    targets : numpy.ndarray, shape (n,)
        The right-hand side y.
    tolerance : float
        Largest residual relative to the sizes of what cancels in it.
    max_steps : int
        Budget of Newton steps.
    start : numpy.ndarray, shape (d,), optional
        Dual variables in the row space of Z inside the domain of Q*; zero if left out.

    Returns
    -------
    DualSolution
        With the unique minimiser.

    Raises
    ------
    InputError
        If no x satisfies the equations.
    ConvergenceError
        If the iteration does not converge, because no solution lies in the domain of Q or for rounding.

    Examples
    --------
    >>> half_square = lambda eta: (eta @ eta / 2, eta, np.ones_like(eta))
    >>> dual_newton(half_square, np.array([[1.0, 1.0]]), np.array([2.0])).point
    array([1., 1.])
    """
    rows, right = independent_rows(data, targets)
    nu = np.zeros(len(right)) if start is None else np.linalg.lstsq(rows.T, start, rcond=None)[0]
    eta = rows.T @ nu
    state = conjugate(eta)
    reach, best, quiet = np.inf, np.inf, 0
    for step in range(max_steps):
        value, point, curvature = state
        residual = right - rows @ point
        size = np.abs(residual).max(initial=0.0) / _scale(point, right)
        quiet = quiet + 1 if size > 0.5 * best else 0
        best = min(best, size)
        if size <= tolerance or (quiet >= 3 and size <= STAGNATION):
            return DualSolution(point, eta, float(size), step)
        move = _solve(rows, curvature, residual)
        gain, slope = residual @ move, rows.T @ move
        longest = np.abs(slope).max()
        if not np.isfinite(longest) or longest == 0:
            break
        line = (value - nu @ right, move @ right, gain)
        length, state = _search(conjugate, eta, slope, state, line, min(1.0, 4 * reach / longest))
        if length == 0:
            break
        nu, reach = nu + length * move, length * longest
        eta = rows.T @ nu
    if best <= STAGNATION:
        return DualSolution(point, eta, float(size), step)
    raise ConvergenceError(
        f"Newton's method on the dual stopped at a relative residual of {best:.1e}.",
        "no solution of X w = y lies in the domain of the potential, or only one at its boundary.",
        "Check the signs that the parametrization allows for w, or compare with simulate.gradient_flow.",
    )


def independent_rows(data: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return well-conditioned equations that have the same solutions: with unit rows, orthonormal ones where needed.

    Parameters
    ----------
    data : numpy.ndarray, shape (n, d)
        A matrix.
    targets : numpy.ndarray, shape (n,)
        The right-hand side.

    Returns
    -------
    tuple of numpy.ndarray
        Shapes (rank, d) and (rank,).

    Raises
    ------
    InputError
        If the equations contradict each other.

    Examples
    --------
    >>> independent_rows(np.array([[2.0, 0.0], [4.0, 0.0]]), np.array([2.0, 4.0]))[0].shape
    (1, 2)
    """
    # By powers of two, so that no square overflows and no bit changes.
    sizes = np.frexp(np.abs(data).max(axis=1, initial=0.0))[1]
    norms = np.ldexp(np.linalg.norm(np.ldexp(data, -sizes[:, None]), axis=1), sizes)
    norms = np.where(norms > 0, norms, 1.0)
    unit = data / norms[:, None]
    try:
        diagonal = np.diag(np.linalg.cholesky(unit @ unit.T))
        if (diagonal.min() / diagonal.max()) ** 2 > 1e-6:
            return unit, targets / norms
    except LinAlgError:
        pass
    columns, upper, order = qr(unit.T, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(upper))
    rank = int((diagonal > 1e-11 * max(diagonal.max(initial=0.0), 1e-300)).sum())
    scaled = (targets / norms)[order]
    right = solve_triangular(upper[:rank, :rank], scaled[:rank], trans="T")
    rest = scaled[rank:] - upper[:rank, rank:].T @ right
    if np.abs(rest).max(initial=0.0) > 1e-9 * max(np.abs(scaled).max(), 1e-300):
        raise InputError(
            "No w satisfies X w = y.",
            f"the {len(targets)} rows of X have rank {rank} and the targets contradict each other.",
            "Drop samples, or use data with more columns than independent rows.",
        )
    return np.ascontiguousarray(columns[:, :rank].T), right


def _scale(point: np.ndarray, right: np.ndarray) -> float:
    return float(max(np.abs(right).max(initial=0.0), np.linalg.norm(point), 1e-300))


def _gram(rows: np.ndarray, curvature: Curvature) -> np.ndarray:
    if isinstance(curvature, RankOne):
        along = rows @ curvature.vector
        return _gram(rows, curvature.diagonal) + curvature.weight * np.outer(along, along)
    return np.asarray((rows * curvature if curvature.ndim == 1 else rows @ curvature) @ rows.T)


def _solve(rows: np.ndarray, curvature: Curvature, residual: np.ndarray) -> np.ndarray:
    """Solve (Z H Z^T) move = residual, by orthogonal factors where the normal matrix is too ill-conditioned."""
    gram = _gram(rows, curvature)
    try:
        factor = cho_factor(gram, lower=True, check_finite=False)
        diagonal = np.diag(factor[0])
        if (diagonal.min() / diagonal.max()) ** 2 > 1e-11:
            return np.asarray(cho_solve(factor, residual, check_finite=False))
    except (LinAlgError, ValueError):
        pass
    if isinstance(curvature, RankOne) or curvature.ndim == 2:
        return np.linalg.lstsq(gram, residual, rcond=1e-15)[0]
    tall = np.sqrt(curvature)[:, None] * rows.T
    tall = tall[np.argsort(-np.abs(tall).max(axis=1))]
    upper, order = qr(tall, mode="r", pivoting=True, check_finite=False)
    upper = upper[: len(rows)]
    small = np.abs(np.diag(upper)).max() * 1e-160
    upper = upper + np.diag(np.where(np.abs(np.diag(upper)) > small, 0.0, small))
    inner = solve_triangular(upper, residual[order], trans="T", check_finite=False)
    move = np.empty_like(residual)
    move[order] = solve_triangular(upper, inner, check_finite=False)
    return move


def _search(
    conjugate: Conjugate,
    eta: np.ndarray,
    slope: np.ndarray,
    state: tuple[float, np.ndarray, Curvature],
    line: tuple[float, float, float],
    length: float,
) -> tuple[float, tuple[float, np.ndarray, Curvature]]:
    """Return a step length with sufficient decrease and bounded growth of curvature, 0 if there is none."""
    objective, linear, gain = line
    before = _diagonal(state[2])
    shift = objective - state[0]
    for _ in range(200):
        there = conjugate(eta + length * slope)
        with np.errstate(all="ignore"):
            growth = np.log(_diagonal(there[2]) / before)
            worst = (
                np.abs(growth).max()
                if np.isfinite(growth).all() and np.isfinite(there[0])
                else np.inf
            )
        if worst > 1.5 * GROWTH:
            length *= max(0.05, min(0.7, GROWTH / worst))
            continue
        change = there[0] - state[0] - length * linear
        ahead = linear - slope @ there[1]
        resolved = length * gain > FLAT * (abs(state[0]) + abs(shift) + abs(length * linear))
        # The slope along the step shows progress also where rounding hides that of the objective.
        if not resolved or change <= -1e-4 * length * gain or abs(ahead) <= 0.5 * gain:
            return length, there
        length *= 0.4
    return 0.0, state


def _diagonal(curvature: Curvature) -> np.ndarray:
    if isinstance(curvature, RankOne):
        return _diagonal(curvature.diagonal) + curvature.weight * curvature.vector**2
    return curvature if curvature.ndim == 1 else np.diag(curvature)
