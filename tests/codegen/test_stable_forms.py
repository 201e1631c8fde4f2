"""Each stable form at a point where the formula as written fails in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from symbias.codegen.accuracy import ulp_error
from symbias.codegen.kernel import compile_expression
from symbias.sym.functions import NamedFunction, log_normal_cdf, normal_cdf, relu_angle
from symbias.sym.symbols import positive, real

x, k = real("x k")
s = positive("s")
ANGLE = sp.sin(x) + (sp.pi - x) * sp.cos(x)
SMALL = np.logspace(-300, -1, 30)
BOTH = np.concatenate([-SMALL, SMALL])
TAIL = -np.logspace(0.8, 1.4, 20)

CASES = {
    "log(1 + exp(x)) underflow": (sp.log(1 + sp.exp(x)), [-40.0, -700.0]),
    "log(1 + exp(x)) overflow": (sp.log(1 + sp.exp(x)), [800.0, 1e300]),
    "log(1 - exp(x))": (sp.log(1 - sp.exp(x)), [*-SMALL, -40.0]),
    "log(exp(x) - 1)": (sp.log(sp.exp(x) - 1), [*SMALL, 800.0]),
    "log(1 + x)": (sp.log(1 + x), BOTH),
    "exp(x) - 1": (sp.exp(x) - 1, BOTH),
    "3 - 3*exp(x)": (3 - 3 * sp.exp(x), BOTH),
    "1 - cos(x)": (1 - sp.cos(x), [1e-12, -1e-9, 1e-3]),
    "cosh(x) - 1": (sp.cosh(x) - 1, [1e-12, -1e-9, 1e-3]),
    "sqrt(1 + x**2) - 1": (sp.sqrt(1 + x**2) - 1, [1e-12, 1e-9, 1e5]),
    "sqrt(x**2 + 9) - 3": (sp.sqrt(x**2 + 9) - 3, [1e-12, 1e-9, 1e5]),
    "sqrt(x**2 + 1) + x": (sp.sqrt(x**2 + 1) + x, [-1e5, -1e9, 3.0]),
    "sqrt(x**2/4 + 1) - x/2": (sp.sqrt(x**2 / 4 + 1) - x / 2, [-2.0, 1e5, 1e9]),
    "(1 - x)**-3 - (1 + x)**-3": ((1 - x) ** -3 - (1 + x) ** -3, [*BOTH, 0.9, 3.0]),
    "(2 + 3*x)**-2 + (3*x - 2)**-2 - 1/2": (
        (2 + 3 * x) ** -2 + (3 * x - 2) ** -2 - sp.Rational(1, 2),
        [1e-9, -1e-5, 0.1, 0.6],
    ),
    "(1 + x)**(5/3) - (1 - x)**(5/3)": (
        (1 + x) ** sp.Rational(5, 3) - (1 - x) ** sp.Rational(5, 3),
        [*BOTH, 0.9],
    ),
    "sqrt(2 + x) - sqrt(2 - x)": (sp.sqrt(2 + x) - sp.sqrt(2 - x), [*BOTH, 1.9]),
    "asinh": (sp.log(x + sp.sqrt(x**2 + 1)), [*BOTH, -1e9]),
    "1 - erf": (1 - sp.erf(x), [7.0, 20.0]),
    "1 + erf": (sp.Rational(1, 2) + sp.erf(x) / 2, TAIL),
    "2 - erfc": (sp.erfc(-x), TAIL),
    "1 - erfc": (1 - sp.erfc(x), SMALL),
    "1 - tanh": (1 - sp.tanh(x), [20.0, 300.0]),
    "1 + tanh": (1 + sp.tanh(x), [-20.0, -300.0]),
    "log erfc": (sp.log(sp.erfc(x)), [*SMALL, 30.0, 1e6]),
    "log Phi by erf": (sp.log(sp.Rational(1, 2) + sp.erf(x / sp.sqrt(2)) / 2), [-40.0, -1e8]),
    "log Phi": (sp.log(normal_cdf(x)), [-40.0, -1e8, 30.0]),
    "ReLU angle": (ANGLE / (2 * sp.pi), math.pi - np.logspace(-12, -1, 30)),
    "ReLU angle, expanded": (sp.expand(ANGLE), math.pi - np.logspace(-12, -1, 30)),
}


def worst_error_as_written(expression, points):
    """Return the largest relative error over the points of lambdify's float64 code."""
    plain = expression.replace(normal_cdf, lambda u: normal_cdf(u).definition())
    function = sp.lambdify(x, plain, ["scipy", "numpy"])
    exact = compile_expression(expression, [x]).mp(30)
    with np.errstate(all="ignore"):
        errors = [abs(float(function(np.float64(p))) / float(exact(p)) - 1) for p in points]
    return max(math.inf if math.isnan(e) else e for e in errors)


