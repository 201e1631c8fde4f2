"""The one cast of user numbers to floats: lossless kinds only."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np


def as_floats(values: Any) -> np.ndarray:
    """Return numbers as a contiguous float64 array.

    Parameters
    ----------
    values : array_like
        Real numbers of any library; any shape.

    Returns
    -------
    numpy.ndarray
        The same shape, C-contiguous.

    Raises
    ------
    TypeError, ValueError
        If an entry is complex, text or no number, or rows have different lengths.

    Examples
    --------
    >>> from fractions import Fraction
    >>> as_floats([Fraction(1, 2), 3])
    array([0.5, 3. ])
    """
    raw = np.asarray(values)
    # A cast of this kind refuses complex numbers and text; objects are converted one by one and refuse themselves.
    casting: Literal["unsafe", "same_kind"] = "unsafe" if raw.dtype == object else "same_kind"
    try:
        return np.array(raw.astype(float, casting=casting), order="C")
    except OverflowError as error:
        raise ValueError("an entry is too large for a float") from error
