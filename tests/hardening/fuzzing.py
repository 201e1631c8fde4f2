"""The law of the public surface: a call returns or is refused by an error of the package, in time; no text is run.

A call is taken from the table, some of its arguments are replaced by hostile ones, and what happens is judged. Every
attempt is determined by the seed and its number.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import random
import signal
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from hostile import CANARY, damaged, hostile

import symbias as sb

SECONDS = 60.0
"""Of processor time for one call; the longest budget inside the package is 20 s."""


@dataclass(frozen=True)
class Call:
    """A call that works: a function, and a maker of its arguments (fresh ones each time)."""

    name: str
    function: Callable[..., Any]
    arguments: Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]
    weight: float = 1.0
    also: tuple[type[BaseException], ...] = ()  # what Python itself wants to be raised


def call(name: str, function: Any, make: Any = tuple, weight: float = 1.0, /, **named: Any) -> Call:
    """Return an entry of the table; `make` returns the positional arguments, `named` are the others."""
    return Call(name, function, lambda: (tuple(make()), dict(named)), weight)


class _TooLongError(BaseException):
    """Not an `Exception`: nothing on the way may swallow it."""


@dataclass
class Watch:
    """Reports text that is compiled or run as code."""

    on: bool = False
    seen: list[str] = field(default_factory=list)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "compile" and _holds_canary(args[0]):
            self.seen.append(f"compiled {args[0]!r:.200}")
        elif event == "exec" and isinstance(args[0], CodeType) and _names_canary(args[0]):
            self.seen.append(f"ran {args[0]!r}")
        elif event == "os.system" or (event == "subprocess.Popen" and CANARY in repr(args[:1])):
            self.seen.append(f"{event} {args!r:.200}")


def _holds_canary(source: Any) -> bool:
    text = source.decode(errors="replace") if isinstance(source, bytes) else source
    return isinstance(text, str) and CANARY in text


def _names_canary(code: CodeType) -> bool:
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return any(CANARY in name for name in code.co_names) or any(map(_names_canary, inner))


WATCH = Watch()
_hooked: list[Watch] = []


def _hook() -> None:
    if not _hooked:  # an audit hook stays for the life of the process
        sys.addaudithook(WATCH)
        _hooked.append(WATCH)


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def expired(*_: Any) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGPROF, expired)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt."""

    kind: str  # returned, refused, miscalled; or a breach: traceback, too long, evaluated
    name: str
    shown: str
    details: str = ""

    @property
    def is_breach(self) -> bool:
        return self.kind in {"traceback", "too long", "evaluated"}

    def __str__(self) -> str:
        return f"{self.kind}: {self.shown}\n{self.details}"


def attempt(calls: list[Call], seed: int, number: int) -> Outcome:
    """Make the attempt of this number."""
    rng = random.Random(f"{seed}/{number}")
    chosen = rng.choices(calls, [c.weight for c in calls])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        args, named = _spoilt(*chosen.arguments(), rng)
    return judge(chosen, args, named, f"attempt {number}")


def _spoilt(args: tuple[Any, ...], named: dict[str, Any], rng: random.Random) -> Any:
    """Return the arguments with some of them replaced, now and then one too many or too few."""
    slots: list[Any] = [*range(len(args)), *named]
    places = list(args)
    for slot in rng.sample(slots, min(len(slots), rng.choice([1, 1, 1, 2, 3]))):
        where: Any = places if isinstance(slot, int) else named
        where[slot] = damaged(where[slot], rng) if rng.random() < 0.5 else hostile(rng)
    kind = rng.random()
    if kind < 0.02:
        places.append(hostile(rng))
    elif kind < 0.04 and places:
        places.pop()
    elif kind < 0.06:
        named[rng.choice(["unknown", CANARY])] = hostile(rng)
    return tuple(places), named


def judge(chosen: Call, args: tuple[Any, ...], named: dict[str, Any], label: str) -> Outcome:
    """Make a call and say what became of it."""
    _hook()
    shown = f"{label}, {chosen.name}(*{_shown(args)}, **{_shown(named)})"
    WATCH.seen.clear()
    WATCH.on = True
    kind, details = "returned", ""
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            _limited(SECONDS),
        ):
            warnings.simplefilter("ignore")
            _look_at(chosen.function(*args, **named))
    except sb.SymbiasError as error:
        kind = "refused" if str(error).strip() else "traceback"
    except chosen.also:
        kind = "refused"
    except _TooLongError:
        kind, details = "too long", f"more than {SECONDS} s\n{traceback.format_exc()[-1500:]}"
    except TypeError:
        kind = "traceback" if _binds(chosen.function, args, named) else "miscalled"
        details = traceback.format_exc()
    except Exception:  # noqa: BLE001 - the law is about all of them
        kind, details = "traceback", traceback.format_exc()
    finally:
        WATCH.on = False
    if WATCH.seen or Path(CANARY).exists():
        kind, details = "evaluated", "\n".join(WATCH.seen) + f"\n{details}"
    return Outcome(kind, chosen.name, shown, details)


def _look_at(result: Any) -> None:
    """Ask an answer of the package how it is shown: what is broken inside must not have been returned."""
    if str(type(result).__module__).startswith("symbias"):
        repr(result)
        for name in ("_repr_latex_", "_repr_html_"):
            if hasattr(type(result), name):
                getattr(result, name)()


def _binds(function: Any, args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(*args, **named)
    except TypeError:
        return False
    return True


def _shown(value: Any) -> str:
    try:
        return ascii(value)[:400]
    except Exception:  # noqa: BLE001 - some values cannot even be shown
        return f"<{type(value).__name__}>"


def run(calls: list[Call], seed: int, attempts: range) -> tuple[Counter[str], list[Outcome]]:
    """Make many attempts; return how often each kind occurred, and the breaches."""
    counts: Counter[str] = Counter()
    breaches = []
    for number in attempts:
        outcome = attempt(calls, seed, number)
        counts[outcome.kind] += 1
        if outcome.is_breach:
            breaches.append(outcome)
    return counts, breaches
