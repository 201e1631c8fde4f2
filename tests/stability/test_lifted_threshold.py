"""Vector thresholds against E[A (x) A] of the lifted state by enumeration of all batches and delays."""

import numpy as np
import pytest
import sympy as sp
from batch_enumeration import batch_hessians, on_range
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import symbias as sb
from symbias.stability.gain_matrix import response_filters
from symbias.stability.lifted import lifted_threshold
from symbias.stability.noisy_mode import noisy_mode

Rule = sb.UpdateRule
DESCENT = Rule.gradient_descent()
P2 = [[1.0, 0.0], [1.0, 1.0], [0.0, 2.0], [2.0, -1.0]]
MOMENTUM = [1.5, -0.5]


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def lifted_radius(data, batch, replacement, past, reads, law, decay, step):
    matrices = batch_hessians(on_range(data), batch, replacement)
    d, size = len(matrices[0]), max(len(past), len(reads) + max(law))
    total = 0
    for tau, chance in law.items():
        for H in matrices:
            blocks = np.kron(np.eye(size, k=-1), np.eye(d))
            for k, c in enumerate(past):
                blocks[:d, k * d : (k + 1) * d] += c * np.eye(d)
            for k, c in enumerate(reads):
                at = (tau + k) * d
                blocks[:d, at : at + d] -= step * c * (H + decay * np.eye(d))
            total = total + chance / len(matrices) * np.kron(blocks, blocks)
    return np.abs(np.linalg.eigvals(total)).max()


CASES = [
    (DESCENT, [1], [1], {0: 1}, 0),
    (DESCENT.delayed(1), [1], [1], {1: 1}, 0),
    (Rule.heavy_ball(0.5), MOMENTUM, [1], {0: 1}, 0),
    (Rule.nesterov(0.5), MOMENTUM, MOMENTUM, {0: 1}, 0),
    (Rule.heavy_ball(0.5).delayed(1), MOMENTUM, [1], {1: 1}, 0),
    (Rule.from_torch(0.5, weight_decay=0.25), MOMENTUM, [1], {0: 1}, 0.25),
    (DESCENT.delayed({0: 0.25, 2: 0.75}), [1], [1], {0: 0.25, 2: 0.75}, 0),
    (
        Rule.from_torch(0.5, weight_decay=0.25).delayed({0: 0.5, 1: 0.5}),
        MOMENTUM,
        [1],
        {0: 0.5, 1: 0.5},
        0.25,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].name)
@pytest.mark.parametrize(("batch", "replacement"), [(1, False), (2, False), (2, True), (4, False)])
def test_threshold_by_enumeration(case, batch, replacement):
    rule, *mode = case
    found = lifted_threshold(rule, P2, batch, replacement)
    expected = brentq(
        lambda step: lifted_radius(P2, batch, replacement, *mode, step) - 1,
        found / 2,
        1.5 * found,
        xtol=1e-13,
    )
    assert found == pytest.approx(expected, rel=1e-9)
    assert lifted_radius(P2, batch, replacement, *mode, 0.999 * found) < 1


def test_the_example_of_the_notes():
    assert lifted_threshold(DESCENT, P2, 1) == pytest.approx(0.49218, abs=5e-6)
    assert lifted_threshold(DESCENT.delayed(1), P2, 1) == pytest.approx(0.32035, abs=5e-6)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("d", [3, 14])
def test_gradient_descent_has_the_threshold_of_sgd(d, replacement, rng):
    X = rng.standard_normal((20, d))
    found = lifted_threshold(DESCENT, X, 3, replacement)
    assert found == pytest.approx(sb.stability.sgd_threshold(X, 3, replacement), rel=1e-10)


def test_sparse_and_dense_eigenvalues_agree(rng, monkeypatch):
    X = rng.standard_normal((12, 6))
    rule = Rule.heavy_ball(0.9).delayed(2)
    dense = lifted_threshold(rule, X, 2)
    monkeypatch.setattr("symbias.stability.lifted._DENSE", 5)
    assert lifted_threshold(rule, X, 2) == pytest.approx(dense, rel=1e-10)


