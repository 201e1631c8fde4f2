"""Time limits that work in every thread.

Signals reach the main thread only, and a limit that merely asks "is it time yet?" needs the cooperation of the code
it limits, which SymPy does not give. Here a watchdog thread raises an asynchronous exception in the thread that
does the work. It is no subclass of `Exception`, so SymPy's own handlers do not swallow it, and it is sent again
until the work has ended. A single call into C (a huge integer power) cannot be interrupted: callers check sizes first.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import math
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from symbias.errors import BudgetError
from symbias.sym.frames import with_room

T = TypeVar("T")

_FIRST_RESEND, _LAST_RESEND = 0.02, 0.5
_PATIENCE = 4.0
"""Seconds are of the thread's processor time, so that other work on the machine changes no result; a limit also ends
after so many times as many seconds by the clock on the wall."""
_TRACED = 20.0
"""So much slower a clock runs under a tracer, where all code is slow and limits are off."""


class _ExpiredError(BaseException):
    """Base of the exceptions that the watchdogs raise; each block has a class of its own."""


def _raise_in(thread: int, exception: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))


class _Hush:
    """Keeps our exception out of `sys.unraisablehook` while it is being sent.

    It can arrive in a finalizer or a callback of the garbage collector, where Python can only
    report it; the report would be noise, because the exception is sent again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._hook = sys.unraisablehook

    def __call__(self, report: Any) -> None:
        if not issubclass(report.exc_type, _ExpiredError):
            self._hook(report)

    def begin(self) -> None:
        with self._lock:
            if sys.unraisablehook is not self:
                # Others may have replaced the hook, or put ours back, since we last looked.
                self._hook, sys.unraisablehook = sys.unraisablehook, self
            self._users += 1

    def end(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and sys.unraisablehook is self:
                sys.unraisablehook = self._hook


_HUSH = _Hush()


def _allowance(seconds: float) -> Callable[[], float]:
    """Return a function that tells the seconds left to this thread, also when another thread asks."""
    end = time.monotonic() + _PATIENCE * seconds
    if not hasattr(time, "pthread_getcpuclockid"):
        return lambda: end - (_PATIENCE - 1) * seconds - time.monotonic()
    clock = time.pthread_getcpuclockid(threading.get_ident())
    stop = time.clock_gettime(clock) + seconds

    def left() -> float:
        try:
            spent = time.clock_gettime(clock)
        except OSError:  # the thread has ended meanwhile
            return 0.0
        return min(stop - spent, end - time.monotonic())

    return left


class _Watchdog:
    """Sends an exception of its own class to the thread that started it, from some seconds on, until it is closed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired: type[BaseException] = type("_Expired", (_ExpiredError,), {})
        self._over = self._sent = False
        self._inside = threading.Lock()
        self._sending = threading.Lock()
        self._thread = threading.get_ident()
        self._left = _allowance(seconds)

    def start(self) -> None:
        if not math.isinf(self.seconds):
            self._inside.acquire()
            # Not `threading.Thread`, whose start waits for a lock that an exception around us would leave taken.
            _thread.start_new_thread(self._watch, ())

    def close(self) -> None:
        # The exception may arrive at any of these lines, so they take no lock that is written in Python: one that
        # is interrupted while it is being taken is never given back.
        while not self._closed():
            pass

    def _closed(self) -> bool:
        try:
            self._over = True
            with self._sending:
                pass
            if self._sent:
                # One that may be pending is caught here, never withdrawn: after a withdrawal (a NULL exception)
                # CPython 3.11 goes on believing that something is pending, and hangs in the first call that is traced.
                # Again and again, because a finalizer may swallow one.
                self._sent = False
                while True:
                    _raise_in(self._thread, self.expired)
            if self._inside.locked():
                self._inside.release()
        except self.expired:
            return False
        return True

    def _watch(self) -> None:
        left = self.seconds
        while left > 0:
            if self._inside.acquire(timeout=min(left, threading.TIMEOUT_MAX)):
                return
            left = self._left()
        _HUSH.begin()
        wait = _FIRST_RESEND
        while self._send() and not self._inside.acquire(timeout=wait):
            wait = min(2 * wait, _LAST_RESEND)
        _HUSH.end()

    def _send(self) -> bool:
        """Send the exception unless the work is over; inside the lock, so that nothing comes later."""
        with self._sending:
            if not self._over:
                self._sent = True
                _raise_in(self._thread, self.expired)
        return not self._over


def time_limit(seconds: float, work: Callable[[], T]) -> T:
    """Run something, and stop it when it takes too long.

    It takes a callable and is no context manager: an exception that arrives on the first instruction of ``__exit__``
    could not be caught there. Limits nest, and the tightest one wins.

    Under a tracer (a debugger, coverage) the work is not stopped: an exception that is on its way to one thread can
    hang another one that is traced (CPython 3.11), and nobody wants to be interrupted while stepping through code.

    Parameters
    ----------
    seconds : float
        The limit; not positive means that there is no time left, infinity that there is no limit.
    work : callable
        Called without arguments.

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
    >>> try:
    ...     time_limit(0.05, lambda: [None for _ in iter(int, 1)])
    ... except BudgetError as error:
    ...     print(error.what)
    The computation did not end within 0.05 s.
    """
    if seconds <= 0:
        raise _late(seconds)
    if sys.gettrace() is not None:
        return work()
    dog = _Watchdog(seconds)
    try:
        try:
            dog.start()
            return with_room(work)
        finally:
            dog.close()
    except _ExpiredError as error:
        # Ours or that of a limit around us; it can arrive before a line of `close` has run, and once more in here.
        with contextlib.suppress(_ExpiredError):
            dog.close()
        dog.close()
        if isinstance(error, dog.expired):
            raise _late(seconds) from None
        raise


def _late(seconds: float) -> BudgetError:
    return BudgetError(
        f"The computation did not end within {max(seconds, 0):.3g} s.",
        remedy="Allow more seconds, or split the step into smaller ones.",
    )


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
        self._left = _allowance(seconds * (1.0 if sys.gettrace() is None else _TRACED))

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
        return self._left()

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
        return time_limit(min(share * self.left(), most), work)
