"""Monte-Carlo means over Gaussian inputs, the simulation behind every closed Gaussian integral."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_BLOCK = 1 << 18
_NUMBERS = 1 << 20


def merge_means(
    counts: Sequence[int], means: Sequence[Any], errors: Sequence[Any]
) -> tuple[Any, Any]:
    """Merge the means of independent samples, and their standard errors, into those of all draws.

    Parameters
    ----------
    counts : sequence of int
        Draws of each sample, at least 2.
    means, errors : sequence of float or of numpy.ndarray
        Of each sample, all of one shape.

    Returns
    -------
    tuple of float or numpy.ndarray
        The mean of all draws and its standard error.

    Examples
    --------
    >>> merge_means([2, 2], [1.0, 3.0], [0.0, 0.0])
    (2.0, 0.57735026)
    """
    count, mean, spread = counts[0], means[0], errors[0] ** 2 * counts[0] * (counts[0] - 1)
    for size, other, error in zip(counts[1:], means[1:], errors[1:], strict=True):
        # Chan's update, which does not cancel.
        shift = other - mean
        spread = spread + error**2 * size * (size - 1) + shift**2 * (count * size / (count + size))
        mean = mean + shift * (size / (count + size))
        count += size
    return mean, (spread / (count - 1) / count) ** 0.5


def gaussian_mean_product(
    activation: Callable[[np.ndarray], np.ndarray],
    angle: float,
    samples: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Estimate E[s(u.x) s(v.x)] for unit vectors u, v at an angle and standard Gaussian x.

    Only the two projections matter, and they are drawn in the plane that u and v span. Quarter turns of that plane
    leave the law of x as it is: every draw stands for four, whose mean has a fraction of the variance of one.

    Parameters
    ----------
    activation : callable
        s, from an array to an array of the same shape.
    angle : float
        The angle in radians.
    samples : int
        Number of draws, at least 2.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    tuple of float
        The mean and its standard error.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> mean, error = gaussian_mean_product(lambda z: z, 0.0, 10_000, rng)
    >>> abs(mean - 1) < 5 * error
    True
    """
    count, mean, spread = 0, 0.0, 0.0
    while count < samples:
        size = min(_BLOCK, samples - count)
        products = _turned_products(activation, angle, *rng.standard_normal((2, size)))
        # Blocks are merged by Chan's update, which does not cancel.
        shift = float(products.mean()) - mean
        spread += float(((products - products.mean()) ** 2).sum())
        spread += shift**2 * count * size / (count + size)
        mean += shift * size / (count + size)
        count += size
    return mean, float(np.sqrt(spread / (count - 1) / count))


def _turned_products(
    activation: Callable[[np.ndarray], np.ndarray], angle: float, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Return the means of s(u.x) s(v.x) over the four quarter turns of the points (x, y)."""
    total = np.zeros_like(x)
    for first, second in ((x, y), (-y, x)):
        u, v = first, np.cos(angle) * first + np.sin(angle) * second
        total += activation(u) * activation(v)
        total += activation(-u) * activation(-v)
    return total / 4


def gaussian_mean(
    function: Callable[[np.ndarray], np.ndarray],
    dimension: int,
    samples: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate E f(x), x standard Gaussian.

    Parameters
    ----------
    function : callable
        f, from inputs of shape (n, dimension) to values of shape (n,) or (n, m).
    dimension : int
        Of x.
    samples : int
        Number of draws, at least 2.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    tuple of numpy.ndarray
        The means and their standard errors, of shape () or (m,).

    Examples
    --------
    >>> mean, error = gaussian_mean(lambda x: x**2, 2, 10_000, np.random.default_rng(0))
    >>> bool((abs(mean - 1) < 5 * error).all())
    True
    """
    size = max(2, min(_BLOCK, _NUMBERS // dimension))
    counts, means, errors = [], [], []
    while samples:
        # No block of a single draw is left over: it would have no error.
        count = samples if samples <= size + 1 else size
        values = np.asarray(function(rng.standard_normal((count, dimension))))
        counts.append(count)
        means.append(values.mean(axis=0))
        errors.append(values.std(axis=0, ddof=1) / np.sqrt(count))
        samples -= count
    return merge_means(counts, means, errors)
