"""The weight function against quadrature of its definition, its kernels at the edges, and what is refused."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.codegen.accuracy import ulp_error
from symbias.stability import Marginal, weight_function

z = sp.Symbol("z", real=True)
INSIDE = (0, 0.5, 0.999, -0.5)
FAR = (0, -1.5, 4, 40)


def sphere_density(context, d):
    """The density of a coordinate, its constant by quadrature."""

    def slice_(x):
        return (1 - x * x) ** (context.mpf(d - 3) / 2)

    whole = context.quad(slice_, [-1, 0, 1])
    return lambda x: slice_(x) / whole


def defined_weight(context, density, end, t):
    """E[(Z - t)_+] sqrt(P^2 + E[Z; Z > t]^2), the smaller one of both orientations, by quadrature."""

    def oriented(point, sign):
        nodes = [point, *(c for c in cuts if c > point)]
        unit = density(max(point, 0)) if end > 1 else 1  # quadrature has an absolute tolerance
        mass, moment, excess = (
            unit * context.quad(lambda x, f=f: f(x) * density(sign * x) / unit, nodes)
            for f in (lambda x: 1, lambda x: x, lambda x: x - point)
        )
        return excess * context.sqrt(mass**2 + moment**2)

    t = context.mpf(t)
    cuts = [context.mpf(0), abs(t) + 1, abs(t) + 4, end] if end > 1 else [context.mpf(0), end]
    return min(oriented(t, 1), oriented(-t, -1))


def context_of(digits):
    context = mpmath.mp.clone()
    context.dps = digits
    return context


SPHERES = [("uniform", 1, 3), ("sphere", 2, 2), ("sphere", 7, 7), ("ball", 2, 4)]
SLOW = [("sphere", 3, 3), ("sphere", 9, 9), ("sphere", 10, 10), ("ball", 1, 3), ("ball", 7, 9)]
SPHERES += [pytest.param(*case, marks=pytest.mark.slow) for case in SLOW]


@pytest.mark.parametrize(("law", "d", "sphere"), SPHERES)
def test_spheres_and_balls_against_quadrature(law, d, sphere):
    context = context_of(40)  # the density of the circle has poles at the ends
    g = weight_function(law, d)
    density = sphere_density(context, sphere)
    for t in INSIDE:
        expected = defined_weight(context, density, 1, t)
        assert abs(g.evalf(20, t=t) - expected) <= 1e-13 * abs(expected), t
    assert g.symbols == (sp.Symbol("t", real=True),)
    assert g.evidence == "exact"
    assert [g.evalf(t=t) for t in (1, -1, 1.5, -20)] == [0, 0, 0, 0]


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_unbounded_laws_against_quadrature_far_into_the_tail(law):
    context = context_of(25)
    densities = {
        "gaussian": lambda x: context.exp(-x * x / 2) / context.sqrt(2 * context.pi),
        "laplace": lambda x: context.exp(-abs(x)) / 2,
    }
    g, logarithm = weight_function(law), weight_function(law, log=True)
    for t in FAR:
        expected = defined_weight(context, densities[law], context.inf, t)
        assert abs(g.evalf(25, t=t) - expected) <= 1e-13 * abs(expected), t
        assert abs(logarithm.evalf(20, t=t) - context.log(expected)) <= 1e-12
    assert weight_function(law).derivation.evidence == "exact"


def test_gaussian_weight_is_the_same_in_every_dimension():
    assert weight_function("gaussian", 1).rhs == weight_function("gaussian", 10).rhs


def test_a_ball_is_a_sphere_two_dimensions_up():
    for d in (1, 2, 5):
        assert weight_function("ball", d).rhs == weight_function("sphere", d + 2).rhs
    assert weight_function("uniform").rhs == weight_function("sphere", 3).rhs  # Archimedes


EDGES = [("sphere", 2), ("sphere", 7), ("sphere", 10), ("uniform", 1)]
EDGES += [pytest.param("sphere", d, marks=pytest.mark.slow) for d in (40, 63)]


@pytest.mark.jit
@pytest.mark.parametrize(("law", "d"), EDGES)
def test_kernels_keep_the_decay_at_the_edge(law, d):
    g = weight_function(law, d)
    exponents = np.arange(1, 53, 3)
    points = [*(1 - 2.0**-exponents), *np.linspace(0, 1, 20, endpoint=False), 1e-9]
    exact = sb.compile(g.rhs, g.symbols)
    worst = ulp_error(g.compile(), points, exact=exact)
    assert worst.ulp <= 4, worst
    near = np.array(
        [2.0**-10, 2.0**-15]
    )  # in 63 dimensions the weight at 2**-20 is below all doubles
    # g ~ (1 - t)**dimension of the sphere, that is (1 - t)**(d + 2) for the ball.
    order = np.diff(np.log2(g.compile()(1 - near)))[0] / -5
    assert abs(order - (3 if law == "uniform" else d)) < 1e-2


@pytest.mark.jit
def test_the_gaussian_kernel_is_accurate_in_the_tail():
    points = [*np.linspace(0, 8, 40), *np.linspace(8, 26, 10)]
    for log in (False, True):
        g = weight_function("gaussian", log=log)
        far = [*points, 40.0, 1e3, 1e6, 1e12] if log else points
        worst = ulp_error(g.compile(), far, exact=sb.compile(g.rhs, g.symbols))
        assert worst.ulp <= 4, worst
    assert g.compile()(1e8) == pytest.approx(-1e16, rel=1e-12)


@pytest.mark.jit
def test_written_out_the_gaussian_weight_loses_digits():
    g = weight_function("gaussian")
    written = sb.compile(g.rhs, g.symbols)
    exact = written.mp(30)
    relative = [abs(k(20.0) - exact(20.0)) / exact(20.0) for k in (written, g.compile())]
    assert relative[0] > 20 * relative[1]


def test_logarithms_of_bounded_laws():
    for law, d in (("sphere", 4), ("sphere", 5)):
        g, logarithm = weight_function(law, d), weight_function(law, d, log=True)
        for t in (0.1, 1 - 2.0**-9):
            assert mpmath.almosteq(mpmath.exp(logarithm.evalf(25, t=t)), g.evalf(25, t=t), 1e-14)
        with pytest.raises(sb.DomainError):
            logarithm.evalf(t=1)
    assert np.isfinite(logarithm.compile()(1 - 2.0**-40))


INTERVALS = [(-1, 2), (sp.Rational(1, 3), sp.Rational(7, 2)), (-5, -1)]


@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_intervals_against_both_orientations(low, high):
    a, b = sp.symbols("a b", real=True)
    general = weight_function(Marginal(1 / (b - a), z, a, b))
    special = weight_function(Marginal(1 / sp.Integer(1) / (high - low), z, low, high))
    context = context_of(20)
    for t in [low + (high - low) * share for share in (0.1, 0.45, 0.8)]:
        x = context.mpf(sp.Rational(t).p) / sp.Rational(t).q
        ends = [context.mpf(sp.Rational(e).p) / sp.Rational(e).q for e in (low, high)]
        width = ends[1] - ends[0]
        sides = []
        for start, stop in ((x, ends[1]), (ends[0], x)):
            mass, moment, excess = (
                context.quad(lambda y, f=f: f(y), [start, stop]) / width
                for f in (lambda y: 1, lambda y: y, lambda y, x=x: abs(y - x))
            )
            sides.append(excess * context.sqrt(mass**2 + moment**2))
        for value in (
            general.evalf(20, {general.symbols[0]: t, a: low, b: high}),
            special.evalf(20, t=t),
        ):
            assert abs(value - min(sides)) <= 1e-14 * min(sides)
    assert special.evalf(t=high + 1) == 0


def test_a_given_marginal_of_an_isotropic_law():
    known = weight_function("sphere", 5)
    given_law = Marginal(sp.Rational(3, 4) * (1 - z**2), z, -1, 1)
    for d in (1, 5):
        found = weight_function(given_law, d)
        assert abs(found.evalf(20, t=0.3) - known.evalf(20, t=0.3)) < 1e-18
    scaled = weight_function(Marginal(sp.exp(-sp.Abs(z)) / 2, z))
    assert sp.Abs(scaled.evalf(t=2) - weight_function("laplace").evalf(t=2)) < 1e-15


@settings(max_examples=10)
@given(st.sampled_from([2, 5, 8]), st.integers(-127, 127).map(lambda k: k / 127))
def test_the_weight_is_even_positive_inside_and_largest_at_zero(d, t):
    g = weight_function("sphere", d)
    value = g.evalf(15, t=t)
    assert value == g.evalf(15, t=-t)
    assert 0 <= value <= g.evalf(15, t=0)
    assert (value > 0) == (abs(t) < 1)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: weight_function("gauss"), sb.InputError, "gaussian"),
        (lambda: weight_function("sphere", 1), sb.DomainError, "two points"),
        (lambda: weight_function("uniform", 2), sb.DomainError, "ball"),
        (lambda: weight_function("sphere", 65), sb.BudgetError, "sqrt"),
        (lambda: weight_function("gaussian", 0), sb.InputError, "positive"),
        (lambda: weight_function(Marginal(2 * z, z, 0, 1), 2), sb.DomainError, "not even"),
        (lambda: weight_function(Marginal(z * 0 + 1, z, 0, 2)), sb.InputError, "mass 2"),
        (lambda: Marginal(z, z, -1, 1), sb.InputError, "not negative"),
        (lambda: Marginal(1, z, 2, 1), sb.InputError, "order"),
        (lambda: Marginal(1, "z", 0, 1), sb.InputError, "symbol"),
        (lambda: Marginal("1", z, 0, 1), sb.InputError, "density"),
        (
            lambda: weight_function(Marginal(sp.gamma(z + 1), z, 0, 1)),
            sb.BudgetError,
            "closed form",
        ),
    ],
)  # fmt: skip
def test_refusals(call, error, text):
    with pytest.raises(error, match=text):
        call()
