"""Logarithms and the Lambert function in normal form."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.equality.powers import exponential_step, factors
from symbias.sym.equality.signs import MINUS, NOT_NEGATIVE, NOT_POSITIVE, PLUS, signs
from symbias.sym.equality.tower import NeedsSign, Tower
from symbias.sym.factoring import factored


def logarithm(tower: Tower, argument: Any) -> Any:
    """Return log of an argument, split over its provably positive factors.

    Parameters
    ----------
    tower : Tower
        Holds the generators.
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
    >>> tower = Tower()
    >>> logarithm(tower, x * y) - logarithm(tower, x) - logarithm(tower, y)
    0
    """
    content, parts = factors(argument)
    outside, rest = [], sp.S.One
    for factor, multiplicity in parts:
        found = signs(factor)
        if found == PLUS:
            outside.append(multiplicity * _log_factor(tower, factor))
        elif found == MINUS:
            outside.append(multiplicity * _log_factor(tower, -factor))
            rest *= sp.S.NegativeOne**multiplicity
        else:
            rest *= factor**multiplicity
    if content < 0:
        rest, content = -rest, -content
    outside.extend(k * _log_factor(tower, sp.Integer(p)) for p, k in sp.factorrat(content).items())
    if rest == -1:
        outside.append(tower.lower(sp.I * sp.pi))
    elif rest != 1:
        outside.append(tower.generator(("log", tower.normal(rest)), sp.log(rest)))
    return sp.Add(*outside)


def _log_factor(tower: Tower, factor: Any) -> Any:
    if isinstance(factor, sp.exp) and factor.exp.is_real:
        return tower.lower(factor.exp)
    if factor.is_Pow and factor.exp.is_real and signs(factor.base) == PLUS:
        return tower.lower(factor.exp) * logarithm(tower, factor.base)
    if isinstance(factor, sp.LambertW) and len(factor.args) == 1:
        return logarithm(tower, factor.args[0]) - tower.lower(factor)
    value = tower.normal(factor)
    plain = tower.raise_(factored(value))
    if sp.count_ops(plain) < sp.count_ops(factor):
        return logarithm(tower, plain)
    return tower.generator(("log", value), sp.log(factor))


def lambert(tower: Tower, argument: Any, branch: Any = sp.S.Zero) -> Any:
    """Return W(argument) as argument/exp(W), which holds everywhere.

    Parameters
    ----------
    tower : Tower
        Holds the generators.
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
    >>> lambert(Tower(), x * sp.exp(x))
    x
    """
    inner = _inverse_lambert(argument)
    if inner is not None:
        found = signs(inner + 1)
        if (branch == 0 and found <= NOT_NEGATIVE) or (branch == -1 and found <= NOT_POSITIVE):
            return tower.lower(inner)
        if 2 not in found and not (found <= NOT_NEGATIVE or found <= NOT_POSITIVE):
            raise NeedsSign(inner + 1)
    kernel = sp.LambertW(argument, branch)
    if not isinstance(kernel, sp.LambertW):
        return tower.lower(kernel)
    return tower.lower(argument) / exponential_step(tower, sp.E, kernel, sp.S.One)


def _inverse_lambert(argument: Any) -> Any:
    """Return a with argument = a*exp(a), or None."""
    coefficient, exponentials = argument.as_independent(sp.exp, as_Add=False)
    if isinstance(exponentials, sp.exp) and sp.expand(exponentials.exp - coefficient) == 0:
        return coefficient
    return None
