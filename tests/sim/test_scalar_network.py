"""Gradient descent of a product of scalars, step by step, and its Hessian."""

import numpy as np
import pytest

import symbias as sb


def loss(weights):
    return (np.prod(weights) - 1) ** 2 / 2


def by_differences(function, weights, h=1e-5):
    moves = h * np.eye(len(weights))
    return np.array([(function(weights + m) - function(weights - m)) / (2 * h) for m in moves])


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_a_step_follows_the_gradient(depth):
    start = np.random.default_rng(depth).uniform(-1.5, 1.5, depth)
    run = sb.simulate.train_scalar_network(start, 0.3, 1)
    assert run.path.shape == (2, depth)
    np.testing.assert_allclose(run.final, start - 0.3 * by_differences(loss, start), atol=1e-9)
    np.testing.assert_allclose(run.loss, [loss(start), loss(run.final)], rtol=1e-13)


def test_a_weight_that_is_zero_moves_by_the_product_of_the_others():
    run = sb.simulate.train_scalar_network([0.0, -2.0, 3.0], 0.1, 1)
    np.testing.assert_allclose(run.final, [-0.6, -2.0, 3.0])


@pytest.mark.parametrize("depth", [2, 4])
def test_the_sharpness_is_the_top_eigenvalue_of_the_hessian(depth):
    rng = np.random.default_rng(depth)
    points = rng.uniform(-1.5, 1.5, (3, depth))
    found = sb.simulate.scalar_network_sharpness(points)
    for point, value in zip(points, found, strict=True):
        hessian = by_differences(lambda w: by_differences(loss, w, 1e-4), point, 1e-4)
        assert value == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-6, abs=1e-6)
    assert sb.simulate.scalar_network_sharpness(points[0]) == found[0]


def test_a_run_that_overflows_ends_where_it_is_finite():
    run = sb.simulate.train_scalar_network([3.0, 3.0, 3.0], 5.0, 100)
    assert not run.converged
    assert "too large" in run.message
    assert len(run.loss) == len(run.path) == run.steps + 1 < 100
    assert np.isfinite(run.loss).all()
    assert np.isfinite(run.path).all()


@pytest.mark.parametrize(
    ("weights", "step", "steps"),
    [
        ([1.0], 0.1, 5),
        ([1.0, np.nan], 0.1, 5),
        ([1.0, 1.0], 0.0, 5),
        ([1.0, 1.0], -0.1, 5),
        ([1.0, 1.0], np.inf, 5),
        ([1.0, 1.0], 0.1, 0),
        ([1.0, 1.0], 0.1, 10**8),
        ([1e200, 1e200], 0.1, 5),
        ([[1.0, 1.0]], 0.1, 5),
    ],
)
def test_what_makes_no_sense_is_refused(weights, step, steps):
    with pytest.raises(sb.InputError):
        sb.simulate.train_scalar_network(weights, step, steps)


def test_one_weight_has_no_hessian_here():
    with pytest.raises(sb.InputError):
        sb.simulate.scalar_network_sharpness([1.0])
