"""The multiprecision twin: same statements, exact inputs, as many digits as asked for."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy as sp

import symbias as sb
from symbias.codegen.kernel import compile_expression
from symbias.sym.symbols import real

x, y = real("x y")


def test_digits_survive_cancellation():
    kernel = compile_expression((x + y) ** 3 - x**3 - 3 * x**2 * y, [x, y])
    value = kernel.mp(40)(10**30, Fraction(1, 3))
    assert abs(value / (mpmath.mpf(10) ** 30 / 3 + mpmath.mpf(1) / 27) - 1) < 1e-14
    with mpmath.workdps(60):
        exact = mpmath.mpf(10**30) / 3 + mpmath.mpf(1) / 27
        assert abs(mpmath.mpf(value) / exact - 1) < mpmath.mpf(10) ** -40


def test_a_small_number_is_not_lost_beside_a_large_one():
    kernel = compile_expression(((y + x) - y) / x + y, [x, y])
    assert kernel.mp(20)("1e-125", 1) == 2
    assert compile_expression(sp.floor(x), [x]).mp(20)(0.5) == 0


def test_a_float_stands_for_itself():
    with mpmath.workdps(50):
        assert compile_expression(x, [x]).mp(50)(0.1) == mpmath.mpf(0.1)
        ratio = compile_expression(x, [x]).mp(50)("0.1") * 10
        assert abs(ratio - 1) < mpmath.mpf(10) ** -50


@pytest.mark.parametrize("value", [2, 2.0, Fraction(2), "2", mpmath.mpf(2), sp.Integer(2)])
def test_all_kinds_of_numbers(value):
    kernel = compile_expression(sp.sqrt(x), [x])
    assert mpmath.nstr(kernel.mp(30)(value), 30) == "1.41421356237309504880168872421"


@pytest.mark.parametrize("value", [1j, sp.I, None, [1.0]])
def test_other_things_are_refused(value):
    with pytest.raises(sb.InputError, match="not a real number"):
        compile_expression(x, [x]).mp(30)(value)


@pytest.mark.parametrize("digits", [0, -3, 2.5, "10"])
def test_bad_digits_are_refused(digits):
    with pytest.raises(sb.InputError, match="digits"):
        compile_expression(x, [x]).mp(digits)


def test_lists_come_back_nested():
    values = compile_expression([[x, y], [x + y, 1]], [x, y]).mp(20)(1, y=2)
    assert values == [[1, 2], [3, 1]]


def test_undefined_values_are_nan():
    values = compile_expression([sp.log(x), sp.sqrt(x), 1 / (x + 1)], [x]).mp(20)(-1)
    assert all(mpmath.isnan(v) for v in values)


def test_a_value_that_cancels_for_ever_is_not_invented():
    kernel = compile_expression(sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1, [x])
    with pytest.raises(sb.BudgetError, match="did not settle"):
        kernel.mp(20)(Fraction(1, 3))


def test_the_twin_of_a_cached_kernel_is_the_same(monkeypatch):
    from symbias.codegen import store

    expression = sp.LambertW(x) * sp.erf(x) + sp.Max(x, 2)
    first = compile_expression(expression, [x]).mp(40)("0.7")
    monkeypatch.setattr(store, "_loaded", {})
    later = compile_expression(expression, [x])
    assert later.report()["cache_hit"]
    assert later.mp(40)("0.7") == first


def test_choices_are_decided_in_multiprecision():
    kernel = compile_expression(sp.Piecewise((1, x < sp.Rational(1, 3)), (2, True)), [x])
    assert kernel.mp(30)(Fraction(1, 3)) == 2
    assert kernel.mp(30)(1 / 3) == 1


def test_constants_and_sympy_numbers_carry_all_digits():
    # Numbers of mpmath's global context would silently round everything to its 53 bits.
    kernel = compile_expression(1 / sp.pi + 1 / x, [x])
    with mpmath.workdps(60):
        exact = 1 / mpmath.pi + 1 / mpmath.sqrt(2)
        assert abs(kernel.mp(50)(sp.sqrt(2)) - exact) < mpmath.mpf(10) ** -49
