"""The members of a family at many dimensions at once: weights, loss and spectra in compiled code.

Sums over d**2 entries cancel down to 1/d, so float64 alone would lose digits like d. Newton's method therefore ends
with residuals in pairs of floats, and the loss and the blocks of the Hessian are worked out in these too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, InputError
from symbias.solvers.block_spectra import block_spectra
from symbias.solvers.double_double import run_tape
from symbias.solvers.small_batches import solve_each

SMALLEST, LARGEST = 6.0, 1e7
"""Below, branches end and members are found one by one; beyond, pairs of floats have too few digits for the loss."""

NODES = 16
"""Dimensions at which the branch is known; between them it is interpolated in d**(-1/4), where branches are smooth."""

CHUNK = 2048
"""Dimensions worked on together: their numbers stay in the cache."""

STEPS = 4

CLOSE = 0.01
"""Largest change of d (w - limit) from the start to the solution: farther away, another branch might be meant."""

SETTLED = 1e-9
"""Step, relative to a coordinate's distance from its limit, after which another one would change no digit."""


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """A family at many dimensions; made by ``Family.sweep``.

    Parameters
    ----------
    dimensions : numpy.ndarray, shape (n,)
        In the order in which they were given.
    weights : dict
        Name of an orbit of entries -> array of shape (n,).
    loss : numpy.ndarray, shape (n,)
        The loss.
    eigenvalues : dict
        Component -> array of shape (copies, n), ascending in each column.
    multiplicities : dict
        Component -> array of shape (n,): how often each of its eigenvalues occurs; polynomials in d.

    Examples
    --------
    >>> import symbias as sb
    >>> found = sb.PopulationLoss(sb.activations.relu).family("II").sweep([10, 20])
    >>> found["s"].shape, found.multiplicities["x"].tolist()
    ((5, 2), [28.0, 153.0])
    >>> float(found.loss[0]), found.smallest.round(9).tolist()
    (0.01870219458560..., [0.031964028, 0.055092581])
    """

    dimensions: np.ndarray
    weights: dict[str, np.ndarray]
    loss: np.ndarray
    eigenvalues: dict[str, np.ndarray]
    multiplicities: dict[str, np.ndarray]

    def __getitem__(self, component: str) -> np.ndarray:
        return self.eigenvalues[component]

    @property
    def smallest(self) -> np.ndarray:
        """The smallest eigenvalue at each dimension."""
        return np.min([values[0] for values in self.eigenvalues.values()], axis=0)

    def __repr__(self) -> str:
        return f"Sweep({len(self.dimensions)} dimensions from {self.dimensions.min():g} to {self.dimensions.max():g})"


def sweep(family: Any, dimensions: Any) -> Sweep:
    """Return the members of a family at many dimensions.

    Parameters
    ----------
    family : Family
        The family.
    dimensions : array_like
        Real numbers.

    Returns
    -------
    Sweep
        Weights, loss and spectra.

    Raises
    ------
    InputError, ConvergenceError
        For dimensions out of range, and where the branch ends or turns too fast between them.

    Examples
    --------
    >>> import symbias as sb
    >>> found = sweep(sb.PopulationLoss(sb.activations.relu).family("II"), [8, 20])
    >>> found["s"].shape, float(found["s"][0, 1].round(9))
    ((5, 2), 0.055092581)
    """
    d = _admitted(dimensions)
    start = _Start(family, d)
    parts = [_chunk(family, start, d[k : k + CHUNK]) for k in range(0, d.size, CHUNK)]
    points, losses, *blocks = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    system = family.system
    names = [system.name(component) for component in system.components]
    sizes = system.float_dimensions(d)
    return Sweep(
        d,
        {orbit.name: row for orbit, row in zip(family.group.orbits, points, strict=True)},
        losses,
        dict(zip(names, blocks, strict=True)),
        dict(zip(names, sizes, strict=True)),
    )


def _admitted(dimensions: Any) -> np.ndarray:
    try:
        d = np.atleast_1d(np.array(dimensions, dtype=float))
    except (TypeError, ValueError, OverflowError):
        d = np.array([np.nan])
    if (
        d.ndim != 1
        or not d.size
        or not np.isfinite(d).all()
        or not (SMALLEST <= d.min() <= d.max() <= LARGEST)
    ):
        raise InputError(
            "The dimensions of a sweep are no list of real numbers from 6 to 10^7.",
            "below 6 branches end; beyond 10^7 compiled numbers have too few digits.",
            "Use .at(d) for those.",
        )
    return d


