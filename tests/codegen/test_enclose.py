"""Formula.enclose: proved bounds at numbers and on intervals, and a refusal outside the domain."""

from __future__ import annotations

import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import symbias as sb
from symbias.sym.formula import Formula
from symbias.sym.symbols import integer, positive, real

x, y, alpha, n = real("x"), real("y"), positive("alpha"), integer("n")
f = sp.Function("f")
ROOT = Formula("root", f(x, alpha), sp.sqrt(x - 1) / alpha, "==", (x, alpha), domain=(x > 1,))


def test_a_number_is_enclosed_to_the_digits_asked_for():
    low, high = ROOT.enclose(60, x=3, alpha=7)
    with mpmath.workdps(80):
        assert low <= mpmath.sqrt(2) / 7 <= high
        assert high - low < mpmath.mpf(10) ** -60


def test_all_kinds_of_numbers_and_names():
    expected = ROOT.enclose(x=3, alpha=Fraction(1, 2))
    assert ROOT.enclose(15, {x: np.float64(3), "alpha": sp.Rational(1, 2)}) == expected
    assert ROOT.enclose(15, {x: mpmath.mpf(3)}, alpha=0.5) == expected


def test_intervals():
    assert ROOT.enclose(x=(2, 5), alpha=(1, 2)) == (0.5, 2)
    assert ROOT.enclose(x=(2, 5), alpha=1) == (1, 2)
    inner = ROOT.enclose(x=ROOT.enclose(x=5, alpha=1), alpha=1)
    assert inner == (1, 1)


def test_a_matrix_is_enclosed_entry_by_entry():
    rotation = sp.Matrix([[sp.cos(x), -sp.sin(x)], [sp.sin(x), sp.cos(x)]])
    found = Formula("rotation", f(x), rotation, "==", (x,)).enclose(x=(0, 1))
    assert found[1][0].low == 0
    assert found[0][0].contains(sp.cos(Fraction(1, 2)))


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"x": 3, "beta": 1}, sb.InputError, "Unknown symbol beta"),
        ({"x": 3}, sb.InputError, "No value for alpha"),
        ({"x": float("nan"), "alpha": 1}, sb.InputError, "not a finite number"),
        ({"x": "3", "alpha": 1}, sb.InputError, "string"),
        ({"x": (3, 2), "alpha": 1}, sb.InputError, "not an interval"),
        ({"x": (1, 2, 3), "alpha": 1}, sb.InputError, "not an interval"),
        ({"x": (2, sp.oo), "alpha": 1}, sb.InputError, "finite"),
        ({"x": 3, "alpha": -1}, sb.DomainError, "alpha to be positive"),
        ({"x": 0, "alpha": 1}, sb.DomainError, "holds for x > 1"),
        ({"x": 3, "alpha": (-1, 1)}, sb.DomainError, "alpha to be positive"),
        ({"x": (0, 3), "alpha": 1}, sb.DomainError, "holds for x > 1.*whole"),
        ({"x": (1, 3), "alpha": 1}, sb.DomainError, "holds for x > 1"),
    ],
)
def test_bad_values_are_refused_in_words(values, error, message):
    with pytest.raises(error, match=message):
        ROOT.enclose(15, **values)


@pytest.mark.parametrize("value", [0, (-1, 1), (0, 1)])
def test_what_is_undefined_is_not_enclosed(value):
    with pytest.raises(sb.DomainError, match="not shown to be defined"):
        Formula("pole", f(x), 1 / x, "==", (x,)).enclose(x=value)


def test_integers_have_no_intervals():
    series = Formula("series", f(n), 1 / (n**2 + 1), "==", (n,))
    assert series.enclose(n=3).contains(Fraction(1, 10))
    with pytest.raises(sb.DomainError, match="an integer"):
        series.enclose(n=(1, 3))


def test_conditions_among_symbols_are_proved_on_the_box():
    wedge = Formula("wedge", f(x, y), sp.log(x - y), "==", (x, y), domain=(y < x,))
    assert wedge.enclose(x=(3, 4), y=(1, 2)).low == 0
    with pytest.raises(sb.DomainError, match="whole of"):
        wedge.enclose(x=(1, 4), y=(1, 2))


def test_what_has_no_kernel_has_no_balls():
    with pytest.raises(sb.CodegenError, match="zeta"):
        Formula("zeta", f(x), sp.zeta(x), "==", (x,)).enclose(x=2)


def test_without_python_flint_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(sb.MissingDependencyError, match=r"pip install 'symbias\[ball\]'"):
        ROOT.enclose(x=3, alpha=1)


# Random expressions on random boxes

LEAVES = st.sampled_from([x, y, sp.Integer(2), sp.Rational(-1, 3), sp.pi])
ONE = [
    sp.exp,
    sp.sin,
    sp.cos,
    sp.tanh,
    sp.atan,
    sp.Abs,
    sp.erf,
    lambda u: u**2,
    lambda u: 1 / (1 + u**2),
    lambda u: sp.sqrt(1 + u**2) - 1,
    lambda u: sp.log(1 + sp.exp(u)),
    sp.floor,
    lambda u: sp.Heaviside(u, sp.Rational(1, 2)),
    lambda u: sp.Piecewise((u, u < 1), (2 - u**3, True)),
]
TWO = [sp.Add, sp.Mul, sp.Max, sp.Min, lambda u, v: u - v, lambda u, v: u / (1 + v**2)]


def grown(children):
    unary = st.builds(lambda g, u: g(u), st.sampled_from(ONE), children)
    return unary | st.builds(lambda g, u, v: g(u, v), st.sampled_from(TWO), children, children)


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=8)
NUMBERS = st.fractions(-3, 3, max_denominator=64)
FRACTIONS = st.fractions(0, 1, max_denominator=64)


SIDES = st.tuples(NUMBERS, NUMBERS, FRACTIONS, FRACTIONS)


@given(EXPRESSIONS, SIDES, SIDES)
def test_boxes_hold_points_and_smaller_boxes(expr, first, second):
    assume(expr.is_finite is not False)
    assume(expr.free_symbols)
    kernel = sb.compile(expr, [x, y])
    sides = (first, second)
    boxes = [(min(a, b), max(a, b)) for a, b, _, _ in sides]
    corners = [
        sorted(low + t * (high - low) for t in side[2:])
        for (low, high), side in zip(boxes, sides, strict=True)
    ]
    outer, inner = kernel.ball(15)(*boxes), kernel.ball(15)(*map(tuple, corners))
    points = [kernel.ball(30)(a, b) for a in corners[0] for b in corners[1]]
    assert outer.is_defined  # all these functions are, everywhere
    with mpmath.workdps(60):
        slack = mpmath.mpf(10) ** -13 * (1 + max(abs(outer.low), abs(outer.high)))
        assert outer.low - slack <= inner.low
        assert inner.high <= outer.high + slack
        for point in points:
            assert inner.low - slack <= point.low
            assert point.high <= inner.high + slack
