"""Normal forms: every kernel of an expression becomes a generator over the rationals, with its algebraic relation.

``exp`` of independent exponents, sines and cosines of independent angles with s**2 = 1 - c**2, one root per base with
r**q = base, logarithms of factors, constants and whatever else remains. Only rewritings that hold for principal
values under the assumptions are used; where one needs a sign that is not known, `NeedsSign` names the expression.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy.core.symbol import Symbol

from symbias.sym.equality.signs import MINUS, NOT_NEGATIVE, NOT_POSITIVE, PLUS, ZERO, signs
from symbias.sym.symbols import dummy

_AREA = (sp.asinh, sp.acosh, sp.atanh)
_LARGEST_MULTIPLE = 24
_LARGEST_POWER = 64


class NeedsSign(Exception):  # noqa: N818 - a question, not a failure
    """The normal form depends on the sign of an expression."""

    def __init__(self, argument: Any) -> None:
        super().__init__(str(argument))
        self.argument = argument


class TooLarge(Exception):  # noqa: N818 - a limit of the method
    """The normal form would be too large."""


@dataclass
class Steps:
    """Common denominators: which fractions of a base, an exponent or an angle occur."""

    of: dict[Any, int] = field(default_factory=dict)

    def note(self, key: Any, denominator: int) -> int:
        """Take in a denominator and return the common one.

        Parameters
        ----------
        key : hashable
            Base, exponent or angle.
        denominator : int
            Of a fraction of it.

        Returns
        -------
        int
            The least common multiple so far.

        Examples
        --------
        >>> Steps({"x": 2}).note("x", 3)
        6
        """
        self.of[key] = math.lcm(self.of.get(key, 1), denominator)
        return self.of[key]


class Tower:
    """Generators over the rationals and the relations between them.

    Parameters
    ----------
    steps : Steps
        Denominators seen on an earlier pass over the same expressions; a second pass then uses one generator where
        the first one made several.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> tower = Tower(Steps())
    >>> root = tower.lower(sp.sqrt(x))
    >>> tower.relations[root]
    (2, x)
    """

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.relations: dict[Any, tuple[int, Any]] = {}
        self.meaning: dict[Any, Any] = {}
        self._by_key: dict[Any, Any] = {}
        self._lowered: dict[Any, Any] = {}

    def generator(self, key: Any, meaning: Any, relation: tuple[int, Any] | None = None) -> Any:
        """Return the generator of a key, made when it is new.

        Parameters
        ----------
        key : hashable
            What identifies it.
        meaning : sympy.Expr
            What it stands for.
        relation : tuple of (int, sympy.Expr), optional
            (q, R) when its q-th power equals R in earlier generators.

        Returns
        -------
        sympy.Dummy
            The generator.

        Examples
        --------
        >>> tower = Tower(Steps())
        >>> tower.generator("pi", sp.pi) is tower.generator("pi", sp.pi)
        True
        """
        if key not in self._by_key:
            fresh = dummy(f"g{len(self._by_key)}")
            self._by_key[key] = fresh
            self.meaning[fresh] = meaning
            if relation is not None:
                self.relations[fresh] = relation
        return self._by_key[key]

    def lower(self, expr: Any) -> Any:
        """Return an expression as a rational expression in symbols and generators.

        Parameters
        ----------
        expr : sympy.Expr
            Any expression.

        Returns
        -------
        sympy.Expr
            Only sums, products and integer powers.

        Raises
        ------
        NeedsSign
            If that depends on an unknown sign.
        TooLarge
            If powers or multiples are too large.

        Examples
        --------
        >>> Tower(Steps()).lower(sp.Rational(1, 2))
        1/2
        """
        if expr not in self._lowered:
            self._lowered[expr] = self._lower(expr)
        return self._lowered[expr]

    def raise_(self, lowered: Any) -> Any:
        """Return what a lowered expression stands for.

        Parameters
        ----------
        lowered : sympy.Expr
            In generators.

        Returns
        -------
        sympy.Expr
            In kernels.

        Examples
        --------
        >>> tower = Tower(Steps())
        >>> tower.raise_(tower.lower(sp.pi))
        pi
        """
        return lowered.xreplace(self.meaning)

    def _lower(self, expr: Any) -> Any:  # noqa: PLR0911 - a dispatch
        if isinstance(expr, (sp.Rational, Symbol)):
            return expr
        if expr.is_Add or expr.is_Mul:
            return expr.func(*[self.lower(a) for a in expr.args])
        if expr.is_Pow:
            return self._power(expr.base, expr.exp)
        if expr is sp.I:
            return self.generator(sp.I, sp.I, (2, sp.S.NegativeOne))
        if expr is sp.E:
            return self._power(sp.E, sp.S.One)
        for kind in type(expr).__mro__:
            if kind in _RULES:
                return _RULES[kind](self, *expr.args)
        if hasattr(expr, "definition"):
            return self.lower(expr.definition())
        return self.opaque(expr)

    def opaque(self, expr: Any) -> Any:
        """Return the generator of a kernel without relations; its arguments are put into normal form.

        Parameters
        ----------
        expr : sympy.Expr
            A function, an integral, a constant.

        Returns
        -------
        sympy.Dummy
            The generator.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> tower = Tower(Steps())
        >>> tower.opaque(sp.erf(x * (x + 1))) is tower.opaque(sp.erf(x**2 + x))
        True
        """
        if expr.args and isinstance(expr, sp.Function):
            key: Any = (expr.func, *(self.normal(a) for a in expr.args))
        else:
            key = expr
        return self.generator(key, expr)

    def normal(self, expr: Any) -> Any:
        """Return the lowered normal form of an expression, equal for equal rational expressions.

        Parameters
        ----------
        expr : sympy.Expr
            Any expression.

        Returns
        -------
        sympy.Expr
            In generators.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> Tower(Steps()).normal(x * (x + 1)) == Tower(Steps()).normal(x**2 + x)
        True
        """
        lowered = self.lower(expr)
        if lowered.is_Rational or lowered.is_Symbol:
            return lowered
        return sp.cancel(sp.together(self.reduce(lowered)))

    def reduce(self, lowered: Any) -> Any:
        """Lower the powers of generators by their relations, in numerator and denominator.

        Parameters
        ----------
        lowered : sympy.Expr
            In generators.

        Returns
        -------
        sympy.Expr
            An equal expression.

        Examples
        --------
        >>> tower = Tower(Steps())
        >>> tower.reduce(tower.lower(sp.sqrt(2)) ** 4)
        4
        """
        for generator in reversed(list(self.relations)):
            if lowered.has(generator):
                q, value = self.relations[generator]
                top, bottom = sp.fraction(sp.together(lowered))
                lowered = _rem(top, generator, q, value) / _rem(bottom, generator, q, value)
        return lowered

    # Powers and exponentials.

    def _power(self, base: Any, exponent: Any) -> Any:
        if exponent.is_Integer:
            if abs(exponent) > _LARGEST_POWER and not base.is_Symbol:
                raise TooLarge
            return (
                self.lower(base) ** exponent
                if base is not sp.E
                else self._exponential(base, exponent)
            )
        if exponent.is_Rational and base is not sp.E:
            return self._root(base, exponent)
        if base.is_Rational and base.is_positive:
            primes = sp.factorint(base) if max(base.p, base.q) < 10**12 else {base: 1}
            return sp.Mul(
                *[self._exponential(sp.sympify(p), k * exponent) for p, k in primes.items()]
            )
        if base is sp.E or base.is_Symbol or base.is_number:
            return self._exponential(base, exponent)
        return self._composite_power(base, exponent)

    def _composite_power(self, base: Any, exponent: Any) -> Any:
        """Split a symbolic power of a product: positive factors come out one by one."""
        content, factors = _factors(base)
        plus = [(f, m) for f, m in factors if signs(f) == PLUS]
        rest = sp.Mul(*[f**m for f, m in factors if signs(f) != PLUS])
        if content < 0:
            rest, content = -rest, -content
        found = [self._exponential(f, m * exponent) for f, m in plus]
        if content != 1:
            found.append(self._power(content, exponent))
        if rest != 1:
            found.append(self._exponential(rest, exponent))
        return sp.Mul(*found)

    def _exponential(self, base: Any, exponent: Any) -> Any:
        found = []
        if base is sp.E and exponent.has(*_AREA):
            exponent = exponent.rewrite(_AREA, sp.log)
        for term, factor in _linear(exponent):
            if term == 1 and base is not sp.E:
                found.append(self._power(base, factor))
            elif base is sp.E and isinstance(term, sp.log):
                found.append(self._power(term.args[0], factor))
            elif base is sp.E and term.is_imaginary and (term / sp.I).is_real:
                angle = factor * term / sp.I
                found.append(
                    self.lower(sp.cos(angle)) + self.lower(sp.I) * self.lower(sp.sin(angle))
                )
            else:
                found.append(self._exponential_step(base, term, factor))
        return sp.Mul(*found)

    def _exponential_step(self, base: Any, term: Any, factor: Any) -> Any:
        """base**(factor*term) as an integer power of base**(term/step)."""
        key = ("power", self.normal(base) if base is not sp.E else base, self._exponent_key(term))
        step = self.steps.note(key, int(factor.q))
        count = int(factor * step)
        if abs(count) > _LARGEST_MULTIPLE * step:
            raise TooLarge
        relation = None
        if base is sp.S.NegativeOne and term.is_integer and step == 1:
            relation = (2, sp.S.One)
        return self.generator((*key, step), base ** (term / step), relation) ** count

    def _exponent_key(self, term: Any) -> Any:
        if isinstance(term, sp.LambertW):
            # Its own normal form is made from this very exponential.
            return (sp.LambertW, *(self.normal(a) for a in term.args))
        return self.normal(term)

    def _root(self, base: Any, exponent: Any) -> Any:
        """Split a rational power: factors that are provably positive come out one by one."""
        content, factors = _factors(base)
        outside, rest = [], sp.S.One
        for factor, multiplicity in factors:
            outside_factor, inside = self._extract(factor, multiplicity, exponent)
            outside.append(outside_factor)
            rest *= inside
        if content < 0:
            rest, content = -rest, -content
        outside.extend(self._prime_root(p, k * exponent) for p, k in sp.factorint(content).items())
        return sp.Mul(*outside) * self._rest_root(rest, exponent)

    def _extract(self, factor: Any, multiplicity: int, exponent: Any) -> tuple[Any, Any]:
        """Return (lowered factor outside the root, factor left inside)."""
        found = signs(factor)
        if found <= NOT_NEGATIVE:
            return self._positive_root(factor, multiplicity * exponent), sp.S.One
        if found <= NOT_POSITIVE:
            return self._positive_root(
                -factor, multiplicity * exponent
            ), sp.S.NegativeOne**multiplicity
        if multiplicity % 2 == 0 and 2 not in found:
            raise NeedsSign(factor)
        return sp.S.One, factor**multiplicity

    def _positive_root(self, factor: Any, exponent: Any) -> Any:
        if exponent.is_Integer:
            return self.lower(factor) ** exponent
        if isinstance(factor, sp.exp):
            return self._exponential(sp.E, factor.exp * exponent)
        if factor.is_Pow and factor.exp.is_Rational:
            return self._root(factor.base, factor.exp * exponent)
        value = self.normal(factor)
        step = self.steps.note(("root", value), int(exponent.q))
        root = self.generator(("root", value, step), factor ** sp.Rational(1, step), (step, value))
        return root ** int(exponent * step)

    def _prime_root(self, prime: int, exponent: Any) -> Any:
        return self._positive_root(sp.Integer(prime), exponent)

    def _rest_root(self, rest: Any, exponent: Any) -> Any:
        if rest == 1:
            return sp.S.One
        if rest == -1:
            return self._minus_one_root(exponent)
        value = self.normal(rest)
        root = sp.Rational(1, exponent.q)
        generator = self.generator(
            ("rest", value, exponent.q), rest**root, (int(exponent.q), value)
        )
        return generator ** int(exponent.p)

    def _minus_one_root(self, exponent: Any) -> Any:
        if exponent.q == 2:
            return self.lower(sp.I) ** int(exponent.p)
        angle = sp.pi * exponent
        return self.lower(sp.cos(angle)) + self.lower(sp.I) * self.lower(sp.sin(angle))

    # Sines and cosines.

    def circular(self, name: str, angle: Any) -> Any:
        """Return sin or cos of an angle, expanded over independent angles.

        Parameters
        ----------
        name : str
            ``"sin"`` or ``"cos"``.
        angle : sympy.Expr
            The argument.

        Returns
        -------
        sympy.Expr
            Polynomial in the generators.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> tower = Tower(Steps())
        >>> sp.expand(tower.reduce(tower.circular("cos", 2 * x)))
        2*_g0**2 - 1
        """
        total = (sp.S.One, sp.S.Zero)
        for term, factor in _linear(angle):
            total = _turn(total, self._multiple(term, factor))
        return total[0] if name == "cos" else total[1]

    def _multiple(self, term: Any, factor: Any) -> tuple[Any, Any]:
        if term is sp.pi:
            return self._angle_of_pi(factor)
        key = ("angle", self.normal(term))
        step = self.steps.note(key, int(factor.q))
        count = int(factor * step)
        if abs(count) > _LARGEST_MULTIPLE * step:
            raise TooLarge
        cosine, sine = self._basic(term / step)
        found = (sp.S.One, sp.S.Zero)
        for _ in range(abs(count)):
            found = _turn(found, (cosine, sine))
            found = tuple(sp.expand(self.reduce(f)) for f in found)
        return found if count >= 0 else (found[0], -found[1])

    def _angle_of_pi(self, factor: Any) -> tuple[Any, Any]:
        cosine, sine = sp.cos(sp.pi * factor), sp.sin(sp.pi * factor)
        if not cosine.has(sp.cos, sp.sin) and not sine.has(sp.cos, sp.sin):
            return self.lower(cosine), self.lower(sine)
        return self._basic(sp.pi * factor)

    def _basic(self, angle: Any) -> tuple[Any, Any]:
        cosine, sine = sp.cos(angle), sp.sin(angle)
        if isinstance(cosine, sp.cos) and cosine.args[0] == angle:
            c = self.generator(("cos", self.normal(angle)), cosine)
            return c, self.generator(("sin", self.normal(angle)), sp.sin(angle), (2, 1 - c**2))
        return self.lower(cosine), self.lower(sine)

    # Logarithms and other kernels.

    def logarithm(self, argument: Any) -> Any:
        """Return log of an argument, split over its provably positive factors.

        Parameters
        ----------
        argument : sympy.Expr
            The argument.

        Returns
        -------
        sympy.Expr
            In generators.

        Examples
        --------
        >>> from symbias.sym.symbols import positive
        >>> x, y = positive("x y")
        >>> tower = Tower(Steps())
        >>> tower.logarithm(x * y) - tower.logarithm(x) - tower.logarithm(y)
        0
        """
        content, factors = _factors(argument)
        outside, rest = [], sp.S.One
        for factor, multiplicity in factors:
            found = signs(factor)
            if found == PLUS:
                outside.append(multiplicity * self._log_factor(factor))
            elif found == MINUS:
                outside.append(multiplicity * self._log_factor(-factor))
                rest *= sp.S.NegativeOne**multiplicity
            else:
                rest *= factor**multiplicity
        if content < 0:
            rest, content = -rest, -content
        outside.extend(
            k * self._log_factor(sp.Integer(p)) for p, k in sp.factorint(content).items()
        )
        if rest == -1:
            outside.append(self.lower(sp.I * sp.pi))
        elif rest != 1:
            outside.append(self.generator(("log", self.normal(rest)), sp.log(rest)))
        return sp.Add(*outside)

    def _log_factor(self, factor: Any) -> Any:
        if isinstance(factor, sp.exp) and factor.exp.is_real:
            return self.lower(factor.exp)
        if factor.is_Pow and factor.exp.is_real and signs(factor.base) == PLUS:
            return self.lower(factor.exp) * self.logarithm(factor.base)
        if isinstance(factor, sp.LambertW) and len(factor.args) == 1:
            return self.logarithm(factor.args[0]) - self.lower(factor)
        return self.generator(("log", self.normal(factor)), sp.log(factor))

    def lambert(self, argument: Any, branch: Any = sp.S.Zero) -> Any:
        """Return W(argument) as argument/exp(W), which holds everywhere.

        Parameters
        ----------
        argument : sympy.Expr
            The argument.
        branch : sympy.Integer
            0 or -1 for real values.

        Returns
        -------
        sympy.Expr
            In generators.

        Examples
        --------
        >>> from symbias.sym.symbols import positive
        >>> x = positive("x")
        >>> Tower(Steps()).lambert(x * sp.exp(x))
        x
        """
        inner = _inverse_lambert(argument)
        if inner is not None:
            found = signs(inner + 1)
            if (branch == 0 and found <= NOT_NEGATIVE) or (branch == -1 and found <= NOT_POSITIVE):
                return self.lower(inner)
            if 2 not in found and not (found <= NOT_NEGATIVE or found <= NOT_POSITIVE):
                raise NeedsSign(inner + 1)
        kernel = sp.LambertW(argument, branch)
        if not isinstance(kernel, sp.LambertW):
            return self.lower(kernel)
        return self.lower(argument) / self._exponential_step(sp.E, kernel, sp.S.One)


def _inverse_lambert(argument: Any) -> Any:
    """Return a with argument = a*exp(a), or None."""
    coefficient, exponentials = argument.as_independent(sp.exp, as_Add=False)
    if isinstance(exponentials, sp.exp) and sp.expand(exponentials.exp - coefficient) == 0:
        return coefficient
    return None


def _linear(expr: Any) -> list[tuple[Any, Any]]:
    """Return an expression as a sum of rational multiples of terms, in a fixed order."""
    terms = sp.expand(expr).as_coefficients_dict()
    found = [(t, sp.sympify(c)) for t, c in terms.items() if c != 0]
    return sorted(found, key=lambda item: sp.default_sort_key(item[0]))


def _turn(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    return a[0] * b[0] - a[1] * b[1], a[1] * b[0] + a[0] * b[1]


def _factors(expr: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """Return (rational content, [(factor, integer multiplicity)])."""
    if sp.count_ops(expr) < 300 and not expr.is_Symbol:
        try:
            expr = sp.factor(sp.together(expr))
        except sp.PolynomialError:
            expr = sp.factor_terms(expr)
    content, rest = expr.as_coeff_Mul()
    if not content.is_Rational:
        content, rest = sp.S.One, expr
    found = []
    for part in sp.Mul.make_args(rest):
        base, exponent = part.as_base_exp() if part.is_Pow else (part, sp.S.One)
        if exponent.is_Integer:
            found.append((base, exponent))
        else:
            found.append((part, sp.S.One))
    return content, [(f, m) for f, m in found if f != 1]


def _rem(poly: Any, generator: Any, q: int, value: Any) -> Any:
    if not poly.has(generator):
        return poly
    terms = sp.Poly(poly, generator).terms()
    return sp.Add(*[c * value ** (k // q) * generator ** (k % q) for (k,), c in terms])


def _absolute(tower: Tower, argument: Any) -> Any:
    found = signs(argument)
    if found <= NOT_NEGATIVE:
        return tower.lower(argument)
    if found <= NOT_POSITIVE:
        return -tower.lower(argument)
    if 2 not in found:
        raise NeedsSign(argument)
    return tower.opaque(sp.Abs(argument))


def _sign(tower: Tower, argument: Any) -> Any:
    found = signs(argument)
    if len(found) == 1:
        return sp.Integer(next(iter(found)))
    if 2 not in found:
        raise NeedsSign(argument)
    return tower.opaque(sp.sign(argument))


def _heaviside(tower: Tower, argument: Any, at_zero: Any = sp.S.Half) -> Any:
    found = signs(argument)
    if len(found) == 1:
        return {1: sp.S.One, -1: sp.S.Zero, 0: tower.lower(at_zero)}[next(iter(found))]
    if 2 not in found:
        raise NeedsSign(argument)
    return tower.opaque(sp.Heaviside(argument, at_zero))


def _extreme(largest: bool) -> Callable[..., Any]:
    def rule(tower: Tower, *arguments: Any) -> Any:
        best = arguments[0]
        for other in arguments[1:]:
            gap = other - best
            found = signs(gap)
            if found <= NOT_NEGATIVE:
                best = other if largest else best
            elif found <= NOT_POSITIVE:
                best = best if largest else other
            else:
                raise NeedsSign(gap)
        return tower.lower(best)

    return rule


def _piecewise(tower: Tower, *branches: Any) -> Any:
    for branch, condition in branches:
        if settle(condition):
            return tower.lower(branch)
    return tower.opaque(sp.Piecewise(*branches))


def settle(condition: Any) -> bool:
    """Return whether a condition holds, from the signs that its relations need.

    Parameters
    ----------
    condition : sympy boolean
        Relations, And, Or, Not.

    Returns
    -------
    bool
        True or false for certain.

    Raises
    ------
    NeedsSign
        If that depends on a sign that is not known.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> settle(positive("x") > -1)
    True
    """
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, sp.And):
        return all(settle(c) for c in condition.args)
    if isinstance(condition, sp.Or):
        return any(settle(c) for c in condition.args)
    if isinstance(condition, sp.Not):
        return not settle(condition.args[0])
    gap = condition.lhs - condition.rhs
    found = signs(sp.together(gap))
    true_signs = _TRUE_SIGNS[type(condition)]
    if found <= true_signs:
        return True
    if not found & true_signs and 2 not in found:
        return False
    raise NeedsSign(gap)


_TRUE_SIGNS: dict[Any, frozenset[int]] = {
    sp.Gt: PLUS,
    sp.Lt: MINUS,
    sp.Ge: NOT_NEGATIVE,
    sp.Le: NOT_POSITIVE,
    sp.Eq: ZERO,
    sp.Ne: PLUS | MINUS,
}


def _arctangent2(tower: Tower, y: Any, x: Any) -> Any:
    side, height = signs(x), signs(y)
    if side == PLUS:
        return tower.lower(sp.atan(y / x))
    if side == MINUS and height <= NOT_NEGATIVE:
        return tower.lower(sp.atan(y / x) + sp.pi)
    if side == MINUS and height == MINUS:
        return tower.lower(sp.atan(y / x) - sp.pi)
    if side == ZERO and height in (PLUS, MINUS):
        return tower.lower(sp.pi / 2 if height == PLUS else -sp.pi / 2)
    if len(side) > 1 and 2 not in side:
        raise NeedsSign(x)
    if len(height) > 1 and 2 not in height:
        raise NeedsSign(y)
    return tower.opaque(sp.atan2(y, x))


def _expanded(function: Any) -> Callable[..., Any]:
    """Functions with a recurrence: whole numbers are taken out of the argument first."""

    def rule(tower: Tower, *arguments: Any) -> Any:
        kernel = function(*[sp.expand(a) for a in arguments])
        wider = sp.expand_func(kernel)
        return tower.opaque(kernel) if wider == kernel else tower.lower(wider)

    return rule


def _binomial(tower: Tower, n: Any, k: Any) -> Any:
    kernel = sp.expand_func(sp.binomial(n, k))
    if not isinstance(kernel, sp.binomial):
        return tower.lower(kernel)
    if all(signs(x) <= NOT_NEGATIVE for x in (n, k, sp.expand(n - k))):
        return tower.lower(sp.gamma(n + 1) / sp.gamma(k + 1) / sp.gamma(n - k + 1))
    return tower.opaque(kernel)


def _by(formula: Callable[..., Any]) -> Callable[..., Any]:
    """Rewrite a function by a formula valid everywhere it is defined."""
    return lambda tower, *arguments: tower.lower(formula(*arguments))


def _exp(x: Any) -> Any:
    return sp.exp(x)


_RULES: dict[Any, Callable[..., Any]] = {
    sp.exp: lambda tower, x: tower._power(sp.E, x),  # noqa: SLF001 - the rules belong to the class
    sp.sin: lambda tower, x: tower.circular("sin", x),
    sp.cos: lambda tower, x: tower.circular("cos", x),
    sp.log: Tower.logarithm,
    sp.LambertW: Tower.lambert,
    sp.Abs: _absolute,
    sp.sign: _sign,
    sp.Heaviside: _heaviside,
    sp.Max: _extreme(largest=True),
    sp.Min: _extreme(largest=False),
    sp.Piecewise: _piecewise,
    sp.atan2: _arctangent2,
    sp.gamma: _expanded(sp.gamma),
    sp.binomial: _binomial,
    sp.polygamma: _expanded(sp.polygamma),
    sp.tan: _by(lambda x: sp.sin(x) / sp.cos(x)),
    sp.cot: _by(lambda x: sp.cos(x) / sp.sin(x)),
    sp.sec: _by(lambda x: 1 / sp.cos(x)),
    sp.csc: _by(lambda x: 1 / sp.sin(x)),
    sp.sinh: _by(lambda x: (_exp(x) - _exp(-x)) / 2),
    sp.cosh: _by(lambda x: (_exp(x) + _exp(-x)) / 2),
    sp.tanh: _by(lambda x: (_exp(2 * x) - 1) / (_exp(2 * x) + 1)),
    sp.coth: _by(lambda x: (_exp(2 * x) + 1) / (_exp(2 * x) - 1)),
    sp.sech: _by(lambda x: 2 / (_exp(x) + _exp(-x))),
    sp.csch: _by(lambda x: 2 / (_exp(x) - _exp(-x))),
    sp.asinh: _by(lambda x: sp.log(x + sp.sqrt(x**2 + 1))),
    sp.acosh: _by(lambda x: sp.log(x + sp.sqrt(x - 1) * sp.sqrt(x + 1))),
    sp.atanh: _by(lambda x: (sp.log(1 + x) - sp.log(1 - x)) / 2),
    sp.acos: _by(lambda x: sp.pi / 2 - sp.asin(x)),
    sp.erfc: _by(lambda x: 1 - sp.erf(x)),
    sp.factorial: _by(lambda n: sp.gamma(n + 1)),
}
