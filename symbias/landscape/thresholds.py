"""Fractional dimensions at which an eigenvalue of a family changes its sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, DomainError
from symbias.landscape.critical_point import FLOAT_DIGITS
from symbias.landscape.dimension import at_dimension
from symbias.landscape.small_blocks import require_elements
from symbias.sym.functions.named import working_context

LARGEST = 10**6
"""Up to here sign changes are looked for."""
SMALL, RATIO, FAR_RATIO = 100, 1.04, 2.0
"""Ratio of neighbouring dimensions of the search, up to 100 and beyond."""

STEPS = 200


@dataclass(frozen=True)
class Crossing:
    """Two neighbouring dimensions between which eigenvalues of a component change sign.

    Parameters
    ----------
    component : str
        Which one.
    place : int
        Which of its eigenvalues, ascending.
    low, high : Fraction
        The dimensions.

    Examples
    --------
    >>> Crossing("s", 0, Fraction(5), Fraction(6)).component
    's'
    """

    component: str
    place: int
    low: Fraction
    high: Fraction


def thresholds(family: Any, digits: int) -> list[tuple[str, Any]]:
    """Return the dimensions at which eigenvalues of a family change sign.

    Parameters
    ----------
    family : Family
        The family.
    digits : int
        Correct digits.

    Returns
    -------
    list of (str, float or mpf)
        Component and dimension, descending: from 10^6 to the end of the branch. Two sign changes of one eigenvalue
        within four per cent of each other would be missed.

    Examples
    --------
    >>> import symbias as sb
    >>> thresholds(sb.PopulationLoss(sb.activations.relu).family("II"), 10)[0]
    ('s', 5.58550524...)
    """
    found = []
    for crossing in _crossings(family):
        value = _root(family, crossing, digits)
        found.append((crossing.component, float(value) if digits <= FLOAT_DIGITS else value))
    return sorted(found, key=lambda pair: -pair[1])


def _crossings(family: Any) -> Iterator[Crossing]:
    """Yield neighbours in the search between which eigenvalues change sign, once for each that does."""
    before: tuple[Fraction, dict[str, int | None]] | None = None
    missing: DomainError | None = None
    for d in _grid():
        try:
            here = (d, _negative(family, d))
        except DomainError as error:
            if before is not None:
                return
            missing = error
            continue
        if before is not None:
            for name, count in here[1].items():
                known = before[1][name]
                if count is None or known is None:
                    continue
                for place in range(*sorted((count, known))):
                    yield Crossing(name, place, d, before[0])
        before = here
    if missing is not None and before is None:
        raise missing


def _grid() -> Iterator[Fraction]:
    """Yield dimensions, descending, none of them an integer; coarser where the expansion in 1/sqrt(d) holds."""
    d = LARGEST + 0.375
    while d > 1:
        yield Fraction(d)
        d /= RATIO if d < SMALL else FAR_RATIO


def _eigenvalues(family: Any, component: str, d: Fraction, digits: int) -> list[Any]:
    """Return the eigenvalues of a component but for those that rescalings keep at zero."""
    return [x for x in family.at(d, digits).spectrum().of(component) if x != 0]


def _negative(family: Any, d: Fraction) -> dict[str, int | None]:
    """Return the number of negative eigenvalues in the block of every component, in float64."""
    require_elements(family, d)
    system, point = family.system, family.branch.start(float(d))
    flat = system.float_blocks(float(d), *point)
    found: dict[str, int | None] = {}
    for component, entries in zip(system.components, system.split(flat).values(), strict=True):
        n = component.multiplicity
        if at_dimension(component.dimension, family.size, d) <= 0:
            found[system.name(component)] = None  # no such eigenvalues, whatever the block says
            continue
        values = np.linalg.eigvals(np.reshape(entries, (n, n))).real
        # What rescalings keep at zero is not zero in floats.
        loud = sorted(values, key=abs)[system.silent(component) :]
        found[system.name(component)] = sum(value < 0 for value in loud)
    return found


def _root(family: Any, crossing: Crossing, digits: int) -> Any:
    """Return where an eigenvalue vanishes, by the secant method kept inside a bracket (Illinois)."""
    context = working_context(int(3.33 * digits) + 60)

    def value(d: Any) -> Any:
        found = _eigenvalues(family, crossing.component, _exact(d), digits + 10)
        return context.convert(found[crossing.place])

    low, high = (context.mpf(x.numerator) / x.denominator for x in (crossing.low, crossing.high))
    below, above = value(low), value(high)
    last, moved = high, None
    for _ in range(STEPS):
        d = (low * above - high * below) / (above - below)
        here = value(d)
        if abs(d - last) <= abs(d) * context.mpf(10) ** (-digits - 3) or here == 0:
            return d
        last = d
        side = (here > 0) == (above > 0)
        # An end that stays twice in a row counts half, or it would stay for ever; always, this were bisection.
        share = 2 if side == moved else 1
        moved = side
        if side:
            high, above, below = d, here, below / share
        else:
            low, below, above = d, here, above / share
    raise ConvergenceError(
        f"The threshold of {family.name} in component {crossing.component} was not reached.",
        "the eigenvalue touches zero there, or the digits asked for exceed the precision.",
        "Ask for fewer digits.",
    )


def _exact(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -size if sign else size
