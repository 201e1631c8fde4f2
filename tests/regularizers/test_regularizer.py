"""Regularizers of separated maps: closed forms against independent ones, prediction against simulated flows."""

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.simulate.regression import gradient_flow

u, v, s, t = sp.symbols("u v s t", real=True)
alpha = sp.Symbol("alpha", positive=True)
w, eta = sp.symbols("w eta", real=True)


def regularizer(outputs, start):
    return sb.Parametrization(outputs, list(start)).regularizer(start)


def equal(found, wanted, symbols, at):
    """Whether two expressions agree to 30 digits at points."""
    for point in at:
        values = dict(zip(symbols, map(sp.Rational, point), strict=True))
        if abs((found - wanted).subs(values).evalf(40)) > sp.Float(10) ** -30:
            return False
    return True


POINTS = [("0.3", "0.7"), ("-1.9", "0.2"), ("4", "1.3")]


def test_diagonal_network_of_depth_two():
    found = regularizer(u**2 - v**2, {u: alpha, v: alpha})
    wanted = (w * sp.asinh(w / (2 * alpha**2)) - sp.sqrt(w**2 + 4 * alpha**4) + 2 * alpha**2) / 4
    assert equal(found.potential.rhs, wanted, (w, alpha), POINTS)
    assert equal(found.gradient.rhs, sp.diff(wanted, w), (w, alpha), POINTS)
    assert equal(found.conjugate.rhs, alpha**2 * (sp.cosh(4 * eta) - 1) / 2, (eta, alpha), POINTS)
    assert not equal(found.potential.rhs, wanted * sp.Rational(101, 100), (w, alpha), POINTS)
    assert found.derivation.evidence == found.derivation.check() == "exact"
    assert found.invariants == {u * v: alpha**2}


def test_biased_start_has_the_linear_term():
    found = regularizer(u**2 - v**2, {u: sp.Rational(1, 2), v: sp.Rational(1, 5)})
    first = sp.Rational(21, 100)
    assert found.potential.rhs.subs(w, first).evalf(30) == pytest.approx(0, abs=1e-25)
    assert found.gradient.rhs.subs(w, first).evalf(30) == pytest.approx(0, abs=1e-25)
    metric = 4 * sp.sqrt(w**2 + 4 * sp.Rational(1, 100))  # u v = 1/10 is conserved
    assert equal(sp.diff(found.potential.rhs, w, 2), 1 / metric, (w,), [("0.4",), ("-2",)])


@pytest.mark.parametrize(
    ("outputs", "start", "second"),
    [
        (u**2, {u: sp.Rational(-7, 10)}, 1 / (4 * w)),
        (u**3, {u: sp.Rational(3, 5)}, 1 / (9 * w ** sp.Rational(4, 3))),
        (sp.exp(u), {u: 0}, w**-2),
        (sp.exp(u + 2 * v), {u: 0, v: 1}, 1 / (5 * w**2)),
        (sp.sinh(u), {u: 0}, 1 / (1 + w**2)),
        (sp.sin(u), {u: 0}, 1 / (1 - w**2)),
        (sp.tan(u), {u: 0}, 1 / (1 + w**2) ** 2),
        (sp.tanh(u), {u: 0}, 1 / (1 - w**2) ** 2),
        (sp.log(u), {u: 2}, sp.exp(2 * w)),
        (u * v, {u: 1, v: 1}, 1 / (2 * w)),
        (u * v, {u: 2, v: -1}, 1 / sp.sqrt(4 * w**2 + 9)),
        (u * v - s * t, {u: 1, v: 1, s: 1, t: 1}, 1 / (2 * sp.sqrt(w**2 + 4))),
        (sp.exp(u) - sp.exp(v), {u: 0, v: 0}, None),
    ],
    ids=str,
)
def test_second_derivative_is_the_inverse_metric(outputs, start, second):
    found = regularizer(outputs, start)
    if second is None:
        wanted = sp.sqrt(1 + w**2) - 1 - sp.log((1 + sp.sqrt(1 + w**2)) / 2)
        second = sp.diff(wanted, w, 2)
        assert equal(found.potential.rhs, wanted, (w,), [("0.4",), ("-2.5",), ("7",)])
    assert equal(sp.diff(found.potential.rhs, w, 2), second, (w,), [("0.4",), ("0.6",)])


