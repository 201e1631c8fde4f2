"""The data of mini-batch SGD at a minimum: per-sample Hessians, the law of a batch, and their checks."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import DomainError, InputError
from symbias.models.floats import as_floats
from symbias.solvers.mean_square_operator import MeanSquareOperator
from symbias.solvers.sample_hessians import Rows, Samples, Stack

_SYMMETRY = 1e-10
"""Largest asymmetry and negative eigenvalue of a per-sample Hessian, relative to its largest entry."""


@dataclass(frozen=True, eq=False)
class Minibatch:
    """Per-sample Hessians scaled to order one, and how a batch of them is drawn.

    Parameters
    ----------
    samples : Rows or Stack
        The Hessians divided by `unit`.
    unit : float
        A power of two, so that the division is exact.
    batch : int
        Samples per step B.
    fraction : float
        Variance of a batch mean over that of a single sample: (n - B) / (B (n - 1)) without replacement, 1 / B with.

    Examples
    --------
    >>> data = minibatch([[1.0], [2.0], [4.0]], 2)
    >>> data.unit, data.fraction, data.operator().dimension
    (64.0, 0.25, 1)
    """

    samples: Samples
    unit: float
    batch: int
    fraction: float

    def operator(self) -> MeanSquareOperator:
        """Return C and D of the scaled data, on the range of the mean Hessian."""
        return MeanSquareOperator(self.samples.diagonalised(), self.fraction)


def minibatch(hessians_or_X: Any, batch: Any, replacement: bool = False) -> Minibatch:
    """Check the arguments that every function on mini-batch SGD takes.

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        A design matrix, for the loss (1/2n) |X w - y|**2, or the symmetric positive semidefinite Hessians H_i of the
        samples, for the loss (1/n) sum of the losses of the samples.
    batch : int
        Samples per step, at least 1; at most n without replacement.
    replacement : bool
        Whether a batch may contain a sample twice.

    Returns
    -------
    Minibatch
        Checked data.

    Raises
    ------
    InputError
        If the shape is wrong, an entry is not finite, a Hessian is not symmetric or not positive semidefinite, or the
        batch is no integer from 1 to n.
    DomainError
        If every entry is zero: then every step is stable.

    Examples
    --------
    >>> minibatch([[1.0, 2.0]], 2)
    Traceback (most recent call last):
        ...
    symbias.errors.InputError: A batch of 2 cannot be drawn without replacement from n = 1 samples...
    """
    array = _checked_array(hessians_or_X)
    n = len(array)
    size = _checked_batch(batch, n, replacement)
    largest = float(max(array.max(), -array.min()))
    if largest == 0:
        raise DomainError(
            "All curvatures are zero.",
            "the data are zero.",
            "There is no threshold: every step is stable. Check the data.",
        )
    root = float(2.0 ** np.frexp(largest)[1])
    scaled = array if root == 1 else array / root
    samples = Rows(scaled) if array.ndim == 2 else Stack(_checked_hessians(scaled))
    single = 1.0 if array.ndim == 3 else root  # H_i = x_i x_i' scales with the square
    fraction = 0.0 if n == 1 else 1 / size if replacement else (n - size) / (size * (n - 1))
    unit = root * single
    if not 1e-300 < unit < 1e300:
        raise DomainError(
            f"Curvatures of the order of {largest:.0e}, squared for data, leave the range of floats.",
            remedy="Scale the data; the threshold scales with the inverse of the curvature.",
        )
    return Minibatch(samples, unit, size, fraction)


def checked_step(step: Any) -> float:
    """Return a step if it is a positive number.

    Parameters
    ----------
    step : float
        In units of 1 / curvature.

    Returns
    -------
    float
        The same.

    Raises
    ------
    InputError
        If it is not.

    Examples
    --------
    >>> checked_step(1)
    1.0
    """
    real = isinstance(step, numbers.Real) and not isinstance(step, (bool, np.bool_))
    if not real or not 0 < step < math.inf:
        raise InputError(
            f"The step {step!r} is not a positive number.", remedy="Give a positive step."
        )
    return float(step)


def _checked_array(values: Any) -> np.ndarray:
    try:
        array = as_floats(values)
    except (TypeError, ValueError) as error:
        raise InputError(
            "The data are not an array of real numbers.",
            "rows of different lengths, complex numbers or text.",
            "Give a design matrix (n, d) or a stack of Hessians (n, d, d) of floats.",
        ) from error
    square = array.ndim != 3 or array.shape[1] == array.shape[2]
    if array.ndim not in {2, 3} or array.size == 0 or not square:
        raise InputError(
            f"The data have shape {array.shape}.",
            remedy="Give a design matrix of shape (n, d), or one Hessian per sample, shape (n, d, d).",
        )
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(
            f"The data are not finite at {where}.",
            "missing values or an overflow.",
            "Drop these samples or fill the values in before the call.",
        )
    return array


def _checked_batch(batch: Any, n: int, replacement: bool) -> int:
    if not isinstance(replacement, bool | np.bool_):
        raise InputError(f"replacement is {replacement!r}.", remedy="Give True or False.")
    if isinstance(batch, bool) or not isinstance(batch, numbers.Integral) or int(batch) < 1:
        raise InputError(
            f"The batch {batch!r} is not a positive integer.",
            remedy=f"Give the number of samples per step, from 1 to n = {n}.",
        )
    if int(batch) > n and not replacement:
        raise InputError(
            f"A batch of {batch} cannot be drawn without replacement from n = {n} samples.",
            "X is transposed, or samples are drawn with replacement.",
            f"Give at most {n}, or replacement=True.",
        )
    return int(batch)


def _checked_hessians(stack: np.ndarray) -> np.ndarray:
    """Return the stack, entries of order one, symmetrised within rounding errors."""
    scales = np.abs(stack).max(axis=(1, 2))
    asymmetry = np.abs(stack - stack.transpose(0, 2, 1)).max(axis=(1, 2))
    if (asymmetry > _SYMMETRY * scales).any():
        worst = int(np.argmax(asymmetry))
        raise InputError(
            f"The Hessian of sample {worst} is not symmetric.",
            "the axes of the stack are in another order than (sample, row, column).",
            "Give symmetric matrices, shape (n, d, d).",
        )
    stack = np.ascontiguousarray((stack + stack.transpose(0, 2, 1)) / 2)
    least = np.linalg.eigvalsh(stack)[:, 0]
    if (least < -_SYMMETRY * stack.shape[1] * scales).any():
        worst = int(np.argmin(least))
        raise InputError(
            f"The Hessian of sample {worst} has the negative eigenvalue {least[worst]:.2g} "
            "(in units of the largest entry of all).",
            "the point is no minimum of this sample, or the residual part of the Hessian was kept.",
            "At an interpolating minimum every sample is at its own minimum: give Gauss-Newton matrices.",
        )
    return stack
