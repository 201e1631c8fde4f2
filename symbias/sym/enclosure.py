"""Enclosure: two numbers between which a value is proved to lie."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import mpmath
import sympy as sp
from mpmath.libmp import from_int, from_man_exp, mpf_ge, mpf_le, mpf_mul

from symbias.errors import BudgetError, InputError
from symbias.registry import ask
from symbias.sym.equality.interval import at_precision, ball_library, less

_DOUBLINGS = 6


class Enclosure(NamedTuple):
    """A pair ``(low, high)`` with ``low <= value <= high``, proved.

    Both are exact binary numbers, rounded outwards when they were made. Comparisons with them are exact; arithmetic and
    ``repr`` round to mpmath's current precision. Both are NaN where the value is not defined, or not shown to be.

    Parameters
    ----------
    low, high : mpmath.mpf
        The bounds.

    Examples
    --------
    >>> third = Enclosure(mpmath.mpf(0.25), mpmath.mpf(0.5))
    >>> low, high = third
    >>> third.contains(Fraction(1, 3)), third.width, third.is_defined
    (True, mpf('0.25'), True)
    """

    low: Any
    high: Any

    @property
    def is_defined(self) -> bool:
        """Whether there are bounds."""
        return bool(mpmath.isfinite(self.low) and mpmath.isfinite(self.high))

    @property
    def width(self) -> Any:
        """The distance of the bounds, exactly."""
        return mpmath.mp.fsub(self.high, self.low, exact=True)

    def contains(self, value: Any) -> bool:
        """Return whether a number lies between the bounds, decided exactly.

        Parameters
        ----------
        value : int, float, Fraction, mpf or real SymPy number
            The number.

        Returns
        -------
        bool
            False where there are no bounds.

        Raises
        ------
        InputError
            If it is no real number.
        BudgetError
            If an irrational number cannot be told from a bound.
        """
        if not self.is_defined:
            return False
        if isinstance(value, sp.Expr) and not (value.is_Rational or value.is_Float):
            return self._contains_irrational(value)
        number, scale = _scaled(value)
        low, high = (mpf_mul(end._mpf_, scale) for end in self)
        return bool(mpf_le(low, number) and mpf_ge(high, number))

    def _contains_irrational(self, value: Any) -> bool:
        program = ask("codegen.ball_twin:ball_program", [value], ())
        for doubling in range(_DOUBLINGS):
            bits = 128 << doubling
            found = program([], bits)[0]
            below, above = at_precision(bits, partial(self._around, found))
            if below is not None and above is not None:
                return below and above
        raise BudgetError(
            f"{value} cannot be told from a bound of the enclosure.",
            remedy="Ask for more digits when it is made.",
        )

    def _around(self, found: Any) -> tuple[bool | None, bool | None]:
        low, high = (exact_ball(end) for end in self)
        return less(low, found, strictly=False), less(found, high, strictly=False)


def exact_ball(value: Any) -> Any:
    """Return a multiprecision number as an exact ball.

    Parameters
    ----------
    value : mpmath.mpf
        Finite.

    Returns
    -------
    flint.arb
        The same number.

    Examples
    --------
    >>> exact_ball(mpmath.mpf(0.75))
    0.750000000000000
    """
    sign, mantissa, exponent, _ = value._mpf_
    return ball_library().arb((int(mantissa) * (-1) ** sign, int(exponent)))


def _scaled(value: Any) -> tuple[Any, Any]:
    """Return a rational number as numerator and denominator, in mpmath's raw form."""
    if hasattr(value, "_mpf_"):
        return value._mpf_, from_int(1)
    if isinstance(value, sp.Rational):
        return from_int(int(value.p)), from_int(int(value.q))
    is_rational = isinstance(value, int | float | Fraction) or hasattr(value, "as_integer_ratio")
    if is_rational and value - value == 0:  # neither infinite nor NaN
        top, bottom = value.as_integer_ratio()
        return from_int(int(top)), from_int(int(bottom))
    raise InputError(f"{value!r} is not a real number.", remedy="Pass a float or a Fraction.")


def binary(mantissa: int, exponent: int) -> Any:
    """Return ``mantissa * 2**exponent`` exactly, whatever mpmath's precision is.

    Parameters
    ----------
    mantissa, exponent : int
        Any integers.

    Returns
    -------
    mpmath.mpf
        The number.

    Examples
    --------
    >>> binary(3, -2)
    mpf('0.75')
    """
    return mpmath.mp.make_mpf(from_man_exp(mantissa, exponent))
