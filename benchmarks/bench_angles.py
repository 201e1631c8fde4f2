"""The ReLU kernel of two vectors: accuracy of three ways to their angle, and the time against the naive way.

Run: python benchmarks/bench_angles.py
"""

from __future__ import annotations

import timeit

import mpmath
import numpy as np
from numba import njit

from symbias.solvers.relu_pair import across, relu_pair

UNIT = 2.0**-53


@njit
def naive(u: np.ndarray, v: np.ndarray) -> float:
    """Return the angle by the inner product."""
    return float(np.arccos(u @ v / np.sqrt((u @ u) * (v @ v))))


@njit
def chord(u: np.ndarray, v: np.ndarray) -> float:
    """Return the angle by chord and sum of unit vectors."""
    first, second = u / np.sqrt(u @ u), v / np.sqrt(v @ v)
    low, high = first - second, first + second
    return float(2 * np.arctan2(np.sqrt(low @ low), np.sqrt(high @ high)))


@njit
def projected(u: np.ndarray, v: np.ndarray) -> float:
    """Return the supplement of the angle by the projection of symbias, for vectors that are nearly opposite."""
    out = np.empty(u.size)
    share = across(u, v, out)
    return float(np.arctan2(np.sqrt(out @ out), -share * np.sqrt(u @ u)))


def main() -> None:
    """Print errors of pi - t at decreasing distances, and nanoseconds."""
    rng, context = np.random.default_rng(0), mpmath.MPContext()
    context.dps = 80
    frame, _ = np.linalg.qr(rng.standard_normal((20, 2)))
    print("error of pi - t in units of 2^-53, vectors of length 20")
    print(f"{'pi - t':>8} {'acos':>10} {'chord':>10} {'symbias':>10}   K of symbias")
    for k in range(0, 13, 2):
        d = 10.0**-k
        u, v = frame[:, 0], -np.cos(d) * frame[:, 0] + np.sin(d) * frame[:, 1]
        a, b = (context.matrix([context.mpf(x) for x in w]) for w in (u, v))
        cosine = (a.T * b)[0] / (context.norm(a) * context.norm(b))
        exact = context.pi - context.acos(cosine)
        size = context.norm(a) * context.norm(b) / (2 * context.pi)
        kernel = size * (context.sin(exact) - exact * context.cos(exact))
        values = (np.pi - naive(u, v), np.pi - chord(u, v), projected(u, v))
        errors = [float(abs(context.mpf(value) / exact - 1)) / UNIT for value in values]
        of_kernel = float(abs(context.mpf(relu_pair(u, v).kernel) / kernel - 1)) / UNIT
        print(f"{d:8.0e} " + " ".join(f"{e:10.3g}" for e in errors) + f" {of_kernel:10.3g}")
    times = {}
    for function in (naive, chord, projected):
        runs = timeit.repeat(lambda f=function: f(u, v), number=20_000, repeat=7)
        times[function.__name__] = min(runs) / 20_000 * 1e9
    print("ns per angle, with the call: " + ", ".join(f"{k} {t:.0f}" for k, t in times.items()))
    print(f"symbias over naive: {times['projected'] / times['naive']:.2f}")


if __name__ == "__main__":
    main()
