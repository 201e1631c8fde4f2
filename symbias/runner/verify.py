"""Verify: put scripts, or the objects of a session, to the test and report all verdicts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from symbias._catalogue import catalogue
from symbias.contracts import checked
from symbias.errors import InputError
from symbias.runner.child import describe
from symbias.runner.collect import collect, find_scripts
from symbias.runner.examine import examinations, examine
from symbias.runner.files import output_folder, slug
from symbias.runner.job import Job, run_job
from symbias.runner.kept import Kept
from symbias.runner.launch import stop_all
from symbias.runner.report import Report, ScriptReport
from symbias.simulate.sweeping import sweeps_on
from symbias.verdicts.verdict import Verdict

TIMEOUT = 120.0
"""Time limit of a script in seconds, unless the run says otherwise."""
SEVERAL = 3
"""From so many scripts on it pays to import once what most of them need."""


@checked
def verify(
    path_or_result: Any,
    rng: Any = None,
    executor: Executor | None = None,
    *,
    full: bool = False,
    out: str | os.PathLike[str] | None = None,
    timeout: float = TIMEOUT,
    workers: int | None = None,
    pdf: bool = True,
    progress: bool | None = None,
    resume: bool = False,
    fresh: bool = False,
) -> Report:
    """Check derivations, compile formulas and run claims.

    Parameters
    ----------
    path_or_result : path, name, object, or sequence of them
        Scripts and directories of scripts, each script run in a child process; or results (those
        registered also by name), derivations, formulas and claims of this session, run here.
    rng : int or numpy.random.Generator, optional
        Seed of the run, 0 by default; each claim has a generator seeded by it and its own title.
    executor : concurrent.futures.Executor, optional
        Where the scripts run side by side; threads by default, since each only waits for a child. On another machine
        the scripts and `out` must be found under the same paths. For objects of this session, where the independent
        simulations inside a claim run: they are made here, one after the other, by default.
    full : bool
        Run at the paper's scale: `at_scale` returns its second argument.
    out : str or os.PathLike, optional
        Directory for ``report.html`` and ``report.json``, and the documents and figures of scripts.
    timeout, workers : float, int, optional
        Seconds for each script; how many run at once (all cores; not used with an executor).
    pdf : bool
        Whether to typeset the documents where a TeX engine is present.
    progress : bool, optional
        Whether to show a progress bar on stderr; by default on a terminal only.
    resume : bool
        Whether to take over what an interrupted run with the same `out` has finished, where script, data, seed, scale,
        package and machine are the same.
    fresh : bool
        Whether to prove every step of the scripts anew. By default a step counts as proved if an earlier run of this
        user has proved it with the same package; comparisons at points and claims are made anew in any case.

    Returns
    -------
    Report
        All verdicts; a script that raises, crashes or does not end is a verdict that fails.

    Raises
    ------
    ScriptError
        If a path does not exist or holds no script.
    InputError
        If there is nothing to test, or an argument is out of range.

    Examples
    --------
    >>> import symbias as sb
    >>> @sb.claim("the golden ratio solves x**2 = x + 1")
    ... def golden():
    ...     return (3 + 5**0.5) / 2, ((1 + 5**0.5) / 2) ** 2
    >>> sb.verify(golden).ok
    True
    """
    seed = _seed(rng)
    several = isinstance(path_or_result, (list, tuple))
    targets = [_meant(target) for target in (path_or_result if several else [path_or_result])]
    _check_limits(timeout, workers)
    if resume and out is None:
        raise InputError(
            "There is nothing to resume.",
            "what an interrupted run has finished is kept beside its results.",
            "Name the directory of the interrupted run with out.",
        )
    if not targets or not all(isinstance(target, (str, os.PathLike)) for target in targets):
        with sweeps_on(executor):
            return _verify_here(targets, seed, out)
    jobs = _jobs(
        find_scripts(targets), Job("", seed, timeout, full=full, pdf=pdf, recall=not fresh)
    )
    if out is None:
        documents = run_all(jobs, executor, workers, progress=progress)
        return Report(tuple(map(script_report, documents)), seed, full)
    folder = output_folder(out)
    kept = Kept(folder, resume=resume)
    try:
        documents = run_all(jobs, executor, workers, progress=progress, kept=kept)
    except BaseException:
        kept.abandon()
        raise
    kept.publish()
    report = Report(tuple(map(script_report, documents)), seed, full)
    report.write(folder)
    return report


def _jobs(scripts: Sequence[Path], model: Job) -> list[Job]:
    taken: set[str] = set()
    return [replace(model, script=str(s), name=slug(s.stem, taken)) for s in scripts]


def _check_limits(timeout: float, workers: int | None) -> None:
    if not timeout > 0 or (workers is not None and workers < 1):
        raise InputError(
            f"A run cannot have the time limit {timeout} and {workers} workers.",
            remedy="Both must be positive.",
        )


def _meant(target: Any) -> Any:
    """Return the registered result that a name stands for, unless it is the name of a file."""
    registered = {entry.name for entry in catalogue()}
    named = isinstance(target, str) and target in registered and not Path(target).exists()
    return catalogue()[target] if named else target


def run_all(
    jobs: Sequence[Job],
    executor: Executor | None = None,
    workers: int | None = None,
    *,
    progress: bool | None = None,
    kept: Kept | None = None,
) -> list[dict[str, Any]]:
    """Run jobs side by side.

    Parameters
    ----------
    jobs : sequence of Job
        One per script.
    executor : concurrent.futures.Executor, optional
        Threads when left out.
    workers : int, optional
        Number of threads, all cores by default.
    progress : bool, optional
        Whether to show a bar; by default on a terminal only.
    kept : Kept, optional
        Where files are written and finished jobs are kept, and where those of an interrupted run are found.

    Returns
    -------
    list of dict
        What each child wrote down, in the order of the jobs.

    Examples
    --------
    >>> run_all([])
    []
    """
    jobs = [replace(job, several=len(jobs) >= SEVERAL) for job in jobs]
    if kept is not None:
        jobs = [replace(job, folder=str(kept.folder)) for job in jobs]
    taken = {job: found for job in jobs if kept and (found := kept.take(job)) is not None}
    left = [job for job in jobs if job not in taken]
    if executor is not None:
        return _gather(executor, jobs, taken, kept, progress)
    own = ThreadPoolExecutor(min(workers or os.cpu_count() or 1, max(len(left), 1)))
    try:
        return _gather(own, jobs, taken, kept, progress)
    finally:
        own.shutdown(wait=True, cancel_futures=True)


def _gather(
    executor: Executor,
    jobs: Sequence[Job],
    taken: dict[Job, dict[str, Any]],
    kept: Kept | None,
    progress: bool | None,
) -> list[dict[str, Any]]:
    futures = {executor.submit(run_job, job): job for job in jobs if job not in taken}
    try:
        for future in _bar(as_completed(futures), len(futures), progress):
            taken[futures[future]] = future.result()
            if kept is not None:
                kept.keep(futures[future], future.result())
    except KeyboardInterrupt:
        _abandon(list(futures))
        raise
    return [taken[job] for job in jobs]


def _abandon(futures: Sequence[Future[dict[str, Any]]]) -> None:
    """Stop what runs here; jobs elsewhere are cancelled, and their children end with their parent."""
    for future in futures:
        future.cancel()
    for _ in range(50):
        stop_all()
        if not wait(futures, timeout=0.1).not_done:
            return


def _bar(done: Iterable[Any], total: int, progress: bool | None) -> Iterable[Any]:
    if not (sys.stderr.isatty() if progress is None else progress):
        return done
    from tqdm import tqdm

    return tqdm(
        done,
        total=total,
        desc="verify",
        unit="script",
        file=sys.stderr,
        leave=False,
        mininterval=0.0,  # scripts are few: each is shown, however soon after the last
    )


def script_report(document: dict[str, Any]) -> ScriptReport:
    """Return what a child wrote down as a report of its script.

    Parameters
    ----------
    document : dict
        See `symbias.runner.child`.

    Returns
    -------
    ScriptReport
        With verdicts as objects.

    Examples
    --------
    >>> script_report({"name": "x", "rows": []}).name
    'x'
    """
    rows = tuple(Verdict(**row) for row in document["rows"])
    return ScriptReport(document["name"], rows, document)


def _verify_here(targets: Sequence[Any], seed: int, out: Any) -> Report:
    items = collect(targets)
    if not items.testable:
        kinds = ", ".join(sorted({type(target).__name__ for target in targets})) or "nothing"
        raise InputError(
            f"There is nothing to verify in {kinds}.",
            "a list that mixes paths with objects, or an object without derivation and claims",
            "Pass paths, or results, derivations, formulas and claims.",
        )
    rows = tuple(examine(item)[0] for item in examinations(items, seed))
    document = {
        "derivations": [describe(derivation) for derivation in items.derivations],
        "tables": [table.to_dict() for table in items.tables],
    }
    report = Report((ScriptReport("session", rows, document),), seed)
    if out is not None:
        report.write(output_folder(out))
    return report


def _seed(rng: Any) -> int:
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**32))
    if rng is None:
        return 0
    if not isinstance(rng, (int, np.integer)) or isinstance(rng, bool) or rng < 0:
        raise InputError(
            f"{rng!r} is no seed.", remedy="Pass an integer >= 0 or a numpy.random.Generator."
        )
    return int(rng)
