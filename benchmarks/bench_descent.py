"""Gradient descent on a diagonal network, per step, against JAX and against NumPy.

Run: ``python benchmarks/bench_descent.py``. 40 samples, 100 coordinates, w = u**2 - v**2, one process. JAX, where it is
installed, runs the same steps with the gradient written by hand, jitted in one loop, in float64; its gradient by
automatic differentiation is measured too. Times are the least of several rounds, in which the sides take turns.
"""

import os
import time

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sympy as sp

import symbias as sb

u, v = sp.symbols("u v", real=True)
NETWORK = sb.Parametrization(u**2 - v**2, [u, v])
SAMPLES, WIDTH, STEPS, ROUNDS, SIZE, RATE = 40, 100, 20_000, 40, 0.1, 1e-7


def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((SAMPLES, WIDTH)), rng.standard_normal(SAMPLES)


def ours(X, y):
    init = {u: SIZE, v: SIZE}

    def work():
        run = sb.simulate.gradient_descent(NETWORK, X, y, init, RATE, max_steps=STEPS, every=STEPS)
        return run.w

    return work


def with_numpy(X, y):
    def work():
        first = np.full(WIDTH, SIZE)
        second = first.copy()
        for _ in range(STEPS):
            force = 2 * RATE * (X.T @ (X @ (first * first - second * second) - y))
            first -= force * first
            second += force * second
        return first**2 - second**2

    return work


def with_jax(X, y, *, by_hand):
    """Return a jitted loop of all steps, or None without JAX."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    data, targets = jax.numpy.asarray(X), jax.numpy.asarray(y)
    transposed = jax.numpy.asarray(np.ascontiguousarray(X.T))

    def loss(theta):
        residual = data @ (theta[0] ** 2 - theta[1] ** 2) - targets
        return residual @ residual / 2

    def derived(theta):
        first, second = theta
        force = 2 * (transposed @ (data @ (first * first - second * second) - targets))
        return force * first, -force * second

    gradient = derived if by_hand else jax.grad(loss)

    def advance(_, theta):
        slope = gradient(theta)
        return theta[0] - RATE * slope[0], theta[1] - RATE * slope[1]

    start = (jax.numpy.full(WIDTH, SIZE),) * 2
    run = jax.jit(lambda theta: jax.lax.fori_loop(0, STEPS, advance, theta))

    def work():
        first, second = run(start)
        return np.asarray(first**2 - second**2)

    return work


def main():
    X, y = data()
    sides = {
        "symbias": ours(X, y),
        "NumPy": with_numpy(X, y),
        "JAX, gradient by hand": with_jax(X, y, by_hand=True),
        "JAX, automatic": with_jax(X, y, by_hand=False),
    }
    sides = {name: work for name, work in sides.items() if work is not None}
    wanted, least = sides["NumPy"](), dict.fromkeys(sides, np.inf)
    for work in sides.values():
        assert np.abs(work() - wanted).max() < 1e-12
    for _ in range(ROUNDS):
        for name, work in sides.items():
            start = time.perf_counter()
            work()
            least[name] = min(least[name], time.perf_counter() - start)
    print(f"gradient descent, n={SAMPLES}, d={WIDTH}, microseconds per step")
    for name, seconds in least.items():
        ratio = f"   {seconds / least['symbias']:.2f} times ours" if name != "symbias" else ""
        print(f"  {name:<22} {seconds / STEPS * 1e6:8.3f}{ratio}")
    if len(sides) == 2:
        print("  (JAX is not installed: pip install jax)")


if __name__ == "__main__":
    main()
