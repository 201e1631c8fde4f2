"""Conserved polynomials in the parameters, or in the functions of them that the map is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb

import numpy as np
import sympy as sp

from symbias.regularizers.ansatz import solutions
from symbias.regularizers.differential_ring import Place
from symbias.regularizers.lie_rank import GradientFields, product

UNKNOWNS = 600
"""Most monomials of a search."""


def polynomial_laws(
    fields: GradientFields,
    symbols: Sequence[sp.Symbol],
    degree: int,
    rng: np.random.Generator,
) -> Iterator[sp.Expr]:
    """Yield conserved polynomials of at most a degree, sparse ones first; they may depend on one another.

    Parameters
    ----------
    fields : GradientFields
        Of the map.
    symbols : sequence of sympy.Symbol
        The symbols of the ring in which the laws are polynomials.
    degree : int
        The highest degree.
    rng : numpy.random.Generator
        Source of primes and points.

    Yields
    ------
    sympy.Expr
        In the parameters, with integer coefficients. Nothing where there are more than `UNKNOWNS` monomials.

    Examples
    --------
    >>> from symbias.regularizers.differential_ring import DifferentialRing
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> fields = GradientFields(DifferentialRing((u, v), [u**2 - v**2]), 1)
    >>> list(polynomial_laws(fields, (u, v), 2, np.random.default_rng(0)))
    [u*v]
    """
    if not symbols or comb(len(symbols) + degree, degree) > UNKNOWNS:
        return
    ring = fields.ring
    places = [ring.index[s] for s in symbols]
    chosen = [
        c
        for size in range(1, degree + 1)
        for c in combinations_with_replacement(range(len(symbols)), size)
    ]
    exponents = np.zeros((len(chosen), len(ring.symbols)), dtype=np.int64)
    for row, factors in enumerate(chosen):
        for factor in factors:
            exponents[row, places[factor]] += 1

    def gradients(place: Place, slopes: np.ndarray) -> np.ndarray:
        return monomial_gradients(exponents, place, slopes)

    for vector in solutions(fields, len(chosen), gradients, rng):
        yield ring.tower.meaning(_polynomial(vector, chosen, symbols))


def _polynomial(
    vector: list[Fraction], chosen: list[tuple[int, ...]], symbols: Sequence[sp.Symbol]
) -> sp.Expr:
    return sp.Add(
        *(
            sp.Rational(number.numerator, number.denominator)
            * sp.Mul(*(symbols[factor] for factor in factors))
            for number, factors in zip(vector, chosen, strict=True)
            if number
        )
    )


def monomial_gradients(exponents: np.ndarray, place: Place, slopes: np.ndarray) -> np.ndarray:
    """Return the gradients of monomials at a point without zero coordinates.

    Parameters
    ----------
    exponents : numpy.ndarray, shape (monomials, symbols)
        Nonnegative.
    place : Place
        The point.
    slopes : numpy.ndarray, shape (symbols, D)
        Derivatives of the symbols by the parameters there.

    Returns
    -------
    numpy.ndarray, shape (monomials, D)
        Residues.

    Examples
    --------
    >>> place = Place(101, np.array([3, 5]))
    >>> monomial_gradients(np.array([[2, 1]]), place, np.eye(2, dtype=np.int64))
    array([[30,  9]])
    """
    p = place.prime
    values = np.ones(len(exponents), dtype=np.int64)
    for n in np.flatnonzero(exponents.any(axis=0)):
        powers = [1]
        for _ in range(int(exponents[:, n].max())):
            powers.append(powers[-1] * int(place.values[n]) % p)
        values = values * np.array(powers, dtype=np.int64)[exponents[:, n]] % p
    inverses = np.array([pow(int(x), -1, p) for x in place.values], dtype=np.int64)
    relative = product(exponents % p, inverses[:, None] * slopes % p, p)
    return values[:, None] * relative % p
