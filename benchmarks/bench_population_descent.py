"""Gradient descent on the population loss of ReLU neurons: time per step against NumPy and JAX, in one run.

The peers are the closed-form gradient in NumPy and in JAX (jit, fori_loop), and JAX's automatic gradient of the loss.
All run in float64 on one thread; JAX is left out where it is not installed (pip install jax).

Run: OPENBLAS_NUM_THREADS=1 python benchmarks/bench_population_descent.py
(OPENBLAS_CORETYPE=SkylakeX helps NumPy and symbias alike on processors with AVX-512 that OpenBLAS does not know.)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import symbias as sb

os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)
STEP = 1e-3
STEPS = {10: 20_000, 50: 2_000, 100: 1_000}
ROUNDS = 9
TWO_PI = 2 * np.pi


def numpy_step(W: np.ndarray) -> np.ndarray:
    """Return the next iterate, by the closed form."""
    size = np.sqrt(np.einsum("ij,ij->i", W, W))
    unit = W / size[:, None]
    cosine = unit @ unit.T
    np.clip(cosine, -1, 1, out=cosine)
    np.fill_diagonal(cosine, 1.0)
    turn, sine = np.pi - np.arccos(cosine), np.sqrt((1 - cosine) * (1 + cosine))
    turns, sines = np.pi - np.arccos(unit), np.sqrt((1 - unit) * (1 + unit))
    along = sine @ size - sines.sum(axis=1)
    return np.asarray(W - STEP / TWO_PI * (along[:, None] * unit + turn @ W - turns))


def with_numpy(W: np.ndarray, steps: int) -> np.ndarray:
    """Descend with NumPy."""
    for _ in range(steps):
        W = numpy_step(W)
    return W


def with_symbias(W: np.ndarray, steps: int) -> np.ndarray:
    """Descend with symbias."""
    loss = sb.PopulationLoss(sb.activations.relu)
    return np.asarray(loss.descend(W, STEP, steps, tol=0.0).final)


def with_jax() -> dict[str, Callable[[np.ndarray, int], np.ndarray]]:
    """Return descents with JAX, by the closed-form gradient and by the automatic one."""
    try:
        import jax
    except ImportError:
        return {}
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def angles(cosine: Any) -> Any:
        return jnp.pi - jnp.arccos(cosine), jnp.sqrt((1 - cosine) * (1 + cosine))

    def analytic(W: Any) -> Any:
        size = jnp.sqrt((W * W).sum(axis=1))
        unit = W / size[:, None]
        k = len(W)
        cosine = jnp.clip(unit @ unit.T, -1, 1)
        cosine = jnp.where(jnp.eye(k, dtype=bool), 1.0, cosine)
        turn, sine = angles(cosine)
        turns, sines = angles(unit)
        along = sine @ size - sines.sum(axis=1)
        return (along[:, None] * unit + turn @ W - turns) / TWO_PI

    def loss(W: Any) -> Any:
        k = len(W)
        size = jnp.sqrt((W * W).sum(axis=1))
        unit = W / size[:, None]
        # Away from the diagonal, where the automatic derivative of arccos is infinite.
        cosine = jnp.where(jnp.eye(k, dtype=bool), 0.0, unit @ unit.T)
        turn, sine = angles(cosine)
        pairs = jnp.outer(size, size) * jnp.where(
            jnp.eye(k, dtype=bool), np.pi, sine + turn * cosine
        )
        turns, sines = angles(unit)
        cross = size[:, None] * (sines + turns * unit)
        return (pairs.sum() - 2 * cross.sum()) / (2 * TWO_PI)

    def descent(slope: Callable[[Any], Any]) -> Callable[[np.ndarray, int], np.ndarray]:
        run = jax.jit(lambda W, n: jax.lax.fori_loop(0, n, lambda _, at: at - STEP * slope(at), W))
        return lambda W, steps: np.asarray(run(W, steps).block_until_ready())

    return {"jax analytic": descent(analytic), "jax autograd": descent(jax.grad(loss))}


def main() -> None:
    """Print microseconds per step, and ratios."""
    ways = {"symbias": with_symbias, "numpy analytic": with_numpy, **with_jax()}
    names = ", ".join(ways)
    print(f"us per step, least of {ROUNDS} interleaved rounds: {names}")
    for d, steps in STEPS.items():
        W = np.eye(d) + np.random.default_rng(0).standard_normal((d, d)) / d
        ends = {name: way(W, 20) for name, way in ways.items()}
        least = dict.fromkeys(ways, np.inf)
        for _ in range(ROUNDS):
            for name, way in ways.items():
                count = steps if name != "numpy analytic" else steps // 5
                start = time.process_time()
                way(W, count)
                least[name] = min(least[name], (time.process_time() - start) / count)
        apart = max(abs(end - ends["symbias"]).max() for end in ends.values())
        ours = least.pop("symbias")
        shown = "  ".join(f"{name} {t * 1e6:8.2f} ({t / ours:4.1f}x)" for name, t in least.items())
        print(
            f"k = d = {d:3d}: symbias {ours * 1e6:7.2f}  {shown}  agreement after 20 steps {apart:.0e}"
        )
    print("from a start of two blocks, whatever d:")
    loss = sb.PopulationLoss(sb.activations.relu)
    for d in (100, 1_000_000):
        start = sb.simulate.BlockMatrix([d - 1, 1], [1.0, -1.0], [[0.0, 2 / d], [1 / d, 0.0]])
        loss.descend(start, 1 / d, 10, tol=0.0)
        times = []
        for _ in range(ROUNDS):
            before = time.process_time()
            loss.descend(start, 1 / d, 200_000, tol=0.0)
            times.append((time.process_time() - before) / 200_000)
        print(f"d = {d:7d}: {min(times) * 1e6:.2f} us per step")


if __name__ == "__main__":
    main()
