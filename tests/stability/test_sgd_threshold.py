"""The mean-square threshold of mini-batch SGD against enumeration of all batches."""

import batch_enumeration as slow
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import symbias as sb

P2 = np.array([[1.0, 0], [1, 1], [0, 2], [2, -1]])


def rows(n, d, *, rng):
    return rng.standard_normal((n, d))


def stack(n, d, *, rng):
    factors = rng.standard_normal((n, d, d))
    return factors @ factors.transpose(0, 2, 1)


@pytest.mark.parametrize(("batch", "expected"), [(1, 4 / 5), (2, 1.0)])
def test_two_curvatures(batch, expected):
    assert sb.stability.sgd_threshold([[1.0], [np.sqrt(3)]], batch) == pytest.approx(
        expected, rel=1e-14
    )


@pytest.mark.parametrize(
    ("batch", "expected", "digits"), [(1, 0.4921806014, 1e-9), (4, 8 / 7, 1e-14)]
)
def test_four_rows(batch, expected, digits):
    assert sb.stability.sgd_threshold(P2, batch) == pytest.approx(expected, rel=digits)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("make", [rows, stack])
@pytest.mark.parametrize(("n", "d"), [(5, 3), (4, 2), (3, 3)])
def test_enumeration_of_batches(make, n, d, batch, replacement):
    data = make(n, d, rng=np.random.default_rng(n + d))
    ours = sb.stability.sgd_threshold(data, batch, replacement)
    assert ours == pytest.approx(slow.kronecker_threshold(data, batch, replacement), rel=1e-9)
    assert ours == pytest.approx(slow.threshold(data, batch, replacement), rel=1e-9)


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_fewer_samples_than_coordinates(batch):
    X = rows(4, 7, rng=np.random.default_rng(0))
    expected = slow.kronecker_threshold(X, batch)
    assert sb.stability.sgd_threshold(X, batch) == pytest.approx(expected, rel=1e-9)
    assert sb.stability.sgd_threshold(slow.hessians(X), batch) == pytest.approx(expected, rel=1e-9)


def test_null_directions_among_many_samples():
    X = rows(6, 3, rng=np.random.default_rng(1)) @ rows(3, 5, rng=np.random.default_rng(2))
    expected = slow.kronecker_threshold(X, 2)
    assert sb.stability.sgd_threshold(X, 2) == pytest.approx(expected, rel=1e-9)


def test_full_batch_is_gradient_descent():
    X = rows(9, 4, rng=np.random.default_rng(3))
    top = np.linalg.eigvalsh(X.T @ X / 9)[-1]
    assert sb.stability.sgd_threshold(X, 9) == pytest.approx(2 / top, rel=1e-13)
    assert sb.stability.sgd_threshold(X, 9, replacement=True) < 2 / top * 0.99


def test_one_sample_is_gradient_descent():
    assert sb.stability.sgd_threshold([[1.0, 2.0]], 1) == pytest.approx(2 / 5, rel=1e-14)


def test_a_wrong_variance_of_the_batch_mean_is_far_off():
    """The enumeration tells (n - B) / (B (n - 1)) from the infinite-population 1 / B."""
    X = rows(5, 3, rng=np.random.default_rng(8))
    wrong = sb.stability.sgd_threshold(X, 2, replacement=True)
    assert abs(wrong / slow.kronecker_threshold(X, 2) - 1) > 1e-2


well_scaled = arrays(float, (5, 3), elements=st.floats(-4, 4).map(lambda x: round(x, 3)))


@given(well_scaled.filter(np.any), st.integers(1, 5), st.integers(-40, 40))
def test_scaling_permutation_and_monotonicity(X, batch, power):
    one = sb.stability.sgd_threshold(X, batch)
    scale = 1.7 * 10.0**power
    assert sb.stability.sgd_threshold(scale * X, batch) == pytest.approx(one / scale**2, rel=1e-11)
    assert sb.stability.sgd_threshold(X[::-1, ::-1], batch) == pytest.approx(one, rel=1e-11)
    thresholds = [sb.stability.sgd_threshold(X, size) for size in range(1, 6)]
    assert (np.diff(thresholds) >= -1e-11 * thresholds[-1]).all()


@given(well_scaled.filter(np.any), st.integers(1, 5), st.booleans())
def test_the_bracket_holds_the_threshold_tightly(X, batch, replacement):
    low, high = sb.stability.sgd_bracket(X, batch, replacement)
    assert low <= sb.stability.sgd_threshold(X, batch, replacement) <= high
    assert high - low <= 1e-8 * high


@pytest.mark.parametrize("data", [rows, stack])
def test_bounds_in_balls_lie_within_the_others(data):
    pytest.importorskip("flint")
    data = data(6, 3, rng=np.random.default_rng(4))
    low, high = sb.stability.sgd_bracket(data, 2)
    proved_low, proved_high = sb.stability.sgd_bracket(data, 2, rigorous=True)
    assert low <= proved_low <= slow.kronecker_threshold(data, 2) * (1 + 1e-13)
    assert slow.kronecker_threshold(data, 2) * (1 - 1e-13) <= proved_high <= high
    assert proved_high - proved_low <= 1e-12 * high


def test_orthogonal_samples_have_a_singular_eigenmatrix_and_a_bracket():
    X = np.diag([1.0, 2.0, 3.0])
    low, high = sb.stability.sgd_bracket(X, 1)
    assert low < 2 / 9 < high < low * (1 + 1e-8)


def test_balls_need_flint(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "flint", None)
    with pytest.raises(sb.MissingDependencyError, match=r"symbias\[ball\]"):
        sb.stability.sgd_bracket(P2, 1, rigorous=True)


def test_balls_refuse_what_they_cannot_prove():
    pytest.importorskip("flint")
    with pytest.raises(sb.DomainError, match="range of the mean Hessian"):
        sb.stability.sgd_bracket(np.ones((2, 2)), 1, rigorous=True)
    with pytest.raises(sb.InputError, match="too long"):
        sb.stability.sgd_bracket(rows(500, 20, rng=np.random.default_rng(0)), 1, rigorous=True)


@pytest.mark.parametrize(
    ("data", "batch", "message"),
    [
        (P2, 5, "cannot be drawn without replacement"),
        (P2, 0, "not a positive integer"),
        (P2, 1.5, "not a positive integer"),
        (P2, True, "not a positive integer"),
        (P2, None, "not a positive integer"),
        (np.array([[np.nan, 1.0]]), 1, r"not finite at \(0, 0\)"),
        (np.zeros((3, 2)), 1, "every step is stable"),
        (np.ones(3), 1, "shape"),
        (np.ones((2, 2, 3)), 1, "shape"),
        (np.empty((0, 3)), 1, "shape"),
        ([["a"]], 1, "not an array of real numbers"),
        (np.array([[[1.0, 1.0], [0.0, 1.0]]]), 1, "not symmetric"),
        (np.array([np.diag([1.0, 1.0]), np.diag([1.0, -0.5])]), 1, "sample 1 has the negative"),
    ],
)
def test_unusable_arguments_are_refused(data, batch, message):
    for function in (sb.stability.sgd_threshold, sb.stability.sgd_bracket):
        with pytest.raises(sb.InputError, match=message):
            function(data, batch)
