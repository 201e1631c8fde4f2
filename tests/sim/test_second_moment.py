"""Second moments of SGD: by hand, by closed sums in one dimension, by plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from symbias.sim import second_moment
from symbias.sim.second_moment import Samples, Steps

ROWS = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0], [2.0, -1.0]])


def losses(rows, gradients=None):
    rows = np.asarray(rows, dtype=float)
    linear = np.zeros_like(rows) if gradients is None else np.asarray(gradients, dtype=float)
    return Samples(rows, np.empty((len(rows), 0, 0)), linear)


def test_a_full_batch_is_gradient_descent():
    start, hessian, theta = np.array([1.0, -0.5]), ROWS.T @ ROWS / 4, [np.array([1.0, -0.5])]
    for _ in range(5):
        theta.append(theta[-1] - 0.3 * hessian @ theta[-1])
    mean, error, final = second_moment.sample(
        losses(ROWS), Steps(0.3), start, 4, second_moment.IID, 5, 3, np.random.default_rng(0)
    )
    assert mean == pytest.approx([t @ t for t in theta], rel=1e-14)
    assert error.max() < 1e-15
    assert final == pytest.approx(np.outer(theta[-1], theta[-1]), rel=1e-13)


def test_momentum_delay_and_workers_in_a_plain_loop():
    gradient = np.array([[0.5, -0.25]])
    for delay, workers in ((0, 1), (2, 1), (2, 3)):
        theta, buffers = [np.array([1.0, -0.5])] * (delay + 1), [np.zeros(2)] * workers
        for t in range(8):
            point = theta[-1 - delay]
            slope = ROWS[0] * (ROWS[0] @ point) + gradient[0]
            buffers[t % workers] = 0.5 * buffers[t % workers] + slope
            theta.append(theta[-1] - 0.25 * buffers[t % workers])
        flags = Steps(0.25, 0.5, delay, workers)
        mean, _, _ = second_moment.sample(
            losses(ROWS[:1], gradient), flags, theta[0], 1, 0, 8, 2, np.random.default_rng(0)
        )
        assert mean == pytest.approx([x @ x for x in theta[delay:]], rel=1e-13)


@pytest.mark.parametrize("order", [second_moment.IID, second_moment.RESHUFFLED])
def test_rows_and_their_hessians_are_the_same_problem(order):
    hessians = np.einsum("ij,ik->ijk", ROWS, ROWS)
    matrices = Samples(np.empty((4, 0)), hessians, np.zeros((4, 2)))
    one, other = (
        second_moment.sample(
            problem, Steps(0.3), np.ones(2), 2, order, 6, 20, np.random.default_rng(3)
        )
        for problem in (losses(ROWS), matrices)
    )
    assert one[0] == pytest.approx(other[0], rel=1e-12)


def test_an_epoch_uses_every_sample_once():
    # in one dimension the factors commute: after an epoch theta is the same whatever the order
    rows = np.array([[0.5], [1.0], [1.5], [0.7]])
    mean, error, _ = second_moment.sample(
        losses(rows), Steps(0.5), np.ones(1), 1, second_moment.RESHUFFLED, 8, 50,
        np.random.default_rng(0),
    )  # fmt: skip
    epoch = np.prod(1 - 0.5 * rows**2) ** 2
    assert mean[[4, 8]] == pytest.approx([epoch, epoch**2], rel=1e-13)
    assert error[[4, 8]].max() < 1e-14 < error[2]


def test_batches_without_and_with_replacement():
    # (theta after one step)**2 over the batches {1,2}, {1,4}, {2,4} of curvatures, or all nine pairs
    rows = np.sqrt([[1.0], [2.0], [4.0]])
    means = {
        second_moment.IID: np.mean([(1 - 0.1 * c / 2) ** 2 for c in (3, 5, 6)]),
        second_moment.REPLACED: np.mean(
            [(1 - 0.1 * (a + b) / 2) ** 2 for a in (1, 2, 4) for b in (1, 2, 4)]
        ),
    }
    for order, wanted in means.items():
        mean, error, _ = second_moment.sample(
            losses(rows), Steps(0.1), np.ones(1), 2, order, 1, 2000, np.random.default_rng(1)
        )
        assert 0 < abs(mean[1] - wanted) < 4 * error[1] < 0.02
    difference = means[second_moment.IID] - means[second_moment.REPLACED]
    assert abs(difference) > 0.001


def test_the_matrix_of_a_step_does_what_a_step_does():
    rng = np.random.default_rng(2)
    hessian, gradient = ROWS[1][:, None] * ROWS[1], np.array([0.3, -0.1])
    flags = Steps(0.2, 0.7, 1, 2)
    theta, first, second, last = rng.standard_normal((4, 2))
    state = np.concatenate([theta, first, second, last, [1.0]])
    buffer = 0.7 * first + hessian @ last + gradient
    wanted = np.concatenate([theta - 0.2 * buffer, second, buffer, theta, [1.0]])
    assert second_moment.step_matrix(hessian, gradient, flags) @ state == pytest.approx(wanted)
    early = second_moment.step_matrix(hessian, gradient, flags, late=0) @ state
    assert early[:2] == pytest.approx(theta - 0.2 * (0.7 * first + hessian @ theta + gradient))


def test_the_rate_of_a_rotation_and_of_nothing():
    turn = 1.5 * np.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])
    rate, error = second_moment.moment_rate(np.ones(1), turn[None])
    assert abs(rate - 2 * np.log(1.5)) <= error < 1e-13
    nilpotent = np.array([[[0.0, 1.0], [0.0, 0.0]]])
    assert second_moment.moment_rate(np.ones(1), nilpotent) == (-np.inf, 0.0)


def test_the_rate_is_the_slope_of_the_propagation():
    rng = np.random.default_rng(4)
    matrices, weights = rng.standard_normal((3, 3, 3)), np.array([0.5, 0.3, 0.2])
    traces = np.trace(second_moment.propagate(weights, matrices, np.eye(3), 120), axis1=1, axis2=2)
    rate, error = second_moment.moment_rate(weights, matrices)
    assert abs(np.log(traces[120] / traces[119]) - rate) < 1e-10
    assert error < 1e-12
