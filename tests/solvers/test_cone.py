"""The cone: what it encloses for any trial matrix, and what random batches and rows promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb
from symbias.solvers.cone import enclosure, trial_matrix
from symbias.solvers.cone_balls import enclosure_by_balls
from symbias.solvers.mean_square_operator import MeanSquareOperator
from symbias.solvers.random_products import draw_batches
from symbias.solvers.sample_hessians import Rows, Stack


def random_operator(fraction, *, rng):
    return MeanSquareOperator(Rows(rng.standard_normal((6, 3))).diagonalised(), fraction)


def dense_value(operator):
    """Largest eigenvalue of C^-1 D on all matrices, from its columns."""
    r = operator.dimension
    H = operator.basis.samples.matrices()
    mean = H.mean(axis=0)
    D = (1 - operator.fraction) * np.kron(mean, mean)
    D = D + operator.fraction * np.mean([np.kron(M, M) for M in H], axis=0)
    C = (np.kron(mean, np.eye(r)) + np.kron(np.eye(r), mean)) / 2
    return np.linalg.eigvals(np.linalg.solve(C, D)).real.max()


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_any_definite_image_encloses(seed, fraction):
    rng = np.random.default_rng(seed)
    operator = random_operator(fraction, rng=rng)
    factor = rng.standard_normal((3, 3))
    S = (factor @ factor.T + 0.1 * np.eye(3)) / operator.drift  # C S is definite
    low, high = enclosure(operator, S)
    value = dense_value(operator)
    assert low <= value * (1 + 1e-12)
    assert high >= value * (1 - 1e-12)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_the_trial_matrix_is_definite_and_tight(fraction):
    operator = random_operator(fraction, rng=np.random.default_rng(3))
    pair, S = trial_matrix(operator)
    assert pair.value == pytest.approx(dense_value(operator), rel=1e-11)
    assert np.linalg.eigvalsh(S)[0] > 0
    low, high = enclosure(operator, S)
    assert low < pair.value < high < low * (1 + 1e-8)


def test_an_indefinite_trial_matrix_is_refused():
    operator = random_operator(0.5, rng=np.random.default_rng(4))
    for S in (-np.eye(3), np.diag([1.0, 1.0, -1.0]), np.ones((3, 3)) - 0.5 * np.eye(3)):
        with pytest.raises(sb.ConvergenceError, match="not positive definite"):
            enclosure(operator, S)


def test_balls_do_not_prove_a_bound_that_is_false():
    """A poor trial matrix gives a wide upper bound, never one below the eigenvalue."""
    pytest.importorskip("flint")
    rows = np.random.default_rng(5).standard_normal((6, 3))
    operator = MeanSquareOperator(Rows(rows).diagonalised(), 1.0)
    value = dense_value(operator)
    for samples in (Rows(rows), Stack(Rows(rows).matrices())):
        low, high = enclosure_by_balls(samples, np.linalg.inv(Rows(rows).mean()), 1, 6, False)
        assert low < value < high
        assert high > value * 1.01


@pytest.mark.parametrize("kind", [Rows, Stack])
def test_conjugations_of_indefinite_matrices(kind):
    rng = np.random.default_rng(6)
    rows, S = rng.standard_normal((7, 4)), rng.standard_normal((4, 4))
    samples = Rows(rows) if kind is Rows else Stack(Rows(rows).matrices())
    S = S + S.T
    expected = np.mean([np.outer(x, x) @ S @ np.outer(x, x) for x in rows], axis=0)
    np.testing.assert_allclose(samples.average_conjugation(S), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(samples.average_conjugation(-S), -expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(samples.mean(), rows.T @ rows / 7, rtol=0, atol=1e-13)


def test_batches_are_uniform():
    rng = np.random.default_rng(7)
    drawn = np.sort(draw_batches(4, 2, 60_000, rng, replacement=False), axis=1)
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert counts.shape == (6,)
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 30  # chi squared of 5: 1e-5 beyond 30.9
    again = draw_batches(3, 2, 45_000, rng, replacement=True)
    assert ((np.bincount(again @ [3, 1]) - 5000) ** 2 / 5000).sum() < 45
