"""Linear algebra modulo primes against the rationals, and roots of residues."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symbias.regularizers.modular import Echelon, Roots, nullspace, random_prime, rank, rational

matrices = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(-3, 3), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@settings(max_examples=40, deadline=None)
@given(matrices, st.integers(0, 1000))
def test_rank_and_nullspace_are_those_over_the_rationals(rows, seed):
    prime = random_prime(np.random.default_rng(seed))
    matrix = np.array(rows)
    exact = sp.Matrix(rows)
    assert rank(matrix, prime) == exact.rank()
    basis = nullspace(matrix, prime)
    assert len(basis) == matrix.shape[1] - exact.rank()
    for vector in basis:
        solution = sp.Matrix([sp.Rational(rational(int(x), prime)) for x in vector])
        assert exact * solution == sp.zeros(len(rows), 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(-20_000, 20_000), st.integers(1, 20_000))
def test_fractions_are_read_back(numerator, denominator):
    prime = 2**31 - 1
    value = Fraction(numerator, denominator)
    residue = value.numerator * pow(value.denominator, -1, prime) % prime
    assert rational(residue, prime) == value


@pytest.mark.parametrize("order", [2, 3, 4, 6, 12, 60])
def test_roots_exist_for_powers_and_only_for_them(order):
    rng = np.random.default_rng(order)
    prime = random_prime(rng, order)
    table = Roots(prime, order)
    for n in [d for d in sp.divisors(order) if d > 1]:
        powers = [pow(int(x), n, prime) for x in rng.integers(1, prime, 20)]
        assert all(pow(table.root(x, n, rng), n, prime) == x for x in powers)
        draws = [int(x) for x in rng.integers(1, prime, 200)]
        without = [x for x in draws if table.root(x, n, rng) is None]
        assert all(pow(x, (prime - 1) // n, prime) != 1 for x in without)
        assert all(pow(x, (prime - 1) // n, prime) == 1 for x in draws if x not in without)


def test_both_square_roots_are_found():
    rng = np.random.default_rng(0)
    prime = random_prime(rng, 2)
    roots = {Roots(prime, 2).root(4, 2, rng) for _ in range(30)}
    assert roots == {2, prime - 2}


def test_dependent_vectors_are_not_kept():
    found = Echelon(101)
    assert [found.add(np.array(row)) for row in ([0, 0], [3, 6], [1, 2], [102, 0])] == [
        False,
        True,
        False,
        True,
    ]
    assert found.rank == 2
