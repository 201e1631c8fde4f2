"""What a network at a minimum claims of itself, true and false."""

import numpy as np
import pytest

import symbias as sb


@pytest.fixture(scope="module")
def minimum():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((12, 2)), rng.standard_normal(12)
    run = sb.ShallowReLU.initial(2, 40, rng=1).train(X, y, 0.1, 200_000, tolerance=1e-20)
    assert run.converged
    return run.final, X, y


def held(report):
    return [verdict.holds for verdict in report.verdicts]


@pytest.mark.jit  # thousands of steps
def test_a_stable_minimum_verifies_and_a_larger_step_does_not(minimum):
    net, X, y = minimum
    edge = 2 / net.sharpness(X, y)
    assert held(net.verify(X, y, 0.98 * edge, rng=0)) == [True] * 4
    assert held(net.verify(X, y, 1.02 * edge, rng=0)) == [True, True, False, True]
    assert held(net.verify(X, y, 50 * edge, rng=0)) == [True, True, False, False]


@pytest.mark.jit
def test_targets_that_are_not_fitted_enter_with_their_residuals(minimum):
    net, X, y = minimum
    assert held(net.verify(X, y + 0.1, 0.02, rng=0))[:2] == [True, True]


def test_kinks_and_steps_are_checked():
    net = sb.ShallowReLU([[1.0]], [0.0], [1.0], 0.0)
    with pytest.raises(sb.DomainError, match="hyperplane"):
        net.verify([[0.0]], [0.0], 0.1)
    with pytest.raises(sb.InputError, match="step"):
        net.verify([[1.0]], [1.0], -0.1)
