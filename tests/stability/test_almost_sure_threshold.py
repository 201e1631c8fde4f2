"""The top Lyapunov exponent of SGD: exact for one curvature, estimated against exact values for more."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import symbias as sb


def exact_exponent(curvatures, batch, step, replacement=False):
    draws = itertools.product if replacement else None
    chosen = (
        draws(curvatures, repeat=batch)
        if replacement
        else itertools.combinations(curvatures, batch)
    )
    return float(np.mean([np.log(abs(1 - step * np.mean(c))) for c in chosen]))


def rows(curvatures):
    return np.sqrt(np.asarray(curvatures, dtype=float))[:, None]


def test_two_curvatures():
    assert sb.stability.almost_sure_threshold(rows([1, 3]), 1) == pytest.approx(4 / 3, rel=1e-13)


@given(
    st.lists(st.integers(1, 50), min_size=2, max_size=6).filter(lambda c: len(set(c)) > 1),
    st.integers(1, 2),
    st.booleans(),
)
def test_first_zero_of_the_enumerated_exponent(curvatures, batch, replacement):
    found = sb.stability.almost_sure_threshold(rows(curvatures), batch, replacement)
    value = exact_exponent(curvatures, batch, found, replacement)
    assume(np.isfinite(value))
    slope = (exact_exponent(curvatures, batch, found * (1 + 1e-7), replacement) - value) / 1e-7
    assert abs(value) <= 1e-11 * max(1, abs(slope))
    grid = np.linspace(1e-3, 0.9999, 400) * found
    with np.errstate(divide="ignore"):
        assert max(exact_exponent(curvatures, batch, step, replacement) for step in grid) < 0
    # Jensen: the mean-square threshold is smaller.
    assert found >= sb.stability.sgd_threshold(rows(curvatures), batch, replacement) * (1 - 1e-12)


def test_an_early_unstable_window_is_found():
    """Between the singularities of two very different curvatures the exponent is positive already."""
    curvatures = [100.0, 100.0, 1.0]
    found = sb.stability.almost_sure_threshold(rows(curvatures), 1)
    assert found < 1
    assert exact_exponent(curvatures, 1, found * 1.01) > 0
    assert exact_exponent(curvatures, 1, 0.9999) < 0


def test_independent_coordinates_have_the_larger_of_two_exact_exponents():
    first, second = np.array([1.0, 3.0, 2.0]), np.array([0.5, 4.0, 1.0])
    stack = np.array([np.diag(pair) for pair in zip(first, second, strict=True)])
    for step in (0.3, 0.6):
        exact = max(exact_exponent(c, 2, step) for c in (first, second))
        found = sb.stability.almost_sure_exponent(stack, 2, step, steps=4000)
        assert abs(found.value - exact) < 5 * found.error
        assert found.error < 0.02
    assert sb.stability.almost_sure_exponent(rows(first), 2, 0.3) == (
        pytest.approx(exact_exponent(first, 2, 0.3), rel=1e-12),
        0.0,
    )


@pytest.mark.jit
def test_the_estimated_threshold_agrees_with_the_exact_one():
    curvatures = np.array([1.0, 3.0, 2.0])
    exact = sb.stability.almost_sure_threshold(rows(curvatures), 1)
    stack = np.array([np.diag([c, 1e-2 * c]) for c in curvatures])
    found = sb.stability.almost_sure_threshold(stack, 1, rng=np.random.default_rng(1))
    error = sb.stability.almost_sure_exponent(stack, 1, exact).error
    slope = (exact_exponent(curvatures, 1, exact * 1.001) - 0) / (0.001 * exact)
    assert abs(found - exact) < 5 * error / slope
    assert error / slope < 0.02 * exact


@pytest.mark.jit
def test_rows_and_their_hessians_agree():
    X = np.random.default_rng(2).standard_normal((5, 3))
    hessians = np.einsum("ij,ik->ijk", X, X)
    by_rows = sb.stability.almost_sure_exponent(X, 2, 0.5, steps=5000)
    by_hessians = sb.stability.almost_sure_exponent(hessians, 2, 0.5, steps=5000)
    assert by_rows.value == pytest.approx(by_hessians.value, abs=1e-3 + 5 * by_rows.error)
    found = sb.stability.almost_sure_threshold(X, 2, steps=20_000)
    assert found > sb.stability.sgd_threshold(X, 2)


def test_vanishing_iterates_have_the_exponent_minus_infinity():
    assert sb.stability.almost_sure_exponent(np.eye(2), 2, 2.0).value == -np.inf
    assert sb.stability.almost_sure_exponent([[1.0]], 1, 1.0).value == -np.inf


@pytest.mark.parametrize(
    ("options", "message"),
    [({"rng": -3}, "rng"), ({"steps": 10}, "steps"), ({"steps": True}, "steps")],
)
def test_unusable_arguments_are_refused(options, message):
    with pytest.raises(sb.InputError, match=message):
        sb.stability.almost_sure_threshold([[1.0]], 1, **options)
    with pytest.raises(sb.InputError, match="positive number"):
        sb.stability.almost_sure_exponent([[1.0]], 1, -1.0)


@pytest.mark.jit
def test_too_many_batches_to_enumerate_are_sampled():
    curvatures = np.random.default_rng(5).exponential(size=60)
    sampled = sb.stability.almost_sure_exponent(rows(curvatures), 5, 0.7, steps=50_000)
    assert 0 < sampled.error < 0.01
    order = np.argsort(np.random.default_rng(6).random((40_000, 60)), axis=1)[:, :5]
    logs = np.log(np.abs(1 - 0.7 * curvatures[order].mean(axis=1)))
    error = np.hypot(sampled.error, logs.std() / 200)
    assert abs(sampled.value - logs.mean()) < 5 * error
    found = sb.stability.almost_sure_threshold(rows(curvatures), 5, steps=20_000)
    assert found > sb.stability.sgd_threshold(rows(curvatures), 5)
