"""Proof by interval arithmetic that an eigenvalue of a family vanishes between two dimensions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symbias.codegen.ball_arguments import enclosed
from symbias.errors import BudgetError, ConvergenceError, DomainError, InputError, near
from symbias.landscape.block_enclosures import BlockEnclosure, block_enclosures
from symbias.landscape.certificate import existence
from symbias.landscape.critical_point import CriticalPoint
from symbias.landscape.dimension import exact_dimension
from symbias.solvers.krawczyk import ProvedSolution
from symbias.solvers.small_matrices import eigenvalues, negative_below
from symbias.sym.equality.interval import at_precision, is_defined

LEAST_DIGITS = 12
"""In a wider bracket the critical points would not fit into one small box."""

MARGIN = Fraction(1, 16)
"""Least distance of a threshold from the ends of its bracket, in units of the last digit."""


@dataclass(frozen=True)
class ThresholdCertificate:
    """What was proved about a threshold of a family.

    Parameters
    ----------
    proved : bool
        Whether the family exists on the whole bracket and an eigenvalue of the component vanishes inside.
    component : str
        Which one.
    low, high : Fraction
        The bracket of dimensions.
    negative : tuple of int, or None
        The proved numbers of negative eigenvalues of the component's block at both ends.
    statement : str
        The theorem in one sentence, or why there is none.

    Examples
    --------
    >>> ThresholdCertificate(False, "s", Fraction(5), Fraction(6), None, "undecided").proved
    False
    """

    proved: bool
    component: str
    low: Fraction
    high: Fraction
    negative: tuple[int, int] | None
    statement: str


def threshold_certificate(family: Any, threshold: str | int, digits: int) -> ThresholdCertificate:
    """Return a proved bracket around a threshold of a family.

    Parameters
    ----------
    family : Family
        The family.
    threshold : str or int
        Component, for its largest threshold, or place in the list of thresholds.
    digits : int
        Digits in which the ends agree but for the last; at least `LEAST_DIGITS` are taken.

    Returns
    -------
    ThresholdCertificate
        A proved one.

    Raises
    ------
    InputError
        If there is no such threshold.
    BudgetError
        If it cannot be proved.

    Examples
    --------
    >>> import symbias as sb
    >>> II = sb.PopulationLoss(sb.activations.relu).family("II")
    >>> found = threshold_certificate(II, "s", 15)
    >>> found.low < exact_dimension(II.thresholds(20)[0][1]) < found.high, found.negative
    (True, (1, 0))
    """
    digits = max(digits, LEAST_DIGITS)
    component, value = _chosen(family, threshold, family.thresholds(digits + 3))
    low, high = _rounded(exact_dimension(value), digits)
    found = bracket(family, component, low, high)
    if not found.proved:
        raise BudgetError(
            f"The threshold of {family.name} in component {component} near d = {float(value):.10g} is not proved.",
            found.statement,
            "Ask for another number of digits; .thresholds() gives the number without a proof.",
        )
    return found


def _chosen(family: Any, threshold: str | int, known: list[tuple[str, Any]]) -> tuple[str, Any]:
    if not known:
        raise InputError(
            f"No eigenvalue of {family.name} changes its sign.",
            remedy="Ask for a threshold of a family whose .thresholds() lists one.",
        )
    if isinstance(threshold, str):
        for entry in known:
            if entry[0] == threshold:
                return entry
        raise InputError(
            f"{family.name} has no threshold in component {threshold!r}.",
            remedy=near(threshold, {name for name, _ in known}),
        )
    if not 0 <= threshold < len(known):
        raise InputError(
            f"{family.name} has no threshold number {threshold}.",
            remedy=f"Give a component, or an integer from 0 to {len(known) - 1}.",
        )
    return known[threshold]


def _rounded(value: Fraction, digits: int) -> tuple[Fraction, Fraction]:
    """Return two decimal numbers around a number, at most two units of the last digit apart."""
    unit = Fraction(10) ** (len(str(int(value))) - digits)
    low, high = value / unit - MARGIN, value / unit + MARGIN
    return math.floor(low) * unit, math.ceil(high) * unit


def bracket(family: Any, component: str, low: Fraction, high: Fraction) -> ThresholdCertificate:
    """Return what can be proved about a threshold between two dimensions.

    Parameters
    ----------
    family : Family
        The family.
    component : str
        One that its spectrum lists.
    low, high : Fraction
        The dimensions, close enough that the members between them fit into one small box.

    Returns
    -------
    ThresholdCertificate
        Existence for all dimensions by Krawczyk's test with a ball for the dimension; the sign change by the inertia
        of the component's block at both ends, at the points that the box shows to be those of the family; that no
        other block changes, by its inertia on the whole bracket.

    Examples
    --------
    >>> import symbias as sb
    >>> II = sb.PopulationLoss(sb.activations.relu).family("II")
    >>> found = bracket(II, "s", Fraction("5.5855053"), Fraction("5.5855054"))
    >>> found.proved, found.statement
    (False, 'Nothing is proved: the block s has as many negative eigenvalues at both ends.')
    """

    def refused(why: str) -> ThresholdCertificate:
        return ThresholdCertificate(False, component, low, high, None, f"Nothing is proved: {why}")

    # The eigenvalues at the ends are about as small as the bracket is short.
    digits = len(str(int(high / (high - low)))) + 30 + len(str(int(high)))
    try:
        middle = family.at((low + high) / 2, digits)
        box, others = _between(middle, component, (low, high), digits)
        first, last = (
            _at_end(middle, family.at(d, digits), component, box, digits) for d in (low, high)
        )
    except (ConvergenceError, DomainError) as error:
        return refused(str(error))
    if first is None or last is None:
        return refused("an eigenvalue is too close to zero at an end of the bracket.")
    if first == last:
        return refused(f"the block {component} has as many negative eigenvalues at both ends.")
    negative = (first, last)
    statement = _statement(middle, component, (low, high), negative, (box, others))
    return ThresholdCertificate(True, component, low, high, negative, statement)


def _between(
    middle: CriticalPoint, component: str, ends: tuple[Fraction, Fraction], digits: int
) -> tuple[ProvedSolution, bool]:
    """Return the box of all members of a bracket, and whether all other blocks keep their inertia there."""
    if middle.system is not middle.family.system:
        raise DomainError(
            "A block has two elements in the middle of the bracket, where other equations hold.",
            remedy="Shift the bracket.",
        )
    bits = _bits(digits)
    dimension = at_precision(bits, lambda: enclosed("d", ends[0]).union(enclosed("d", ends[1])))
    found = existence(middle, dimension, digits)
    blocks = {b.component: b for b in block_enclosures(middle, dimension, found.inside, bits)}
    own = blocks.pop(component)
    unit = [int(i == j) for i in range(own.order) for j in range(own.order)]
    defined = all(is_defined(x) for x in own.entries)
    # Where the basis is one, the block is similar to a symmetric matrix and its eigenvalues are real.
    if not defined or negative_below(own.metric, unit, 0.0, bits) != 0:
        raise DomainError(
            f"The block {component} is not shown to be defined on the whole bracket.",
            remedy="Give a shorter one.",
        )
    others = [_negative(block, bits) for block in blocks.values()]
    return found, None not in others


def _at_end(
    middle: CriticalPoint, end: CriticalPoint, component: str, box: ProvedSolution, digits: int
) -> int | None:
    """Return the number of negative eigenvalues at an end, at the member that lies in the box of all members."""
    found = existence(end, end.dimension, digits)
    exact = middle.family.limit.is_exact
    if not exact and not all(b.contains(x) for b, x in zip(box.alone, found.inside, strict=True)):
        raise ConvergenceError(
            f"The member at d = {float(end.d):.10g} is not shown to be connected with the others.",
            remedy="Give a shorter bracket.",
        )
    bits = _bits(digits)
    blocks = block_enclosures(middle, end.dimension, found.inside, bits)
    return _negative(next(b for b in blocks if b.component == component), bits)


def _negative(block: BlockEnclosure, bits: int) -> int | None:
    """Return the proved number of negative eigenvalues, which may be close to zero."""
    if not block.silent:
        return block.negative(0.0, bits)
    sizes = sorted(abs(float(x)) for x in eigenvalues(block.entries, bits))[block.silent :]
    return block.negative(min(sizes, default=1.0) / 2, bits)


def _bits(digits: int) -> int:
    return int(3.33 * digits) + 80


def _statement(
    middle: CriticalPoint,
    component: str,
    ends: tuple[Fraction, Fraction],
    negative: tuple[int, int],
    proof: tuple[ProvedSolution, bool],
) -> str:
    low, high = map(_decimal, ends)
    found, others = proof
    family = middle.family
    place = (
        "the teacher itself is a critical point"
        if family.limit.is_exact
        else f"exactly one critical point fixed by {family.group} lies in a box that reaches {found.radius:.3g} in "
        "every coordinate, and it depends continuously on d"
    )
    kept = "; the blocks of all other components keep theirs" if others else ""
    return (
        f"For every d in [{low}, {high}] {place}; its block {component} has as index {negative[0]} at the lower end "
        f"and {negative[1]} at the upper, so an eigenvalue changes its sign in between{kept}."
    )


def _decimal(value: Fraction) -> str:
    """Return a number with a finite decimal expansion as one; another as a fraction."""
    digits = len(str(value.denominator))
    while digits and (value * 10 ** (digits - 1)).denominator == 1:
        digits -= 1
    if not digits or (value * 10**digits).denominator != 1:
        return str(value)
    whole, rest = divmod(value * 10**digits, 10**digits)
    return f"{whole}.{int(rest):0{digits}d}"
