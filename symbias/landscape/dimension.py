"""A dimension as an exact number: any real number may be one."""

from __future__ import annotations

import math
import numbers
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

from symbias.errors import InputError


def exact_dimension(value: Any) -> Fraction:
    """Return a dimension as a fraction.

    Parameters
    ----------
    value : int, Fraction, float, str, mpf or sympy number
        A float stands for itself, to the last bit; irrational numbers are taken to 60 digits.

    Returns
    -------
    Fraction
        The number.

    Raises
    ------
    InputError
        If it is no finite real number between 1 and 10**12.

    Examples
    --------
    >>> exact_dimension("5.5")
    Fraction(11, 2)
    """
    found = _fraction(value)
    if found is None or not 1 < found <= 10**12:
        raise InputError(
            f"{value!r} is no dimension.",
            remedy="Give a real number greater than 1 and at most 10**12: an int, Fraction, float, string of digits, "
            "mpf or SymPy number.",
        )
    return found


def at_dimension(polynomial: Any, size: Any, d: Fraction) -> Fraction:
    """Return the value of a polynomial in the dimension.

    Parameters
    ----------
    polynomial : sympy.Expr
        With rational coefficients.
    size : sympy.Symbol
        The dimension.
    d : Fraction
        Its value.

    Returns
    -------
    Fraction
        The exact value.

    Examples
    --------
    >>> from symbias.landscape.limits import d
    >>> at_dimension(d * (d - 3) / 2, d, Fraction(7, 2))
    Fraction(7, 8)
    """
    total = Fraction(0)
    for coefficient in _coefficients(polynomial, size):
        total = total * d + coefficient
    return total


@lru_cache(maxsize=4096)
def _coefficients(polynomial: Any, size: Any) -> tuple[Fraction, ...]:
    found = sp.Poly(polynomial, size).all_coeffs()
    return tuple(Fraction(int(c.p), int(c.q)) for c in found)


def _fraction(value: Any) -> Fraction | None:
    try:
        for kind, read in _READERS:
            if kind(value):
                return read(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        pass
    return None


def _symbolic(value: Any) -> Fraction | None:
    if value.free_symbols or not value.is_real or not value.is_finite:
        return None
    rational = value if value.is_Rational else sp.Rational(value.evalf(60))
    return Fraction(int(rational.p), int(rational.q))


def _binary(value: Any) -> tuple[int, int]:
    sign, mantissa, exponent, _ = value._mpf_
    top = int(mantissa) * 2 ** max(int(exponent), 0) * (-1 if sign else 1)
    return top, 2 ** max(-int(exponent), 0)


_READERS: tuple[tuple[Any, Any], ...] = (
    (lambda v: isinstance(v, bool), lambda _: None),
    (lambda v: isinstance(v, str), Fraction),
    (lambda v: isinstance(v, sp.Expr), _symbolic),
    (
        lambda v: hasattr(v, "_mpf_"),
        lambda v: Fraction(*_binary(v)) if v.context.isfinite(v) else None,
    ),
    (
        lambda v: isinstance(v, numbers.Rational),
        lambda v: Fraction(int(v.numerator), int(v.denominator)),
    ),
    (lambda v: isinstance(v, numbers.Real) and math.isfinite(v), lambda v: Fraction(float(v))),
)
