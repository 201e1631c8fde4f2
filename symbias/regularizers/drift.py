"""The claim that laws hold: their values before and after simulated gradient flows on random data."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias import simulate
from symbias.errors import SymbiasError, VerificationError
from symbias.verdicts.claim import Claim, claim

FLOWS = 3
SAMPLES = 2
"""Few, so that the targets can be reached and the flow is not stiff."""
ATTEMPTS = 60
TOLERANCE = 1e-7
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
        If no flows were found that move.

    Examples
    --------
    >>> import symbias as sb
    >>> pairs = flows(sb.parametrizations.diagonal(2).conservation_laws(), np.random.default_rng(0))
    >>> len(pairs)
    3
    """
    kernel = laws.compile()
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(ATTEMPTS):
        pair = _flow(laws.parametrization, kernel, rng)
        if pair is not None:
            found.append(pair)
        if len(found) == FLOWS:
            return found
    raise VerificationError(
        f"Only {len(found)} of {ATTEMPTS} random starts led to a flow that moves.",
        "the map is defined in a small region, or its flows run into walls.",
        "Compare the laws along a flow of your own with simulate.gradient_flow.",
    )


def _flow(
    parametrization: Any, kernel: Any, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    start = _start(parametrization, rng)
    width = len(parametrization.outputs)
    samples = max(1, min(SAMPLES, width - 1))
    X = rng.standard_normal((samples, width))
    try:
        with np.errstate(all="ignore"):
            near = [value * rng.uniform(0.8, 1.2) for value in start]
            outputs = parametrization.first_order(*near)[:width]
            values = kernel(*start)
            if not (np.isfinite(outputs).all() and np.isfinite(values).all()):
                return None
            run = simulate.gradient_flow(
                parametrization,
                X,
                X @ outputs,
                dict(zip(parametrization.parameters, start, strict=True)),
                accuracy=1e-12,
                max_steps=5000,
            )
            end = [run.theta[s] for s in parametrization.parameters] if run.theta else start
            reached = kernel(*end)
    except SymbiasError:
        return None
    moved = np.abs(np.subtract(end, start)).max()
    if not (run.converged and moved > MOVED and np.isfinite(reached).all()):
        return None
    return values, reached


def _start(parametrization: Any, rng: np.random.Generator) -> list[float]:
    sizes = rng.uniform(0.5, 1.5, len(parametrization.parameters))
    signs = rng.choice([-1.0, 1.0], len(sizes))
    return [
        float(size if s.is_positive or s.is_nonnegative else sign * size)
        for s, size, sign in zip(parametrization.parameters, sizes, signs, strict=True)
    ]
