"""The gradient flow against what is known independently: invariants, multiprecision minimisers, its own refusals."""

import threading
import time

import mpmath
import numpy as np
import pytest

from symbias.sim.flow import gradient_flow
from symbias.sim.least_squares import LeastSquares

TINY = np.array([[1.0, 2.0, -1.0, 0.5], [0.5, -1.0, 0.25, 2.0]])
TARGETS = np.array([1.0, -2.0])


def diagonal(X, y):
    """w = u**2 - v**2 on every coordinate."""
    return LeastSquares(
        np.asarray(X),
        np.asarray(y),
        1,
        2,
        lambda u, v: np.array([u**2 - v**2, 2 * u, -2 * v]),
        lambda u, v: np.array([2 + 0 * u, 0 * u, 0 * u, -2 + 0 * u]),
    )


def neuron(X, y):
    """w = a (b, c): two outputs, three parameters, one copy."""
    zero = np.zeros(1)
    one = np.ones(1)
    seconds = [zero, one, zero, one, zero, zero, zero, zero, zero]
    seconds += [zero, zero, one, zero, zero, zero, one, zero, zero]
    return LeastSquares(
        np.asarray(X),
        np.asarray(y),
        2,
        3,
        lambda a, b, c: np.array([a * b, a * c, b, a, zero, c, zero, a]),
        lambda *_: np.array(seconds),
    )


def run(problem, start, tolerance=1e-12, accuracy=1e-11, max_steps=20_000):
    return gradient_flow(
        problem, start, tolerance=tolerance, accuracy=accuracy, max_steps=max_steps
    )


def least_potential(X, y, size):
    """Solve X w = y, w = 2 size**2 sinh(4 X^T nu), to 40 digits, from the dual of the potential."""
    with mpmath.workdps(40):
        data, goal = mpmath.matrix(X.tolist()), mpmath.matrix(y.tolist())
        square = 2 * mpmath.mpf(size) ** 2

        def weights(nu):
            return [square * mpmath.sinh(4 * t) for t in data.T * nu]

        def mismatch(*nu):
            return list(data * mpmath.matrix(weights(mpmath.matrix(nu))) - goal)

        # The scale enters the dual as a logarithm: a start from the kernel end, followed inwards.
        nu = mpmath.matrix([0, 0])
        for stage in np.linspace(0, 1, 60):
            square = 2 * mpmath.mpf(10.0 * (size / 10.0) ** stage) ** 2
            nu = mpmath.findroot(mismatch, list(nu))
        return np.array([float(t) for t in weights(nu)])


@pytest.mark.parametrize("size", [1e-3, 1e-1, 1.0, 10.0])
def test_the_limit_is_the_minimiser_found_to_40_digits(size):
    found = run(diagonal(TINY, TARGETS), np.full((2, 4), size))
    assert found.converged, found.message
    assert np.abs(found.w[0] - least_potential(TINY, TARGETS, size)).max() < 3e-10


def test_the_product_of_the_two_layers_is_conserved():
    found = run(diagonal(TINY, TARGETS), np.full((2, 4), 1e-2))
    assert np.abs(found.theta[0] * found.theta[1] / 1e-4 - 1).max() < 1e-8


def test_the_loss_never_increases():
    losses = run(diagonal(TINY, TARGETS), np.full((2, 4), 1e-2)).losses
    assert (np.diff(losses) <= 0).all()
    assert losses[0] == pytest.approx(0.5 * TARGETS @ TARGETS, rel=1e-12)


def test_a_map_with_several_outputs_conserves_its_balance():
    start = np.array([[0.5], [0.3], [-0.2]])
    found = run(neuron([[1.0, 2.0]], [1.5]), start)
    a, b, c = found.theta[:, 0]
    assert found.converged
    assert a**2 - b**2 - c**2 == pytest.approx(0.25 - 0.09 - 0.04, abs=1e-9)
    assert found.w[0, 0] + 2 * found.w[1, 0] == pytest.approx(1.5, abs=1e-11)
    # b, c moves along the row of X, so its component across never changes
    assert 2 * b - c == pytest.approx(2 * 0.3 + 0.2, abs=1e-9)


