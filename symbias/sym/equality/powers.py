"""Powers and exponentials in normal form: one generator per base and exponent, roots taken out factor by factor."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.equality.angles import linear
from symbias.sym.equality.signs import NOT_NEGATIVE, NOT_POSITIVE, PLUS, signs
from symbias.sym.equality.tower import LARGEST_MULTIPLE, NeedsSign, TooLarge, Tower
from symbias.sym.factoring import factored
from symbias.sym.symbols import dummy

_AREA = (sp.asinh, sp.acosh, sp.atanh)
_LARGEST_POWER = 64


def power(tower: Tower, base: Any, exponent: Any) -> Any:
    """Return a power as a product of integer powers of generators.

    Parameters
    ----------
    tower : Tower
        Holds the generators.
    base, exponent : sympy.Expr
        Of the power.

    Returns
    -------
    sympy.Expr
        In generators.

    Examples
    --------
    >>> tower = Tower()
    >>> tower.reduce(power(tower, sp.Integer(2), sp.S.Half) ** 2)
    2
    """
    if exponent.is_Integer:
        if abs(exponent) > _LARGEST_POWER and not base.is_Symbol:
            raise TooLarge
        return (
            tower.lower(base) ** exponent
            if base is not sp.E
            else exponential(tower, base, exponent)
        )
    if exponent.is_Rational and base is not sp.E:
        return _root(tower, base, exponent)
    if base.is_Rational and base.is_positive:
        primes = sp.factorrat(base) if max(base.p, base.q) < 10**12 else {base: 1}
        return sp.Mul(*[exponential(tower, sp.sympify(p), k * exponent) for p, k in primes.items()])
    if base is sp.E or base.is_Symbol or base.is_number:
        return exponential(tower, base, exponent)
    return _composite_power(tower, base, exponent)


def _composite_power(tower: Tower, base: Any, exponent: Any) -> Any:
    """Split a symbolic power of a product: positive factors come out one by one."""
    content, parts = factors(base)
    plus = [(f, m) for f, m in parts if signs(f) == PLUS]
    rest = sp.Mul(*[f**m for f, m in parts if signs(f) != PLUS])
    if content < 0:
        rest, content = -rest, -content
    found = [exponential(tower, f, m * exponent) for f, m in plus]
    if content != 1:
        found.append(power(tower, content, exponent))
    if rest != 1:
        found.append(exponential(tower, rest, exponent))
    return sp.Mul(*found)


def exponential(tower: Tower, base: Any, exponent: Any) -> Any:
    """Return base**exponent, split over the terms of the exponent.

    Parameters
    ----------
    tower : Tower
        Holds the generators.
    base, exponent : sympy.Expr
        Of the power.

    Returns
    -------
    sympy.Expr
        In generators.

    Examples
    --------
    >>> exponential(Tower(), sp.E, sp.log(3))
    3
    """
    found = []
    exponent = proper_fractions(exponent)
    if base is sp.E and exponent.has(*_AREA):
        exponent = exponent.rewrite(_AREA, sp.log)
    if base is sp.E and exponent.has(sp.log):
        exponent = _plain_exponent(tower, exponent)
    for term, factor in linear(exponent):
        if term == 1 and base is not sp.E:
            found.append(power(tower, base, factor))
        elif base is not sp.E and signs(base) == PLUS:
            found.append(_positive_power(tower, base, factor * term))
        elif base is sp.E and isinstance(term, sp.log):
            found.append(power(tower, term.args[0], factor))
        elif base is sp.E and term.is_imaginary and (term / sp.I).is_real:
            angle = factor * term / sp.I
            found.append(
                tower.lower(sp.cos(angle)) + tower.lower(sp.I) * tower.lower(sp.sin(angle))
            )
        else:
            found.append(exponential_step(tower, base, term, factor))
    return sp.Mul(*found)


def proper_fractions(exponent: Any) -> Any:
    """Return an exponent with its fractions made proper, so that exponents of a sum of one show it.

    Parameters
    ----------
    exponent : sympy.Expr
        Any expression.

    Returns
    -------
    sympy.Expr
        An equal one: partial fractions where one symbol stands in denominators, else a polynomial plus fractions
        over one common denominator whose numerators, divided by it, leave nothing. Returned as it came where no
        symbol stands in a denominator of several terms, or where symbols of the denominator stand elsewhere than in
        polynomials.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> p, q = positive("p q")
    >>> proper_fractions(p / (p + q)), proper_fractions(q / (p + q))
    (-q/(p + q) + 1, q/(p + q))
    """
    sums = [f for f in exponent.atoms(sp.Pow) if f.exp.is_negative and f.base.is_Add]
    if not any(f.free_symbols for f in sums):
        return exponent
    names = {f: dummy() for f in exponent.atoms(sp.Function)}
    top, bottom = sp.fraction(sp.cancel(sp.together(exponent.xreplace(names))))
    generators = sorted(bottom.free_symbols, key=sp.default_sort_key)
    if not (top.is_polynomial(*generators) and bottom.is_polynomial(*generators)):
        return exponent
    if len(generators) == 1:
        terms = sp.Add.make_args(sp.expand(sp.apart(top / bottom, *generators)))
    else:
        quotient, rest = sp.div(top, bottom, *generators)
        terms = (*sp.Add.make_args(sp.expand(quotient)), *_over(bottom, rest))
    return sp.Add(*terms).xreplace({name: f for f, name in names.items()})


def _over(bottom: Any, rest: Any) -> list[Any]:
    return [term / bottom for term in sp.Add.make_args(sp.expand(rest))]


def _positive_power(tower: Tower, base: Any, exponent: Any) -> Any:
    """Write a symbolic power of a positive base as an exponential, so that all such powers share generators."""
    log = sp.log(base)
    if not isinstance(log, sp.log):
        return exponential(tower, sp.E, sp.expand(exponent * log))
    exponents = linear(proper_fractions(_plain_exponent(tower, exponent * log)))
    return sp.Mul(
        *[
            exponential_step(tower, sp.E, term, factor)
            if not isinstance(term, sp.log)
            else power(tower, term.args[0], factor)
            for term, factor in exponents
        ]
    )


def _plain_exponent(tower: Tower, exponent: Any) -> Any:
    """Return a real exponent with its logarithms split into those of positive factors."""
    if not exponent.is_real or exponent.is_Atom or isinstance(exponent, sp.log):
        return exponent
    return sp.expand(tower.raise_(sp.expand(tower.lower(exponent))))


def exponential_step(tower: Tower, base: Any, term: Any, factor: Any) -> Any:
    """Return base**(factor*term) as an integer power of base**(term/step).

    Parameters
    ----------
    tower : Tower
        Holds the generators.
    base, term : sympy.Expr
        Base and exponent.
    factor : sympy.Rational
        Multiple of the exponent.

    Returns
    -------
    sympy.Expr
        In generators.

    Examples
    --------
    >>> tower = Tower()
    >>> tower.raise_(exponential_step(tower, sp.E, sp.pi, sp.Integer(2)))
    exp(2*pi)
    """
    key = ("power", tower.normal(base) if base is not sp.E else base, _exponent_key(tower, term))
    step = tower.steps.note(key, int(factor.q))
    count = int(factor * step)
    if abs(count) > LARGEST_MULTIPLE * step:
        raise TooLarge
    relation = None
    if base is sp.S.NegativeOne and term.is_integer and step == 1:
        relation = (2, sp.S.One)
    return tower.generator((*key, step), base ** (term / step), relation) ** count


def _exponent_key(tower: Tower, term: Any) -> Any:
    if isinstance(term, sp.LambertW):
        # Its own normal form is made from this very exponential.
        return (sp.LambertW, *(tower.normal(a) for a in term.args))
    return tower.normal(term)


def _root(tower: Tower, base: Any, exponent: Any) -> Any:
    """Split a rational power: factors that are provably positive come out one by one."""
    content, parts = factors(base)
    outside, rest = [], sp.S.One
    for factor, multiplicity in parts:
        outside_factor, inside = _extract(tower, factor, multiplicity, exponent)
        outside.append(outside_factor)
        rest *= inside
    if content < 0:
        rest, content = -rest, -content
    outside.extend(_prime_root(tower, p, k * exponent) for p, k in sp.factorrat(content).items())
    return sp.Mul(*outside) * _rest_root(tower, rest, exponent)


def _extract(tower: Tower, factor: Any, multiplicity: int, exponent: Any) -> tuple[Any, Any]:
    """Return (lowered factor outside the root, factor left inside)."""
    found = signs(factor)
    if found <= NOT_NEGATIVE:
        return _positive_root(tower, factor, multiplicity * exponent), sp.S.One
    if found <= NOT_POSITIVE:
        return _positive_root(
            tower, -factor, multiplicity * exponent
        ), sp.S.NegativeOne**multiplicity
    if multiplicity % 2 == 0 and 2 not in found:
        raise NeedsSign(factor)
    return sp.S.One, factor**multiplicity


def _positive_root(tower: Tower, factor: Any, exponent: Any) -> Any:
    if exponent.is_Integer:
        return tower.lower(factor) ** exponent
    if isinstance(factor, sp.exp):
        return exponential(tower, sp.E, factor.exp * exponent)
    if factor.is_Pow and factor.exp.is_Rational:
        return _root(tower, factor.base, factor.exp * exponent)
    value = tower.normal(factor)
    parts = _squares(tower, factor, value)
    if parts is not None:
        return _root(tower, parts, exponent)
    step = tower.steps.note(("root", value), int(exponent.q))
    root = tower.generator(("root", value, step), factor ** sp.Rational(1, step), (step, value))
    return root ** int(exponent * step)


def _squares(tower: Tower, factor: Any, value: Any) -> Any:
    """Return an equal expression with repeated factors, when those show in the normal form only."""
    if factor.is_Atom or not value.free_symbols & set(tower.meaning):
        return None
    found = factored(value)
    powers = [p for p in sp.Mul.make_args(found) if p.is_Pow or p.is_Rational]
    if found.is_Pow or any(p.is_Pow and p.exp % 2 == 0 for p in powers):
        raised = tower.raise_(found)
        return raised if raised != factor else None
    return None


def _prime_root(tower: Tower, prime: int, exponent: Any) -> Any:
    return _positive_root(tower, sp.Integer(prime), exponent)


def _rest_root(tower: Tower, rest: Any, exponent: Any) -> Any:
    if rest == 1:
        return sp.S.One
    if rest == -1:
        return _minus_one_root(tower, exponent)
    value = tower.normal(rest)
    root = sp.Rational(1, exponent.q)
    generator = tower.generator(("rest", value, exponent.q), rest**root, (int(exponent.q), value))
    return generator ** int(exponent.p)


def _minus_one_root(tower: Tower, exponent: Any) -> Any:
    if exponent.q == 2:
        return tower.lower(sp.I) ** int(exponent.p)
    angle = sp.pi * exponent
    return tower.lower(sp.cos(angle)) + tower.lower(sp.I) * tower.lower(sp.sin(angle))


def factors(expr: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """Return the rational content and the factors of an expression.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    tuple
        (content, [(factor, integer multiplicity), ...]).

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> factors(2 * x**2 + 4 * x + 2)
    (2, [(x + 1, 2)])
    """
    if sp.count_ops(expr) < 300 and not expr.is_Symbol:
        try:
            expr = factored(sp.together(expr))
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
