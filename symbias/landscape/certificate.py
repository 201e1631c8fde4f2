"""Proof by interval arithmetic that a critical point exists, is alone in a box, and has the index that was computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.codegen.ball_twin import enclosure
from symbias.errors import ConvergenceError, DomainError
from symbias.landscape.system import resized
from symbias.solvers.block_spectra import block_spectra
from symbias.solvers.krawczyk import solve
from symbias.solvers.small_matrices import negative_below
from symbias.sym.equality.interval import interval

FIRST_RADIUS = 2.0**-20
"""Radius of the first box, times d: small enough to pass at once, large enough to say something."""


@dataclass(frozen=True)
class Certificate:
    """What was proved about a critical point.

    Parameters
    ----------
    proved : bool
        Whether existence, uniqueness in the box and the index are proved.
    radius : float
        How far the box around the point reaches in every coordinate; the point is the only critical point in it that
        the group fixes.
    index : int, float or None
        The proved number of negative eigenvalues.
    smallest_eigenvalue : Enclosure or None
        ``(low, high)`` around the smallest one, with a second layer the smallest that no rescaling keeps at zero.
    statement : str
        The theorem in one sentence, or why there is none.

    Examples
    --------
    >>> Certificate(False, 0.0, None, None, "undecided").proved
    False
    """

    proved: bool
    radius: float
    index: Any
    smallest_eigenvalue: Any
    statement: str


def certificate(point: Any) -> Certificate:
    """Return what can be proved about a critical point.

    Parameters
    ----------
    point : CriticalPoint
        Any member of a family.

    Returns
    -------
    Certificate
        Existence by Krawczyk's test on the reduced equations; the index by the inertia of the blocks at the whole
        enclosure, one block per isotypic component.

    Examples
    --------
    >>> import symbias as sb
    >>> found = certificate(sb.PopulationLoss(sb.activations.relu).family("II").at(20))
    >>> found.proved, found.index
    (True, 0)
    """
    # Enclosures have to be narrower than the digits of the answer, and the Hessian grows like d.
    digits = max(point.digits, 15) + 15 + len(str(int(point.d)))
    bits = int(3.33 * digits) + 80
    try:
        radius, box = _existence(point, digits)
    except (ConvergenceError, DomainError) as error:
        return Certificate(False, 0.0, None, None, f"Nothing is proved: {error}")
    blocks = list(_blocks(point, box, bits))
    smallest = _smallest(blocks, bits)
    # Where nothing is silent and the smallest eigenvalue is positive, that is the index.
    settled = smallest is not None and smallest.low > 0 and not any(b.silent for b in blocks)
    index = 0 if settled else _index(blocks, bits)
    if index is None or smallest is None:
        why = "an eigenvalue is too close to zero for the digits carried"
        return Certificate(False, radius, None, None, f"The index is not proved: {why}.")
    return Certificate(True, radius, index, smallest, _statement(point, radius, index, smallest))


def _existence(point: Any, digits: int) -> tuple[float, list[Any]]:
    family = point.family
    if family.limit.is_exact:
        return 0.0, list(point.point)

    def evaluate(values: list[Any], bits: int) -> list[Any]:
        return family.system.ball_equations([point.dimension, *values], bits)

    found = solve(evaluate, point.point, digits, FIRST_RADIUS / float(point.d))
    if not all(b.contains(x.mid()) for b, x in zip(found.alone, point.point, strict=True)):
        raise ConvergenceError(
            "The solution that was proved is not the point that was given.",
            "the point is no solution.",
            "Ask the family for its member.",
        )
    return min(float(b.rad()) for b in found.alone), found.inside


@dataclass(frozen=True)
class _Block:
    """A block of the Hessian on the enclosure of the point."""

    multiplicity: Any
    silent: int
    entries: list[Any]
    metric: list[Any]
    approximate: list[float]


def _blocks(point: Any, box: list[Any], bits: int) -> Iterator[_Block]:
    system = point.system
    values = system.ball_spectral([point.dimension, *box], bits)[1 + len(box) :]
    entries = system.split(values)
    metrics = system.split(system.ball_grams([point.dimension], bits))
    for component in system.components:
        multiplicity = point.polynomial(component.dimension)
        if multiplicity == 0:
            continue
        name = system.name(component)
        found = _approximate(entries[name], metrics[name])
        yield _Block(multiplicity, system.silent(component), entries[name], metrics[name], found)


def _approximate(entries: list[Any], metric: list[Any]) -> list[float]:
    """Return eigenvalues to the digits of floats; nothing rests on them but where the proof looks."""
    n = round(len(entries) ** 0.5)
    high = [float(x.mid()) for x in entries]
    low = [float((x - y).mid()) for x, y in zip(entries, high, strict=True)]
    parts = (np.array(part).reshape(n, n, 1) for part in (high, low, [float(x) for x in metric]))
    found: list[float] = block_spectra(*parts)[:, 0].tolist()
    return found


def _loud(block: _Block) -> list[float]:
    """Return the eigenvalues but for those that rescalings keep at zero."""
    return sorted(block.approximate, key=abs)[block.silent :]


def _index(blocks: list[_Block], bits: int) -> Any:
    """Return the proved number of negative eigenvalues, or None."""
    total: Any = 0
    for block in blocks:
        loud = _loud(block)
        half = min(map(abs, loud), default=1.0) / 2
        expected = sum(x < 0 for x in loud)
        # Rescaling a neuron leaves the loss as it is: so many eigenvalues are exactly zero, those near it.
        margins = (
            [(-half, expected), (half, expected + block.silent)]
            if block.silent
            else [(0.0, expected)]
        )
        for shift, count in margins:
            if negative_below(block.entries, block.metric, shift, bits) != count:
                return None
        total += expected * block.multiplicity
    return total


def _smallest(blocks: list[_Block], bits: int) -> Any:
    """Return an enclosure of the smallest eigenvalue that is not zero by symmetry, or None."""
    first = min((block for block in blocks if _loud(block)), key=lambda block: min(_loud(block)))
    smallest = min(_loud(first))
    width = abs(smallest) * 1e-12
    low, high = smallest - width, smallest + width
    for block in blocks:
        silent = block.silent if low > 0 else 0
        if negative_below(block.entries, block.metric, low, bits) != silent:
            return None
    above = negative_below(first.entries, first.metric, high, bits)
    silent = first.silent if low > 0 else 0
    return enclosure(interval(low, high)) if above is not None and above > silent else None


def _group(point: Any) -> Any:
    family = point.family
    whole = point.d.denominator == 1
    return resized(family.group, family.size, int(point.d)) if whole else family.group


def _statement(point: Any, radius: float, index: Any, smallest: Any) -> str:
    shown = int(point.d) if point.d.denominator == 1 else float(point.d)
    place = (
        f"the point is the only critical point fixed by {_group(point)} with coordinates within {radius:.3g} of it"
        if radius
        else "the teacher itself is a critical point"
    )
    kind = "a strict local minimum" if index == 0 else f"of index {index:g}"
    silent = sum(point.system.silent(c) for c in point.system.components)
    modulo = ", up to rescalings of neurons" if silent else ""
    return (
        f"For d = {shown}, {place}; it is {kind}{modulo}, with smallest eigenvalue in "
        f"[{float(smallest.low):.15g}, {float(smallest.high):.15g}]."
    )
