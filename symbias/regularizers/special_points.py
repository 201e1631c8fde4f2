"""The dimension of the Lie algebra at a given point, where it may be smaller than at a generic one.

Brackets evaluated at the point bound the dimension from below. That they stop adding to it proves nothing there: a
field may vanish at the point to high order and be felt only in later brackets. So the count is returned only when a
bound from above meets it:

- the dimension at a generic point of the smallest affine subspace (in parameters and adjoined functions) that holds the
  point and that all gradient fields are tangent to;
- the dimension of that subspace, or of the whole space, less the rank of the gradients of the laws there;
- the end of the brackets: when all of them are combinations with constant coefficients of those found, the algebra
  itself is known (maps of degree two, always).

Otherwise the count is a budget error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import BudgetError, DomainError, InputError
from symbias.models.exact import exact
from symbias.models.parametrization import Parametrization
from symbias.regularizers.differential_ring import DifferentialRing, Place, evaluate
from symbias.regularizers.lie_rank import Field, GradientFields, product
from symbias.regularizers.modular import Echelon

MOST_FIELDS = 400
MOST_LEVELS = 8
MOST_TERMS = 400_000


def exact_point(
    parametrization: Parametrization, at: Mapping[Any, Any]
) -> dict[sp.Symbol, sp.Expr] | None:
    """Return a point as exact numbers, None if one of them is a float.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    at : mapping of sympy.Symbol to number
        A value for each parameter.

    Returns
    -------
    dict or None
        In the order of the parameters.

    Raises
    ------
    InputError
        If a value is missing, unknown or no real number.
    DomainError
        If a value violates an assumption of its symbol.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> exact_point(Parametrization(u * v, [u, v]), {v: 0, u: 1})
    {u: 1, v: 0}
    """
    parameters = parametrization.parameters
    if not isinstance(at, Mapping) or set(at) != set(parameters):
        raise InputError(
            f"The point is {at!r}.",
            remedy=f"Give a dict with an exact number for each of {', '.join(map(str, parameters))}, keyed by these "
            "very symbols.",
        )
    point = {s: exact(at[s], f"the value of {s}") for s in parameters}
    for symbol, value in point.items():
        signs = ("positive", "negative", "nonnegative", "nonpositive", "nonzero", "integer")
        broken = [
            a for a in signs if getattr(symbol, f"is_{a}") and getattr(value, f"is_{a}") is False
        ]
        if broken or value.has(*parameters):
            raise DomainError(
                f"{symbol} = {value}.",
                remedy=f"{symbol} is declared {broken[0]}."
                if broken
                else "Use numbers or other symbols.",
            )
    inexact = any(
        isinstance(x, float | np.floating) or sp.sympify(x).has(sp.Float) for x in at.values()
    )
    return None if inexact else point


def _meanings_at(ring: DifferentialRing, point: Mapping[sp.Symbol, sp.Expr]) -> list[sp.Expr]:
    meanings = {
        s: m for g in ring.tower.generators for s, m in zip(g.symbols, g.meanings, strict=True)
    }
    values = []
    for symbol in ring.moving:
        value = meanings.get(symbol, symbol).subs(point)
        if value.has(sp.zoo, sp.nan, sp.oo, -sp.oo) or value.is_real is False:
            raise DomainError(
                f"{meanings.get(symbol, symbol)} has no finite real value at the point.",
                "the map or its derivatives are not defined there.",
                "Choose a point inside the domain.",
            )
        values.append(value)
    return values


def _fields_at(
    parametrization: Parametrization,
    more: list[sp.Expr],
    point: Mapping[sp.Symbol, sp.Expr],
) -> GradientFields:
    """Return the gradient fields in a ring whose constants are the coordinates of the point."""
    expressions = [*parametrization.outputs, *more]
    ring = DifferentialRing(parametrization.parameters, expressions)
    values = _meanings_at(ring, point)
    ring = DifferentialRing(parametrization.parameters, expressions, values)
    return GradientFields(ring, len(parametrization.outputs))


def law_rank_at(
    parametrization: Parametrization,
    laws: tuple[sp.Expr, ...],
    point: Mapping[sp.Symbol, sp.Expr],
    rng: np.random.Generator,
) -> int:
    """Return the rank of the gradients of laws at a point.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    laws : tuple of sympy.Expr
        Conserved quantities.
    point : mapping
        From `exact_point`.
    rng : numpy.random.Generator
        Source of primes.

    Returns
    -------
    int
        Zero where a law has no finite gradient there.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> net = Parametrization(u * v, [u, v])
    >>> law_rank_at(net, (u**2 - v**2,), {u: sp.S(0), v: sp.S(0)}, np.random.default_rng(0))
    0
    """
    slopes = [sp.diff(law, s) for law in laws for s in parametrization.parameters]
    try:
        fields = _fields_at(parametrization, slopes, point)
    except DomainError:
        return 0
    ring, size = fields.ring, len(parametrization.parameters)
    ranks = []
    for _ in range(2):
        place = ring.place_at(ring.prime(rng), rng)
        elements = ring.elements[len(parametrization.outputs) :]
        found = Echelon(place.prime)
        for n in range(len(laws)):
            found.add(np.array([evaluate(e, place) for e in elements[n * size : (n + 1) * size]]))
        ranks.append(found.rank)
    return max(ranks)


def dimension_at(
    parametrization: Parametrization,
    point: Mapping[sp.Symbol, sp.Expr],
    generic: int,
    above: int,
    rng: np.random.Generator,
) -> int:
    """Return the dimension of the Lie algebra of the gradient fields at a point.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    point : mapping
        From `exact_point`.
    generic : int
        The dimension at a generic point.
    above : int
        A bound from above, from the laws.
    rng : numpy.random.Generator
        Source of primes.

    Returns
    -------
    int
        At most `generic` and `above`.

    Raises
    ------
    BudgetError
        If the bounds do not meet.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> net = Parametrization(u * v, [u, v])
    >>> dimension_at(net, {u: sp.S(0), v: sp.S(0)}, 1, 2, np.random.default_rng(0))
    0
    """
    fields = _fields_at(parametrization, [], point)
    place = fields.ring.place_at(fields.ring.prime(rng), rng)
    upper = min(generic, above, *_subspace_bounds(fields, place, rng))
    lower, closed = _brackets_at(fields, place, upper, rng)
    if not (closed or lower == upper):
        raise BudgetError(
            f"The Lie algebra has a dimension from {lower} to {upper} at the point, which of them was not decided.",
            "the point is special, and brackets of high order may matter there.",
            "Ask for the generic count, or for a point with fewer coincidences.",
        )
    return lower


def _subspace_bounds(
    fields: GradientFields, place: Place, rng: np.random.Generator
) -> tuple[int, int]:
    """Return the dimensions of the smallest invariant affine subspace and of the algebra at a generic point of it."""
    p, directions = place.prime, Echelon(place.prime)
    rows: list[np.ndarray] = []
    quiet = 0
    while quiet < 3:
        here = _moved(place, rows, rng)
        slopes = fields.slopes_at(here)
        new = [product(slopes, f.at(here)[0], p) for f in fields.generators]
        grown = [v for v in new if directions.add(v)]
        rows += grown
        quiet = 0 if grown else quiet + 1
    inside = len(fields.basis(_moved(place, rows, rng), lifted=True))
    return len(rows), inside


def _moved(place: Place, rows: list[np.ndarray], rng: np.random.Generator) -> Place:
    if not rows:
        return place
    p = place.prime
    weights = rng.integers(1, p, size=len(rows))
    return Place(p, (place.values + product(np.array(rows).T, weights, p)) % p)


def _brackets_at(
    fields: GradientFields, place: Place, upper: int, rng: np.random.Generator
) -> tuple[int, bool]:
    """Return the rank of brackets at a place, and whether they ended: all others are combinations of them."""
    found = Echelon(place.prime)
    for f in fields.generators:
        found.add(f.at(place)[0])
    if found.rank >= upper:
        return found.rank, False
    size = len(fields.ring.parameters)
    samples = [fields.ring.place(place.prime, rng) for _ in range(MOST_FIELDS // size + 3)]
    functions = Echelon(place.prime)

    def new(field: Field) -> bool:
        return functions.add(np.concatenate([field.at(s)[0] for s in samples]))

    level, terms = [f for f in fields.generators if new(f)], 0
    for _ in range(MOST_LEVELS):
        following = []
        for first in level:
            for second in fields.generators:
                bracket = fields.bracket(first, second)
                terms += bracket.terms
                if new(bracket):
                    following.append(bracket)
                    found.add(bracket.at(place)[0])
                if found.rank >= upper or functions.rank > MOST_FIELDS or terms > MOST_TERMS:
                    return found.rank, False
        if not following:
            return found.rank, True
        level = following
    return found.rank, False
