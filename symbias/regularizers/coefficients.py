"""The two kinds of coefficients of series: exact rationals, and balls where a map or a start has irrational values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp
from sympy.polys.domains import QQ

from symbias.errors import BudgetError
from symbias.regularizers.balls import BITS, Ball
from symbias.sym.symbols import real

GUARD = 24
"""Binary places by which values of mpmath are widened."""


class IrrationalError(Exception):
    """A value is not rational: start again with balls. Internal to the necessary tests."""


class Rationals:
    """Exact rational coefficients.

    Examples
    --------
    >>> field = Rationals()
    >>> field.power(field.of(sp.Rational(4, 9)), sp.Rational(1, 2)) == field.of(sp.Rational(2, 3))
    True
    >>> field.call(sp.exp, field.of(sp.S.Zero)) == 1
    True
    """

    @staticmethod
    def of(value: sp.Expr) -> Any:
        """Return a constant.

        Parameters
        ----------
        value : sympy.Expr
            A number.

        Returns
        -------
        rational
            The same.

        Raises
        ------
        IrrationalError
            If it is no rational number.
        """
        if not value.is_Rational:
            raise IrrationalError
        return QQ(int(value.p), int(value.q))

    @staticmethod
    def number(value: Any) -> sp.Expr:
        """Return a coefficient as a SymPy number.

        Parameters
        ----------
        value : rational
            The coefficient.

        Returns
        -------
        sympy.Rational
            The same.

        Examples
        --------
        >>> Rationals.number(QQ(1, 2))
        1/2
        """
        return sp.Rational(int(value.numerator), int(value.denominator))

    def call(self, function: Any, value: Any) -> Any:
        """Return a function of a coefficient.

        Parameters
        ----------
        function : sympy function class
            Of one argument.
        value : rational
            The argument.

        Returns
        -------
        rational
            The value.

        Raises
        ------
        IrrationalError
            If it is not known to be rational.
        """
        return self.of(function(self.number(value)))

    def power(self, value: Any, exponent: sp.Rational) -> Any:
        """Return a power of a positive coefficient.

        Parameters
        ----------
        value : rational
            The base.
        exponent : sympy.Rational
            No integer.

        Returns
        -------
        rational
            The power.

        Raises
        ------
        IrrationalError
            If it is no rational number.
        """
        return self.of(self.number(value) ** exponent)


class Balls:
    """Coefficients known up to a radius.

    Examples
    --------
    >>> field = Balls()
    >>> field.number(field.call(sp.exp, field.of(sp.Rational(1, 2)))).round(10)
    1.6487212707
    >>> field.number(field.of(sp.atan(2) * sp.sqrt(3))).round(10)
    1.9176378308
    >>> field.number(field.power(field.of(sp.S(2)), sp.Rational(1, 2))).round(10)
    1.4142135624
    """

    def __init__(self) -> None:
        # own contexts: the global ones have a precision that other threads may change
        self._interval = mpmath.ctx_iv.MPIntervalContext()
        self._interval.prec = BITS + 64
        self._plain = mpmath.MPContext()
        self._plain.prec = BITS + 64

    def of(self, value: sp.Expr, at: Mapping[sp.Symbol, Ball] | None = None) -> Ball:
        """Return an expression without symbols, or with values for them.

        Parameters
        ----------
        value : sympy.Expr
            The expression.
        at : mapping of sympy.Symbol to Ball, optional
            Values of its symbols.

        Returns
        -------
        Ball
            It contains the value.

        Raises
        ------
        BudgetError
            If a function in it has no enclosure here.
        """
        if value.is_Atom:
            return self._atom(value, at or {})
        if value.is_Add or value.is_Mul:
            parts = [self.of(a, at) for a in value.args]
            found = parts[0]
            for part in parts[1:]:
                found = found + part if value.is_Add else found * part
            return found
        if value.is_Pow:
            return self._power(value, at)
        if len(value.args) == 1:
            return self.call(value.func, self.of(value.args[0], at))
        raise unsupported(value)

    def _atom(self, value: sp.Expr, at: Mapping[sp.Symbol, Ball]) -> Ball:
        if value.is_Rational:
            return Ball.fraction(int(value.p), int(value.q))
        if value in at:
            return at[value]
        if value is sp.pi:
            return self._enclosure(self._interval.pi)
        if value is sp.E:
            return self.call(sp.exp, Ball(1 << BITS))
        raise unsupported(value)

    def _power(self, value: sp.Pow, at: Mapping[sp.Symbol, Ball] | None) -> Ball:
        base, exponent = value.base, value.exp
        if base is sp.E:
            return self.call(sp.exp, self.of(exponent, at))
        inner = self.of(base, at)
        if not exponent.is_Integer:
            return self.call(sp.exp, self.of(exponent, at) * self.call(sp.log, inner))
        found = Ball(1 << BITS)
        for _ in range(abs(int(exponent))):
            found = found * inner
        if exponent > 0:
            return found
        if not found.excludes_zero():
            raise unsupported(value)
        return Ball(1 << BITS) / found

    @staticmethod
    def number(value: Ball) -> sp.Expr:
        """Return a coefficient as a SymPy number, with the digits that are proved.

        Parameters
        ----------
        value : Ball
            The coefficient.

        Returns
        -------
        sympy.Float
            The midpoint.
        """
        return value.number()

    def power(self, value: Ball, exponent: sp.Rational) -> Ball:
        """Return a power of a positive coefficient.

        Parameters
        ----------
        value : Ball
            The base.
        exponent : sympy.Rational
            No integer.

        Returns
        -------
        Ball
            It contains the power.
        """
        return self.call(sp.exp, self.call(sp.log, value) * self.of(exponent))

    def call(self, function: Any, value: Ball) -> Ball:
        """Return a function of a coefficient.

        Parameters
        ----------
        function : sympy function class
            Of one argument.
        value : Ball
            The argument.

        Returns
        -------
        Ball
            It contains the value.

        Raises
        ------
        BudgetError
            If the function has no enclosure here, or the argument may lie outside its domain.
        """
        name = function.__name__
        if name in _INTERVAL:
            if name == "log" and value.middle <= value.radius:
                raise unsupported(function)
            return self._enclosure(getattr(self._interval, name)(self._argument(value)))
        if name in _SLOWER_THAN_THEIR_ARGUMENT:
            # the value at the midpoint, and what a slope of at most 2 adds; |x f'(x)| <= 1 bounds the rounding of x
            at = self._plain.ldexp(self._plain.mpf(value.middle), -BITS)
            scaled = self._plain.ldexp(getattr(self._plain, name)(at), BITS)
            return Ball(int(scaled), 2 * value.radius + (1 << GUARD))
        written = _by_others(function)
        if written is None:
            raise unsupported(function)
        argument, expression = written
        return self.of(expression, {argument: value})

    def _argument(self, value: Ball) -> Any:
        low, high = value.middle - value.radius, value.middle + value.radius
        return self._interval.mpf([low, high]) * self._interval.mpf(2) ** -BITS

    @staticmethod
    def _enclosure(interval: Any) -> Ball:
        low, high = (_floor(end) for end in interval._mpi_)
        middle = (low + high) >> 1
        return Ball(middle, high - low + (1 << GUARD))


_INTERVAL = frozenset({"exp", "log", "sin", "cos"})
_SLOWER_THAN_THEIR_ARGUMENT = frozenset({"atan", "asinh", "erf"})


def _floor(number: tuple[int, int, int, int]) -> int:
    """Return a raw number of mpmath in fixed point."""
    sign, mantissa, exponent, _ = number
    signed, places = (-int(mantissa) if sign else int(mantissa)), exponent + BITS
    return signed << places if places >= 0 else signed >> -places


def unsupported(what: Any) -> BudgetError:
    """Return the error for a function that the tests cannot evaluate.

    Parameters
    ----------
    what : sympy.Expr or function class
        Named in the message.

    Returns
    -------
    BudgetError
        To be raised.

    Examples
    --------
    >>> print(unsupported(sp.zeta).what)
    zeta cannot be enclosed in the tests for a regularizer.
    """
    return BudgetError(
        f"{what} cannot be enclosed in the tests for a regularizer.",
        "a function without series here, or a value outside its domain.",
        "Write the map with powers, exp, log, trigonometric and hyperbolic functions and their inverses, or compare "
        "simulated flows with reweighted samples (simulate.reweighting_defect).",
    )


@lru_cache(maxsize=256)
def _by_others(function: Any) -> tuple[sp.Symbol, sp.Expr] | None:
    """Return a function written with those that have enclosures."""
    x = real("x")
    root = sp.sqrt
    table = {
        "tan": sp.sin(x) / sp.cos(x),
        "cot": sp.cos(x) / sp.sin(x),
        "sec": 1 / sp.cos(x),
        "csc": 1 / sp.sin(x),
        "sinh": (sp.exp(x) - sp.exp(-x)) / 2,
        "cosh": (sp.exp(x) + sp.exp(-x)) / 2,
        "tanh": 1 - 2 / (1 + sp.exp(2 * x)),
        "coth": 1 + 2 / (sp.exp(2 * x) - 1),
        "sech": 2 / (sp.exp(x) + sp.exp(-x)),
        "csch": 2 / (sp.exp(x) - sp.exp(-x)),
        "asin": sp.atan(x / root(1 - x**2)),
        "acos": sp.pi / 2 - sp.atan(x / root(1 - x**2)),
        "acosh": sp.log(x + root(x**2 - 1)),
        "atanh": (sp.log(1 + x) - sp.log(1 - x)) / 2,
        "acot": sp.atan(1 / x),
        "acoth": (sp.log(1 + 1 / x) - sp.log(1 - 1 / x)) / 2,
        "asec": sp.pi / 2 - sp.atan(1 / (x * root(1 - x**-2))),
        "acsc": sp.atan(1 / (x * root(1 - x**-2))),
    }
    expression = table.get(function.__name__)
    return None if expression is None else (x, expression)
