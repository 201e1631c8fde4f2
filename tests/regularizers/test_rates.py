"""Rates of approach, against minimisers at a sweep of scales."""

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.regularizers.certificate import certificate

u, v, s, t = sp.symbols("u v s t", real=True)
pytestmark = pytest.mark.jit


def data(positive=False):
    rng = np.random.default_rng(1)
    X, w = rng.standard_normal((3, 7)), np.zeros(7)
    w[[1, 4, 5]] = [1.0, 0.7 if positive else -0.7, 0.4]
    return X, X @ w


def measured(net, init, problem, solution, scales):
    """Slopes of the logarithm of the distance between neighbouring scales."""
    distances = [
        np.abs(net.regularizer({k: c * x for k, x in init.items()}).minimizer(*problem) - solution)
        for c in scales
    ]
    return np.diff(np.log([d.max() for d in distances])) / np.diff(np.log(scales))


RICH = {
    "depth 2": (u**2 - v**2, {u: 1.0, v: 1.0}, 1e-12),
    "biased": (u**2 - v**2, {u: 1.0, v: 0.5}, 1e-12),
    "four": (u * v - s * t, {u: 1.0, v: 1.0, s: 1.0, t: 1.0}, 1e-12),
    "arrays": (u**2 - v**2, {u: np.linspace(0.5, 1, 7), v: np.linspace(0.5, 1, 7)}, 1e-12),
    "depth 4": (u**4 - v**4, {u: 1.0, v: 1.0}, 3e-3),
}


@pytest.mark.parametrize("name", RICH)
def test_rich_rates(name):
    outputs, init, smallest = RICH[name]
    net = sb.Parametrization(outputs, list(init))
    found = net.regularizer(init).rate(*data(), "rich")
    slopes = measured(net, init, data(), found.solution, smallest * np.array([1.0, 3.0]))
    assert slopes == pytest.approx(found.exponent, rel=3e-3)
    assert found.rho == pytest.approx(0.8453104360486886, rel=1e-6)
    assert found.derivation.evidence == "exact"


def test_the_rate_of_one_branch():
    net, init = sb.Parametrization(u**2, [u]), {u: 1.0}
    problem = data(positive=True)
    found = net.regularizer(init).rate(*problem, "rich")
    slopes = measured(net, init, problem, found.solution, 1e-6 * np.array([1.0, 3.0]))
    assert slopes == pytest.approx(found.exponent, rel=3e-3)
    # Correlations of negative sign do not hold a positive coordinate back.
    X = np.array([[1.0, 0.5, -2.0]])
    assert net.regularizer(init).rate(X, [1.0], "rich").exponent == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("outputs", "init", "exponent"),
    [
        (u**2 - v**2, {u: 1.0, v: 1.0}, -4),
        (u**3 - v**3, {u: 1.0, v: 1.0}, -6),
        (u**2 + 2 * v**2 - 3 * s**2, {u: 1.0, v: 1.0, s: 1.0}, -2),
    ],
    ids=str,
)
def test_kernel_rates(outputs, init, exponent):
    net = sb.Parametrization(outputs, list(init))
    found = net.regularizer(init).rate(*data(), "kernel")
    assert found.exponent == exponent
    X, y = data()
    assert found.solution == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0], abs=1e-12)
    slopes = measured(net, init, (X, y), found.solution, np.array([10.0, 16.0]))
    assert slopes == pytest.approx(exponent, rel=0.05)


@pytest.mark.parametrize("power", [2, 3, 4])
def test_exponents_by_hand(power):
    # |w_1| = c**D (...) where x_1 nu = 1/2, x_2 nu = 1
    net = sb.parametrizations.diagonal(power)
    found = net.regularizer(dict.fromkeys(net.parameters, 1)).rate([[1.0, 2.0]], [1.0], "rich")
    assert found.exponent == (1.0 if power == 2 else power)
    assert found.solution == pytest.approx([0.0, 0.5])


def test_certificates_take_the_best_dual_vector():
    # One active coordinate and two samples: the dual vectors are a line, and any vertex of it has rho = 1.
    X, y = np.array([[1.0, 0.6, 0.0], [0.0, 0.5, 1.0]]), np.array([1.0, 0.0])
    found = certificate(X, y, np.ones(3), np.ones(3))
    assert found.solution == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)
    # |0.6 + 0.5 b| and |b| are equal at b = -0.4.
    assert found.rho == pytest.approx(0.4)


def test_refusals():
    net = sb.parametrizations.diagonal(2)
    found = net.regularizer(dict.fromkeys(net.parameters, 1))
    with pytest.raises(sb.BudgetError, match="not unique"):
        found.rate([[1.0, 1.0]], [1.0], "rich")
    with pytest.raises(sb.DomainError, match="single solution"):
        found.rate(np.eye(2), [1.0, 2.0], "rich")
    with pytest.raises(sb.InputError, match="regime"):
        found.rate([[1.0, 2.0]], [1.0], "lazy")
    with pytest.raises(sb.InputError, match="signs"):
        sb.Parametrization(u**2, [u]).regularizer({u: 1}).rate([[1.0, 2.0]], [-1.0], "rich")
    with pytest.raises(sb.DomainError, match="no kernel regime"):
        net.regularizer(dict(zip(net.parameters, (1, 2), strict=True))).rate(
            [[1.0, 2.0]], [1.0], "kernel"
        )
    neuron = sb.parametrizations.neuron(2)
    with pytest.raises(sb.BudgetError, match="every coordinate"):
        neuron.regularizer(dict.fromkeys(neuron.parameters, 1)).rate([[1.0, 2.0]], [1.0], "rich")
    with pytest.raises(sb.DomainError, match="quadratic"):
        sb.Parametrization(u - v, [u, v]).regularizer({u: 1, v: 1}).rate(
            [[1.0, 2.0]], [1], "kernel"
        )
