"""The optimiser loops: by hand, by the buffers of a plain loop, by scaling."""

from __future__ import annotations

import numpy as np
import pytest

from symbias.sim import optimisers
from symbias.sim.optimisers import Rule

NOW = np.zeros(1, dtype=np.int64)
ONE = np.ones(1)


def iterate(rule, curvature, step, steps, *, factors=ONE, delays=NOW, start=1.0):
    curvatures = np.array([curvature], dtype=float)
    theta, _ = optimisers.run(rule, curvatures, step, factors, delays, np.array([start]), steps, 1)
    return theta[0]


def test_heavy_ball_by_hand():
    # buffer 2, 1; then 1 - 0.5*2 = 0, and 0 - 0.5*(0.5*2 + 0) = -1/2
    assert iterate(Rule(optimisers.SGD, 0.5), 2.0, 0.5, 2).tolist() == [1.0, 0.0, -0.5]


def test_dampening_and_weight_decay_by_hand():
    # the gradient is (1 + 1) theta, and half of it enters the buffer
    rule = Rule(optimisers.SGD, 0.5, dampening=0.5, decay=1.0)
    assert iterate(rule, 1.0, 0.5, 2).tolist() == [1.0, 0.5, 0.5 - 0.5 * (0.5 + 0.5)]


def test_nesterov_flag_by_hand():
    # update = gradient + momentum * buffer = 1 + 0.5 * 1
    rule = Rule(optimisers.SGD, 0.5, nesterov=True)
    first = 1 - 0.1 * 1.5
    buffer = 0.5 + first
    wanted = [1.0, first, first - 0.1 * (first + 0.5 * buffer)]
    assert iterate(rule, 1.0, 0.1, 2) == pytest.approx(wanted, rel=1e-15)


def test_optimistic_extragradient_lookahead_by_hand():
    first = 1 - 0.5 * (2 - 1)
    optimistic = iterate(Rule(optimisers.OPTIMISTIC), 1.0, 0.5, 2)
    assert optimistic.tolist() == [1.0, first, first - 0.5 * (2 * first - 1)]
    # 1 - 0.5 * (1 - 0.5 * 1)
    assert iterate(Rule(optimisers.EXTRAGRADIENT), 1.0, 0.5, 1).tolist() == [1.0, 0.75]
    # two halvings to 1/4, a quarter of the way from 1
    lookahead = Rule(optimisers.LOOKAHEAD, weight=0.25, inner=2)
    assert iterate(lookahead, 1.0, 0.5, 1).tolist() == [1.0, 1 - 0.25 * 0.75]


def test_moving_average_by_hand():
    # m = 0.5 * 1; the update is 0.25 * 1 + 0.75 * 0.5
    rule = Rule(optimisers.QUASI_HYPERBOLIC, 0.5, weight=0.75)
    assert iterate(rule, 1.0, 1.0, 1).tolist() == [1.0, 1 - 0.25 - 0.375]


def test_stale_gradients_by_hand():
    # two steps see the start, the third the first iterate
    theta = iterate(Rule(optimisers.SGD), 1.0, 0.25, 3, delays=np.array([1]))
    assert theta.tolist() == [1.0, 0.75, 0.5, 0.5 - 0.25 * 0.75]
    drawn = iterate(Rule(optimisers.SGD), 1.0, 0.25, 3, delays=np.array([0, 1, 0]))
    assert drawn.tolist() == [1.0, 0.75, 0.5, 0.375]


def test_factors_are_used_in_turn():
    theta = iterate(Rule(optimisers.SGD), 1.0, 0.25, 3, factors=np.array([1.0, 2.0]))
    assert theta.tolist() == [1.0, 0.75, 0.375, 0.75 * 0.375]


def test_each_worker_has_its_own_momentum():
    rule, step, b = Rule(optimisers.SGD, 0.5, workers=3), 0.125, 0.5
    theta, buffers = [1.0] * 3, [0.0] * 3
    for t in range(12):
        buffers[t % 3] = b * buffers[t % 3] + theta[-3]
        theta.append(theta[-1] - step * buffers[t % 3])
    assert iterate(rule, 1.0, step, 12, delays=np.array([2])) == pytest.approx(theta[2:], rel=1e-15)


def test_the_size_of_a_run_that_overflows():
    # each step multiplies by -9: theta overflows long before the end, the size does not
    curvature = np.array([1.0, 10.0])
    theta, size = optimisers.run(
        Rule(optimisers.SGD), curvature, 1.0, ONE, NOW, np.ones(2), 2000, 10
    )
    assert np.isneginf(size[0, -1])
    assert np.isinf(theta[1, -1])
    assert np.diff(size[1, 1:]) == pytest.approx(10 * np.log(9), rel=1e-12)
