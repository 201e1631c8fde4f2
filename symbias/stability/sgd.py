"""Mean-square stability of mini-batch SGD: the exact threshold of the step, and a bracket of it.

The second moment S of the distance to an interpolating minimum is mapped by a step to S - 2 eta C S + eta**2 D S, C and
D as in `symbias.solvers.mean_square_operator`. All eigenvalues of this map are real, and as it is a mean of congruences
its spectral radius is among them; so it is stable exactly when eta D < 2 C on the range of H.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.solvers.cone import enclosure, trial_matrix
from symbias.solvers.cone_balls import enclosure_by_balls
from symbias.stability.minibatch import minibatch


def sgd_threshold(hessians_or_X: Any, batch: int, replacement: bool = False) -> float:
    """Return the largest step at which mini-batch SGD is stable in mean square.

    Below it E|theta_t - theta*|**2 tends to 0 on the range of the mean Hessian H, above it it diverges; in the null
    space of H nothing moves. Batches of different steps are independent.

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        A design matrix, for the loss (1/2n) |X w - y|**2 (H_i = x_i x_i'), or the symmetric positive semidefinite
        Hessians H_i of the samples.
    batch : int
        Samples per step, 1 to n.
    replacement : bool
        Whether a batch is drawn with replacement.

    Returns
    -------
    float
        2 / largest eigenvalue of C^+ D, in units of 1 / curvature.

    Raises
    ------
    InputError
        If the data or the batch are unusable.
    DomainError
        If every curvature is zero.
    ConvergenceError
        If the eigenvalue does not converge.

    Notes
    -----
    Derived here; the form 2 / lambda_max(C^+ D) is that of Mulayoff and Michaeli (2024). Directions of mean curvature
    below 4 max(n, d) eps of the largest count as null space.

    Examples
    --------
    >>> sgd_threshold([[1.0], [3.0**0.5]], batch=1)
    0.8
    >>> sgd_threshold([[1.0], [3.0**0.5]], batch=2)
    1.0
    """
    data = minibatch(hessians_or_X, batch, replacement)
    return 2 / data.operator().leading().value / data.unit


def sgd_bracket(
    hessians_or_X: Any, batch: int, replacement: bool = False, *, rigorous: bool = False
) -> tuple[float, float]:
    """Enclose the mean-square threshold of mini-batch SGD from both sides.

    The bounds hold whether or not an eigenvalue has converged: they rest on one application of the operator to one
    positive definite matrix, see `symbias.solvers.cone`.

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        As for `sgd_threshold`.
    batch : int
        Samples per step, 1 to n.
    replacement : bool
        Whether a batch is drawn with replacement.
    rigorous : bool
        Whether the bounds are proved in ball arithmetic; needs python-flint, a mean Hessian of full rank and a small
        problem. Otherwise they are widened by an a-priori bound of the rounding errors.

    Returns
    -------
    tuple of float
        ``(low, high)``.

    Raises
    ------
    InputError
        If the data or the batch are unusable.
    DomainError
        If every curvature is zero, or with `rigorous` the mean Hessian is singular.
    ConvergenceError
        If no trial matrix encloses the eigenvalue.
    MissingDependencyError
        If `rigorous` and python-flint is not installed.

    Notes
    -----
    Derived here. Directions of mean curvature below 4 max(n, d) eps of the largest count as null space, and the bounds
    are those of the data without them.

    Examples
    --------
    >>> low, high = sgd_bracket([[1, 0], [1, 1], [0, 2], [2, -1]], batch=1)
    >>> low < sgd_threshold([[1, 0], [1, 1], [0, 2], [2, -1]], batch=1) < high < low * (1 + 1e-12)
    True
    """
    if not isinstance(rigorous, bool):
        raise InputError(f"rigorous is {rigorous!r}.", remedy="Give True or False.")
    data = minibatch(hessians_or_X, batch, replacement)
    operator = data.operator()
    pair, S = trial_matrix(operator)
    if rigorous:
        vectors = operator.basis.vectors
        trial = vectors @ S @ vectors.T
        n = data.samples.count
        low, high = enclosure_by_balls(data.samples, trial, data.batch, n, replacement)
        low, high = min(low, pair.value), max(high, pair.value)  # what is printed lies between
    else:
        low, high = enclosure(operator, S)
    return float(np.nextafter(2 / high, 0)) / data.unit, float(
        np.nextafter(2 / low, np.inf)
    ) / data.unit
