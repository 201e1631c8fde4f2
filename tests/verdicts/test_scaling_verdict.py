"""Scaling: the interval covers the true exponent, excludes wrong ones, and says when it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from symbias.errors import VerificationError
from symbias.verdicts.scaling import fit_line, scaling
from symbias.verdicts.verdict import SIGNIFICANCE

H = np.geomspace(1e-3, 1.0, 16)


def noisy(exponent: float, sigma: float, seed: int, h: np.ndarray = H) -> np.ndarray:
    return 3 * h**exponent * np.exp(sigma * np.random.default_rng(seed).normal(size=h.size))


@pytest.mark.parametrize("exponent", [-1.5, 0.5, 2.0])
def test_true_exponents_pass_under_noise(exponent):
    verdicts = [scaling((H, noisy(exponent, 0.02, seed), exponent)) for seed in range(200)]
    assert all(verdict.holds for verdict in verdicts)


@pytest.mark.parametrize("off", [-0.2, 0.2])
def test_wrong_exponents_are_excluded(off):
    verdicts = [scaling((H, noisy(1.0, 0.02, seed), 1.0 + off)) for seed in range(200)]
    assert not any(verdict.holds for verdict in verdicts)


def test_the_standardised_slope_follows_students_law():
    x = np.log(H)
    rng = np.random.default_rng(0)
    lines = [fit_line(x, 2 * x + 0.1 * rng.normal(size=x.size)) for _ in range(2000)]
    quantile = stats.t(x.size - 2).isf(SIGNIFICANCE / 2)
    standardised = [quantile * (line.slope - 2) / line.half_width for line in lines]
    assert stats.kstest(standardised, stats.t(x.size - 2).cdf).pvalue > 1e-3


def test_a_law_that_holds_in_the_limit_only_is_read_at_that_end():
    small = H**2 * (1 + 0.3 * H)
    assert scaling((H, small, 2)).holds
    large = (1 / H) ** 2 * (1 + 0.3 * H)
    assert scaling((1 / H, large, 2), limit="large").holds


def test_the_end_nearest_to_the_limit_decides_where_the_whole_is_bent():
    h = 0.5 ** np.arange(1, 12)
    bent = 3 * h**2 * (1 + h)
    verdict = scaling((h, bent, 2))
    assert verdict.holds
    assert verdict.details["points"] < h.size
    assert not scaling((h, bent, 2.1)).holds
    assert not scaling((h, bent, 1.9)).holds


def test_a_crossover_is_not_a_scaling():
    bent = H**2 + 0.05 * H
    assert not scaling((H, bent, 2)).holds
    assert not scaling((H, bent, 1)).holds


def test_exact_powers_leave_no_room():
    assert scaling((H, H**3, 3)).holds
    assert not scaling((H, H**3, 3.001)).holds


def test_too_much_noise_is_inconclusive():
    verdict = scaling((H, noisy(1.0, 1.0, 1), 1.0))
    assert not verdict.holds
    assert "inconclusive" in verdict.message


def test_a_small_exponent_must_be_told_from_zero():
    values = noisy(0.0, 0.03, 5)
    verdict = scaling((H, values, 0.04))
    assert not verdict.holds


def test_decreasing_scales_and_negative_values_are_the_same_data():
    first = scaling((H, -(H**2) * (1 + 0.1 * H), 2))
    second = scaling((H[::-1], -((H**2) * (1 + 0.1 * H))[::-1], 2))
    assert first.holds
    assert first.measured == pytest.approx(second.measured, abs=1e-13)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((H[:4], H[:4], 1), "cannot show an exponent"),
        ((np.ones(8), np.ones(8), 1), "cannot show an exponent"),
        ((np.linspace(1, 2, 9), np.ones(9), 0), "cannot show an exponent"),
        ((-H, H, 1), "positive"),
        ((H, H - H[3], 1), "vanish or change sign"),
        ((H, H[:-1], 1), "different shapes"),
        ((H, H, [1, 2]), "one exponent"),
        ((H, H * np.nan, 1), "not finite"),
        ((H, H), "2 values"),
    ],
)
def test_answers_without_a_slope_are_refused(answer, said):
    with pytest.raises(VerificationError, match=said):
        scaling(answer)
