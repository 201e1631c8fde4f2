"""Formulas in docstrings are plain text: absolute values and powers are no markup."""

import re
from typing import Any

_LITERAL = re.compile(r"(``.*?``)")
_MARKUP = re.compile(r"\||(?<=[\w)\]|])\*\*")


def escape(line: str) -> str:
    """Return a line whose bars and powers stand for themselves."""
    parts = _LITERAL.split(line)
    parts[::2] = [
        _MARKUP.sub(lambda found: re.sub(r"(.)", r"\\\1", found[0]), p) for p in parts[::2]
    ]
    return "".join(parts)


def process(_app: Any, _what: str, _name: str, _item: Any, _options: Any, lines: list[str]) -> None:
    """Escape the formulas of a docstring, except in its examples."""
    example = False
    for number, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            lines[number] = escape(line)


def setup(app: Any) -> dict[str, bool]:
    """Connect it; before napoleon, which writes markup of its own."""
    app.connect("autodoc-process-docstring", process, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
