"""Refusals of dimensions at which a block of a group would have too few elements."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbias.errors import DomainError
from symbias.landscape.dimension import at_dimension


def require_elements(family: Any, dimension: Fraction) -> None:
    """Refuse a dimension at which isotypic components have no dimension.

    Parameters
    ----------
    family : Family
        The family.
    dimension : Fraction
        The dimension.

    Raises
    ------
    DomainError
        If a block has fewer than two elements there.

    Examples
    --------
    >>> import symbias as sb
    >>> require_elements(sb.PopulationLoss(sb.activations.relu).family("A"), Fraction(3))
    """
    sizes = _sizes(family, dimension).values()
    if min(sizes, default=2) < 2:
        raise DomainError(
            f"There is no spectrum at d = {float(dimension):g}.",
            f"a block of {family.group} would have {float(min(sizes)):g} elements.",
            "Ask for a larger dimension; the weights and the loss are defined here.",
        )


def require_member(family: Any, dimension: Fraction) -> None:
    """Refuse a dimension at which a block has at most one element.

    Parameters
    ----------
    family : Family
        The family.
    dimension : Fraction
        The dimension.

    Raises
    ------
    DomainError
        If there is such a block.

    Examples
    --------
    >>> import symbias as sb
    >>> require_member(sb.PopulationLoss(sb.activations.relu).family("A"), Fraction(3, 2))
    """
    small = [name for name, size in _sizes(family, dimension).items() if size <= 1]
    if small:
        raise DomainError(
            f"The family {family.name} has no member at d = {float(dimension):g}.",
            f"block {small[0]} of {family.group} would have at most one element.",
            "Ask for a larger dimension.",
        )


def _sizes(family: Any, dimension: Fraction) -> dict[str, Fraction]:
    """Return the sizes of the blocks that move."""
    return {
        block.name: at_dimension(block.size, family.size, dimension)
        for block in family.group.blocks
        if not block.is_point
    }
