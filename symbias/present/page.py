"""Page: a report as one self-contained HTML document; nothing is loaded from elsewhere, and nothing can be."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from symbias.citations import entries, reference
from symbias.present.html import Cell, Markup, breakable, element, html_table, pill
from symbias.sym.evidence import weakest

GRADES = """Evidence, from strongest to weakest: exact (decided algebraically), ball (proved by interval
arithmetic), numeric (both sides compared to 50 digits at random points), cited (taken from a paper), ansatz
(assumed). A derivation is as strong as its weakest step."""

CONTROLS = Markup(
    '<form class="controls" hidden><label>Find <input type="search" name="text" autocomplete="off"></label>'
    '<label>Show <select name="kind"><option value="claim">claims and what fails</option>'
    '<option value="fails">what fails</option><option value="derivation">derivations</option>'
    '<option value="compiled">compiled formulas</option><option value="">everything</option></select></label>'
    '<output aria-live="polite"></output></form>'
)
"""Shown by the script of the page; without it the whole table is there."""


@cache
def _packaged(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def page(report: Mapping[str, Any], verdicts: Markup, summary: str, folder: Path) -> str:
    """Return a report as one self-contained page.

    Parameters
    ----------
    report : mapping
        The report as plain data; derivations carry their HTML under ``html``.
    verdicts : Markup
        The table of all verdicts.
    summary : str
        One line.
    folder : pathlib.Path
        Where the figures of the report are.

    Returns
    -------
    str
        An HTML document with its figures inside. Its security policy lets it load nothing and run
        no script but its own.

    Examples
    --------
    >>> report = {"ok": False, "scripts": [], "environment": {}}
    >>> text = page(report, Markup(), "0 of 0 hold", Path())
    >>> text.startswith("<!DOCTYPE html>"), "default-src 'none'" in text
    (True, True)
    """
    scripts = report["scripts"]
    body = [
        _head(report, summary),
        _failures(scripts),
        _overview(scripts),
        element("section", element("h2", "Verdicts"), CONTROLS, verdicts, id="verdicts"),
        *(_script(script, folder) for script in scripts),
        _references(scripts),
        _environment(report["environment"]),
    ]
    return _document(f"symbias: {summary}", Markup("\n".join(filter(None, body))))


def anchor(name: str) -> str:
    """Return where a script is on the page.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    str
        An identifier.

    Examples
    --------
    >>> anchor("polyak1964_heavy_ball")
    'script-polyak1964_heavy_ball'
    """
    return f"script-{name}"


def _document(title: str, body: Markup) -> str:
    style, script = _packaged("report.css"), _packaged("report.js")
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    )
    metas = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
    )
    head = f"{metas}{element('title', title)}<style>{style}</style>"
    shell = f"<main>{body}</main><script>{script}</script>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{shell}</body></html>\n'


def _head(report: Mapping[str, Any], summary: str) -> Markup:
    rows = [row for script in report["scripts"] for row in script["verdicts"]]
    counts = Counter(_kind(row) for row in rows)
    held = Counter(_kind(row) for row in rows if row["holds"])
    parts = [f"{held[kind]} of {count} {kind}" for kind, count in counts.items()]
    word = "everything holds" if report["ok"] else "not everything holds"
    outcome = element("p", word, class_="outcome ok" if report["ok"] else "outcome bad")
    lines = [
        element("p", element("strong", summary), *([f" ({', '.join(parts)})"] if parts else []))
    ]
    return element("header", element("h1", "symbias report"), outcome, *lines)


def _kind(row: Mapping[str, Any]) -> str:
    plain = {"derivation": "derivations", "compiled": "compiled formulas"}
    other = {"script": "scripts", "document": "documents", "figure": "figures"}
    return {**plain, **other}.get(row["kind"], "claims")


def _failures(scripts: Sequence[Mapping[str, Any]]) -> Markup:
    failed = [
        element(
            "li",
            element("strong", row["title"]),
            " in ",
            element("a", breakable(script["name"]), href=f"#{anchor(script['name'])}"),
            element("p", row["message"]),
        )
        for script in scripts
        for row in script["verdicts"]
        if not row["holds"]
    ]
    if not failed:
        return Markup()
    return element("section", element("h2", "What fails"), element("ul", *failed), id="fails")


def _overview(scripts: Sequence[Mapping[str, Any]]) -> Markup:
    header = (
        "script",
        "verdict",
        "claims",
        "derivations",
        "compiled formulas",
        "evidence",
        "seconds",
    )
    rows: list[list[str | Cell]] = [
        [
            element("a", breakable(script["name"]), href=f"#{anchor(script['name'])}"),
            pill("holds" if script["ok"] else "FAILS"),
            *(_share(script["verdicts"], kind) for kind in header[2:5]),
            pill(_evidence(script)),
            _seconds(script),
        ]
        for script in scripts
    ]
    table = html_table(header, rows, "Scripts", (2, 3, 4, 6))
    return element(
        "section",
        element("h2", "Scripts"),
        table,
        element("p", GRADES, class_="note"),
        id="scripts",
    )


def _evidence(script: Mapping[str, Any]) -> str:
    grades = [derivation["evidence"] for derivation in script.get("derivations", [])]
    return weakest(grades) if grades else ""


def _share(rows: Sequence[Mapping[str, Any]], kind: str) -> Cell:
    listed = [row for row in rows if _kind(row) == kind]
    held = sum(row["holds"] for row in listed)
    shown = f"{held}/{len(listed)}" if held < len(listed) else str(held)
    return Cell(shown, float(held))


def _seconds(script: Mapping[str, Any]) -> Cell:
    spent = script.get("seconds")
    return Cell("") if spent is None else Cell(f"{spent:.1f}", spent)


def _script(script: Mapping[str, Any], folder: Path) -> Markup:
    name = script["name"]
    parts = [element("h2", breakable(name))]
    for table in script.get("tables", []):
        key = table["key"]
        parts.append(element("p", _source(key), class_="sources"))
        rows = [[paper, ours, pill(status)] for paper, ours, status in table["rows"]]
        header = ("statement of the paper", "ours", "status")
        parts.append(html_table(header, rows, f"Statements of {key}"))
    parts += [_figure(figure, folder) for figure in script.get("figures", [])]
    derivations = [Markup(d["html"]) for d in script.get("derivations", []) if d.get("html")]
    if derivations:
        parts += [element("h3", "Derivations"), *derivations]
    if script.get("documents"):
        parts.append(
            element("p", f"Beside this page: {', '.join(script['documents'])}.", class_="note")
        )
    return element("section", *parts, id=anchor(name))


def _source(key: str) -> str:
    return reference(key) if key in entries() else key


def _references(scripts: Sequence[Mapping[str, Any]]) -> Markup:
    keys = {key for script in scripts for d in script.get("derivations", []) for key in d["cites"]}
    keys |= {table["key"] for script in scripts for table in script.get("tables", [])}
    if not keys:
        return Markup()
    pairs = [
        part for key in sorted(keys) for part in (element("dt", key), element("dd", _source(key)))
    ]
    return element("section", element("h2", "References"), element("dl", *pairs), id="references")


def _figure(figure: Mapping[str, Any], folder: Path) -> Markup:
    image = next(folder / name for name in figure["files"] if name.endswith(".png"))
    data = b64encode(image.read_bytes()).decode("ascii")
    title = figure["title"]
    shown = element("figcaption", title)
    text = element("span", title)[6:-7]
    return element(
        "figure", Markup(f'<img alt="{text}" src="data:image/png;base64,{data}">'), shown
    )


def _environment(facts: Mapping[str, Any]) -> Markup:
    pairs = [
        part
        for name, value in facts.items()
        for part in (element("dt", name), element("dd", "unknown" if value is None else str(value)))
    ]
    return element(
        "footer", element("h2", "Where this was run"), element("dl", *pairs), id="environment"
    )
