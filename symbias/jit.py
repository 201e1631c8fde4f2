"""Numba's decorator for hand-written loops, with machine code on disk that processes can share.

Numba numbers the files of a function's signatures in the order in which they are compiled. Two processes that compile
two signatures at once give both the same number, and from then on one signature runs the code of the other: wrong
numbers, or a crash. Here the name of a file is a digest of its signature. Nor does Numba see changes in jitted
functions that are called from another file: here a function is compiled again when any file of its folder has changed.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import IndexDataCacheFile
from numba.core.registry import cpu_target


def njit(*signatures: Any, **options: Any) -> Any:
    """Compile a function as `numba.njit` does; see there.

    Parameters
    ----------
    *signatures
        At most one, compiled at once.
    **options
        As for `numba.njit`.

    Returns
    -------
    callable
        The decorator.

    Examples
    --------
    >>> @njit(nogil=True, error_model="numpy")
    ... def double(x):
    ...     return 2 * x
    >>> double(1.5)
    3.0
    """

    def decorate(function: Any) -> Any:
        made = numba.njit(**options)(function)
        plain = getattr(getattr(made, "_cache", None), "_cache_file", None)
        if isinstance(plain, IndexDataCacheFile):
            made._cache._cache_file = SharedFiles(plain, function.__code__.co_filename)  # noqa: SLF001 - no other door
        for signature in signatures:
            if hasattr(made, "compile"):  # not where the JIT is off
                made.compile(signature)
                made.disable_compile()
        return made

    return decorate


def warm_up() -> None:
    """Read Numba's tables of types and of implementations; otherwise the first call of a process does it.

    Examples
    --------
    >>> warm_up()
    """
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


class NamedFiles(IndexDataCacheFile):
    """The files of a function's machine code, each named by its signature.

    Parameters
    ----------
    plain : numba.core.caching.IndexDataCacheFile
        What Numba would use.

    Examples
    --------
    >>> NamedFiles.__mro__[1].__name__
    'IndexDataCacheFile'
    """

    def __init__(self, plain: Any) -> None:
        self.__dict__.update(plain.__dict__)

    def save(self, key: Any, data: Any) -> None:
        """Keep machine code.

        Parameters
        ----------
        key : tuple
            Signature, processor, and digests of the function.
        data : object
            What Numba loads later.
        """
        text = f"{key!r} {self._source_stamp!r}".encode()
        name = self._data_name(int(hashlib.sha256(text).hexdigest()[:16], 16))
        # Data first: an index never names a file that is not there yet.
        self._save_data(name, data)
        self._save_index({**self._load_index(), key: name})


class SharedFiles(NamedFiles):
    """Such files that are of no use any more when a source file in the folder has changed.

    Parameters
    ----------
    plain : numba.core.caching.IndexDataCacheFile
        What Numba would use.
    source : str
        The file of the function.

    Examples
    --------
    >>> SharedFiles.__mro__[1].__name__
    'NamedFiles'
    """

    def __init__(self, plain: Any, source: str) -> None:
        super().__init__(plain)
        self._source_stamp = (plain._source_stamp, _stamps(str(Path(source).parent)))  # noqa: SLF001


@cache
def _stamps(folder: str) -> tuple[tuple[str, float, int], ...]:
    """Return name, time and size of every source file in a folder."""
    files = ((path.name, path.stat()) for path in sorted(Path(folder).glob("*.py")))
    return tuple((name, found.st_mtime, found.st_size) for name, found in files)
