"""Limit: extrapolation finds limits that no single h shows, and wrong ones fail."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symbias.errors import VerificationError
from symbias.verdicts.limit import extrapolate, limit

H = 2.0 ** -np.arange(1, 8)


def test_the_derivative_of_the_exponential():
    values = (np.exp(H) - 1) / H
    verdict = limit((H, values, 1.0))
    assert verdict.holds
    assert verdict.error < 1e-9
    assert abs(values[-1] - 1) > 1e-3, "no single h shows the limit"


@pytest.mark.parametrize("off", [1e-6, -1e-4, 1e-2])
def test_a_wrong_limit_fails(off):
    assert not limit((H, (np.exp(H) - 1) / H, 1.0 + off)).holds


def test_perimeters_of_polygons_tend_to_pi():
    sides = 1 / H * 3
    perimeters = sides * np.sin(math.pi / sides)
    assert limit((1 / sides, perimeters, math.pi), order=2).holds
    assert not limit((1 / sides, perimeters, 22 / 7), order=2).holds


def test_arrays_are_judged_at_the_worst_entry():
    values = np.stack([np.cos(H), np.sin(H) / H], axis=1)
    assert limit((H, values, [1.0, 1.0]), order=2).holds
    verdict = limit((H, values, [1.0, 1.1]), order=2)
    assert not verdict.holds
    assert verdict.predicted == pytest.approx(1.1)


def test_a_limit_zero_is_measured_against_the_values():
    assert limit((H, 5 * H + H**2, 0.0)).holds
    assert not limit((H, 5 * H + H**2, 1e-4)).holds


def test_a_divergent_sequence_is_inconclusive():
    verdict = limit((H, np.log(H), -10.0))
    assert not verdict.holds


def test_true_limits_pass_and_wrong_ones_fail_under_declared_noise():
    rng = np.random.default_rng(0)
    noise = 1e-5 * rng.normal(size=(300, H.size))
    coefficients = rng.uniform(-1, 1, size=(300, 2))
    for (a, b), e in zip(coefficients, noise, strict=True):
        values = 2 + a * H + b * H**2 + e
        assert limit((H, values, 2.0, 1e-5), tolerance=1e-2).holds
        assert not limit((H, values, 2.02, np.full(H.size, 1e-5)), tolerance=1e-2).holds


def test_declared_noise_beyond_the_resolution_is_inconclusive():
    verdict = limit((H, 2 + H, 2.0, 1e-2))
    assert not verdict.holds
    assert "inconclusive" in verdict.message


def test_a_wrong_order_is_not_trusted_beyond_its_error():
    verdict = limit((H, 1 + np.sqrt(H), 1.0), order=1)
    assert not verdict.holds
    assert "inconclusive" in verdict.message


def test_polynomials_are_extrapolated_exactly():
    found, error, weights = extrapolate(H, (4 + H - 3 * H**2 + H**3)[:, None])
    assert found[0] == pytest.approx(4, abs=1e-12)
    assert error < 1e-11
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "answer",
    [
        (H[:3], H[:3], 0.0),
        (np.r_[H, H[0]], np.ones(8), 1.0),
        (-H, H, 0.0),
        (H, np.ones((7, 2)), 1.0),
        (H, np.full(7, np.nan), 1.0),
        (H, H),
        (H, H, 0.0, -1.0),
        (H, H, 0.0, np.ones(3)),
    ],
)
def test_answers_without_a_limit_are_refused(answer):
    with pytest.raises(VerificationError):
        limit(answer)
