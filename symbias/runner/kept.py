"""Kept: what a run has finished, so that an interrupted one can be resumed and never with stale results."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from symbias.runner.files import write_json
from symbias.runner.job import Job
from symbias.runner.sources import circumstances, digest

PREFIX = ".symbias-"
OWNER = ".owner"
RECORDS = ".records"
FREE = ("folder", "timeout", "several", "recall")
"""Fields of a job that do not change its numbers."""


class Kept:
    """The hidden folder of a run beside its results: files before they are shown, and a record of each finished script.

    A record holds what a script gave, with the digests of all that it read. It is taken over only if they, the job,
    this package and its surroundings are the same. The folder of a run that goes on is locked and is left alone.

    Parameters
    ----------
    out : pathlib.Path
        Where the results go.
    resume : bool
        Whether records of interrupted runs may be taken over.

    Examples
    --------
    >>> out = Path(tempfile.mkdtemp())
    >>> kept = Kept(out, resume=True)
    >>> kept.take(Job("/tmp/x.py")) is None
    True
    >>> kept.publish()
    >>> list(out.iterdir())
    []
    """

    def __init__(self, out: Path, *, resume: bool) -> None:
        self.out, self.resume = out, resume
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
        (self.folder / RECORDS).mkdir()
        self._lock = _locked(self.folder)
        self._around = circumstances()

    def keep(self, job: Job, document: dict[str, Any]) -> None:
        """Write down what a script gave, if it came to its end and what it read did not change meanwhile.

        Parameters
        ----------
        job : Job
            The job.
        document : dict
            What its child wrote down.

        Examples
        --------
        >>> Kept(Path(tempfile.mkdtemp()), resume=False).keep(Job("/tmp/x.py"), {"complete": False})
        """
        sources = document.get("sources")
        if document["complete"] and sources:
            record = self._meant(job) | {"sources": sources, "document": document}
            write_json(self.folder / RECORDS / f"{job.name}.json", record)

    def take(self, job: Job) -> dict[str, Any] | None:
        """Take over what an interrupted run gave for a job.

        Parameters
        ----------
        job : Job
            The job.

        Returns
        -------
        dict or None
            Its document, with the files it names in the folder of this run; None if there is none that is still true.

        Examples
        --------
        >>> Kept(Path(tempfile.mkdtemp()), resume=False).take(Job("/tmp/x.py")) is None
        True
        """
        for old in self._abandoned() if self.resume else ():
            document = self._still_true(old, job)
            files = [] if document is None else _files(document)
            if document is not None and all((old / name).is_file() for name in files):
                for name in files:
                    shutil.copyfile(old / name, self.folder / name)
                document["resumed"] = True
                self.keep(job, document)
                return document
        return None

    def publish(self) -> None:
        """Move the files to the results, and remove this folder and those of interrupted runs.

        Examples
        --------
        >>> out = Path(tempfile.mkdtemp())
        >>> kept = Kept(out, resume=False)
        >>> _ = (kept.folder / "a.tex").write_text("x")
        >>> kept.publish()
        >>> [path.name for path in out.iterdir()]
        ['a.tex']
        """
        for made in sorted(self.folder.iterdir()):
            if made.name not in {OWNER, RECORDS}:
                made.replace(self.out / made.name)
        for old in (*self._abandoned(), self.folder):
            shutil.rmtree(old, ignore_errors=True)
        os.close(self._lock)

    def abandon(self) -> None:
        """Leave the records for a run that resumes; without any, leave nothing.

        Examples
        --------
        >>> out = Path(tempfile.mkdtemp())
        >>> Kept(out, resume=False).abandon()
        >>> list(out.iterdir())
        []
        """
        if not any((self.folder / RECORDS).iterdir()):
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def _meant(self, job: Job) -> dict[str, Any]:
        meant = {name: value for name, value in asdict(job).items() if name not in FREE}
        return {"job": meant, "circumstances": self._around}

    def _abandoned(self) -> Iterator[Path]:
        """Yield the folders of runs that have ended before their time."""
        for old in sorted(self.out.glob(f"{PREFIX}*")):
            if old != self.folder and (lock := _locked(old)) is not None:
                try:
                    yield old
                finally:
                    os.close(lock)

    def _still_true(self, old: Path, job: Job) -> dict[str, Any] | None:
        try:
            record = json.loads((old / RECORDS / f"{job.name}.json").read_text("utf-8"))
            meant = {name: record[name] for name in ("job", "circumstances")}
            same = meant == self._meant(job) and job.script in record["sources"]
            same = same and all(digest(path) == found for path, found in record["sources"].items())
            return dict(record["document"]) if same else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # there is none, or it was damaged: the script runs again


def _files(document: dict[str, Any]) -> list[str]:
    return [*document["documents"], *(f for figure in document["figures"] for f in figure["files"])]


def _locked(folder: Path) -> Any:
    """Lock a folder as long as this process lives; None if another one holds it."""
    try:
        lock = os.open(folder / OWNER, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
