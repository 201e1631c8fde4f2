"""How each function enters the normal form; every rule holds for principal values wherever both forms exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symbias.sym.equality.angles import circular
from symbias.sym.equality.logarithms import lambert, logarithm
from symbias.sym.equality.powers import exponential
from symbias.sym.equality.signs import MINUS, NOT_NEGATIVE, NOT_POSITIVE, PLUS, ZERO, signs
from symbias.sym.equality.tower import NeedsSign, Tower


def _absolute(tower: Tower, argument: Any) -> Any:
    found = signs(argument)
    if found <= NOT_NEGATIVE:
        return tower.lower(argument)
    if found <= NOT_POSITIVE:
        return -tower.lower(argument)
    if 2 not in found:
        raise NeedsSign(argument)
    square = tower.lower(argument) * tower.lower(sp.conjugate(argument))
    key = ("modulus", tower.normal(argument))
    return tower.generator(key, sp.Abs(argument), (2, square))


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
    corners = sorted(gap.atoms(sp.Abs), key=sp.default_sort_key)
    raise NeedsSign(corners[0].args[0] if corners else gap)


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


def _arccosine(x: Any) -> Any:
    if isinstance(x, sp.cos):
        angle = x.args[0]
        if all(signs(sp.together(g)) <= NOT_NEGATIVE for g in (angle, sp.pi - angle)):
            return angle
    return sp.pi / 2 - sp.asin(x)


def _exp(x: Any) -> Any:
    return sp.exp(x)


_TRUE_SIGNS: dict[Any, frozenset[int]] = {
    sp.Gt: PLUS,
    sp.Lt: MINUS,
    sp.Ge: NOT_NEGATIVE,
    sp.Le: NOT_POSITIVE,
    sp.Eq: ZERO,
    sp.Ne: PLUS | MINUS,
}


RULES: dict[Any, Callable[..., Any]] = {
    sp.exp: lambda tower, x: exponential(tower, sp.E, x),
    sp.sin: lambda tower, x: circular(tower, "sin", x),
    sp.cos: lambda tower, x: circular(tower, "cos", x),
    sp.log: logarithm,
    sp.LambertW: lambert,
    sp.Abs: _absolute,
    sp.sign: _sign,
    sp.Heaviside: _heaviside,
    sp.re: _by(lambda z: (z + sp.conjugate(z)) / 2),
    sp.im: _by(lambda z: (z - sp.conjugate(z)) / (2 * sp.I)),
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
    sp.acos: _by(_arccosine),
    sp.erfc: _by(lambda x: 1 - sp.erf(x)),
    sp.factorial: _by(lambda n: sp.gamma(n + 1)),
}
"""SymPy function -> rule(tower, *arguments)."""