@pytest.mark.parametrize("size", [10.0, 1e3, 1e5])
def test_regression_a_tolerance_below_the_rounding_floor_ends(size):
    # w = u**2 - v**2 is known to about 1e-16 size**2 only: a smaller tolerance was never reached
    start = time.perf_counter()
    found = run(diagonal(TINY, TARGETS), np.full((2, 4), size), tolerance=1e-16)
    assert found.converged, found.message
    assert time.perf_counter() - start < 5
    assert found.steps < 3_000
    assert np.abs(TINY @ found.w[0] - TARGETS).max() < 1e-13 * max(1, size**2)


def test_regression_a_step_that_moves_w_linearly_is_not_taken_for_the_limit():
    # at u = v the map is linear along the flow, and one least-norm step interpolates at once
    found = run(diagonal(TINY, TARGETS), np.full((2, 4), 0.5))
    least_norm = np.linalg.lstsq(TINY, TARGETS, rcond=None)[0]
    assert np.abs(found.w[0] - least_norm).max() > 1e-2


def test_contradicting_data_do_not_converge_and_say_so():
    found = run(diagonal([[1.0, 0.0], [1.0, 0.0]], [1.0, 2.0]), np.full((2, 2), 0.5))
    assert not found.converged
    assert found.w[0, 0] == pytest.approx(1.5, abs=1e-6)
    assert "residual is 0.5" in found.message


def test_a_start_on_a_saddle_does_not_converge():
    found = run(diagonal(TINY, TARGETS), np.zeros((2, 4)))
    assert not found.converged
    assert "saddle" in found.message


def test_a_budget_of_steps_is_kept():
    found = run(diagonal(TINY, TARGETS), np.full((2, 4), 1e-2), max_steps=10)
    assert not found.converged
    assert found.steps <= 11
    assert "budget of 10 steps" in found.message


def test_a_start_that_interpolates_stays():
    found = run(diagonal(TINY, np.zeros(2)), np.full((2, 4), 0.3))
    assert found.converged
    assert found.steps == 0


def test_a_flow_that_leaves_the_domain_does_not_converge():
    # w = sqrt(u) cannot become negative; the velocity is not a number beyond
    first = lambda u: np.array([np.sqrt(u), 0.5 / np.sqrt(u)])  # noqa: E731
    second = lambda u: np.array([-0.25 * u**-1.5])  # noqa: E731
    problem = LeastSquares(np.eye(1), np.array([-1.0]), 1, 1, first, second)
    with np.errstate(all="ignore"):
        found = run(problem, np.array([[1.0]]), max_steps=2_000)
    assert not found.converged


def test_threads_give_what_one_thread_gives():
    alone = run(diagonal(TINY, TARGETS), np.full((2, 4), 0.1)).w
    found = []
    workers = [
        threading.Thread(
            target=lambda: found.append(run(diagonal(TINY, TARGETS), np.full((2, 4), 0.1)).w)
        )
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert all((w == alone).all() for w in found)


def test_a_jacobian_that_turns_only_where_the_linear_flow_stands_still_is_seen():
    # from b = c = 0 the linear flow leaves a alone; a**2 - b**2 - c**2 = 1 is conserved, and w = (3, 4) is reached
    found = run(neuron([[1.0, 0.0], [0.0, 1.0]], [3.0, 4.0]), np.array([[1.0], [0.0], [0.0]]))
    assert found.converged
    a, b, c = found.theta.ravel()
    assert a**2 - b**2 - c**2 == pytest.approx(1, abs=1e-9)
    assert (a * b, a * c) == pytest.approx((3, 4), abs=1e-10)
