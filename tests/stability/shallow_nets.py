"""Random shallow ReLU networks with everything that can go wrong: coincident hyperplanes, dead neurons, far ones."""

from __future__ import annotations

import numpy as np

import symbias as sb

DIMENSIONS = (1, 2, 3, 5, 8, 16, 32, 64)


def random_data(n, d, rng):
    """Samples of some scale around some centre."""
    return rng.standard_normal((n, d)) * rng.choice([0.3, 1.0, 3.0]) + rng.standard_normal(d)


def random_net(d, k, rng):
    """A network; from five neurons on, some are special."""
    W = rng.standard_normal((k, d)) / np.sqrt(d)
    b, v = rng.standard_normal(k), rng.standard_normal(k)
    if k >= 5:
        factor = rng.uniform(0.5, 2.0)
        W[1], b[1] = factor * W[0], factor * b[0]  # the same hyperplane
        W[2], b[2] = -factor * W[0], -factor * b[0]  # and from its other side
        W[3], b[3] = 0.0, rng.uniform(0.1, 1.0)  # a constant
        v[4] = 0.0
    if k >= 8:
        b[5], b[6] = 100.0, -100.0  # beyond the data, active everywhere and nowhere
        W[7] = 0.0
        b[7] = -1.0
    return sb.ShallowReLU(W, b, v, rng.standard_normal())


def random_problem(seed):
    """A network, data, and targets that it does not fit."""
    rng = np.random.default_rng(seed)
    d, n, k = int(rng.choice(DIMENSIONS)), int(rng.integers(2, 60)), int(rng.integers(1, 20))
    X = random_data(n, d, rng)
    return random_net(d, k, rng), X, rng.standard_normal(n)
