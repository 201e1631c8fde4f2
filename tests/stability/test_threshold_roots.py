"""Exact counts of roots, against products of known factors and against roots in doubles."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbias.errors import ConvergenceError, InputError
from symbias.stability.roots import RootCount, count_roots
from symbias.stability.winding import roots_outside

# constant coefficient first; with the numbers of roots inside, on, outside
FACTORS = {
    (1, 1): (0, 1, 0),
    (-1, 1): (0, 1, 0),
    (1, 0, 1): (0, 2, 0),
    (1, 1, 1): (0, 2, 0),
    (5, -6, 5): (0, 2, 0),
    (0, 1): (1, 0, 0),
    (-1, 2): (1, 0, 0),
    (-2, 1): (0, 0, 1),
    (2, -5, 2): (1, 0, 1),
    (2, 1): (0, 0, 1),
    (1, 2, 5): (2, 0, 0),
    (5, 2, 1): (0, 0, 2),
    (1, 3, 1): (1, 0, 1),
}


def product(factors):
    found = np.array([1], dtype=object)
    for factor in factors:
        found = np.convolve(found, np.array(factor, dtype=object))
    return [int(c) for c in found]


@given(st.lists(st.sampled_from(sorted(FACTORS)), min_size=1, max_size=7), st.sampled_from([1, -7]))
@settings(max_examples=150, deadline=None)
def test_counts_of_products_add(factors, constant):
    counted = count_roots([constant * c for c in product(factors)])
    assert counted == tuple(np.sum([FACTORS[f] for f in factors], axis=0))


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=12))
@settings(max_examples=150, deadline=None)
def test_counts_agree_with_roots_in_doubles(coefficients):
    coefficients = [*coefficients, 7]
    sizes = np.abs(np.roots(coefficients[::-1]))
    if np.min(np.abs(sizes - 1)) < 1e-3:
        return  # doubles cannot tell; the products above cover roots on the circle
    inside = int((sizes < 1).sum())
    assert count_roots(coefficients) == (inside, 0, len(sizes) - inside)


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=9))
@settings(max_examples=80, deadline=None)
def test_reversing_the_coefficients_swaps_inside_and_outside(coefficients):
    coefficients = [3, *coefficients, 5]
    there, back = count_roots(coefficients), count_roots(coefficients[::-1])
    assert (there.inside, there.on, there.outside) == (back.outside, back.on, back.inside)


def test_a_change_in_the_last_digit_is_seen():
    size = 10**40
    assert count_roots([-(size - 1), size]) == (1, 0, 0)
    assert count_roots([-(size + 1), size]) == (0, 0, 1)


def test_stable_means_all_inside():
    assert RootCount(3, 0, 0).stable
    assert not RootCount(3, 1, 0).stable
    assert not RootCount(3, 0, 1).stable


def test_the_zero_polynomial_is_refused():
    with pytest.raises(InputError, match="zero polynomial"):
        count_roots([0, 0])


@pytest.mark.parametrize("roots", [(0.5, 2.0), (0.3 + 0.4j, 0.3 - 0.4j, 3.0), (1.5, -1.5, 0.1)])
def test_the_argument_principle_counts_the_same(roots):
    counted = roots_outside(lambda z: prod(z - r for r in roots), len(roots))
    assert counted == sum(abs(r) > 1 for r in roots)


def test_the_argument_principle_refuses_a_root_on_the_circle():
    with pytest.raises(ConvergenceError, match="could not be counted"):
        roots_outside(lambda z: z**2 + 1, 2)
