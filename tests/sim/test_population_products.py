"""Products that go to BLAS, against NumPy: parts of matrices, transposes, single rows and columns, many blocks."""

import numpy as np
import pytest

from symbias.jit import njit
from symbias.sim.population_products import fill_pairs, multiply


@njit()
def compiled(A, B, out, times, keep):
    """Inlined in a compiled caller, `multiply` is the call to BLAS."""
    multiply(A, B, out, times, keep)


@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (1, 5, 3), (4, 1, 3), (4, 5, 1), (3, 4, 5)])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("part", [False, True])
def test_products_of_parts_are_those_of_numpy(n, m, p, turned, part):
    rng = np.random.default_rng([n, m, p])
    wide = 7 if part else 0
    A = (
        rng.standard_normal((m, n + wide))[:, :n].T
        if turned
        else rng.standard_normal((n, m + wide))[:, :m]
    )
    B, out = rng.standard_normal((m, p + wide))[:, wide:], rng.standard_normal((n, p + wide))
    expected = out.copy()
    expected[:, :p] = 0.3 * (A @ B) - 0.7 * out[:, :p]
    compiled(A, B, out[:, :p], np.array([0.3]), np.array([-0.7]))
    assert out == pytest.approx(expected, abs=1e-14)


def test_what_is_not_kept_may_be_anything():
    out = np.full((2, 2), np.nan)
    compiled(np.eye(2), np.ones((2, 2)), out, np.ones(1), np.zeros(1))
    assert (out == 1.0).all()


@pytest.mark.parametrize(("d", "k"), [(1, 1), (3, 1), (1, 3), (4, 64), (30, 101)])
def test_pairs_are_all_there(d, k):
    V = np.random.default_rng(d).standard_normal((d, k))
    out = np.full((k, k), np.nan)
    fill_pairs(V, out)
    assert out == pytest.approx(V.T @ V, abs=1e-13)
