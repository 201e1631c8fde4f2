"""Sharpness of matrices and operators of every kind."""

import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.linalg import LinearOperator

import symbias as sb

SIZES = [1, 2, 3, 64, 65, 200]


def symmetric(d, *, rng):
    A = rng.standard_normal((d, d))
    return A + A.T - 3 * np.sqrt(d) * np.eye(d)


@pytest.mark.parametrize("d", SIZES)
def test_every_kind_of_operator(d):
    A = symmetric(d, rng=np.random.default_rng(d))
    expected = np.linalg.eigvalsh(A)[-1]
    kinds = [
        A,
        A.tolist(),
        scipy.sparse.csr_array(A),
        LinearOperator((d, d), matvec=lambda v: A @ v),
    ]
    for kind in kinds:
        assert sb.stability.sharpness(kind) == pytest.approx(expected, rel=1e-10)
    assert sb.stability.sharpness(lambda v: A @ v, size=d) == pytest.approx(expected, rel=1e-10)
    assert sb.stability.sharpness(A, rng=np.random.default_rng(5)) == pytest.approx(
        expected, rel=1e-10
    )


@pytest.mark.parametrize("d", [4, 100])
def test_the_largest_value_not_the_largest_modulus(d):
    diagonal = np.linspace(-50, 3, d)
    assert sb.stability.sharpness(np.diag(diagonal)) == pytest.approx(3, rel=1e-10)


@pytest.mark.parametrize("d", [4, 100])
def test_multiples_of_the_identity_and_zero(d):
    assert sb.stability.sharpness(2.5 * np.eye(d)) == pytest.approx(2.5, rel=1e-12)
    assert sb.stability.sharpness(np.zeros((d, d))) == 0


@pytest.mark.parametrize("d", [3, 100])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (np.triu, "not symmetric"),
        (lambda A: A * np.nan, "not finite"),
        (lambda A: A[:, :-1], "shape"),
        (lambda A: A[0], "shape"),
        (lambda A: A * 1j, "not an array of real numbers"),
        (lambda A: scipy.sparse.csr_array(A * 1j), "complex"),
    ],
)
def test_unusable_matrices_are_refused(spoil, message, d):
    with pytest.raises(sb.InputError, match=message):
        sb.stability.sharpness(spoil(symmetric(d, rng=np.random.default_rng(0))))


def test_unusable_arguments_are_refused():
    with pytest.raises(sb.InputError, match="Pass size=d"):
        sb.stability.sharpness(lambda v: v)
    with pytest.raises(sb.InputError, match="same shape"):
        sb.stability.sharpness(lambda v: v[:1], size=3)
    with pytest.raises(sb.InputError, match="rng"):
        sb.stability.sharpness(np.eye(2), rng="three")
    with pytest.raises(sb.InputError, match="tol"):
        sb.stability.sharpness(np.eye(2), tol=0)
    with pytest.raises(sb.InputError, match=r"\(0, 0\)"):
        sb.stability.sharpness(np.empty((0, 0)))


def test_no_convergence_is_said():
    A = np.diag(np.linspace(-1, 0, 500))
    with pytest.raises(sb.ConvergenceError, match="not found"):
        sb.stability.sharpness(A, max_steps=1)
