"""Guard: whatever a user's script raises becomes one paragraph, and the others still run."""

from __future__ import annotations

import traceback
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from symbias.errors import SymbiasError


class Guard(AbstractContextManager["Guard"]):
    """Catch what foreign code raises, ``sys.exit`` included, but not an interrupt from the keyboard.

    Parameters
    ----------
    script : pathlib.Path or None
        The script whose line is to be named.

    Attributes
    ----------
    message : str
        One paragraph, empty if nothing was raised.
    trace : str
        The traceback, empty if nothing was raised.

    Examples
    --------
    >>> with Guard() as guard:
    ...     1 / 0
    >>> guard.message.partition(".")[0]
    'ZeroDivisionError: division by zero'
    """

    def __init__(self, script: Path | None = None) -> None:
        self.script, self.message, self.trace = script, "", ""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None or not isinstance(error, (Exception, SystemExit)):
            return False
        self.message = describe(error, self.script)
        self.trace = "".join(traceback.format_exception(error))
        return True


def describe(error: BaseException, script: Path | None = None) -> str:
    """Say in one paragraph what was raised, where in the script, and what to do.

    Parameters
    ----------
    error : BaseException
        What was raised.
    script : pathlib.Path, optional
        The script.

    Returns
    -------
    str
        One paragraph without line breaks.

    Examples
    --------
    >>> describe(SystemExit(3))
    'The script called sys.exit(3). What to do: Leave it out, or guard it by __name__.'
    """
    if isinstance(error, SystemExit):
        remedy = "Leave it out, or guard it by __name__."
        return f"The script called sys.exit({error.code!r}){_place(error, script)}. What to do: {remedy}"
    if isinstance(error, SymbiasError):
        return " ".join(f"{error}{_in_brackets(error, script)}".split())
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    said = " ".join(text.split()).rstrip(".")[:1000]
    head = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return f"{head}{_place(error, script)}. What to do: Correct the script; --traceback shows the calls."


def _place(error: BaseException, script: Path | None) -> str:
    if script is None:
        return ""
    if isinstance(error, SyntaxError) and error.filename == str(script):
        return f" at line {error.lineno} of {script.name}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(script)]
    return f" at line {lines[-1]} of {script.name}" if lines else f" in {script.name}"


def _in_brackets(error: BaseException, script: Path | None) -> str:
    place = _place(error, script)
    return f" (Raised{place}.)" if place else ""
