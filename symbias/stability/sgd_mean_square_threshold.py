"""The mean-square threshold of mini-batch SGD for one parameter, derived from the law of a batch.

A batch is a set of B of the n samples, all sets equally likely, drawn anew at each step. With xi the mean curvature of
the batch theta <- (1 - eta xi) theta, so E theta**2 is multiplied by E (1 - eta xi)**2 at each step. Matrices follow
the same lines entry by entry: that is the operator of `symbias.solvers.mean_square_operator`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symbias import simulate
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import integer, positive, real
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

CURVATURES = ((1.0, 3.0), (0.2, 1.0, 1.5, 6.0), (1.0, 1.0, 1.0, 1.0, 9.0))
"""Per-sample curvatures of the problems on which the formula is compared with a propagation of second moments."""

RUNS = 400_000
"""Runs of a few steps at the threshold: a standard error well below one per cent."""


def _derive() -> tuple[Formula, Formula]:
    n, B = integer("n B")
    a, eta = positive("a eta")
    s, first, second = real("s q_1 q_2")
    p = real("p")
    derivation = Derivation(
        "The mean-square threshold of mini-batch SGD with one parameter",
        assumptions=[n >= 2, B >= 1, n >= B],
        cites=["mulayoff2024"],
    )
    mean_square = (first * n * (a**2 + s**2) + second * ((n * a) ** 2 - n * (a**2 + s**2))) / B**2
    derivation.start(
        (mean_square - a**2) / s**2,
        "variance of the mean curvature of a batch over that of a sample; $n a$ and $n (a^2 + s^2)$ are the sums of "
        "the curvatures and of their squares; a batch holds a sample with probability $q_1$, a pair with $q_2$",
    )
    derivation.rewrite(
        (n - B) / (B * (n - 1)),
        "the number of members is $B$: its mean is $n q_1$, the mean of its square $n q_1 + n (n - 1) q_2$",
        given=[sp.Eq(n * first, B), sp.Eq(n * first + n * (n - 1) * second, B**2)],
    )
    share = derivation.conclude(sp.Function("p")(n, B), "batch_fraction")
    derivation.start(
        1 - 2 * eta * a + eta**2 * (a**2 + p * s**2),
        r"the multiplier $E (1 - \eta \xi)^2$, with mean $a$ and variance $p s^2$ of $\xi$",
    )
    derivation.rewrite(
        (1 - eta * a) ** 2 + eta**2 * p * s**2, "the mean contracts, the noise is added"
    )
    derivation.conclude(sp.Function("q")(eta, a, s, p), "second_moment_multiplier")
    derivation.start(eta, "the positive step at which the multiplier is one")
    derivation.rewrite(
        2 * a / (a**2 + p * s**2),
        r"divide (multiplier - 1) by $\eta$",
        given=[sp.Eq(eta * (a**2 + p * s**2), 2 * a)],
    )
    return share, derivation.conclude(
        sp.Function("eta_star")(a, s, p),
        "sgd_mean_square_threshold",
        domain=[p >= 0, p <= 1],
        reference="mulayoff2024",
    )


@cache
def sgd_mean_square_threshold() -> Result:
    """Return the mean-square threshold 2 a / (a**2 + p s**2) of mini-batch SGD with one parameter, derived.

    Returns
    -------
    Result
        With ``.formula`` in the mean a and the standard deviation s of the curvatures of the samples, and the share p
        of their variance that a batch leaves; ``.derivation`` also concludes p in the numbers n and B of samples.

    Notes
    -----
    Derived here; the case of one parameter of the threshold of Mulayoff and Michaeli (2024).

    Examples
    --------
    >>> sgd_mean_square_threshold().formula.evalf(a=2, s=1, p=1)
    mpf('0.8')
    """
    share, formula = _derive()

    def predicted(curvatures: Any, batch: int) -> float:
        fraction = float(share.compile()(len(curvatures), batch))
        return float(formula.compile()(np.mean(curvatures), np.std(curvatures), fraction))

    @claim("the second moment starts to grow at the threshold", relation="==", of=formula)
    def onset() -> Any:
        cases = [(c, batch) for c in CURVATURES for batch in range(1, len(c) + 1)]
        measured = [
            simulate.measured_mean_square_threshold(np.sqrt(c)[:, None], batch)[0]
            for c, batch in cases
        ]
        return [predicted(*case) for case in cases], measured

    @claim(
        "at the threshold the second moment neither grows nor shrinks", relation="==", of=formula
    )
    def balance(rng: Any) -> Any:
        X, steps = np.sqrt(CURVATURES[1])[:, None], 4
        moments = simulate.sgd_second_moment(
            X, predicted(CURVATURES[1], 2), 2, steps, [1.0], samples=RUNS, rng=rng
        )
        return np.ones(steps), moments.mean[1:], moments.error[1:]

    return Result("sgd_mean_square_threshold", formula, (onset, balance))
