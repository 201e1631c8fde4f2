"""Equality: what agrees passes, what is off by more than the tolerance fails, what says nothing is refused."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from symbias.errors import VerificationError
from symbias.verdicts.equality import equality


def test_numbers_of_every_library_are_compared():
    ours = [Fraction(1, 3), sp.Rational(2, 3), mpmath.mpf(1)]
    assert equality((ours, np.array([1, 2, 3]) / 3), 1e-15).holds


@pytest.mark.parametrize("off", [2e-9, -2e-9])
def test_a_deviation_beyond_the_default_tolerance_fails(off):
    verdict = equality((np.array([3.0, 100.0]), np.array([3.0, 100.0 * (1 + off)])))
    assert not verdict.holds
    assert verdict.error == pytest.approx(2e-9)
    assert (verdict.predicted, verdict.details["index"]) == (100.0, (1,))


def test_the_tolerance_is_relative_to_the_largest_prediction():
    assert equality(([1e6, 0.0], [1e6, 1e-4])).holds
    assert not equality(([1e6, 0.0], [1e6, 1e-2])).holds


def test_zero_predictions_have_an_absolute_tolerance():
    assert equality((np.zeros(3), np.full(3, 1e-10))).holds
    assert not equality((np.zeros(3), np.full(3, 1e-8))).holds


def test_an_exact_count_may_have_tolerance_zero():
    assert equality((7, 7.0), 0.0).holds
    assert not equality((7, 7 + 1e-12), 0.0).holds


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "missing return"),
        ((1.0,), "1 values"),
        ((1.0, float("nan")), "not finite"),
        ((float("inf"), 1.0), "not finite"),
        (([], []), "empty"),
        ((np.zeros(3), np.zeros(4)), "different shapes"),
        ((np.zeros(3), 0.0), "different shapes"),
        ((1.0, "one"), "not a real number"),
        ((1.0, 1j), "not a real number"),
        ((1.0, True), "not a real number"),
        (([1.0], [[1.0], [1.0, 2.0]]), "not an array"),
        ((1.0, sp.Symbol("x")), "not an array"),
    ],
)
def test_answers_without_a_verdict_are_refused(answer, said):
    with pytest.raises(VerificationError, match=said):
        equality(answer)


@pytest.mark.parametrize("view", [lambda x: x, lambda x: x[:], np.ravel])
def test_a_value_compared_with_itself_is_refused(view):
    x = np.arange(3.0)
    with pytest.raises(VerificationError, match="with itself"):
        equality((x, view(x)))


def test_monte_carlo_false_alarms_do_not_occur_and_real_deviations_are_seen():
    rng = np.random.default_rng(7)
    means = rng.normal(size=(2000, 400))
    error = means.std(axis=1, ddof=1) / 20
    verdicts = [
        equality((0.0, float(m), float(s))) for m, s in zip(means.mean(axis=1), error, strict=True)
    ]
    conclusive = [v for v in verdicts if "inconclusive" not in v.message]
    assert not conclusive, "400 samples cannot resolve 0.1 of a unit normal"
    large = rng.normal(size=10_000)
    answer = (float(large.mean()), float(large.std() / 100))
    assert equality((0.0, *answer)).holds
    assert not equality((0.06, *answer)).holds


def test_many_entries_share_the_significance():
    rng = np.random.default_rng(3)
    one, many = equality((1.0, 1.001, 0.01)), equality((np.ones(1000), np.ones(1000), 0.01))
    assert one.tolerance == pytest.approx(0.0489, rel=1e-3)
    assert many.tolerance == pytest.approx(0.0611, rel=1e-2)
    noisy = 1 + 0.01 * rng.normal(size=1000)
    assert equality((np.ones(1000), noisy, np.full(1000, 0.01))).holds


def test_a_wide_standard_error_is_inconclusive_not_a_pass():
    verdict = equality((1.0, 1.3, 0.1))
    assert not verdict.holds
    assert "inconclusive" in verdict.message


@pytest.mark.parametrize("error", [0.0, -1.0, np.ones(2)])
def test_a_standard_error_must_be_positive_and_fit(error):
    with pytest.raises(VerificationError, match="standard error"):
        equality((np.ones(3), np.zeros(3), error))
