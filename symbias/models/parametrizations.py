"""Ready-made parametrizations."""

from __future__ import annotations

import numbers
from typing import Any

from symbias.errors import InputError
from symbias.models.parametrization import Parametrization
from symbias.sym.symbols import real


def diagonal(depth: int = 2) -> Parametrization:
    """Return the diagonal linear network w = u**depth - v**depth, to be used on every coordinate.

    Parameters
    ----------
    depth : int
        Number of layers, at least 1.

    Returns
    -------
    Parametrization
        With parameters u and v, both real.

    Raises
    ------
    InputError
        If `depth` is not a positive integer.

    References
    ----------
    Woodworth et al., Kernel and rich regimes in overparametrized models, 2020 (``woodworth2020``).

    Examples
    --------
    >>> diagonal(depth=3)
    Parametrization([u**3 - v**3], [u, v])
    """
    given: Any = depth
    if not isinstance(given, numbers.Integral) or given < 1:
        raise InputError(f"The depth is {depth!r}.", remedy="Give a positive integer.")
    u, v = real("u v")
    return Parametrization(u ** int(given) - v ** int(given), [u, v])
