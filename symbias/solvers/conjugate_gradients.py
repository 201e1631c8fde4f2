"""Conjugate gradients for a symmetric positive definite operator on arrays of any shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symbias.errors import ConvergenceError


def solve_definite(
    apply: Callable[[np.ndarray], np.ndarray],
    target: np.ndarray,
    start: np.ndarray,
    *,
    tolerance: float,
    max_steps: int = 10_000,
) -> np.ndarray:
    """Solve apply(U) = target by conjugate gradients.

    Parameters
    ----------
    apply : callable
        The operator, from an array to an array of the same shape.
    target, start : numpy.ndarray
        Right-hand side and first guess, of one shape.
    tolerance : float
        Norm of the residual relative to the target.
    max_steps : int
        Budget of steps.

    Returns
    -------
    numpy.ndarray
        The solution.

    Raises
    ------
    ConvergenceError
        If the budget runs out.

    Examples
    --------
    >>> weights = np.array([1.0, 4.0])
    >>> solve_definite(lambda u: weights * u, np.ones(2), np.zeros(2), tolerance=1e-12)
    array([1.  , 0.25])
    """
    solution, goal = start.copy(), tolerance * float(np.linalg.norm(target))
    left = target - apply(solution)
    direction, size = left, float(np.vdot(left, left))
    for _ in range(max_steps):
        if np.sqrt(size) <= goal:
            return solution
        image = apply(direction)
        length = size / float(np.vdot(direction, image))
        solution += length * direction
        left = left - length * image
        new = float(np.vdot(left, left))
        direction, size = left + (new / size) * direction, new
    raise ConvergenceError(
        f"The linear system was not solved in {max_steps} steps of conjugate gradients.",
        "the operator is close to singular: a step close to its threshold.",
        "Move the step away from the threshold.",
    )
