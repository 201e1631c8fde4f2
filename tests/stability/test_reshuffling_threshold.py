"""The epoch operator of random reshuffling against an average over all permutations."""

import itertools

import batch_enumeration as slow
import numpy as np
import pytest
from scipy.optimize import brentq

import symbias as sb


def epoch_radius(data, batch, step, orders):
    """Spectral radius of the mean of M (x) M over the given orders of the samples."""
    H, total = slow.on_range(data), 0.0
    one = np.eye(H.shape[1])
    for order in orders:
        M = one
        for block in np.reshape(order, (-1, batch)):
            M = (one - step * H[block].mean(axis=0)) @ M
        total = total + np.kron(M, M)
    return np.abs(np.linalg.eigvals(total / len(orders))).max()


@pytest.mark.parametrize("order", ["random", "cyclic"])
def test_two_curvatures(order):
    found = sb.stability.reshuffling_threshold([[1.0], [np.sqrt(3)]], 1, order=order)
    assert found == pytest.approx(4 / 3, rel=1e-14)


@pytest.mark.parametrize(("n", "d", "batch"), [(4, 2, 1), (5, 3, 1), (4, 6, 2), (3, 2, 3)])
def test_average_over_all_permutations(n, d, batch):
    X = np.random.default_rng(n * d).standard_normal((n, d))
    orders = list(itertools.permutations(range(n)))
    for data in (X, slow.hessians(X)):
        found = sb.stability.reshuffling_threshold(data, batch)
        steps = np.linspace(0.01, 0.999, 40) * found
        assert max(epoch_radius(X, batch, step, orders) for step in steps) < 1
        nearby = brentq(
            lambda step: epoch_radius(X, batch, step, orders) - 1,
            0.99 * found,
            1.01 * found,
            xtol=1e-14,
        )
        assert found == pytest.approx(nearby, rel=1e-10)


def test_fixed_order():
    X = np.random.default_rng(3).standard_normal((6, 3))
    found = sb.stability.reshuffling_threshold(X, 2, order="cyclic")
    assert epoch_radius(X, 2, found, [range(6)]) == pytest.approx(1, abs=1e-9)
    steps = np.linspace(0.01, 0.999, 100) * found
    assert max(epoch_radius(X, 2, step, [range(6)]) for step in steps) < 1


def test_full_batch_is_gradient_descent_and_units_cancel():
    X = np.random.default_rng(4).standard_normal((4, 3))
    top = np.linalg.eigvalsh(X.T @ X / 4)[-1]
    assert sb.stability.reshuffling_threshold(X, 4) == pytest.approx(2 / top, rel=1e-12)
    one = sb.stability.reshuffling_threshold(X, 2)
    assert sb.stability.reshuffling_threshold(1e6 * X, 2) == pytest.approx(one / 1e12, rel=1e-12)


@pytest.mark.parametrize(
    ("n", "batch", "order", "message"),
    [
        (4, 3, "random", "do not divide"),
        (4, 1, "sorted", "order 'sorted' is unknown"),
        (30, 1, "random", "too many orders"),
        (4, 5, "random", "cannot be drawn"),
    ],
)
def test_unusable_arguments_are_refused(n, batch, order, message):
    with pytest.raises(sb.InputError, match=message):
        sb.stability.reshuffling_threshold(np.eye(n), batch, order=order)
