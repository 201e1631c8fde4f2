"""Jobs at the top level of a module, which processes and clusters can be sent."""

from __future__ import annotations


def square(n):
    return n * n


def draw(n, rng):
    return n + float(rng.normal())


def fails_at(where, n):
    if n == where:
        raise ValueError(f"at {n}")
    return n
