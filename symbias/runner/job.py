"""Job: one script in a child process, with a time limit and no way to harm the others."""

from __future__ import annotations

import json
import os
import signal
import site
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from symbias.runner.launch import forget, launch
from symbias.runner.scale import VARIABLE
from symbias.runner.typeset import typeset
from symbias.verdicts.verdict import Verdict, without_numbers

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""One thread each unless the user says otherwise: scripts run side by side, and sums do not depend on it."""

TAIL = 8192
"""How many bytes of what a script prints are kept."""


@dataclass(frozen=True)
class Job:
    """What a child is to do; it can be pickled.

    Parameters
    ----------
    script : str
        Absolute path of the script.
    seed : int
        Seed of the run.
    timeout : float
        Time limit in seconds.
    name : str
        What the script is called in the report and in file names; its stem when empty.
    folder : str or None
        Where to write documents and figures; None writes nothing.
    full : bool
        Whether `at_scale` gives the paper's size.
    pdf : bool
        Whether to typeset the documents where a TeX engine is present.
    claims : bool
        Whether formulas are compiled and claims run, not only derivations checked.
    level : str
        Level of the LaTeX that is returned; empty for none.
    several : bool
        Whether it is one of several, for which it pays to import what most scripts need once.
    recall : bool
        Whether steps that earlier runs have proved, with the same engine, count as proved.

    Examples
    --------
    >>> Job("/tmp/x.py").timeout
    120.0
    """

    script: str
    seed: int = 0
    timeout: float = 120.0
    name: str = ""
    folder: str | None = None
    full: bool = False
    pdf: bool = True
    claims: bool = True
    level: str = ""
    several: bool = False
    recall: bool = False


def run_job(job: Job) -> dict[str, Any]:
    """Run one script in a child process.

    Parameters
    ----------
    job : Job
        The script and its limits.

    Returns
    -------
    dict
        What the child wrote down; a crash or an overrun is one more row that does not hold.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "bad.py").write_text("1 / 0")
    >>> run_job(Job(str(folder / "bad.py")))["rows"][0]["message"]
    'ZeroDivisionError: division by zero at line 1 of bad.py. What to do: Correct the script; ...'
    """
    with tempfile.TemporaryDirectory(prefix="symbias-job-") as private:
        result = Path(private) / "result.json"
        task = Path(private) / "job.json"
        task.write_text(json.dumps(asdict(job) | {"result": str(result)}), encoding="utf-8")
        ending, output = _run_child(job, task)
        document = _read(result, job)
    document["output"] = output
    if not document["complete"]:
        document["rows"].append(_unfinished(job, document["running"], ending, output).to_dict())
    if job.folder and job.pdf:
        _typeset_all(Path(job.folder), document)
    return document


def _run_child(job: Job, task: Path) -> tuple[str, str]:
    """Return how the child ended (empty if well) and the end of what it printed."""
    output, printed = os.pipe()
    reading, writing = os.pipe()
    forced = {VARIABLE: str(int(job.full))}
    try:
        child = launch(task, _environment(), forced, printed, reading, heavy=job.several)
    finally:
        os.close(printed)
        os.close(reading)
    kept = bytearray()
    drain = threading.Thread(target=_drain, args=(os.fdopen(output, "rb"), kept), daemon=True)
    drain.start()
    try:
        ending = _ending(child.wait(job.timeout))
    except TimeoutError:
        ending = f"did not end within {job.timeout:g} s and was stopped"
    finally:
        forget(child)
        os.close(writing)
    drain.join(timeout=1.0)
    return ending, kept.decode("utf-8", "replace")


def _drain(pipe: IO[bytes], kept: bytearray) -> None:
    """Read all that is printed, so that the child never waits, and keep the end of it."""
    with pipe:
        for block in iter(lambda: pipe.read1(TAIL), b""):  # type: ignore[attr-defined]
            kept += block
            del kept[:-TAIL]


def _ending(status: int | None) -> str:
    if status is None:
        return "was lost: the process that had started it ended"
    if status < 0:
        return f"was ended by the signal {signal.Signals(-status).name}"
    return f"ended with status {status}" if status else "ended early"


def _environment() -> dict[str, str]:
    forced = {"MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1"}
    environment = dict.fromkeys(ONE_THREAD, "1") | os.environ | forced
    package = str(Path(__file__).parents[2])
    if package not in site.getsitepackages():  # a checkout that is not installed
        paths = [package, environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


def _read(result: Path, job: Job) -> dict[str, Any]:
    if result.exists():
        return dict(json.loads(result.read_text(encoding="utf-8")))
    name = job.name or Path(job.script).stem
    lists = ("rows", "traces", "derivations", "tables", "figures", "documents")
    empty: dict[str, Any] = {key: [] for key in lists}
    head = {"path": job.script, "name": name, "complete": False, "running": "", "seconds": 0.0}
    return head | empty


def _unfinished(job: Job, running: str, ending: str, output: str) -> Verdict:
    during = f" during {running!r}" if running else ""
    if "did not end" in ending:
        remedy = "Make it faster, use sb.at_scale, or raise the limit with --timeout."
    else:
        last = " ".join(output.strip().rpartition("\n")[2].split())[:200]
        during += f"; the last it printed was {last!r}" if last else ""
        remedy = "Run it by itself with python to see what ends it."
    return without_numbers(
        "script", Path(job.script).name, f"The script {ending}{during}. What to do: {remedy}"
    )


def _typeset_all(folder: Path, document: dict[str, Any]) -> None:
    for name in list(document["documents"]):
        made, complaint = typeset(folder / name)
        if made is not None:
            document["documents"].append(made.name)
        if complaint:
            document["rows"].append(without_numbers("document", name, complaint).to_dict())
