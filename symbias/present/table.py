"""Plain-text tables: aligned in any terminal and wrapped to its width, accents included."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

NARROWEST = 10
"""No column is wrapped below this."""
GAP = "  "


def display_width(text: str) -> int:
    """Return how many terminal columns a line takes.

    Parameters
    ----------
    text : str
        One line.

    Returns
    -------
    int
        Combining marks count zero, East Asian wide characters two.

    Examples
    --------
    >>> display_width("θ"), display_width("東")
    (1, 2)
    """
    plain = [char for char in text if not unicodedata.combining(char)]
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in plain)


def text_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None = None,
    right: Sequence[int] = (),
) -> str:
    """Lay out a table as text.

    Parameters
    ----------
    header : sequence of str
        Column titles.
    rows : sequence of sequence of str
        Cells, as many per row as titles.
    width : int, optional
        Terminal columns; the widest table columns are wrapped until it fits.
    right : sequence of int
        Indices of the columns aligned to the right.

    Returns
    -------
    str
        Lines without trailing blanks.

    Examples
    --------
    >>> print(text_table(["claim", "error"], [["w = w0", "1e-9"]], right=[1]))
    claim   error
    ------  -----
    w = w0   1e-9
    """
    cells = [[str(cell).replace("\n", " ") for cell in row] for row in (header, *rows)]
    widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    widths = widths if width is None else _fit(widths, width)
    lines = [_lines(row, widths, set(right)) for row in cells]
    rule = GAP.join("-" * w for w in widths)
    return "\n".join([*lines[0], rule, *(line for row in lines[1:] for line in row)])


def _fit(widths: list[int], total: int) -> list[int]:
    """Take columns off the widest ones until all fit, or none can shrink any more."""
    fitted = list(widths)
    while sum(fitted) + len(GAP) * (len(fitted) - 1) > total and max(fitted) > NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _lines(row: list[str], widths: list[int], right: set[int]) -> list[str]:
    wrapped = [_wrap(cell, w) for cell, w in zip(row, widths, strict=True)]
    height = max(map(len, wrapped))
    filled = [lines + [""] * (height - len(lines)) for lines in wrapped]
    return [
        GAP.join(
            _pad(cell, w, n in right) for n, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in zip(*filled, strict=True)
    ]


def _wrap(text: str, width: int) -> list[str]:
    """Break a cell into lines of at most this display width, between words where possible."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if display_width(joined) <= width:
            lines[-1] = joined
            continue
        lines += [""] if lines[-1] else []
        for char in word:
            if display_width(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return lines


def _pad(text: str, width: int, to_right: bool) -> str:
    blanks = " " * (width - display_width(text))
    return blanks + text if to_right else text + blanks
