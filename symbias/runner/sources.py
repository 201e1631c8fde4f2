"""Sources: the files that a result depends on, so that it is never taken for that of others."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from symbias._about import about, ground_types, versions
from symbias.errors import CacheError
from symbias.registry import ask

PACKAGE = Path(__file__).parents[1]
WRITING = os.O_WRONLY | os.O_RDWR
TUNING = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_DISABLE_JIT")
"""Variables that may change the last bits of a result."""

_SYSTEM = ("/proc", "/sys", "/dev", "/etc")


class Watch:
    """Remembers every file that this process opens to read it; it cannot be switched off.

    Parameters
    ----------
    left_out : sequence of str
        Folders that do not count.

    Examples
    --------
    >>> import tempfile
    >>> watch, path = Watch(), Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> _ = path.write_text("1 2"), path.read_text()
    >>> str(path) in watch.sources()
    True
    """

    def __init__(self, left_out: Sequence[str] = ()) -> None:
        self.left_out = tuple(left_out)
        self.opened: set[str] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(details[0], (str, bytes)):
            flags = details[2] if isinstance(details[2], int) else 0
            if not flags & WRITING:
                self.opened.add(os.fsdecode(details[0]))

    def sources(self) -> dict[str, str]:
        """Return the digests of what was read and imported, installed packages left out.

        Returns
        -------
        dict
            Absolute path -> digest.
        """
        modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        named = {*map(os.path.abspath, self.opened.copy()), *filter(None, modules)}
        places = (*_elsewhere(), *self.left_out)
        return {path: digest(path) for path in sorted(named) if _matters(path, places)}


def digest(path: str) -> str:
    """Return the digest of a file.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    str
        Hexadecimal; empty if it cannot be read.

    Examples
    --------
    >>> digest("no such file")
    ''
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - paths are strings here
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def circumstances() -> dict[str, str]:
    """Describe what a result depends on besides its sources.

    Returns
    -------
    dict
        The digest of this package, the versions of the others, processor, BLAS and the variables in `TUNING`.

    Examples
    --------
    >>> len(circumstances()["package"])
    64
    """
    facts = {name: str(value) for name, value in about().items() if name != "cache"}
    tuning = {name: os.environ.get(name, "") for name in TUNING}
    return facts | tuning | {"package": _package()}


def engine() -> dict[str, str]:
    """Describe what the decision of a step depends on: this package as it is, and what it stands on.

    Returns
    -------
    dict
        The digest of this package and versions.

    Examples
    --------
    >>> engine()["package"] == circumstances()["package"]
    True
    """
    return versions(("sympy", "mpmath", "python-flint")) | {
        "python": platform.python_version(),
        "ground types": ground_types(),
        "package": _package(),
    }


def _package() -> str:
    whole = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(f"{path.relative_to(PACKAGE)} {digest(str(path))}\n".encode())
    return whole.hexdigest()


def _matters(path: str, places: Sequence[str]) -> bool:
    if path.endswith((".pyc", ".pyo")) or not os.path.isfile(path):  # noqa: PTH113
        return False
    return not any(path == place or path.startswith(place + os.sep) for place in places)


@cache
def _elsewhere() -> tuple[str, ...]:
    """Return places whose content the versions tell, or that hold nothing of the user."""
    installed = {
        sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
    }
    try:
        kernels = str(ask("codegen.directory:cache_directory").path)
    except CacheError:
        kernels = ""
    places = {*_SYSTEM, *installed, str(PACKAGE), kernels}
    return tuple(sorted(place for place in places if place))
