"""Plain data: numbers of every library as JSON holds them, never a NaN or an object."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as dicts, lists, strings, booleans, finite numbers and None.

    Parameters
    ----------
    value : object
        Numbers and arrays of any library, containers of them, or anything with a ``str``.

    Returns
    -------
    object
        What ``json.dumps(..., allow_nan=False)`` accepts; NaN and infinities become None.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"x": np.array([1.0, np.nan]), "n": np.int64(3)})
    {'x': [1.0, None], 'n': 3}
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if hasattr(value, "tolist"):  # NumPy arrays and scalars
        return plain(value.tolist())
    if isinstance(value, numbers.Real):
        return _number(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value)


def _number(value: numbers.Real) -> int | float | None:
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if math.isfinite(value) else None
