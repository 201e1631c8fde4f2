"""Expansions of families in 1/sqrt(d): exact coefficients, against members at enormous d and against the literature."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from losses import family

import symbias as sb
from symbias.landscape.limits import d

pi = sp.pi


def same(found, expected):
    return sp.simplify(found - expected) == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # a/k with a about 0.3: Arjevani and Field (2020)
        ("II", (sp.Rational(1, 2) - 2 / pi**2) / d),
        (
            "A",
            sp.Rational(1, 2)
            - 1 / pi
            - 4 / (3 * pi * sp.sqrt(d))
            + (-(pi**2) + 6 * pi - 4) / (2 * pi**2 * d),
        ),
        (
            "I",
            sp.Rational(1, 2)
            - 1 / pi
            - 4 / (3 * pi * sp.sqrt(d))
            + (-(pi**2) + 5 * pi - 4) / (pi**2 * d),
        ),
        ("global", sp.Integer(0)),
    ],
)
def test_losses(name, expected):
    assert same(family(name).loss_series(3), expected)


def at_large(series, D):
    """The value of an expansion to 60 digits."""
    with mpmath.workdps(60):
        return mpmath.mpf(str(sp.N(sp.sympify(series).subs(d, D), 60)))


@pytest.mark.parametrize(
    ("name", "p"), [("A", None), ("I", None), ("II", None), ("I", 2), ("II", 4)]
)
def test_remainders_are_of_the_order_that_was_left_out(name, p):
    n, D = 6, 10**11
    point, test = family(name, p).at(D, digits=60), family(name, p)
    with mpmath.workdps(60):
        left_out = mpmath.mpf(D) ** (-mpmath.mpf(n) / 2)
        assert abs(point.loss - at_large(test.loss_series(n), D)) < 100 * left_out
        for key, series in test.weights_series(n).items():
            assert abs(point.weights[key] - at_large(series, D)) < 5000 * left_out, key


def test_an_expansion_outside_the_field_is_refused():
    """Neurons and teachers of II_2 tend to be parallel with an angle proportional to the square root of two."""
    with pytest.raises(sb.BudgetError, match="no rational function of pi"):
        family("II", 2).loss_series(3)


def assert_spectra_agree(test, n, D):
    point = test.at(D, digits=30)
    for series, row in zip(test.spectrum_series(n), point.spectrum(), strict=True):
        assert series.component == row.component
        assert sp.sympify(series.multiplicity).subs(d, D) == row.multiplicity
        with mpmath.workdps(60):
            gap = abs(row.eigenvalue - at_large(series.eigenvalue, D))
            assert gap < 2000 * mpmath.mpf(D) ** (-mpmath.mpf(n) / 2)


@pytest.mark.parametrize("second_layer", [False, True])
def test_spectra_at_large_dimension(second_layer):
    assert_spectra_agree(family("A", second_layer=second_layer), 3, 10**10)


@pytest.mark.slow
@pytest.mark.parametrize("second_layer", [False, True])
@pytest.mark.parametrize("name", ["I", "II"])
def test_spectra_of_the_other_families_at_large_dimension(name, second_layer):
    assert_spectra_agree(family(name, second_layer=second_layer), 2, 10**10)


def test_spectra_of_spurious_and_global_minima_differ_in_order_one_half():
    low, high = sp.Rational(1, 4) - 1 / (2 * pi), sp.Rational(1, 4) + 1 / (2 * pi)
    spectra = {name: family(name).spectrum_series(2) for name in ("global", "A")}
    assert same(spectra["global"].of("x")[0], low)
    assert same(spectra["A"].of("x")[0], low - 1 / (pi * sp.sqrt(d)))
    assert same(spectra["A"].of("y")[0], high - 1 / (pi * sp.sqrt(d)))
    for ours, theirs in zip(spectra["A"].of("s"), spectra["global"].of("s"), strict=True):
        assert sp.limit(ours - theirs, d, sp.oo) == 0


def test_the_spectrum_of_the_global_minimum_is_that_of_its_polynomials():
    blocks = family("global").hessian_blocks()
    z = sp.Symbol("z")
    t = 16 * pi**2 * z**2 - 4 * pi * (pi * d + 2 * d + 2 * pi) * z
    t += 2 * pi * d**2 + (pi**2 - 2 * pi + 4) * d + pi**2 + 4 * pi - 4
    assert same(sp.expand(16 * pi**2 * blocks["t"].charpoly(z).as_expr()), sp.expand(t))
    s = 16 * pi**2 * z**2 - 4 * pi**2 * (d + 2) * z + pi**2 * d + pi**2 + 4 * pi - 4
    s *= z - sp.Rational(1, 4) + 1 / (2 * pi)
    assert same(sp.expand(16 * pi**2 * blocks["s"].charpoly(z).as_expr()), sp.expand(s))


@pytest.mark.parametrize("n", [0, -1, 1000, 2.5, "x"])
def test_no_order(n):
    with pytest.raises(sb.InputError):
        family("II").loss_series(n)
