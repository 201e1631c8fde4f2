"""Law: right samples pass at significance 1e-6, wrong laws are seen, small samples are inconclusive."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from symbias.errors import VerificationError
from symbias.verdicts.law import law


def test_samples_of_the_law_pass():
    rng = np.random.default_rng(0)
    verdicts = [law((rng.normal(size=1000), stats.norm.cdf)) for _ in range(300)]
    assert all(verdict.holds for verdict in verdicts)
    p_values = np.array([verdict.details["p_value"] for verdict in verdicts])
    # Were the distance computed wrongly, the p-values would not be uniform.
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("shift", [0.3, -0.3])
def test_a_shifted_law_is_seen(shift):
    rng = np.random.default_rng(1)
    verdicts = [law((rng.normal(size=2000), stats.norm(shift).cdf)) for _ in range(50)]
    assert not any(verdict.holds for verdict in verdicts)


def test_a_wrong_scale_is_seen():
    sample = np.random.default_rng(2).normal(size=4000)
    assert not law((sample, stats.norm(scale=1.4).cdf)).holds


def test_discrete_laws_are_compared_at_both_sides_of_each_jump():
    rng = np.random.default_rng(3)
    sample = rng.poisson(3.0, size=2000)
    right = law((sample, stats.poisson(3.0).cdf))
    assert right.holds
    assert right.error < 0.04
    assert "ties" in right.message
    assert not law((sample, stats.poisson(3.6).cdf)).holds


def test_a_continuous_law_does_not_fit_a_discrete_sample():
    sample = np.random.default_rng(4).poisson(3.0, size=2000)
    verdict = law((sample, stats.norm(3.0, 3.0**0.5).cdf))
    assert not verdict.holds


def test_two_samples():
    rng = np.random.default_rng(5)
    first, second = rng.exponential(size=3000), rng.exponential(size=2500)
    assert law((first, second)).holds
    assert not law((first, 1.4 * second)).holds
    assert law((first[:1900], second[:1900])).holds
    assert not law((first[:1900], 1.5 * second[:1900])).holds


def test_the_approximate_p_value_meets_the_exact_one():
    rng = np.random.default_rng(6)
    first, second = rng.normal(size=2000), rng.normal(size=2001)
    exact = stats.ks_2samp(first, second, method="exact")
    assert law((first, second)).details["p_value"] == pytest.approx(exact.pvalue, rel=0.05)


@pytest.mark.parametrize("resolution", [0.0, -0.0, 5e-324])
def test_what_no_sample_can_resolve_is_inconclusive(resolution):
    verdict = law((np.random.default_rng(0).uniform(size=100), stats.uniform.cdf), resolution)
    assert not verdict.holds
    assert "inconclusive: 100 points, inf are needed" in verdict.message


def test_a_small_sample_is_inconclusive():
    sample = np.random.default_rng(7).normal(size=100)
    verdict = law((sample, stats.norm.cdf))
    assert not verdict.holds
    assert "inconclusive: 100 points, 726 are needed" in verdict.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((np.zeros((3, 3)), stats.norm.cdf), "shape"),
        ((np.zeros(9), lambda _: 0.5), "not one"),
        ((np.arange(9.0), stats.norm.pdf), "decreases"),
        ((np.arange(9.0), lambda x: 2 * stats.norm.cdf(x)), "not one"),
        ((np.arange(9.0), np.arange(9.0)[::-1].copy()), "same numbers"),
        (([1.0, np.nan], stats.norm.cdf), "not finite"),
        (([], stats.norm.cdf), "empty"),
    ],
)
def test_answers_without_a_law_are_refused(answer, said):
    with pytest.raises(VerificationError, match=said):
        law(answer)
