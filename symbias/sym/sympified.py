"""The conversion to SymPy, without SymPy's doors: it evaluates strings, in lists even when it is told to be strict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp


def sympified(value: Any) -> Any:
    """Return a number or an expression as SymPy's; nothing is ever evaluated as text.

    Parameters
    ----------
    value : sympy.Basic, sympy.Matrix, bool or number
        Python's, NumPy's and mpmath's numbers included.

    Returns
    -------
    sympy.Basic or sympy.Matrix
        The same.

    Raises
    ------
    sympy.SympifyError
        If it is anything else, a string or a list for example.

    Examples
    --------
    >>> sympified(2), sympified(sp.pi)
    (2, pi)
    >>> sympified(("1 + 1", 2))
    Traceback (most recent call last):
        ...
    sympy.core.sympify.SympifyError: SympifyError: ('1 + 1', 2)
    """
    if isinstance(value, sp.Basic | sp.MatrixBase):
        return value
    if isinstance(value, str | bytes | type) or (
        isinstance(value, Iterable) and _is_several(value)
    ):
        raise sp.SympifyError(value)
    try:
        return sp.sympify(value, strict=True)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise sp.SympifyError(value) from error


def _is_several(value: Any) -> bool:
    """Tell lists and arrays from numbers of NumPy, which claim to be iterable too."""
    return bool(getattr(value, "ndim", 1))
