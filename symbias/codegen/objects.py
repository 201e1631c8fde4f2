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

import numpy as np

from symbias.codegen.directory import own_bytes
from symbias.codegen.store import Stored, beside, lock
from symbias.codegen.vector.ir import LANES
from symbias.codegen.vector.machine import Loaded, compile_ir, machine_key

ENOUGH = 1 << 20
"""Points after which better machine code has saved as much time as it takes to make it, however long the code is."""

_loaded: dict[tuple[str, Path], Executable] = {}


class Executable:
    """The machine code of a module: made in haste at first, and with care once it has served many points.

    LLVM makes code for 1,000 statements in 0.03 s without any effort and in 0.18 s with some. What it makes in haste
    is 1.4 to 1.6 times slower and gives the same bits, since nothing that changes rounding is ever allowed.

    Parameters
    ----------
    stored : Stored
        The module.
    write : callable
        Returns the LLVM IR; called only where there is no intact file.

    Examples
    --------
    >>> from symbias.codegen.kernel import compile_expression
    >>> from symbias.sym.symbols import real
    >>> kernel = compile_expression(3 * real("x"), [real("x")])
    >>> kernel(1.0)
    3.0
    >>> found, out = executable(kernel.stored, lambda: "is there already"), np.empty((1, 2))
    >>> found([np.array([1.0, 2.0])], [1], out)
    >>> found.careful, out
    (False, array([[3., 6.]]))
    """

    def __init__(self, stored: Stored, write: Callable[[], str]) -> None:
        self._stored, self._write, self._points = stored, write, 0
        code = _read(object_path(stored), _origin(stored))
        self.careful = code is not None
        self._code = Loaded(_object(stored, write, careful=False) if code is None else code)

    def __call__(self, inputs: list[np.ndarray], steps: list[int], out: np.ndarray) -> None:
        """Fill the outputs; see `Loaded`. Safe to be called from several threads at once."""
        self._serving(out.shape[1])(inputs, steps, out)

    def run(self, groups: int, table: int, out: int, stride: int) -> None:
        """Run whole groups of points whose places are known.

        Parameters
        ----------
        groups : int
            How many.
        table : int
            Address of the addresses of the inputs, each with the numbers from a group to the next.
        out : int
            Address of the outputs.
        stride : int
            Numbers from a row of outputs to the next.

        Examples
        --------
        >>> Executable.run.__name__
        'run'
        """
        code = self._serving(LANES * groups)  # which lives as long as it is held here
        code.run(groups, table, out, stride)

    def _serving(self, points: int) -> Loaded:
        """Return the code for so many points, better code once it has served many."""
        if not self.careful:
            self._points += points
            if self._points > ENOUGH:
                self._improve()
        return self._code

    def _improve(self) -> None:
        with lock:
            if not self.careful:
                self._code = Loaded(_object(self._stored, self._write, careful=True))
                self.careful = True


def executable(stored: Stored, write: Callable[[], str]) -> Executable:
    """Return the machine code of a module, from memory, from disk or made anew.

    Parameters
    ----------
    stored : Stored
        The module.
    write : callable
        Returns the LLVM IR; called only if there is no intact file.

    Returns
    -------
    Executable
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
            found = _loaded[place] = Executable(stored, write)
        return found


def object_path(stored: Stored, *, careful: bool = True) -> Path:
    """Return the file of a module's machine code for this processor.

    Parameters
    ----------
    stored : Stored
        The module.
    careful : bool
        Whether it was made with care, or in haste.

    Returns
    -------
    pathlib.Path
        Beside the module.

    Examples
    --------
    >>> object_path(Stored("00", "", Path("/x/k_00.py"), False, "")).suffix
    '.o'
    """
    haste = "" if careful else ".haste"
    return stored.path.with_name(f"{stored.path.stem}.{machine_key()[:16]}{haste}.o")


def _object(stored: Stored, write: Callable[[], str], *, careful: bool) -> bytes:
    """Return the object code, written to disk if it was not there."""
    path = object_path(stored, careful=careful)
    origin = _origin(stored)
    code = _read(path, origin)
    if code is None:
        code = compile_ir(write(), careful=careful)
        content = origin + code
        # A disk that is full or read-only costs another compilation later, nothing now.
        with (
            contextlib.suppress(OSError),
            beside(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content) as name,
        ):
            os.replace(name, path)  # noqa: PTH105 - atomic on every platform
            if careful:
                object_path(stored, careful=False).unlink(missing_ok=True)
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
