"""Sweeps on the cores of this machine: efficiency against serial, beside other ways to run the same jobs.

Jobs are a compiled loop without the interpreter lock, of about 10 ms and 1 ms, and empty ones for the overhead. The
efficiency is serial seconds / (workers * seconds). Minima over repetitions: other load makes all of them slower.

    python benchmarks/bench_sweep.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from time import perf_counter

import numpy as np
from numba import njit

import symbias as sb

WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
REPEATS = 15
SIZES = {"10 ms": (64, 10e-3), "1 ms": (640, 1e-3), "0.1 ms": (6400, 1e-4)}
EMPTY = 20_000


@njit(nogil=True, cache=True)
def spin(count: int, x: float) -> float:
    """Run a loop that cannot be shortened: each step needs the one before."""
    for _ in range(count):
        x = 3.7 * x * (1.0 - x)
    return x


def job(count: int, seed: int) -> float:
    return spin(count, 0.1 + 1e-6 * seed)


def drawing(count: int, seed: int, rng: np.random.Generator) -> float:
    return spin(count, 0.1 + 1e-6 * seed) + rng.random()


def nothing(seed: int) -> int:
    return seed


def seconds(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start


def calibrated(length: float) -> int:
    spin(10, 0.1)
    count = 100_000
    taken = min(seconds(lambda: spin(count, 0.1)) for _ in range(9))
    return max(1, int(count * length / taken))


def ways(function: Callable[[int], object], points: range, threads, processes) -> dict:
    found = {
        "sb.sweep, threads": lambda: sb.sweep(function, points),
        "sb.sweep, own thread pool": lambda: sb.sweep(function, points, executor=threads),
        "sb.sweep, process pool": lambda: sb.sweep(function, points, executor=processes),
        "ThreadPoolExecutor.map": lambda: list(threads.map(function, points)),
        "ProcessPoolExecutor.map": lambda: list(processes.map(function, points)),
    }
    try:
        from joblib import Parallel, delayed
    except ImportError:
        return found
    calls = [delayed(function)(point) for point in points]
    joined = Parallel(WORKERS, prefer="threads")
    return found | {"joblib, threads": lambda: joined(calls)}


def compare(name: str, jobs: int, length: float, threads, processes) -> None:
    points = range(jobs)
    function = partial(job, calibrated(length))
    everyone = ways(function, points, threads, processes)
    everyone["sb.sweep with rng, threads"] = lambda: sb.sweep(
        partial(drawing, function.args[0]), points, rng=0
    )
    serial, best = np.inf, dict.fromkeys(everyone, np.inf)
    for _ in range(REPEATS):  # interleaved, so that other load strikes all alike
        serial = min(serial, seconds(lambda: [function(point) for point in points]))
        for way, action in everyone.items():
            best[way] = min(best[way], seconds(action))
    print(f"\n{jobs} jobs of {name} ({1e3 * serial / jobs:.2f} ms): serial {1e3 * serial:.0f} ms")
    for way, taken in best.items():
        print(f"  {way:<28} {1e3 * taken:7.1f} ms   efficiency {serial / taken / WORKERS:.3f}")


def overhead(threads, processes) -> None:
    print(f"\noverhead of an empty job, {EMPTY} of them")
    for way, action in ways(nothing, range(EMPTY), threads, processes).items():
        taken = min(seconds(action) for _ in range(3))
        print(f"  {way:<28} {1e6 * taken / EMPTY:7.2f} us")


def main() -> None:
    print(f"{WORKERS} workers; load {', '.join(f'{x:.2f}' for x in os.getloadavg())}")
    with ThreadPoolExecutor(WORKERS) as threads, ProcessPoolExecutor(WORKERS) as processes:
        list(processes.map(nothing, range(100)))
        for name, (jobs, length) in SIZES.items():
            compare(name, jobs, length, threads, processes)
        overhead(threads, processes)
    print(f"load {', '.join(f'{x:.2f}' for x in os.getloadavg())}")


if __name__ == "__main__":
    main()
