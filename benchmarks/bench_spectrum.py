"""Complete spectra of critical points by symmetry against the dense Hessian, and proofs per second.

Run: ``OPENBLAS_NUM_THREADS=1 python benchmarks/bench_spectrum.py``. The dense side has its critical point given and
pays for the Hessian and ``eigvalsh`` alone; ours finds the points too. Compilation is left out on both sides.
"""

import time

import mpmath
import numpy as np
import sympy as sp

import symbias as sb

POINTS = 20_000  # in one sweep


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
    accuracy(family)
    proofs(family)


def accuracy(family):
    """Print the largest relative errors of the sweep against 40 digits."""
    dimensions = [8, 20, 1e3, 1e6]
    found = family.sweep(dimensions)
    for k, d in enumerate(dimensions):
        point = family.at(d, 40)
        pairs = [(found.loss[k], point.loss)]
        for component, values in found.eigenvalues.items():
            pairs += zip(values[:, k], point.spectrum().of(component), strict=True)
        worst = max(abs(float(ours / exact - 1)) for ours, exact in pairs)
        print(f"d = {d:9g}: loss and eigenvalues of the sweep are off by {worst:.0e} at most")


def proofs(family):
    """Print proofs per second against Newton's method in mpmath on the same statements, which proves nothing."""
    family.at(2000, 50).certify()
    seconds, proved = best_of(
        1, lambda: [family.at(d, 50).certify().proved for d in range(8, 1001)]
    )
    assert all(proved)
    each, system, samples = seconds / len(proved), family.system, (8, 50, 200, 1000)
    twin = sp.lambdify(system.args, system.equations, modules="mpmath", cse=True)
    theirs, _ = best_of(1, lambda: [newton(twin, family.branch.start(d), d) for d in samples])
    print(
        f"proofs at 50 digits, d = 8..1000: {seconds:.2f} s, {1 / each:.0f} per second; "
        f"Newton in mpmath without proof: {len(samples) / theirs:.0f} per second, {theirs / len(samples) / each:.0f}x"
    )


def newton(twin, point, d):
    """Return the point to 50 digits, from float64 to a step below 1e-30."""
    n = len(point)
    with mpmath.workprec(170):
        point, step = mpmath.matrix(list(map(float, point))), mpmath.matrix([1])
        while mpmath.norm(step) > 1e-30:
            values = twin(mpmath.mpf(d), *point)
            jacobian = mpmath.matrix([values[n * k : n * (k + 1)] for k in range(1, n + 1)])
            step = mpmath.lu_solve(jacobian, mpmath.matrix(values[:n]))
            point -= step
    return point


if __name__ == "__main__":
    main()
