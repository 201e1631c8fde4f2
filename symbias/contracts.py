"""Arguments held to what a signature says of them, before anything is done with them.

Python does not look at annotations. A wrong type would surface somewhere inside, as an error about something else;
here it is refused at the door, by name. What an annotation cannot say (a range, a shape) the function checks itself.
"""

from __future__ import annotations

import inspect
import numbers
import os
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, update_wrapper
from typing import Any, ParamSpec, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from symbias.errors import InputError

P = ParamSpec("P")
R = TypeVar("R")


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function refuse arguments that its annotations exclude.

    An ``int`` may be any integer, a ``float`` any real number; numbers of other kinds (Fractions, those of SymPy and
    NumPy) are converted. ``Any`` is not looked at, nor is what a container holds.

    Parameters
    ----------
    function : callable
        With annotations.

    Returns
    -------
    callable
        The same function, checked. It raises `InputError` for a wrong type; a wrong number of arguments remains
        Python's own TypeError.

    Examples
    --------
    >>> @checked
    ... def half(n: int) -> float:
    ...     return n / 2
    >>> half("4")
    Traceback (most recent call last):
        ...
    symbias.errors.InputError: The argument n of half is a str, not an integer. What to do: Give an integer.
    """
    admit = _admit

    def call(*args: Any, **named: Any) -> Any:
        args, named = admit(function, args, named)
        return function(*args, **named)

    # With the globals of the function's own module, or doctest would take its examples for another module's.
    inner = types.FunctionType(
        call.__code__, function.__globals__, function.__name__, closure=call.__closure__
    )
    return cast("Callable[P, R]", update_wrapper(inner, function))


def has_items(value: Any) -> bool:
    """Tell whether a value can be gone through: an array without axes only looks as if.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        Whether ``for item in value`` works; True for text, too.

    Examples
    --------
    >>> import numpy as np
    >>> has_items([1]), has_items(np.ones(2)), has_items(np.array(1.0)), has_items(1)
    (True, True, False, False)
    """
    return isinstance(value, Iterable) and getattr(value, "ndim", 1) != 0


def _admit(function: Any, args: Any, named: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments, numbers converted; refuse those of a wrong type."""
    signature, hints = _contract(function)
    try:
        bound = signature.bind(*args, **named)
    except TypeError:
        return args, named  # the call itself gives Python's own message
    for name, value in bound.arguments.items():
        if name in hints:
            bound.arguments[name] = _admitted(value, hints[name], name, function.__qualname__)
    return bound.args, bound.kwargs


@cache
def _contract(function: Any) -> tuple[inspect.Signature, dict[str, tuple[Any, ...]]]:
    """Return the signature, and the alternatives of each annotation that says anything."""
    signature = inspect.signature(function)
    hints = get_type_hints(function)
    single = {
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    }
    found = {name: _alternatives(hint) for name, hint in hints.items() if name in single}
    return signature, {name: kinds for name, kinds in found.items() if kinds}


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """Return the classes that an annotation admits; empty if it says nothing."""
    if get_origin(hint) in {Union, types.UnionType}:
        parts = [_alternatives(part) for part in get_args(hint)]
        return tuple(kind for part in parts for kind in part) if all(parts) else ()
    kind = get_origin(hint) or hint
    return (kind,) if isinstance(kind, type) and kind not in {Any, object} else ()


def _admitted(value: Any, kinds: tuple[Any, ...], name: str, where: str) -> Any:
    for kind in kinds:
        if kind in _NUMBERS:
            number = _NUMBERS[kind](value)
            if number is not None:
                return number
        elif _belongs(value, kind):
            return value
    wanted = " or ".join(dict.fromkeys(_NAMES.get(kind, f"a {kind.__name__}") for kind in kinds))
    raise InputError(
        f"The argument {name} of {where} is a {type(value).__name__}, not {wanted}.",
        remedy=f"Give {wanted}.",
    )


def _belongs(value: Any, kind: type) -> bool:
    if kind in {Iterable, Sequence}:
        # Text is a sequence of letters, which is never what is meant; an array is as good as a list.
        text = isinstance(value, str | bytes | bytearray | Mapping)
        return has_items(value) and not text
    return isinstance(value, kind)


def _integer(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, bool) or not (isinstance(value, numbers.Integral) or _is_sympy(value)):
        return None
    return int(value) if getattr(value, "is_integer", True) else None


def _float(value: Any) -> Any:
    if isinstance(value, float | int):
        return value if isinstance(value, float) or abs(value) < 2**1023 else None
    real = isinstance(value, numbers.Real) or hasattr(value, "_mpf_")
    if not real and not (_is_sympy(value) and value.is_extended_real):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _flag(value: Any) -> bool | None:
    truth = isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}
    return bool(value) if truth or (isinstance(value, int) and value in {0, 1}) else None


def _is_sympy(value: Any) -> bool:
    """Tell whether something is a constant of SymPy, without importing SymPy."""
    return bool(getattr(value, "is_number", False)) and hasattr(value, "free_symbols")


_NUMBERS: dict[Any, Callable[[Any], Any]] = {int: _integer, float: _float, bool: _flag}
_NAMES: dict[Any, str] = {
    int: "an integer",
    float: "a real number",
    bool: "True or False",
    str: "a string",
    type(None): "None",
    Mapping: "a dict",
    Iterable: "a list",
    Sequence: "a list",
    os.PathLike: "a path",
    # Not their own names, which belong to the modules that define them.
    Callable: "a function",
}
