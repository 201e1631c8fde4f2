"""The exact set of stable y for rational parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.stability.pencil import at_point
from symbias.stability.roots import count_roots
from symbias.sym.symbols import dummy

Rows = list[list[int]]


@dataclass(frozen=True)
class Endpoint:
    """A value of y at which a root lies on the unit circle.

    Parameters
    ----------
    value : sympy.Expr
        Rational, with square roots, or a ``CRootOf``.
    factor : sympy.Expr
        The irreducible polynomial in y that vanishes there.
    simple : bool
        Whether all roots on the circle are simple there, so that the iterates stay bounded.

    Examples
    --------
    >>> Endpoint(sp.Integer(2), sp.Symbol("y") - 2, True).simple
    True
    """

    value: sp.Expr
    factor: sp.Expr
    simple: bool


def endpoints(rows: Rows, factors: list[sp.Expr], y: sp.Symbol) -> tuple[list[Endpoint], list[Any]]:
    """Return the positive candidates in ascending order, and a rational point in each gap around them.

    Parameters
    ----------
    rows : list of list of int
        The polynomial, as `Pencil.rows` gives it.
    factors : list of sympy.Expr
        Irreducible polynomials in y, as `candidates.factors` gives them.
    y : sympy.Symbol
        Their variable.

    Returns
    -------
    list of Endpoint
        The candidates.
    list of sympy.Rational
        One more than candidates.

    Examples
    --------
    >>> y = sp.symbols("y")
    >>> ends, points = endpoints([[-1, 1], [1, 0]], [y - 2], y)
    >>> [end.value for end in ends], points
    ([2], [1, 3])
    """
    found = []
    for factor in factors:
        polynomial = sp.Poly(factor, y)
        below = polynomial.count_roots(None, 0)
        for rank, (isolated, _) in enumerate(polynomial.intervals(inf=0)):
            found.append([*isolated, polynomial, below + rank])
    _separate(found)
    found.sort(key=lambda entry: entry[0])
    ends = [_endpoint(rows, entry, y) for entry in found]
    bounds = [sp.S.Zero, *(bound for entry in found for bound in entry[:2])]
    points = [simplest(bounds[k], bounds[k + 1]) for k in range(0, len(bounds) - 1, 2)]
    return ends, [*points, sp.floor(bounds[-1]) + 1]


def _separate(found: list[list[Any]]) -> None:
    """Refine the isolating intervals until no two of them meet, and none touches 0."""
    while True:
        found.sort(key=lambda entry: (entry[0], entry[1]))
        narrow = {0} if found and found[0][0] <= 0 else set()
        for k in range(len(found) - 1):
            if found[k][1] >= found[k + 1][0]:
                narrow |= {k, k + 1}
        if not narrow:
            return
        for k in narrow:
            low, high, polynomial, _ = found[k]
            if low != high:
                found[k][:2] = polynomial.refine_root(low, high, eps=(high - low) / 4)


def _endpoint(rows: Rows, entry: list[Any], y: sp.Symbol) -> Endpoint:
    low, high, polynomial, index = entry
    if polynomial.degree() == 1:
        value = -polynomial.nth(0) / polynomial.nth(1)
    elif polynomial.degree() == 2:
        pair = sp.roots(polynomial, multiple=True)
        value = next(r for r in pair if low <= r <= high)
    else:
        value = sp.CRootOf(polynomial, index)
    factor = polynomial.as_expr()
    return Endpoint(value, factor, _simple(rows, polynomial, value, y))


def _simple(rows: Rows, polynomial: sp.Poly, value: sp.Expr, y: sp.Symbol) -> bool:
    """Whether the roots on the circle are simple; exact, by the multiplicity of the factor in the discriminant."""
    z = dummy("z")
    p = sp.Poly(sum(c * z**e * y**k for e, row in enumerate(rows) for k, c in enumerate(row)), z, y)
    discriminant = sp.Poly(p.as_expr().as_poly(z).discriminant(), y)
    if not discriminant.is_zero and not sp.rem(discriminant, polynomial).is_zero:
        return True
    whole = sp.Poly(p.as_expr().subs(y, value), z, extension=True)
    repeated = sp.gcd(whole, whole.diff(z))
    if repeated.degree() == 0:
        return True
    if all(c.is_Rational for c in repeated.all_coeffs()):
        _, cleared = repeated.clear_denoms(convert=True)
        return count_roots([int(c) for c in cleared.all_coeffs()[::-1]]).on == 0
    return all(
        abs(abs(root) - 1) > sp.Float(10) ** -30 for root in repeated.nroots(n=50, maxsteps=500)
    )


def simplest(low: Any, high: Any) -> sp.Rational:
    """Return the rational number with the smallest denominator strictly between two others.

    Parameters
    ----------
    low, high : sympy.Rational
        0 <= low < high.

    Returns
    -------
    sympy.Rational
        The number.

    Examples
    --------
    >>> simplest(sp.Rational(3, 10), sp.Rational(2, 5))
    1/3
    """
    whole = sp.floor(low) + 1
    if whole < high:
        return whole
    base = sp.floor(low)
    if low == base:
        return base + sp.Rational(1, sp.floor(1 / (high - base)) + 1)
    return base + 1 / simplest(1 / (high - base), 1 / (low - base))


def stable_set(rows: Rows, ends: list[Endpoint], points: list[Any]) -> sp.Set:
    """Return the set of y > 0 whose iterates stay bounded.

    Parameters
    ----------
    rows : list of list of int
        The polynomial.
    ends, points
        As `endpoints` gives them.

    Returns
    -------
    sympy.Set
        Between the ends all roots are inside the circle; an end belongs to it if the roots on the circle are simple.

    Examples
    --------
    >>> y = sp.symbols("y")
    >>> rows = [[-1, 1], [1, 0]]
    >>> stable_set(rows, *endpoints(rows, [y - 2], y))
    Interval.Lopen(0, 2)
    """
    values = [sp.S.Zero, *(end.value for end in ends), sp.oo]
    simple = [False, *(end.simple for end in ends), False]
    pieces = [
        sp.Interval(values[k], values[k + 1], not simple[k], not simple[k + 1])
        for k, point in enumerate(points)
        if count_roots(at_point(rows, point)).stable
    ]
    return sp.Union(*pieces)
