"""Monte-Carlo means against moments that are known by hand."""

import numpy as np
import pytest

from symbias.sim.monte_carlo import gaussian_mean_product


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0, np.pi])
def test_linear_units_give_the_cosine(angle):
    mean, error = gaussian_mean_product(lambda z: z, angle, 40_000, np.random.default_rng(1))
    assert abs(mean - np.cos(angle)) < 5 * error
    # The mean over quarter turns is cos |x|**2 / 2, of variance cos**2; that of one product would be 1 + cos**2.
    assert error == pytest.approx(abs(np.cos(angle)) / np.sqrt(40_000), rel=0.05)


def test_squares_give_isserlis_theorem():
    mean, error = gaussian_mean_product(np.square, 1.0, 40_000, np.random.default_rng(2))
    assert abs(mean - (1 + 2 * np.cos(1.0) ** 2)) < 5 * error


def test_blocks_merge_to_the_plain_mean_and_error():
    samples = (1 << 18) + 1_000
    mean, error = gaussian_mean_product(np.abs, 0.7, samples, np.random.default_rng(3))
    rng = np.random.default_rng(3)
    draws = [rng.standard_normal((2, size)) for size in (1 << 18, 1_000)]
    x = np.concatenate(draws, axis=1)
    u, v = np.array([1.0, 0.0]), np.array([np.cos(0.7), np.sin(0.7)])
    turns = [np.linalg.matrix_power([[0, -1], [1, 0]], k) @ x for k in range(4)]
    products = np.mean([np.abs(u @ z) * np.abs(v @ z) for z in turns], axis=0)
    assert mean == pytest.approx(products.mean(), rel=1e-12)
    assert error == pytest.approx(products.std(ddof=1) / np.sqrt(samples), rel=1e-12)
