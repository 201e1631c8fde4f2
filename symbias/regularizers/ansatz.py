"""Laws within a finite-dimensional space of functions: an exact linear system for their coefficients.

A function h is conserved along every gradient flow of every loss exactly when grad h . grad F_i = 0 for all outputs,
which is linear in h. The system is set up at random points modulo a prime, its solutions are read as fractions and
then checked for themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from symbias.regularizers.differential_ring import Place
from symbias.regularizers.lie_rank import Field, GradientFields, product
from symbias.regularizers.modular import Echelon, nullspace, rational

SPARE = 8
"""Points beyond the number that the unknowns need."""

Gradients = Callable[[Place, np.ndarray], np.ndarray]
"""Gradients of the functions at a place, shape (functions, D), given the slopes of the ring's symbols there."""


def solutions(
    fields: GradientFields, size: int, gradients: Gradients, rng: np.random.Generator
) -> list[list[Fraction]]:
    """Return the combinations of functions that are conserved, sparse ones first.

    Parameters
    ----------
    fields : GradientFields
        Of the map.
    size : int
        The number of functions.
    gradients : callable
        Their gradients at a place.
    rng : numpy.random.Generator
        Source of primes and points.

    Returns
    -------
    list of list of Fraction
        Integer coefficients without common factor, the first nonzero one positive. Combinations that are constant
        are left out.

    Examples
    --------
    >>> from symbias.regularizers.differential_ring import DifferentialRing
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> fields = GradientFields(DifferentialRing((u, v), [u * v]), 1)
    >>> squares = lambda place, slopes: 2 * np.diag(place.values) % place.prime
    >>> solutions(fields, 2, squares, np.random.default_rng(0))
    [[Fraction(1, 1), Fraction(-1, 1)]]
    """
    ring = fields.ring
    prime = ring.prime(rng)
    width = max(1, min(len(fields.generators), len(ring.parameters)))
    rows, moves = [], []
    for _ in range(size // width + SPARE):
        place = ring.place(prime, rng)
        slopes = fields.slopes_at(place)
        table = gradients(place, slopes)
        moves.append(table.T)
        rows.append(product(np.array([f.at(place)[0] for f in fields.generators]), table.T, prime))
    kept = _independent(np.vstack(moves), prime)
    found = [_fractions(v, prime) for v in nullspace(np.vstack(rows)[:, kept], prime)]
    spread = [_spread(v, kept, size) for v in found if v is not None]
    true = [v for v in spread if _holds(v, fields, gradients, rng)]
    return sorted(true, key=lambda v: sum(c != 0 for c in v))


def _independent(moves: np.ndarray, prime: int) -> list[int]:
    """Return columns that are linearly independent as functions up to constants, early ones preferred."""
    found = Echelon(prime)
    return [n for n, column in enumerate(moves.T) if found.add(column)]


def _fractions(vector: np.ndarray, prime: int) -> list[Fraction] | None:
    found = [rational(int(c), prime) for c in vector]
    if any(c is None for c in found):
        return None
    values = [c for c in found if c is not None]
    scale = Fraction(
        lcm(*(c.denominator for c in values)), gcd(*(c.numerator for c in values)) or 1
    )
    lead = next((c for c in values if c), Fraction(1))
    return [c * scale * (1 if lead > 0 else -1) for c in values]


def _spread(vector: list[Fraction], kept: list[int], size: int) -> list[Fraction]:
    whole = [Fraction(0)] * size
    for place, value in zip(kept, vector, strict=True):
        whole[place] = value
    return whole


def combination(vector: list[Fraction], table: np.ndarray, prime: int) -> np.ndarray:
    """Return the gradient of a combination of functions.

    Parameters
    ----------
    vector : list of Fraction
        Coefficients.
    table : numpy.ndarray, shape (functions, D)
        Gradients of the functions, residues.
    prime : int
        The modulus.

    Returns
    -------
    numpy.ndarray, shape (D,)
        Residues.

    Examples
    --------
    >>> combination([Fraction(1, 2), Fraction(1)], np.array([[2, 4], [0, 1]]), 101)
    array([1, 3])
    """
    numbers = [c.numerator * pow(c.denominator, -1, prime) % prime for c in vector]
    return product(np.array(table).T, np.array(numbers, dtype=np.int64), prime)


def _holds(
    vector: list[Fraction], fields: GradientFields, gradients: Gradients, rng: np.random.Generator
) -> bool:
    """Check a combination at points modulo two further primes: a fraction may have been misread."""
    for _ in range(2):
        prime = fields.ring.prime(rng)
        for _ in range(2):
            place = fields.ring.place(prime, rng)
            slope = combination(vector, gradients(place, fields.slopes_at(place)), prime)
            if any(product(_row(f, place), slope, prime).any() for f in fields.generators):
                return False
    return True


def _row(field: Field, place: Place) -> np.ndarray:
    return field.at(place)[0][None, :]
