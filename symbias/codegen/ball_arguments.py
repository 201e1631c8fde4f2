"""What a ball twin may be called with: exact numbers, pairs of them, and balls."""

from __future__ import annotations

import math
import numbers
from fractions import Fraction
from typing import Any

import sympy as sp

from symbias.codegen.lower import lower
from symbias.codegen.tape import constant, record
from symbias.errors import CodegenError, InputError
from symbias.sym.enclosure import exact_ball
from symbias.sym.equality.interval import Interval, ball_library, interval, is_defined


def is_interval(value: Any) -> bool:
    """Return whether an argument stands for a set of numbers.

    Parameters
    ----------
    value : object
        An argument.

    Returns
    -------
    bool
        True for pairs, intervals and balls.

    Examples
    --------
    >>> is_interval((0, 1)), is_interval(0.5)
    (True, False)
    """
    return isinstance(value, tuple | list | Interval | ball_library().arb)


def enclosed(name: str, value: Any) -> Any:
    """Return an argument as a ball or an interval, at the working precision.

    Parameters
    ----------
    name : str
        Whose value it is, for messages.
    value : int, Fraction, float, str, mpf, SymPy number, pair of them, flint.arb or Interval
        A float stands for itself, to the last bit; a pair for all numbers from the first to the second.

    Returns
    -------
    flint.arb or Interval
        Finite.

    Raises
    ------
    InputError
        If it is no finite real number, or a pair is not ordered.

    Examples
    --------
    >>> enclosed("x", (0, "0.5"))
    Interval(0.0, 0.5)
    """
    if isinstance(value, Interval):
        return value
    if isinstance(value, tuple | list):
        return _pair(name, value)
    found = value if isinstance(value, ball_library().arb) else _number(value)
    if found is None or not is_defined(found):
        raise InputError(
            f"{name} got {value!r}, not a finite real number.",
            remedy="Give an int, Fraction, float, string of digits, mpf or real SymPy number, or a pair of them.",
        )
    return found


def _pair(name: str, value: Any) -> Any:
    if len(value) != 2:
        raise InputError(
            f"{name} got {len(value)} numbers.", remedy="An interval is a pair (low, high)."
        )
    if any(isinstance(end, tuple | list | Interval) for end in value):
        raise InputError(f"{name} got {value!r}.", remedy="The ends of an interval are numbers.")
    low, high = (enclosed(name, end) for end in value)
    if low > high:
        raise InputError(
            f"The interval ({value[0]}, {value[1]}) of {name} is empty.",
            remedy="Give (low, high) with low <= high.",
        )
    return interval(low, high)


def _number(value: Any) -> Any:
    """Return an enclosure of an exact number, None if it is none."""
    flint = ball_library()
    if isinstance(value, str):
        try:
            value = Fraction(value)
        except (ValueError, ZeroDivisionError):
            return None
    if isinstance(value, sp.Expr):
        return _sympy_number(value)
    if hasattr(value, "_mpf_"):
        return exact_ball(value) if value.context.isfinite(value) else None
    if isinstance(value, numbers.Rational):
        return flint.arb(flint.fmpq(int(value.numerator), int(value.denominator)))
    real = isinstance(value, numbers.Real) and math.isfinite(value)
    return flint.arb(float(value)) if real else None


def _sympy_number(value: Any) -> Any:
    if value.free_symbols or value.is_real is False:
        return None
    if not value.args:
        return constant(value)
    try:
        tape = record(lower([value], ()))
    except CodegenError:
        return None
    return tape.run(tape.enclosed(), [])[0]
