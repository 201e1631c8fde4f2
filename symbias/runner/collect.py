"""Collect: find the scripts of a path, load one, and find what it defines that can be put to the test."""

from __future__ import annotations

import ast
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from symbias.errors import ScriptError
from symbias.present.figure import Figure
from symbias.sym.derivation import Derivation
from symbias.sym.evidence import GIVEN
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim
from symbias.verdicts.statements import PaperTable

DEPTH = 3
"""How deep containers are searched; a dict may contain itself."""


@dataclass(frozen=True)
class Collection:
    """What a script defines, each in the order of definition and once.

    Parameters
    ----------
    derivations, formulas, claims, figures, tables : tuple
        The objects.

    Examples
    --------
    >>> Collection((), (), (), (), ()).testable
    False
    """

    derivations: tuple[Derivation, ...]
    formulas: tuple[Formula, ...]
    claims: tuple[Claim, ...]
    figures: tuple[Figure, ...]
    tables: tuple[PaperTable, ...]

    @property
    def testable(self) -> bool:
        """Whether there is a step or a claim that could fail."""
        steps = any(derivation.evidence != GIVEN for derivation in self.derivations)
        return steps or bool(self.claims)


def find_scripts(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the scripts that paths stand for.

    Parameters
    ----------
    paths : iterable of str or os.PathLike
        Files, or directories whose ``*.py`` are meant, but not those named ``_*`` or ``.*``.

    Returns
    -------
    list of pathlib.Path
        Absolute, each once, in the order given and sorted within a directory.

    Raises
    ------
    ScriptError
        If a path does not exist, is no Python file, or a directory holds no script.

    Examples
    --------
    >>> find_scripts(["no_such_script.py"])
    Traceback (most recent call last):
        ...
    symbias.errors.ScriptError: no_such_script.py does not exist...
    """
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_scripts_of(Path(path))))
    return list(found)


def _scripts_of(path: Path) -> list[Path]:
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise ScriptError(
            f"No file has the name {str(path)[:60]!r}...: {error.strerror}.",
            remedy="Check the spelling of the path.",
        ) from None
    if is_folder:
        scripts = sorted(p for p in path.glob("*.py") if p.name[0] not in "_." and p.is_file())
        if not scripts:
            raise ScriptError(
                f"The directory {path} holds no derivation script.",
                remedy="Name a directory with *.py files; those that begin with _ are left out.",
            )
        return [script.absolute() for script in scripts]
    if not path.exists():
        raise ScriptError(f"{path} does not exist.", remedy=_alternatives(path))
    if path.suffix != ".py":
        raise ScriptError(
            f"{path} is not a Python script.", remedy="Name a .py file or a directory."
        )
    return [path.absolute()]


def _alternatives(path: Path) -> str:
    from difflib import get_close_matches

    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    close = get_close_matches(path.name, beside, n=1)
    return f"Did you mean {path.parent / close[0]}?" if close else "Check the spelling of the path."


def load(script: Path) -> dict[str, Any]:
    """Run a script under a module name of its own and return its names.

    Parameters
    ----------
    script : pathlib.Path
        The script.

    Returns
    -------
    dict
        Name -> object, in the order of definition.

    Raises
    ------
    ScriptError
        If two claims or figures share a function name: the first would be lost unseen.
    Exception
        Whatever the script raises.

    Examples
    --------
    >>> import tempfile
    >>> script = Path(tempfile.mkdtemp()) / "one.py"
    >>> _ = script.write_text("x = 1")
    >>> load(script)["x"]
    1
    """
    code = _compiled(script)
    module = ModuleType(f"symbias_script_{script.stem}")
    module.__file__ = str(script)
    sys.modules[module.__name__] = module
    exec(code, module.__dict__)  # noqa: S102 - running the user's script is the purpose
    return vars(module)


def _compiled(script: Path) -> CodeType:
    # Compiled from the source each time: a cached .pyc is keyed by size and second of change, and a
    # flipped sign changes neither.
    tree = ast.parse(script.read_bytes(), filename=str(script))
    names = Counter(
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.decorator_list
    )
    lost = [name for name, count in names.items() if count > 1]
    if lost:
        raise ScriptError(
            f"{script.name} defines {', '.join(lost)} more than once; only the last would be seen.",
            remedy="Give every claim and figure a function name of its own.",
        )
    return compile(tree, str(script), "exec")


def collect(namespace: Mapping[str, Any] | Iterable[Any]) -> Collection:
    """Find what can be tested or shown among the values of a namespace.

    Parameters
    ----------
    namespace : mapping or iterable
        Objects, or lists, tuples and dicts of them. What a claim is about, what a derivation
        concluded and the derivation behind a formula belong to it.

    Returns
    -------
    Collection
        Each object once.

    Examples
    --------
    >>> import symbias as sb
    >>> @sb.claim("one is one")
    ... def one():
    ...     return 1, 1
    >>> collect([one, {"again": one}]).claims
    (Claim 'one is one'  [==, equality],)
    """
    values = namespace.values() if isinstance(namespace, Mapping) else namespace
    unique = {id(thing): thing for value in list(values) for thing in _reachable(value)}
    found = list(unique.values())
    return Collection(
        derivations=tuple(thing for thing in found if isinstance(thing, Derivation)),
        formulas=tuple(thing for thing in found if isinstance(thing, Formula)),
        claims=tuple(thing for thing in found if isinstance(thing, Claim)),
        figures=tuple(thing for thing in found if isinstance(thing, Figure)),
        tables=tuple(thing for thing in found if isinstance(thing, PaperTable)),
    )


def _reachable(value: Any, depth: int = DEPTH) -> Iterator[Any]:
    """Yield a value and what hangs on it."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value if depth else ():
            yield from _reachable(item, depth - 1)
    elif _is_result(value):
        yield from _reachable([value.derivation, value.formula, *value.claims])
    elif isinstance(value, Formula):
        yield from [value.derivation] if value.derivation is not None else []
        yield value
    elif isinstance(value, Derivation):
        yield value
        yield from value.formulas
    elif isinstance(value, Claim):
        yield from _reachable(value.of)
        yield value
    elif isinstance(value, (Figure, PaperTable)):
        yield value


def _is_result(value: Any) -> bool:
    """Whether a value answers the questions of a result, whichever room its class lives in."""
    cls = type(value)
    return not isinstance(value, type) and all(
        hasattr(cls, name) or name in getattr(cls, "__annotations__", {})
        for name in ("derivation", "formula", "claims")
    )
