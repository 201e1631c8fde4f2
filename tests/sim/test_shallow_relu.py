"""Training of shallow ReLU networks, step by step beside plain NumPy."""

import numpy as np
import pytest

import symbias as sb
from symbias.sim import shallow_relu


def problem(n, d, k, seed=0):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((k, d)) / np.sqrt(d)
    net = sb.ShallowReLU(W, rng.standard_normal(k), rng.standard_normal(k) / np.sqrt(k), 0.3)
    return net, rng.standard_normal((n, d)), rng.standard_normal(n)


def loss(net, X, y):
    return np.mean((net.predict(X) - y) ** 2) / 2


def plain_step(theta, X, y, step):
    """One step, straight from the definition of the loss."""
    W, b, v, c = theta
    Z = X @ W.T + b
    r = np.maximum(Z, 0) @ v + c - y
    D = r[:, None] * (Z > 0) * v / len(y)
    gradient = D.T @ X, D.sum(axis=0), np.maximum(Z, 0).T @ r / len(y), r.mean()
    return [p - step * g for p, g in zip(theta, gradient, strict=True)]


def assert_same(net, theta, tolerance):
    for found, wanted in zip((net.W, net.b, net.v, net.c), theta, strict=True):
        assert np.abs(found - wanted).max() <= tolerance


SHAPES = [(1, 1, 1), (5, 1, 3), (33, 4, 7), (64, 9, 130)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bytes_at_hand", [8 * 16, 2**19])
def test_steps_are_those_of_the_definition(shape, bytes_at_hand, monkeypatch):
    monkeypatch.setattr(shallow_relu, "_BLOCK_BYTES", bytes_at_hand)
    net, X, y = problem(*shape)
    theta, losses = [net.W, net.b, net.v, net.c], []
    for _ in range(12):
        losses.append(loss(sb.ShallowReLU(*theta), X, y))
        theta = plain_step(theta, X, y, 0.05)
    run = net.train(X, y, 0.05, 12, every=1)
    assert_same(run.final, theta, 1e-13)
    assert run.loss[:-1] == pytest.approx(losses, rel=1e-12)
    assert run.loss[-1] == pytest.approx(loss(run.final, X, y), rel=1e-12)


def test_the_gradient_is_the_derivative_of_the_loss():
    net, X, y = problem(20, 3, 6)
    step, h = 1e-3, 1e-6
    moved = net.train(X, y, step, 1).final
    for name in ("W", "b", "v", "c"):
        slope = (np.asarray(getattr(net, name)) - getattr(moved, name)) / step
        for index in np.ndindex(slope.shape):
            ends = []
            for sign in (1, -1):
                parameters = {p: np.array(getattr(net, p)) for p in ("W", "b", "v", "c")}
                parameters[name][index] += sign * h
                ends.append(loss(sb.ShallowReLU(**parameters), X, y))
            assert slope[index] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)


def test_batches_of_all_samples_give_full_steps():
    net, X, y = problem(30, 4, 5)
    full = net.train(X, y, 0.05, 20).final
    batched = net.train(X, y, 0.05, 20, batch=30, rng=0).final
    assert_same(batched, [full.W, full.b, full.v, full.c], 1e-13)


def test_batches_are_drawn_without_replacement_and_from_all_samples():
    # One inactive neuron: only c moves, by the mean residual of the batch, and targets tell the samples apart.
    net = sb.ShallowReLU([[0.0]], [-1.0], [0.0], 0.0)
    n, X, y = 6, np.zeros((6, 1)), 10.0 ** np.arange(6)
    digits = []
    for seed in range(200):
        drawn = round(2 * net.train(X, y, 1.0, 1, batch=2, rng=seed).final.c)
        digits.append([int(digit) for digit in reversed(str(drawn).zfill(n))])
    counts = np.array(digits)
    assert (counts.sum(axis=1) == 2).all()
    assert counts.max() == 1
    # 200 draws of 2 in 6: each sample 66.7 times, standard deviation 6.7.
    assert np.abs(counts.sum(axis=0) - 200 / 3).max() < 5 * 6.7


def test_sgd_is_determined_by_its_seed_and_learns():
    net, X, y = problem(60, 4, 20)
    runs = [net.train(X, y, 0.05, 600, batch=8, rng=seed, every=100) for seed in (1, 1, 2)]
    assert (runs[0].final.W == runs[1].final.W).all()
    assert (runs[0].final.W != runs[2].final.W).any()
    assert len(runs[0].loss) == 7
    assert runs[0].loss[-1] < 0.6 * runs[0].loss[0]


def test_a_run_ends_at_its_tolerance():
    net, X, y = problem(8, 3, 40)
    run = net.train(X, y, 0.1, 100_000, tolerance=1e-10)
    assert run.converged
    assert run.steps < 100_000
    assert run.loss[-1] <= 1e-10 < run.loss[-2]
    assert net.train(X, y, 0.1, run.steps - 1, tolerance=1e-10).converged is False
    again = run.final.train(X, y, 0.1, 10, tolerance=1e-10)
    assert (again.steps, again.converged) == (0, True)


@pytest.mark.parametrize("options", [{}, {"batch": 4, "rng": 0}])
def test_a_run_that_diverges_ends_with_what_it_had(options):
    net, X, y = problem(20, 3, 10)
    run = net.train(X, y, 50.0, 1000, **options)
    assert not run.converged
    assert "diverged" in run.message
    assert run.steps < 1000
    assert np.isfinite(run.final.W).all()


def test_records_are_as_many_as_asked_for():
    net, X, y = problem(10, 2, 3)
    assert len(net.train(X, y, 0.01, 10, every=3).loss) == 5
    assert len(net.train(X, y, 0.01, 9, every=3).loss) == 4
    assert len(net.train(X, y, 0.01, 5000).loss) == 1001


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step": 0.0}, "step"),
        ({"steps": 0}, "steps"),
        ({"batch": 99, "rng": 0}, "batch"),
        ({"batch": 2}, "rng"),
        ({"rng": 0}, "batch"),
        ({"every": 0}, "every"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"y": [1.0]}, "rows"),
    ],
)
def test_impossible_runs_are_refused(arguments, message):
    net, X, y = problem(10, 2, 3)
    with pytest.raises(sb.InputError, match=message):
        net.train(**{"X": X, "y": y, "step": 0.1, "steps": 3} | arguments)
