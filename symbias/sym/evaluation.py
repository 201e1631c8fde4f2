"""Multiprecision values of expressions at exact points."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp
from sympy.core.evalf import PrecisionExhausted

from symbias.errors import BudgetError, DomainError, InputError
from symbias.sym.sympified import sympified

_LARGEST_EXPONENT = 1000


MOST_DIGITS = 100_000
"""A single operation with more of them cannot be interrupted."""


def exact_value(symbol: Any, value: Any) -> Any:
    """Return a number as an exact SymPy number; floats keep their exact binary value.

    Parameters
    ----------
    symbol : sympy.Symbol
        Whose value it is, for messages.
    value : int, Fraction, float, numpy scalar, mpmath or SymPy number
        The value.

    Returns
    -------
    sympy.Expr
        A constant expression.

    Raises
    ------
    InputError
        If the value is not a finite number.

    Examples
    --------
    >>> exact_value("x", 0.5)
    1/2
    """
    if hasattr(value, "item") and not isinstance(value, sp.Basic):
        if getattr(value, "size", 1) != 1:
            raise InputError(
                f"{symbol} got an array.", remedy="Use .compile() for arrays; evalf takes numbers."
            )
        value = value.item()
    if isinstance(value, (str, bytes)):
        raise InputError(f"{symbol} got the string {value!r}.", remedy="Pass a number.")
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if isinstance(value, mpmath.mpf) and mpmath.isfinite(value):
        return _dyadic(value)
    try:
        number = sympified(value)
    except (sp.SympifyError, TypeError, ValueError):
        raise InputError(
            f"{symbol} got {value!r}, not a number.", remedy="Pass a number."
        ) from None
    if not isinstance(number, sp.Expr) or number.free_symbols or number.is_finite is not True:
        raise InputError(
            f"{symbol} got {value!r}, not a finite number.", remedy="Pass a finite number."
        )
    return number.xreplace(
        {f: _dyadic(mpmath.mp.make_mpf(f._mpf_)) for f in number.atoms(sp.Float)}
    )


def _dyadic(value: Any) -> Any:
    """Return a binary floating-point number as the rational it is."""
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * sp.Integer(int(mantissa)) * sp.Integer(2) ** exponent


def _has_large_exponents(expr: Any, point: dict[Any, Any]) -> bool:
    """Whether SymPy, given exact numbers, would raise integers to powers of astronomical size."""
    powers = [f.exp.xreplace(point) for f in expr.atoms(sp.Pow) if f.exp.free_symbols]
    return any(e.is_Rational and max(abs(e.p), e.q) > _LARGEST_EXPONENT for e in powers)


def require_few(digits: int) -> None:
    """Refuse more digits than can be worked with.

    Parameters
    ----------
    digits : int
        What was asked for.

    Raises
    ------
    InputError
        If it is no positive integer.
    BudgetError
        If they are more than `MOST_DIGITS`.

    Examples
    --------
    >>> require_few(50)
    """
    if not isinstance(digits, int) or digits < 1:
        raise InputError(f"digits must be a positive integer, got {digits!r}.")
    if digits > MOST_DIGITS:
        raise BudgetError(
            f"{digits} digits were asked for.", remedy=f"Ask for at most {MOST_DIGITS} digits."
        )


def multiprecision(expr: Any, point: dict[Any, Any], digits: int, name: str) -> Any:
    """Evaluate an expression at an exact point.

    Parameters
    ----------
    expr : sympy.Expr or sympy.Matrix
        The expression.
    point : dict
        Symbol to exact number.
    digits : int
        Correct digits asked for, at least 1.
    name : str
        What to call the expression in a message.

    Returns
    -------
    mpmath.mpf, mpmath.mpc or mpmath.matrix
        The value, carrying the precision asked for.

    Raises
    ------
    DomainError
        If the expression is undefined at the point.
    BudgetError
        If the digits could not be reached.

    Examples
    --------
    >>> mpmath.nstr(multiprecision(sp.sqrt(2), {}, 20, "root"), 20)
    '1.4142135623730950488'
    """
    require_few(digits)
    if isinstance(expr, sp.MatrixBase):
        entries = [[multiprecision(e, point, digits, name) for e in row] for row in expr.tolist()]
        return mpmath.matrix(entries)
    try:
        if _has_large_exponents(expr, point):
            value = sp.N(expr, digits, subs=point, strict=True, maxn=digits + 400)
        else:
            value = sp.N(expr.xreplace(point).doit(), digits, strict=True, maxn=digits + 400)
    except OverflowError:
        raise BudgetError(
            f"{name} could not be evaluated: its numbers have too many digits.",
            "huge exponents of exact numbers.",
            "Evaluate at smaller values.",
        ) from None
    except PrecisionExhausted:
        raise BudgetError(
            f"{name} could not be evaluated to {digits} digits.",
            "the value is zero or nearly so by a cancellation.",
            "Ask for fewer digits, or evaluate an equivalent form.",
        ) from None
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise DomainError(f"{name} is undefined at {point}.", remedy="Choose another point.")
    if not value.is_number or not all(
        part.is_Float or part.is_Integer for part in value.as_real_imag()
    ):
        raise BudgetError(
            f"{name} has no numeric value here: {value}.",
            "it contains an object that can not be evaluated.",
            "Substitute a definition for it first.",
        )
    real, imaginary = (
        mpmath.mp.make_mpf(sp.Float(part, digits)._mpf_) for part in value.as_real_imag()
    )
    with mpmath.workdps(digits):
        return mpmath.mpc(real, imaginary) if imaginary else +mpmath.mpf(real)
