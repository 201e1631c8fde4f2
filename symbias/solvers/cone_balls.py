"""The enclosure of `symbias.solvers.cone`, proved in ball arithmetic for the data as they are given.

For rational b and a definite rational S the inequality D S <= b C S is one between matrices of rational numbers; no
eigenbasis is needed. It is decided by the pivots of b C S - D S in balls, and so is the definiteness of S.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, DomainError, InputError
from symbias.solvers.sample_hessians import Rows, Samples
from symbias.sym.equality.interval import at_precision, ball_library

BITS = 200
"""Working precision."""

MAX_OPERATIONS = 2_000_000
"""Multiplications of balls allowed: a few seconds."""

_WIDEST = 60
"""Bounds are sought at relative distances 2**-50 ... 2**(10 - 1) from the eigenvalue, doubling."""


def enclosure_by_balls(
    samples: Samples, S: np.ndarray, batch: int, n: int, replacement: bool
) -> tuple[float, float]:
    """Prove a lower and an upper bound of the largest eigenvalue of C^+ D.

    Parameters
    ----------
    samples : Rows or Stack
        The data, with a mean Hessian of full rank.
    S : numpy.ndarray, shape (d, d)
        A trial matrix close to the leading eigenmatrix, in the coordinates of the data.
    batch, n : int
        Samples per step, samples.
    replacement : bool
        Whether a batch is drawn with replacement.

    Returns
    -------
    tuple of float
        Bounds that hold exactly for the given floats.

    Raises
    ------
    MissingDependencyError
        If python-flint is not installed.
    InputError
        If the problem is too large.
    DomainError
        If the mean Hessian cannot be shown to be definite.
    ConvergenceError
        If no upper bound can be proved with this trial matrix.

    Examples
    --------
    >>> samples = Rows(np.array([[1.0], [3.0]]))
    >>> low, high = enclosure_by_balls(samples, np.eye(1), 1, 2, False)
    >>> low <= 8.2 <= high <= low * (1 + 1e-14)
    True
    """
    flint, d = ball_library(), len(S)
    if samples.count * d**3 > MAX_OPERATIONS:
        raise InputError(
            f"A bracket of n = {samples.count} samples in dimension {d} takes too long in ball arithmetic.",
            remedy="Leave rigorous out, or take fewer samples or coordinates.",
        )

    def bracket() -> tuple[float, float]:
        fraction = _fraction(flint, batch, n, replacement)
        drift, noise, rayleigh = _images(flint, samples, (S + S.T) / 2, fraction)
        high = _proved_above(flint, drift, noise, rayleigh)
        return float(np.nextafter(float(rayleigh.mid() - rayleigh.rad()), 0)), high

    return at_precision(BITS, bracket)


def _fraction(flint: Any, batch: int, n: int, replacement: bool) -> Any:
    if n == 1:
        return flint.arb(0)
    return flint.arb(1) / batch if replacement else flint.arb(n - batch) / (batch * (n - 1))


def _matrix(flint: Any, array: np.ndarray) -> Any:
    return flint.arb_mat([[flint.arb(float(x)) for x in row] for row in array])


def _images(flint: Any, samples: Samples, trial: np.ndarray, fraction: Any) -> tuple[Any, Any, Any]:
    """C S, D S and the Rayleigh quotient <S, D S> / <S, C S>, in balls; S and H are shown to be definite."""
    S, n, d = _matrix(flint, trial), samples.count, len(trial)
    if isinstance(samples, Rows):
        X = _matrix(flint, samples.rows)
        H = X.transpose() * X / n
        image = X * S
        weighted = flint.arb_mat(n, d)
        for i in range(n):
            weight = sum((image[i, j] * X[i, j] for j in range(d)), flint.arb(0))
            for j in range(d):
                weighted[i, j] = weight * X[i, j]
        conjugated = X.transpose() * weighted / n
    else:
        H = conjugated = flint.arb_mat(d, d)
        for matrix in samples.stack:
            one = _matrix(flint, matrix)
            H, conjugated = H + one, conjugated + one * S * one
        H, conjugated = H / n, conjugated / n
    if not (_definite(H) and _definite(S)):
        raise DomainError(
            "The mean Hessian, or the trial matrix, could not be shown to be positive definite.",
            "fewer samples than coordinates, or directions of vanishing curvature.",
            "Restrict the data to the range of the mean Hessian, or leave rigorous out.",
        )
    drift = (H * S + S * H) / 2
    noise = H * S * H * (1 - fraction) + conjugated * fraction
    return drift, noise, _inner(S, noise) / _inner(S, drift)


def _inner(left: Any, right: Any) -> Any:
    return sum(a * b for a, b in zip(left.entries(), right.entries(), strict=True))


def _proved_above(flint: Any, drift: Any, noise: Any, value: Any) -> float:
    """Return the least of a sequence of floats b for which b C S - D S is proved definite."""
    middle = float(value.mid())
    for k in range(_WIDEST):
        bound = middle * (1 + 2.0 ** (k - 50))
        if bound > middle and _definite(drift * flint.arb(bound) - noise):
            return bound
    raise ConvergenceError(
        "No upper bound could be proved with this trial matrix.",
        "the mean Hessian is close to singular.",
        "Drop the directions of smallest curvature from the data, or leave rigorous out.",
    )


def _definite(matrix: Any) -> bool:
    """Whether all pivots of a symmetric matrix of balls are certainly positive."""
    a, d = matrix * 1, matrix.nrows()
    for k in range(d):
        if not a[k, k] > 0:
            return False
        for i in range(k + 1, d):
            factor = a[i, k] / a[k, k]
            for j in range(k + 1, d):
                a[i, j] -= factor * a[k, j]
    return True
