"""Scale: a script runs in seconds by default, and at the paper's size when the run is full."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

VARIABLE = "SYMBIAS_FULL"
"""Set to 1 by ``symbias verify --full``; inherited by whatever a script starts."""


def at_scale(quick: T, full: T) -> T:
    """Return the quick value, or the full one under ``symbias verify --full``.

    Parameters
    ----------
    quick, full : object
        For example numbers of samples.

    Returns
    -------
    object
        ``full`` when the environment variable ``SYMBIAS_FULL`` is 1, else ``quick``.

    Examples
    --------
    >>> at_scale(10, 10_000)
    10
    """
    return full if os.environ.get(VARIABLE) == "1" else quick
