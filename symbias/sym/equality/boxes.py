"""Boxes: a finite interval for every symbol, cut in halves; integer symbols take whole values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symbias.sym.equality.interval import Interval, ball_library, ends, interval

NARROW = 2.0**-56
"""The square of it is still far above the rounding of `subdivision.BITS` bits: functions touch 0 like squares."""


@dataclass(frozen=True)
class Box:
    """A product of intervals.

    Parameters
    ----------
    sides : tuple of flint.arb or Interval
        One per symbol; a ball where the symbol has one value.
    whole : tuple of bool
        Which symbols are integers.

    Examples
    --------
    >>> [half.sides for half in Box((interval(0, 2),), (False,)).halves(0)]
    [(Interval(0.0, 1.0),), (Interval(1.0, 2.0),)]
    >>> whole = Box((interval(0, 2),), (True,))
    >>> [half.sides for half in whole.halves(0)], whole.middle()
    ([(Interval(0.0, 1.0),), (2.00000000000000,)], (1.00000000000000,))
    >>> whole.replaced(0, interval(3, 3)).sides
    (3.00000000000000,)
    """

    sides: tuple[Any, ...]
    whole: tuple[bool, ...]

    def halves(self, index: int) -> tuple[Box, Box]:
        """Return both halves along a side.

        Parameters
        ----------
        index : int
            A side that is an interval.

        Returns
        -------
        tuple of Box
            They cover the box; for integer symbols, its integers.
        """
        low, high = ends(self.sides[index])
        cut = self._cut(index)
        return (
            self.replaced(index, interval(low, cut)),
            self.replaced(index, interval(cut + 1 if self.whole[index] else cut, high)),
        )

    def replaced(self, index: int, side: Any) -> Box:
        """Return a box with another side.

        Parameters
        ----------
        index : int
            Which side.
        side : flint.arb or Interval
            The new one; an interval of one number becomes that number.

        Returns
        -------
        Box
            A copy.
        """
        point = isinstance(side, Interval) and bool(side.low == side.high)
        new = side.low if point else side
        return Box((*self.sides[:index], new, *self.sides[index + 1 :]), self.whole)

    def middle(self) -> tuple[Any, ...]:
        """Return a point of the inner half in each direction, with as few digits as there are.

        Returns
        -------
        tuple of flint.arb
            One exact number per side.
        """
        return tuple(self._cut(k) for k in range(len(self.sides)))

    def _cut(self, index: int) -> Any:
        side = self.sides[index]
        if not isinstance(side, Interval):
            return side.mid()
        if self.whole[index]:
            return ((side.low + side.high) / 2).mid().floor()
        return simplest((3 * side.low + side.high) / 4, (side.low + 3 * side.high) / 4)

    @property
    def splittable(self) -> list[int]:
        """The sides that are worth cutting: not yet narrow beside their distance from 0."""
        return [k for k, side in enumerate(self.sides) if is_wide(side)]


def is_wide(side: Any) -> bool:
    """Return whether a side is worth cutting: nothing is decided on narrower ones that was not before.

    Parameters
    ----------
    side : flint.arb or Interval
        The side.

    Returns
    -------
    bool
        False below `NARROW` beside its distance from 0, and below its square anyway.

    Examples
    --------
    >>> is_wide(interval(0, 1e-30)), is_wide(interval(1, 1 + 1e-15))
    (True, True)
    """
    if not isinstance(side, Interval):
        return False
    size = side.high.max(-side.low)
    return bool(side.high - side.low > NARROW * size.max(ball_library().arb(NARROW)))


def simplest(low: Any, high: Any) -> Any:
    """Return the number with the fewest binary digits in an interval: functions touch 0 at 0, 1 or 1/2.

    Parameters
    ----------
    low, high : flint.arb
        The ends.

    Returns
    -------
    flint.arb
        Exact; an end where they are too close.

    Examples
    --------
    >>> arb = ball_library().arb
    >>> simplest(arb(-1), arb(5)), simplest(arb(0.3), arb(0.8))
    (0, 0.500000000000000)
    """
    arb = ball_library().arb
    if low <= 0 <= high:
        return arb(0)
    width = (high - low).mid()
    if not width > 0:
        return low.mid()
    mantissa, exponent = width.man_exp()
    spacing = arb((1, int(exponent) + int(mantissa).bit_length() - 2))
    found = (low / spacing).mid().ceil() * spacing
    while True:
        spacing = 2 * spacing
        coarser = (low / spacing).mid().ceil() * spacing
        if not low <= coarser <= high:
            return found.mid()
        found = coarser


def as_rational(value: Any) -> sp.Rational:
    """Return an exact ball as the rational number it is.

    Parameters
    ----------
    value : flint.arb
        Exact.

    Returns
    -------
    sympy.Rational
        The number.

    Examples
    --------
    >>> as_rational(ball_library().arb(0.75))
    3/4
    """
    mantissa, exponent = (int(n) for n in value.man_exp())
    return sp.Rational(Fraction(mantissa) * Fraction(2) ** exponent)


def whole_box(ranges: Mapping[Any, Any]) -> Box | None:
    """Return the box of given ranges, or None where no integer lies in one.

    Parameters
    ----------
    ranges : mapping
        Symbol -> flint.arb or Interval.

    Returns
    -------
    Box or None
        Its sides in the order of the mapping.

    Examples
    --------
    >>> from symbias.sym.symbols import integer
    >>> whole_box({integer("n"): interval(0.5, 2.5)}).sides
    (Interval(1.0, 2.0),)
    """
    box = Box(tuple(ranges.values()), tuple(bool(s.is_integer) for s in ranges))
    for index, (symbol, side) in enumerate(ranges.items()):
        low, high = ends(side)
        if symbol.is_integer:
            low, high = low.ceil(), high.floor()
            if low > high:
                return None
        if isinstance(side, Interval) or symbol.is_integer:
            box = box.replaced(index, interval(low, high))
    return box
