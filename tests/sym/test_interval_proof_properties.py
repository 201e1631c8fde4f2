"""Random statements: what is false by a sampled point is never proved, and no root is lost or invented."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb
from symbias.sym.budget import Clock
from symbias.sym.equality.boxes import as_rational, whole_box
from symbias.sym.equality.interval import interval
from symbias.sym.equality.subdivision import Refuted, Sign, Subdivision
from symbias.sym.symbols import real

x, y = real("x y")
Q = sp.Rational

LEAVES = st.sampled_from([x, y, x, sp.Integer(2), Q(-1, 3)])
ONE = [
    sp.exp,
    sp.sin,
    sp.tanh,
    sp.Abs,
    lambda u: u**2,
    lambda u: 1 / (1 + u**2),
    lambda u: sp.Max(u, Q(1, 3)),
    sp.floor,
    lambda u: sp.Piecewise((u, u < Q(1, 3)), (1 - u, True)),
]


def grown(children):
    unary = st.builds(lambda g, u: g(u), st.sampled_from(ONE), children)
    binary = st.builds(
        lambda g, u, v: g(u, v), st.sampled_from([sp.Add, sp.Mul]), children, children
    )
    return unary | binary


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=6).filter(lambda e: e.free_symbols)
NUMBERS = st.integers(-32, 32).map(lambda k: Fraction(k, 16))


def searched(expr, box):
    """What the search says about expr > 0: a count of boxes, or None where it was not decided."""
    symbols = tuple(sorted(expr.free_symbols, key=str))
    sides = whole_box({s: interval(*map(float, box[s])) for s in symbols})
    try:
        return Subdivision(Sign(expr, symbols, strictly=True)).prove(sides, Clock(60), 300)
    except sb.BudgetError:
        return None


@given(EXPRESSIONS, st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_what_a_point_refutes_is_never_proved(expr, first, second):
    box = {s: tuple(sorted(side)) for s, side in ((x, first), (y, second))}
    grid = [Fraction(k, 7) for k in range(8)]
    ball = sb.compile(expr, [x, y]).ball(20)
    places = [[low + t * (high - low) for t in grid] for low, high in (box[x], box[y])]
    least = Q(float(min(ball(a, b).high for a in places[0] for b in places[1])))
    false = expr - least - Q(1, 10**6) * (1 + abs(least))
    try:
        assert searched(false, box) is None, (expr, box, least)
    except Refuted as error:
        symbols = sorted(false.free_symbols, key=str)
        point = {s: as_rational(p) for s, p in zip(symbols, error.point, strict=True)}
        assert false.xreplace(point).evalf(20) <= 0
        assert all(box[s][0] <= v <= box[s][1] for s, v in point.items())


@given(st.lists(st.fractions(-3, 3, max_denominator=12), min_size=1, max_size=6, unique=True))
def test_polynomials_have_the_roots_that_they_were_given(found):
    polynomial = sp.expand(sp.prod([x - Q(r.numerator, r.denominator) for r in found]) * (x**2 + 1))
    proved = sb.roots(polynomial, Q(-31, 10), Q(31, 10))
    assert len(proved) == len(found)
    for root, exact in zip(proved, sorted(found), strict=True):
        assert root.enclosure.contains(exact)


@given(st.integers(1, 9), st.fractions(Fraction(1, 10), 1, max_denominator=20))
def test_waves_have_as_many_roots_as_they_cross(turns, shift):
    shift = Q(shift.numerator, shift.denominator)
    found = sb.roots(sp.sin(turns * x + shift), 0, 6)
    # The zeros are at (k pi - shift)/turns.
    exact = [k for k in range(1, 60) if (k * sp.pi - shift) / turns < 6]
    assert len(found) == len(exact)


@pytest.mark.parametrize("seed", range(4))
def test_solutions_of_random_systems(seed):
    from numpy.random import default_rng

    rng = default_rng(seed)
    matrix = sp.Matrix(3, 3, [Q(int(v), 7) for v in rng.integers(-9, 9, 9)]) + 4 * sp.eye(3)
    symbols = real("u v w")
    exact = [Q(int(v), 5) for v in rng.integers(-5, 5, 3)]
    vector = sp.Matrix(symbols)

    def value(point):
        return matrix * point + sp.Matrix([sp.sin(p) for p in point])

    equations = list(value(vector) - value(sp.Matrix(exact)))
    found = sb.unique_solution(
        equations, {s: float(e) + 0.01 for s, e in zip(symbols, exact, strict=True)}
    )
    assert all(found.enclosures[s].contains(e) for s, e in zip(symbols, exact, strict=True))
    assert all(found.alone[s].contains(e) for s, e in zip(symbols, exact, strict=True))
