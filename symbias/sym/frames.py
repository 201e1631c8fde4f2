"""Frames: room for deep calls in one piece.

CPython keeps the frames of a thread in chunks of 16 KiB. Where a loop deep inside SymPy calls across the end of a
chunk, each call maps a new one and its return unmaps it: an eighth of the time of a derivation went into page faults.
A frame that asks for more than half of a large chunk gets one, and leaves the rest of it to the calls inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_WORDS = 150_000
"""More than half of 2 MiB, so that a chunk of that size is made; what is not touched costs nothing."""


def with_room(work: Callable[[], T]) -> T:
    """Call something with room for its frames.

    Parameters
    ----------
    work : callable
        Called without arguments.

    Returns
    -------
    object
        What it returns.

    Examples
    --------
    >>> with_room(lambda: 1 + 1)
    2
    """
    return work()


with_room.__code__ = with_room.__code__.replace(co_stacksize=_WORDS)
