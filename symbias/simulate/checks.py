"""Checks of the arguments that several simulations share."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.simulate.randomness import as_generator

_ENDLESS = 2**53
"""Years of work even for the fastest loop, and more than floats count exactly."""


def check_batches(batch: Any, rng: Any, samples: int) -> tuple[int, np.random.Generator | None]:
    """Return the size of a batch and the source of the draws, None for full batches.

    Parameters
    ----------
    batch : int or None
        Samples per step; all if None.
    rng : int, numpy.random.Generator or None
        Needed if and only if there are batches.
    samples : int
        Samples in all.

    Returns
    -------
    tuple of int and numpy.random.Generator or None
        The size, at most `samples`, and the generator.

    Raises
    ------
    InputError
        If the size is impossible, or only one of the two was given.

    Examples
    --------
    >>> check_batches(None, None, 10)
    (10, None)
    """
    if batch is None:
        if rng is not None:
            raise InputError(
                "A source of randomness was given without a batch size.",
                remedy="Give batch=... for SGD, or leave rng out: full-batch descent draws nothing.",
            )
        return samples, None
    check_count("batch", batch)
    if batch > samples:
        raise InputError(
            f"The batch is {batch}, larger than the {samples} samples.",
            remedy=f"Give a batch between 1 and {samples}.",
        )
    if rng is None:
        raise InputError(
            "SGD was asked for without rng.", remedy="Give a seed or a Generator: rng=0."
        )
    return int(batch), as_generator(rng)


def check_range(name: str, value: Any, low: float, high: float) -> None:
    """Refuse what is not a finite positive number between two ends.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : object
        What was given.
    low, high : float
        The ends, which belong to the range; zero never does.

    Raises
    ------
    InputError
        If the value lies outside or is no number.

    Examples
    --------
    >>> check_range("step", 0.1, 0.0, 1.0)
    """
    try:
        number = float(value) if isinstance(value, numbers.Real) else np.nan
    except OverflowError:
        number = np.inf
    if not (0 < number < np.inf and low <= number <= high):
        span = f"between {low:g} and {high:g}" if low else f"above zero and at most {high:g}"
        wanted = "a finite positive number" if high == np.inf else f"a number {span}"
        raise InputError(f"The value of {name} is {value!r}.", remedy=f"Give {wanted}.")


def check_count(name: str, value: Any, least: int = 1) -> None:
    """Refuse what is not an integer of at least some size.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : object
        What was given.
    least : int
        The smallest that will do.

    Raises
    ------
    InputError
        If the value is smaller or no integer.

    Examples
    --------
    >>> check_count("steps", 3)
    """
    if not isinstance(value, numbers.Integral) or value < least:
        raise InputError(
            f"The value of {name} is {value!r}.", remedy=f"Give an integer of at least {least}."
        )
    if int(value) > _ENDLESS:
        raise InputError(
            f"The value of {name} is {value!r}, which no run reaches.", remedy="Give a smaller one."
        )


def as_finite(name: str, value: Any, dimensions: tuple[int, ...]) -> np.ndarray:
    """Return an array of finite doubles.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : array_like
        What was given.
    dimensions : tuple of int
        The numbers of axes that it may have.

    Returns
    -------
    numpy.ndarray
        C-contiguous, of float64; a copy only where one is needed.

    Raises
    ------
    InputError
        If it is not numeric, not finite, empty or has other axes.

    Examples
    --------
    >>> as_finite("curvature", [1, 2], (0, 1))
    array([1., 2.])
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} is not an array of real numbers: {error}.") from error
    if array.ndim not in dimensions or not array.size:
        wanted = " or ".join(str(d) for d in dimensions)
        raise InputError(
            f"{name} has shape {array.shape}.", remedy=f"Give a non-empty array of {wanted} axes."
        )
    if not np.isfinite(array).all():
        raise InputError(
            f"{name} holds NaN or infinity.", remedy="Remove the rows that do, or mend them."
        )
    return np.ascontiguousarray(array) if array.ndim else array
