"""Child: run one script in a process of its own and write down what was found, verdict by verdict.

The document is rewritten after every verdict, so that a script that crashes or never ends still
shows what it had reached.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
from pathlib import Path
from time import perf_counter
from typing import Any

from symbias.present.formula_html import derivation_html
from symbias.runner.collect import Collection, collect, load
from symbias.runner.examine import Examination, examinations, examine
from symbias.runner.files import slug, write_json
from symbias.runner.guard import Guard
from symbias.runner.proofs import Proofs
from symbias.runner.sources import Watch, digest
from symbias.sym.derivation import Derivation
from symbias.sym.equality.memory import MEMORY
from symbias.sym.frames import with_room
from symbias.verdicts.verdict import Verdict, without_numbers


class Examiner:
    """The run of one script.

    Parameters
    ----------
    job : dict
        The fields of `symbias.runner.job.Job`.
    watch : Watch, optional
        What the script reads is written down.

    Examples
    --------
    >>> Examiner({"script": "x.py", "seed": 0}).document["rows"]
    []
    """

    def __init__(self, job: dict[str, Any], watch: Watch | None = None) -> None:
        self.job, self.watch = job, watch
        self.script = Path(job["script"])
        self.result = Path(job.get("result", ""))
        self.folder = Path(job["folder"]) if job.get("folder") else None
        self.taken: set[str] = set()
        self.start = perf_counter()
        self.document: dict[str, Any] = {
            "path": str(self.script),
            "name": job.get("name") or self.script.stem,
            "complete": False,
            "running": "",
            "rows": [],
            "traces": [],
            "derivations": [],
            "tables": [],
            "figures": [],
            "documents": [],
        }

    def run(self) -> None:
        """Load the script and examine what it defines.

        Examples
        --------
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "empty.py").write_text("x = 1")
        >>> job = {"script": folder / "empty.py", "seed": 0, "result": folder / "r.json"}
        >>> examiner = Examiner(job)
        >>> examiner.run()
        >>> examiner.document["rows"][0]["message"].partition(": ")[2].partition(".")[0]
        'there is nothing to verify'
        """
        before = digest(str(self.script))
        self._save(running=f"the import of {self.script.name}")
        items = self._load()
        if items is not None:
            self._describe(items)
            for item in self._chosen(items):
                self._save(running=item.title)
                self._add(*examine(item, self.script))
            if self.folder is not None:
                self._write(items, self.folder)
        if self.watch is not None:
            sources = self.watch.sources()
            # Of a script that was edited while it ran, nobody knows what was tested.
            self.document["sources"] = sources if sources.get(str(self.script)) == before else {}
        self.document["recalled"] = MEMORY.found
        self.document["complete"] = True
        self._save()

    def _load(self) -> Collection | None:
        with Guard(self.script) as guard:
            items = collect(load(self.script))
            if items.testable:
                return items
            message = (
                f"{self.script.name} defines no claim and derives no step: there is nothing to verify. "
                "What to do: Add a function with the decorator sb.claim, or name another file."
            )
            self._add(without_numbers("script", self.script.name, message))
        if guard.message:
            seconds = perf_counter() - self.start
            failed = without_numbers("script", self.script.name, guard.message, seconds=seconds)
            self._add(failed, guard.trace)
        return None

    def _chosen(self, items: Collection) -> list[Examination]:
        found = list(examinations(items, self.job["seed"]))
        if self.job.get("claims", True):
            return found
        return [item for item in found if item.kind == "derivation"]

    def _describe(self, items: Collection) -> None:
        level = self.job.get("level", "")
        for derivation in items.derivations:
            with Guard(self.script) as guard:
                self.document["derivations"].append(describe(derivation, level))
            if guard.message:
                failed = without_numbers("document", derivation.title, guard.message)
                self._add(failed, guard.trace)
        self.document["tables"] = [table.to_dict() for table in items.tables]

    def _write(self, items: Collection, folder: Path) -> None:
        for derivation in items.derivations:
            path = folder / f"{self._name(derivation.title)}.tex"
            if self._try("document", derivation.title, lambda d=derivation, p=path: d.write_tex(p)):
                self.document["documents"].append(path.name)
        for figure in items.figures:
            name = self._name(figure.title)
            paths = [folder / f"{name}{suffix}" for suffix in (".pdf", ".png")]
            if self._try("figure", figure.title, lambda f=figure, p=paths: f.save(*p)):
                files = [path.name for path in paths]
                self.document["figures"].append({"title": figure.title, "files": files})

    def _name(self, title: str) -> str:
        return f"{self.document['name']}_{slug(title, self.taken)}"

    def _try(self, kind: str, title: str, action: Any) -> bool:
        self._save(running=f"the {kind} {title}")
        with Guard(self.script) as guard:
            action()
            return True
        self._add(without_numbers(kind, title, guard.message), guard.trace)
        return False

    def _add(self, verdict: Verdict, trace: str = "") -> None:
        self.document["rows"].append(verdict.to_dict())
        if trace:
            self.document["traces"].append({"title": verdict.title, "trace": trace})

    def _save(self, running: str = "") -> None:
        self.document["running"] = running
        self.document["seconds"] = perf_counter() - self.start
        write_json(self.result, self.document)


def describe(derivation: Derivation, level: str = "") -> dict[str, Any]:
    """Return a derivation as plain data.

    Parameters
    ----------
    derivation : Derivation
        The derivation.
    level : str
        If not empty, its LaTeX at this level is added.

    Returns
    -------
    dict
        Title, grade, sources, steps, concluded formulas, and under ``html`` how the report shows it.

    Examples
    --------
    >>> import symbias as sb
    >>> describe(sb.Derivation("one").start(1, "given"))["steps"][0]["because"]
    'given'
    """
    described = {
        "title": derivation.title,
        "evidence": derivation.evidence,
        "cites": list(derivation.cites),
        "formulas": [repr(formula) for formula in derivation.formulas],
        "steps": [
            {
                "kind": step.kind,
                "relation": step.relation,
                "expr": str(step.expr),
                "because": step.because,
                "evidence": str(step.evidence),
                "grade": step.evidence.grade,
            }
            for step in derivation.steps
        ],
        "html": derivation_html(derivation),
    }
    return described | ({"latex": derivation.latex(level)} if level else {})


def die_with_parent(pipe: int) -> None:
    """End this process and all it started as soon as the other end of a pipe is closed.

    Parameters
    ----------
    pipe : int
        Its reading end; the parent holds the other one and never writes.

    Examples
    --------
    >>> die_with_parent.__name__
    'die_with_parent'
    """

    def watch() -> None:
        os.read(pipe, 1)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def run(task: str, pipe: int) -> None:
    """Run the job that a file describes, as if its script ran by itself.

    Parameters
    ----------
    task : str
        The file.
    pipe : int
        An open file: this process ends when its other end is closed.

    Examples
    --------
    >>> run.__name__
    'run'
    """
    die_with_parent(pipe)
    job = json.loads(Path(task).read_text(encoding="utf-8"))
    sys.path.insert(0, str(Path(job["script"]).parent))
    sys.argv = [job["script"]]
    if job["recall"]:
        MEMORY.kept = Proofs()
    places = [str(Path(job["result"]).parent), job["folder"]]
    with_room(Examiner(job, Watch(places) if job["folder"] else None).run)


def leave() -> None:
    """End this process in good order, but leave it to the system to give back what it holds.

    Python would first take down all modules that the server has imported, one object at a time.

    Examples
    --------
    >>> leave.__name__
    'leave'
    """
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001 - nothing public does it
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
