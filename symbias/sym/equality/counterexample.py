"""The error that reports a counterexample: where the statement fails, and the values of both sides there."""

from __future__ import annotations

import math
from typing import Any

import sympy as sp

from symbias.errors import DerivationError
from symbias.sym.equality.evaluate import Evaluator
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.variety import Point

_DIGITS = 50
_LARGEST_BITS = 50_000


def refutation(
    problem: Problem, point: Point, sides: tuple[Any, ...], relation: str
) -> DerivationError:
    """Return the error that reports a counterexample in the user's own symbols.

    Parameters
    ----------
    problem : Problem
        Knows the user's names.
    point : Point
        Where the statement fails.
    sides : tuple of mpmath numbers
        The values of both sides there.
    relation : str
        The relation that fails.

    Returns
    -------
    DerivationError
        With counterexample and values.

    Examples
    --------
    >>> one = Evaluator(20).number(1)
    >>> refutation(Problem(sp.S.One, sp.S.Zero), Point({}, {}), (one, 0 * one), "==").values
    (1.0000000000000000000000000000000, 0)
    """
    e = Evaluator(_DIGITS)
    exact = {problem.back.get(s, s): _user_number(v) for s, v in point.free.items()}
    numbers = point.at(e)
    solved = {problem.back.get(s, s): _user_number(numbers[s]) for s in point.solved}
    where = {**exact, **solved}
    digits = _telling_digits(sides)
    values = tuple(_user_number(v, digits) for v in sides)
    place = ", ".join(f"{s} = {_short(v)}" for s, v in where.items())
    at = f" at {place}" if place else ""
    words = "differ" if relation == "==" else f"violate {relation}"
    return DerivationError(
        f"The two sides {words}{at}: {_short(values[0], digits)} against {_short(values[1], digits)}.",
        "The step is false, or it needs an assumption that is not stated.",
        "Correct the step, or state the assumption.",
        counterexample=where,
        values=values,
    )


def printable(value: Any) -> bool:
    """Return whether a value is of a size that can be turned into decimal digits in no time.

    Parameters
    ----------
    value : mpmath number
        A value.

    Returns
    -------
    bool
        False for huge and for tiny values.

    Examples
    --------
    >>> printable(Evaluator(15).number(7))
    True
    """
    return bool(value == 0) or abs(value.context.mag(value)) < _LARGEST_BITS


def _telling_digits(sides: tuple[Any, ...]) -> int:
    """So many digits that the values can be told apart."""
    left, right = sides
    gap, scale = abs(left - right), max(abs(left), abs(right))
    return 32 if gap == 0 or scale == 0 else 32 + max(0, int(_log10(scale) - _log10(gap)))


def _log10(value: Any) -> float:
    _, mantissa, exponent, _ = value._mpf_
    return math.log10(int(mantissa)) + int(exponent) * math.log10(2)


def _short(value: Any, digits: int = 32) -> str:
    text = str(value)
    return text if value.is_Rational and len(text) <= 40 else str(value.n(min(digits - 20, 60)))


def _user_number(value: Any, digits: int = _DIGITS) -> Any:
    if isinstance(value, sp.Expr):
        return value
    if hasattr(value, "numerator") and not hasattr(value, "_mpf_"):
        return sp.Rational(value.numerator, value.denominator)
    if hasattr(value, "_mpc_"):
        return _user_number(value.real, digits) + sp.I * _user_number(value.imag, digits)
    return sp.Float(value, digits) if value != 0 else sp.S.Zero
