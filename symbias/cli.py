"""The command line: verify, derive, latex, list, show, cite, about.

Exit status: 0 all hold; 1 a claim or a step fails; 2 the call was wrong; 130 interrupted; 143 terminated. Results go to
stdout, errors to stderr as one paragraph. Each command loads what it needs, so that ``--help`` is fast.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symbias import __version__
from symbias.errors import InputError, ScriptError, SymbiasError

INTERRUPTED = 130
TERMINATED = 143
WRONG_CALL = 2

EXAMPLES: dict[str, str] = {
    "symbias": """examples:
  symbias verify derivations --out report    check, compile and verify every script of a directory
  symbias list                               the registered results
  symbias latex relu_angle_kernel            the LaTeX of a result
  symbias cite relu_angle_kernel             the BibTeX behind it

exit status: 0 all hold, 1 a claim or a step fails, 2 the call was wrong""",
    "verify": """examples:
  symbias verify derivations                 every script of a directory
  symbias verify mine.py --out report        also write report.html, report.json, .tex and PDF
  symbias verify mine.py --full --timeout 3600 --seed 1
  symbias verify . --out report --resume     go on where an interrupted run has stopped
  symbias verify relu_angle_kernel           the claims of a registered result""",
    "derive": """example:
  symbias derive derivations/polyak1964_heavy_ball.py""",
    "latex": """examples:
  symbias latex relu_angle_kernel
  symbias latex derivations/polyak1964_heavy_ball.py --level full --out heavy_ball.tex""",
    "list": """examples:
  symbias list
  symbias list relu""",
    "show": """example:
  symbias show relu_angle_kernel""",
    "cite": """examples:
  symbias cite relu_angle_kernel
  symbias cite woodworth2020""",
    "about": """example:
  symbias about""",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of the process when left out.

    Returns
    -------
    int
        The exit status.

    Examples
    --------
    >>> main(["cite", "polyak1964"])
    @article{polyak1964,
    ...
    0
    """
    options = parser().parse_args(arguments)
    try:
        with _ended_by_signal():
            return int(options.command(options))
    except SymbiasError as error:
        _complain(f"symbias: {' '.join(str(error).split())}")
        return WRONG_CALL
    except KeyboardInterrupt as interrupt:
        kept = " What has finished is kept: --resume goes on from there." * bool(
            getattr(options, "out", None) and "resume" in options
        )
        _complain(f"symbias: interrupted; what was running has been stopped.{kept}")
        return TERMINATED if isinstance(interrupt, _Terminated) else INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone, as in `symbias list | head -1`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Terminated(KeyboardInterrupt):
    """The system asked the process to end: it ends as if it was interrupted from the keyboard."""


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    def end(_signal: int, _frame: Any) -> None:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may listen
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line.

    Returns
    -------
    argparse.ArgumentParser
        With one subcommand per question.

    Examples
    --------
    >>> parser().parse_args(["cite", "polyak1964"]).name
    'polyak1964'
    """
    top = argparse.ArgumentParser(
        prog="symbias",
        description="Closed-form implicit bias: derived, printed, compiled and verified.",
        epilog=EXAMPLES["symbias"],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"symbias {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _verify_options(_add(commands, "verify", _verify, "check derivations and run claims"))
    derive = _add(commands, "derive", _derive, "check the steps of a script, without its claims")
    derive.add_argument("script", metavar="SCRIPT")
    _run_options(derive)
    latex = _add(commands, "latex", _latex, "print the LaTeX of a script or a registered result")
    latex.add_argument("source", metavar="SCRIPT-or-RESULT")
    latex.add_argument("--level", choices=("statement", "steps", "full"), default="steps")
    latex.add_argument("--out", metavar="FILE", help="write it there instead of printing it")
    _run_options(latex)
    listing = _add(commands, "list", _list, "list the registered results")
    listing.add_argument("text", nargs="?", default="", help="only those that mention it")
    for name, action, line in (
        ("show", _show, "derive a registered result and show its steps"),
        ("cite", _cite, "print the BibTeX of a result or a citation key"),
    ):
        _add(commands, name, action, line).add_argument("name", metavar="NAME")
    _add(commands, "about", _about, "describe the installation, for bug reports")
    return top


def _add(commands: Any, name: str, action: Any, line: str) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        help=line,
        description=line[0].upper() + line[1:] + ".",
        epilog=EXAMPLES[name],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    added.set_defaults(command=action)
    return added


def _verify_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", nargs="+", metavar="PATH", help="scripts, directories, or names of results"
    )
    command.add_argument(
        "--out", metavar="DIR", help="write the report, documents and figures there"
    )
    command.add_argument("--full", action="store_true", help="run at the paper's scale")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the run (0)")
    command.add_argument("--workers", type=int, metavar="N", help="scripts at once (all cores)")
    command.add_argument("--no-pdf", action="store_true", help="do not typeset the documents")
    command.add_argument(
        "--resume", action="store_true", help="take over what an interrupted run has finished"
    )
    command.add_argument(
        "--fresh",
        action="store_true",
        help="prove every step anew, also those proved by earlier runs",
    )
    _run_options(command)


def _run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--timeout", type=float, default=120.0, metavar="S", help="seconds for each script (120)"
    )
    command.add_argument("--traceback", action="store_true", help="show the calls behind an error")


def _verify(options: argparse.Namespace) -> int:
    from symbias.runner.verify import verify

    report = verify(
        options.paths,
        options.seed,
        full=options.full,
        out=options.out,
        timeout=options.timeout,
        workers=options.workers,
        pdf=not options.no_pdf,
        resume=options.resume,
        fresh=options.fresh,
    )
    _say(report)
    if options.out:
        _say(f"written: {Path(options.out) / 'report.html'}")
    _print_traces([script.document for script in report.scripts if script.document], options)
    return report.exit_status


def _derive(options: argparse.Namespace) -> int:
    document = _one_script(options, level="")
    for derivation in document["derivations"]:
        _say(f"{derivation['title']}  [{derivation['evidence']}]")
        for number, step in enumerate(derivation["steps"], 1):
            line = f"{step['relation']} {step['expr']}".strip()
            _say(f"{number:>4}  {step['grade']:<8} {line}    ({step['because']})")
        for formula in derivation["formulas"]:
            _say(f"      {formula}")
    return _failures(document, options)


def _latex(options: argparse.Namespace) -> int:
    from symbias.runner.files import write_whole

    if options.source.endswith(".py") or os.sep in options.source or Path(options.source).exists():
        document = _one_script(options, level=options.level)
        text = "\n\n".join(derivation["latex"] for derivation in document["derivations"])
        status = _failures(document, options)
    else:
        text, status = _derivation(options.source).latex(options.level), 0
    if status == 0 and options.out:
        write_whole(Path(options.out).absolute(), text + "\n")
    elif status == 0:
        _say(text)
    return status


def _one_script(options: argparse.Namespace, level: str) -> dict[str, Any]:
    from symbias.runner.collect import find_scripts
    from symbias.runner.job import Job
    from symbias.runner.verify import run_all

    path = options.script if "script" in options else options.source
    scripts = find_scripts([path])
    if len(scripts) > 1:
        raise InputError(f"{path} holds {len(scripts)} scripts.", remedy="Name one of them.")
    job = Job(str(scripts[0]), timeout=options.timeout, claims=False, level=level)
    document = run_all([job], progress=False)[0]
    if document["complete"] and not document["derivations"] and not document["traces"]:
        raise ScriptError(f"{path} defines no derivation.", remedy="Use sb.Derivation in it.")
    return document


def _failures(document: dict[str, Any], options: argparse.Namespace) -> int:
    failed = [row for row in document["rows"] if not row["holds"]]
    for row in failed:
        _complain(f"FAILS: {row['title']}: {row['message']}")
    _print_traces([document], options)
    return 1 if failed else 0


def _print_traces(documents: Sequence[dict[str, Any]], options: argparse.Namespace) -> None:
    for trace in (t for document in documents for t in document["traces"] if options.traceback):
        _complain(f"\n{trace['title']}\n{trace['trace']}")


def _derivation(name: str) -> Any:
    from symbias._catalogue import catalogue

    return catalogue()[name].derivation


def _list(options: argparse.Namespace) -> int:
    from symbias._catalogue import catalogue

    _say(catalogue().find(options.text))
    return 0


def _show(options: argparse.Namespace) -> int:
    from symbias._catalogue import catalogue

    entry = catalogue().entry(options.name)
    _say(f"{entry.name}  ({entry.room}; {', '.join(entry.cites)})\n{entry.title}\n")
    derivation = _derivation(options.name)
    _say(derivation)
    for formula in derivation.formulas:
        _say(formula)
        _say(f"domain: {', '.join(map(str, formula.domain)) or 'as its symbols'}")
    return 0


def _cite(options: argparse.Namespace) -> int:
    from symbias.citations import cite

    _say(cite(options.name).rstrip())
    return 0


def _about(_: argparse.Namespace) -> int:
    from symbias._about import about

    _say(about())
    return 0
