"""The least sharpness over rescalings: enclosed, and attained."""

import numpy as np
import pytest
from scipy.optimize import minimize
from shallow_nets import random_data, random_net

import symbias as sb


def problem(seed, k=6):
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(1, 9)), int(rng.integers(2, 40))
    return random_net(d, k, rng), random_data(n, d, rng)


@pytest.mark.parametrize("seed", range(12))
def test_it_lies_between_the_oriented_bound_and_the_balanced_network(seed):
    net, X = problem(seed, k=9)
    found = net.least_sharpness(X, tolerance=1e-7)
    assert found.value - found.lower <= 1e-7 * found.value
    assert net.sharpness_bound(X, oriented=True) <= found.lower * (1 + 1e-12)
    assert found.value <= net.balanced(X).sharpness(X) * (1 + 1e-12)
    assert found.net.sharpness(X) == pytest.approx(found.value, rel=1e-10)
    assert found.net.predict(X) == pytest.approx(net.predict(X), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_a_search_without_derivatives_finds_no_less_and_the_same(seed):
    net, X = problem(seed, k=2)
    start = net.balanced(X)

    def curvature(logs):
        return start.rescaled(np.exp(logs)).sharpness(X)

    options = {"xatol": 1e-7, "fatol": 1e-11, "maxiter": 2000}
    searched = minimize(curvature, np.zeros(2), method="Nelder-Mead", options=options).fun
    found = net.least_sharpness(X, tolerance=1e-9)
    assert searched >= found.lower * (1 - 1e-12)
    assert searched == pytest.approx(found.value, rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_the_sharpness_is_convex_in_the_logarithms_of_the_scales(seed):
    net, X = problem(seed)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        ends = rng.standard_normal((2, net.neurons))
        values = [
            net.rescaled(np.exp(p)).sharpness(X) for p in (ends[0], ends.mean(axis=0), ends[1])
        ]
        assert values[1] <= (values[0] + values[2]) / 2 * (1 + 1e-12)


def test_it_does_not_depend_on_the_scales_of_the_start():
    net, X = problem(2)
    scales = np.exp(np.random.default_rng(0).uniform(-6, 6, net.neurons))
    values = [n.least_sharpness(X, tolerance=1e-9).value for n in (net, net.rescaled(scales))]
    assert values[0] == pytest.approx(values[1], rel=1e-8)


def test_the_oriented_bound_is_attained_where_the_mean_gradient_is_the_top_eigenvector():
    x = np.array([0.6, 0.8])
    net = sb.ShallowReLU([5 * x, -x / 9], [0.0, 0.0], [0.7, 3.0], 0.0)
    X = [x, -x]
    for scales in ([1.0, 1.0], [3.0, 0.1]):
        found = net.rescaled(scales).least_sharpness(X, tolerance=1e-9)
        assert found.lower <= found.value
        bound = net.sharpness_bound(X, oriented=True)
        assert found.lower >= bound * (1 - 1e-12)
    twin = sb.ShallowReLU([x, -x], [0.0, 0.0], [2.0, 2.0], 0.0)
    assert twin.least_sharpness(X).value == pytest.approx(
        twin.sharpness_bound(X, oriented=True), rel=1e-6
    )


def test_neurons_without_output_count_as_gone():
    net = sb.ShallowReLU([[1.0], [2.0]], [0.5, 1.0], [1.0, 0.0], 0.0)
    alone = sb.ShallowReLU([[1.0]], [0.5], [1.0], 0.0)
    X = [[1.0], [2.0], [-3.0]]
    assert net.least_sharpness(X).value == pytest.approx(alone.least_sharpness(X).value, rel=1e-6)
    nothing = sb.ShallowReLU([[1.0]], [0.5], [0.0], 2.0).least_sharpness(X)
    assert (nothing.value, nothing.lower) == pytest.approx((1.0, 1.0), rel=1e-12)


def test_unusable_arguments_are_refused():
    net = sb.ShallowReLU.initial(2, 3)
    with pytest.raises(sb.InputError, match="tolerance"):
        net.least_sharpness([[1.0, 2.0]], tolerance=0.0)
    with pytest.raises(sb.BudgetError, match="samples"):
        net.least_sharpness(np.ones((2001, 2)))
