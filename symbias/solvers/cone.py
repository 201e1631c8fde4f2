"""Two-sided enclosure of the largest eigenvalue of C^+ D by the cone that it preserves.

D and the inverse of C map positive semidefinite matrices to such matrices. Hence (Collatz and Wielandt) for every
positive definite A on the range of H the eigenvalues of the pencil (D S, A), C S = A, enclose the eigenvalue: from
D S <= b A follows (C^-1 D)**k S <= b**k S. From below the Rayleigh quotient of any matrix does at least as well.

The trial matrix is the leading eigenmatrix. Where that is singular (data that fall apart into orthogonal groups) it is
replaced by the resolvent (b C - D)**-1 of a definite matrix, b a little above the eigenvalue: definite, and with
D S <= b C S.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from symbias.errors import ConvergenceError
from symbias.solvers.conjugate_gradients import solve_definite
from symbias.solvers.lanczos import Eigenpair
from symbias.solvers.mean_square_operator import MeanSquareOperator
from symbias.solvers.sample_hessians import Rows

RESIDUAL = 1e-13
"""Relative residual to which the eigenmatrix is converged before it is a trial matrix."""

_TIGHT = 1e-9
_SHIFT = 1e-9
"""How far above the eigenvalue, relative to it, the resolvent is taken."""
_EPS = float(np.finfo(float).eps)


def trial_matrix(operator: MeanSquareOperator) -> tuple[Eigenpair, np.ndarray]:
    """Return the leading eigenpair and a positive definite matrix that encloses its value tightly.

    Parameters
    ----------
    operator : MeanSquareOperator
        C and D.

    Returns
    -------
    tuple
        The eigenpair, and the matrix S, shape (r, r), trace one.

    Raises
    ------
    ConvergenceError
        If the eigenmatrix does not converge.

    Examples
    --------
    >>> from symbias.solvers.sample_hessians import Rows
    >>> operator = MeanSquareOperator(Rows(np.diag([1.0, 2.0])).diagonalised(), 1.0)
    >>> pair, S = trial_matrix(operator)
    >>> pair.value, bool(np.linalg.eigvalsh(S)[0] > 0)
    (4.0, True)
    """
    pair = operator.leading(residual=RESIDUAL)
    width = np.subtract(*_pencil(operator, pair.array)[::-1])
    if width <= _TIGHT * pair.value:
        return pair, pair.array
    return pair, _resolvent(operator, pair)


def enclosure(operator: MeanSquareOperator, S: np.ndarray) -> tuple[float, float]:
    """Enclose the largest eigenvalue of C^+ D by a positive definite trial matrix.

    Parameters
    ----------
    operator : MeanSquareOperator
        C and D.
    S : numpy.ndarray, shape (r, r)
        Symmetric, with C S positive definite.

    Returns
    -------
    tuple of float
        Lower and upper bound, widened by `rounding`.

    Raises
    ------
    ConvergenceError
        If C S is not positive definite.

    Examples
    --------
    >>> from symbias.solvers.sample_hessians import Rows
    >>> operator = MeanSquareOperator(Rows(np.diag([1.0, 2.0])).diagonalised(), 1.0)
    >>> low, high = enclosure(operator, np.eye(2))
    >>> low < 4 < high < 4 + 1e-12
    True
    """
    low, high = _pencil(operator, S)
    wider = rounding(operator, S)
    if not high * wider < high / 2:  # NaN and infinity too
        raise ConvergenceError(
            "The trial matrix is not positive definite to working precision.",
            "the mean Hessian is close to singular.",
            "Drop the directions of smallest curvature from the data.",
        )
    U = S * np.sqrt(operator.drift)
    rayleigh = float(np.vdot(U, operator.scaled(U)) / np.vdot(U, U))
    return max(low, rayleigh) * (1 - wider), high * (1 + wider)


def rounding(operator: MeanSquareOperator, S: np.ndarray) -> float:
    """Bound the relative effect of rounding errors on an enclosure.

    Four sources, relative to the quadratic forms that are compared: what is left of H off its diagonal in the computed
    eigenbasis, which is measured; the rotation of the data, eps d sqrt(cond H); the sums that make D S; and the weights
    x_i' S x_i in them. For rows the last two are componentwise relative to the diagonals of C S and S, so that only
    the condition of these matrices scaled to unit diagonal counts; for a stack the full condition numbers do.

    Parameters
    ----------
    operator : MeanSquareOperator
        C and D.
    S : numpy.ndarray, shape (r, r)
        The trial matrix.

    Returns
    -------
    float
        The relative bound, infinite where S or C S is not positive definite to working precision.

    Examples
    --------
    >>> from symbias.solvers.sample_hessians import Rows
    >>> operator = MeanSquareOperator(Rows(np.diag([1.0, 2.0])).diagonalised(), 1.0)
    >>> rounding(operator, np.eye(2)) < 1e-14
    True
    """
    basis, r = operator.basis, operator.dimension
    h, n = basis.curvatures, basis.samples.count
    scale = np.sqrt(np.outer(h, h))
    defect = float(np.linalg.norm(basis.samples.mean() / scale - np.eye(r)))
    rotation = len(basis.vectors) * _EPS * float(np.sqrt(h[-1] / h[0]))
    graded = isinstance(basis.samples, Rows)
    sums = (n + 4 * r) * _inverse_condition(operator.drift * S, graded=graded)
    weights = 4 * r * _inverse_condition(S, graded=graded)
    return 3 * defect + 2 * rotation + r * _EPS * (sums + weights)


def _inverse_condition(matrix: np.ndarray, *, graded: bool) -> float:
    """1 / smallest eigenvalue, the matrix scaled to unit diagonal or to norm one."""
    diagonal = matrix.diagonal()
    if not (diagonal > 0).all():
        return np.inf
    values = np.linalg.eigvalsh(
        matrix / np.sqrt(np.outer(diagonal, diagonal)) if graded else matrix
    )
    least = values[0] / (1.0 if graded else values[-1])
    return float(1 / least) if least > 0 else np.inf


def _pencil(operator: MeanSquareOperator, S: np.ndarray) -> tuple[float, float]:
    """Smallest and largest eigenvalue of D S relative to C S; no bounds where C S is not definite."""
    image = operator.drift * S
    diagonal = image.diagonal()
    if not (diagonal > 0).all():
        return 0.0, np.inf
    scale = np.sqrt(np.outer(diagonal, diagonal))
    try:
        values = scipy.linalg.eigh(operator.noise(S) / scale, image / scale, eigvals_only=True)
    except np.linalg.LinAlgError:
        return 0.0, np.inf
    return float(values[0]), float(values[-1])


def _resolvent(operator: MeanSquareOperator, pair: Eigenpair) -> np.ndarray:
    """(b C - D)**-1 of C, scaled to trace one."""
    above = pair.value * (1 + _SHIFT)
    root = np.sqrt(operator.drift)
    target = root * np.eye(operator.dimension)
    leading = pair.array * root
    leading /= np.linalg.norm(leading)
    # With the leading part solved for, what is left does not see the pole.
    start = leading * np.vdot(leading, target) / (above - pair.value)

    def apply(U: np.ndarray) -> np.ndarray:
        return above * U - operator.scaled(U)

    S = solve_definite(apply, target, start, tolerance=1e-8) / root
    return np.asarray(S / np.trace(S))
