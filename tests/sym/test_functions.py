"""The package's own functions: definitions, derivatives, digits, LaTeX."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from symbias.sym import functions as own
from symbias.sym.symbols import real

x = real("x")
NAMED = [getattr(own, name) for name in own.__all__ if name != "NamedFunction"]
EVERY = [
    function for function in NAMED if 1 in function.nargs
]  # the others have tests of their own
POINTS = [sp.Rational(-7, 2), sp.Rational(-1, 3), sp.Rational(1, 10), sp.Rational(5, 2)]


@pytest.mark.parametrize("function", EVERY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_value_and_derivative_agree_with_the_definition(function, point):
    definition = function(x).definition()
    assert not definition.has(function)
    value = function(x).subs(x, point).evalf(40)
    assert abs(value - definition.subs(x, point).evalf(40)) < 1e-38
    slope = definition.diff(x).subs(x, point).evalf(40)
    assert abs(function(x).diff(x).subs(x, point).evalf(40) - slope) < 1e-37


@pytest.mark.parametrize("function", EVERY, ids=lambda f: f.__name__)
def test_latex_and_powers_print(function):
    assert r"{\left(x\right)}" in sp.latex(function(x))
    assert "^{2}" in sp.latex(function(x) ** 2)


def small_difference(d):
    return (mpmath.sin(d) - d * mpmath.cos(d)) / (2 * mpmath.pi)


TAILS = [
    (own.log_normal_cdf(-(10**8)), lambda: mpmath.log(mpmath.ncdf(-(10**8)))),
    (own.log_normal_cdf(40), lambda: mpmath.log(mpmath.ncdf(40))),
    (own.normal_cdf(-40), lambda: mpmath.ncdf(-40)),
    (own.inverse_mills(-(10**6)), lambda: mpmath.npdf(10**6) / mpmath.ncdf(-(10**6))),
    (own.softplus(-2000), lambda: mpmath.log(1 + mpmath.exp(-2000))),
    (own.relu_angle(sp.pi - sp.Rational(1, 10**20)), lambda: small_difference(mpmath.mpf("1e-20"))),
]


@pytest.mark.parametrize(("value", "reference"), TAILS, ids=lambda v: str(v)[:20])
def test_thirty_digits_in_the_tails(value, reference):
    found = value.evalf(30)
    with mpmath.workdps(950):
        exact = sp.Float(reference(), 40)
    assert abs(found / exact - 1) < 1e-28


def test_relu_has_the_stated_slope_at_its_kink():
    assert own.relu(x).diff(x).subs(x, 0) == 0
    assert own.relu(sp.Integer(3)) == 3
    assert own.relu(-(x**2)) == 0


def test_wrong_argument_numbers_are_refused():
    with pytest.raises(sp.core.function.ArgumentIndexError):
        own.relu(x).fdiff(2)
    with pytest.raises(TypeError):
        own.softplus(x, x)
