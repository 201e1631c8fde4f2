"""What a claim returns, as finite arrays: nothing empty, undefined or compared with itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbias.errors import VerificationError

Array = NDArray[np.float64]


def finite(name: str, value: Any) -> Array:
    """Return a value as a float array.

    Parameters
    ----------
    name : str
        How the value is called in messages.
    value : array_like
        Real finite numbers of any library (int, Fraction, SymPy, mpmath, NumPy); any shape.

    Returns
    -------
    ndarray of float64
        Same shape.

    Raises
    ------
    VerificationError
        If it is empty, ragged, complex, not numeric, or holds a NaN or an infinity.

    Examples
    --------
    >>> finite("measured", [1, 2.5])
    array([1. , 2.5])
    """
    array = _floats(name, value)
    if array.size == 0:
        raise VerificationError(
            f"The claim returned nothing to compare: {name} is empty.",
            remedy="Return at least one number.",
        )
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise VerificationError(
            f"The claim returned numbers that are not finite: {bad} of {array.size} in {name}.",
            "an overflow, a division by zero, or a simulation that diverged",
            "Find where the first NaN or infinity appears; no verdict is given on it.",
        )
    return array


def _floats(name: str, value: Any) -> Array:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if isinstance(value, (str, bytes, bool, complex)) or kind in {"c", "b", "S", "U"}:
        raise VerificationError(
            f"The claim returned something that is not a real number: {name} is {value!r:.60}.",
            remedy="Return floats; of complex numbers, the real and the imaginary part.",
        )
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise VerificationError(
            f"The claim returned something that is not an array of real numbers: {name} is a "
            f"{type(value).__name__}.",
            str(error),
            "Return numbers or rectangular arrays of numbers.",
        ) from error


def parts(answer: Any, counts: tuple[int, ...], form: str) -> tuple[Any, ...]:
    """Return what a claim returned as a tuple of the expected length.

    Parameters
    ----------
    answer : object
        What the claim returned.
    counts : tuple of int
        The lengths allowed.
    form : str
        What is expected, for the message.

    Returns
    -------
    tuple
        The parts.

    Raises
    ------
    VerificationError
        If it is not a tuple (or list) of an allowed length.

    Examples
    --------
    >>> parts((1.0, 2.0), (2,), "(predicted, measured)")
    (1.0, 2.0)
    """
    if not isinstance(answer, (tuple, list)) or len(answer) not in counts:
        found = f"{len(answer)} values" if isinstance(answer, (tuple, list)) else repr(answer)[:60]
        raise VerificationError(
            f"The claim returned {found}; its relation needs {form}.",
            "a missing return statement, or another relation than the one declared"
            if answer is None
            else "",
            f"Return {form} in this order.",
        )
    return tuple(answer)


def same_shape(**named: Array) -> None:
    """Check that arrays have one shape.

    Parameters
    ----------
    **named : ndarray
        The arrays by the names used in messages.

    Raises
    ------
    VerificationError
        If two shapes differ; nothing is broadcast, since a wrong shape often hides a wrong formula.

    Examples
    --------
    >>> same_shape(predicted=np.zeros(3), measured=np.ones(3))
    """
    shapes = {name: array.shape for name, array in named.items()}
    if len(set(shapes.values())) > 1:
        said = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise VerificationError(
            f"The claim returned arrays of different shapes: {said}.",
            remedy="Return both sides in one shape; nothing is broadcast.",
        )


def independent(first: Any, second: Any) -> None:
    """Check that the two sides of a claim are not one object.

    Parameters
    ----------
    first, second : object
        The two sides, as the claim returned them.

    Raises
    ------
    VerificationError
        If they are the same object or share memory: such a claim would hold whatever it says.
        Plain Python numbers are exempt: equal constants are one object.

    Examples
    --------
    >>> independent(np.zeros(2), np.zeros(2))
    """
    both_arrays = isinstance(first, np.ndarray) and isinstance(second, np.ndarray)
    same = first is second and isinstance(first, (list, tuple, np.ndarray, np.generic))
    if same or (both_arrays and np.shares_memory(first, second)):
        raise VerificationError(
            "The claim compares a value with itself.",
            "both sides are the same object, or views of the same memory",
            "Compute the measured side independently of the predicted one.",
        )
