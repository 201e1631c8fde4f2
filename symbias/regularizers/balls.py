"""Real numbers known up to a radius: fixed point on Python integers, cheap and free of any global precision."""

from __future__ import annotations

import sympy as sp

BITS = 640
"""Binary places of a midpoint."""


class Ball:
    """A real number in [middle - radius, middle + radius], both in units of 2**-BITS.

    Parameters
    ----------
    middle, radius : int
        Fixed point.

    Examples
    --------
    >>> third = Ball.fraction(1, 3)
    >>> (third * 3 - Ball.fraction(1, 1)).excludes_zero(), third.excludes_zero()
    (False, True)
    >>> third.number(6)
    0.333333
    """

    __slots__ = ("middle", "radius")

    def __init__(self, middle: int, radius: int = 0) -> None:
        self.middle, self.radius = middle, radius

    @classmethod
    def fraction(cls, top: int, bottom: int) -> Ball:
        """Return a rational number.

        Parameters
        ----------
        top, bottom : int
            Numerator and positive denominator.

        Returns
        -------
        Ball
            Of radius zero where the number is dyadic.
        """
        middle, rest = divmod(top << BITS, bottom)
        return cls(middle, int(rest != 0))

    def __bool__(self) -> bool:
        """Whether this is anything but an exact zero."""
        return bool(self.middle or self.radius)

    def excludes_zero(self) -> bool:
        """Return whether the number is proved nonzero.

        Returns
        -------
        bool
            True if it is.
        """
        return abs(self.middle) > self.radius

    def __add__(self, other: Ball) -> Ball:
        return Ball(self.middle + other.middle, self.radius + other.radius)

    def __sub__(self, other: Ball) -> Ball:
        return Ball(self.middle - other.middle, self.radius + other.radius)

    def __neg__(self) -> Ball:
        return Ball(-self.middle, self.radius)

    def __mul__(self, other: Ball | int) -> Ball:
        if isinstance(other, int):
            return Ball(self.middle * other, self.radius * abs(other))
        a, b, x, y = self.middle, other.middle, self.radius, other.radius
        if not ((a or x) and (b or y)):
            return Ball(0)
        return Ball((a * b) >> BITS, ((abs(a) * y + abs(b) * x + x * y) >> BITS) + 2)

    def __truediv__(self, other: Ball | int) -> Ball:
        if isinstance(other, int):
            return Ball(self.middle // other, self.radius // abs(other) + 2)
        if not other.excludes_zero():
            raise ZeroDivisionError
        # |a/b - a0/b0| <= (da |b0| + |a0| db) / (|b0| (|b0| - db))
        size = abs(other.middle)
        spread = (self.radius * size + abs(self.middle) * other.radius) << BITS
        radius = spread // (size * (size - other.radius)) + 2
        return Ball((self.middle << BITS) // other.middle, radius)

    def number(self, most: int = 30) -> sp.Float:
        """Return the midpoint with the digits that are proved.

        Parameters
        ----------
        most : int
            Most digits.

        Returns
        -------
        sympy.Float
            Of at least one digit.
        """
        ratio = abs(self.middle) // max(self.radius, 1)
        digits = max(1, min(most, len(str(ratio)) - 2))
        return sp.Float(sp.Rational(self.middle, 1 << BITS), digits)
