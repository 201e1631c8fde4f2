"""Closed forms of conservation laws: polynomials first, then sums of functions of one parameter, then the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import gcd, lcm

import numpy as np
import sympy as sp

from symbias.errors import BudgetError, InputError
from symbias.models.parametrization import Parametrization
from symbias.regularizers.differential_ring import DifferentialRing, Place, evaluate
from symbias.regularizers.lie_rank import GradientFields, product
from symbias.regularizers.modular import Echelon
from symbias.regularizers.polynomial_laws import polynomial_laws
from symbias.regularizers.separable_laws import separable_laws

MOST_PARAMETERS = 40
"""Beyond that only polynomials of degree two are looked for."""


def find_laws(
    parametrization: Parametrization, fields: GradientFields, count: int, rng: np.random.Generator
) -> tuple[sp.Expr, ...]:
    """Return functionally independent conservation laws, at most `count`.

    Parameters
    ----------
    parametrization : Parametrization
        The map, with exact coefficients.
    fields : GradientFields
        Its gradient fields.
    count : int
        How many there are.
    rng : numpy.random.Generator
        Source of primes and points.

    Returns
    -------
    tuple of sympy.Expr
        In the parameters, each checked at points modulo primes.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> product = Parametrization(u * v, [u, v])
    >>> fields = GradientFields(DifferentialRing((u, v), product.outputs), 1)
    >>> find_laws(product, fields, 1, np.random.default_rng(0))
    (u**2 - v**2,)
    """
    found: tuple[sp.Expr, ...] = ()
    for source in _sources(parametrization, fields, rng):
        if len(found) >= count:
            break
        new = [normal_form(law) for law in source]
        if new:
            found = independent_laws(parametrization, (*found, *new), rng)
    return found


def _sources(
    parametrization: Parametrization, fields: GradientFields, rng: np.random.Generator
) -> Iterator[Iterable[sp.Expr]]:
    parameters, ring = parametrization.parameters, fields.ring
    yield polynomial_laws(fields, parameters, 2, rng)
    if len(parameters) > MOST_PARAMETERS:
        return
    yield separable_laws(parametrization, rng)
    if not ring.polynomial:
        yield polynomial_laws(fields, ring.moving, 2, rng)
    yield polynomial_laws(fields, parameters, 3, rng)
    yield polynomial_laws(fields, parameters, 4, rng)
    if not ring.polynomial:
        yield polynomial_laws(fields, ring.moving, 3, rng)


def normal_form(law: sp.Expr) -> sp.Expr:
    """Return a law with coprime integer coefficients, the first one positive where it is a sum.

    Parameters
    ----------
    law : sympy.Expr
        A conserved quantity.

    Returns
    -------
    sympy.Expr
        A multiple of it.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> normal_form(-u**2 / 2 + v**2 / 3)
    3*u**2 - 2*v**2
    """
    parts = [part.as_coeff_Mul() for part in sp.Add.make_args(law)]
    numbers = [sp.Rational(n) for n, _ in parts if n.is_Rational]
    if len(numbers) < len(parts):
        return law
    scale = sp.Rational(lcm(*(int(n.q) for n in numbers)), 1)
    scale /= gcd(*(int(n * scale) for n in numbers))
    terms = [(n * scale, rest) for n, rest in parts]
    first = sp.Add(*(n * rest for n, rest in terms)).as_ordered_terms()[0]
    sign = -1 if first.as_coeff_Mul()[0] < 0 else 1
    return sp.Add(*(sign * n * rest for n, rest in terms))


def independent_laws(
    parametrization: Parametrization, laws: Iterable[sp.Expr], rng: np.random.Generator
) -> tuple[sp.Expr, ...]:
    """Return those laws that hold and whose gradients are independent at a generic point, early ones preferred.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    laws : iterable of sympy.Expr
        Candidates; one whose gradient no ring of functions can hold is left out.
    rng : numpy.random.Generator
        Source of primes and points.

    Returns
    -------
    tuple of sympy.Expr
        The laws kept.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> independent_laws(Parametrization(u * v, [u, v]), [u - v, u**2 - v**2], np.random.default_rng(0))
    (u**2 - v**2,)
    """
    candidates = list(laws)
    ring, candidates = _common_ring(parametrization, candidates)
    outputs, size = len(parametrization.outputs), len(parametrization.parameters)
    fields = GradientFields(ring, outputs)
    slopes = ring.elements[outputs:]
    gradients = [slopes[n * size : (n + 1) * size] for n in range(len(candidates))]
    prime = ring.prime(rng)
    places = [ring.place(prime, rng) for _ in range(2)]
    true = [g for g in range(len(candidates)) if _conserved(fields, gradients[g], places)]
    found = Echelon(prime)
    kept = [n for n in true if found.add(_values(gradients[n], places[0]))]
    return tuple(candidates[n] for n in kept)


def _values(gradient: Iterable[object], place: Place) -> np.ndarray:
    return np.array([evaluate(part, place) for part in gradient], dtype=np.int64)


def _conserved(fields: GradientFields, gradient: Iterable[object], places: list[Place]) -> bool:
    parts = list(gradient)
    return not any(
        product(field.at(place)[0][None, :], _values(parts, place), place.prime).any()
        for place in places
        for field in fields.generators
    )


def _common_ring(
    parametrization: Parametrization, laws: list[sp.Expr]
) -> tuple[DifferentialRing, list[sp.Expr]]:
    """Return a ring that holds the map and the gradients of the laws, and the laws that it could take."""
    outputs, parameters = parametrization.outputs, parametrization.parameters
    slopes = {law: [sp.diff(law, s) for s in parameters] for law in laws}
    try:
        parts = [part for law in laws for part in slopes[law]]
        return DifferentialRing(parameters, [*outputs, *parts]), laws
    except (BudgetError, InputError):
        kept: list[sp.Expr] = []
        for law in laws:
            parts = [part for one in (*kept, law) for part in slopes[one]]
            try:
                DifferentialRing(parameters, [*outputs, *parts])
            except (BudgetError, InputError):
                continue
            kept.append(law)
        parts = [part for law in kept for part in slopes[law]]
        return DifferentialRing(parameters, [*outputs, *parts]), kept
