"""Typeset: turn a LaTeX file into a PDF where a TeX engine is present."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from symbias.runner.shelf import Shelf

SECONDS = 90.0
"""Time limit of one document."""

ENGINES: dict[str, list[str]] = {
    "pdflatex": ["-interaction=nonstopmode", "-halt-on-error"],
    "latexmk": ["-pdf", "-silent", "-interaction=nonstopmode", "-halt-on-error"],
    "tectonic": [],
}
"""Engine -> options, in the order of preference; our documents refer to nothing, so one pass does."""


def engine() -> str | None:
    """Return the first TeX engine that is installed.

    Returns
    -------
    str or None
        A key of `ENGINES`.

    Examples
    --------
    >>> engine() in {*ENGINES, None}
    True
    """
    return next((name for name in ENGINES if shutil.which(name)), None)


def typeset(source: Path) -> tuple[Path | None, str]:
    """Typeset a document beside its source.

    Parameters
    ----------
    source : pathlib.Path
        A complete LaTeX document.

    Returns
    -------
    pdf : pathlib.Path or None
        The document; None without an engine, or if it failed.
    complaint : str
        One paragraph if it failed, else empty.

    Examples
    --------
    >>> source = Path(tempfile.mkdtemp()) / "broken.tex"
    >>> _ = source.write_text("no document")
    >>> typeset(source)[0] is None
    True
    """
    name = engine()
    if name is None:
        return None, ""
    shelf, text = Shelf("documents", _stamp(name)), source.read_text(encoding="utf-8")
    content, complaint = shelf.get(text), ""
    if content is None:
        content, complaint = _typeset(name, text)
        if content is None:
            return None, complaint or f"{source.name}: {name} wrote no document."
        shelf.put(text, content)
    pdf = source.with_suffix(".pdf")
    pdf.write_bytes(content)
    return pdf, ""


def _stamp(name: str) -> str:
    """Name the engine as it is installed: another one gives another document."""
    path = shutil.which(name) or name
    return f"{path} {Path(path).stat().st_mtime_ns} {' '.join(ENGINES[name])}"


def _typeset(name: str, text: str) -> tuple[bytes | None, str]:
    with tempfile.TemporaryDirectory(prefix="symbias-tex-") as private:
        work = Path(private)
        (work / "document.tex").write_text(text, encoding="utf-8")
        complaint = _run([name, *ENGINES[name], "document.tex"], work)
        made = work / "document.pdf"
        return (made.read_bytes() if made.exists() and not complaint else None), complaint


def _run(command: list[str], work: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - an engine of the table above
            command,
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} did not end within {SECONDS:g} s. What to do: Use --no-pdf."
    return "" if done.returncode == 0 else _complaint(command[0], work / "document.log")


def _complaint(name: str, log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    first = next((line for line in lines if line.startswith("!")), "! no reason in the log")
    where = next((line for line in lines if line.startswith("l.")), "")
    said = " ".join(f"{first[1:].strip()} {where}".split())
    return f"{name} could not typeset it: {said} What to do: Open the .tex file, or use --no-pdf."
