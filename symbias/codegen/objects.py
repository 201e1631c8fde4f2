"""Machine code of vector kernels on disk, beside the generated modules.

A file is named by the module and by a hash of the processor, its features and the versions of the
compiler; it begins with the hash of what follows, the key of the module and that of the machine.
What is truncated, edited, foreign or made elsewhere is made again. As everything in the directory,
it is believed only because nobody else can write there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from symbias.codegen.directory import own_bytes
from symbias.codegen.store import Stored, beside, lock
from symbias.codegen.vector.machine import Loaded, compile_ir, machine_key

_loaded: dict[tuple[str, Path], Loaded] = {}


def executable(stored: Stored, write: Callable[[], str]) -> Loaded:
    """Return the machine code of a module, from memory, from disk or made anew.

    Parameters
    ----------
    stored : Stored
        The module.
    write : callable
        Returns the LLVM IR; called only if there is no intact file.

    Returns
    -------
    Loaded
        Safe to be called from several threads at once.

    Examples
    --------
    >>> from symbias.codegen.kernel import compile_expression
    >>> from symbias.sym.symbols import real
    >>> kernel = compile_expression(real("x") ** 2, [real("x")])
    >>> kernel(3.0)
    9.0
    """
    with lock:
        place = stored.key, stored.path.parent
        found = _loaded.get(place)
        if found is None:
            found = _loaded[place] = Loaded(_object(stored, write))
        return found


def object_path(stored: Stored) -> Path:
    """Return the file of a module's machine code for this processor.

    Parameters
    ----------
    stored : Stored
        The module.

    Returns
    -------
    pathlib.Path
        Beside the module.

    Examples
    --------
    >>> object_path(Stored("00", "", Path("/x/k_00.py"), False, "")).suffix
    '.o'
    """
    return stored.path.with_name(f"{stored.path.stem}.{machine_key()[:16]}.o")


def _object(stored: Stored, write: Callable[[], str]) -> bytes:
    """Return the object code, written to disk if it was not there."""
    path = object_path(stored)
    origin = _origin(stored)
    code = _read(path, origin)
    if code is None:
        code = compile_ir(write())
        content = origin + code
        # A disk that is full or read-only costs another compilation later, nothing now.
        with (
            contextlib.suppress(OSError),
            beside(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content) as name,
        ):
            os.replace(name, path)  # noqa: PTH105 - atomic on every platform
    return code


def _origin(stored: Stored) -> bytes:
    """Return the line that says what machine code was made from and for."""
    text = hashlib.sha256(stored.source.encode("utf-8")).hexdigest()
    return f"{stored.key} {text} {machine_key()}\n".encode()


def _read(path: Path, origin: bytes) -> bytes | None:
    """Return the object code of an intact file of this origin, or None."""
    try:
        seal, _, content = own_bytes(path).partition(b"\n")
    except OSError:
        return None
    intact = seal == hashlib.sha256(content).hexdigest().encode()
    return content[len(origin) :] if intact and content.startswith(origin) else None
