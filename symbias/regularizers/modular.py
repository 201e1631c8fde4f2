"""Exact linear algebra modulo primes below 2**31, whose products fit 64-bit integers.

A rank modulo a prime never exceeds the rank over the rationals; it is smaller only for primes and points on a set
whose share is about (degree / prime). Whoever counts by such ranks repeats the count with another prime and point.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt

import numpy as np
import sympy as sp

LOW, HIGH = 2**30, 2**31


def random_prime(rng: np.random.Generator, order: int = 1) -> int:
    """Return a random prime p for which p - 1 = order * m with m coprime to the order.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the prime.
    order : int
        Roots of this order will be taken; at least 1.

    Returns
    -------
    int
        Between 2**30 and 2**31.

    Examples
    --------
    >>> p = random_prime(np.random.default_rng(0), 6)
    >>> p % 6, sp.isprime(p)
    (1, True)
    """
    while True:
        p = 1 + order * int(rng.integers(LOW // order, HIGH // order))
        if LOW < p < HIGH and gcd(order, (p - 1) // order) == 1 and sp.isprime(p):
            return p


class Roots:
    """Roots of residues, for the primes of `random_prime`.

    The units are the product of a group of the small given order, where roots are looked up, and one in which every
    residue has exactly one root of that order.

    Parameters
    ----------
    prime : int
        From ``random_prime(rng, order)``.
    order : int
        Orders of roots must divide it.

    Examples
    --------
    >>> p = random_prime(np.random.default_rng(0), 6)
    >>> root = Roots(p, 6).root(pow(5, 3, p), 3, np.random.default_rng(1))
    >>> pow(root, 3, p)
    125
    >>> Roots(p, 6).character(pow(5, 3, p), 3)
    0
    """

    def __init__(self, prime: int, order: int) -> None:
        self.prime, self.order = prime, order
        self._rest = (prime - 1) // order
        self._idempotent = order * pow(order, -1, self._rest) if self._rest > 1 else 0
        unit = next(u for u in range(2, prime) if self._generates(u))
        zeta = pow(unit, self._rest, prime)
        self._powers = [pow(zeta, k, prime) for k in range(order)]
        self._logs = {value: k for k, value in enumerate(self._powers)}

    def _generates(self, unit: int) -> bool:
        zeta = pow(unit, self._rest, self.prime)
        return all(pow(zeta, self.order // q, self.prime) != 1 for q in sp.primefactors(self.order))

    def _split(self, value: int) -> tuple[int, int]:
        large = pow(value, self._idempotent, self.prime)
        return large, self._logs[value * pow(large, -1, self.prime) % self.prime]

    def character(self, value: int, order: int) -> int:
        """Return the class of a nonzero residue modulo powers.

        Parameters
        ----------
        value, order : int
            Residue and order.

        Returns
        -------
        int
            0 if it has a root of that order.
        """
        return self._split(value % self.prime)[1] % order

    def root(self, value: int, order: int, rng: np.random.Generator) -> int | None:
        """Return a random root of a nonzero residue.

        Parameters
        ----------
        value, order : int
            Residue and order.
        rng : numpy.random.Generator
            Chooses among the roots.

        Returns
        -------
        int or None
            None if there is none.
        """
        large, log = self._split(value % self.prime)
        if log % order:
            return None
        step = self.order // order
        small = self._powers[(log // order + step * int(rng.integers(order))) % self.order]
        return pow(large, pow(order, -1, self._rest), self.prime) * small % self.prime


class Echelon:
    """Linearly independent vectors modulo a prime, collected one by one.

    Parameters
    ----------
    prime : int
        The modulus, below 2**31.

    Examples
    --------
    >>> found = Echelon(101)
    >>> [found.add(np.array(row)) for row in ([1, 2], [2, 4], [0, 1])]
    [True, False, True]
    >>> found.rank
    2
    """

    def __init__(self, prime: int) -> None:
        self.prime = prime
        self._rows: list[np.ndarray] = []
        self._pivots: list[int] = []

    @property
    def rank(self) -> int:
        """The number of vectors kept."""
        return len(self._rows)

    def add(self, vector: np.ndarray) -> bool:
        """Keep a vector if it is independent of those before.

        Parameters
        ----------
        vector : numpy.ndarray
            Integers.

        Returns
        -------
        bool
            Whether it is.
        """
        rest = np.asarray(vector, dtype=np.int64) % self.prime
        for row, pivot in zip(self._rows, self._pivots, strict=True):
            if rest[pivot]:
                rest = (rest - row * rest[pivot] % self.prime) % self.prime
        places = np.flatnonzero(rest)
        if not places.size:
            return False
        pivot = int(places[0])
        self._rows.append(rest * pow(int(rest[pivot]), -1, self.prime) % self.prime)
        self._pivots.append(pivot)
        return True


def rank(matrix: np.ndarray, prime: int) -> int:
    """Return the rank of an integer matrix modulo a prime.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n, m)
        Integers.
    prime : int
        The modulus.

    Returns
    -------
    int
        At most the rank over the rationals.

    Examples
    --------
    >>> rank(np.array([[1, 2], [2, 4]]), 101)
    1
    """
    found = Echelon(prime)
    return sum(found.add(row) for row in matrix)


def nullspace(matrix: np.ndarray, prime: int) -> np.ndarray:
    """Return the reduced basis of the vectors that a matrix maps to zero.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n, m)
        Residues.
    prime : int
        The modulus.

    Returns
    -------
    numpy.ndarray, shape (nullity, m)
        Each row has a 1 at a column of its own, where the others have 0.

    Examples
    --------
    >>> nullspace(np.array([[1, 2, 3]]), 101)
    array([[99,  1,  0],
           [98,  0,  1]])
    """
    work = np.array(matrix, dtype=np.int64) % prime
    pivots: list[int] = []
    for column in range(work.shape[1]):
        top = len(pivots)
        below = np.flatnonzero(work[top:, column]) if top < len(work) else np.zeros(0, int)
        if not below.size:
            continue
        work[[top, top + below[0]]] = work[[top + below[0], top]]
        work[top] = work[top] * pow(int(work[top, column]), -1, prime) % prime
        others = np.flatnonzero(work[:, column])
        others = others[others != top]
        work[others] = (work[others] - work[others, column][:, None] * work[top] % prime) % prime
        pivots.append(column)
    free = [c for c in range(work.shape[1]) if c not in set(pivots)]
    basis = np.zeros((len(free), work.shape[1]), dtype=np.int64)
    for row, column in enumerate(free):
        basis[row, column] = 1
        basis[row, pivots] = -work[: len(pivots), column] % prime
    return basis


def rational(residue: int, prime: int) -> Fraction | None:
    """Return the fraction of small numerator and denominator that a residue stands for.

    Parameters
    ----------
    residue : int
        Modulo the prime.
    prime : int
        The modulus.

    Returns
    -------
    Fraction or None
        Numerator and denominator at most sqrt(prime / 2), where it is unique; None if there is none.

    Examples
    --------
    >>> rational(3 * pow(7, -1, 10007), 10007)
    Fraction(3, 7)
    """
    bound = isqrt(prime // 2)
    older, newer = (prime, 0), (residue % prime, 1)
    while newer[0] > bound:
        quotient = older[0] // newer[0]
        older, newer = newer, (older[0] - quotient * newer[0], older[1] - quotient * newer[1])
    small = 0 < abs(newer[1]) <= bound and gcd(newer[0], newer[1]) == 1
    return Fraction(newer[0], newer[1]) if small else None
