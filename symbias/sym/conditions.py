"""Conditions: what a domain or a list of assumptions may contain, and whether values satisfy it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.assumptions.assume import AppliedPredicate
from sympy.logic.boolalg import Boolean

from symbias.contracts import has_items
from symbias.errors import DomainError, InputError
from symbias.sym.sympified import sympified

_ASSUMPTIONS = (
    "positive",
    "negative",
    "nonnegative",
    "nonpositive",
    "nonzero",
    "integer",
    "rational",
    "real",
    "finite",
    "even",
    "odd",
)


def conditions(items: Any) -> tuple[Any, ...]:
    """Return assumptions or a domain as a tuple of SymPy conditions.

    Parameters
    ----------
    items : None, sympy.Boolean, or iterable of sympy.Boolean
        Relationals such as ``x > 0``, predicates such as ``Q.integer(n)``, and booleans of them.

    Returns
    -------
    tuple of sympy.Boolean
        The conditions; those that are identically true are dropped.

    Raises
    ------
    InputError
        If something is not a condition, or a condition is identically false.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> conditions(real("x") > 0)
    (x > 0,)
    """
    if items is None:
        return ()
    found = [items] if isinstance(items, (Boolean, bool)) else list(_iterate(items))
    for item in found:
        if item is False or item is sp.false:
            raise InputError(
                "A condition is identically false.", remedy="Remove the contradiction."
            )
        # SymPy counts symbols as booleans, but x alone says nothing about x.
        stated = isinstance(item, (Boolean, AppliedPredicate)) and not item.is_Symbol
        if item is not True and not stated:
            raise InputError(
                f"{item!r} is not a condition.",
                remedy="Use relationals such as x > 0, or Q predicates such as Q.integer(n).",
            )
    return tuple(item for item in found if item not in (True, sp.true))


def _iterate(items: Any) -> Iterable[Any]:
    if not has_items(items):
        raise InputError(f"{items!r} is not a condition.", remedy="Use relationals such as x > 0.")
    return items


def violated(condition: Any, values: Mapping[Any, Any]) -> bool:
    """Return whether ``condition`` is false at ``values``; what stays undecided is not violated.

    Parameters
    ----------
    condition : sympy.Boolean
        A condition.
    values : mapping
        Symbol to value.

    Returns
    -------
    bool
        True only if the condition evaluates to false, or compares numbers that are not real.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> violated(x > 0, {x: -1})
    True
    """
    try:
        at_values = condition.subs(values) if isinstance(condition, Boolean) else condition
    except TypeError:  # SymPy refuses to order complex numbers
        return True
    if isinstance(at_values, AppliedPredicate):
        at_values = sp.ask(at_values)
    return at_values in (False, sp.false)


def require_inside(
    symbols: Sequence[Any], values: Mapping[Any, Any], domain: Sequence[Any], name: str
) -> None:
    """Raise unless the values satisfy the assumptions of the symbols and the domain.

    Parameters
    ----------
    symbols : sequence of sympy.Symbol
        Their SymPy assumptions are checked.
    values : mapping
        Symbol to number.
    domain : sequence of sympy.Boolean
        Conditions among the symbols.
    name : str
        What to call the formula in a message.

    Raises
    ------
    DomainError
        Naming the violated assumption or condition.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> alpha = positive("alpha")
    >>> require_inside((alpha,), {alpha: -1}, (), "Q")
    Traceback (most recent call last):
        ...
    symbias.errors.DomainError: Q needs alpha to be positive, got -1. What to do: ...
    """
    for symbol in symbols:
        if symbol not in values:
            continue
        value = sympified(values[symbol])
        for assumption in _ASSUMPTIONS:
            wanted = getattr(symbol, f"is_{assumption}")
            if wanted and getattr(value, f"is_{assumption}") is False:
                raise DomainError(
                    f"{name} needs {symbol} to be {assumption}, got {value}.",
                    remedy=f"Choose a value of {symbol} that is {assumption}.",
                )
    for condition in domain:
        if violated(condition, dict(values)):
            shown = ", ".join(f"{s}={v}" for s, v in values.items())
            raise DomainError(
                f"{name} holds for {condition}, which is false at {shown}.",
                remedy="Choose values inside the domain (see .domain).",
            )
