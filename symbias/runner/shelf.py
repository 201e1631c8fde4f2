"""Shelf: files of the user's cache that are found by a key, each complete or not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from symbias.codegen.directory import cache_directory, own_bytes
from symbias.codegen.store import beside
from symbias.errors import CacheError


class Shelf:
    """A folder of the cache directory. It saves time only: what cannot be kept is made again.

    Parameters
    ----------
    kind : str
        The name of the folder.
    stamp : str
        What everything on it depends on besides its key.

    Examples
    --------
    >>> shelf = Shelf("examples", "1")
    >>> shelf.put("two", b"2")
    >>> shelf.get("two"), Shelf("examples", "2").get("two")
    (b'2', None)
    """

    def __init__(self, kind: str, stamp: str) -> None:
        self.stamp = stamp
        self.folder: Path | None = None
        with contextlib.suppress(CacheError):  # said where kernels are compiled
            self.folder = cache_directory().path / kind

    def get(self, key: str) -> bytes | None:
        """Return what is kept under a key.

        Parameters
        ----------
        key : str
            Any text.

        Returns
        -------
        bytes or None
            None if it is not there, was damaged, or others could have written it.

        Examples
        --------
        >>> Shelf("examples", "").get("nothing") is None
        True
        """
        path = self._path(key)
        try:
            whole = b"" if path is None else own_bytes(path)
        except OSError:
            return None
        seal, _, content = whole.partition(b"\n")
        return content if seal == _seal(content) else None

    def put(self, key: str, content: bytes) -> None:
        """Keep something under a key.

        Parameters
        ----------
        key : str
            Any text.
        content : bytes
            What is kept.

        Examples
        --------
        >>> Shelf("examples", "").put("three", b"3")
        """
        path = self._path(key)
        if path is None:
            return
        with contextlib.suppress(OSError):  # the disk may be full
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with beside(path, _seal(content) + b"\n" + content) as name:
                os.replace(name, path)  # noqa: PTH105 - atomic on every platform

    def _path(self, key: str) -> Path | None:
        if self.folder is None:
            return None
        name = hashlib.sha256(f"{len(self.stamp)}:{self.stamp}{key}".encode()).hexdigest()
        return self.folder / name[:2] / name[2:]


def _seal(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
