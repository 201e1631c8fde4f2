"""The claim that laws hold: their values before and after simulated gradient flows on random data."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

from symbias.errors import VerificationError
from symbias.models.parametrization import Parametrization
from symbias.verdicts.claim import Claim, claim

FLOWS = 3
ATTEMPTS = 60
TOLERANCE = 1e-9
LENGTH = 0.5
"""Of a flow, at its first speed."""
MOVED = 1e-2
"""A flow counts when a parameter moves by that much: one that stays conserves everything."""


def drift_claim(laws: Any) -> Claim:
    """Return the claim that laws do not change along gradient flows.

    Parameters
    ----------
    laws : Laws
        With at least one closed form.

    Returns
    -------
    Claim
        Starts are drawn from [0.5, 1.5] with random signs where the laws and the map allow them, data are Gaussian.

    Examples
    --------
    >>> import symbias as sb
    >>> laws = sb.parametrizations.diagonal(2).conservation_laws()
    >>> drift_claim(laws).run(rng=0).holds
    True
    """
    derivation = laws.derivation
    plural = "s do" if len(laws.laws) > 1 else " does"
    title = f"{len(laws.laws)} conservation law{plural} not drift along gradient flows"

    @claim(title, tolerance=TOLERANCE, of=derivation)
    def drift(rng: np.random.Generator) -> Any:
        before, after = [], []
        for first, last in flows(laws, rng):
            scale = np.abs(first).max() or 1.0
            before.append(first / scale)
            after.append(last / scale)
        return np.array(before), np.array(after)

    return drift


def flows(laws: Any, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the values of laws at the start and at the end of simulated flows.

    Parameters
    ----------
    laws : Laws
        With at least one closed form.
    rng : numpy.random.Generator
        Source of starts and data.

    Returns
    -------
    list of tuple of numpy.ndarray
        One pair of arrays of shape (laws,) for each flow.

    Raises
    ------
    VerificationError
        If no flow was found that moves.

    Examples
    --------
    >>> import symbias as sb
    >>> pairs = flows(sb.parametrizations.diagonal(2).conservation_laws(), np.random.default_rng(0))
    >>> len(pairs)
    3
    """
    kernel = laws.compile()
    found: list[tuple[np.ndarray, np.ndarray]] = []
    velocity = _velocity(laws.parametrization)
    for _ in range(ATTEMPTS):
        pair = _flow(laws.parametrization, velocity, kernel, rng)
        if pair is not None:
            found.append(pair)
        if len(found) == FLOWS:
            return found
    raise VerificationError(
        f"Only {len(found)} of {ATTEMPTS} random starts led to a flow that moves.",
        "the map is constant, defined in a small region, or its flows run into walls.",
        "Compare the laws along a flow of your own with simulate.gradient_flow.",
    )


def _velocity(parametrization: Parametrization) -> Any:
    """Return (theta, X, y) -> theta' = -grad 1/2 |X F(theta) - y|**2 in floats, from the map as it was written.

    Plain NumPy: second derivatives, which an implicit integrator needs, are thousands of entries for a matrix product.
    """
    outputs, jacobian = list(parametrization.outputs), parametrization.jacobian()
    evaluate = sp.lambdify(parametrization.parameters, [outputs, jacobian], "numpy", cse=True)

    def velocity(theta: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        values, slopes = evaluate(*theta)
        return -np.asarray(slopes, float).T @ (X.T @ (X @ np.asarray(values, float) - y))

    return velocity


def _flow(
    parametrization: Parametrization, velocity: Any, kernel: Any, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the laws before and after a flow over about one of its own time scales, None if it does not move."""
    start = _start(parametrization, rng)
    width = len(parametrization.outputs)
    X, y = rng.standard_normal((width, width)), rng.standard_normal(width)
    with np.errstate(all="ignore"):
        first, speed = kernel(*start), velocity(start, X, y)
        if not (np.isfinite(first).all() and np.isfinite(speed).all() and speed.any()):
            return None
        run = solve_ivp(
            lambda _, theta: velocity(theta, X, y),
            (0.0, float(LENGTH / np.linalg.norm(speed))),
            start,
            method="DOP853",
            rtol=1e-12,
            atol=1e-13,
        )
        end = run.y[:, -1]
        last = kernel(*end)
    moved = float(np.abs(end - start).max())
    real = run.success and np.isfinite(last).all() and moved > MOVED and (end * start > 0).all()
    return (first, last) if real else None


def _start(parametrization: Parametrization, rng: np.random.Generator) -> np.ndarray:
    sizes = rng.uniform(0.5, 1.5, len(parametrization.parameters))
    signs = rng.choice([-1.0, 1.0], len(sizes))
    known = [bool(s.is_positive or s.is_nonnegative) for s in parametrization.parameters]
    return np.where(known, sizes, signs * sizes)
