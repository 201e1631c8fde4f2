"""Series of expressions: a walk over a SymPy tree with series in place of its symbols."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import factorial
from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.regularizers.coefficients import Balls, Rationals, unsupported
from symbias.regularizers.jets import Jet, proved
from symbias.sym.symbols import real


class JetEvaluator:
    """Values of expressions where the symbols are series, each subexpression computed once.

    Parameters
    ----------
    field : Rationals or Balls
        The coefficients.
    at : mapping of sympy.Symbol to Jet
        The symbols, regular at t = 0.
    order : int
        Number of coefficients of constants.

    Examples
    --------
    >>> x = real("x")
    >>> field = Rationals()
    >>> t = Jet(0, [field.of(sp.S(n)) for n in (0, 1, 0)])
    >>> [str(c) for c in JetEvaluator(field, {x: t}, 3)(sp.exp(x)).coefficients]
    ['1', '1', '1/2']
    >>> JetEvaluator(field, {}, 3).constant(field.of(sp.S.One)).end
    3
    """

    def __init__(self, field: Rationals | Balls, at: Mapping[sp.Symbol, Jet], order: int) -> None:
        self.field, self.order = field, order
        self._memo: dict[sp.Expr, Jet] = dict(at)

    def __call__(self, expr: sp.Expr) -> Jet:
        """Return the series of an expression.

        Parameters
        ----------
        expr : sympy.Expr
            In the symbols.

        Returns
        -------
        Jet
            Known to the order to which its parts are.

        Raises
        ------
        IrrationalError
            If a coefficient is not rational, over the rationals.
        BudgetError
            If a function is not supported, or not analytic there.
        """
        found = self._memo.get(expr)
        if found is None:
            found = self._memo[expr] = self._value(expr)
        return found

    def constant(self, value: Any) -> Jet:
        """Return a coefficient as a series.

        Parameters
        ----------
        value : coefficient
            Of the field.

        Returns
        -------
        Jet
            Known to the working order.
        """
        zero = self.field.of(sp.S.Zero)
        return Jet(0, [value] + [zero] * (self.order - 1))

    def _value(self, expr: sp.Expr) -> Jet:
        if not expr.free_symbols:
            return self.constant(self.field.of(expr))
        if expr.is_Add or expr.is_Mul:
            found = self(expr.args[0])
            for part in expr.args[1:]:
                found = found + self(part) if expr.is_Add else found * self(part)
            return found
        if expr.is_Pow and expr.base is not sp.E:
            return self._power(self(expr.base), expr)
        inner = self(expr.exp if expr.is_Pow else expr.args[0])
        if isinstance(expr, sp.Abs | sp.sign | sp.DiracDelta):
            return self._on_one_side(expr, inner)
        if len(expr.args) > 1 and not expr.is_Pow:
            raise unsupported(expr)
        return self._compose(sp.exp if expr.is_Pow else expr.func, inner, expr)

    def _power(self, base: Jet, expr: sp.Pow) -> Jet:
        exponent = expr.exp
        if not exponent.is_Integer:
            if exponent.free_symbols:
                return self._compose(sp.exp, self(exponent) * self(sp.log(expr.base)), expr)
            return self._real_power(base, exponent, expr)
        found, square, rest = None, base, abs(int(exponent))
        while rest:
            if rest % 2:
                found = square if found is None else found * square
            rest //= 2
            square = square * square if rest else square
        if found is None:
            raise unsupported(expr)
        if exponent > 0:
            return found
        if found.low or not found.coefficients or not proved(found.coefficients[0]):
            raise _not_analytic(expr)
        return self.constant(self.field.of(sp.S.One)) / found

    def _real_power(self, base: Jet, exponent: sp.Expr, expr: sp.Expr) -> Jet:
        """Return b**q = b_0**q (1 + (b - b_0)/b_0)**q by the binomial series."""
        start, rest = self._split(base, expr)
        if not _positive(start):
            raise _not_analytic(expr)
        if not exponent.is_Rational:
            return self._compose(
                sp.exp, self.constant(self.field.of(exponent)) * self(sp.log(expr.base)), expr
            )
        ratio = Jet(rest.low, [c / start for c in rest.coefficients])
        value = self.field.power(start, exponent)
        numbers = [self.field.of(sp.ff(exponent, n) / factorial(n)) for n in range(self.order)]
        return self._horner([value * number for number in numbers], ratio)

    def _on_one_side(self, expr: sp.Expr, inner: Jet) -> Jet:
        start, _ = self._split(inner, expr)
        if not proved(start):
            raise _not_analytic(expr)
        side = 1 if _positive(start) else -1
        if isinstance(expr, sp.DiracDelta):  # a derivative of sign
            return Jet(self.order, [])
        if isinstance(expr, sp.sign):
            return self.constant(self.field.of(sp.Integer(side)))
        return inner.scaled(side)

    def _compose(self, function: Any, inner: Jet, expr: sp.Expr) -> Jet:
        """Return the Taylor series of a function of one argument at inner's start, with inner put in."""
        start, rest = self._split(inner, expr)
        if isinstance(self.field, Balls):
            point = JetEvaluator(self.field, {_X: Jet(0, [start])}, 1)
            numbers = [self._coefficient(point, function, n, start) for n in range(inner.end)]
        else:
            exactly = self.field.number(start)
            numbers = []
            for n in range(inner.end):
                value = _derivative(function, n).subs(_X, exactly)
                if value.has(sp.zoo, sp.nan, sp.oo, -sp.oo) or value.is_real is False:
                    raise _not_analytic(expr)
                numbers.append(self.field.of(value) / factorial(n))
        return self._horner(numbers, rest)

    def _coefficient(self, point: JetEvaluator, function: Any, n: int, start: Any) -> Any:
        if n == 0:
            return self.field.call(function, start)
        found = point(_derivative(function, n)).coefficients
        return found[0] / factorial(n) if found else self.field.of(sp.S.Zero)

    def _split(self, inner: Jet, expr: sp.Expr) -> tuple[Any, Jet]:
        """Return the value at t = 0 and the rest."""
        if inner.low < 0 or inner.end < 1:
            raise _not_analytic(expr)
        if inner.low > 0:
            return self.field.of(sp.S.Zero), inner
        return inner.coefficients[0], Jet(1, inner.coefficients[1:])

    def _horner(self, numbers: list[Any], rest: Jet) -> Jet:
        end, zero = rest.end, self.field.of(sp.S.Zero)
        found = Jet(0, [numbers[-1]] + [zero] * (end - 1))
        for number in reversed(numbers[:-1]):
            found = found * rest + Jet(0, [number] + [zero] * (end - 1))
        return found


_X = real("x")


def _positive(value: Any) -> bool:
    if not proved(value):
        return False
    return bool(getattr(value, "middle", value) > 0)


@lru_cache(maxsize=1024)
def _derivative(function: Any, n: int) -> sp.Expr:
    found = sp.diff(function(_X), _X, n)
    if found.has(sp.Derivative, sp.Subs):
        raise unsupported(function)
    return found


def _not_analytic(expr: sp.Expr) -> BudgetError:
    return BudgetError(
        f"{expr} is not known to be analytic at the start.",
        "a root, logarithm, quotient or absolute value at its singular point.",
        "Start elsewhere.",
    )
