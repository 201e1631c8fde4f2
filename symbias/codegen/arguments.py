"""The arguments of a kernel: checked symbols at compile time, checked arrays at call time."""

from __future__ import annotations

import numbers
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from symbias.contracts import has_items
from symbias.errors import InputError


def resolve_arguments(args: Any, free: frozenset[Any]) -> tuple[Any, ...]:
    """Return the arguments as distinct symbols.

    Parameters
    ----------
    args : symbol, name, or sequence of them
        A name stands for the one free symbol of that name.
    free : frozenset of sympy.Symbol
        The free symbols of the expressions.

    Returns
    -------
    tuple of sympy.Symbol
        In the order given.

    Raises
    ------
    InputError
        If something is not a symbol, occurs twice, or a free symbol is missing.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> resolve_arguments(["y", x], frozenset({x, y}))
    (y, x)
    """
    if isinstance(args, set | frozenset | Mapping):
        raise InputError(
            "The arguments have no order.", remedy="Give a list of symbols in calling order."
        )
    single = isinstance(args, sp.Basic | str) and not isinstance(args, sp.Tuple)
    if not single and not has_items(args):
        raise InputError(
            f"The arguments are a {type(args).__name__}.",
            remedy="Give a list of symbols in calling order.",
        )
    items = [args] if single else list(args)
    symbols = tuple(_symbol(item, free) for item in items)
    names = [s.name for s in symbols]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError(
            f"The argument names {', '.join(twice)} occur twice.",
            cause="symbols of one name with different assumptions are different symbols.",
            remedy="Give every symbol once, and use one symbol per name.",
        )
    missing = sorted(s.name for s in free - set(symbols))
    if missing:
        raise InputError(
            f"The expression depends on {', '.join(missing)}, not among the arguments.",
            cause="it is missing from the list, or listed with other assumptions.",
            remedy=f"Compile with args=[{', '.join(names + missing)}], or substitute a value first.",
        )
    return symbols


def _symbol(item: Any, free: frozenset[Any]) -> Any:
    if isinstance(item, sp.Symbol):
        return item
    if isinstance(item, str):
        found = [s for s in free if s.name == item]
        if len(found) == 1:
            return found[0]
        raise InputError(
            f"The name {item!r} stands for {len(found)} symbols of the expression.",
            remedy="Give the symbol itself.",
        )
    raise InputError(
        f"The argument {item!r} is not a symbol.",
        remedy="Replace functions and derivatives by symbols first, for example with .xreplace.",
    )


def bind(
    symbols: tuple[Any, ...], values: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[Any, ...]:
    """Return one value per argument from what a kernel was called with.

    Parameters
    ----------
    symbols : tuple of sympy.Symbol
        The arguments of the kernel.
    values : tuple
        Positional values; a single dict symbol -> value is taken by name.
    named : mapping of str
        Values by name.

    Returns
    -------
    tuple
        In the order of the arguments.

    Raises
    ------
    InputError
        If a value is missing, extra or given twice.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> bind(real("x y"), (1,), {"y": 2})
    (1, 2)
    """
    names = [s.name for s in symbols]
    if len(values) == 1 and isinstance(values[0], Mapping):
        named = {getattr(k, "name", str(k)): v for k, v in values[0].items()} | dict(named)
        values = ()
    unknown = [n for n in named if n not in names[len(values) :]]
    if len(values) + len(named) != len(names) or unknown:
        got = f"{len(values)} values" + (f" and {', '.join(named)}" if named else "")
        raise InputError(
            f"The kernel takes ({', '.join(names)}), but was called with {got}.",
            remedy="Give every argument once, in this order or by name.",
        )
    return (*values, *(named[n] for n in names[len(values) :]))


def as_floats(name: str, value: Any) -> np.ndarray:
    """Return a value as a float64 array.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : number or array_like
        Real.

    Returns
    -------
    numpy.ndarray
        Of any shape.

    Raises
    ------
    InputError
        If it is complex, masked, or not numeric.

    Examples
    --------
    >>> as_floats("x", [1, 2])
    array([1., 2.])
    """
    constant = isinstance(value, sp.Expr) and value.is_number and value.is_extended_real
    if isinstance(value, numbers.Real) or constant or hasattr(value, "_mpf_"):
        try:
            value = value if isinstance(value, np.generic) else float(value)
        except OverflowError as error:
            raise InputError(
                f"{name} is too large for a float.", remedy="Use .mp(digits) for such numbers."
            ) from error
    # Without the module (which takes a while to import) there can be no masked array.
    if "numpy.ma" in sys.modules and isinstance(value, np.ma.MaskedArray):
        raise InputError(
            f"{name} is a masked array.", remedy="Fill it first, for example with .filled(nan)."
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(f"{name} is not an array: {error}.", remedy="Give equal rows.") from error
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"{name} has the type {array.dtype}, not real numbers.",
            cause="complex numbers, strings or objects were given.",
            remedy="Give ints, floats or a real array; take .real or .astype(float) yourself.",
        )
    return np.asarray(array, dtype=np.float64)


def broadcast(
    names: tuple[str, ...], arrays: list[np.ndarray]
) -> tuple[list[np.ndarray], list[int], tuple[int, ...]]:
    """Return flat inputs, their steps (0 for one number, 1 for all points) and the common shape.

    Parameters
    ----------
    names : tuple of str
        The arguments, for the message.
    arrays : list of numpy.ndarray
        One per argument.

    Returns
    -------
    list of numpy.ndarray
        Contiguous, one-dimensional, writeable (Numba compiles read-only arrays separately).
    list of int
        0 or 1 per argument.
    tuple of int
        The broadcast shape.

    Raises
    ------
    InputError
        If the shapes do not broadcast.

    Examples
    --------
    >>> broadcast(("x", "y"), [np.ones((2, 3)), np.ones(())])[1:]
    ([1, 0], (2, 3))
    """
    try:
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError as error:
        shapes = ", ".join(f"{n}: {a.shape}" for n, a in zip(names, arrays, strict=True))
        raise InputError(
            f"The shapes do not broadcast ({shapes}).",
            remedy="Reshape the arrays, for example x[:, None] for an outer grid.",
        ) from error
    flat, steps = [], []
    for a in arrays:
        constant = a.size == 1
        whole = a if constant or a.shape == shape else np.broadcast_to(a, shape)
        line = np.ascontiguousarray(whole).reshape(-1)
        flat.append(line if line.flags.writeable else line.copy())
        steps.append(0 if constant else 1)
    return flat, steps, shape
