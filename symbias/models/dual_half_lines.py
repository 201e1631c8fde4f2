"""The dual of an activation that is a polynomial on either side of 0, by polar coordinates.

In the plane that the two weight vectors span the input is r (cos(phi), sin(phi)). On each of four wedges the
product of the two activations is a polynomial; of every term the radius integrates to a number, and the angle to a
polynomial in the angle t between the vectors, its sine and its cosine. Opposite wedges give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import sympy as sp
from sympy.simplify.fu import TR8  # noqa: TID251 - one named step: products of cosines to sums

from symbias.models.half_lines import HalfLines
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.functions.half_moment import half_moment, radial_moment
from symbias.sym.functions.sine_wedge import sine_wedge
from symbias.sym.symbols import positive, real

A, B = positive("a b")
C = real("c")
T, PHI = real("t phi")
R = positive("r")
ANGLE = sp.acos(C / sp.sqrt(A * B))
ROOT = sp.sqrt(A * B - C**2)
NAME = sp.Function("K")
TURN = sp.Eq(T, ANGLE)
DOMAIN = sp.Le(C**2, A * B)


class _Term(NamedTuple):
    """A pair of powers with the factors of its two kinds of wedges."""

    m: int
    n: int
    same: Any
    other: Any


def dual(sides: HalfLines, title: str, cites: tuple[str, ...]) -> Formula:
    """Derive E[s(X) s(Y)] for centred Gaussians of variances a, b and covariance c.

    Parameters
    ----------
    sides : HalfLines
        The activation s.
    title : str
        Of the derivation.
    cites : tuple of str
        Citation keys.

    Returns
    -------
    Formula
        K(a, b, c); kernels evaluate it by the moments of half-lines.

    Examples
    --------
    >>> dual(HalfLines({2: 1}, {2: 1}), "squares", ()).rhs
    a*b + 2*c**2
    """
    terms = list(_terms(sides))
    derivation, stable = _in_angle(terms, title, cites), None
    if not sides.is_polynomial:
        derivation.rewrite(
            _sum(terms, _as_moments), "each wedge is a moment of two half-lines", given=TURN
        )
        stable = derivation.conclude(NAME(A, B, C), "dual activation by half-lines")
    derivation.rewrite(
        _collected(_sum(terms, _closed)),
        "cos(t) = c/sqrt(a b), sin(t) = sqrt(a b - c**2)/sqrt(a b)",
        given=TURN,
    )
    return derivation.conclude(NAME(A, B, C), "dual activation", domain=DOMAIN, stable=stable)


def _terms(sides: HalfLines) -> Iterator[_Term]:
    for m in sides.powers:
        for n in sides.powers:
            same, other = sides.coefficients(m, n)
            if same != 0 or other != 0:
                yield _Term(m, n, same, other)


def _sum(terms: list[_Term], part: Callable[[_Term], Any]) -> Any:
    return sp.Add(*(part(term) for term in terms))


def _start(terms: list[_Term], title: str, cites: tuple[str, ...]) -> Derivation:
    return Derivation(title, cites=cites).start(
        _sum(terms, lambda term: _radius(term) * _angles(term)),
        "polar coordinates in the plane of w and v: w.x = sqrt(a) r cos(phi), v.x = sqrt(b) r cos(phi - t); "
        "both have one sign for t - pi/2 < phi < pi/2 and on the opposite wedge, else they differ in sign",
    )


def _size(term: _Term) -> Any:
    return sp.sqrt(A) ** term.m * sp.sqrt(B) ** term.n / (2 * sp.pi)


def _radius(term: _Term) -> Any:
    weight = R ** (term.m + term.n + 1) * sp.exp(-(R**2) / 2)
    return _size(term) * sp.Integral(weight, (R, 0, sp.oo))


def _angles(term: _Term, write: Callable[[Any], Any] = lambda product: product) -> Any:
    m, n, same, other = term
    first, second = sp.cos(PHI) ** m, sp.cos(PHI - T) ** n
    on = sp.Integral(write(first * second), (PHI, T - sp.pi / 2, sp.pi / 2))
    off = sp.Integral(write(first * (-1) ** n * second), (PHI, -sp.pi / 2, T - sp.pi / 2))
    return same * on + other * off


def _waves(product: Any) -> Any:
    """Return a product of powers of cosines as a sum of cosines."""
    return sp.expand(TR8(sp.expand(sp.Mul(*(TR8(f) for f in sp.Mul.make_args(product))))))


def _in_angle(terms: list[_Term], title: str, cites: tuple[str, ...]) -> Derivation:
    """Carry out the integrals over the radius and over the angle."""
    derivation = _start(terms, title, cites)
    derivation.rewrite(
        _sum(terms, lambda term: _radius(term) * _angles(term, _waves)),
        "products of powers of cosines are sums of cosines",
    )
    derivation.rewrite(
        _sum(terms, lambda term: _moment(term) * _angles(term, _waves)),
        "the radius integrates to 2**((m + n)/2) gamma((m + n)/2 + 1)",
    )
    return derivation.rewrite(
        _sum(terms, lambda term: _by_wedges(term, T)), "the cosines integrate to sines"
    )


def _moment(term: _Term) -> Any:
    return _size(term) * radial_moment(sp.Integer(term.m + term.n))


def _by_wedges(term: _Term, t: Any) -> Any:
    """Return a term with its wedges, whose openings are pi - t and t, in closed form."""
    m, n = sp.Integer(term.m), sp.Integer(term.n)
    wedges = [sp.expand_func(sine_wedge(m, n, d)) for d in (sp.pi - t, t)]
    return _moment(term) * (term.same * wedges[0] + term.other * wedges[1])


def _closed(term: _Term) -> Any:
    """Return a term in a, b, c and the symbol of the angle."""
    written = sp.expand(_by_wedges(term, T))
    length = sp.sqrt(A * B)
    return sp.expand(written.subs({sp.cos(T): C / length, sp.sin(T): ROOT / length}))


def _collected(total: Any) -> Any:
    """Write a form that is linear in the angle with the angle at one place."""
    total = sp.expand(total)
    slope, rest = sp.factor(total.coeff(T, 1)), total.coeff(T, 0)
    flat = rest.coeff(ROOT, 0)
    root = sp.factor(sp.expand((rest - flat) / ROOT)) * ROOT
    if slope == 0:
        return root + sp.factor_terms(flat)
    turn = sp.Add(*(term for term in sp.Add.make_args(flat) if sp.cancel(term / slope).has(sp.pi)))
    offset = sp.factor(sp.cancel(turn / slope))
    return root + sp.factor_terms(flat - turn) + _turned(slope, offset)


def _turned(slope: Any, offset: Any) -> Any:
    """Return slope * (angle + offset) with the angle subtracted where that is usual."""
    if offset.as_independent(sp.pi)[0].is_number and not offset.free_symbols:
        return sp.factor(-slope) * (-offset - ANGLE)
    return sp.expand(slope * offset) + slope * ANGLE


def _as_moments(term: _Term) -> Any:
    m, n, same, other = term
    pair = (sp.Integer(m), sp.Integer(n), A, B)
    return same * half_moment(*pair, C) + other * half_moment(*pair, -C)


def mean_square(sides: HalfLines, title: str) -> Formula:
    """Derive E[s(X)**2] of one Gaussian of variance a.

    Parameters
    ----------
    sides : HalfLines
        The activation s.
    title : str
        Of the derivation.

    Returns
    -------
    Formula
        k(a).

    Examples
    --------
    >>> mean_square(HalfLines({1: 1}, {}), "relu").rhs
    a/2
    """
    derivation = Derivation(title)
    powers = [_half_line(side) for side in (sides.plus, sides.minus)]
    derivation.start(
        sp.Add(*(_on_half_line(square) for square in powers)),
        "w.x = sqrt(a) u with u standard normal, by the sign of u; r is its size",
    )
    closed = sp.Add(*(_half_line_mean(square) for square in powers))
    derivation.rewrite(sp.factor_terms(sp.expand(closed)), "moments of the half-line")
    return derivation.conclude(sp.Function("k")(A), "mean square")


def _half_line(side: dict[int, Any]) -> dict[int, Any]:
    """Return the coefficients of the square of one side in powers of |u|."""
    square: dict[int, Any] = {}
    for m, p in side.items():
        for n, q in side.items():
            square[m + n] = square.get(m + n, sp.S.Zero) + p * q * sp.sqrt(A) ** (m + n)
    return square


def _on_half_line(square: dict[int, Any]) -> Any:
    weight = sp.exp(-(R**2) / 2) / sp.sqrt(2 * sp.pi)
    total = sp.Add(*(c * R**n for n, c in square.items()))
    return sp.Integral(total * weight, (R, 0, sp.oo)) if square else sp.S.Zero


def _half_line_mean(square: dict[int, Any]) -> Any:
    half = {n: radial_moment(sp.Integer(n - 1)) / sp.sqrt(2 * sp.pi) for n in square}
    return sp.Add(*(c * half[n] for n, c in square.items()))
