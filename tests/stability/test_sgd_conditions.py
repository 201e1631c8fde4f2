"""Sufficient, exact and necessary conditions for SGD lie in this order, each by its own definition."""

import batch_enumeration as slow
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import symbias as sb

NECESSARY = ("rank_one", "top_eigenvector", "trace", "nonuniformity", "gradient_descent")
P2 = np.array([[1.0, 0], [1, 1], [0, 2], [2, -1]])


@given(
    arrays(float, (5, 3), elements=st.floats(-4, 4).map(lambda x: round(x, 2))).filter(np.any),
    st.integers(1, 5),
    st.booleans(),
)
def test_order(X, batch, replacement):
    found = sb.stability.sgd_conditions(X, batch, replacement)
    assert found.exact == pytest.approx(
        sb.stability.sgd_threshold(X, batch, replacement), rel=1e-12
    )
    assert found.sufficient <= found.exact * (1 + 1e-10)
    for name in NECESSARY:
        assert getattr(found, name) >= found.exact * (1 - 1e-10), name
    assert found.rank_one <= found.top_eigenvector * (1 + 1e-12)


def test_all_differ_on_four_rows():
    found = sb.stability.sgd_conditions(P2, 1)
    values = [found.sufficient, found.exact, *(getattr(found, name) for name in NECESSARY)]
    assert np.diff(np.sort(values)).min() > 1e-3


@pytest.mark.parametrize("batch", [1, 2])
def test_each_by_its_definition(batch):
    matrices = np.array(slow.batch_hessians(P2, batch))
    H, one = matrices.mean(axis=0), np.eye(2)
    values, vectors = np.linalg.eigh(H)
    v, found = vectors[:, -1], sb.stability.sgd_conditions(P2, batch)

    def growth(step):  # largest mean growth of |theta|**2 in one step
        return np.linalg.eigvalsh(
            np.mean([(one - step * M) @ (one - step * M) for M in matrices], axis=0)
        )[-1]

    assert growth(found.sufficient) == pytest.approx(1, abs=1e-12)
    assert growth(found.sufficient * 1.001) > 1 > growth(found.sufficient * 0.999)
    curvature, variance = v @ H @ v, np.var([v @ M @ v for M in matrices])
    assert found.top_eigenvector == pytest.approx(
        2 * curvature / (curvature**2 + variance), rel=1e-12
    )
    assert found.trace == pytest.approx(
        2 * np.trace(H) / np.mean([np.sum(M * M) for M in matrices]), rel=1e-12
    )
    noise = np.mean([np.kron(M - H, M - H) for M in matrices], axis=0)
    radius = np.abs(np.linalg.eigvals(noise)).max()
    assert found.nonuniformity == pytest.approx(radius**-0.5, rel=1e-12)
    assert found.gradient_descent == pytest.approx(2 / values[-1], rel=1e-12)
    angles = np.linspace(0, np.pi, 20001)
    u = np.stack([np.cos(angles), np.sin(angles)])
    forms = np.einsum("ia,mij,ja->ma", u, matrices, u)
    best = 2 / np.max(np.mean(forms**2, axis=0) / np.mean(forms, axis=0))
    assert found.rank_one == pytest.approx(best, rel=1e-7)


def test_the_norm_of_the_variance_is_no_necessary_condition():
    """Curvature noise that moves one direction into many others averages out in the mean square."""
    d = 9
    hessians = []
    for k in range(1, d):
        for sign in (1, -1):
            M = np.eye(d)
            M[0, k] = M[k, 0] = sign
            hessians.append(M)
    found = sb.stability.sgd_conditions(hessians, 1)
    variance = np.mean(np.square(hessians @ np.eye(d)) @ np.ones(d), axis=0).max() - 1
    assert variance == pytest.approx(1)
    assert found.exact > 1.4 > 1 / np.sqrt(variance)
    assert found.exact == pytest.approx(slow.kronecker_threshold(np.array(hessians), 1), rel=1e-9)


def test_without_noise_only_gradient_descent_is_left():
    found = sb.stability.sgd_conditions(P2, 4)
    assert found.nonuniformity == np.inf
    assert found.exact == pytest.approx(found.gradient_descent, rel=1e-12)
    assert found.sufficient == pytest.approx(found.gradient_descent, rel=1e-12)
    assert "exact" in repr(found)
