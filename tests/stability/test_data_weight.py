"""The weight of a data set beside direct summation."""

import math

import numpy as np
import pytest

import symbias as sb
from symbias.solvers import half_spaces


def direct(X, u, t, sign=1):
    """E[(u.X - t)_+] sqrt(P^2 + |E[X 1]|^2), or that of the other side, with exactly rounded sums."""
    heights = [math.fsum([*(a * b for a, b in zip(u, x, strict=True)), -t]) for x in X]
    chosen = [(z, x) for z, x in zip(heights, X, strict=True) if sign * z > 0]
    reach = math.fsum(sign * z for z, _ in chosen) / len(X)
    means = [math.fsum(x[a] for _, x in chosen) / len(X) for a in range(len(u))]
    return reach * math.sqrt((len(chosen) / len(X)) ** 2 + math.fsum(m * m for m in means))


def planes(k, d, rng):
    u = rng.standard_normal((k, d))
    return u / np.linalg.norm(u, axis=1, keepdims=True), 1.5 * rng.standard_normal(k)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (2, 1), (50, 1), (40, 3), (300, 17), (33, 64)])
def test_it_is_what_direct_summation_gives(n, d):
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, d)) + 0.3 * rng.standard_normal(d)
    u, t = planes(25, d, rng)
    g = sb.stability.data_weight_function(X)
    above = np.array([direct(X, *pair) for pair in zip(u, t, strict=True)])
    below = np.array([direct(X, *pair, sign=-1) for pair in zip(u, t, strict=True)])
    assert g.oriented(u, t) == pytest.approx(above, rel=1e-12, abs=1e-16)
    assert g.oriented(-u, -t) == pytest.approx(below, rel=1e-12, abs=1e-16)
    assert g(u, t) == pytest.approx(np.minimum(above, below), rel=1e-12, abs=1e-16)
    assert (g(-u, -t) == g(u, t)).all()


def test_blocks_of_samples_and_of_hyperplanes_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    X, (u, t) = rng.standard_normal((101, 5)), planes(23, 5, rng)
    whole = sb.stability.data_weight_function(X)(u, t)
    monkeypatch.setattr(half_spaces, "_BLOCK_BYTES", 1)
    monkeypatch.setattr(half_spaces, "_TOGETHER", 7)
    assert sb.stability.data_weight_function(X)(u, t) == pytest.approx(whole, rel=1e-13)


def test_a_side_with_one_far_sample_keeps_its_digits():
    # By subtraction from the other side the small moments would lose ten digits.
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.standard_normal((1000, 1)), [[1e-3 + 8]]])
    g = sb.stability.data_weight_function(X + 1e7)
    found = g([1.0], [1e7 + 8])
    gap = (X[-1, 0] + 1e7) - (1e7 + 8)
    assert found == pytest.approx([gap / 1001 * np.hypot(1, X[-1, 0] + 1e7) / 1001], rel=1e-14)


def test_a_sample_on_the_hyperplane_is_on_neither_side():
    X = [[0.0], [1.0], [2.0]]
    g = sb.stability.data_weight_function(X)
    assert g.oriented([1.0], 1.0) == pytest.approx(1 / 3 * np.hypot(1 / 3, 2 / 3))
    assert g.oriented([-1.0], -1.0) == pytest.approx(1 / 3 * 1 / 3)
    assert g.oriented([1.0], 1 - 1e-12) == pytest.approx((1 / 3) * np.hypot(2 / 3, 1), rel=1e-9)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 9))
    u, _ = planes(50, 9, rng)
    # Thresholds through samples, rounded: the sample counts on neither side, whatever its product rounds to.
    t = np.einsum("kd,kd->k", u, X)
    for k in range(50):
        rest = np.delete(X, k, axis=0)
        alone = sb.stability.data_weight_function(rest).oriented(u[k], t[k]) * (49 / 50) ** 2
        assert sb.stability.data_weight_function(X).oriented(u[k], t[k]) == pytest.approx(
            alone, rel=1e-12
        )


def test_it_vanishes_where_there_are_no_data_and_nowhere_else():
    rng = np.random.default_rng(1)
    X, (u, _) = rng.standard_normal((30, 4)), planes(20, 4, rng)
    g = sb.stability.data_weight_function(X)
    ends = (X @ u.T).max(axis=0)
    assert (g(u, ends * (1 + 1e-9)) == 0).all()
    assert (g(u, ends) == 0).all()
    assert (g(u, ends * (1 - 1e-6)) > 0).all()


def test_rotating_the_data_rotates_it_and_repeating_them_changes_nothing():
    rng = np.random.default_rng(2)
    X, (u, t) = rng.standard_normal((30, 4)), planes(20, 4, rng)
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    here = sb.stability.data_weight_function(X)(u, t)
    assert sb.stability.data_weight_function(X @ turn)(u @ turn, t) == pytest.approx(
        here, rel=1e-11
    )
    assert sb.stability.data_weight_function(np.tile(X, (3, 1)))(u, t) == pytest.approx(
        here, rel=1e-12
    )


@pytest.mark.parametrize(
    ("u", "t", "shape"),
    [
        ([[0.6, 0.8]], [0.1], (1,)),
        ([[0.6, 0.8]], [0.1, 0.2, 0.3], (3,)),
        ([0.6, 0.8], [0.1, 0.2, 0.3], (3,)),
        ([[0.6, 0.8], [1.0, 0.0]], 0.1, (2,)),
        ([0.6, 0.8], 0.1, ()),
    ],
)
def test_directions_and_thresholds_go_with_each_other(u, t, shape):
    rng = np.random.default_rng(0)
    g = sb.stability.data_weight_function(rng.standard_normal((30, 2)))
    found = g(u, t)
    assert np.shape(found) == shape
    pairs = np.broadcast(np.zeros(shape), np.zeros(shape)).size
    rows = np.broadcast_to(np.atleast_2d(u), (pairs, 2))
    thresholds = np.broadcast_to(np.ravel(t), (pairs,))
    wanted = [g(*pair) for pair in zip(rows, thresholds, strict=True)]
    assert np.ravel(found) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    ("u", "t", "message"),
    [
        ([[1.0, 1.0]], [0.0], "no unit vector"),
        ([[1.0]], [0.0], "shape"),
        ([[1.0, 0.0]] * 2, [0.0] * 3, "shape"),
        ([[1.0, 0.0]], [[0.0]], "shape"),
        ([[1.0, 0.0]], [np.nan], "NaN"),
        ([[1.0, 0.0]], [], "empty"),
        ("u", [0.0], "real numbers"),
    ],
)
def test_what_is_no_hyperplane_is_refused(u, t, message):
    g = sb.stability.data_weight_function([[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(sb.InputError, match=message):
        g(u, t)


@pytest.mark.parametrize("X", [[1.0], [[np.nan]], [[1e80]], "X", np.empty((0, 2))])
def test_what_is_no_data_set_is_refused(X):
    with pytest.raises(sb.InputError):
        sb.stability.data_weight_function(X)
