"""Where generated modules live: a directory that only its owner can touch, or none at all.

A module in the cache is code that will be run, and beside it Numba keeps machine code. So the
directory must belong to the user with mode 0700; if the one named or found does not, a private
temporary one takes its place for this process, and `report()` says so.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

from symbias.errors import CacheError

VARIABLE = "SYMBIAS_CACHE_DIR"


@dataclass(frozen=True)
class Directory:
    """A directory for generated modules.

    Parameters
    ----------
    path : pathlib.Path
        It exists and belongs to the user alone.
    note : str
        Why it is not the usual one; empty if it is.
    named : bool
        Whether the user named it in ``SYMBIAS_CACHE_DIR``.

    Examples
    --------
    >>> Directory(Path("/tmp/x")).note
    ''
    """

    path: Path
    note: str = ""
    named: bool = False


@cache
def private_directory() -> Path:
    """Return this process's temporary directory; it is removed at exit.

    Returns
    -------
    pathlib.Path
        With mode 0700.

    Raises
    ------
    CacheError
        If the system gives no temporary directory.

    Examples
    --------
    >>> private_directory().is_dir()
    True
    """
    try:
        path = Path(tempfile.mkdtemp(prefix="symbias-"))
    except OSError as error:
        raise CacheError(
            "No directory for compiled kernels can be written, not even a temporary one.",
            cause=str(error),
            remedy=f"Set {VARIABLE} to a directory that you can write to.",
        ) from error
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _objection(path: Path) -> str:
    """Return why a directory is not safe, or an empty string."""
    found = path.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(f"{path} is not a directory")
    if os.name == "nt":
        return ""
    if found.st_uid != os.geteuid():
        return f"{path} belongs to another user"
    if stat.S_IMODE(found.st_mode) & 0o077:
        return f"{path} is open to other users (its mode is not 0700)"
    return ""


def cache_directory() -> Directory:
    """Return the directory for generated modules, made if it does not exist.

    Returns
    -------
    Directory
        ``SYMBIAS_CACHE_DIR`` if set, else the user's cache directory; a private temporary one, with
        a note, if that is not safe, or if it is the default one and cannot be made.

    Raises
    ------
    CacheError
        If ``SYMBIAS_CACHE_DIR`` names a directory that cannot be made or written.

    Examples
    --------
    >>> cache_directory().path.is_dir()
    True
    """
    named = os.environ.get(VARIABLE, "")
    path = Path(named) if named else Path(platformdirs.user_cache_path("symbias")) / "kernels"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        objection = _objection(path)
        if not objection and not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(f"{path} cannot be written")
    except OSError as error:
        return replacement(Directory(path, named=bool(named)), error)
    if objection:
        return Directory(private_directory(), note=f"{objection}; a temporary one is used instead")
    return Directory(path, named=bool(named))


def own_bytes(path: Path) -> bytes:
    """Return what a file holds, if it is a plain file that nobody else could have written.

    Parameters
    ----------
    path : pathlib.Path
        In a cache directory.

    Returns
    -------
    bytes
        All of it.

    Raises
    ------
    OSError
        If there is no such file, or it is a link, belongs to another user or is open to others.

    Examples
    --------
    >>> own_bytes(Path("/dev/null"))
    Traceback (most recent call last):
        ...
    PermissionError: /dev/null is not a file of this user alone
    """
    unfollowed = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, os.O_RDONLY | unfollowed), "rb") as file:
        found = os.fstat(file.fileno())
        ours = os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)
        if not stat.S_ISREG(found.st_mode) or not ours:
            raise PermissionError(f"{path} is not a file of this user alone")
        return file.read()


def replacement(directory: Directory, error: OSError) -> Directory:
    """Return a temporary directory for one that cannot be written; refuse to replace a named one.

    Parameters
    ----------
    directory : Directory
        The one that failed.
    error : OSError
        What went wrong.

    Returns
    -------
    Directory
        Private and temporary, with a note.

    Raises
    ------
    CacheError
        If the user named the directory.

    Examples
    --------
    >>> replacement(Directory(Path("/x")), OSError("full")).note
    '/x cannot be used (full); a temporary one is used instead'
    """
    if directory.named:
        raise CacheError(
            f"The cache directory {directory.path} cannot be used: {error}.",
            cause=f"{VARIABLE} names a place that cannot be created or written, or the disk is full.",
            remedy=f"Set {VARIABLE} to a directory that you own, or unset it.",
        ) from error
    note = f"{directory.path} cannot be used ({error}); a temporary one is used instead"
    return Directory(private_directory(), note=note)
