"""Statements: what a paper says, what we find, and whether the two agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from symbias.citations import require_key
from symbias.contracts import checked, has_items
from symbias.errors import InputError
from symbias.registry import ask

STATUSES: tuple[str, ...] = ("agrees", "conflicts", "text not read")
HEADER: tuple[str, ...] = ("statement of the paper", "ours", "status")


class Row(NamedTuple):
    """One statement: of the paper, ours, and the status."""

    statement: str
    ours: str
    status: str


@dataclass(frozen=True)
class PaperTable:
    """The table with which every derivation script ends.

    Parameters
    ----------
    key : str
        Citation key of the paper.
    rows : tuple of Row
        The statements.

    Examples
    --------
    >>> print(PaperTable("polyak1964", (Row("s < 2(1 + b)", "the same", "agrees"),)))
    polyak1964
    | statement of the paper | ours | status |
    | --- | --- | --- |
    | s < 2(1 + b) | the same | agrees |
    """

    key: str
    rows: tuple[Row, ...]

    def markdown(self) -> str:
        """Return the table in Markdown.

        Returns
        -------
        str
            One line per row.

        Examples
        --------
        >>> PaperTable("polyak1964", (Row("a", "b", "agrees"),)).markdown().splitlines()[-1]
        '| a | b | agrees |'
        """
        cells = [HEADER, ("---",) * len(HEADER), *self.rows]
        return "\n".join(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain data.

        Returns
        -------
        dict
            ``key`` and ``rows``, each a list of three strings.

        Examples
        --------
        >>> PaperTable("polyak1964", ()).to_dict()
        {'key': 'polyak1964', 'rows': []}
        """
        return {"key": self.key, "rows": [list(row) for row in self.rows]}

    def __str__(self) -> str:
        return f"{self.key}\n{self.markdown()}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return str(ask("present.html:html_table", HEADER, self.rows, f"Statements of {self.key}"))


@checked
def statements(key: str, rows: Iterable[Iterable[str]]) -> PaperTable:
    """Set the statements of a paper beside ours.

    Parameters
    ----------
    key : str
        Citation key of the paper.
    rows : iterable of (str, str, str)
        Statement of the paper, ours, and ``"agrees"``, ``"conflicts"`` or ``"text not read"``.

    Returns
    -------
    PaperTable
        What the runner prints below the claims.

    Raises
    ------
    InputError
        If the key is unknown, a row has not three strings, or a status is another word.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.statements("polyak1964", [("s < 2(1 + b)", "s < 2(1 + b)", "agrees")]).rows[0].status
    'agrees'
    """
    require_key(key)
    found = tuple(_row(row) for row in rows)
    if not found:
        raise InputError(f"The table of {key} has no rows.", remedy="State at least one result.")
    return PaperTable(key, found)


def _row(cells: Any) -> Row:
    row: tuple[Any, ...] = tuple(cells) if has_items(cells) else (cells,)
    if len(row) != len(HEADER) or not all(isinstance(cell, str) and cell.strip() for cell in row):
        raise InputError(
            f"A row of statements is {row!r:.80}.",
            remedy="Write (statement of the paper, ours, status), three strings.",
        )
    if row[2] not in STATUSES:
        raise InputError(
            f"The status {row[2]!r} is not one of the three.",
            remedy=f"Use exactly one of {', '.join(STATUSES)}.",
        )
    return Row(*row)
