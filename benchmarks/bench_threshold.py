"""Thresholds of update rules against bisection on the largest root modulus.

Run: ``python benchmarks/bench_threshold.py``. The bisections know the characteristic polynomial and that the first
stable interval begins at 0; numpy.roots stops at what doubles resolve, mpmath.polyroots at 15 digits. Last: seconds for
the symbolic threshold of every ready rule.
"""

import time

import mpmath
import numpy as np
import sympy as sp

import symbias as sb

z, x, beta, nu, tau = sp.symbols("z x beta nu tau")
HALF = sp.Rational(1, 2)


def best_of(repeats, work):
    """Return the least time of several runs, in seconds, and the last value."""
    least = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        value = work()
        least = min(least, time.perf_counter() - start)
    return least, value


def bisect(grows, high, width):
    low = high / 1e6
    while high - low > width * high:
        middle = (low + high) / 2
        low, high = (low, middle) if grows(middle) else (middle, high)
    return high


def by_numpy(rows, start):
    """Bisection in doubles, from twice the threshold downwards."""
    return bisect(lambda v: np.abs(np.roots(rows(v))).max() > 1 + 1e-12, start, 1e-10)


def by_mpmath(rows, start):
    """Bisection to 15 digits."""

    def grows(v):
        roots = mpmath.polyroots(rows(v), maxsteps=200, extraprec=200)
        return max(abs(r) for r in roots) > 1

    with mpmath.workdps(20):
        return bisect(grows, mpmath.mpf(start), 1e-15)


def computed(threshold):
    """Return the value of a derived threshold, not the remembered one."""
    threshold._numbers.clear()  # noqa: SLF001 - what is measured would be a look-up
    return threshold.value()


def values():
    print("value(): milliseconds, and how many times faster than bisection")
    print(f"{'rule':<32}{'symbias':>9}{'numpy':>10}{'mpmath':>10}")
    rules = [sb.UpdateRule.nesterov(HALF)]
    rules += [sb.UpdateRule.heavy_ball(HALF).delayed(t) for t in (3, 10, 40)]
    rules += [
        sb.UpdateRule.nesterov(sp.Rational(99, 100)).delayed(40),
        sb.UpdateRule.extragradient(),
    ]
    for rule in rules:
        threshold = rule.threshold()
        threshold.value()
        ours, value = best_of(5, lambda threshold=threshold: computed(threshold))
        rows = sp.lambdify(x, sp.Poly(rule.characteristic(z, x), z).all_coeffs())
        plain, rough = best_of(2, lambda rows=rows, value=value: by_numpy(rows, 2 * float(value)))
        assert abs(rough - value) < 1e-3 * value
        shown = "-"
        if len(rows(1.0)) < 15:
            exact, fine = best_of(
                1, lambda rows=rows, value=value: by_mpmath(rows, 2 * float(value))
            )
            assert abs(fine - value) < 1e-13 * value
            shown = f"{exact / ours:.0f}x"
        print(f"{rule.name:<32}{ours * 1e3:9.2f}{plain / ours:9.1f}x{shown:>10}")


def symbolic():
    print("\nsymbolic threshold: seconds for closed form or polynomial")
    make = sb.UpdateRule
    rules = [
        make.gradient_descent().delayed(tau),
        make.heavy_ball(beta),
        make.nesterov(beta),
        make.quasi_hyperbolic(beta, nu),
        make.adam(beta),
        make.optimistic(),
        make.extragradient(),
        make.lookahead(5, nu),
        make.cycle([1, nu]),
        make.from_torch(beta, weight_decay=nu),
        make.heavy_ball(beta).delayed(tau),
        make.heavy_ball(beta).delayed(10),
        make.shifted_momentum(beta, 10),
        make.nesterov(beta).delayed(10),
    ]
    for rule in rules:
        threshold = rule.threshold()
        start = time.perf_counter()
        found = threshold.closed_form
        if found is None:
            found = threshold.crossing if threshold.rule.delay == tau else threshold.polynomial
        print(f"{rule.name:<45}{time.perf_counter() - start:7.2f}")
        assert found is not None


if __name__ == "__main__":
    values()
    symbolic()
