"""Binding values to symbols by name, by symbol or by dict, with errors that list what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from symbias.errors import InputError
from symbias.sym.sympified import sympified


def _symbol_of(key: Any, symbols: Sequence[Any]) -> Any:
    """Return the symbol that ``key`` (a symbol or a name) means."""
    if key in symbols:
        return key
    name = key if isinstance(key, str) else getattr(key, "name", str(key))
    matches = [s for s in symbols if s.name == name]
    if isinstance(key, str) and len(matches) == 1:
        return matches[0]
    known = ", ".join(s.name for s in symbols) or "none"
    near = get_close_matches(name, [s.name for s in symbols], n=1)
    cause = (
        f"a symbol {name} with other assumptions was passed; SymPy tells them apart."
        if matches
        else (f"a slip for {near[0]}." if near else "")
    )
    raise InputError(
        f"Unknown symbol {name}.", cause, f"Use the formula's own symbols: {known} (see .symbols)."
    )


def bind(
    symbols: Sequence[Any],
    values: Mapping[Any, Any],
    named: Mapping[str, Any],
    *,
    complete: bool = False,
) -> dict[Any, Any]:
    """Return ``symbol -> value`` from a dict and keywords.

    Parameters
    ----------
    symbols : sequence of sympy.Symbol
        The symbols that may be bound.
    values : mapping
        Symbol (or name) to value.
    named : mapping
        Name to value.
    complete : bool
        Whether every symbol must get a value.

    Returns
    -------
    dict
        Symbol to value, in the order of ``symbols``.

    Raises
    ------
    InputError
        If a name is unknown, given twice, or missing.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> bind((x, y), {x: 1}, {"y": 2})
    {x: 1, y: 2}
    """
    if not isinstance(values, Mapping):
        raise InputError(
            f"Values must be a dict symbol -> value, got {type(values).__name__}.",
            remedy="Pass {x: 1} or x=1.",
        )
    found: dict[Any, Any] = {}
    for key, value in [*values.items(), *named.items()]:
        symbol = _symbol_of(key, symbols)
        if symbol in found:
            raise InputError(f"The symbol {symbol} got two values.", remedy="Keep one of them.")
        found[symbol] = sympified(value) if isinstance(value, int) else value
    missing = [s.name for s in symbols if s not in found]
    if complete and missing:
        raise InputError(
            f"No value for {', '.join(missing)}.",
            remedy=f"Give every symbol a value, for example {missing[0]}=1.",
        )
    return {s: found[s] for s in symbols if s in found}
