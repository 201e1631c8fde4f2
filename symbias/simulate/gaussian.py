"""Monte-Carlo means over Gaussian inputs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

import numpy as np

from symbias.errors import InputError
from symbias.sim import monte_carlo
from symbias.simulate.checks import as_finite, check_count
from symbias.simulate.sweeping import blocks, sweep

_DRAWS = 1 << 17
"""In one job."""


def gaussian_mean_product(
    activation: Callable[[np.ndarray], np.ndarray],
    angle: float,
    samples: int,
    *,
    rng: int | np.random.Generator,
    executor: Executor | None = None,
) -> tuple[float, float]:
    """Estimate E[s(u.x) s(v.x)] by Monte-Carlo, u and v unit vectors at an angle, x standard Gaussian.

    Parameters
    ----------
    activation : callable
        s, acting on NumPy arrays elementwise.
    angle : float
        Angle between u and v in radians.
    samples : int
        Number of draws, at least 2.
    rng : int or numpy.random.Generator
        Source of the draws.
    executor : concurrent.futures.Executor, optional
        Where blocks of draws are made, see `sweep`; threads if left out. The numbers do not depend on it.

    Returns
    -------
    tuple of float
        The mean and its standard error.

    Raises
    ------
    InputError
        If the angle is not finite or `samples` less than 2.

    Examples
    --------
    >>> mean, error = gaussian_mean_product(np.abs, 0.0, 10_000, rng=3)
    >>> abs(mean - 1) < 5 * error
    True
    """
    if not callable(activation):
        raise InputError(
            f"The activation is a {type(activation).__name__}.",
            remedy="Give a function of arrays, such as np.tanh.",
        )
    radians = float(as_finite("angle", angle, (0,)))
    check_count("samples", samples, least=2)
    counts = blocks(int(samples), _DRAWS)
    draw = partial(monte_carlo.gaussian_mean_product, activation, radians)
    found = sweep(draw, counts, rng=rng, executor=executor)
    mean, error = monte_carlo.merge_means(counts, *zip(*found, strict=True))
    return float(mean), float(error)


def gaussian_mean(
    function: Callable[[np.ndarray], np.ndarray],
    dimension: int,
    samples: int,
    *,
    rng: int | np.random.Generator,
    executor: Executor | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate E f(x) by Monte-Carlo, x standard Gaussian.

    Parameters
    ----------
    function : callable
        f, from arrays of inputs, shape (n, dimension), to arrays of values, shape (n,) or (n, m).
    dimension : int
        Of x.
    samples : int
        Number of draws, at least 2.
    rng : int or numpy.random.Generator
        Source of the draws.
    executor : concurrent.futures.Executor, optional
        Where blocks of draws are made, see `sweep`; threads if left out. The numbers do not depend on it.

    Returns
    -------
    tuple of numpy.ndarray
        The means and their standard errors, of shape () or (m,).

    Raises
    ------
    InputError
        If `function` is no function, or a number is too small.

    Examples
    --------
    >>> mean, error = gaussian_mean(lambda x: x[:, 0] * x[:, 1], 2, 10_000, rng=3)
    >>> bool(abs(mean) < 5 * error)
    True
    """
    if not callable(function):
        raise InputError(
            f"The function is a {type(function).__name__}.", remedy="Give a function of arrays."
        )
    check_count("dimension", dimension)
    check_count("samples", samples, least=2)
    counts = blocks(int(samples), _DRAWS)
    draw = partial(monte_carlo.gaussian_mean, partial(_values, function), int(dimension))
    found = sweep(draw, counts, rng=rng, executor=executor)
    return monte_carlo.merge_means(counts, *zip(*found, strict=True))


def _values(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """Return what the function gives for these inputs, checked."""
    values = np.asarray(function(x))
    if values.ndim not in {1, 2} or len(values) != len(x) or values.dtype.kind not in "biuf":
        raise InputError(
            f"For {len(x)} inputs the function returned {values.dtype} of shape {values.shape}.",
            remedy="Return a real number, or a row of them, for each row of its argument.",
        )
    return values
