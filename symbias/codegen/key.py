"""The content key of a kernel: what it computes, in which order of arguments, made by what.

The key is taken from the expression as it comes, by one walk over its graph: neither common parts
nor code have to be worked out again to find a cached kernel.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.dag import fold
from symbias.sym.functions import NamedFunction


@cache
def _makers() -> str:
    """Return the versions of everything that makes the text of a kernel, the generator included.

    Machine code depends on more: Numba looks at its own version, and so does `machine_key`.
    """
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        code.update(path.read_bytes())
    versions = f"python {sys.version_info[:2]}; sympy {sp.__version__}; numpy {np.__version__}"
    return f"{code.hexdigest()}; {versions}"


def content_key(roots: list[Any], args: tuple[Any, ...]) -> str:
    """Return the key of a kernel.

    Parameters
    ----------
    roots : list of sympy.Basic
        The expressions, in order.
    args : tuple of sympy.Symbol
        The arguments, in order.

    Returns
    -------
    str
        64 hexadecimal digits; the same in every process, whatever the hash seed.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> content_key([x - y], (x, y)) == content_key([x - y], (y, x))
    False
    """
    positions = {arg: k for k, arg in enumerate(args)}
    lines = [_makers(), ascii([arg.name for arg in args])]
    numbers: dict[Any, int] = {}

    def line(node: Any, parts: list[int]) -> int:
        text = f"{_head(node, positions)}({','.join(map(str, parts))})"
        return numbers.setdefault(text, _append(lines, text))

    table = fold(roots, line)
    lines.append(repr([table[root] for root in roots]))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _append(lines: list[str], text: str) -> int:
    lines.append(text)
    return len(lines)


def _head(node: Any, positions: dict[Any, int]) -> str:
    """Return what tells a node from others with the same arguments."""
    if node in positions:
        return f"argument {positions[node]}"
    name = f"{type(node).__module__}.{type(node).__qualname__}"
    if not node.args:
        return f"{name} {sp.srepr(node)}"
    # What stands in place of those is in the code of the generator, which the key holds already.
    if isinstance(node, NamedFunction) and not name.startswith("symbias.sym.functions."):
        return f"{name} {sp.srepr(node.definition())} {sp.srepr(node.stable_forms())}"
    return name
