"""Delays of gradients: a fixed one, or draws from a law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.simulate.randomness import as_generator


def draws(random: bool, rng: Any) -> np.random.Generator | None:
    """Return the source of random delays, None if there are none.

    Parameters
    ----------
    random : bool
        Whether delays are random.
    rng : int, numpy.random.Generator or None
        Needed if and only if they are.

    Returns
    -------
    numpy.random.Generator or None
        The generator.

    Raises
    ------
    InputError
        If it is missing or given for nothing.

    Examples
    --------
    >>> draws(False, None) is None
    True
    """
    if random and rng is None:
        raise InputError(
            "The delays are random and there is no rng.",
            cause="a single run would not be reproducible, and its growth is not that of the moments.",
            remedy="Give rng=0 to `quadratic`; for the growth of moments use `delay_moments`.",
        )
    if not random and rng is not None:
        raise InputError(
            "A source of randomness was given.", remedy="Leave rng out: nothing is drawn."
        )
    return as_generator(rng) if random else None


def delays(
    delay: int | Mapping[int, float], steps: int, rng: np.random.Generator | None
) -> np.ndarray:
    """Return the delay of each step, or the one that all have.

    Parameters
    ----------
    delay : int or dict of int to float
        The delay, or its law.
    steps : int
        How many to draw.
    rng : numpy.random.Generator or None
        Source of the draws; None for a fixed delay.

    Returns
    -------
    numpy.ndarray of int64
        To be used in turn.

    Examples
    --------
    >>> delays(3, 10, None)
    array([3])
    """
    if rng is None or not isinstance(delay, Mapping):
        return np.array([delay], dtype=np.int64)
    chances = np.array(list(delay.values()), dtype=np.float64)
    values = np.array(list(delay), dtype=np.int64)
    return rng.choice(values, size=steps, p=chances / chances.sum())
