"""Local names for the user's symbols, whatever those are called."""

from __future__ import annotations

import keyword
import re
from typing import Any

_OWN = re.compile(r"t\d+|arg\d+|in\d+|step\d+")
_RESERVED = frozenset({"math", "np", "njit", "inputs", "steps", "out", "point", "loop", "abs"})


def local_names(args: tuple[Any, ...], taken: frozenset[str]) -> list[str]:
    """Return a safe and distinct Python name for every argument.

    Parameters
    ----------
    args : tuple of sympy.Symbol
        The arguments.
    taken : frozenset of str
        Names that the generated module uses otherwise.

    Returns
    -------
    list of str
        The symbol's own name where that is an ordinary identifier, else ``arg0``, ``arg1``, ...

    Examples
    --------
    >>> from symbias.sym.symbols import dummy, real
    >>> local_names((real("x"), dummy("lambda"), real("math")), frozenset())
    ['x', 'arg1', 'arg2']
    """
    names: list[str] = []
    for k, arg in enumerate(args):
        plain = arg.name.isidentifier() and arg.name.isascii() and not arg.name.startswith("__")
        used = arg.name in taken or arg.name in _RESERVED or arg.name in names
        free = not (used or keyword.iskeyword(arg.name) or _OWN.fullmatch(arg.name))
        names.append(arg.name if plain and free else f"arg{k}")
    return names
