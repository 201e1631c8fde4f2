"""Lanczos iteration on arrays against dense eigenvalues."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb
from symbias.solvers.conjugate_gradients import solve_definite
from symbias.solvers.lanczos import largest_eigenpair


def symmetric(values, *, rng):
    Q, _ = np.linalg.qr(rng.standard_normal((len(values), len(values))))
    return (Q * values) @ Q.T


@given(st.integers(1, 30), st.integers(0, 10**6))
def test_dense_eigenvalues(d, seed):
    rng = np.random.default_rng(seed)
    A = symmetric(rng.standard_normal(d), rng=rng)
    pair = largest_eigenpair(lambda v: A @ v, rng.standard_normal(d), residual=1e-10)
    values = np.linalg.eigvalsh(A)
    assert pair.value == pytest.approx(values[-1], rel=1e-11, abs=1e-12)
    assert np.linalg.norm(A @ pair.array - pair.value * pair.array) <= 1e-9 * abs(values).max()


def test_restarts_reach_a_value_with_a_small_gap():
    values = np.concatenate([np.linspace(0, 1, 300), [1.0005]])
    rng = np.random.default_rng(0)
    pair = largest_eigenpair(lambda v: values * v, rng.standard_normal(301))
    assert pair.steps > 40
    assert pair.value == pytest.approx(1.0005, rel=1e-10)


def test_equal_values_and_the_zero_operator_end_at_once():
    assert largest_eigenpair(lambda v: 3 * v, np.ones((2, 2))).value == pytest.approx(3, rel=1e-15)
    assert largest_eigenpair(np.zeros_like, np.ones(3)).value == 0


def test_the_budget_is_kept():
    values = np.concatenate([np.linspace(0, 1, 2000), [1 + 1e-9]])
    with pytest.raises(sb.ConvergenceError, match="nearly equal"):
        largest_eigenpair(lambda v: values * v, np.ones(2001), max_steps=80)


def test_conjugate_gradients_solve_and_give_up():
    rng = np.random.default_rng(1)
    A = symmetric(rng.uniform(1, 9, 12), rng=rng)
    target = rng.standard_normal(12)
    found = solve_definite(lambda v: A @ v, target, np.zeros(12), tolerance=1e-13)
    np.testing.assert_allclose(A @ found, target, rtol=0, atol=1e-11)
    with pytest.raises(sb.ConvergenceError, match="close to singular"):
        solve_definite(lambda v: A @ v, target, np.zeros(12), tolerance=1e-13, max_steps=2)
