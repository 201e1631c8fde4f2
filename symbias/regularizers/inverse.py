"""Inverses of monotone functions on the branch through a point, chosen among candidates by their values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import BudgetError
from symbias.sym.budget import time_limit
from symbias.sym.equality.evaluate import Evaluator, Undefined
from symbias.sym.symbols import dummy

SECONDS = 2.0
DIGITS = 40
STEPS = (0.03, 0.3, 1.0, 3.0)
LARGEST = 80
"""Operations of an inverse that is worth showing."""


def sample_values(symbols: Any, rng: np.random.Generator) -> dict[sp.Symbol, sp.Rational]:
    """Return random rational values that respect the signs of symbols.

    Parameters
    ----------
    symbols : iterable of sympy.Symbol
        Real ones.
    rng : numpy.random.Generator
        Source.

    Returns
    -------
    dict
        Magnitudes between 1/2 and 2.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> sample_values([x], np.random.default_rng(0))[x] > 0
    True
    """
    found = {}
    for s in sorted(symbols, key=lambda s: s.name):
        size = sp.Rational(int(rng.integers(500, 2000)), 1000)
        sign = (
            1
            if s.is_positive or s.is_nonnegative
            else -1
            if s.is_negative
            else int(rng.choice([-1, 1]))
        )
        found[s] = sign * size
    return found


def branch_points(
    f: sp.Expr, x: sp.Symbol, start: sp.Expr, *, count: int = 3
) -> list[dict[sp.Symbol, sp.Expr]]:
    """Return points on the monotone branch of a function through a start.

    Parameters
    ----------
    f : sympy.Expr
        The function of x, with further symbols.
    x : sympy.Symbol
        Its argument.
    start : sympy.Expr
        A value of x inside the branch.
    count : int
        How many values of the other symbols are tried.

    Returns
    -------
    list of dict
        Values of all symbols; as far to both sides of the start as the function is real and strictly monotone.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> len(branch_points(sp.exp(x), x, sp.S.Zero, count=1))
    8
    """
    rng = np.random.default_rng(7)
    others = (f.free_symbols | start.free_symbols) - {x}
    slope = sp.diff(f, x)
    found = []
    for _ in range(count if others else 1):
        values = sample_values(others, rng)
        height, here, centre = f.xreplace(values), slope.xreplace(values), start.xreplace(values)
        size = _length(here, x, centre)
        first = _value(here, x, centre)
        for side in (-1, 1):
            for step in STEPS:
                reach = side * sp.Rational(str(step)) * size
                at = sp.Rational(str((centre + reach).evalf(DIGITS)))
                path = [centre + (at - centre) * k / 8 for k in range(9)]
                if first is None or not _monotone(height, here, x, path, side * first):
                    break
                found.append({**values, x: at})
    return found


def _monotone(f: sp.Expr, slope: sp.Expr, x: sp.Symbol, path: Any, sign: sp.Expr) -> bool:
    """Whether slopes keep their sign and values their order along a path: no turning point, no pole."""
    slopes = [_value(slope, x, at) for at in path]
    heights: list[Any] = [_value(f, x, at) for at in path]
    if any(s is None or s * slopes[0] <= 0 for s in slopes) or None in heights:
        return False
    return all((b - a) * sign > 0 for a, b in pairwise(heights))


def _length(slope: sp.Expr, x: sp.Symbol, centre: sp.Expr) -> sp.Rational:
    """Return the distance over which a slope changes by its own size."""
    values = [_real(sp.diff(slope, x, k).subs(x, centre)) for k in range(3)]
    if values[0] in {None, 0}:
        return sp.S.One
    scales = [(abs(v / values[0])) ** (1 / sp.Integer(k)) for k, v in enumerate(values) if k and v]
    return sp.Rational(str((1 / max(scales)).evalf(8))) if scales else sp.S.One


def _value(f: sp.Expr, x: sp.Symbol, at: sp.Expr) -> Any:
    """Return a real value in multiprecision, or None; no exact expression is made on the way."""
    evaluator = Evaluator(DIGITS)
    try:
        value = evaluator.value(f, {x: evaluator.number(at)})
    except Undefined:
        return None
    return value if isinstance(value, evaluator.ctx.mpf) else None


def _real(value: sp.Expr) -> sp.Expr | None:
    number = value.evalf(DIGITS)
    if not number.is_number or number.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        return None
    re, im = number.as_real_imag()
    return re if abs(im) <= sp.Float(10) ** (10 - DIGITS) * (1 + abs(re)) else None


def inverse(f: sp.Expr, x: sp.Symbol, y: sp.Symbol, start: sp.Expr) -> sp.Expr | None:
    """Return g(y) with g(f(x)) = x on the monotone branch of f through a start.

    Parameters
    ----------
    f : sympy.Expr
        The function of x, with further symbols.
    x, y : sympy.Symbol
        Its argument and the name of its value.
    start : sympy.Expr
        A value of x on the branch.

    Returns
    -------
    sympy.Expr or None
        None if no closed form was found.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> inverse(x**2, x, y, sp.S(-1))
    -sqrt(y)
    """
    points = branch_points(f, x, start)
    if not points:
        return None
    for candidate in _candidates(f, x, y):
        if (
            sp.count_ops(candidate) <= LARGEST
            and not candidate.has(sp.I)
            and all(_meets(candidate, f, x, y, point) for point in points)
        ):
            return candidate
    return None


def _meets(candidate: sp.Expr, f: sp.Expr, x: sp.Symbol, y: sp.Symbol, point: Any) -> bool:
    value = _real(candidate.subs(y, f).xreplace(point)) if f.has(x) else None
    if value is None:
        return False
    return bool(abs(value - point[x]) <= sp.Float(10) ** -20 * (1 + abs(point[x])))


def _candidates(f: sp.Expr, x: sp.Symbol, y: sp.Symbol) -> Iterator[sp.Expr]:
    yield from _peeled(f, x, y)
    yield from _two_exponentials(f, x, y)
    yield from _by_exponential(f, x, y)
    yield from _one_logarithm(f, x, y)
    yield from _solved(f - y, x)


def _one_logarithm(f: sp.Expr, x: sp.Symbol, y: sp.Symbol) -> Iterator[sp.Expr]:
    """Invert c log(g(x)) + rest, where logarithms of one coefficient were combined."""
    rest, moving = sp.logcombine(f, force=True).as_independent(x, as_Add=True)
    number, log = moving.as_independent(x, as_Add=False)
    if isinstance(log, sp.log):
        yield from _solved(log.args[0] - sp.exp((y - rest) / number), x)


def _peeled(f: sp.Expr, x: sp.Symbol, y: sp.Expr) -> Iterator[sp.Expr]:
    """Undo sums, factors, powers and functions from the outside as long as x occurs once."""
    if f == x:
        yield y
    elif isinstance(f, sp.Add | sp.Mul):
        rest, inner = f.as_independent(x, as_Add=isinstance(f, sp.Add))
        if (
            len((sp.Add if isinstance(f, sp.Add) else sp.Mul).make_args(inner)) == 1
            and rest != f.func.identity
        ):
            yield from _peeled(inner, x, y - rest if isinstance(f, sp.Add) else y / rest)
    elif isinstance(f, sp.exp):
        yield from _peeled(f.args[0], x, sp.log(y))
    elif isinstance(f, sp.Pow) and not f.exp.has(x):
        for sign in (1, -1):
            yield from _peeled(f.base, x, sign * y ** (1 / f.exp))
    elif len(f.args) == 1 and (isinstance(f, sp.cosh) or hasattr(f, "inverse")):
        back = sp.acosh if isinstance(f, sp.cosh) else f.inverse()
        for sign in (1, -1):
            yield from _peeled(f.args[0], x, sign * back(y))


def _two_exponentials(f: sp.Expr, x: sp.Symbol, y: sp.Symbol) -> Iterator[sp.Expr]:
    """Invert A e^(rx) + B e^(-rx) + C: asinh where AB < 0, a logarithm where B = 0."""
    found = exponential_sum(f, x)
    if found is None:
        return
    constant = found.pop(sp.S.Zero, sp.S.Zero)
    rates = sorted(found, key=lambda r: bool(r.could_extract_minus_sign()))
    rest = y - constant
    if len(rates) == 1:
        yield sp.log(sp.factor(rest / found[rates[0]])) / rates[0]
    elif len(rates) == 2 and sp.expand(sum(rates)) == 0:
        rate, a, b = rates[0], found[rates[0]], found[rates[1]]
        size = 2 * sp.sqrt(sp.factor(-a * b))
        shift = sp.log(sp.factor(-b / a)) / 2
        for sign in (1, -1):
            yield (sp.asinh(sp.cancel(sign * rest / size)) * sign + shift) / rate


def exponential_sum(f: sp.Expr, x: sp.Symbol) -> dict[sp.Expr, sp.Expr] | None:
    """Return rate -> coefficient of a sum of exponentials, None for another function.

    Parameters
    ----------
    f : sympy.Expr
        Any expression.
    x : sympy.Symbol
        The argument.

    Returns
    -------
    dict or None
        The coefficient of exp(rate * x); rate 0 for the constant.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> sorted(exponential_sum(3 * sp.exp(2 * x) + 1, x).items())
    [(0, 1), (2, 3)]
    """
    found: dict[sp.Expr, sp.Expr] = {}
    plain = f.rewrite(sp.exp).replace(
        lambda e: e.is_Pow and e.exp.is_Integer and e.exp > 1 and e.base.has(x), sp.expand
    )
    plain = sp.expand(
        sp.expand(plain, multinomial=False), power_base=False, power_exp=False, multinomial=False
    )
    for term in sp.Add.make_args(plain):
        number, rest = sp.powsimp(term).as_independent(x, as_Add=False)
        rate = sp.S.Zero
        for factor in sp.Mul.make_args(rest):
            if factor == 1:
                continue
            if not isinstance(factor, sp.exp) or sp.diff(factor.args[0], x, 2) != 0:
                return None
            slope = sp.diff(factor.args[0], x)
            rate += slope
            number *= sp.exp(sp.expand(factor.args[0] - slope * x))
        found[rate] = found.get(rate, sp.S.Zero) + number
    return {r: _signed(c) for r, c in found.items() if sp.expand(c) != 0}


def _signed(number: sp.Expr) -> sp.Expr:
    """Factor a coefficient, but keep sums of squares, whose sign shows."""
    return number if number.is_nonnegative or number.is_nonpositive else sp.factor(number)


def _by_exponential(f: sp.Expr, x: sp.Symbol, y: sp.Symbol) -> Iterator[sp.Expr]:
    """Invert a polynomial or rational function of one exponential."""
    plain = f.rewrite(sp.exp)
    rates = {sp.diff(e.args[0], x) for e in plain.atoms(sp.exp) if e.has(x)}
    if not rates or any(r.has(x) or not r.is_Rational for r in rates):
        return
    unit = sp.Rational(
        int(sp.gcd_list([r.p for r in rates])), int(sp.ilcm(1, *[r.q for r in rates]))
    )
    z = dummy("z", positive=True)
    inside = plain.replace(
        lambda e: isinstance(e, sp.exp) and e.has(x),
        lambda e: sp.expand(z ** (sp.diff(e.args[0], x) / unit) * sp.exp(e.args[0].subs(x, 0))),
    )
    if not inside.has(x):
        for root in _solved(inside - y, z):
            yield sp.log(root) / unit


def _solved(equation: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    free = dummy("x")
    top = sp.fraction(sp.together(equation.subs(x, free)))[0]
    if top.is_polynomial(free) and sp.degree(top, free) == 2:
        a, b, c = sp.Poly(top, free).all_coeffs()
        root = sp.sqrt(sp.factor(b**2 - 4 * a * c))
        # Finite where the leading coefficient vanishes.
        return [sp.factor(-2 * c) / (b + sign * root) for sign in (1, -1)]
    if (
        len(_under_high_roots(top, free)) > 1
    ):  # without roots its degree is out of reach of any formula
        return []
    try:
        found = time_limit(SECONDS, lambda: sp.solve(top, free, check=False, simplify=False))
    except (
        BudgetError,
        NotImplementedError,
        ValueError,
        TypeError,
        ZeroDivisionError,
        RecursionError,
    ):
        return []
    return [e for e in found if isinstance(e, sp.Expr)]


def _under_high_roots(equation: sp.Expr, x: sp.Symbol) -> set[sp.Expr]:
    """Return what stands under cube roots and higher ones."""
    powers = (p for p in equation.atoms(sp.Pow) if p.base.has(x) and p.exp.is_Rational)
    return {power.base for power in powers if power.exp.q > 2}
