"""The stationary covariance of mini-batch SGD at a minimum that does not interpolate.

There the samples pull in directions g_i with mean zero. On the range of H the mean of the iterates tends to the
minimum, so a step maps the covariance S to S - 2 eta C S + eta**2 D S + eta**2 p G with G = (1/n) sum g_i g_i', and the
limit solves (2 C - eta D) S = eta p G. Gradients outside the range of H would be followed for ever by a random walk.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from symbias.contracts import checked
from symbias.errors import DomainError, InputError
from symbias.models.floats import as_floats
from symbias.solvers.conjugate_gradients import solve_definite
from symbias.solvers.mean_square_operator import MeanSquareOperator
from symbias.stability.minibatch import checked_step, minibatch

_BALANCE = 1e-8
"""Largest mean gradient, and part of the gradients outside the range of H, relative to their size."""

_TOLERANCE = 1e-13


class _Stationary(NamedTuple):
    covariance: np.ndarray
    vectors: np.ndarray
    curvatures: np.ndarray


@checked
def stationary_covariance(
    hessians_or_X: Any,
    gradients_or_residuals: Any,
    batch: int,
    step: float,
    replacement: bool = False,
) -> np.ndarray:
    """Return the limit of the covariance of the iterates of mini-batch SGD around a minimum.

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        As for `sgd_threshold`: the loss is (1/2n) |X w - y|**2, or quadratic with Hessians H_i.
    gradients_or_residuals : array_like, shape (n,) or (n, d)
        With a design matrix the residuals r_i at the minimum (g_i = r_i x_i, either sign), or always the gradients g_i
        of the samples. They must add up to zero.
    batch : int
        Samples per step, 1 to n.
    step : float
        Below `sgd_threshold`.
    replacement : bool
        Whether a batch is drawn with replacement.

    Returns
    -------
    numpy.ndarray, shape (d, d)
        The covariance, zero in the null space of the mean Hessian, where nothing moves.

    Raises
    ------
    InputError
        If the arguments are unusable or the gradients do not add up to zero.
    DomainError
        If the step is not below the threshold, or gradients leave the range of the mean Hessian: then no limit exists.
    ConvergenceError
        If the step is too close to the threshold for the linear system to be solved.

    Notes
    -----
    Derived here; the result is Theorem 5 of Mulayoff and Michaeli (2024).

    Examples
    --------
    >>> stationary_covariance([[1.0], [1.0]], [1.0, -1.0], batch=1, step=0.5)
    array([[0.3333333]])
    """
    found = _solve(hessians_or_X, gradients_or_residuals, batch, step, replacement)
    covariance = found.vectors @ found.covariance @ found.vectors.T
    return np.asarray((covariance + covariance.T) / 2)


@checked
def excess_loss(
    hessians_or_X: Any,
    gradients_or_residuals: Any,
    batch: int,
    step: float,
    replacement: bool = False,
) -> float:
    """Return the limit of the mean loss of mini-batch SGD above that of the minimum, (1/2) tr(H S).

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        As for `stationary_covariance`.
    gradients_or_residuals : array_like, shape (n,) or (n, d)
        As for `stationary_covariance`.
    batch : int
        Samples per step, 1 to n.
    step : float
        Below `sgd_threshold`.
    replacement : bool
        Whether a batch is drawn with replacement.

    Returns
    -------
    float
        In units of the loss.

    Raises
    ------
    InputError, DomainError, ConvergenceError
        As `stationary_covariance`.

    Notes
    -----
    Derived here; the result is Corollary 1 of Mulayoff and Michaeli (2024).

    Examples
    --------
    >>> excess_loss([[1.0], [1.0]], [1.0, -1.0], batch=1, step=0.5)
    0.16666667
    """
    found = _solve(hessians_or_X, gradients_or_residuals, batch, step, replacement)
    return float(found.curvatures @ found.covariance.diagonal() / 2)


def _solve(
    hessians_or_X: Any, gradients_or_residuals: Any, batch: int, step: float, replacement: bool
) -> _Stationary:
    data = minibatch(hessians_or_X, batch, replacement)
    gradients = _checked_gradients(hessians_or_X, gradients_or_residuals)
    operator = data.operator()
    vectors = operator.basis.vectors
    scaled_step = checked_step(step) * data.unit
    projected = _on_range(gradients, vectors)
    noise = projected.T @ projected / len(projected)
    covariance = _limit(operator, scaled_step, data.unit, noise) / data.unit**2
    return _Stationary(covariance, vectors, operator.basis.curvatures * data.unit)


def _limit(operator: MeanSquareOperator, step: float, unit: float, noise: np.ndarray) -> np.ndarray:
    """Solve (2 C - step D) S = step p noise, in the symmetric form on C**(1/2) S."""
    value, leading, *_ = operator.leading()
    if step * value >= 2:
        raise DomainError(
            f"The step {step / unit:.6g} is not below the mean-square threshold {2 / value / unit:.6g}.",
            "SGD with this step diverges: there is no stationary covariance.",
            "Take a smaller step or a larger batch.",
        )
    root = np.sqrt(operator.drift)
    target = step * operator.fraction * noise / root
    leading = leading * root
    leading /= np.linalg.norm(leading)
    start = leading * (np.vdot(leading, target) / (2 - step * value))

    def apply(U: np.ndarray) -> np.ndarray:
        return 2 * U - step * operator.scaled(U)

    return np.asarray(solve_definite(apply, target, start, tolerance=_TOLERANCE) / root)


def _checked_gradients(hessians_or_X: Any, values: Any) -> np.ndarray:
    data = as_floats(hessians_or_X)
    try:
        array = as_floats(values)
    except (TypeError, ValueError) as error:
        raise InputError(
            "The gradients or residuals are not an array of real numbers.",
            remedy="Give residuals of shape (n,), or gradients of shape (n, d).",
        ) from error
    residuals = data.ndim == 2 and array.shape == (len(data),)
    if not residuals and array.shape != (len(data), data.shape[-1]):
        raise InputError(
            f"The gradients or residuals have shape {array.shape}, the data {data.shape}.",
            remedy="Give gradients of shape (n, d), or with a design matrix residuals of shape (n,).",
        )
    if not np.isfinite(array).all():
        raise InputError("The gradients or residuals are not finite.", remedy="Check them for NaN.")
    gradients = array[:, None] * data if residuals else array
    size = np.abs(gradients).sum(axis=0).max()
    if np.abs(gradients.sum(axis=0)).max() > _BALANCE * size:
        raise InputError(
            "The gradients do not add up to zero.",
            "the point is not a minimum of the mean loss.",
            "Take the residuals or gradients at the minimum, for example that of numpy.linalg.lstsq.",
        )
    return np.asarray(gradients)


def _on_range(gradients: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    projected = gradients @ vectors
    outside = np.abs(gradients - projected @ vectors.T).max()
    if outside > _BALANCE * np.abs(gradients).max():
        raise DomainError(
            "The gradients leave the range of the mean Hessian.",
            "the loss is flat in a direction in which single samples pull.",
            "The iterates do a random walk there, without a limit: project the gradients on the range.",
        )
    return np.asarray(projected)
