"""Generated modules: found by key, checked by hash, written once, loaded once.

A module's file is named by its key and never rewritten while it is intact: Numba trusts time stamps
and sizes, not contents. What is truncated, edited or foreign fails the hash in its first line, and
is replaced in one step together with the machine code beside it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from symbias.codegen.directory import (
    Directory,
    cache_directory,
    own_bytes,
    private_directory,
    replacement,
)
from symbias.codegen.seal import is_intact


@dataclass(frozen=True)
class Stored:
    """A generated module, found or written.

    Parameters
    ----------
    key : str
        Its content key.
    source : str
        Its text.
    path : pathlib.Path
        Its file.
    found : bool
        Whether it was there already (in memory or on disk).
    note : str
        Why it is not in the usual directory; empty if it is.
    """

    key: str
    source: str
    path: Path
    found: bool
    note: str


lock = threading.RLock()
"""Held while anything is looked for, made or loaded."""

_loaded: dict[tuple[str, Path], Stored] = {}
_modules: dict[tuple[str, Path], Any] = {}


def load(key: str, write: Callable[[], str]) -> Stored:
    """Return the module of a key, written first if it is nowhere.

    Parameters
    ----------
    key : str
        The content key.
    write : callable
        Returns the module's text; called only if no intact file is found.

    Returns
    -------
    Stored
        The module; safe under threads and concurrent processes.

    Raises
    ------
    CacheError
        If no directory can be written.

    Examples
    --------
    >>> from symbias.codegen.kernel import compile_expression
    >>> from symbias.sym.symbols import real
    >>> kernel = compile_expression(real("x") ** 2, [real("x")])
    >>> load(kernel.key, lambda: "").found
    True
    """
    with lock:
        directory = cache_directory()
        known = _loaded.get((key, directory.path))
        if known is None or not known.path.exists():
            known = _loaded[key, directory.path] = _load(key, directory, write)
            return known
        return replace(known, found=True)


def _load(key: str, directory: Directory, write: Callable[[], str]) -> Stored:
    path = directory.path / f"k_{key[:32]}.py"
    text = _read(path, key)
    found = text is not None
    if text is None:
        text = write()
        try:
            _write_once(path, text, key)
        except OSError as error:
            directory = replacement(directory, error)
            path = directory.path / path.name
            _write_once(path, text, key)
    return Stored(key, text, path, found, directory.note)


def module_of(stored: Stored) -> Any:
    """Return the executed module: ``loop`` is Numba's, compiled when it is first called.

    Parameters
    ----------
    stored : Stored
        What `load` returned.

    Returns
    -------
    module
        One per key and directory.

    Examples
    --------
    >>> from symbias.codegen.kernel import compile_expression
    >>> from symbias.sym.symbols import real
    >>> module_of(compile_expression(real("x") ** 2, [real("x")]).stored).OPERATIONS
    (1, 1)
    """
    with lock:
        place = stored.key, stored.path.parent
        module = _modules.get(place)
        if module is None:
            module = _modules[place] = _executed(stored)
        return module


def _executed(stored: Stored) -> Any:
    """Return the module; from a file of this process's own if the one that was found is gone."""
    try:
        return _execute(stored.path, stored.source, stored.key)
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        # Numba wants a file beside which to keep machine code, and somebody has removed ours.
        path = private_directory() / stored.path.name
        _write_once(path, stored.source, stored.key)
        return _execute(path, stored.source, stored.key)


def _read(path: Path, key: str) -> str | None:
    """Return the text of an intact module of this key, or None."""
    try:
        text = own_bytes(path).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return text if is_intact(text) and f'\nKEY = "{key}"\n' in text else None


def _write_once(path: Path, text: str, key: str) -> None:
    """Put a module in place in one step; an intact one that came first stays."""
    with beside(path, text.encode("utf-8")) as name:
        if _read(path, key) is None:
            discard_machine_code(path)
            os.replace(name, path)  # noqa: PTH105 - atomic on every platform


@contextlib.contextmanager
def beside(path: Path, content: bytes) -> Iterator[str]:
    """Write a temporary file in the directory of another, to be put in its place in one step.

    Parameters
    ----------
    path : pathlib.Path
        The file to come.
    content : bytes
        What is written.

    Yields
    ------
    str
        The name of the temporary file; it is removed at the end if it is still there.

    Examples
    --------
    >>> from symbias.codegen.directory import private_directory
    >>> with beside(private_directory() / "x", b"1") as name:
    ...     Path(name).read_bytes()
    b'1'
    """
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def discard_machine_code(path: Path) -> None:
    """Remove what is kept for a module besides its text.

    Parameters
    ----------
    path : pathlib.Path
        The module's file.

    Examples
    --------
    >>> discard_machine_code(Path("/nowhere/k_0.py"))
    """
    pycache = path.parent / "__pycache__"
    for artefact in (*pycache.glob(f"{path.stem}.*"), *path.parent.glob(f"{path.stem}.*.o")):
        with contextlib.suppress(FileNotFoundError):
            artefact.unlink()


@contextlib.contextmanager
def _beside_the_source() -> Iterator[None]:
    """Make Numba keep machine code beside the module, not in a directory that others may share."""
    from numba import config

    shared, config.CACHE_DIR = config.CACHE_DIR, ""
    try:
        yield
    finally:
        config.CACHE_DIR = shared


def _execute(path: Path, text: str, key: str) -> Any:
    """Return the module made from a verified text.

    Numba pickles references to it by name, so it is registered under a name that is the same in
    every process, before its code runs.
    """
    from numba import config

    from symbias.codegen.numba_files import sealed_files
    from symbias.codegen.plain import make_plain, plain_code

    name = f"symbias_kernel_{key[:32]}"
    module: Any = ModuleType(name)
    module.__file__ = str(path)
    code = compile(text, str(path), "exec")
    if config.DISABLE_JIT:
        import numpy as np

        module.float64 = np.float64
        code = plain_code(text, str(path))
    sys.modules[name] = module
    with _beside_the_source():
        exec(code, module.__dict__)  # noqa: S102 - our own text, its hash verified
    if config.DISABLE_JIT:
        make_plain(module.__dict__)
    else:
        sealed_files(module.loop, key)
    return module
