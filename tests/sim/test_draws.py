"""Random integers: every one as often as the others, none outside."""

from __future__ import annotations

import numpy as np
from scipy.stats import chisquare

from symbias.jit import njit
from symbias.sim.draws import between


@njit()
def many(rng, low, high, count):
    out = np.empty(count, dtype=np.int64)
    for i in range(count):
        out[i] = between(rng, low, high)
    return out


class Largest:
    """A generator that always draws the largest double below one."""

    def random(self):
        return 1 - 2.0**-53


def test_every_integer_comes_as_often_as_the_others():
    drawn = many(np.random.default_rng(0), 3, 10, 70_000)
    counts = np.bincount(drawn, minlength=10)
    assert not counts[:3].any()
    assert chisquare(counts[3:]).pvalue > 1e-6


def test_the_end_is_excluded():
    plain = getattr(between, "py_func", between)
    for width in [*range(1, 2000), 2**31 - 1, 2**31, 2**52 + 1, 2**53 - 1]:
        assert plain(Largest(), 5, 5 + width) == 4 + width