class _Start:
    """Where Newton's method begins: d (w - limit) at a few dimensions, interpolated in d**(-1/4)."""

    def __init__(self, family: Any, d: np.ndarray) -> None:
        self.branch = family.branch
        self.exact = family.limit.is_exact
        # Without a limit d (w - limit) need not be bounded: such members are carried along one by one.
        self.each = family.anchored is not None
        low, high = d.max() ** -0.25, d.min() ** -0.25
        angles = np.pi * (np.arange(NODES) + 0.5) / NODES
        self.signs = (-1.0) ** np.arange(NODES) * np.sin(angles)
        self.nodes = 0.5 * (low + high) + 0.5 * (high - low) * np.cos(angles)
        if not (self.exact or self.each):
            ends = self.nodes**-4.0
            self.known = np.array(
                [e * (self.branch.start(e) - self.branch.leading(e)) for e in ends]
            ).T

    def at(self, d: np.ndarray) -> np.ndarray:
        """Return block coordinates, one column per dimension."""
        if self.each:
            return np.array([self.branch.start(float(x)) for x in d]).T
        leading = self.branch.leading(d[None, :]).reshape(-1, d.size)
        if self.exact:
            return leading
        gaps = d**-0.25 - self.nodes[:, None]
        exact = np.abs(gaps) < 1e-14
        shares = self.signs[:, None] / np.where(exact, 1.0, gaps)
        hit = exact.any(axis=0)
        shares[:, hit] = exact[:, hit] / np.maximum(exact[:, hit].sum(axis=0), 1)
        return leading + (self.known @ shares) / shares.sum(axis=0) / d


def _chunk(family: Any, start: _Start, d: np.ndarray) -> list[np.ndarray]:
    """Return block coordinates, loss, and the eigenvalues of every component."""
    system = family.system
    pairs = np.zeros((1 + len(family.group.orbits), 2, d.size))
    pairs[0, 0], pairs[1:, 0] = d, start.at(d)
    if not start.exact:
        _newton(family, pairs)
    found = run_tape(system.pair_spectral, pairs)
    metrics = system.float_grams(d)
    blocks, place = [], 0
    for component in system.components:
        n = component.multiplicity
        rows = slice(1 + place, 1 + place + n * n)
        high, low = (found[rows, part].reshape(n, n, d.size) for part in range(2))
        metric = metrics[place : place + n * n].reshape(n, n, d.size)
        blocks.append(_silenced(block_spectra(high, low, metric), system.silent(component)))
        place += n * n
    return [pairs[1:, 0], found[0, 0] + found[0, 1], *blocks]


def _silenced(values: np.ndarray, silent: int) -> np.ndarray:
    """Put zeros for the eigenvalues that rescaling a neuron keeps there, the smallest ones in size."""
    if silent:
        smallest = np.argsort(np.abs(values), axis=0)[:silent]
        np.put_along_axis(values, smallest, 0.0, axis=0)
        values.sort(axis=0)
    return values


def _newton(family: Any, pairs: np.ndarray) -> None:
    """Solve for the block coordinates: in float64 until rounding stops it, then with residuals in pairs of floats."""
    system, d = family.system, pairs[0, 0]
    point, n = pairs[1:, 0], len(pairs) - 1
    step, start = np.empty((n, d.size)), point.copy()
    for _ in range(STEPS):
        values = system.float_equations(d, *point)
        solve_each(values[n:], values[:n], step)
        point -= step
        if (np.abs(step).max(axis=0) * d < 1e-6 + 1e-13 * d * d).all():
            break
    for _ in range(STEPS):
        residual = run_tape(system.pair_gradient, pairs)
        solve_each(values[n:], residual[:, 0], step)
        _move(pairs[1:], step)
        if (np.abs(step).max(axis=0) * d < SETTLED).all():
            if (np.abs(point - start).max(axis=0) * d <= CLOSE).all():
                return
            break
    raise ConvergenceError(
        f"Newton's method did not converge for {family.name} at all dimensions.",
        "the branch turns too fast between the nodes of the interpolation.",
        "Sweep over a narrower range, or use .at(d).",
    )


def _move(pairs: np.ndarray, step: np.ndarray) -> None:
    """Subtract a step from numbers in two parts."""
    high, low = pairs[:, 0], pairs[:, 1] - step
    total = high + low
    pairs[:, 1] = low - (total - high)
    pairs[:, 0] = total
