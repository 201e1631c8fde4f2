"""What a generated module says of itself: the hash in its first line, and facts about it.

Neither needs the module to be executed, nor anything that makes modules to be imported.
"""

from __future__ import annotations

import ast
import hashlib
import re
from typing import Any

_SEAL = "# sha256 of all below: "
_FACTS = re.compile(r"^(KEY|OPERATIONS|STATEMENTS|VECTOR) = (.+)$", re.MULTILINE)


def facts(text: str) -> dict[str, Any]:
    """Return what a generated module says of itself, without executing it.

    Parameters
    ----------
    text : str
        The module.

    Returns
    -------
    dict
        ``KEY``, ``OPERATIONS``, ``STATEMENTS`` and ``VECTOR``.

    Examples
    --------
    >>> facts("STATEMENTS = 3")
    {'STATEMENTS': 3}
    """
    return {name: ast.literal_eval(value) for name, value in _FACTS.findall(text)}


def sealed(text: str) -> str:
    """Return a text headed by a comment with its sha256.

    Parameters
    ----------
    text : str
        Anything.

    Returns
    -------
    str
        One line longer.

    Examples
    --------
    >>> is_intact(sealed("x = 1")), is_intact(sealed("x = 1") + "!")
    (True, False)
    """
    return f"{_SEAL}{hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def is_intact(text: str) -> bool:
    """Tell whether a text is what `sealed` made.

    Parameters
    ----------
    text : str
        A whole file.

    Returns
    -------
    bool
        False for anything truncated, edited or foreign.

    Examples
    --------
    >>> is_intact("x = 1")
    False
    """
    return text == sealed(text.partition("\n")[2])
