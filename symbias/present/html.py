"""HTML: one self-contained page of verdicts, statements and figures; nothing is loaded from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
tr.fails td { background: #fdecea; }
tr.why td { color: #7a1f16; border-bottom: 1px solid #ddd; }
figure { margin: 1.5rem 0; } img { max-width: 100%; }
figcaption, footer { color: #555; } dt { float: left; clear: left; width: 9rem; color: #555; }
"""


def html_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    marks: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """Lay out a table in HTML.

    Parameters
    ----------
    header : sequence of str
        Column titles.
    rows : sequence of sequence of str
        Cells; everything is escaped.
    marks : sequence of str
        A class for each row, possibly empty.
    notes : sequence of str
        For each marked row, a line below it; for the others, what shows when the mouse rests on it.

    Returns
    -------
    str
        A table element.

    Examples
    --------
    >>> html_table(["a"], [["1 < 2"]])
    '<table><tr><th>a</th></tr><tr><td>1 &lt; 2</td></tr></table>'
    """
    head = "".join(f"<th>{escape(title)}</th>" for title in header)
    body = [
        _row(row, marks[n] if marks else "", notes[n] if notes else "")
        for n, row in enumerate(rows)
    ]
    return f"<table><tr>{head}</tr>{''.join(body)}</table>"


def _row(row: Sequence[str], mark: str, note: str) -> str:
    attributes = f' class="{mark}"' if mark else ""
    attributes += f' title="{escape(note)}"' if note and not mark else ""
    text = "".join(f"<td>{escape(cell)}</td>" for cell in row)
    below = (
        f'<tr class="why"><td colspan="{len(row)}">{escape(note)}</td></tr>'
        if mark and note
        else ""
    )
    return f"<tr{attributes}>{text}</tr>{below}"


def page(report: Mapping[str, Any], tables: Mapping[str, str], summary: str, folder: Path) -> str:
    """Return a report as one self-contained page.

    Parameters
    ----------
    report : mapping
        The report as plain data.
    tables : mapping
        Script name -> the HTML of its verdicts.
    summary : str
        One line.
    folder : pathlib.Path
        Where the figures of the report are.

    Returns
    -------
    str
        An HTML document with its figures inside.

    Examples
    --------
    >>> text = page({"scripts": [], "environment": {}}, {}, "0 of 0 hold", Path())
    >>> text.startswith("<!DOCTYPE html>")
    True
    """
    sections = [_section(script, tables[script["name"]], folder) for script in report["scripts"]]
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
        for name, value in report["environment"].items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>symbias: {escape(summary)}</title><style>{STYLE}</style></head><body>"
        f"<h1>symbias</h1><p><strong>{escape(summary)}</strong></p>{''.join(sections)}"
        f"<footer><h2>Where this was run</h2><dl>{facts}</dl></footer></body></html>\n"
    )


def _section(script: Mapping[str, Any], verdicts: str, folder: Path) -> str:
    parts = [f"<h2>{escape(script['name'])}</h2>", verdicts]
    parts += [
        html_table((f"statement of {table['key']}", "ours", "status"), table["rows"])
        for table in script.get("tables", [])
    ]
    parts += [_figure(figure, folder) for figure in script.get("figures", [])]
    return f"<section>{''.join(parts)}</section>"


def _figure(figure: Mapping[str, Any], folder: Path) -> str:
    image = next(folder / name for name in figure["files"] if name.endswith(".png"))
    data = b64encode(image.read_bytes()).decode("ascii")
    title = escape(figure["title"])
    return (
        f'<figure><img alt="{title}" src="data:image/png;base64,{data}">'
        f"<figcaption>{title}</figcaption></figure>"
    )
