"""Truncated power series in a time t, the numbers that the necessary tests compute with.

A quantity of a curve theta(t) becomes its series c_0 + c_1 t + ... up to an order. One coefficient that is proved
nonzero proves that the quantity does not vanish along the curve; nothing is ever concluded from zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class UndecidedError(Exception):
    """A leading coefficient may be zero or not: internal to the necessary tests."""


class Jet:
    """A Laurent series known to finite order: coefficients of t**low, t**(low + 1), ... and nothing beyond.

    Parameters
    ----------
    low : int
        The exponent of the first coefficient.
    coefficients : sequence
        Exact rationals or balls; leading exact zeros are stripped.

    Examples
    --------
    >>> from fractions import Fraction
    >>> x = Jet(0, [Fraction(1), Fraction(2), Fraction(0)])
    >>> (x * x).coefficients == [1, 4, 4]
    True
    >>> (x / x).coefficients == [1, 0, 0], (x - x).coefficients, (x - x).end
    (True, [], 3)
    """

    __slots__ = ("coefficients", "low")

    def __init__(self, low: int, coefficients: Sequence[Any]) -> None:
        start = 0
        while start < len(coefficients) and not coefficients[start]:
            start += 1
        self.low = low + start
        self.coefficients = list(coefficients[start:]) if start else list(coefficients)

    @property
    def end(self) -> int:
        """The first exponent of which nothing is known."""
        return self.low + len(self.coefficients)

    def __add__(self, other: Jet) -> Jet:
        low, end = min(self.low, other.low), min(self.end, other.end)
        if self.low > low:
            self, other = other, self  # noqa: PLW0642 - addition commutes
        shift = other.low - low
        own = self.coefficients[: max(end - low, 0)]
        if shift < len(own):
            tail = [a + b for a, b in zip(own[shift:], other.coefficients, strict=False)]
            return Jet(low, own[:shift] + tail)
        return Jet(low, own) if own else Jet(end, [])

    def __neg__(self) -> Jet:
        return Jet(self.low, [-c for c in self.coefficients])

    def __sub__(self, other: Jet) -> Jet:
        return self + (-other)

    def __mul__(self, other: Jet) -> Jet:
        a, b = self.coefficients, other.coefficients
        count = min(len(a), len(b))
        if count == 1:
            return Jet(self.low + other.low, [a[0] * b[0]])
        found = []
        for n in range(count):
            total = a[0] * b[n]
            for k in range(1, n + 1):
                if a[k] and b[n - k]:
                    total += a[k] * b[n - k]
            found.append(total)
        return Jet(self.low + other.low, found)

    def __truediv__(self, other: Jet) -> Jet:
        b = other.coefficients
        if not b or not proved(b[0]):
            raise UndecidedError
        found: list[Any] = []
        for n in range(min(len(self.coefficients), len(b))):
            total = self.coefficients[n]
            for k in range(n):
                total = total - found[k] * b[n - k]
            found.append(total / b[0])
        return Jet(self.low - other.low, found)

    def scaled(self, factor: Any) -> Jet:
        """Return a multiple.

        Parameters
        ----------
        factor : number
            An integer or a coefficient.

        Returns
        -------
        Jet
            The product.

        Examples
        --------
        >>> Jet(0, [3, 1]).scaled(2).coefficients
        [6, 2]
        """
        return Jet(self.low, [c * factor for c in self.coefficients])

    def over(self, divisor: int) -> Jet:
        """Return a quotient by an integer.

        Parameters
        ----------
        divisor : int
            Not zero.

        Returns
        -------
        Jet
            The quotient.

        Examples
        --------
        >>> Jet(0, [3.0, 1.0]).over(2).coefficients
        [1.5, 0.5]
        """
        return Jet(self.low, [c / divisor for c in self.coefficients])

    def integral(self, start: Any) -> Jet:
        """Return the antiderivative with a given value at t = 0.

        Parameters
        ----------
        start : coefficient
            The value there.

        Returns
        -------
        Jet
            Known to one order more.

        Examples
        --------
        >>> Jet(0, [3.0, 1.0]).integral(7).coefficients
        [7, 3.0, 0.5]
        """
        zero = start - start
        padded = [zero] * self.low + self.coefficients
        return Jet(0, [start, *(c / (n + 1) for n, c in enumerate(padded))])

    def first_proved(self) -> tuple[int, Any] | None:
        """Return the first coefficient that is proved nonzero, with its exponent.

        Returns
        -------
        tuple or None
            ``(exponent, coefficient)``.

        Examples
        --------
        >>> Jet(-1, [0, 5]).first_proved()
        (0, 5)
        """
        for n, c in enumerate(self.coefficients):
            if proved(c):
                return self.low + n, c
        return None


def proved(coefficient: Any) -> bool:
    """Return whether a coefficient is proved nonzero.

    Parameters
    ----------
    coefficient : number or Ball
        Exact, or known up to a radius.

    Returns
    -------
    bool
        False for an exact zero and for a ball that contains it.

    Examples
    --------
    >>> proved(2), proved(0)
    (True, False)
    """
    excludes = getattr(coefficient, "excludes_zero", None)
    return bool(coefficient) if excludes is None else bool(excludes())


def dot(left: Sequence[Jet | None], right: Sequence[Jet | None], zero: Jet) -> Jet:
    """Return a scalar product of vectors whose structural zeros are None.

    Parameters
    ----------
    left, right : sequence of Jet or None
        Of one length.
    zero : Jet
        Zero, to the working order.

    Returns
    -------
    Jet
        The product.

    Examples
    --------
    >>> dot([Jet(0, [2]), None], [Jet(0, [3]), Jet(0, [1])], Jet(1, [])).coefficients
    [6]
    """
    found = None
    for a, b in zip(left, right, strict=True):
        if a is not None and b is not None:
            term = a * b
            found = term if found is None else found + term
    return zero if found is None else found


def inverse(matrix: Sequence[Sequence[Jet]], zero: Jet, one: Jet) -> list[list[Jet]] | None:
    """Return the inverse of a matrix of series by elimination, pivots of lowest order first.

    Parameters
    ----------
    matrix : sequence of sequences of Jet
        Square.
    zero, one : Jet
        To the working order.

    Returns
    -------
    list of lists of Jet, or None
        None where no pivot is left: to the known order the determinant vanishes.

    Raises
    ------
    UndecidedError
        If the sign of every pivot left is unknown.

    Examples
    --------
    >>> zero, one = Jet(1, []), Jet(0, [1.0])
    >>> inverse([[Jet(0, [2.0])]], zero, one)[0][0].coefficients
    [0.5]
    """
    d = len(matrix)
    rows = [[*row, *(one if n == m else zero for m in range(d))] for n, row in enumerate(matrix)]
    for n in range(d):
        usable = [
            (row[n].low, k)
            for k, row in enumerate(rows[n:], n)
            if row[n].coefficients and proved(row[n].coefficients[0])
        ]
        if not usable:
            if any(row[n].coefficients for row in rows[n:]):
                raise UndecidedError
            return None
        chosen = min(usable)[1]
        rows[n], rows[chosen] = rows[chosen], rows[n]
        pivot = rows[n][n]
        rows[n] = [entry / pivot for entry in rows[n]]
        for k in range(d):
            if k != n and rows[k][n].coefficients:
                factor = rows[k][n]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[n], strict=True)]
    return [row[d:] for row in rows]
