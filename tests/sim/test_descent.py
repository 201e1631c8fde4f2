"""The compiled loops of gradient descent against the same loops written with NumPy."""

from fractions import Fraction

import numpy as np
import pytest
from numba import njit

from symbias.sim.descent import _aligned, _pull_back, gradient_descent
from symbias.sim.least_squares import LeastSquares


@njit
def diagonal(inputs, strides, out):
    for i in range(out.shape[1]):
        u, v = inputs[0, i], inputs[1, i]
        out[0, i], out[1, i], out[2, i] = u**2 - v**2, 2 * u, -2 * v


@njit
def neuron(inputs, strides, out):
    a, b, c = inputs[0, 0], inputs[1, 0], inputs[2, 0]
    for i, value in enumerate((a * b, a * c, b, a, 0.0, c, 0.0, a)):
        out[i, 0] = value


def evaluator(loop, rows):
    def evaluate(*theta):
        out = np.empty((rows, theta[0].size))
        loop(np.array(theta), np.ones(len(theta), dtype=np.int64), out)
        return out

    return evaluate


def problem(n=6, d=7, loop=diagonal):
    rng = np.random.default_rng(4)
    q, p = (1, 2) if loop is diagonal else (d, 3)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    return LeastSquares(X, y, q, p, evaluator(loop, q + q * p), evaluator(loop, q + q * p))


def run(case, loop, start, step, batch=None, rng=None, max_steps=60, every=20, tolerance=1e-12):
    batch = len(case.y) if batch is None else batch
    return gradient_descent(
        case, loop, start, step, batch, rng, tolerance=tolerance, max_steps=max_steps, every=every
    )


def plain_step(case, theta, rows, step):
    point = case.at(theta)
    force = case.X[rows].T @ point.residual[rows] * (len(case.y) / len(rows))
    return theta - step * np.einsum(
        "qpm,qm->pm", point.slopes, force.reshape(case.outputs, case.copies)
    )


@pytest.mark.parametrize(("loop", "width", "shape"), [(diagonal, 7, (2, 7)), (neuron, 2, (3, 1))])
def test_full_batches_follow_a_plain_loop(loop, width, shape):
    case = problem(d=width, loop=loop)
    start = np.linspace(0.3, 0.9, shape[0] * shape[1]).reshape(shape)
    theta = start
    for _ in range(60):
        theta = plain_step(case, theta, np.arange(6), 0.01)
    found = run(case, loop, start, 0.01)
    assert found.steps == 60
    assert np.abs(found.theta - theta).max() < 1e-13
    assert (start == np.linspace(0.3, 0.9, start.size).reshape(shape)).all()


@pytest.mark.parametrize(("loop", "width", "shape"), [(diagonal, 7, (2, 7)), (neuron, 2, (3, 1))])
def test_mini_batches_follow_a_plain_loop_with_the_stream_of_numpy(loop, width, shape):
    case = problem(d=width, loop=loop)
    theta = start = np.full(shape, 0.5)
    rng, order = np.random.default_rng(7), np.arange(6)
    for _ in range(60):
        for i in range(2):
            j = i + int(rng.random() * (6 - i))
            order[i], order[j] = order[j], order[i]
        theta = plain_step(case, theta, order[:2], 0.01)
    found = run(case, loop, start, 0.01, 2, np.random.default_rng(7))
    assert np.abs(found.theta - theta).max() < 1e-13


def test_how_often_the_loss_is_recorded_does_not_change_the_run():
    case, start = problem(), np.full((2, 7), 0.5)
    often, rarely = (
        run(case, diagonal, start, 0.01, 3, np.random.default_rng(5), every=every)
        for every in (7, 60)
    )
    assert (often.theta == rarely.theta).all()


