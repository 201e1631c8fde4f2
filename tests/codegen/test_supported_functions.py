"""Every row of the closed table is printed, compiled and held to 50-digit values.

Grids walk towards the singular points of each function. The allowance is in ulp relative to the
conditioning: 4, except where the C library needs more.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy as sp
from sympy.codegen import cfunctions as cf

from symbias.codegen.accuracy import ulp_error
from symbias.codegen.kernel import compile_expression
from symbias.codegen.reference import reference_page
from symbias.codegen.rules import RULES
from symbias.codegen.translate import supported
from symbias.sym import functions as own
from symbias.sym.symbols import dummy, real

x, y = real("x y")
z = dummy("z")


class Row(NamedTuple):
    """An expression in x (and y), and the points at which its kernel is held to the exact value."""

    expression: Any
    grid: Any
    allowance: float = 4.0


def logs(low, high, count=25):
    return np.logspace(low, high, count)


def both(grid):
    return np.concatenate([-grid[::-1], grid])


EVERYWHERE = both(logs(-300, 300))
MODERATE = both(logs(-300, 2.5))
UNIT = both(np.concatenate([logs(-300, -0.3), 1 - logs(-15, -0.4)]))
POSITIVE = logs(-300, 300)
ABOVE_ONE = 1 + logs(-15, 15)
PAIRS = [(a, b) for a in both(logs(-8, 8, 6)) for b in both(logs(-8, 8, 6))]
BRANCH = -math.exp(-1) + logs(-15, -0.6)

ROWS: dict[Any, Row] = {
    sp.Add: Row(x + y, PAIRS),
    sp.Mul: Row(x * y / 3, PAIRS),
    sp.Pow: Row(x ** sp.Rational(-7, 2), logs(-80, 80)),
    sp.exp: Row(sp.exp(x), MODERATE),
    sp.log: Row(sp.log(x), np.concatenate([POSITIVE, 1 - logs(-15, -0.4), ABOVE_ONE])),
    cf.expm1: Row(cf.expm1(x), MODERATE),
    cf.log1p: Row(cf.log1p(x), np.concatenate([POSITIVE, -1 + logs(-15, -0.4)])),
    cf.log2: Row(cf.log2(x), POSITIVE),
    cf.log10: Row(cf.log10(x), POSITIVE),
    cf.hypot: Row(cf.hypot(x, y), [*PAIRS, (1e200, 1e200), (1e-200, 1e-200)]),
    cf.Sqrt: Row(cf.Sqrt(x), POSITIVE),
    sp.sin: Row(sp.sin(x), both(logs(-300, 15))),
    sp.cos: Row(sp.cos(x), both(logs(-300, 15))),
    sp.tan: Row(sp.tan(x), both(logs(-300, 15))),
    sp.sec: Row(sp.sec(x), both(logs(-300, 3))),
    sp.csc: Row(sp.csc(x), both(logs(-300, 3))),
    sp.cot: Row(sp.cot(x), both(logs(-300, 3))),
    sp.sinc: Row(sp.sinc(x), both(logs(-300, 3))),
    sp.asin: Row(sp.asin(x), UNIT),
    sp.acos: Row(sp.acos(x), UNIT),
    sp.atan: Row(sp.atan(x), EVERYWHERE),
    sp.acot: Row(sp.acot(x), EVERYWHERE),
    sp.asec: Row(sp.asec(x), both(ABOVE_ONE)),
    sp.acsc: Row(sp.acsc(x), both(ABOVE_ONE)),
    sp.atan2: Row(sp.atan2(x, y), PAIRS),
    sp.sinh: Row(sp.sinh(x), MODERATE),
    sp.cosh: Row(sp.cosh(x), MODERATE),
    sp.tanh: Row(sp.tanh(x), MODERATE),
    sp.sech: Row(sp.sech(x), MODERATE),
    sp.csch: Row(sp.csch(x), MODERATE),
    sp.coth: Row(sp.coth(x), MODERATE),
    sp.asinh: Row(sp.asinh(x), EVERYWHERE),
    sp.acosh: Row(sp.acosh(x), ABOVE_ONE),
    sp.atanh: Row(sp.atanh(x), UNIT),
    sp.asech: Row(sp.asech(x), 1 - logs(-15, -0.01)),
    sp.acsch: Row(sp.acsch(x), EVERYWHERE),
    sp.acoth: Row(sp.acoth(x), both(ABOVE_ONE)),
    sp.Abs: Row(sp.Abs(x), EVERYWHERE),
    sp.sign: Row(sp.sign(x), [*EVERYWHERE, 0.0]),
    sp.Min: Row(sp.Min(x, y, x * y, x + y, 3), PAIRS),
    sp.Max: Row(sp.Max(x, y, x * y, x + y, -3), PAIRS),
    sp.Piecewise: Row(
        sp.Piecewise(
            (sp.Piecewise((x**2, y > 0), (sp.sin(x), y > -1), (7, True)), x < 1), (x * y, True)
        ),
        PAIRS,
    ),
    sp.Heaviside: Row(sp.Heaviside(x) + 2 * sp.Heaviside(x, 1), [*EVERYWHERE, 0.0]),
    sp.floor: Row(sp.floor(x), [-2.5, -2.0, 0.0, 0.3, 1.0, 1e15 + 0.5]),
    sp.ceiling: Row(sp.ceiling(x), [-2.5, -2.0, 0.0, 0.3, 1.0, 1e15 + 0.5]),
    sp.frac: Row(sp.frac(x), [-2.25, 0.3, 1.5, 1e15 + 0.5]),
    sp.Mod: Row(sp.Mod(x, y), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (1e-9, 3.0), (5.3, 0.7)]),
    sp.re: Row(sp.re(z), EVERYWHERE),
    sp.im: Row(sp.im(z) + sp.re(z), EVERYWHERE),
    sp.conjugate: Row(sp.conjugate(z), EVERYWHERE),
    sp.erf: Row(sp.erf(x), both(logs(-300, 1))),
    sp.erfc: Row(sp.erfc(x), both(logs(-300, 1.4))),
    sp.erfi: Row(sp.erfi(x), both(logs(-300, 1.4))),
    sp.erfinv: Row(sp.erfinv(x), UNIT),
    sp.gamma: Row(sp.gamma(x), [*logs(-30, 2.2), *(-np.arange(12) - 0.3)], 8.0),
    sp.loggamma: Row(sp.loggamma(x), [*logs(-30, 30), *(1 + logs(-12, -1)), *(2 - logs(-12, -1))]),
    sp.factorial: Row(sp.factorial(x), logs(-10, 2.2), 8.0),
    sp.binomial: Row(sp.binomial(x, 4), logs(-10, 10)),
    sp.polygamma: Row(
        sp.polygamma(0, x), [*logs(-30, 30), *(1.4616321449683622 + both(logs(-10, -1)))]
    ),
    sp.LambertW: Row(sp.LambertW(x), [*both(logs(-300, -0.5)), *logs(0, 300), *BRANCH]),
    own.relu: Row(own.relu(x), [*EVERYWHERE, 0.0]),
    own.softplus: Row(own.softplus(x), [*both(logs(-300, 2.8)), 1e5]),
    own.normal_pdf: Row(own.normal_pdf(x), both(logs(-300, 1.57))),
    own.normal_cdf: Row(own.normal_cdf(x), both(logs(-300, 1.57))),
    own.log_normal_cdf: Row(own.log_normal_cdf(x), [*-logs(-300, 8, 50), *logs(-300, 1.57), 40.0]),
    own.inverse_mills: Row(own.inverse_mills(x), [*-logs(-300, 8, 50), *logs(-300, 1.57)]),
    own.relu_angle: Row(
        own.relu_angle(x), [*logs(-300, 0.49), *(math.pi - logs(-15, -0.01)), math.pi]
    ),
    sp.Lt: Row(sp.Lt(x, y), PAIRS),
    sp.Le: Row(sp.Le(x, y), PAIRS),
    sp.Gt: Row(sp.Gt(x, y), PAIRS),
    sp.Ge: Row(sp.Ge(x, y), PAIRS),
    sp.Eq: Row(sp.Eq(x, y), [*PAIRS, (1.0, 1.0)]),
    sp.Ne: Row(sp.Ne(x, y), [*PAIRS, (1.0, 1.0)]),
    sp.And: Row(sp.And(x > 0, y > x, y < 5), PAIRS),
    sp.Or: Row(sp.Or(x > 0, y > x, y < -5), PAIRS),
    sp.Not: Row(sp.Not(sp.And(x > 0, y > x), evaluate=False), PAIRS),
    sp.Xor: Row(sp.Xor(x > 0, y > x, evaluate=False), PAIRS),
    sp.Implies: Row(sp.Implies(x > 0, y > x, evaluate=False), PAIRS),
    sp.Equivalent: Row(sp.Equivalent(x > 0, y > x, evaluate=False), PAIRS),
    sp.ITE: Row(sp.ITE(x > 0, y > x, y < 1, evaluate=False), PAIRS),
}

MORE: dict[str, Row] = {
    "x**-5": Row(x**-5, both(logs(-60, 60))),
    "x**(7/2)": Row(x ** sp.Rational(7, 2), logs(-80, 80)),
    "x**(-3/2)": Row(x ** sp.Rational(-3, 2), logs(-200, 200)),
    "x**(1/3)": Row(x ** sp.Rational(1, 3), POSITIVE),
    "x**(-5/7)": Row(x ** sp.Rational(-5, 7), POSITIVE),
    "x**(1/4)": Row(x ** sp.Rational(1, 4), POSITIVE),
    "x**0.5": Row(x**0.5, POSITIVE),
    "real cube root": Row(sp.real_root(x, 3), EVERYWHERE),
    "powers of one base": Row(1 / x + x**-3 + x ** sp.Rational(-3, 2), logs(-5, 5)),
    "x**y": Row(x**y, [(2.0, 0.5), (3.0, -7.25), (1e-5, 3.5), (1e10, 2.5)]),
    "2**x": Row(2**x, both(logs(-10, 2.5))),
    "lower branch": Row(sp.LambertW(x, -1), [*-logs(-307, -0.44, 60), *BRANCH]),
    "constants": Row(
        sp.pi * x + sp.E + sp.GoldenRatio + sp.EulerGamma + sp.Catalan + sp.sqrt(2), POSITIVE
    ),
    "nested conditions": Row(
        sp.Piecewise(
            (1, sp.Or(sp.And(x > 0, sp.Not(y > 1)), sp.Eq(x, y))), (x, sp.Ne(y, 2)), (3, True)
        ),
        PAIRS,
    ),
}

EVERY = {cls.__name__: row for cls, row in ROWS.items()} | MORE
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "supported-functions.md"


def arguments(expression):
    return sorted(expression.free_symbols, key=lambda s: s.name)


def test_every_supported_function_has_a_row():
    assert set(ROWS) == set(RULES)
    assert len(supported()) == len(RULES)


@pytest.mark.parametrize("name", ROWS, ids=lambda cls: cls.__name__)
def test_row_contains_the_function_it_stands_for(name):
    expression = ROWS[name].expression
    assert any(isinstance(node, name) for node in sp.preorder_traversal(expression))


@pytest.mark.parametrize("name", EVERY)
def test_kernel_agrees_with_50_digits(name):
    row = EVERY[name]
    kernel = compile_expression(row.expression, arguments(row.expression))
    worst = ulp_error(kernel, row.grid)
    assert worst.ulp <= row.allowance, worst


def test_the_reference_page_is_printed_from_the_table():
    assert PAGE.read_text(encoding="utf-8") == reference_page()
