"""The loop over a recurrence, with a function that is not generated."""

from __future__ import annotations

import numpy as np
from numba import njit

from symbias.sim.recurrence import iterate


@njit
def fibonacci(inputs, strides, out):
    for i in range(out.shape[1]):
        out[0, i] = inputs[0, i] + inputs[1, i]


@njit
def alternating(inputs, strides, out):
    for i in range(out.shape[1]):
        out[0, i] = inputs[0, i] * inputs[1, i] * (1 - 2 * (inputs[2, i] % 2))


def integers(*values):
    return np.array(values, dtype=np.int64)


def test_fibonacci_numbers():
    theta, sizes = iterate(
        fibonacci,
        integers(0, 1),
        integers(0, 0),
        np.empty((0, 1)),
        integers(0),
        np.ones(1),
        5000,
        5,
    )
    assert theta[0, :7].tolist() == [1, 2, 3, 5, 8, 13, 21]
    golden = (1 + np.sqrt(5)) / 2
    assert np.abs(np.diff(sizes[0, 20:]) - 5 * np.log(golden)).max() < 1e-11
    assert sizes[0, 1] == np.log(np.hypot(13, 8))


def test_rows_that_are_late_and_constants_and_the_time():
    theta, _ = iterate(
        alternating, integers(0), integers(1), np.array([[2.0]]), integers(1, 0), np.ones(1), 4, 1
    )
    # t = 0: from theta(-1) = 1; t = 1: from theta(1) = 2, sign -; t = 2: theta(1) again; t = 3: theta(3)
    assert theta[0].tolist() == [1, 2, -4, 4, -8]
