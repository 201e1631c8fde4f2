"""From expressions to polynomials in generators: the field of functions that a map and its derivatives live in.

Real values are meant throughout: where log(u*v) or sqrt(u*v) occurs its argument is positive, so that
log(u*v) = log|u| + log|v|. Every generator carries what its derivative needs, and its meaning as an expression.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd, lcm
from typing import Any

import sympy as sp

from symbias.errors import BudgetError, InputError
from symbias.sym.symbols import dummy

ROUGH = (sp.Abs, sp.sign, sp.Max, sp.Min, sp.Piecewise, sp.Heaviside, sp.floor, sp.ceiling)
IMAGINARY = "imaginary"


@dataclass(frozen=True)
class Generator:
    """A function adjoined to the parameters.

    Kinds: ``inverse`` (symbol = 1/of), ``root`` (symbol**order = of), ``exp``, ``circle`` (cosine and sine of `of`),
    ``primitive`` (d symbol = rate * d of), ``constant``. Roots and exponentials carry their inverse as second symbol.
    """

    kind: str
    symbols: tuple[sp.Symbol, ...]
    of: sp.Expr
    meanings: tuple[sp.Expr, ...]
    order: int = 1
    rate: sp.Expr = sp.S.One
    family: str = ""


class _FinerUnitError(Exception):
    """A smaller unit of an argument turned up: start again with it."""


class Tower:
    """The generators that a list of expressions needs, and the expressions as polynomials in them.

    Parameters
    ----------
    parameters : iterable of sympy.Symbol
        The variables.
    expressions : iterable of sympy.Expr
        Elementary functions of them with exact coefficients.
    constants : iterable of sympy.Expr
        Numbers, which may contain further symbols; these stand for generic numbers.

    Attributes
    ----------
    generators : list of Generator
        In an order in which each contains only those before it.
    polynomials : tuple of sympy.Expr
        The expressions, as polynomials in parameters and symbols of generators.
    values : tuple of sympy.Expr
        The constants, likewise.

    Raises
    ------
    InputError
        If a function is not differentiable or not supported.
    BudgetError
        If it is not known whether two constants or generators are independent.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> tower = Tower((u, v), [sp.exp(2 * u) * sp.sinh(v)])
    >>> [g.kind for g in tower.generators]
    ['exp', 'exp']
    >>> tower.meaning(tower.convert(sp.cosh(v)))
    exp(v)/2 + exp(-v)/2
    >>> tower.meaning(tower.inverse(u * v))
    1/(u*v)
    """

    def __init__(
        self,
        parameters: Iterable[sp.Symbol],
        expressions: Iterable[sp.Expr],
        constants: Iterable[sp.Expr] = (),
    ) -> None:
        self.parameters = tuple(parameters)
        given, fixed = tuple(expressions), tuple(constants)
        self._units: dict[Any, sp.Rational] = {}
        self._orders: dict[sp.Expr, int] = {}
        while True:
            self.generators: list[Generator] = []
            self._found: dict[Any, Generator] = {}
            self._memo: dict[sp.Expr, sp.Expr] = {}
            self._meaning: dict[sp.Symbol, sp.Expr] = {}
            try:
                self.polynomials = tuple(self.convert(e) for e in given)
                self.values = tuple(self.convert(e) for e in fixed)
            except _FinerUnitError:
                continue
            break
        self._check_constants()

    @property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """Parameters, free constants and generators."""
        free = set().union(*(v.free_symbols for v in self.values)) if self.values else set()
        made = [s for g in self.generators for s in g.symbols]
        extra = sorted(free - set(made) - set(self.parameters), key=str)
        return (*self.parameters, *extra, *made)

    def meaning(self, expr: sp.Expr) -> sp.Expr:
        """Return what a polynomial in generators stands for.

        Parameters
        ----------
        expr : sympy.Expr
            In parameters and symbols of generators.

        Returns
        -------
        sympy.Expr
            In the parameters.
        """
        return expr.xreplace(self._meaning)

    def convert(self, expr: sp.Expr) -> sp.Expr:
        """Return an expression as a polynomial in parameters and generators, which are adjoined as needed.

        Parameters
        ----------
        expr : sympy.Expr
            In the parameters.

        Returns
        -------
        sympy.Expr
            In parameters and symbols of generators.

        Raises
        ------
        InputError
            If a function is not differentiable or not supported.
        """
        if expr not in self._memo:
            self._memo[expr] = self._convert(expr)
        return self._memo[expr]

    def _convert(self, expr: sp.Expr) -> sp.Expr:
        if isinstance(expr, sp.Symbol | sp.Rational | sp.Add | sp.Mul):
            inner = [self.convert(a) for a in expr.args]
            return sp.expand(expr.func(*inner)) if inner else expr
        if isinstance(expr, sp.Pow) and expr.base is not sp.E:
            return self._power(expr)
        if expr in {sp.I, sp.oo, -sp.oo, sp.zoo, sp.nan}:
            raise InputError(f"{expr} occurs in the map.", remedy="Give a finite real map.")
        if isinstance(expr, sp.exp) or expr is sp.E:
            return self._exponential(self.convert(sp.log(expr) if expr is sp.E else expr.args[0]))
        if expr is sp.pi:
            return self._constant(sp.pi)
        return self._function(expr)

    def _function(self, expr: sp.Expr) -> sp.Expr:
        if isinstance(expr, ROUGH) or type(expr).__name__ == "relu":
            raise InputError(
                f"{expr} is not differentiable everywhere.",
                "the map has kinks, or a symbol of known sign was not declared so.",
                "Declare the sign of symbols (positive=True), or give the map on one smooth piece; of a ReLU network, "
                "the products along its paths (parametrizations.two_layer_relu).",
            )
        if isinstance(expr, sp.sinh | sp.cosh | sp.tanh | sp.coth | sp.sech | sp.csch):
            return self.convert(expr.rewrite(sp.exp))
        if isinstance(expr, sp.sin | sp.cos):
            cosine, sine = self._rotation(self.convert(expr.args[0]))
            return cosine if isinstance(expr, sp.cos) else sine
        quotients = {
            sp.tan: (sp.sin, sp.cos),
            sp.cot: (sp.cos, sp.sin),
            sp.sec: (None, sp.cos),
            sp.csc: (None, sp.sin),
        }
        if expr.func in quotients:
            top, bottom = quotients[expr.func]
            x = expr.args[0]
            return self.convert((top(x) if top else sp.S.One) / bottom(x))
        if isinstance(expr, sp.log) and len(expr.args) == 1:
            return self._logarithm(self.convert(expr.args[0]))
        x = expr.args[0] if expr.args else expr
        rates = {
            sp.atan: (1 / (1 + x**2), IMAGINARY),
            sp.acot: (-1 / (1 + x**2), IMAGINARY),
            sp.asin: (1 / sp.sqrt(1 - x**2), IMAGINARY),
            sp.acos: (-1 / sp.sqrt(1 - x**2), IMAGINARY),
            sp.asinh: (1 / sp.sqrt(1 + x**2), ""),
            sp.acosh: (1 / sp.sqrt(x**2 - 1), ""),
            sp.atanh: (1 / (1 - x**2), ""),
            sp.acoth: (1 / (1 - x**2), ""),
        }
        if expr.func in rates and not self._is_constant(self.convert(x)):
            rate, family = rates[expr.func]
            return self._primitive(expr, self.convert(x), self.convert(rate), family)
        raise InputError(
            f"{expr} cannot be used in an exact count.",
            "only polynomials, powers, exp, log, trigonometric and hyperbolic functions and their inverses are known.",
            "Write the map with these functions.",
        )

    # --- powers ---------------------------------------------------------------------------------------------------

    def _power(self, expr: sp.Pow) -> sp.Expr:
        base, exponent = expr.args
        if exponent.is_Integer:
            inner = self.convert(base) if exponent > 0 else self.inverse(self.convert(base))
            return sp.expand(inner ** abs(exponent))
        if exponent.is_Rational:
            return self._rational_power(self.convert(base), exponent)
        return self._exponential(
            sp.expand(self.convert(exponent) * self._logarithm(self.convert(base)))
        )

    def inverse(self, q: sp.Expr) -> sp.Expr:
        """Return 1/q, factor by factor.

        Parameters
        ----------
        q : sympy.Expr
            A polynomial in parameters and generators.

        Returns
        -------
        sympy.Expr
            Likewise.

        Raises
        ------
        InputError
            If q is zero.
        """
        constant, factors = self._factors(q)
        found = 1 / constant
        for factor, power in factors:
            found *= self._inverse_factor(factor) ** power
        return sp.expand(found)

    def _inverse_factor(self, q: sp.Expr) -> sp.Expr:
        pair = self._partner(q)
        if pair is not None:
            return pair
        if ("inverse", q) not in self._found:
            self._adjoin(("inverse", q), "inverse", ("w",), q, (1 / self.meaning(q),))
        return self._found["inverse", q].symbols[0]

    def _partner(self, q: sp.Expr) -> sp.Expr | None:
        """Return the symbol of 1/q where q is itself a symbol of a generator that has one."""
        for g in self.generators:
            if q in g.symbols and g.kind in {"root", "exp", "constant"} and len(g.symbols) == 2:
                return g.symbols[1 - g.symbols.index(q)]
            if q in g.symbols and g.kind == "inverse":
                return g.of
        return None

    def _factors(self, q: sp.Expr) -> tuple[sp.Rational, list[tuple[sp.Expr, int]]]:
        if q == 0:
            raise InputError("The map divides by zero.", remedy="Cancel the fraction.")
        if q.is_Rational:
            return q, []
        constant, factors = sp.factor_list(q)
        return constant, factors

    def _rational_power(self, q: sp.Expr, exponent: sp.Rational) -> sp.Expr:
        constant, factors = self._factors(q)
        even = exponent.q % 2 == 0
        if any(even and power % 2 == 0 and not self._positive(f) for f, power in factors):
            square = sp.sqrt(self.meaning(q))
            raise InputError(
                f"The root {square} is an absolute value.",
                "its argument contains a square.",
                "Declare the sign of the symbols, or write the root without the square.",
            )
        if constant < 0 and (not factors or not even):
            raise InputError(f"A root of {self.meaning(q)} is not real.", remedy="Give a real map.")
        found = self._number_power(abs(constant), exponent)
        for factor, power in factors:
            found *= self._factor_power(factor, exponent * power)
        return sp.expand(found)

    def _positive(self, q: sp.Expr) -> bool:
        return bool(self.meaning(q).is_positive)

    def _number_power(self, number: sp.Rational, exponent: sp.Rational) -> sp.Expr:
        found = sp.S.One
        for prime, power in sp.factorrat(number).items():
            found *= self._factor_power(sp.Integer(prime), exponent * power)
        return found

    def _factor_power(self, q: sp.Expr, exponent: sp.Rational) -> sp.Expr:
        if exponent.is_Integer:
            return (
                q**exponent
                if exponent >= 0 or q.is_Rational
                else self._inverse_factor(q) ** -exponent
            )
        for g in self.generators:
            if q in g.symbols and g.kind == "exp":
                sign = 1 if q == g.symbols[0] else -1
                return self._exponential(sp.expand(sign * exponent * g.of))
            if q in g.symbols and g.kind in {"root", "constant"} and g.order > 1:
                sign = 1 if q == g.symbols[0] else -1
                return self._factor_power(g.of, sign * exponent / g.order)
        order = lcm(self._orders.get(q, 1), int(exponent.q))
        if self._orders.get(q, order) != order:
            self._orders[q] = order
            raise _FinerUnitError
        self._orders[q] = order
        if ("root", q) not in self._found:
            meaning = sp.root(self.meaning(q), order)
            kind = "constant" if self._is_constant(q) else "root"
            self._adjoin(("root", q), kind, ("r", "s"), q, (meaning, 1 / meaning), order=order)
        root, inverse = self._found["root", q].symbols
        power = exponent * order
        return root**power if power > 0 else inverse**-power

    # --- exponentials, angles, logarithms -------------------------------------------------------------------------

    def _terms(self, kind: str, argument: sp.Expr) -> list[tuple[sp.Expr, int]]:
        """Return an argument as an integer combination of units, one for each monomial."""
        found = []
        for part in sp.Add.make_args(sp.expand(argument)):
            number, monomial = part.as_coeff_Mul()
            old = self._units.get((kind, monomial), sp.Abs(number))
            unit = sp.Rational(gcd(old.p * number.q, number.p * old.q), old.q * number.q)
            if self._units.get((kind, monomial), unit) != unit:
                self._units[kind, monomial] = unit
                raise _FinerUnitError
            self._units[kind, monomial] = unit
            found.append((unit * monomial, int(number / unit)))
        return found

    def _exponential(self, argument: sp.Expr) -> sp.Expr:
        found = sp.S.One
        plain = []
        for part in sp.Add.make_args(sp.expand(argument)):
            number, monomial = part.as_coeff_Mul()
            logs = [g for g in self.generators if monomial in g.symbols and g.family == "log"]
            if logs:
                found *= self._factor_power(logs[0].of, number)
            elif part != 0:
                plain.append(part)
        for unit, count in self._terms("exp", sp.Add(*plain)) if plain else ():
            key = ("exp", unit)
            if key not in self._found:
                meaning = sp.exp(self.meaning(unit))
                self._adjoin(key, "exp", ("y", "z"), unit, (meaning, 1 / meaning))
            y, z = self._found[key].symbols
            found *= y**count if count > 0 else z**-count
        return sp.expand(found)

    def _rotation(self, argument: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        cosine, sine = sp.S.One, sp.S.Zero
        for unit, count in self._terms("circle", argument) if argument != 0 else ():
            turn = self._unit_rotation(unit)
            for _ in range(abs(count)):
                c, s = turn[0], turn[1] * (1 if count > 0 else -1)
                cosine, sine = sp.expand(cosine * c - sine * s), sp.expand(sine * c + cosine * s)
        return cosine, sine

    def _unit_rotation(self, unit: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        number, monomial = unit.as_coeff_Mul()
        if self._meaning.get(monomial) is sp.pi:
            angle = number * sp.pi
            values = sp.cos(angle), sp.sin(angle)
            if any(v.has(sp.cos, sp.sin) for v in values):
                raise BudgetError(
                    f"cos({angle}) is not known by roots.", remedy="Use another angle."
                )
            return self.convert(values[0]), self.convert(values[1])
        key = ("circle", unit)
        if key not in self._found:
            angle = self.meaning(unit)
            self._adjoin(key, "circle", ("c", "s"), unit, (sp.cos(angle), sp.sin(angle)))
        cosine, sine = self._found[key].symbols
        return cosine, sine

    def _logarithm(self, q: sp.Expr) -> sp.Expr:
        constant, factors = self._factors(q)
        if constant < 0 and not factors:
            raise InputError(f"log({constant}) is not real.", remedy="Give a real map.")
        found = sp.S.Zero
        for prime, power in sp.factorrat(abs(constant)).items():
            found += power * self._constant(sp.log(prime))
        for factor, power in factors:
            found += power * self._log_factor(factor)
        return sp.expand(found)

    def _log_factor(self, q: sp.Expr) -> sp.Expr:
        for g in self.generators:
            if (
                q in g.symbols
                and g.kind in {"exp", "root", "constant", "inverse"}
                and g.family != "transcendental"
            ):
                sign = -1 if q == g.symbols[-1] else 1
                if g.kind == "exp":
                    return sign * g.of
                return sign * self._logarithm(g.of) / g.order
        return self._primitive(sp.log(self.meaning(q)), q, self._inverse_factor(q), "log")

    # --- adjoining ------------------------------------------------------------------------------------------------

    def _primitive(self, meaning: sp.Expr, of: sp.Expr, rate: sp.Expr, family: str) -> sp.Symbol:
        key = ("primitive", meaning.func, of)
        if key not in self._found:
            self._adjoin(key, "primitive", ("l",), of, (meaning,), rate=rate, family=family)
        return self._found[key].symbols[0]

    def _constant(self, number: sp.Expr) -> sp.Symbol:
        key = ("constant", number)
        if key not in self._found:
            self._adjoin(key, "constant", ("k",), sp.S.Zero, (number,), family="transcendental")
        return self._found[key].symbols[0]

    def _adjoin(
        self,
        key: Any,
        kind: str,
        names: tuple[str, ...],
        of: sp.Expr,
        meanings: tuple[sp.Expr, ...],
        **more: Any,
    ) -> None:
        symbols = tuple(dummy(name) for name in names)
        generator = Generator(kind, symbols, of, meanings, **more)
        self._found[key] = generator
        self.generators.append(generator)
        self._meaning.update(zip(symbols, meanings, strict=True))

    def _is_constant(self, q: sp.Expr) -> bool:
        return not self.meaning(q).has(*self.parameters)

    def _check_constants(self) -> None:
        """Refuse sets of constants that are not known to be algebraically independent.

        One of pi and the logarithms of primes is transcendental; of exponentials and angles at rational arguments
        Lindemann and Weierstrass say so.
        """
        single = [g.meanings[0] for g in self.generators if g.family == "transcendental"]
        powers = [
            g for g in self.generators if g.kind in {"exp", "circle"} and self._is_constant(g.of)
        ]
        classes = [*single, *([sp.E] if powers else [])]
        if len(classes) > 1 or any(not g.of.is_Rational for g in powers):
            shown = ", ".join(str(c) for c in classes) or str(powers[0].meanings[0])
            raise BudgetError(
                f"Whether the constants {shown} are algebraically independent is not known.",
                remedy="Use rational numbers, roots and one transcendental constant, or a symbol that is a parameter.",
            )
