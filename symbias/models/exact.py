"""Exact numbers from whatever a user types, so that roots can be counted without rounding."""

from __future__ import annotations

import numbers
from fractions import Fraction
from typing import Any

import sympy as sp

from symbias.errors import InputError

_LARGEST = 10**9
"""No polynomial has a higher degree here."""


def exact(value: Any, name: str) -> sp.Expr:
    """Return a number or a symbolic expression as an exact SymPy expression.

    Parameters
    ----------
    value : int, float, Fraction, sympy.Expr
        A float is read as the decimal that it prints, 0.9 as 9/10.
    name : str
        What it is, for the message.

    Returns
    -------
    sympy.Expr
        Without floating-point numbers.

    Raises
    ------
    InputError
        If it is no finite real number and no expression.

    Examples
    --------
    >>> exact(0.9, "beta")
    9/10
    """
    found: Any = None
    if isinstance(value, bool):
        found = None
    elif isinstance(value, sp.Expr):
        found = value.xreplace({x: _decimal(x) for x in value.atoms(sp.Float) if x.is_finite})
    elif isinstance(value, numbers.Integral):
        found = sp.Integer(int(value))
    elif isinstance(value, Fraction):
        found = sp.Rational(value.numerator, value.denominator)
    elif isinstance(value, numbers.Real) and abs(float(value)) < float("inf"):
        found = sp.Rational(repr(float(value)))
    if (
        found is None
        or found.is_real is False
        or not found.is_commutative  # matrices and functions have no place among numbers
        or found.has(sp.nan, sp.oo, -sp.oo, sp.zoo, sp.AccumBounds)
    ):
        raise InputError(
            f"{name} is {value!r}.", remedy="Give a finite real number or a SymPy expression."
        )
    return found


def shown(found: sp.Expr) -> sp.Expr:
    """Return an expression as messages show it; Python refuses to print integers of thousands of digits.

    Parameters
    ----------
    found : sympy.Expr
        A number or an expression.

    Returns
    -------
    sympy.Expr
        The same, or with long numbers about the same.

    Examples
    --------
    >>> shown(sp.Rational(1, 3)), shown(sp.Integer(10) ** 30)
    (1/3, 1.00000000000000e+30)
    """
    numbers = found.atoms(sp.Rational)
    return found.xreplace({n: sp.N(n, 15) for n in numbers if max(abs(n.p), n.q) >= 10**20})


def _decimal(value: sp.Float) -> sp.Rational:
    """Return what a float is written as: 0.9 means 9/10. Python reads decimals of limited length only."""
    is_usual = value == 0 or abs(sp.log(abs(value), 10)) < 1000
    return sp.Rational(str(value)) if is_usual else sp.Rational(value)


def number(value: Any, name: str, low: Any, high: Any, *, closed: str = "") -> sp.Expr:
    """Return an exact expression, which must lie between two bounds when it is a number.

    Parameters
    ----------
    value : int, float, Fraction, sympy.Expr
        As for `exact`.
    name : str
        What it is, for the message.
    low, high : int or sympy number
        The bounds.
    closed : str
        ``"low"``, ``"high"``, ``"both"``: the bounds that are allowed themselves.

    Returns
    -------
    sympy.Expr
        The exact value.

    Raises
    ------
    InputError
        If it is a number outside the bounds.

    Examples
    --------
    >>> number(0.5, "beta", -1, 1)
    1/2
    """
    found = exact(value, name)
    if found.is_number:
        below = found < low or (found == low and closed not in {"low", "both"})
        above = found > high or (found == high and closed not in {"high", "both"})
        if below or above:
            left, right = (
                "[" if closed in {"low", "both"} else "(",
                "]" if closed in {"high", "both"} else ")",
            )
            raise InputError(
                f"{name} is {shown(found)}, outside {left}{low}, {high}{right}.",
                cause="Without a gradient the iteration would not stay bounded, or it would climb.",
                remedy=f"Choose {name} inside the range.",
            )
    return found


def natural(value: Any, name: str, least: int = 0) -> sp.Expr:
    """Return an integer that is at least ``least``, or an expression that stands for one.

    Parameters
    ----------
    value : int or sympy.Expr
        The number or expression.
    name : str
        What it is, for the message.
    least : int
        The smallest value allowed.

    Returns
    -------
    sympy.Expr
        A SymPy integer or the expression.

    Raises
    ------
    InputError
        If it is a number but no such integer.

    Examples
    --------
    >>> natural(3, "the delay")
    3
    """
    found = exact(value, name)
    wrong = found.is_integer is False or (
        found.is_number and not (found.is_integer and found >= least)
    )
    if wrong or found.is_negative:
        raise InputError(
            f"{name} is {value!r}.", remedy=f"Give an integer that is at least {least}."
        )
    if found.is_number and found > _LARGEST:
        raise InputError(
            f"{name} is {shown(found)}.", remedy=f"Give an integer of at most {_LARGEST}."
        )
    return found


def require_commuting(value: sp.Expr) -> None:
    """Refuse an expression that does not commute: a matrix has no place in a polynomial of numbers.

    Parameters
    ----------
    value : sympy.Expr
        What was typed.

    Raises
    ------
    InputError
        If it is a matrix, or made of symbols that do not commute.

    Examples
    --------
    >>> require_commuting(sp.Symbol("x"))
    """
    if not value.is_commutative:
        raise InputError(
            f"{value} does not commute with numbers.",
            remedy="Give a number or an expression of numbers.",
        )
