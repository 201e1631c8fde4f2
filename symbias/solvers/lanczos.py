"""Lanczos iteration for the largest eigenvalue of a symmetric operator on arrays of any shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from symbias.errors import ConvergenceError

_CYCLE = 40
"""Basis arrays kept before a restart from the best one."""


class Eigenpair(NamedTuple):
    """Largest eigenvalue, its normalised eigenarray, norm of the residual, applications, gap to the next value."""

    value: float
    array: np.ndarray
    residual: float
    steps: int
    gap: float


def largest_eigenpair(
    apply: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    *,
    tolerance: float = 1e-13,
    residual: float = np.inf,
    max_steps: int = 4000,
) -> Eigenpair:
    """Return the largest eigenvalue of a symmetric operator, with full reorthogonalisation.

    Parameters
    ----------
    apply : callable
        The operator, from an array to an array of the same shape.
    start : numpy.ndarray
        An array that is not orthogonal to the eigenarray sought.
    tolerance : float
        Relative error of the eigenvalue, as the quadratic error bound of a Ritz value estimates it.
    residual : float
        Largest norm of the residual of the eigenarray, relative to the eigenvalue.
    max_steps : int
        Budget of applications.

    Returns
    -------
    Eigenpair
        The converged pair.

    Raises
    ------
    ConvergenceError
        If the budget runs out.

    Examples
    --------
    >>> weights = np.array([1.0, 2.0, 5.0])
    >>> largest_eigenpair(lambda v: weights * v, np.ones(3)).value
    5.0
    """
    steps, vector = 0, start.ravel() / np.linalg.norm(start)
    while steps < max_steps:
        pair = _cycle(apply, vector, start.shape, tolerance, residual)
        steps += pair.steps
        if pair.residual <= _allowed(pair, tolerance, residual):
            return pair._replace(steps=steps)
        vector = pair.array.ravel()
    raise ConvergenceError(
        f"The largest eigenvalue was not found in {steps} steps of Lanczos iteration.",
        "the two largest eigenvalues are nearly equal.",
        "Raise max_steps or the tolerance.",
    )


def _allowed(pair: Eigenpair, tolerance: float, residual: float) -> float:
    """Return the residual at which a pair is accepted: the error of its value is at most residual**2 / gap."""
    scale = max(abs(pair.value), np.finfo(float).tiny)
    return min(residual * scale, max(np.sqrt(tolerance * scale * pair.gap), tolerance * scale))


def _cycle(
    apply: Callable[[np.ndarray], np.ndarray],
    vector: np.ndarray,
    shape: tuple[int, ...],
    tolerance: float,
    residual: float,
) -> Eigenpair:
    size = min(_CYCLE, vector.size)
    basis, T = np.empty((size, vector.size)), np.zeros((size + 1, size + 1))
    for k in range(size):
        basis[k] = vector
        image = apply(vector.reshape(shape)).ravel()
        T[k, k], image = _orthogonalise(image, basis[: k + 1])
        T[k, k + 1] = T[k + 1, k] = norm = float(np.linalg.norm(image))
        values, vectors = np.linalg.eigh(T[: k + 1, : k + 1])
        gap = values[-1] - values[-2] if k else abs(values[-1])
        pair = Eigenpair(float(values[-1]), vector, norm * abs(float(vectors[-1, -1])), k + 1, gap)
        # One vector cannot know the gap; an exhausted space has none left.
        exhausted = norm <= np.finfo(float).eps * abs(pair.value)
        if exhausted or (k and pair.residual <= _allowed(pair, tolerance, residual)):
            break
        vector = image / norm
    found = (vectors[:, -1] @ basis[: k + 1]).reshape(shape)
    return pair._replace(array=found, residual=0.0 if exhausted else pair.residual)


def _orthogonalise(image: np.ndarray, basis: np.ndarray) -> tuple[float, np.ndarray]:
    """Take the part along the basis out; return its last coefficient, and what is left."""
    along = 0.0
    for _ in range(2):  # what cancels leaves rounding errors along the basis: twice is enough
        overlap = basis @ image
        image = image - overlap @ basis
        along += float(overlap[-1])
    return along, image
