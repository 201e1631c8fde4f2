"""Time limits that work in every thread.

Signals reach the main thread only, and a limit that merely asks "is it time yet?" needs the cooperation of the code
it limits, which SymPy does not give. Here a watchdog thread raises an asynchronous exception in the thread that
entered the block. It is no subclass of `Exception`, so SymPy's own handlers do not swallow it, and it is sent again
until the block is left. A single call into C (a huge integer power) cannot be interrupted: callers check sizes first.
"""

from __future__ import annotations

import ctypes
import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from symbias.errors import BudgetError

T = TypeVar("T")

_RESEND_SECONDS = 0.02
_RESENDS = 1000


class _ExpiredError(BaseException):
    """Base of the exceptions that the watchdogs raise; each block has a class of its own."""


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    target = ctypes.py_object() if exception is None else ctypes.py_object(exception)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), target)


class time_limit:  # noqa: N801 - used like a function
    """Context manager that raises `BudgetError` when its block takes too long.

    Parameters
    ----------
    seconds : float
        The limit; not positive means that there is no time left, infinity that there is no limit.

    Raises
    ------
    BudgetError
        On leaving the block, when the limit had passed. Blocks nest, and the tightest limit wins.

    Examples
    --------
    >>> try:
    ...     with time_limit(0.05):
    ...         while True:
    ...             pass
    ... except BudgetError as error:
    ...     print(error.what)
    The computation did not end within 0.05 s.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired: type[BaseException] = type("_Expired", (_ExpiredError,), {})
        self._left = threading.Event()
        self._lock = threading.Lock()
        self._thread = 0

    def __enter__(self) -> Self:
        if self.seconds <= 0:
            raise self.error()
        self._thread = threading.get_ident()
        if not math.isinf(self.seconds):
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if kind is self.expired:
            raise self.error() from None

    def error(self) -> BudgetError:
        """Return the error that an expired block raises.

        Returns
        -------
        BudgetError
            With the limit in its message.

        Examples
        --------
        >>> time_limit(2).error().what
        'The computation did not end within 2 s.'
        """
        return BudgetError(
            f"The computation did not end within {self.seconds:.3g} s.",
            remedy="Allow more seconds, or split the step into smaller ones.",
        )

    def close(self) -> None:
        """Stop the watchdog and withdraw an exception that is still pending.

        Examples
        --------
        >>> time_limit(1).close()
        """
        while True:
            try:
                with self._lock:
                    self._left.set()
                if self._thread:
                    _raise_in(self._thread, None)
            except self.expired:
                continue
            return

    def _watch(self) -> None:
        wait = self.seconds
        for _ in range(_RESENDS):
            if self._left.wait(wait):
                return
            with self._lock:
                # Inside the lock, so that nothing is sent once the block has been left.
                if not self._left.is_set():
                    _raise_in(self._thread, self.expired)
            wait = _RESEND_SECONDS


class Clock:
    """The time that is left to a computation made of several attempts.

    Parameters
    ----------
    seconds : float
        The whole budget, counted from now.

    Examples
    --------
    >>> Clock(10).left() > 9
    True
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left.

        Returns
        -------
        float
            Not positive when the time is over.

        Examples
        --------
        >>> Clock(-1).left() < 0
        True
        """
        return self._end - time.monotonic()

    def attempt(self, work: Callable[[], T], share: float = 1.0, most: float = math.inf) -> T:
        """Run ``work`` within a share of what is left.

        Parameters
        ----------
        work : callable
            Called without arguments.
        share : float
            The fraction of the time left that it may take.
        most : float
            At most so many seconds.

        Returns
        -------
        object
            What ``work`` returns.

        Raises
        ------
        BudgetError
            If it did not end in time.

        Examples
        --------
        >>> Clock(10).attempt(lambda: 2 + 3, share=0.5)
        5
        """
        limit = time_limit(min(share * self.left(), most))
        try:
            with limit:
                return work()
        except limit.expired:
            # The exception can arrive on the very first instruction of leaving the block.
            limit.close()
            raise limit.error() from None
