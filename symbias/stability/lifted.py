"""Mean-square stability of vector problems under batch noise together with momentum and delays.

The lifted second moment E[u u'], u the current and the past iterates, is mapped by E[A (x) A]. Solving its linear part
leaves a map of the covariance V of the gradient noise alone, (d, d) instead of (d L, d L): in the eigenbasis of H the
covariance of the points y at which gradients are taken is G o V, with G the covariances of the modes' responses, and
the gradient noise of the next steps is E[H_b (G o V) H_b] minus what the mean does. It preserves positive semidefinite
matrices; the second moment is bounded while its spectral radius is below one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

from symbias.contracts import checked
from symbias.errors import ConvergenceError, InputError
from symbias.models.update_rule import UpdateRule
from symbias.solvers.mean_square_operator import MeanSquareOperator
from symbias.stability.gain_matrix import ResponseFilters, response_filters
from symbias.stability.mean_square import first_unstable
from symbias.stability.minibatch import minibatch
from symbias.stability.noisy_mode import noisy_mode, parameter_values

_DENSE = 60
"""Up to this many unknowns the map is written as a matrix."""
_FIRST, _GROWTH = 64.0, 1.25
_ACCURACY = 1e-13


@dataclass(frozen=True, eq=False)
class NoiseFeedback:
    """The map from the covariance of the gradient noise to that of later noise, summed over all later times.

    Parameters
    ----------
    operator : MeanSquareOperator
        E[H_b S H_b] in the eigenbasis of H.
    filters : ResponseFilters
        Those of the rule.
    scale, decay : float
        Damping, and weight decay in the units of the operator.

    Examples
    --------
    >>> import symbias as sb
    >>> rule, data = sb.UpdateRule.gradient_descent(), minibatch([[1.0], [3.0**0.5]], 1)
    >>> feedback = NoiseFeedback(data.operator(), response_filters(noisy_mode(rule, {})), 1.0, 0.0)
    >>> round(feedback.radius(0.8 * data.unit), 12)
    1.0
    """

    operator: MeanSquareOperator
    filters: ResponseFilters
    scale: float
    decay: float

    def radius(self, step: float) -> float:
        """Return the spectral radius at a step at which the mean is stable.

        Parameters
        ----------
        step : float
            In the units of the operator.

        Returns
        -------
        float
            At least one when the second moment is not stable.

        Raises
        ------
        ConvergenceError
            If the eigenvalue does not converge.
        """
        curvatures = self.operator.basis.curvatures
        seen = curvatures + self.decay
        own, mixed = self.filters.covariances(self.scale * step * seen)
        full, delayed = np.outer(curvatures, curvatures), np.outer(seen, seen)
        own, spread = own * (self.scale * step) ** 2, (own - mixed) * (self.scale * step) ** 2

        def later(V: np.ndarray) -> np.ndarray:
            Y = own * V
            return self.operator.noise(Y) - full * Y + delayed * spread * V

        return _spectral_radius(later, len(curvatures))


def _spectral_radius(apply: Any, size: int) -> float:
    rows, columns = np.triu_indices(size)
    weight = np.where(rows == columns, 1.0, np.sqrt(2.0))
    count = len(rows)

    def packed(vector: np.ndarray) -> np.ndarray:
        V = np.empty((size, size))
        V[rows, columns] = V[columns, rows] = vector / weight
        return np.asarray(apply(V)[rows, columns] * weight)

    if count <= _DENSE:
        matrix = np.stack([packed(unit) for unit in np.eye(count)], axis=1)
        return float(np.abs(np.linalg.eigvals(matrix)).max())
    start = np.eye(size)[rows, columns]
    try:
        values = eigs(
            LinearOperator((count, count), matvec=packed, dtype=float),
            k=1,
            which="LM",
            v0=start,
            tol=_ACCURACY,
            return_eigenvectors=False,
        )
    except ArpackNoConvergence as error:
        raise ConvergenceError(
            "The spectral radius of the second moment did not converge.",
            cause="Its two largest eigenvalues are too close.",
            remedy="Rescale the data, or leave nearly equal samples out.",
        ) from error
    return float(abs(values[0]))


@checked
def lifted_threshold(
    rule: UpdateRule,
    hessians_or_X: Any,
    batch: int,
    replacement: bool = False,
    **parameters: Any,
) -> float:
    """Return the largest step at which a rule is stable in mean square on a vector problem with random batches.

    Parameters
    ----------
    rule : UpdateRule
        Neither nested nor periodic; momentum, a fixed delay, or a delay law with a rational generating function. All
        gradients of a step see the batch of that step; equivalently, gradients of earlier steps are kept.
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        A design matrix, for the loss (1/2n) |X w - y|**2, or the positive semidefinite Hessians of the samples.
    batch : int
        Samples per step, 1 to n; batches and delays of different steps are independent.
    replacement : bool
        Whether a batch is drawn with replacement.
    **parameters : number
        Values of the symbolic parameters, by name.

    Returns
    -------
    float
        The step, in units of 1 / curvature. For plain gradient descent that of `sgd_threshold`.

    Raises
    ------
    InputError
        If the data, the batch or a parameter are unusable.
    DomainError
        If the rule nests gradients or cycles, a symbol is left, or every curvature is zero.
    ConvergenceError
        If an eigenvalue does not converge.

    Notes
    -----
    Derived here. The first step at which the spectral radius is one: it is followed from small steps on in factors of
    1.25, and would have to pass one and return within such a factor to be missed.

    Examples
    --------
    >>> import symbias as sb
    >>> rows = [[1, 0], [1, 1], [0, 2], [2, -1]]
    >>> round(lifted_threshold(sb.UpdateRule.gradient_descent().delayed(1), rows, 1), 10)
    0.320345548
    """
    values = parameter_values(rule, parameters)
    mode = noisy_mode(rule, parameters)
    filters = response_filters(mode)
    data = minibatch(hessians_or_X, batch, replacement)
    scale, decay = (e.subs(values) for e in (rule.scale, rule.decay))
    if not (scale.is_number and decay.is_number):
        raise InputError(
            f"{rule.name} has a symbolic damping or weight decay.", remedy="Pass numbers by name."
        )
    feedback = NoiseFeedback(data.operator(), filters, float(scale), float(decay) / data.unit)
    largest = feedback.operator.basis.curvatures[-1] + feedback.decay
    # Without batch noise the mode of the largest curvature alone gives a bound; fixed delays: that of the mean.
    bound = float(first_unstable(rule, mode, sp.S.Zero)) / (feedback.scale * largest)
    return _first_step(feedback, bound) / data.unit


def _first_step(feedback: NoiseFeedback, bound: float) -> float:
    """Return the first step up to the bound at which the spectral radius is one."""
    low = bound / _FIRST
    while feedback.radius(low) >= 1:
        low /= _FIRST
        if low < bound * _ACCURACY:
            raise ConvergenceError(
                "The second moment is not stable at any small step.",
                cause="One curvature is many orders of magnitude larger than another.",
                remedy="Rescale the data.",
            )
    while True:
        high = min(low * _GROWTH, bound * (1 - _ACCURACY))
        if feedback.radius(high) >= 1:
            break
        if low * _GROWTH >= bound:
            return bound
        low = high
    # 1 / radius is nearly linear in the step, also where the radius itself grows without bound.
    return float(
        brentq(
            lambda step: 1 - 1 / feedback.radius(step), low, high, xtol=1e-15 * bound, rtol=1e-14
        )
    )
