"""Rates of growth: of sequences whose rate is known."""

from __future__ import annotations

import numpy as np

from symbias.sim.growth import growth


def test_a_bounded_oscillation_does_not_matter():
    t = np.arange(4001.0)
    rate, error = growth((0.01 * t + np.cos(1.3 * t) + np.sin(0.7 * t))[None], 1)
    assert abs(rate[0] - 0.01) < 1e-10
    assert error[0] < 1e-9


def test_a_decaying_transient_is_within_the_error():
    t = np.arange(2001.0)
    rate, error = growth((-0.02 * t + 5 * np.exp(-t / 200))[None], 1)
    assert 0 < abs(rate[0] + 0.02) < error[0] < 1e-3


def test_a_power_is_within_the_error():
    t = np.arange(2001.0)
    rate, error = growth((np.log(1 + t))[None], 1)
    assert 0 < rate[0] < 5 * error[0]


def test_runs_that_leave_the_doubles():
    sizes = np.array([[0.0, -np.inf, -np.inf], [0.0, 700.0, np.inf], [0.0, np.nan, np.nan]])
    rates, errors = growth(sizes, 1)
    assert rates.tolist() == [-np.inf, np.inf, np.inf]
    assert errors.tolist() == [0, 0, 0]
