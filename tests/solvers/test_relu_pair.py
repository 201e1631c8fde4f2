"""The ReLU kernel of two vectors against its textbook formulas at 120 digits, on the same inputs."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import symbias as sb
from symbias.solvers.relu_pair import relu_pair, sine_defect

UNIT = 2.0**-53
ANGLES = [10.0**-k for k in range(13)]
MP = mpmath.MPContext()
MP.dps = 120


def pair(delta, opposite, seed, n=20):
    """Return two vectors at the angle delta, or pi - delta, up to rounding."""
    rng = np.random.default_rng(seed)
    frame, _ = np.linalg.qr(rng.standard_normal((n, 2)))
    sign = -1.0 if opposite else 1.0
    u = rng.uniform(0.5, 2.0) * frame[:, 0]
    return u, rng.uniform(0.5, 2.0) * (
        sign * np.cos(delta) * frame[:, 0] + np.sin(delta) * frame[:, 1]
    )


def textbook(u, v):
    """Return angle, kernel, gradient and blocks by the formulas of the papers."""
    u, v = MP.matrix([MP.mpf(x) for x in u]), MP.matrix([MP.mpf(x) for x in v])
    size_u, size_v = MP.norm(u), MP.norm(v)
    cosine = (u.T * v)[0] / (size_u * size_v)
    t = MP.acos(cosine)
    sine = MP.sin(t)
    kernel = size_u * size_v * (sine + (MP.pi - t) * cosine) / (2 * MP.pi)
    gradient = (size_v * sine * u / size_u + (MP.pi - t) * v) / (2 * MP.pi)
    first, second, eye = u / size_u, v / size_v, MP.eye(len(u))
    of_v, of_u = second - cosine * first, first - cosine * second
    of_v, of_u = of_v / MP.norm(of_v), of_u / MP.norm(of_u)
    same = size_v * sine / (2 * MP.pi * size_u) * (eye - first * first.T + of_v * of_v.T)
    mixed = ((MP.pi - t) * eye + of_u * second.T + of_v * first.T) / (2 * MP.pi)
    return t, kernel, gradient, same, mixed.T


def error(found, exact):
    """Return the relative error in the norm of all entries, in units of 2**-53."""
    found = MP.matrix(np.atleast_1d(found).tolist())
    exact = (
        exact if isinstance(exact, mpmath.matrix) or hasattr(exact, "rows") else MP.matrix([exact])
    )
    return float(MP.norm(found - exact, 2) / MP.norm(exact, 2) / UNIT)


@pytest.mark.parametrize("opposite", [False, True], ids=["near 0", "near pi"])
@pytest.mark.parametrize("delta", ANGLES)
def test_kernel_and_derivatives_are_accurate_down_to_tiny_angles(delta, opposite):
    for seed in range(3):
        u, v = pair(delta, opposite, seed)
        t, *exact = textbook(u, v)
        found = relu_pair(u, v)
        assert error(found.supplement, MP.pi - t) <= 8
        assert error(found.angle, t) <= 8
        for name, value in zip(("kernel", "gradient", "same", "mixed"), exact, strict=True):
            assert error(getattr(found, name), value) <= 24, name


def test_the_textbook_formula_fails_near_opposite_vectors():
    u, v = pair(1e-5, True, 0)
    t = np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v))
    naive = (
        np.linalg.norm(u) * np.linalg.norm(v) * (np.sin(t) + (np.pi - t) * np.cos(t)) / 2 / np.pi
    )
    assert error(naive, textbook(u, v)[1]) > 1e12


def test_derivatives_agree_with_differences():
    rng = np.random.default_rng(5)
    u, v = rng.standard_normal((2, 4))
    found, step = relu_pair(u, v), 1e-5
    for k in range(4):
        move = step * np.eye(4)[k]
        ahead, back = relu_pair(u + move, v), relu_pair(u - move, v)
        assert (ahead.kernel - back.kernel) / (2 * step) == pytest.approx(
            found.gradient[k], abs=1e-9
        )
        np.testing.assert_allclose(
            (ahead.gradient - back.gradient) / (2 * step), found.same[k], atol=1e-9
        )
        ahead, back = relu_pair(u, v + move), relu_pair(u, v - move)
        slopes = (ahead.gradient - back.gradient) / (2 * step)
        np.testing.assert_allclose(slopes, found.mixed[:, k], atol=1e-9)


def test_the_kernel_is_a_mean_over_gaussian_inputs():
    rng = np.random.default_rng(7)
    u, v = rng.standard_normal((2, 3))
    x = rng.standard_normal((400_000, 3))
    products = np.maximum(x @ u, 0) * np.maximum(x @ v, 0)
    deviation = products.std() / np.sqrt(len(products))
    assert abs(products.mean() - relu_pair(u, v).kernel) < 5 * deviation


def test_exactly_parallel_vectors():
    u = np.array([1.0, -2.0, 0.5])
    same, opposite = relu_pair(u, 3 * u), relu_pair(u, -3 * u)
    assert same.kernel == pytest.approx(1.5 * (u @ u), rel=4 * UNIT)
    np.testing.assert_allclose(same.mixed, np.eye(3) / 2, atol=4 * UNIT)
    assert opposite.kernel == 0
    assert not opposite.gradient.any()
    assert not opposite.mixed.any()


def test_series_and_formula_meet():
    left, right = sine_defect(np.nextafter(0.8, 0)), sine_defect(0.8)
    assert left == pytest.approx(right, rel=1e-15)


@pytest.mark.parametrize(
    ("u", "v"),
    [
        ([1.0, 2.0], [1.0]),
        ([0.0, 0.0], [1.0, 0.0]),
        ([np.nan, 1.0], [1.0, 0.0]),
        ([1e200, 0.0], [1.0, 0.0]),
    ],
)
def test_what_has_no_derivatives_is_refused(u, v):
    with pytest.raises(sb.InputError, match=r"vector|Vectors"):
        relu_pair(np.array(u), np.array(v))