def test_one_coordinate_is_the_scalar_mode():
    rule = Rule.nesterov(0.5).delayed(2)
    found = lifted_threshold(rule, [[1.0], [3.0**0.5]], 1)
    assert found == pytest.approx(float(rule.mean_square_threshold(2, 1)), rel=1e-10)


def test_a_null_space_does_not_matter(rng):
    X = rng.standard_normal((8, 3))
    wide = np.hstack([X, X[:, :1]]) @ np.linalg.qr(rng.standard_normal((4, 4)))[0]
    narrow = np.hstack([np.sqrt(2) * X[:, :1], X[:, 1:]])
    rule = Rule.heavy_ball(0.5)
    assert lifted_threshold(rule, wide, 2) == pytest.approx(
        lifted_threshold(rule, narrow, 2), rel=1e-9
    )


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(0.01, 100))
def test_threshold_scales_and_grows_with_the_batch(seed, scale):
    X = np.random.default_rng(seed).standard_normal((6, 2))
    rule = DESCENT.delayed(1)
    steps = [lifted_threshold(rule, X, batch) for batch in (1, 3, 6)]
    assert steps == sorted(steps)
    assert lifted_threshold(rule, scale * X, 3) == pytest.approx(steps[1] / scale**2, rel=1e-10)
    top = np.linalg.eigvalsh(X.T @ X / 6)[-1]
    assert steps[2] == pytest.approx(1 / top, rel=1e-10)


def test_covariances_of_two_modes_are_sums_of_products_of_responses():
    filters = response_filters(noisy_mode(Rule.nesterov(0.5).delayed({0: 0.5, 1: 0.5}), {}))
    x = np.array([0.2, 0.05])
    own, mixed = filters.covariances(x)
    y = np.zeros((2, 3000))
    for i, value in enumerate(x):
        theta = np.zeros(3003)
        theta[3] = 1.0
        for t in range(3, 3002):
            late = [1.5 * theta[t - k] - 0.5 * theta[t - k - 1] for k in (0, 1)]
            theta[t + 1] = 1.5 * theta[t] - 0.5 * theta[t - 1] - value * sum(late) / 2
        y[i] = 1.5 * theta[3:] - 0.5 * theta[2:-1]
    assert own == pytest.approx(y @ y.T, rel=1e-9)
    means = (y + np.hstack([np.zeros((2, 1)), y[:, :-1]])) / 2
    assert mixed == pytest.approx(means @ means.T, rel=1e-9)


@pytest.mark.parametrize(
    ("rule", "data", "batch", "error", "message"),
    [
        (DESCENT, P2, 5, sb.InputError, "without replacement"),
        (DESCENT, [[1.0, np.nan]], 1, sb.InputError, "finite"),
        (DESCENT, np.zeros((3, 2)), 1, sb.DomainError, "zero"),
        (Rule.extragradient(), P2, 1, sb.DomainError, "not linearly"),
        (Rule.heavy_ball(sp.Symbol("beta")), P2, 1, sb.DomainError, "symbolic"),
        (DESCENT.delayed(sp.Symbol("tau")), P2, 1, sb.DomainError, "tau=3"),
        (Rule.heavy_ball(0.5, sp.Symbol("damp")), P2, 1, sb.InputError, "symbolic"),
    ],
)
def test_refusals(rule, data, batch, error, message):
    with pytest.raises(error, match=message):
        lifted_threshold(rule, data, batch)


def test_a_law_without_a_rational_generating_function_is_refused():
    s = sp.Symbol("s")
    with pytest.raises(sb.DomainError, match="not rational"):
        lifted_threshold(DESCENT.delayed(sp.Lambda(s, sp.exp(s - 1))), P2, 1)
