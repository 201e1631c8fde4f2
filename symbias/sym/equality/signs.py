"""Which signs an expression can have, proved from the assumptions of its symbols.

The answer is the set of signs that could not be excluded, a subset of {-1, 0, 1}; an expression that is not known to
be real has none of the proofs below and gets all three together with `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product
from typing import Any

import sympy as sp
from sympy.core.symbol import Symbol

from symbias.sym.factoring import factored

Signs = frozenset[int]

ANY: Signs = frozenset({-1, 0, 1})
UNKNOWN: Signs = frozenset({-1, 0, 1, 2})
"""Not even known to be real."""

PLUS: Signs = frozenset({1})
MINUS: Signs = frozenset({-1})
ZERO: Signs = frozenset({0})
NOT_NEGATIVE: Signs = frozenset({0, 1})
NOT_POSITIVE: Signs = frozenset({0, -1})

_DEEPEST = 6


@lru_cache(maxsize=20_000)
def signs(expr: Any, depth: int = 0) -> Signs:
    """Return the signs that an expression can have.

    Parameters
    ----------
    expr : sympy.Expr
        In symbols with assumptions.
    depth : int
        How deep the proofs are nested already.

    Returns
    -------
    frozenset of int
        Subset of {-1, 0, 1}; `UNKNOWN` when it may be non-real.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> sorted(signs(x**2 - x + 1))
    [1]
    """
    found = _by_structure(expr, depth)
    if len(found) == 1 or depth > _DEEPEST:
        return found
    return found & _by_sympy(expr) if found != UNKNOWN else _by_sympy(expr)


def positive(expr: Any) -> bool:
    """Return whether an expression is proved positive.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    bool
        False means "not proved".

    Examples
    --------
    >>> positive(sp.exp(1) - 2)
    True
    """
    return signs(expr) == PLUS


def nonnegative(expr: Any) -> bool:
    """Return whether an expression is proved real and not negative.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    bool
        False means "not proved".

    Examples
    --------
    >>> nonnegative(sp.Integer(0))
    True
    """
    return signs(expr) <= NOT_NEGATIVE


def nonzero(expr: Any) -> bool:
    """Return whether an expression is proved real and different from zero.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    bool
        False means "not proved".

    Examples
    --------
    >>> nonzero(sp.Integer(-1))
    True
    """
    return not signs(expr) & {0, 2}


def _by_sympy(expr: Any) -> Signs:
    if not expr.is_extended_real or expr.is_finite is False:
        return UNKNOWN
    tests = ((1, expr.is_positive), (-1, expr.is_negative), (0, expr.is_zero))
    sure = [sign for sign, answer in tests if answer]
    if sure:
        return frozenset(sure)
    return frozenset(sign for sign, answer in tests if answer is not False)


def _by_structure(expr: Any, depth: int) -> Signs:
    if expr.is_number:
        return _of_number(expr)
    if isinstance(expr, Symbol):
        return _by_sympy(expr)
    for kind in type(expr).__mro__:
        rule = _RULES.get(kind)
        if rule is not None:
            return rule(expr, depth + 1)
    return UNKNOWN


def _of_number(expr: Any) -> Signs:
    if expr.is_zero:
        return ZERO
    value = expr.evalf(30, maxn=200)
    if value.is_Float and value._prec > 1:  # noqa: SLF001 - whether evalf got a digit
        return frozenset({int(sp.sign(value))})
    return _by_sympy(expr) if expr.is_real else UNKNOWN


def _product(parts: Iterable[Signs]) -> Signs:
    found: Signs = PLUS
    for part in parts:
        if 2 in part:
            return UNKNOWN
        found = frozenset(a * b for a, b in product(found, part))
    return found


def _sum(parts: Iterable[Signs]) -> Signs:
    union: Signs = frozenset().union(*parts)
    if 2 in union:
        return UNKNOWN
    if not {-1, 1} <= union:
        # Terms of one sign: the sum vanishes only where all terms do.
        strict = any(0 not in part for part in parts)
        return union - {0} if strict else union
    return ANY


def _of_product(expr: Any, depth: int) -> Signs:
    return _product([signs(a, depth) for a in expr.args])


def _of_power(expr: Any, depth: int) -> Signs:  # noqa: PLR0911 - a table of cases
    base, exponent = expr.args
    if base is sp.E:
        return PLUS if exponent.is_real else UNKNOWN
    inner = signs(base, depth)
    if 2 in inner:
        return UNKNOWN
    if exponent.is_Integer:
        if exponent % 2 == 0:
            return frozenset(s * s for s in inner)
        return inner
    if inner == PLUS and exponent.is_real:
        return PLUS
    if inner <= NOT_NEGATIVE and exponent.is_positive:
        return inner
    return UNKNOWN


def _of_sum(expr: Any, depth: int) -> Signs:
    found = _sum([signs(a, depth) for a in expr.args])
    if found not in {ANY, UNKNOWN}:
        return found
    if depth > _DEEPEST:
        return found
    for method in (
        _of_bounded,
        _after_expansion,
        _after_factoring,
        _as_square_sum,
        _of_one_variable,
        _against_root,
    ):
        better = method(expr, depth)
        if better not in {ANY, UNKNOWN}:
            return better
        if found == UNKNOWN:
            found = better
    return found


def _of_bounded(expr: Any, _depth: int) -> Signs:
    """Bound a number plus multiples of sines, cosines and the like, which stay within [-1, 1]."""
    low = high = sp.S.Zero
    for term in expr.args:
        coefficient, rest = term.as_coeff_Mul()
        if rest == 1:
            low, high = low + coefficient, high + coefficient
        elif isinstance(rest, _WITHIN_ONE) and rest.args[0].is_real:
            low, high = low - abs(coefficient), high + abs(coefficient)
        else:
            return UNKNOWN
    if low >= 0:
        return PLUS if low > 0 else NOT_NEGATIVE
    if high <= 0:
        return MINUS if high < 0 else NOT_POSITIVE
    return ANY


_WITHIN_ONE = (sp.sin, sp.cos, sp.tanh, sp.erf, sp.sign)


def _after_expansion(expr: Any, depth: int) -> Signs:
    expanded = sp.expand(expr)
    if expanded == expr or not expanded.is_Add:
        return signs(expanded, depth) if expanded != expr else ANY
    return _sum([signs(a, depth + 1) for a in expanded.args])


def _after_factoring(expr: Any, depth: int) -> Signs:
    """Over a common denominator, factor by factor."""
    if sp.count_ops(expr) > 200:
        return UNKNOWN
    try:
        product = factored(sp.together(expr))
    except sp.PolynomialError:
        return UNKNOWN
    if product.is_Mul or product.is_Pow:
        return _product([signs(a, depth + 1) for a in sp.Mul.make_args(product)])
    return UNKNOWN


def _as_square_sum(expr: Any, depth: int) -> Signs:
    """Treat a quadratic polynomial in several real quantities by completing squares one after the other."""
    real = sorted((s for s in expr.free_symbols if s.is_real), key=str)
    for symbol in real:
        if not expr.is_polynomial(symbol):
            continue
        poly = sp.Poly(expr, symbol)
        if poly.degree() != 2:
            continue
        a, b, c = poly.all_coeffs()
        if signs(a, depth + 1) == PLUS:
            rest = signs(sp.expand(4 * a * c - b**2), depth + 1)
            if rest <= NOT_NEGATIVE:
                # A positive discriminant term leaves no root, zero allows a double one.
                return PLUS if rest == PLUS else NOT_NEGATIVE
        if signs(a, depth + 1) == MINUS and signs(sp.expand(4 * a * c - b**2), depth + 1) == PLUS:
            return MINUS
    return UNKNOWN


def _of_one_variable(expr: Any, _depth: int) -> Signs:
    """Treat a polynomial in one symbol by counting its real roots where the symbol can be."""
    if len(expr.free_symbols) != 1:
        return UNKNOWN
    (symbol,) = expr.free_symbols
    if not symbol.is_real or not expr.is_polynomial(symbol):
        return UNKNOWN
    poly = sp.Poly(expr, symbol)
    if not all(c.is_Rational for c in poly.coeffs()) or poly.degree() > 30:
        return UNKNOWN
    low = 0 if symbol.is_nonnegative else None
    high = 0 if symbol.is_nonpositive else None
    roots = poly.count_roots(low, high)
    at_zero = poly.eval(0) == 0
    if at_zero and symbol.is_nonzero:
        roots -= 1
    if roots > 0:
        return _touching(poly, symbol)
    inside = 1 if low is not None else (-1 if high is not None else 0)
    return frozenset({int(sp.sign(poly.eval(inside)))})


def _touching(poly: Any, symbol: Any) -> Signs:
    """All real roots of even multiplicity: the sign never changes."""
    content, factors = poly.sqf_list()
    odd = sp.prod(f.as_expr() for f, multiplicity in factors if multiplicity % 2)
    if not odd.free_symbols:
        leading = int(sp.sign(poly.LC()))
        return frozenset({leading, 0})
    rest = sp.Poly(odd, symbol)
    if rest == poly or rest.degree() == poly.degree():
        return ANY
    return _product([signs(rest.as_expr()), NOT_NEGATIVE, _of_number(content)])


def _against_root(expr: Any, depth: int) -> Signs:
    """P - N with a square root on either side: compare the squares."""
    if depth > 3 or not any(p.exp == sp.S.Half for p in expr.atoms(sp.Pow)):
        return UNKNOWN
    terms = [(t, signs(t, depth + 1)) for t in expr.args]
    if any(2 in s for _, s in terms):
        return UNKNOWN
    plus = sp.Add(*[t for t, s in terms if s <= NOT_NEGATIVE])
    minus = sp.Add(*[t for t, s in terms if s <= NOT_POSITIVE and not s <= NOT_NEGATIVE])
    rest = expr - plus - minus
    if rest == 0 and 0 not in (plus, minus):
        return signs(sp.expand(plus**2 - minus**2), depth + 1)
    for root, sign in ((plus, PLUS), (minus, MINUS)):
        # A root that outweighs everything of unknown sign keeps its own sign.
        other = expr - root
        if root != 0 and signs(sp.expand(root**2 - other**2), depth + 1) == PLUS:
            return sign
    return UNKNOWN


def _same_as_argument(expr: Any, depth: int) -> Signs:
    return signs(expr.args[0], depth)


def _of_log(expr: Any, depth: int) -> Signs:
    return signs(expr.args[0] - 1, depth) if signs(expr.args[0], depth) == PLUS else UNKNOWN


def _of_absolute(expr: Any, depth: int) -> Signs:
    inner = signs(expr.args[0], depth)
    return frozenset(s * s for s in inner) if 2 not in inner else NOT_NEGATIVE


def _always_plus(expr: Any, _depth: int) -> Signs:
    return PLUS if all(a.is_real for a in expr.args) else UNKNOWN


def _of_extreme(pick: Callable[..., int]) -> Callable[[Any, int], Signs]:
    def rule(expr: Any, depth: int) -> Signs:
        parts = [signs(a, depth) for a in expr.args]
        if any(2 in p for p in parts):
            return UNKNOWN
        return frozenset(pick(choice) for choice in product(*parts))

    return rule


def _of_lambert(expr: Any, depth: int) -> Signs:
    if len(expr.args) > 1:
        return UNKNOWN
    inner = signs(expr.args[0], depth)
    return inner if inner <= NOT_NEGATIVE else UNKNOWN


_RULES: dict[Any, Callable[[Any, int], Signs]] = {
    sp.Mul: _of_product,
    sp.Add: _of_sum,
    sp.Pow: _of_power,
    sp.log: _of_log,
    sp.Abs: _of_absolute,
    sp.cosh: _always_plus,
    sp.erfc: _always_plus,
    sp.Max: _of_extreme(max),
    sp.Min: _of_extreme(min),
    sp.LambertW: _of_lambert,
    **dict.fromkeys((sp.atan, sp.asinh, sp.sinh, sp.tanh, sp.erf, sp.sign), _same_as_argument),
}
