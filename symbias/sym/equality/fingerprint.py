"""Fingerprint: a text digest of a question that is the same in every process, or none.

Unlike `srepr` it keeps the assumptions of undefined functions and does not depend on how dummies are numbered in a
process: of those in a question only the order counts. What it cannot tell apart for certain has no fingerprint.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

_OURS = ("sympy.", "symbias.")


class _UnknownError(Exception):
    """Something whose meaning is not told by its name and its parts."""


def fingerprint(question: Iterable[Any]) -> str | None:
    """Return the digest of a question.

    Parameters
    ----------
    question : iterable
        SymPy objects, texts, truth values, None, and tuples of them.

    Returns
    -------
    str or None
        Hexadecimal; None if it holds an object of a class that is neither SymPy's nor this package's, or one with
        an implementation of its own.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> fingerprint([x + 1]) == fingerprint([1 + x]), fingerprint([x]) == fingerprint([-x])
    (True, False)
    >>> fingerprint([sp.Dummy("t")]) == fingerprint([sp.Dummy("t")])
    True
    >>> fingerprint([object()]) is None
    True
    """
    parts = tuple(question)
    dummies = sorted(_dummies(parts), key=lambda dummy: dummy.dummy_index)
    known: dict[Any, str] = {dummy: f"dummy {rank}" for rank, dummy in enumerate(dummies)}
    names = [(dummy.name, sorted(dummy.assumptions0.items())) for dummy in dummies]
    try:
        return _digest(repr(names), *(_of(part, known) for part in parts))
    except _UnknownError:
        return None


def _dummies(parts: Iterable[Any]) -> set[Any]:
    found: set[Any] = set()
    for part in parts:
        if isinstance(part, tuple):
            found |= _dummies(part)
        elif isinstance(part, sp.Basic):
            found |= part.atoms(sp.Dummy)
    return found


def _digest(*texts: str) -> str:
    whole = hashlib.sha256()
    for text in texts:
        whole.update(f"{len(text)}:{text}".encode())
    return whole.hexdigest()


def _of(part: Any, known: dict[Any, str]) -> str:
    """Return the text of a part of the question; those of SymPy nodes are kept in `known`."""
    if isinstance(part, tuple):
        return _digest("tuple", *(_of(item, known) for item in part))
    if not isinstance(part, sp.Basic):
        return _plain(part)
    # Python's equality is wider than identity of form: 1 == 1.0, and S.true == True.
    place = part if isinstance(part, sp.Dummy) else (type(part), part)
    if place not in known:
        inner = (_of(item, known) for item in part.args)
        own = () if part.args else part._hashable_content()  # noqa: SLF001 - what SymPy compares
        known[place] = _digest(_class(type(part)), _plain(own), *inner)
    return known[place]


def _class(kind: Any) -> str:
    """Return the name of a class that its name stands for; one that was made on the way may mean anything."""
    if issubclass(kind, AppliedUndef) and kind.__bases__ == (AppliedUndef,):
        if not hasattr(kind, "_imp_"):
            assumed = sorted(kind._kwargs.items())  # noqa: SLF001 - what SymPy compares
            return f"undefined {kind.__name__} {assumed}"
        raise _UnknownError
    place, name = kind.__module__, kind.__qualname__
    if getattr(sys.modules.get(place), name, None) is not kind or not place.startswith(_OURS):
        raise _UnknownError
    return f"{place}.{name}"


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({','.join(map(_plain, value))})"
    if value is None or isinstance(value, (str, bool)):
        return repr(value)
    if isinstance(value, type):
        return _class(value)
    try:
        return f"{value.__index__():x}"
    except (AttributeError, TypeError):
        raise _UnknownError from None