def test_one_seed_gives_one_run_and_another_seed_another():
    case, start = problem(), np.full((2, 7), 0.5)
    first, again, other = (
        run(case, diagonal, start, 0.01, 3, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert (first.theta == again.theta).all()
    assert (first.losses == again.losses).all()
    assert not (first.theta == other.theta).all()


def test_batches_are_drawn_evenly_and_without_repetition():
    # With X = I a step moves exactly the coordinates of its batch.
    case = LeastSquares(np.eye(5), np.ones(5), 1, 1, square, square)
    rng, hits = np.random.default_rng(8), np.zeros(5)
    for _ in range(400):
        found = run(case, square_loop, np.full((1, 5), 0.5), 0.1, 2, rng, max_steps=1, every=1)
        moved = found.theta[0] != 0.5
        assert moved.sum() == 2
        hits += moved
    # binomial(400, 2/5) has deviation 9.8
    assert np.abs(hits - 160).max() < 50


@njit
def square_loop(inputs, strides, out):
    for i in range(out.shape[1]):
        out[0, i], out[1, i] = inputs[0, i] ** 2, 2 * inputs[0, i]


def square(u):
    return np.array([u**2, 2 * u])


def test_the_loss_is_recorded_at_the_start_and_every_so_many_steps():
    case, start = problem(), np.full((2, 7), 0.5)
    found = run(case, diagonal, start, 1e-4, max_steps=50, every=20)
    assert found.losses.size == 4
    assert found.losses[0] == case.at(start).loss
    assert found.losses[-1] == case.at(found.theta).loss
    assert found.steps == 50


def test_losses_recorded_by_the_loop_itself_are_those_along_the_run():
    # 250 recordings take more than two calls of the loop, and the last is not full.
    case, theta = problem(), np.full((2, 7), 0.5)
    found = run(case, diagonal, theta, 1e-4, max_steps=500, every=2)
    rows, losses = np.arange(len(case.y)), [case.at(theta).loss]
    for step in range(1, 501):
        theta = plain_step(case, theta, rows, 1e-4)
        losses += [case.at(theta).loss] * (step % 2 == 0)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-12)
    np.testing.assert_allclose(found.theta, theta, rtol=1e-12)


def test_a_run_that_interpolates_stops():
    case = LeastSquares(np.eye(2), np.array([1.0, 4.0]), 1, 1, square, square)
    found = run(case, square_loop, np.ones((1, 2)), 0.05, max_steps=2_000)
    assert found.converged
    assert found.steps < 1_000
    assert np.abs(found.theta - [[1.0, 2.0]]).max() < 1e-11


def test_a_step_too_large_diverges_and_says_so():
    found = run(problem(), diagonal, np.full((2, 7), 2.0), 1.0)
    assert not found.converged
    assert "smaller step" in found.message
    assert found.steps == 20


def test_a_budget_of_steps_is_kept():
    found = run(problem(), diagonal, np.full((2, 7), 0.5), 1e-9, max_steps=30)
    assert (found.steps, found.converged) == (30, False)
    assert "budget of 30 steps" in found.message


def test_regression_a_tolerance_below_the_rounding_floor_ends():
    case = LeastSquares(np.eye(2), np.array([1.0, 4.0]), 1, 2, evaluator(diagonal, 3), square)
    found = run(case, diagonal, np.full((2, 2), 100.0), 1e-6, tolerance=1e-17, max_steps=5_000)
    assert found.converged


@pytest.mark.parametrize(("n", "d"), [(1, 1), (7, 3), (8, 16), (19, 33)])
def test_the_gradient_is_as_accurate_as_any_order_of_its_sums(n, d):
    rng = np.random.default_rng(n)
    X, y, w = rng.standard_normal((n, d)), rng.standard_normal(n), rng.standard_normal(d)
    weights, force = _aligned(w[None])[0], _aligned(np.ones((1, d)))[0]
    _pull_back(_aligned(X), y, weights, force)
    exact = np.vectorize(Fraction)
    rows = exact(X)
    wanted = rows.T @ (rows @ exact(w) - exact(y))
    size = np.abs(X).T @ (np.abs(X) @ np.abs(w) + np.abs(y))
    errors = np.abs((exact(force[:d]) - wanted).astype(float))
    assert (errors <= (n + d + 2) * np.finfo(float).eps * size).all()
    assert not force[d:].any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 16), (5, 100)])
def test_padded_rows_begin_at_cache_lines(shape):
    X = np.random.default_rng(0).standard_normal(shape)
    padded = _aligned(X)
    assert all(row.ctypes.data % 64 == 0 for row in padded)
    assert np.array_equal(padded[:, : shape[1]], X)
    assert not padded[:, shape[1] :].any()
    assert padded.flags.c_contiguous
