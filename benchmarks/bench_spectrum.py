"""Complete spectra of critical points by symmetry against the dense Hessian, and proofs per second.

Run: ``OPENBLAS_NUM_THREADS=1 python benchmarks/bench_spectrum.py``. The dense side has its critical point given and
pays for the Hessian and ``eigvalsh`` alone; ours finds the points too. Compilation is left out on both sides.
"""

import time

import numpy as np

import symbias as sb

POINTS = 20_000


def best_of(repeats, work):
    """Return the least processor time of several runs, in seconds, and the last value."""
    least = np.inf
    for _ in range(repeats):
        start = time.process_time()
        value = work()
        least = min(least, time.process_time() - start)
    return least, value


def main():
    loss = sb.PopulationLoss(sb.activations.relu)
    family = loss.family("II")
    dimensions = np.linspace(8, 1000, POINTS)
    family.sweep(dimensions)
    seconds, _ = best_of(5, lambda: family.sweep(dimensions))
    ours = seconds / POINTS
    print(f"sweep over {POINTS} dimensions: {1e6 * ours:.2f} us per spectrum")
    print(
        f"{'d':>9}{'dense ms':>10}{'sweep, times faster':>21}{'.at(d) ms':>11}{'times faster':>14}"
    )
    for d in (10, 20, 30):
        W = family.at(d).matrix()
        dense, found = best_of(3, lambda W=W: np.linalg.eigvalsh(loss.hessian(W)))
        single, spectrum = best_of(5, lambda d=d: family.at(d).spectrum())
        assert abs(spectrum.smallest - found[0]) < 1e-12
        print(
            f"{d:9}{1e3 * dense:10.2f}{dense / ours:21.0f}{1e3 * single:11.2f}{dense / single:14.1f}"
        )
    for d in (10**3, 10**6):
        for digits in (15, 40):
            single, _ = best_of(5, lambda d=d, n=digits: family.at(d, n).spectrum())
            print(f"{d:9}{'':>31}{1e3 * single:11.2f}  with {digits} digits")
    seconds, proved = best_of(1, lambda: [family.at(d, 50).certify().proved for d in range(8, 308)])
    assert all(proved)
    print(f"proofs at 50 digits: {len(proved) / seconds:.0f} per second (d = 8..307)")


if __name__ == "__main__":
    main()
