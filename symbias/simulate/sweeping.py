"""Sweeps: one function at many points, side by side, with the same results however many workers there are.

The only place where independent numerical jobs are handed to an executor. Order, chunks and random streams depend on
the points alone, so a laptop, a process pool and a cluster give the same bits.
"""

from __future__ import annotations

import inspect
import os
import pickle
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

import numpy as np

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.simulate.checks import check_count
from symbias.simulate.randomness import as_generator

T = TypeVar("T")

_CHOSEN: ContextVar[Executor | None] = ContextVar("executor of sweeps", default=None)
_INSIDE: ContextVar[bool] = ContextVar("inside a job of a sweep", default=False)


class _Stream(NamedTuple):
    """What makes a generator; it is made where it is used, which is cheaper than to send it."""

    bits: type[np.random.BitGenerator]
    seed: np.random.SeedSequence

    def generator(self) -> np.random.Generator:
        return np.random.Generator(self.bits(self.seed))


@checked
def sweep(
    function: Callable[..., T],
    points: Iterable[Any],
    *,
    rng: int | np.random.Generator | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    chunk: int | None = None,
) -> list[T]:
    """Call a function at every point, side by side.

    Parameters
    ----------
    function : callable
        ``function(point)``, or ``function(point, generator)`` where `rng` is given. For processes and clusters it must
        be picklable: defined at the top level of a module, or a `functools.partial` of such a function.
    points : iterable
        One job each.
    rng : int or numpy.random.Generator, optional
        Source of randomness. Each job gets a generator of its own, spawned from it, whichever worker runs it.
    executor : concurrent.futures.Executor, optional
        Where the jobs run: threads, processes, ``Client.get_executor()`` of dask, or any other. Left out: that of
        `sweeps_on`, or else threads of this process, which help where the function releases the interpreter lock, as
        compiled kernels and NumPy do. A sweep inside a job of another runs there, one job after the other.
    workers : int, optional
        Threads where there is no executor (all cores; 1 runs the jobs here one after the other), and with one what the
        lengths of chunks are made for.
    chunk : int, optional
        Jobs that are sent together; by default ever fewer, so that short jobs cost little and all end together.

    Returns
    -------
    list
        The results in the order of the points: the same bits for any executor, number of workers and chunk.

    Raises
    ------
    InputError
        If a count is out of range, or the function cannot be sent to another process.
    Exception
        Whatever a job raises; of several, that of the first point. Jobs that have not begun are cancelled.

    Examples
    --------
    >>> import numpy as np
    >>> sweep(np.sqrt, [1.0, 4.0, 9.0])
    [np.float64(1.0), np.float64(2.0), np.float64(3.0)]
    >>> def mean(size, rng):
    ...     return float(rng.normal(size=size).mean())
    >>> sweep(mean, [10, 20], rng=0) == sweep(mean, [10, 20], rng=0, workers=1)
    True
    """
    for name, value in (("workers", workers), ("chunk", chunk)):
        if value is not None:
            check_count(name, value, least=1)
    jobs = _jobs(list(points), rng)
    _check_arguments(function, 1 if rng is None else 2)
    chosen = executor or _CHOSEN.get()
    if chosen is None and (workers == 1 or len(jobs) < 2 or _INSIDE.get()):
        return [_call(function, *job) for job in jobs]
    count = workers or (getattr(chosen, "_max_workers", None) if chosen else None) or _cores()
    parts = _chunks(jobs, count, chunk)
    if chosen is not None:
        return _collect([_submit(chosen, function, part) for part in parts])
    stop = threading.Event()
    with ThreadPoolExecutor(min(count, len(parts))) as own:
        try:
            return _collect([own.submit(_run, function, part, stop) for part in parts])
        finally:
            stop.set()


@contextmanager
@checked
def sweeps_on(executor: Executor | None) -> Iterator[None]:
    """Let every sweep inside a ``with`` block run on an executor unless it is given another.

    Parameters
    ----------
    executor : concurrent.futures.Executor or None
        Where the jobs run; None changes nothing.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool, sweeps_on(pool):
    ...     sweep(abs, [-1, -2])
    [1, 2]
    """
    token = _CHOSEN.set(executor if executor is not None else _CHOSEN.get())
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def blocks(total: int, size: int) -> list[int]:
    """Cut a number of draws into the jobs of a sweep; the cut must not depend on the workers.

    Parameters
    ----------
    total, size : int
        How many there are, and how many make a job at most.

    Returns
    -------
    list of int
        Nearly equal numbers.

    Examples
    --------
    >>> blocks(5, 2)
    [2, 2, 1]
    """
    jobs = -(-total // size)
    return [total // jobs + (job < total % jobs) for job in range(jobs)]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_arguments(function: Callable[..., Any], count: int) -> None:
    try:
        signature = inspect.signature(function)
    except ValueError:  # some written in C do not say what they take
        return
    try:
        signature.bind(*range(count))
    except TypeError as error:
        raise InputError(
            f"The function of a sweep cannot be called as it will be: {error}.",
            "with rng it is called with a point and a generator, without it with a point.",
            "Let it take both, or leave rng out.",
        ) from error


def _jobs(points: list[Any], rng: Any) -> list[tuple[Any, ...]]:
    if rng is None:
        return [(point,) for point in points]
    bits = as_generator(rng).bit_generator
    parent = bits.seed_seq
    if not hasattr(parent, "spawn"):
        raise InputError(
            "The generator cannot spawn others.",
            "it was not made from a numpy.random.SeedSequence.",
            "Give a seed, or numpy.random.default_rng(seed).",
        )
    seeds = parent.spawn(len(points))
    return [(p, _Stream(type(bits), seed)) for p, seed in zip(points, seeds, strict=True)]


def _chunks(jobs: Sequence[T], workers: int, size: int | None) -> list[Sequence[T]]:
    """Cut jobs into chunks; without a size, each has its share of half of what is left."""
    found: list[Sequence[T]] = []
    begin = 0
    while begin < len(jobs):
        length = size or max(1, (len(jobs) - begin) // (2 * workers))
        found.append(jobs[begin : begin + length])
        begin += length
    return found


def _call(function: Callable[..., T], point: Any, stream: _Stream | None = None) -> T:
    return function(point) if stream is None else function(point, stream.generator())


def _run(
    function: Callable[..., T], part: Sequence[tuple[Any, ...]], stop: threading.Event | None = None
) -> list[T]:
    found: list[T] = []
    token = _INSIDE.set(True)
    try:
        for job in part:
            if stop is not None and stop.is_set():
                break
            found.append(_call(function, *job))
    finally:
        _INSIDE.reset(token)
    return found


def _submit(executor: Executor, function: Any, part: Sequence[tuple[Any, ...]]) -> Future[Any]:
    return executor.submit(_run, function, part)


def _collect(futures: Sequence[Future[list[T]]]) -> list[T]:
    try:
        return [result for future in futures for result in future.result()]
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        # From a process that could not send it, Python 3.13 does not say so in the message.
        if "pickle" not in str(error) and "ForkingPickler" not in str(error.__cause__):
            raise
        raise InputError(
            "The jobs of a sweep cannot be sent to another process.",
            f"{type(error).__name__}: {error}.",
            "Define the function at the top level of a module, or use threads.",
        ) from error
    finally:
        for future in futures:
            future.cancel()
