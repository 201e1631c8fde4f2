"""Formulas: evaluation, substitution, domains, refusals."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.sym.formula import Formula

x = sp.symbols("x", real=True)
alpha = sp.symbols("alpha", positive=True)
f = sp.Function("f")
ROOT = Formula("root", f(x, alpha), sp.sqrt(x - 1) / alpha, "==", (x, alpha), domain=(x > 1,))


def test_evalf_is_right_to_the_digits_asked_for():
    value = ROOT.evalf(60, x=3, alpha=7)
    with mpmath.workdps(70):
        assert abs(value - mpmath.sqrt(2) / 7) < mpmath.mpf(10) ** -60


def test_evalf_takes_names_symbols_and_every_kind_of_number():
    expected = ROOT.evalf(x=3, alpha=sp.Rational(1, 2))
    assert ROOT.evalf(15, {x: 3, alpha: Fraction(1, 2)}) == expected
    assert ROOT.evalf(15, {x: np.float64(3)}, alpha=0.5) == expected
    assert ROOT.evalf(15, x=mpmath.mpf(3), alpha=np.int64(1)) == expected / 2


def test_floats_keep_their_exact_binary_value():
    value = Formula("id", f(x), x, "==", (x,)).evalf(40, x=0.1)
    with mpmath.workdps(60):
        assert value == mpmath.mpf(0.1)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"x": 3, "beta": 1}, sb.InputError, "Unknown symbol beta.*x, alpha"),
        ({"x": 3, "alpa": 1}, sb.InputError, "slip for alpha"),
        ({"x": 3}, sb.InputError, "No value for alpha"),
        ({"x": float("nan"), "alpha": 1}, sb.InputError, "not a finite number"),
        ({"x": "3", "alpha": 1}, sb.InputError, "string"),
        ({"x": [3], "alpha": 1}, sb.InputError, "not a"),
        ({"x": np.ones(2), "alpha": 1}, sb.InputError, "array"),
        ({"x": 3, "alpha": -1}, sb.DomainError, "alpha to be positive"),
        ({"x": 0, "alpha": 1}, sb.DomainError, "holds for x > 1"),
        ({"x": sp.I, "alpha": 1}, sb.DomainError, "x to be real"),
    ],
)
def test_bad_values_are_refused_in_words(values, error, message):
    with pytest.raises(error, match=message):
        ROOT.evalf(15, **values)


def test_a_symbol_of_the_same_name_with_other_assumptions_is_told_apart():
    with pytest.raises(sb.InputError, match="other assumptions"):
        ROOT.evalf(15, {sp.Symbol("x"): 3, alpha: 1})


def test_an_undefined_value_is_no_number():
    with pytest.raises(sb.DomainError, match="undefined"):
        Formula("pole", f(x), 1 / x, "==", (x,)).evalf(x=0)


def test_a_value_that_cancels_to_zero_is_not_invented():
    zero = sp.sqrt(2) * x + sp.sqrt(3) * x - sp.sqrt(5 + 2 * sp.sqrt(6)) * x
    with pytest.raises(sb.BudgetError, match="cancellation"):
        Formula("zero", f(x), zero, "==", (x,)).evalf(x=1)


def test_subs_keeps_order_domain_and_derivation():
    part = ROOT.subs(alpha=2)
    assert part.symbols == (x,)
    assert part.lhs == f(x, 2)
    assert part.domain == (x > 1,)
    assert part.evalf(x=5) == 1
    assert ROOT.subs({x: 5}).subs(alpha, 2).rhs == 1


def test_subs_refuses_what_the_domain_excludes():
    with pytest.raises(sb.DomainError):
        ROOT.subs(x=1)
    with pytest.raises(sb.DomainError):
        ROOT.subs(alpha=-2)


def test_formulas_are_immutable_and_readable():
    with pytest.raises(AttributeError):
        ROOT.rhs = x
    assert repr(ROOT) == "Formula root: f(x, alpha) == sqrt(x - 1)/alpha  [given]"
    assert ROOT._repr_latex_().startswith("$\\displaystyle f")


def test_large_exponents_do_not_raise_exact_numbers_to_them():
    # doubles are rationals with 53-bit denominators: 2**p, p such a one, is no exact number to be had
    p, q = sp.symbols("p q", positive=True)
    power = Formula("power", f(p, q), p ** (q / (p + q)), "==", (p, q))
    value = power.evalf(50, p=0.1, q=0.3)
    with mpmath.workdps(60):
        left, right = mpmath.mpf(0.1), mpmath.mpf(0.3)
        assert abs(value - left ** (right / (left + right))) < mpmath.mpf(10) ** -50
