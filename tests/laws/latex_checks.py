"""What can be seen of LaTeX without an engine: groups, environments and delimiters that pair."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\\begin\{(?P<begin>[^}]*)\}|\\end\{(?P<end>[^}]*)\}|\\(?P<side>left|right)(?![A-Za-z])"
    r"|\\(?P<display>[\[\]])|\\.|(?P<brace>[{}])",
    flags=re.DOTALL,
)
_OPENS = {"}": "{", "right": "left", "]": "["}


def unbalanced(latex: str) -> str:
    """Return what does not pair, or an empty string."""
    stack: list[str] = []
    for token in _TOKEN.finditer(latex):
        opened = token["begin"]
        mark = token["side"] or token["display"] or token["brace"]
        if opened is not None:
            stack.append(opened)
        elif token["end"] is not None or mark in _OPENS:
            wanted = token["end"] if token["end"] is not None else _OPENS[mark]
            if not stack or stack.pop() != wanted:
                return f"{token[0]} without its beginning, near {latex[: token.end()][-60:]!r}"
        elif mark is not None:
            stack.append(mark)
    if stack:
        return f"{stack[-1]} is never closed"
    dollars = len(re.findall(r"(?<!\\)\$", latex))
    return "a single $" if dollars % 2 else ""
