"""Hessian and sharpness of shallow ReLU networks: finite differences, Lanczos iteration, kinks."""

import numpy as np
import pytest
from shallow_nets import random_data, random_net, random_problem

import symbias as sb
from symbias.stability import tangent

FAR = 0.05
"""Least distance of the samples from kinks, in units of w.x + b."""


def flat(net):
    return np.concatenate([net.W.ravel(), net.b, net.v, [net.c]])


def loss_at(theta, k, d, X, y):
    rest = theta[k * d :]
    net = sb.ShallowReLU(theta[: k * d].reshape(k, d), rest[:k], rest[k : 2 * k], rest[-1])
    return np.mean((net.predict(X) - y) ** 2) / 2


def smooth_problem(seed, d, k):
    """A network with all samples away from its kinks."""
    rng = np.random.default_rng(seed)
    net = sb.ShallowReLU(
        rng.standard_normal((k, d)), rng.standard_normal(k), rng.standard_normal(k), 0.2
    )
    X = rng.standard_normal((200, d))
    X = X[(np.abs(X @ net.W.T + net.b) > FAR).all(axis=1)][:12]
    return net, X, rng.standard_normal(len(X))


@pytest.mark.parametrize(("d", "k"), [(1, 1), (1, 4), (3, 2), (6, 3)])
def test_the_hessian_is_the_second_derivative_of_the_loss(d, k):
    net, X, y = smooth_problem(d, d, k)
    theta, h = flat(net), 1e-3
    size = len(theta)
    steps = h * np.eye(size)

    def loss(point):
        return loss_at(point, k, d, X, y)

    # Between kinks the loss is a polynomial of degree two in each pair of directions of W, b and of v, c.
    measured = np.array(
        [
            [
                loss(theta + a + b)
                - loss(theta + a - b)
                - loss(theta - a + b)
                + loss(theta - a - b)
                for b in steps
            ]
            for a in steps
        ]
    ) / (4 * h * h)
    assert np.abs(net.hessian(X, y) - measured).max() < 1e-4 * np.abs(measured).max()
    fitted = net.predict(X)
    assert np.abs(net.hessian(X) - net.hessian(X, fitted)).max() < 1e-14 * np.abs(measured).max()


@pytest.mark.parametrize("seed", range(20))
def test_sharpness_is_the_largest_eigenvalue_of_the_hessian(seed, monkeypatch):
    net, X, y = random_problem(seed)
    for targets in (None, y):
        values = np.linalg.eigvalsh(net.hessian(X, targets))
        assert net.sharpness(X, targets) == pytest.approx(values[-1], rel=1e-12)
    monkeypatch.setattr(tangent, "_DENSE", 0)
    monkeypatch.setattr(tangent, "_BLOCK", 50)
    for targets in (None, y):
        values = np.linalg.eigvalsh(net.hessian(X, targets))
        assert net.sharpness(X, targets) == pytest.approx(values[-1], rel=1e-11)


def test_products_are_those_of_the_hessian():
    net, X, y = random_problem(7)
    here = tangent.tangent(net, X, y)
    H = here.hessian()
    for vector in np.random.default_rng(0).standard_normal((5, here.size)):
        assert here.product(vector) == pytest.approx(H @ vector, rel=1e-11, abs=1e-11)


def test_the_sharpness_of_many_samples_is_found_without_a_matrix():
    rng = np.random.default_rng(0)
    net, X = random_net(12, 60, rng), random_data(3000, 12, rng)
    wanted = np.linalg.eigvalsh(net.hessian(X))[-1]
    assert net.sharpness(X) == pytest.approx(wanted, rel=1e-11)


def test_another_program_finds_the_same_hessian():
    net, X, y = random_problem(3)
    shape = sb.simulate.dense_network([net.features, net.neurons, 1], "relu")
    operator = sb.simulate.hessian_vector_product(shape, flat(net), X, y)
    measured = operator @ np.eye(operator.shape[0])
    assert np.abs(net.hessian(X, y) - measured).max() < 1e-12 * np.abs(measured).max()


@pytest.mark.parametrize(
    ("net", "X"),
    [
        (sb.ShallowReLU([[1.0]], [-1.0], [1.0], 0.0), [[1.0], [0.0]]),
        (sb.ShallowReLU([[0.1, 0.2]], [-0.3 * 0.7], [1.0], 0.0), [[0.7, 0.7], [0.0, 1.0]]),
        (sb.ShallowReLU([[0.0]], [0.0], [1.0], 0.0), [[1.0], [2.0]]),
        (sb.ShallowReLU([[3.0]], [0.0], [1.0], 0.0), [[0.0]]),
    ],
)
def test_kinks_are_refused_with_the_sample(net, X):
    for ask in (net.sharpness, net.hessian, net.least_sharpness):
        with pytest.raises(
            sb.DomainError, match=r"Sample 0 lies on the hyperplane of neuron 0.*Move"
        ):
            ask(X)
    assert net.stability_norm(X) >= 0


def test_a_neuron_without_output_has_no_kink_if_the_network_interpolates():
    net, X = sb.ShallowReLU([[1.0]], [-1.0], [0.0], 0.0), [[1.0], [3.0]]
    assert net.sharpness(X) == pytest.approx(np.linalg.eigvalsh([[0.5, 0.5], [0.5, 2.5]])[-1])
    with pytest.raises(sb.DomainError):
        net.sharpness(X, [1.0, 1.0])


def test_at_a_kink_the_range_holds_the_sharpness_on_both_sides():
    rng = np.random.default_rng(0)
    net, X = (
        sb.ShallowReLU([[1.0, 0.5], [0.3, -2.0]], [-2.0, 0.1], [1.5, 1.0], 0.0),
        [[1.0, 2.0], [0.2, 0.5]],
    )
    X = np.vstack([X, rng.standard_normal((4, 2))])
    y = rng.standard_normal(6)
    for targets in (None, y):
        low, high = net.sharpness_range(X, targets)
        sides = []
        for move in (-1e-9, 1e-9):
            beside = sb.ShallowReLU(net.W, net.b + np.array([move, 0.0]), net.v, net.c)
            sides.append(beside.sharpness(X, targets))
            assert beside.sharpness_range(X, targets) == pytest.approx((sides[-1],) * 2)
        assert (low, high) == pytest.approx((min(sides), max(sides)), rel=1e-6)
        assert high > 1.01 * low


def test_too_many_kinks_and_too_large_hessians_are_refused():
    with pytest.raises(sb.BudgetError, match="modes"):
        sb.ShallowReLU([[0.0]], [0.0], [1.0], 0.0).sharpness_range(np.ones((11, 1)))
    with pytest.raises(sb.BudgetError, match="GB"):
        sb.ShallowReLU.initial(100, 200).hessian(np.ones((1, 100)))
