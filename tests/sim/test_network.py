"""The hand-written derivatives of a dense network: differences, symmetry, the known Hessian of a linear model."""

from __future__ import annotations

import numpy as np
import pytest

from symbias.sim.network import Network

SHAPES = [((3, 2), "tanh"), ((3, 4, 2), "tanh"), ((3, 4, 5, 2), "tanh"), ((3, 4, 5, 2), "relu")]


def problem(widths, activation, samples=7):
    rng = np.random.default_rng(5)
    network = Network(widths, activation)
    theta = network.initial(1.0, rng) + 0.1 * rng.standard_normal(network.size)
    X, Y = rng.standard_normal((samples, widths[0])), rng.standard_normal((samples, widths[-1]))
    return network, theta, X, Y, rng


@pytest.mark.parametrize(("widths", "activation"), SHAPES)
def test_the_gradient_is_the_difference_of_losses(widths, activation):
    network, theta, X, Y, rng = problem(widths, activation)
    direction, small = rng.standard_normal(network.size), 1e-5
    ahead, behind = (network.loss(theta + s * direction, X, Y) for s in (small, -small))
    loss, slope = network.gradient(theta, X, Y)
    assert loss == pytest.approx(network.loss(theta, X, Y), rel=1e-14)
    assert slope @ direction == pytest.approx((ahead - behind) / (2 * small), rel=1e-7)


@pytest.mark.parametrize(("widths", "activation"), SHAPES)
def test_the_hessian_product_is_the_difference_of_gradients(widths, activation):
    network, theta, X, Y, rng = problem(widths, activation)
    direction, small = rng.standard_normal(network.size), 1e-5
    ahead, behind = (network.gradient(theta + s * direction, X, Y)[1] for s in (small, -small))
    product = network.hessian_product(theta, X, Y)(direction)
    assert np.abs(product - (ahead - behind) / (2 * small)).max() < 1e-7 * np.abs(product).max()


def test_the_hessian_is_symmetric():
    network, theta, X, Y, _ = problem((3, 4, 5, 2), "tanh")
    product = network.hessian_product(theta, X, Y)
    hessian = np.array([product(unit) for unit in np.eye(network.size)])
    assert np.abs(hessian - hessian.T).max() < 1e-14 * network.size
    assert np.linalg.matrix_rank(hessian) > 14


def test_the_product_keeps_its_point():
    network, theta, X, Y, rng = problem((3, 4, 2), "tanh")
    direction, product = rng.standard_normal(network.size), network.hessian_product(theta, X, Y)
    before = product(direction)
    theta += 1.0
    assert np.array_equal(product(direction), before)


def test_a_network_without_hidden_layer_is_a_linear_model():
    network, theta, X, Y, _ = problem((3, 2), "relu")
    design = np.hstack([X, np.ones((len(X), 1))])
    weights, biases = network.layers(theta)[0]
    error = X @ weights.T + biases - Y
    assert network.loss(theta, X, Y) == pytest.approx((error**2).sum() / (2 * len(X)))
    product = network.hessian_product(theta, X, Y)
    unit = np.zeros(network.size)
    unit[1] = 1.0
    gram = design.T @ design / len(X)
    assert product(unit)[:3] == pytest.approx(gram[:3, 1])
    assert product(unit)[6] == pytest.approx(gram[3, 1])


def test_rescaling_a_relu_neuron_leaves_the_loss():
    network, theta, X, Y, _ = problem((3, 4, 2), "relu")
    other = theta.copy()
    (first, biases), (second, _) = network.layers(other)
    first[2] *= 3.0
    biases[2] *= 3.0
    second[:, 2] /= 3.0
    assert network.loss(other, X, Y) == pytest.approx(network.loss(theta, X, Y), rel=1e-13)


def test_the_start_has_unit_values():
    network = Network((400, 300, 2), "tanh")
    weights, biases = network.layers(network.initial(2.0, np.random.default_rng(0)))[0]
    # the variance of 120000 draws is known to 0.4 per cent
    assert weights.var() * 400 == pytest.approx(4.0, rel=0.02)
    assert not biases.any()
