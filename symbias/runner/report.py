"""Report: all verdicts of a run, as a table, as data and as pages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symbias.contracts import checked
from symbias.present.html import Markup, element
from symbias.present.page import anchor, page
from symbias.present.table import text_table
from symbias.present.verdict_table import HEADER, RIGHT, cells, verdict_table
from symbias.runner.files import write_json, write_whole
from symbias.runner.provenance import provenance
from symbias.verdicts.claim import KINDS
from symbias.verdicts.verdict import Verdict


@dataclass(frozen=True)
class ScriptReport:
    """What was found in one script, or in the objects of a session.

    Parameters
    ----------
    name : str
        The script without its suffix.
    rows : tuple of Verdict
        Derivations, compiled formulas and claims, in this order, and what failed besides.
    document : dict
        All that the run wrote down, as plain data.

    Examples
    --------
    >>> ScriptReport("empty", ()).ok
    False
    """

    name: str
    rows: tuple[Verdict, ...]
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is a verdict and all of them hold."""
        return bool(self.rows) and all(row.holds for row in self.rows)

    @property
    def error(self) -> str | None:
        """Why the script as a whole failed, if it did."""
        return next((row.message for row in self.rows if row.kind == "script"), None)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold.

        Returns
        -------
        dict
            ``name``, ``path``, ``ok``, ``error``, ``verdicts`` (every row), ``derivations`` with
            their steps, ``tables``, ``figures``, ``documents``, ``output`` and ``seconds``.

        Examples
        --------
        >>> ScriptReport("empty", ()).to_dict()
        {'name': 'empty', 'ok': False, 'error': None, 'verdicts': []}
        """
        head = {"name": self.name, "ok": self.ok, "error": self.error}
        skipped = ("name", "rows", "traces", "complete", "running", "sources")
        rest = {key: value for key, value in self.document.items() if key not in skipped}
        if "derivations" in rest:
            rest["derivations"] = [dict(derivation) for derivation in rest["derivations"]]
        return head | {"verdicts": [row.to_dict() for row in self.rows]} | rest


@dataclass(frozen=True)
class Report:
    """All verdicts of a run.

    Parameters
    ----------
    scripts : tuple of ScriptReport
        One per script, in the order given.
    seed : int
        The seed of the run.
    full : bool
        Whether it ran at the paper's scale.

    Examples
    --------
    >>> Report((), seed=0).exit_status
    1
    """

    scripts: tuple[ScriptReport, ...]
    seed: int
    full: bool = False

    @property
    def rows(self) -> tuple[Verdict, ...]:
        """Every line of the table."""
        return tuple(row for script in self.scripts for row in script.rows)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on claims."""
        return tuple(row for row in self.rows if row.kind in KINDS)

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """The lines that do not hold."""
        return tuple(row for row in self.rows if not row.holds)

    @property
    def ok(self) -> bool:
        """Whether every script has verdicts and all of them hold."""
        return bool(self.scripts) and all(script.ok for script in self.scripts)

    @property
    def exit_status(self) -> int:
        """0 if all hold, else 1."""
        return 0 if self.ok else 1

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data that JSON can hold.

        Returns
        -------
        dict
            ``ok``, ``seed``, ``full``, ``environment`` (versions, processor, commit) and
            ``scripts``.

        Examples
        --------
        >>> Report((), seed=3).to_dict()["seed"]
        3
        """
        places = [Path(s.document["path"]).parent for s in self.scripts if "path" in s.document]
        return {
            "ok": self.ok,
            "seed": self.seed,
            "full": self.full,
            "environment": provenance(places[0] if places else None),
            "scripts": [script.to_dict() for script in self.scripts],
        }

    @checked
    def write(self, folder: Path) -> None:
        """Write ``report.json`` and ``report.html``.

        Parameters
        ----------
        folder : pathlib.Path
            An existing directory; figures already in it are put into the page.

        Examples
        --------
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> Report((), seed=0).write(folder)
        >>> sorted(path.name for path in folder.iterdir())
        ['report.html', 'report.json']
        """
        data = self.to_dict()
        text = page(data, self._table(linked=True), self.summary(), folder)
        for derivation in (d for script in data["scripts"] for d in script.get("derivations", [])):
            derivation.pop("html", None)
        write_json(folder / "report.json", data, indent=1)
        write_whole(folder / "report.html", text)

    def summary(self) -> str:
        """Say in one line how many hold.

        Returns
        -------
        str
            With the seed.

        Examples
        --------
        >>> Report((), seed=0).summary()
        '0 of 0 hold; seed 0'
        """
        held = len(self.rows) - len(self.failures)
        resumed = sum(bool(script.document.get("resumed")) for script in self.scripts)
        taken = f"; {resumed} of {len(self.scripts)} scripts taken over from an interrupted run"
        head = f"{held} of {len(self.rows)} hold; seed {self.seed}{', full scale' * self.full}"
        recalled = sum(script.document.get("recalled", 0) for script in self.scripts)
        proved = f"; {recalled} steps were proved by earlier runs (--fresh proves them anew)"
        return head + taken * (resumed > 0) + proved * (recalled > 0)

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = []
        for script in self.scripts:
            rows += [(f"[{script.name}]", *[""] * (len(HEADER) - 1))]
            rows += [cells(row) for row in script.rows]
        width = shutil.get_terminal_size((140, 24)).columns
        parts = [text_table(HEADER, rows, width, RIGHT)]
        parts += [f"FAILS: {row.title}: {row.message}" for row in self.failures]
        parts += [
            _statements(table, width)
            for s in self.scripts
            for table in s.document.get("tables", [])
        ]
        return "\n\n".join([*parts, self.summary()])

    __repr__ = __str__

    def _table(self, *, linked: bool = False) -> Markup:
        lines = [(script.name, row) for script in self.scripts for row in script.rows]
        return verdict_table(lines, [anchor(name) for name, _ in lines] if linked else ())

    def _repr_html_(self) -> str:
        return element("div", self._table(), element("p", self.summary()), class_="symbias")


def _statements(table: dict[str, Any], width: int) -> str:
    header = (f"statement of {table['key']}", "ours", "status")
    return text_table(header, table["rows"], width)
