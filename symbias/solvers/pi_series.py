"""Truncated Laurent series in one small variable, with coefficients that are rational functions of pi, exactly.

A series is a list of polynomials in pi over one common denominator. Every operation knows to which order its result
holds, so nothing is ever reported beyond what the arguments determine.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

from symbias.errors import BudgetError, DomainError
from symbias.solvers.pi_polynomials import (
    common_denominator,
    expression,
    reduced,
    sign_at_pi,
    square_root,
)
from symbias.sym.equality.interval import ball_library


class Series:
    """A series ``sum c_k x^k`` from k = ``low``, known below order ``top``.

    Parameters
    ----------
    numerators : list of flint.fmpz_poly
        In pi, of the coefficients from ``low`` on.
    denominator : flint.fmpz_poly
        Common to all of them.
    low : int
        Order of the first coefficient.
    top : int
        Order of the first coefficient that is not known.

    Examples
    --------
    >>> x = Series.variable(6)
    >>> (1 / (1 - x)).coefficients(3)
    [1, 1, 1]
    >>> half = Series.pi(6) * x / 2
    >>> half, half.coefficient(1), half.numerator(1), half.sign()
    (Series(pi/2*x^1 + O(x^7)), pi/2, x, 1)
    >>> (Series.constant(4, 3) + x).sqrt()
    Series(2*x^0 + 1/4*x^1 + -1/64*x^2 + O(x^3))
    >>> x.arctan(), x.arctan().derivative().below(4), x.integral()
    (Series(1*x^1 + -1/3*x^3 + 1/5*x^5 + O(x^7)), Series(1*x^0 + -1*x^2 + O(x^4)), Series(1/2*x^2 + O(x^8)))
    >>> x.below(2), x.below(2).padded(3), (2 * x).inverse().below(1)
    (Series(1*x^1 + O(x^2)), Series(1*x^1 + O(x^3)), Series(1/2*x^-1 + O(x^1)))
    """

    __slots__ = ("denominator", "low", "numerators", "top")

    def __init__(self, numerators: list[Any], denominator: Any, low: int, top: int) -> None:
        first = next((k for k, n in enumerate(numerators) if n), len(numerators))
        numerators = numerators[first : max(first, top - low)]
        while numerators and not numerators[-1]:
            numerators.pop()
        self.low = low + first if numerators else top
        self.top = top
        self.numerators, self.denominator = reduced(numerators, denominator)

    @classmethod
    def constant(cls, value: Any, terms: int) -> Series:
        """Return a rational number as a series.

        Parameters
        ----------
        value : int or Fraction
            The number.
        terms : int
            How many orders are carried.

        Returns
        -------
        Series
            Known to that order.
        """
        flint, number = ball_library(), Fraction(value)
        return cls(
            [flint.fmpz_poly([number.numerator])],
            flint.fmpz_poly([number.denominator]),
            0,
            terms,
        )

    @classmethod
    def pi(cls, terms: int) -> Series:
        """Return pi.

        Parameters
        ----------
        terms : int
            How many orders are carried.

        Returns
        -------
        Series
            A constant.
        """
        flint = ball_library()
        return cls([flint.fmpz_poly([0, 1])], flint.fmpz_poly([1]), 0, terms)

    @classmethod
    def variable(cls, terms: int, power: int = 1) -> Series:
        """Return a power of the variable.

        Parameters
        ----------
        terms : int
            How many orders are carried.
        power : int
            Which power.

        Returns
        -------
        Series
            The power.
        """
        flint = ball_library()
        return cls([flint.fmpz_poly([1])], flint.fmpz_poly([1]), power, power + terms)

    @property
    def known_zero(self) -> bool:
        """Whether every known coefficient vanishes."""
        return not self.numerators

    @property
    def terms(self) -> int:
        """How many orders are known from the first coefficient on."""
        return self.top - self.low

    def below(self, top: int) -> Series:
        """Return the series cut off at an order.

        Parameters
        ----------
        top : int
            The first order that is forgotten.

        Returns
        -------
        Series
            Known below it.
        """
        return Series(self.numerators, self.denominator, self.low, min(top, self.top))

    def padded(self, top: int) -> Series:
        """Return the polynomial that is known, taken for all there is.

        Parameters
        ----------
        top : int
            The order up to which zeros are written.

        Returns
        -------
        Series
            Known below that order.
        """
        return Series(self.numerators, self.denominator, min(self.low, top), top)

    def numerator(self, order: int) -> Any:
        """Return the numerator of a coefficient.

        Parameters
        ----------
        order : int
            Its order.

        Returns
        -------
        flint.fmpz_poly
            In pi.
        """
        k = order - self.low
        inside = 0 <= k < len(self.numerators)
        return self.numerators[k] if inside else ball_library().fmpz_poly([])

    def coefficients(self, count: int) -> list[Any]:
        """Return the first coefficients as SymPy expressions in pi.

        Parameters
        ----------
        count : int
            How many, from ``low`` on.

        Returns
        -------
        list of sympy.Expr
            Factored.
        """
        return [self.coefficient(self.low + k) for k in range(count)]

    def coefficient(self, order: int) -> Any:
        """Return a coefficient as a SymPy expression in pi.

        Parameters
        ----------
        order : int
            Its order; it must be known.

        Returns
        -------
        sympy.Expr
            Numerator over denominator, the latter factored.
        """
        if order >= self.top:
            raise TooFewTerms
        (top,), bottom = reduced([self.numerator(order)], self.denominator)
        return expression(top, bottom)

    def sign(self) -> int:
        """Return the sign of the series for small positive x: of its first coefficient.

        Returns
        -------
        int
            1 or -1; 0 where nothing but zeros is known.
        """
        if self.known_zero:
            return 0
        return sign_at_pi(self.numerators[0]) * sign_at_pi(self.denominator)

    # --- arithmetic ---

    def __add__(self, other: Any) -> Series:
        other = self._like(other)
        low, top = min(self.low, other.low), min(self.top, other.top)
        ours, theirs, denominator = common_denominator(self.denominator, other.denominator)
        numerators = [
            self.numerator(k) * ours + other.numerator(k) * theirs for k in range(low, top)
        ]
        return Series(numerators, denominator, low, top)

    __radd__ = __add__

    def __neg__(self) -> Series:
        return Series([-n for n in self.numerators], self.denominator, self.low, self.top)

    def __sub__(self, other: Any) -> Series:
        return self + (-self._like(other))

    def __rsub__(self, other: Any) -> Series:
        return self._like(other) - self

    def __mul__(self, other: Any) -> Series:
        other = self._like(other)
        low = self.low + other.low
        top = min(self.low + other.top, other.low + self.top)
        zero = ball_library().fmpz_poly([])
        found = [zero] * max(top - low, 0)
        for i, a in enumerate(self.numerators):
            if a:
                for j, b in enumerate(other.numerators[: max(top - low - i, 0)]):
                    if b:
                        found[i + j] = found[i + j] + a * b
        return Series(found, self.denominator * other.denominator, low, top)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Series:
        return self * self._like(other).inverse()

    def __rtruediv__(self, other: Any) -> Series:
        return self._like(other) * self.inverse()

    def __pow__(self, exponent: int) -> Series:
        if exponent < 0:
            return self.inverse() ** (-exponent)
        found = Series.constant(1, max(self.terms, 1))
        for _ in range(exponent):
            found = found * self
        return found

    def _like(self, value: Any) -> Series:
        if isinstance(value, Series):
            return value
        reach = max(self.top, 1) - min(self.low, 0)
        return Series.constant(value, reach)

    def inverse(self) -> Series:
        """Return one over the series.

        Returns
        -------
        Series
            Known to as many orders.
        """
        if self.known_zero:
            raise ZeroDivisionError
        low, count = -self.low, self.terms
        (top,), bottom = reduced([self.numerators[0]], self.denominator)
        found = Series([bottom], top, low, low + 1)
        known = 1
        while known < count:
            # Newton's method for 1/a: every step doubles the number of exact terms.
            known = min(2 * known, count)
            here = found.padded(low + known)
            found = here * (2 - self.below(self.low + known) * here)
        return found

    def sqrt(self) -> Series:
        """Return the square root that is positive for small x.

        Returns
        -------
        Series
            Known to as many orders.

        Raises
        ------
        DomainError
            If the first coefficient is negative.
        BudgetError
            If its order is odd (a finer variable is needed) or it is no square in Q(pi).
        """
        if self.known_zero or self.sign() < 0:
            raise DomainError(
                "A series under a square root vanishes or is negative.",
                "the point is on the boundary of where the loss is smooth.",
                "Ask for another family.",
            )
        if self.low % 2:
            raise Ramified
        (top,), bottom = reduced([self.numerators[0]], self.denominator)
        root = [square_root(top)], square_root(bottom)
        leading = Series(*root, self.low // 2, self.low // 2 + self.terms)
        if leading.sign() < 0:
            leading = -leading
        return leading * _root_near_one(self / (leading * leading))

    def arctan(self) -> Series:
        """Return the arc tangent of a series without a constant term.

        Returns
        -------
        Series
            Known to as many orders.
        """
        return (self.derivative() / (1 + self * self)).integral()

    def derivative(self) -> Series:
        """Return the derivative by the variable.

        Returns
        -------
        Series
            Known to one order less.
        """
        numerators = [n * (self.low + k) for k, n in enumerate(self.numerators)]
        return Series(numerators, self.denominator, self.low - 1, self.top - 1)

    def integral(self) -> Series:
        """Return the integral from zero; there is no term of order -1.

        Returns
        -------
        Series
            Known to one order more.
        """
        flint = ball_library()
        orders = [self.low + k + 1 for k in range(len(self.numerators))]
        common = lcm(*orders)
        numerators = [n * (common // k) for n, k in zip(self.numerators, orders, strict=True)]
        denominator = self.denominator * flint.fmpz_poly([common])
        return Series(numerators, denominator, self.low + 1, self.top + 1)

    def __repr__(self) -> str:
        shown = [
            f"{self.coefficient(k)}*x^{k}"
            for k in range(self.low, self.low + len(self.numerators))
            if self.numerator(k)
        ]
        return f"Series({' + '.join([*shown, f'O(x^{self.top})'])})"


class TooFewTerms(Exception):  # noqa: N818 - a finding
    """A coefficient that is needed lies beyond the orders that were carried."""


class Ramified(Exception):  # noqa: N818 - a finding
    """An odd power of the variable stands under a square root: the expansion is in its square root."""


def angle(y: Series, x: Series) -> Series:
    """Return the angle of the point (x, y), y not negative, as atan2 does.

    Parameters
    ----------
    y, x : Series
        The coordinates.

    Returns
    -------
    Series
        Between 0 and pi.

    Raises
    ------
    BudgetError
        If both tend to zero alike, at an angle that is no multiple of pi/4.

    Examples
    --------
    >>> angle(Series.variable(4), Series.constant(-1, 4))
    Series(pi*x^0 + -1*x^1 + 1/3*x^3 + O(x^4))
    """
    if x.known_zero and x.top > y.low:
        return Series.pi(x.top - y.low) / 2
    if y.low < x.low:
        return Series.pi(y.terms) / 2 - (x / y).arctan()
    if y.low > x.low:
        start = Series.pi(x.terms) if x.sign() < 0 else Series.constant(0, x.terms)
        return start + (y / x).arctan()
    ratio = y / x
    first = ratio.coefficient(0)
    if abs(first) != 1:
        raise BudgetError(
            f"The angle with tangent {first} is no rational function of pi.",
            remedy="The coefficients of this expansion lie outside Q(pi); use .at(d) at large d.",
        )
    middle = Series.pi(ratio.terms) * (Fraction(1, 4) if first == 1 else Fraction(3, 4))
    turned = (ratio - int(first)) / (1 + ratio * int(first))
    return middle + turned.arctan()


def _root_near_one(square: Series) -> Series:
    """Return the square root of 1 + O(x), by Newton's method for its inverse."""
    found, known, count = Series.constant(1, 1), 1, square.terms
    while known < count:
        known = min(2 * known, count)
        here = found.padded(known)
        found = here * (3 - square.below(known) * here * here) * Fraction(1, 2)
    return square * found
