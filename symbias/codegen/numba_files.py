"""What Numba keeps of a module's loop, read only if it is intact, of this module, and our own.

Numba pickles machine code and believes whatever lies in its place. Here each of its files begins with the hash of what
follows and the key of the module, so that one that was cut off, edited or moved is compiled again, like a generated
module or an object file.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any

from numba.core.caching import IndexDataCacheFile

from symbias.codegen.directory import own_bytes
from symbias.codegen.store import beside
from symbias.jit import NamedFiles


def sealed_files(dispatcher: Any, key: str) -> None:
    """Make the disk cache of a Numba function check what it reads.

    Parameters
    ----------
    dispatcher : numba Dispatcher
        Made with ``cache=True``, not called yet.
    key : str
        The content key of its module.

    Examples
    --------
    >>> from symbias.codegen.kernel import compile_expression
    >>> from symbias.sym.symbols import real
    >>> loop = compile_expression(real("x") ** 2, [real("x")]).loop
    >>> not hasattr(loop, "_cache") or loop._cache._cache_file.key != ""
    True
    """
    plain = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if isinstance(plain, IndexDataCacheFile):
        dispatcher._cache._cache_file = _SealedFiles(plain, key)  # noqa: SLF001 - Numba has no other door


class _SealedFiles(NamedFiles):
    """An index and its data files, each headed by a hash and the key."""

    def __init__(self, plain: Any, key: str) -> None:
        super().__init__(plain)
        self.key = key

    def _load_index(self) -> dict[Any, str]:
        try:
            version, stamp, overloads = self._read(Path(self._index_path))
        except OSError:
            return {}
        fresh = (version, stamp) == (self._version, self._source_stamp)
        return dict(overloads) if fresh else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(Path(self._index_path), (self._version, self._source_stamp, overloads))

    def _load_data(self, name: str) -> Any:
        return self._read(Path(self._data_path(name)))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(Path(self._data_path(name)), data)

    def _read(self, path: Path) -> Any:
        """Return what a file holds; OSError, which Numba takes for a miss, if it is not to be believed."""
        seal, _, content = own_bytes(path).partition(b"\n")
        if seal != self._seal(path, content):
            raise OSError(f"{path} is damaged")
        return pickle.loads(content)  # noqa: S301 - our own file, its hash verified

    def _write(self, path: Path, held: Any) -> None:
        content = self._dump(held)
        with beside(path, self._seal(path, content) + b"\n" + content) as name:
            os.replace(name, path)  # noqa: PTH105 - atomic on every platform

    def _seal(self, path: Path, content: bytes) -> bytes:
        origin = f"{self.key} {path.name} ".encode()
        return hashlib.sha256(origin + content).hexdigest().encode()
