"""The stationary covariance of SGD against the fixed point of the enumerated second-moment map."""

import batch_enumeration as slow
import numpy as np
import pytest

import symbias as sb


def regular(n, d, *, rng):
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    return X, X @ np.linalg.lstsq(X, y)[0] - y


def enumerated(data, gradients, batch, step, replacement):
    """Solve S = E[A S A] + step**2 E[g g'] over all batches."""
    H, d = slow.hessians(data), len(gradients[0])
    drawn = [list(b) for b in slow.batches(len(H), batch, replacement)]
    maps = [np.eye(d) - step * H[b].mean(axis=0) for b in drawn]
    pulls = [gradients[b].mean(axis=0) for b in drawn]
    Q = np.mean([np.kron(A, A) for A in maps], axis=0)
    noise = step**2 * np.mean([np.outer(g, g) for g in pulls], axis=0)
    return np.linalg.solve(np.eye(d * d) - Q, noise.ravel()).reshape(d, d)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("batch", [1, 2, 4])
@pytest.mark.parametrize("share", [0.1, 0.9, 0.9999])
def test_fixed_point_of_the_enumerated_map(batch, share, replacement):
    X, residuals = regular(5, 3, rng=np.random.default_rng(batch))
    X = 30 * X
    step = share * sb.stability.sgd_threshold(X, batch, replacement)
    gradients = residuals[:, None] * X
    expected = enumerated(X, gradients, batch, step, replacement)
    found = sb.stability.stationary_covariance(X, residuals, batch, step, replacement)
    # The enumerated system loses digits as the step nears the threshold.
    np.testing.assert_allclose(
        found, expected, rtol=1e-11 / (1 - share), atol=1e-12 * abs(expected).max()
    )
    by_hessians = sb.stability.stationary_covariance(
        slow.hessians(X), gradients, batch, step, replacement
    )
    np.testing.assert_allclose(by_hessians, found, rtol=1e-11 / (1 - share))
    loss = np.trace(X.T @ X @ expected) / 10
    assert sb.stability.excess_loss(X, residuals, batch, step, replacement) == pytest.approx(
        loss, rel=1e-11 / (1 - share)
    )


def test_full_batches_leave_no_noise():
    X, residuals = regular(5, 3, rng=np.random.default_rng(0))
    assert not sb.stability.stationary_covariance(X, residuals, 5, 0.1).any()


def test_null_space_stays_empty():
    X = np.array([[1.0, 1.0], [2.0, 2.0], [1.0, 1.0]])
    covariance = sb.stability.stationary_covariance(X, [1.0, 0.0, -1.0], 1, 0.05)
    np.testing.assert_allclose(covariance, covariance[0, 0] * np.ones((2, 2)), rtol=1e-12)
    assert covariance[0, 0] > 0


def test_the_noise_scales_with_the_square_of_the_residuals():
    X, residuals = regular(6, 2, rng=np.random.default_rng(1))
    one = sb.stability.stationary_covariance(X, residuals, 2, 0.1)
    np.testing.assert_allclose(
        sb.stability.stationary_covariance(X, -3 * residuals, 2, 0.1), 9 * one, rtol=1e-12
    )


@pytest.mark.parametrize(
    ("residuals", "step", "error", "message"),
    [
        ([1.0, 1.0], 0.1, sb.InputError, "do not add up to zero"),
        ([1.0, -1.0], 1.5, sb.DomainError, "not below the mean-square threshold 2"),
        ([1.0, -1.0], 0.0, sb.InputError, "not a positive number"),
        ([1.0, -1.0], float("nan"), sb.InputError, "not a positive number"),
        ([1.0], 0.1, sb.InputError, "shape"),
        ([1.0, np.nan], 0.1, sb.InputError, "not finite"),
        (["a", "b"], 0.1, sb.InputError, "real numbers"),
    ],
)
def test_unusable_arguments_are_refused(residuals, step, error, message):
    with pytest.raises(error, match=message):
        sb.stability.stationary_covariance([[1.0], [1.0]], residuals, 1, 2 * step)


def test_a_random_walk_has_no_limit():
    H = np.array([np.diag([1.0, 0.0])] * 2)
    gradients = np.array([[1.0, 1.0], [-1.0, -1.0]])
    with pytest.raises(sb.DomainError, match="random walk"):
        sb.stability.stationary_covariance(H, gradients, 1, 0.1)
