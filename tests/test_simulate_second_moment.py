"""Second moments of SGD as a user asks for them: sampling against enumeration, thresholds, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb

ROWS = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0], [2.0, -1.0]])
START = [1.0, -0.5]
GRADIENTS = np.array([[0.5, 0.0], [-0.25, 1.0], [0.0, -0.5], [-0.25, -0.5]])

SETTINGS = {
    "iid": {},
    "replacement": {"order": "replacement"},
    "gradients": {"gradients": GRADIENTS},
    "momentum and delay": {"momentum": 0.5, "delay": 1},
    "workers": {"momentum": 0.5, "delay": 2, "shifted": True, "gradients": GRADIENTS},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_sampling_agrees_with_enumeration(name):
    options = SETTINGS[name]
    sampled = sb.simulate.sgd_second_moment(ROWS, 0.3, 2, 5, START, samples=3000, rng=1, **options)
    exact = sb.simulate.second_moment_by_enumeration(ROWS, 0.3, 2, 5, START, **options)
    error = np.maximum(sampled.error, 1e-15)
    assert np.abs((sampled.mean - exact.mean) / error).max() < 4
    assert sampled.error[1:].max() < 0.08 * exact.mean[1]
    assert np.trace(exact.covariance) == pytest.approx(exact.mean[-1])
    assert np.abs(sampled.covariance - exact.covariance).max() < 5 * sampled.error[-1]


def test_epochs_agree_with_enumeration():
    sampled = sb.simulate.sgd_second_moment(
        ROWS, 0.3, 2, 4, START, samples=3000, rng=2, order="reshuffle"
    )
    exact = sb.simulate.second_moment_by_enumeration(ROWS, 0.3, 2, 2, START, order="reshuffle")
    assert (np.abs(sampled.mean[::2] - exact.mean) <= 4 * sampled.error[::2] + 1e-15).all()
    cyclic = sb.simulate.sgd_second_moment(ROWS, 0.3, 2, 4, START, samples=2, rng=2, order="cyclic")
    exact = sb.simulate.second_moment_by_enumeration(ROWS, 0.3, 2, 2, START, order="cyclic")
    assert cyclic.mean[::2] == pytest.approx(exact.mean, rel=1e-12)


def test_the_stationary_covariance_in_one_dimension():
    # s = (1 - step)**2 s + step**2 * variance of the gradients, here curvature 1 and gradients +-1
    gradients = np.array([[1.0], [-1.0]])
    moments = sb.simulate.second_moment_by_enumeration(
        [[1.0], [1.0]], 0.5, 1, 60, [0.0], gradients=gradients
    )
    assert moments.covariance == pytest.approx(0.25 / (1 - 0.25), rel=1e-12)


@given(st.floats(0.05, 1.5), st.floats(0.1, 3.0), st.floats(0.1, 3.0))
def test_one_dimension_by_hand(step, first, second):
    # E (1 - step * c)**2 over the two curvatures
    moments = sb.simulate.second_moment_by_enumeration(
        np.sqrt([[first], [second]]), step, 1, 3, [1.0]
    )
    factor = ((1 - step * first) ** 2 + (1 - step * second) ** 2) / 2
    assert moments.mean == pytest.approx(factor ** np.arange(4.0), rel=1e-9)
    measured, error = sb.simulate.second_moment_growth(np.sqrt([[first], [second]]), step, 1)
    assert abs(measured - factor) <= error + 1e-14


@pytest.mark.parametrize(
    ("batch", "order", "threshold"),
    [
        # curvatures 1 and 3: mean of (1 - s)**2 and (1 - 3 s)**2; (1 - 2 s)**2; and (1 - s)(1 - 3 s) = 1
        (1, "iid", 0.8),
        (2, "iid", 1.0),
        (1, "reshuffle", 4 / 3),
        (1, "cyclic", 4 / 3),
        # (1, 1), (1, 3), (3, 1), (3, 3)
        (2, "replacement", 2 * 2 / (4 + 0.5)),
    ],
)
def test_thresholds_of_two_curvatures(batch, order, threshold):
    rows = [[1.0], [3**0.5]]
    step, error = sb.simulate.measured_mean_square_threshold(rows, batch, order=order)
    assert abs(step - threshold) <= error < 1e-12


def test_the_null_space_does_not_matter():
    flat = np.array([[1.0, 1.0], [3**0.5, 3**0.5]]) / np.sqrt(2)
    step, error = sb.simulate.measured_mean_square_threshold(flat, 1)
    assert abs(step - 0.8) <= error < 1e-12


def test_turning_the_features_changes_nothing():
    turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    one, error = sb.simulate.second_moment_growth(ROWS, 0.4, 2, momentum=0.3, delay=1)
    other, _ = sb.simulate.second_moment_growth(ROWS @ turn, 0.4, 2, momentum=0.3, delay=1)
    assert abs(one - other) <= 2 * error < 1e-11


def test_the_growth_of_a_full_batch_is_that_of_the_modes():
    curvatures = np.linalg.eigvalsh(ROWS.T @ ROWS / 4)
    optimiser = sb.simulate.Optimiser(momentum=0.5, delay=1, shifted=True)
    factors, errors = sb.simulate.growth_rate(optimiser, curvatures, 0.6, steps=4000)
    growth, error = sb.simulate.second_moment_growth(
        ROWS, 0.6, 4, momentum=0.5, delay=1, shifted=True
    )
    assert abs(growth - factors.max() ** 2) <= error + 3 * errors.max() < 1e-6


def test_random_delays():
    # theta(2) = theta(1) - x theta(1 or 0) and theta(1) = 1 - x
    x = 0.3
    moments = sb.simulate.delay_moments({0: 0.25, 1: 0.75}, 0.6, 0.5, 2)
    wanted = 0.25 * (1 - x) ** 4 + 0.75 * (1 - 2 * x) ** 2
    assert moments.mean == pytest.approx([1, (1 - x) ** 2, wanted], rel=1e-14)
    runs = [
        sb.simulate.quadratic(
            sb.simulate.Optimiser(delay={0: 0.25, 1: 0.75}), 0.6, 0.5, 2, rng=seed
        ).theta[2]
        ** 2
        for seed in range(300)
    ]
    assert abs(np.mean(runs) - wanted) < 4 * np.std(runs) / np.sqrt(300)


def test_a_certain_delay_has_the_threshold_of_that_delay():
    value, error = sb.simulate.delay_mean_square_threshold({2: 1.0})
    assert abs(value - (np.sqrt(5) - 1) / 2) <= error < 1e-9
    value, error = sb.simulate.delay_mean_square_threshold({1: 1.0}, momentum=0.5)
    assert abs(value - 0.5) <= error < 1e-9


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"X": [[np.nan, 1.0]]}, sb.InputError, "NaN"),
        ({"X": [[[1.0, 2.0], [0.0, 1.0]]]}, sb.InputError, "symmetric"),
        ({"batch": 5}, sb.InputError, "larger than"),
        ({"step": -1.0}, sb.InputError, "step"),
        ({"start": [1.0]}, sb.InputError, "entries"),
        ({"order": "random"}, sb.InputError, "no order"),
        ({"order": "cyclic", "batch": 3}, sb.InputError, "does not divide"),
        ({"gradients": [[1.0, 2.0]]}, sb.InputError, "gradients"),
        ({"momentum": 1.5}, sb.InputError, "momentum"),
        ({"delay": {0: 1.0}}, sb.InputError, "random"),
    ],
)
def test_what_makes_no_sense(change, error, message):
    given = {"X": ROWS, "step": 0.1, "batch": 2, "steps": 2, "start": START} | change
    with pytest.raises(error, match=message):
        sb.simulate.sgd_second_moment(**given, samples=5, rng=0)
    with pytest.raises(error, match=message):
        sb.simulate.second_moment_by_enumeration(**given)


def test_what_is_too_large_or_never_grows():
    many = np.random.default_rng(0).standard_normal((40, 2))
    with pytest.raises(sb.BudgetError, match="batches to enumerate"):
        sb.simulate.second_moment_growth(many, 0.1, 20)
    with pytest.raises(sb.BudgetError, match="more than 20"):
        sb.simulate.second_moment_growth(many, 0.1, 1, delay=30)
    with pytest.raises(sb.ConvergenceError, match="No loss of stability"):
        sb.simulate.measured_mean_square_threshold(ROWS, 1, upto=0.1)
    with pytest.raises(sb.InputError, match="zero"):
        sb.simulate.second_moment_growth(np.zeros((3, 2)), 0.1, 1)
    with pytest.raises(sb.InputError, match="delay law"):
        sb.simulate.delay_mean_square_threshold(2)
