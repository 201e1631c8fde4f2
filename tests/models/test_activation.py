"""Dual activations: published closed forms, the mean of one vector, and what is refused."""

import mpmath
import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.codegen.accuracy import ulp_error
from symbias.models.gaussian_means import integrated
from symbias.sym.functions import normal_cdf

a, b = sp.symbols("a b", positive=True)
c = sp.Symbol("c", real=True)
z = sp.Symbol("z", real=True)
t = sp.acos(c / sp.sqrt(a * b))
s = sp.sqrt(a * b - c**2)

# Cho & Saul (2009), arc-cosine kernels of order 0 to 2, over two; |z| and z**2 by Isserlis.
PUBLISHED = {
    "step": (sb.activations.relu_power(0), (sp.pi - t) / (2 * sp.pi), sp.Rational(1, 2)),
    "relu": (sb.activations.relu, (s + (sp.pi - t) * c) / (2 * sp.pi), a / 2),
    "relu2": (
        sb.activations.relu_power(2),
        (3 * c * s + (sp.pi - t) * (a * b + 2 * c**2)) / (2 * sp.pi),
        3 * a**2 / 2,
    ),
    "abs": (sb.activations.abs, 2 / sp.pi * (s + (sp.pi / 2 - t) * c), a),
    "quadratic": (sb.activations.quadratic, a * b + 2 * c**2, 3 * a**2),
}
POINTS = [
    {"a": sp.Rational(7, 5), "b": sp.Rational(3, 10), "c": sp.Rational(1, 5)},
    {"a": sp.Rational(1, 2), "b": sp.Rational(9, 4), "c": -sp.Rational(21, 20)},
]


def differ(formula, published, point):
    exact = published.subs({a: point["a"], b: point["b"], c: point["c"]}).evalf(30)
    return abs(formula.evalf(30, point) - mpmath.mpf(str(exact)))


@pytest.mark.parametrize("name", PUBLISHED)
def test_derived_duals_are_the_published_ones(name):
    activation, pair, single = PUBLISHED[name]
    dual, own = activation.dual(), activation.self_dual()
    assert dual.evidence == own.evidence == "exact"
    assert all(differ(dual, pair, point) < 1e-14 for point in POINTS)
    assert sp.expand(own.rhs - single.subs(a, own.symbols[0] if own.symbols else a)) == 0


def test_a_flipped_sign_would_be_seen():
    published = PUBLISHED["relu"][1]
    wrong = published.subs(s, -s)
    dual = sb.activations.relu.dual()
    assert all(differ(dual, wrong, point) > 1e-3 for point in POINTS)


def test_the_leaky_rectifier_is_a_mixture_of_the_modulus_and_the_identity():
    slope = sp.Symbol("lambda", real=True)
    leaky = sb.activations.leaky_relu(slope)
    expected = ((1 + slope) / 2) ** 2 * c + ((1 - slope) / 2) ** 2 * PUBLISHED["abs"][1]
    for value in (sp.Rational(1, 100), -2):
        found = leaky.dual().subs({slope: value})
        assert all(differ(found, expected.subs(slope, value), point) < 1e-14 for point in POINTS)
    assert leaky.degree == 1
    assert leaky.parameters == (slope,)


def test_users_write_activations_with_their_own_symbol():
    plain = sp.Symbol("x")
    assert sb.Activation(sp.Max(plain, 0), plain) == sb.activations.relu
    assert sb.Activation((sp.Abs(z) + z) / 2, z).dual().rhs == sb.activations.relu.dual().rhs
    both = sb.Activation(sp.Max(z, 0) ** 2 - z, z)
    assert both.degree is None
    assert both.kinks == (0,)
    assert sb.activations.quadratic.kinks == ()


def test_a_smooth_activation_is_integrated():
    dual = sb.Activation(sp.exp(z / 2), z).dual()
    assert sp.expand(
        sp.log(dual.rhs).expand(force=True) * 8 - dual.symbols[0] - dual.symbols[1]
    ).has(dual.symbols[2])
    assert float(dual.evalf(a=1, b=2, c=0.5)) == pytest.approx(np.exp(3 / 8 + 1 / 8), rel=1e-14)


@pytest.mark.slow
def test_erf_has_the_arc_sine_kernel():
    dual, own = sb.activations.erf.dual(), sb.activations.erf.self_dual()
    published = 2 / sp.pi * sp.asin(2 * c / sp.sqrt((1 + 2 * a) * (1 + 2 * b)))
    assert all(differ(dual, published, point) < 1e-14 for point in POINTS)
    assert float(own.evalf(a=1)) == pytest.approx(2 / np.pi * np.arcsin(2 / 3), rel=1e-14)


@pytest.mark.slow
def test_a_function_of_the_package_and_one_that_falls_off_are_integrated():
    step = sb.Activation(normal_cdf(z), z).dual()
    published = sp.Rational(1, 4) + sp.asin(c / sp.sqrt((1 + a) * (1 + b))) / (2 * sp.pi)
    assert all(differ(step, published, point) < 1e-14 for point in POINTS)
    wave = sb.Activation(z * sp.exp(-(z**2) / 2), z).dual()
    # det(1 + S)**(-3/2) times the covariance: the mean of x y under the Gaussian of precision S**-1 + 1.
    published = c / ((1 + a) * (1 + b) - c**2) ** sp.Rational(3, 2)
    assert all(differ(wave, published, point) < 1e-14 for point in POINTS)


def test_gaussian_means_by_completing_the_square():
    x, q = sp.Symbol("x", real=True), sp.Symbol("q", positive=True)
    found = integrated(x**2 * sp.exp(-q * x**2 + x), x)
    exact = sp.Integral(x**2 * sp.exp(-2 * x**2 + x - x**2 / 2) / sp.sqrt(2 * sp.pi), (x, -9, 9))
    assert float(found.subs(q, 2)) == pytest.approx(float(exact.evalf()), rel=1e-12)


@pytest.mark.jit
@pytest.mark.parametrize("name", ["relu", "relu2", "abs"])
def test_kernels_keep_their_digits_near_parallel_and_opposite_vectors(name):
    formula = PUBLISHED[name][0].dual()
    near = [1 - 10.0**-k for k in range(1, 16)]
    points = [(1.3, 1.3, 1.3 * sign * c) for c in near for sign in (1, -1)]
    worst = ulp_error(formula.compile(), points, exact=sb.compile(formula.rhs, formula.symbols))
    assert worst.ulp <= 4, worst


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        (sp.exp(z**2), sb.DomainError),
        (1 / z, sb.DomainError),
        (sp.tan(z), sb.DomainError),
        (z * sp.Symbol("c", real=True), sb.InputError),
        (z * sp.Symbol("q"), sb.InputError),
        (sp.Symbol("q", real=True), sb.DomainError),
        (sp.Integer(10) ** 5000, sb.DomainError),  # which Python refuses to print
        (sp.Function("f")(z), sb.InputError),
        (sp.I * z, sb.InputError),
    ],
)
def test_what_has_no_dual_is_refused(expression, error):
    with pytest.raises(error, match="What to do"):
        sb.Activation(expression, z).dual()


def test_powers_and_slopes_out_of_range_are_refused():
    with pytest.raises(sb.InputError, match="power"):
        sb.activations.relu_power(-1)
    with pytest.raises(sb.InputError, match="slope 1"):
        sb.activations.leaky_relu(1)
    with pytest.raises(AttributeError, match="immutable"):
        sb.activations.relu.expr = z
