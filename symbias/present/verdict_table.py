"""Verdict table: the lines of a report, as cells of text and as a table in HTML that can be sorted."""

from __future__ import annotations

from collections.abc import Sequence

from symbias.present.html import Cell, Markup, breakable, element, html_table, pill
from symbias.present.mathml import RELATIONS
from symbias.verdicts.claim import KINDS
from symbias.verdicts.verdict import Verdict

HEADER: tuple[str, ...] = (
    "claim",
    "relation",
    "predicted",
    "measured",
    "error or slack",
    "evidence",
    "verdict",
    "seconds",
)
RIGHT = (2, 3, 4, 7)
"""The columns of numbers."""

HTML_HEADER: tuple[str, ...] = ("verdict", "claim", *HEADER[1:6], "seconds", "script")
"""The verdict comes first, so that a narrow screen shows it beside the claim."""
HTML_RIGHT = (3, 4, 5, 7)


def cells(row: Verdict) -> tuple[str, ...]:
    """Return the cells of a verdict, in the order of `HEADER`.

    Parameters
    ----------
    row : Verdict
        The verdict.

    Returns
    -------
    tuple of str
        Empty where there is no number.

    Examples
    --------
    >>> cells(Verdict("t", "==", "equality", 1.0, 1.5, 0.5, 0.1, False, "m", "exact", 0.25))
    ('t', '==', '1', '1.5', '0.5', 'exact', 'FAILS', '0.25')
    """
    numbers = ("" if v is None else f"{v:.6g}" for v in (row.predicted, row.measured))
    error = "" if row.error is None else f"{row.error:.2g}"
    name = row.title if row.kind in KINDS else f"{row.kind}: {row.title}"
    return (name, row.relation, *numbers, error, row.evidence, word(row), f"{row.seconds:.2f}")


def word(row: Verdict) -> str:
    """Say in a word what became of a line.

    Parameters
    ----------
    row : Verdict
        The verdict.

    Returns
    -------
    str
        ``holds`` or ``FAILS``, or what was done with what is not a claim.

    Examples
    --------
    >>> word(Verdict("t", "==", "equality", 1.0, 1.5, 0.5, 0.1, False, "m"))
    'FAILS'
    """
    if not row.holds:
        return "FAILS"
    return "holds" if row.kind in KINDS else row.message.partition(":")[0]


def verdict_table(lines: Sequence[tuple[str, Verdict]], anchors: Sequence[str] = ()) -> Markup:
    """Lay out verdicts in HTML, those that fail first.

    Parameters
    ----------
    lines : sequence of (str, Verdict)
        Name of the script, and the verdict.
    anchors : sequence of str
        For each line, where its script is on the page; without them nothing is linked.

    Returns
    -------
    Markup
        A table; each row says what it is in ``data-kind`` and whether it holds in ``data-holds``.

    Examples
    --------
    >>> verdict = Verdict("1 < 2", "<=", "bound", 1.0, 2.0, 1.0, 0.0, True, "m")
    >>> "1 &lt; 2" in verdict_table([("script", verdict)])
    True
    """
    linked = list(zip(lines, anchors or [""] * len(lines), strict=True))
    linked.sort(key=lambda item: item[0][1].holds)
    rows = [_row(name, verdict, anchor) for (name, verdict), anchor in linked]
    marks = [
        {
            "class_": "" if verdict.holds else "fails",
            "data_kind": "claim" if verdict.kind in KINDS else verdict.kind,
            "data_holds": str(int(verdict.holds)),
            "data_script": name,
        }
        for (name, verdict), _ in linked
    ]
    return html_table(HTML_HEADER, rows, "All verdicts", HTML_RIGHT, marks)


def _row(name: str, row: Verdict, anchor: str) -> list[str | Cell]:
    _, relation, predicted, measured, error, evidence, said, seconds = cells(row)
    kind = "" if row.kind in KINDS else element("span", row.kind, class_="kind")
    claim = element("span", row.title, class_="title")
    why = element("small", row.message) if not row.holds or row.kind in KINDS else ""
    return [
        pill(said),
        Markup(" ".join(filter(None, (kind, claim, why)))),
        RELATIONS.get(relation, relation),
        Cell(predicted, row.predicted),
        Cell(measured, row.measured),
        Cell(error, row.error),
        pill(evidence),
        Cell(seconds, row.seconds),
        element("a", breakable(name), href=f"#{anchor}") if anchor else name,
    ]
