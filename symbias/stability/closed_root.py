"""The smallest positive root of a polynomial with symbols in its coefficients, in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice, product

import sympy as sp

from symbias.errors import DomainError
from symbias.models.delay_law import DelayLaw
from symbias.models.update_rule import UpdateRule
from symbias.stability.noise_gain import RATIO, X

_RATIOS = ("1", "1/9", "7", "1/200", "60")
_VALUES = ("1/3", "-2/5", "9/10", "1/20", "-7/8", "3/5", "99/100", "13/4", "-1/20")
_POINTS = 24


def closed_first_root(
    rule: UpdateRule, polynomial: sp.Expr, at: Callable[[Mapping[sp.Symbol, sp.Expr]], sp.Expr]
) -> sp.Expr:
    """Return the root in `X` that is the smallest positive one throughout the range of the parameters.

    Parameters
    ----------
    rule : UpdateRule
        For the ranges of the parameters.
    polynomial : sympy.Expr
        In `X`, the parameters and `RATIO`.
    at : callable
        Values of the symbols -> the exact smallest root there.

    Returns
    -------
    sympy.Expr
        A root of a factor of degree one or two.

    Raises
    ------
    DomainError
        If no such root is the smallest one at each of two dozen points spread over the range.

    Notes
    -----
    Which factor and which sign of the square root is taken is decided by exact comparison at points, not proved in
    between.

    Examples
    --------
    >>> import symbias as sb
    >>> rule = sb.UpdateRule.gradient_descent()
    >>> closed_first_root(rule, X * (1 + RATIO) - 2, lambda point: 2 / (1 + point[RATIO]))
    2/(r + 1)
    """
    _, factors = sp.factor_list(polynomial)
    candidates = [root for factor, _ in factors for root in _roots(factor)]
    points = list(islice(_points(rule, polynomial.free_symbols - {X}), _POINTS))
    for point in points:
        expected = at(point)
        candidates = [c for c in candidates if _agree(c.subs(point), expected)]
    if not candidates or not points:
        raise DomainError(
            f"The mean-square threshold of {rule.name} has no closed form in these symbols.",
            cause="It is a root of a polynomial of degree three or more, or of different ones in parts of the range.",
            remedy="Give numbers for the parameters, the mean and the variance.",
        )
    return candidates[0]


def _roots(factor: sp.Expr) -> list[sp.Expr]:
    if not factor.has(X) or sp.degree(factor, X) > 2:
        return []
    poly = sp.Poly(factor, X)
    if poly.degree() == 1:
        slope, constant = poly.all_coeffs()
        return [-constant / slope]
    a, b, c = poly.all_coeffs()
    root = sp.sqrt(sp.factor(b**2 - 4 * a * c))
    # This form stays finite where the polynomial turns linear.
    return [2 * c / (-b + sign * root) for sign in (1, -1)]


def _agree(candidate: sp.Expr, expected: sp.Expr) -> bool:
    if not candidate.is_finite:
        return False
    return bool(abs(sp.N(candidate - expected, 30, chop=False)) < sp.Float("1e-20") * expected)


def _points(rule: UpdateRule, symbols: set[sp.Symbol]) -> Iterator[dict[sp.Symbol, sp.Expr]]:
    """Rational points in the range of the parameters, spread over it."""
    names = sorted(symbols, key=str)
    choices = [_RATIOS if s == RATIO else _VALUES for s in names]
    for texts in sorted(product(*choices), key=_shuffled):
        point = {s: sp.Rational(text) for s, text in zip(names, texts, strict=True)}
        if all(_allowed(s, value) for s, value in point.items()) and _inside(rule, point):
            yield point


def _shuffled(row: tuple[str, ...]) -> int:
    """Order the rows so that the first ones differ in every coordinate."""
    return sum((k + 1) * 7919 * sum(map(ord, text)) for k, text in enumerate(row)) % 1009


def _allowed(symbol: sp.Symbol, value: sp.Expr) -> bool:
    return not (
        (symbol.is_positive and value <= 0)
        or (symbol.is_negative and value >= 0)
        or (symbol.is_nonnegative and value < 0)
        or (symbol.is_integer and not value.is_integer)
    )


def _inside(rule: UpdateRule, point: Mapping[sp.Symbol, sp.Expr]) -> bool:
    if any(condition.subs(point) == sp.false for condition in rule.assumptions):
        return False
    if not isinstance(rule.delay, DelayLaw):
        return True
    if rule.delay.probabilities is not None:
        return all(0 <= chance.subs(point) <= 1 for _, chance in rule.delay.probabilities)
    s = rule.delay.generating.variables[0]
    law = rule.delay.generating.expr.subs(point)
    return all(0 <= sp.diff(law, s, k).subs(s, 0) <= sp.factorial(k) for k in range(8))
