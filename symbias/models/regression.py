"""Checks of the data of a linear regression, shared by everything that trains on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.models.floats import as_floats


def check_regression(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return data matrix and targets as contiguous float arrays, or say what is wrong with them.

    Parameters
    ----------
    X : array_like, shape (n, d)
        One row per sample.
    y : array_like, shape (n,)
        One target per sample.

    Returns
    -------
    tuple of numpy.ndarray
        ``(X, y)``, float64 and C-contiguous.

    Raises
    ------
    InputError
        If a shape is wrong, the lengths differ, or an entry is not a finite real number.

    Examples
    --------
    >>> X, y = check_regression([[1, 2]], [3])
    >>> X.shape, y.dtype
    ((1, 2), dtype('float64'))
    """
    data, targets = check_data(X), _array(y, "y", 1)
    if len(data) != len(targets):
        raise InputError(
            f"X has {len(data)} rows, y has {len(targets)} entries.",
            "X is transposed, or a sample was dropped in one of the two.",
            "Give one target per row of X.",
        )
    return data, targets


def check_data(X: Any) -> np.ndarray:
    """Return a data matrix as a contiguous float array, or say what is wrong with it.

    Parameters
    ----------
    X : array_like, shape (n, d)
        One row per sample.

    Returns
    -------
    numpy.ndarray
        float64 and C-contiguous.

    Raises
    ------
    InputError
        If it is no matrix, or an entry is not a finite real number.

    Examples
    --------
    >>> check_data([[1, 2]])
    array([[1., 2.]])
    """
    return _array(X, "X", 2)


def _array(values: Any, name: str, dimensions: int) -> np.ndarray:
    try:
        array = as_floats(values)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} is not an array of real numbers.",
            "rows of different lengths, complex numbers or text.",
            "Give a rectangular array of floats.",
        ) from error
    if array.ndim != dimensions or array.size == 0:
        shape = "(samples, coordinates)" if dimensions == 2 else "(samples,)"
        raise InputError(
            f"{name} has shape {array.shape}.", remedy=f"Give a non-empty array of shape {shape}."
        )
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(
            f"{name} is not finite at {where}.",
            "missing values in the data.",
            "Drop these samples or fill the values in before the call.",
        )
    return array