@pytest.mark.parametrize("name", CASES)
def test_stable_where_the_written_form_fails(name):
    expression, points = CASES[name]
    worst = ulp_error(compile_expression(expression, [x]), points)
    assert worst.ulp <= 6, worst


@pytest.mark.parametrize("name", CASES)
def test_the_written_form_fails_there(name):
    expression, points = CASES[name]
    if name == "2 - erfc":
        expression = 2 - sp.erfc(x, evaluate=False)
    assert worst_error_as_written(expression, points) > 1e-6


def test_a_common_factor_may_stand_before_the_pattern():
    kernel = compile_expression(k * sp.exp(x) / s - k / s, [x, k, s])
    assert kernel(1e-20, 3.0, 2.0) == pytest.approx(1.5e-20, rel=1e-15)


def test_relu_angle_survives_its_derivation():
    norm = positive("w v")
    kernel = compile_expression(norm[0] * norm[1] * ANGLE / (2 * sp.pi), [*norm, x])
    t = math.pi - 1e-5
    own = compile_expression(relu_angle(x), [x])
    assert kernel(2.0, 3.0, t) == pytest.approx(6 * own(t), rel=1e-15)
    assert (
        abs(6 * (math.sin(t) + (math.pi - t) * math.cos(t)) / (2 * math.pi) / kernel(2, 3, t) - 1)
        > 0.01
    )


def test_no_rewriting_across_different_arguments():
    kernel = compile_expression(sp.exp(x) - k, [x, k])
    assert kernel(0.0, 1.0) == 0.0
    assert kernel(0.0, 3.0) == -2.0


def test_log_normal_cdf_is_exact_to_its_name_at_far_points():
    kernel = compile_expression(log_normal_cdf(x), [x])
    assert kernel(-1e8) == -5.0e15 - math.log(1e8) - 0.5 * math.log(2 * math.pi)
    assert kernel(40.0) == 0.0


class versine_ratio(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """(1 - cos(x*exp(0)))/x**2, hidden from the built-in rules, with a region of its own."""

    nargs = 1

    def definition(self):
        u = self.args[0]
        return (sp.cos(0) * sp.cosh(u) - sp.sinh(u) - sp.exp(-u) + u) / u

    def stable_forms(self):
        u = self.args[0]
        return ((sp.Abs(u) < sp.Rational(1, 1000), sp.S.One),)


def test_a_users_function_is_compiled_by_its_stable_form():
    kernel = compile_expression(versine_ratio(x), [x])
    np.testing.assert_allclose(kernel(np.array([1e-12, 1e-5, 0.5])), 1.0, rtol=1e-14)
    assert "if" in kernel.source
    assert kernel.mp(20)(1e-12) == 1
    naive = compile_expression(versine_ratio(x).definition(), [x])
    assert abs(naive(1e-12) - 1) > 1e-6


class sine_gap(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """1 - sin(x)/x, which cancels near zero, where its series does not."""

    nargs = 1

    def definition(self):
        return 1 - sp.sin(self.args[0]) / self.args[0]

    def stable_forms(self):
        square, series = self.args[0] ** 2, sp.S.One
        for k in range(20, 2, -2):
            series = 1 - square / (k * (k + 1)) * series
        return ((square < 1, square / 6 * series),)


def test_the_logarithm_of_a_users_function_knows_its_stable_region():
    kernel = compile_expression(sp.log(sine_gap(x)), [x])
    points = [*np.logspace(-150, -1, 30), 0.99, 1.01, 3.0, 1e9]
    assert ulp_error(kernel, points).ulp <= 6
    naive = compile_expression(sp.log(sine_gap(x).definition()), [x])
    assert ulp_error(naive, points).ulp > 1e6