@pytest.mark.parametrize("depth", [3, 4])
def test_deep_diagonal_networks_have_a_closed_conjugate_only(depth):
    found = regularizer(u**depth - v**depth, {u: alpha, v: alpha})
    z = depth * (depth - 2) * alpha ** (depth - 2) * eta
    power = sp.Rational(-2, depth - 2)
    wanted = alpha**2 * ((1 - z) ** power + (1 + z) ** power - 2) / (2 * depth)
    assert equal(found.conjugate.rhs, wanted, (eta, alpha), [("0.05", "0.7"), ("-0.02", "1.1")])
    assert found.potential is None
    assert "potential" in found.remark


FLOWS = {
    "balanced": (u**2 - v**2, {u: 0.1, v: 0.1}),
    "biased": (u**2 - v**2, {u: 0.3, v: -0.1}),
    "large": (u**2 - v**2, {u: 5.0, v: 4.0}),
    "arrays": (u**2 - v**2, {u: np.linspace(0.1, 0.6, 7), v: 0.2}),
    "product": (u * v, {u: 0.5, v: -0.25}),
    "four": (u * v - s * t, {u: 0.5, v: 0.2, s: 0.5, t: 0.2}),
    "cubic": (u**3 - v**3, {u: 0.4, v: 0.4}),
    "unequal": (u**4 - v**4, {u: 0.4, v: 0.3}),
    "tan": (sp.tan(u), {u: 0.25}),
    "tanh": (sp.tanh(u), {u: 0}),
    "mixed": (u**2 - sp.exp(v), {u: 1, v: 0}),
    "rotated": ([u**2 + v**2, u * v], {u: 1, v: 0.3}),
    "linear mix": ([u**2 - v**2, u**2 + 2 * v**2], {u: 1, v: 1}),
}


@pytest.mark.jit
@pytest.mark.parametrize("name", FLOWS)
def test_flows_end_at_the_minimiser(name):
    found = regularizer(*FLOWS[name])
    verdict = found.claims[0].run(rng=1)
    assert verdict.holds, str(verdict)


@pytest.mark.jit
def test_prediction_leaves_the_start_out_only_if_it_must():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((3, 6))
    y = X @ rng.standard_normal(6) * 0.3
    net, start = sb.parametrizations.diagonal(2), (0.5, 0.1)
    init = dict(zip(net.parameters, start, strict=True))
    limit = gradient_flow(net, X, y, init).w
    assert np.abs(net.regularizer(init).minimizer(X, y) - limit).max() < 1e-9
    unbiased = dict.fromkeys(net.parameters, float(np.sqrt(0.05)))  # same invariant, other start
    assert np.abs(net.regularizer(unbiased).minimizer(X, y) - limit).max() > 1e-3


def test_refusals_of_input():
    net = sb.parametrizations.diagonal(2)
    a, b = net.parameters
    with pytest.raises(sb.InputError, match="lack v"):
        net.regularizer({a: 1})
    with pytest.raises(sb.InputError, match="no finite real value"):
        sb.Parametrization(sp.log(u), [u]).regularizer({u: -1})
    with pytest.raises(sb.InputError, match="symbols alpha"):
        net.regularizer({a: alpha, b: alpha}).minimizer([[1.0]], [1.0])
    with pytest.raises(sb.InputError, match="not written in closed form"):
        net.regularizer({a: sp.Derivative(sp.Function("f")(u), u), b: 1})
    with pytest.raises(sb.InputError, match="length 3"):
        net.regularizer({a: [1.0, 2.0, 3.0], b: 1}).minimizer([[1.0, 2.0]], [1.0])
    with pytest.raises(sb.NoRegularizer) as refused:
        sb.Parametrization([u**2, 2 * u**2], [u]).regularizer({u: 1})
    assert refused.value.reason == "rank deficient"
    assert refused.value.defect == 1
