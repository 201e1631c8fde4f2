"""The spectra of a family at many dimensions at once, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, InputError
from symbias.solvers.small_batches import eigenvalues_each, solve_each

SMALLEST = 6.0
"""Below, branches end and dimensions are followed one by one."""

NODES = 14
"""Dimensions at which the branch is known; between them it is interpolated in 1/sqrt(d)."""

STEPS = 4


def sweep(family: Any, dimensions: Any) -> dict[str, np.ndarray]:
    """Return the eigenvalues of the Hessian at many dimensions.

    Parameters
    ----------
    family : Family
        The family.
    dimensions : array_like
        Real numbers.

    Returns
    -------
    dict
        Component -> array (copies, dimensions), ascending in each column.

    Examples
    --------
    >>> import symbias as sb
    >>> found = sweep(sb.PopulationLoss(sb.activations.relu).family("II"), [8, 20])
    >>> found["s"].shape, float(found["s"][0, 1].round(9))
    ((5, 2), 0.055092581)
    """
    d = _admitted(dimensions)
    system = family.system
    point = _points(family, d)
    flat = system.float_blocks(d, *point)
    metrics = system.float_grams(d)
    found, place = {}, 0
    for component in system.components:
        n = component.multiplicity
        out = np.empty((n, d.size))
        rows = slice(place, place + n * n)
        eigenvalues_each(flat[rows], metrics[rows], out)
        found[system.name(component)], place = out, place + n * n
    return found


def _admitted(dimensions: Any) -> np.ndarray:
    try:
        d = np.atleast_1d(np.asarray(dimensions, dtype=float))
    except (TypeError, ValueError, OverflowError):
        d = np.array([np.nan])
    if (
        d.ndim != 1
        or not d.size
        or not np.isfinite(d).all()
        or not (SMALLEST <= d.min() <= d.max() <= 1e7)
    ):
        raise InputError(
            "The dimensions of a sweep are no list of real numbers from 6 to 10^7.",
            "below 6 branches end; beyond 10^7 float64 has no digits left.",
            "Use .at(d) for those.",
        )
    return d


def _points(family: Any, d: np.ndarray) -> np.ndarray:
    """Return the block coordinates: interpolated, then corrected by Newton's method for all dimensions at once."""
    branch, system = family.branch, family.system
    if family.limit.is_exact:
        return np.array([branch.leading(x) for x in d]).T
    low, high = 1 / np.sqrt(d.max()), 1 / np.sqrt(d.min())
    angles = np.pi * (np.arange(NODES) + 0.5) / NODES
    nodes = 0.5 * (low + high) + 0.5 * (high - low) * np.cos(angles)
    known = np.array([branch.start(1 / x**2) for x in nodes]).T
    point = _interpolated(nodes, known, 1 / np.sqrt(d))
    n, step = len(point), np.empty((len(known), d.size))
    for _ in range(STEPS):
        values = system.float_equations(d, *point)
        solve_each(values[n:], values[:n], step)
        point = point - step
        if (np.abs(step).max(axis=0) * d < 1e-9 + 1e-13 * d * d).all():
            return point
    raise ConvergenceError(
        f"Newton's method did not converge for {family.name} at all dimensions.",
        "the branch turns too fast between the nodes of the interpolation.",
        "Sweep over a narrower range, or use .at(d).",
    )


def _interpolated(nodes: np.ndarray, known: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the barycentric interpolant through values at Chebyshev nodes, of which there may be one alone."""
    signs = (-1.0) ** np.arange(len(nodes))
    weights = signs * np.sin(np.pi * (np.arange(len(nodes)) + 0.5) / len(nodes))
    gaps = x[None, :] - nodes[:, None]
    exact = np.abs(gaps) < 1e-14
    shares = weights[:, None] / np.where(exact, 1.0, gaps)
    hit = exact.any(axis=0)
    shares[:, hit] = exact[:, hit] / np.maximum(exact[:, hit].sum(axis=0), 1)
    return (known @ shares) / shares.sum(axis=0)
