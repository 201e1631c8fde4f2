"""Almost-sure stability of mini-batch SGD: the sign of the top Lyapunov exponent.

With probability one |theta_t| grows like exp(exponent * t). The exponent can be negative while the mean square
diverges, so the threshold is at least that of the mean square.
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.simulate.randomness import as_generator
from symbias.solvers.random_products import Exponent, draw_batches, top_exponent
from symbias.solvers.sample_hessians import Eigenbasis
from symbias.stability.first_crossing import first_crossing
from symbias.stability.minibatch import Minibatch, checked_step, minibatch
from symbias.stability.scalar_exponent import batch_law, scalar_exponent, scalar_threshold

_STRIDE = 1 / 32
"""Distance of the scan for the first crossing, in units of the mean-square threshold."""


@checked
def almost_sure_threshold(
    hessians_or_X: Any,
    batch: int,
    replacement: bool = False,
    *,
    rng: int | np.random.Generator | None = None,
    steps: int = 100_000,
) -> float:
    """Return the first step at which the iterates of mini-batch SGD diverge almost surely.

    Where the mean Hessian has rank one and the law of a batch can be enumerated, the result is exact. Otherwise the
    exponent is estimated from one run per step, all runs with the same batches, and the zero of the estimate is found:
    its standard error is that of `almost_sure_exponent` at the zero over the slope of the exponent there, and falls
    like 1 / sqrt(steps).

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        As for `sgd_threshold`.
    batch : int
        Samples per step, 1 to n.
    replacement : bool
        Whether a batch is drawn with replacement.
    rng : int or numpy.random.Generator, optional
        Source of the batches; a fixed seed when left out.
    steps : int
        Steps per run, at least 1000.

    Returns
    -------
    float
        The end of the first interval of stable steps. Where it is estimated, unstable windows narrower than 1/32 of the
        mean-square threshold can be missed.

    Raises
    ------
    InputError
        If the data, the batch or `steps` are unusable.
    DomainError
        If every curvature is zero.
    ConvergenceError
        If no instability is found.

    Notes
    -----
    Derived here.

    Examples
    --------
    >>> almost_sure_threshold([[1.0], [3.0**0.5]], batch=1)
    1.3333333
    """
    data = minibatch(hessians_or_X, batch, replacement)
    batches = _batches(data, replacement, rng, steps)
    basis = data.samples.diagonalised()
    law = _law(basis, data.batch, replacement)
    if law is not None:
        return scalar_threshold(*law) / data.unit
    stable = 2 / data.operator().leading().value

    def exponent(step: float) -> float:
        return top_exponent(basis.samples, batches, step).value

    return first_crossing(exponent, stable, _STRIDE * stable, accuracy=1e-9) / data.unit


@checked
def almost_sure_exponent(
    hessians_or_X: Any,
    batch: int,
    step: float,
    replacement: bool = False,
    *,
    rng: int | np.random.Generator | None = None,
    steps: int = 100_000,
) -> Exponent:
    """Return the top Lyapunov exponent of mini-batch SGD on the range of the mean Hessian.

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        As for `sgd_threshold`.
    batch : int
        Samples per step, 1 to n.
    step : float
        The step.
    replacement : bool
        Whether a batch is drawn with replacement.
    rng : int or numpy.random.Generator, optional
        Source of the batches; a fixed seed when left out.
    steps : int
        Steps of the run, at least 1000.

    Returns
    -------
    Exponent
        ``value`` per step, minus infinity if the iterates vanish, and the standard ``error``, zero where the value is
        exact (rank one).

    Raises
    ------
    InputError
        If an argument is unusable.
    DomainError
        If every curvature is zero.

    Notes
    -----
    Derived here.

    Examples
    --------
    >>> almost_sure_exponent([[1.0], [3.0**0.5]], 1, 0.5)
    Exponent(value=-0.6931472, error=0.0)
    """
    data = minibatch(hessians_or_X, batch, replacement)
    batches = _batches(data, replacement, rng, steps)
    scaled = checked_step(step) * data.unit
    basis = data.samples.diagonalised()
    law = _law(basis, data.batch, replacement)
    if law is not None:
        return Exponent(scalar_exponent(*law, scaled), 0.0)
    return top_exponent(basis.samples, batches, scaled)


def _law(basis: Eigenbasis, batch: int, replacement: bool) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the law of the curvature of a batch where there is only one, and it can be enumerated."""
    if len(basis.curvatures) > 1:
        return None
    return batch_law(basis.samples.matrices()[:, 0, 0], batch, replacement=replacement)


def _batches(
    data: Minibatch, replacement: bool, rng: int | np.random.Generator | None, steps: Any
) -> np.ndarray:
    generator = as_generator(rng)
    if (
        isinstance(steps, bool)
        or not isinstance(steps, numbers.Integral)
        or not 1000 <= int(steps) <= 10**9
    ):
        raise InputError(f"steps is {steps!r}.", remedy="Give an integer from 1000 to 10**9.")
    return draw_batches(
        data.samples.count, data.batch, int(steps), generator, replacement=replacement
    )
