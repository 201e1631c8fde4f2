"""Training loops against plain ones, and against modes where the network is linear."""

from __future__ import annotations

import numpy as np
import pytest

from symbias.errors import ConvergenceError
from symbias.sim import training
from symbias.sim.network import Network
from symbias.sim.training import Momentum

NETWORK = Network((2, 3, 1), "tanh")
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((5, 2)), RNG.standard_normal((5, 1))
START = NETWORK.initial(1.0, RNG)
ASYNCHRONOUS = {"shifted": False, "batch": 5, "rng": None, "every": 1}


@pytest.mark.parametrize(
    "flags",
    [Momentum(), Momentum(0.9, 0.9), Momentum(0.5, 0.0, True), Momentum(0.5, weight_decay=0.2)],
)
def test_training_follows_a_plain_loop(flags):
    theta, buffer, losses = START.copy(), np.zeros(NETWORK.size), []
    for _ in range(6):
        loss, slope = NETWORK.gradient(theta, X, Y)
        losses.append(loss)
        slope = slope + flags.weight_decay * theta
        buffer = flags.momentum * buffer + (1 - flags.dampening) * slope
        theta = theta - 0.3 * (slope + flags.momentum * buffer if flags.nesterov else buffer)
    run = training.train(
        NETWORK, START, X, Y, 0.3, flags, steps=6, every=2, tolerance=1e-8,
        guess=np.ones(NETWORK.size),
    )  # fmt: skip
    assert run.losses[:6] == pytest.approx(losses, rel=1e-13)
    assert run.theta == pytest.approx(theta, rel=1e-12)
    assert run.distances[-1] == pytest.approx(np.linalg.norm(theta - START))
    assert run.sharpness_at.tolist() == [0, 2, 4, 6]
    product = NETWORK.hessian_product(run.theta, X, Y)
    hessian = np.array([product(unit) for unit in np.eye(NETWORK.size)])
    assert run.sharpness[-1] == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-7)


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize(("workers", "shifted"), [(1, False), (3, False), (3, True)])
def test_asynchronous_training_follows_stale_points(workers, shifted, decay):
    points, buffers = [START], [np.zeros(NETWORK.size) for _ in range(workers)]
    for t in range(9):
        stale = points[max(t - workers + 1, 0)]
        slope = NETWORK.gradient(stale, X, Y)[1] + decay * stale
        k = t % workers if shifted else 0
        buffers[k] = 0.5 * buffers[k] + slope
        points.append(points[-1] - 0.1 * buffers[k])
    run = training.train_asynchronously(
        NETWORK, START, X, Y, 0.1, Momentum(0.5, weight_decay=decay), workers=workers, steps=9,
        **(ASYNCHRONOUS | {"shifted": shifted}),
    )  # fmt: skip
    assert run.theta == pytest.approx(points[-1], rel=1e-12)
    assert run.losses == pytest.approx([NETWORK.loss(p, X, Y) for p in points], rel=1e-12)


def test_one_worker_trains_synchronously():
    one = training.train(
        NETWORK, START, X, Y, 0.2, Momentum(0.5), steps=7, every=1, tolerance=1e-3, guess=None
    )
    other = training.train_asynchronously(
        NETWORK, START, X, Y, 0.2, Momentum(0.5), workers=1, steps=7, **ASYNCHRONOUS
    )
    assert np.array_equal(one.theta, other.theta)
    assert one.sharpness.size == 0


def test_batches_have_the_full_gradient_as_mean():
    ends = [
        training.train_asynchronously(
            NETWORK, START, X, Y, 0.1, Momentum(), workers=2, shifted=False, batch=2,
            rng=np.random.default_rng(seed), steps=1, every=1,
        ).theta
        for seed in range(400)
    ]  # fmt: skip
    wanted = START - 0.1 * NETWORK.gradient(START, X, Y)[1]
    error = np.std(ends, axis=0) / 20
    assert (np.abs(np.mean(ends, axis=0) - wanted) < 4.5 * error + 1e-15).all()
    assert error.max() > 1e-4


def test_divergence_is_said():
    for run in (
        training.train(
            NETWORK, START, X, 9 * Y, 50.0, Momentum(0.9), steps=500, every=1, tolerance=1e-3,
            guess=None,
        ),
        training.train_asynchronously(
            NETWORK, START, X, 9 * Y, 50.0, Momentum(0.9), workers=4, steps=500, **ASYNCHRONOUS
        ),
    ):  # fmt: skip
        assert "diverged" in run.message
        assert run.steps < 500
        assert run.losses[-1] > 1e6 * run.losses[0]


def test_a_sharpness_that_is_not_finite():
    with pytest.raises(ConvergenceError, match="not finite"):
        training.sharpness(NETWORK, np.full(NETWORK.size, np.nan), X, Y, START, 1e-3)
