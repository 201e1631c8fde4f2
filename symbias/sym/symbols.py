"""The single home of the symbols that the package itself introduces.

Users bring their own symbols. Whatever symbias adds (a time, a dual variable, a dummy) is made
here, so that two symbols of one name never differ in their assumptions unnoticed.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


def _make(names: str, **assumptions: bool) -> Any:
    return sp.symbols(names, **assumptions)  # noqa: TID251 - this is the one place


def real(names: str) -> Any:
    """Return real symbols.

    Parameters
    ----------
    names : str
        One name, or several separated by spaces.

    Returns
    -------
    sympy.Symbol or tuple of sympy.Symbol
        As many as names.

    Examples
    --------
    >>> real("u v")
    (u, v)
    """
    return _make(names, real=True)


def positive(names: str) -> Any:
    """Return positive symbols.

    Parameters
    ----------
    names : str
        One name, or several separated by spaces.

    Returns
    -------
    sympy.Symbol or tuple of sympy.Symbol
        As many as names.

    Examples
    --------
    >>> positive("alpha").is_positive
    True
    """
    return _make(names, positive=True)


def nonnegative(names: str) -> Any:
    """Return symbols that are zero or positive.

    Parameters
    ----------
    names : str
        One name, or several separated by spaces.

    Returns
    -------
    sympy.Symbol or tuple of sympy.Symbol
        As many as names.

    Examples
    --------
    >>> nonnegative("s").is_negative
    False
    """
    return _make(names, nonnegative=True)


def negative(names: str) -> Any:
    """Return negative symbols.

    Parameters
    ----------
    names : str
        One name, or several separated by spaces.

    Returns
    -------
    sympy.Symbol or tuple of sympy.Symbol
        As many as names.

    Examples
    --------
    >>> negative("alpha").is_negative
    True
    """
    return _make(names, negative=True)


def integer(names: str, *, nonnegative: bool = False) -> Any:
    """Return integer symbols.

    Parameters
    ----------
    names : str
        One name, or several separated by spaces.
    nonnegative : bool
        Whether they are also at least zero.

    Returns
    -------
    sympy.Symbol or tuple of sympy.Symbol
        As many as names.

    Examples
    --------
    >>> integer("n", nonnegative=True).is_nonnegative
    True
    """
    return _make(names, integer=True, **({"nonnegative": True} if nonnegative else {}))


def dummy(name: str = "x", **assumptions: bool) -> Any:
    """Return a fresh symbol that equals no other, whatever its name.

    Parameters
    ----------
    name : str
        How it prints.
    **assumptions : bool
        SymPy assumptions, for example ``positive=True``.

    Returns
    -------
    sympy.Dummy
        The fresh symbol.

    Examples
    --------
    >>> dummy("t") == dummy("t")
    False
    """
    return sp.Dummy(name, **assumptions)
