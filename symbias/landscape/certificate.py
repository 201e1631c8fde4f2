"""Proof by interval arithmetic that a critical point exists, is alone in a box, and has the index that was computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbias.codegen.ball_twin import enclosure
from symbias.errors import ConvergenceError, DomainError
from symbias.landscape.block_enclosures import BlockEnclosure, block_enclosures
from symbias.landscape.system import resized
from symbias.solvers.krawczyk import ProvedSolution, solve
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
        found = existence(point, point.dimension, digits)
    except (ConvergenceError, DomainError) as error:
        return Certificate(False, 0.0, None, None, f"Nothing is proved: {error}")
    if not all(b.contains(x.mid()) for b, x in zip(found.alone, point.point, strict=True)):
        why = "the solution that was proved is not the point that was given"
        return Certificate(False, 0.0, None, None, f"Nothing is proved: {why}.")
    radius, box = found.radius, found.inside
    blocks = list(block_enclosures(point, point.dimension, box, bits))
    smallest = _smallest(blocks, bits)
    # Where nothing is silent and the smallest eigenvalue is positive, that is the index.
    settled = smallest is not None and smallest.low > 0 and not any(b.silent for b in blocks)
    index = 0 if settled else _index(blocks, bits)
    if index is None or smallest is None:
        why = "an eigenvalue is too close to zero for the digits carried"
        return Certificate(False, radius, None, None, f"The index is not proved: {why}.")
    return Certificate(True, radius, index, smallest, _statement(point, radius, index, smallest))


def existence(point: Any, dimension: Any, digits: int) -> ProvedSolution:
    """Return the member of a family next to a point, proved to exist and to be alone in a box.

    Parameters
    ----------
    point : CriticalPoint
        Where the box is centred.
    dimension : flint.arb
        The dimension; of a wide ball, the box holds exactly one critical point for each dimension in it.
    digits : int
        Width aimed at.

    Returns
    -------
    ProvedSolution
        Of radius zero where the family is known in closed form.

    Raises
    ------
    ConvergenceError
        If no box passes the test.

    Examples
    --------
    >>> import symbias as sb
    >>> point = sb.PopulationLoss(sb.activations.relu).family("II").at(20)
    >>> existence(point, point.dimension, 20).radius > 1e-8
    True
    """
    family = point.family
    if family.limit.is_exact:
        return ProvedSolution(list(point.point), [x.mid() for x in point.point])

    def evaluate(values: list[Any], bits: int) -> list[Any]:
        return family.system.ball_equations([dimension, *values], bits)

    return solve(evaluate, point.point, digits, FIRST_RADIUS / float(point.d))


def _index(blocks: list[BlockEnclosure], bits: int) -> Any:
    """Return the proved number of negative eigenvalues, or None."""
    total: Any = 0
    for block in blocks:
        negative = block.negative(min(map(abs, block.loud), default=1.0) / 2, bits)
        if negative is None:
            return None
        total += negative * block.multiplicity
    return total


def _smallest(blocks: list[BlockEnclosure], bits: int) -> Any:
    """Return an enclosure of the smallest eigenvalue that is not zero by symmetry, or None."""
    first = min((block for block in blocks if block.loud), key=lambda block: min(block.loud))
    smallest = min(first.loud)
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
