"""The generator that a user's `rng` stands for."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from symbias.errors import InputError


def as_generator(rng: Any) -> np.random.Generator:
    """Return a generator; the same one every time when nothing is given.

    Parameters
    ----------
    rng : int, numpy.random.Generator or None
        A seed, a generator, or None for the seed 0.

    Returns
    -------
    numpy.random.Generator
        The generator.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> int(as_generator(0).integers(100)) == int(as_generator(None).integers(100))
    True
    """
    if isinstance(rng, np.random.Generator):
        return rng
    seed = 0 if rng is None else rng
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or seed < 0:
        raise InputError(
            f"rng is {rng!r}.",
            remedy="Give a seed, an integer >= 0, or numpy.random.default_rng(seed).",
        )
    return np.random.default_rng(int(seed))
