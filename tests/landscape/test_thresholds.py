"""Fractional dimensions at which eigenvalues of families change sign."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from dense_reference import hessian
from losses import family

import symbias as sb


@pytest.mark.parametrize(
    ("name", "component", "value"),
    [("A", "x", 5.763812735), ("I", "x", 6.744830656), ("II", "s", 5.585505247)],
)
def test_first_thresholds(name, component, value):
    found = family(name).thresholds()
    assert found[0][0] == component
    assert abs(found[0][1] - value) < 1e-9
    assert [d for _, d in found] == sorted((d for _, d in found), reverse=True)


@pytest.mark.parametrize(
    ("name", "p"),
    [
        ("A", None),
        *(pytest.param(*n, marks=pytest.mark.slow) for n in (("I", None), ("II", None), ("II", 2))),
    ],
)
def test_the_second_layer_moves_no_threshold(name, p):
    ours, theirs = (family(name, p, second_layer=s).thresholds() for s in (False, True))
    assert [c for c, _ in ours] == [c for c, _ in theirs]
    np.testing.assert_allclose([d for _, d in ours], [d for _, d in theirs], rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "p"),
    [("A", None), ("I", None), ("II", None), pytest.param("II", 2, marks=pytest.mark.slow)],
)
def test_dense_spectra_change_sign_at_the_integers_around_a_threshold(name, p):
    component, d = family(name, p).thresholds()[0]
    below, above = int(d), int(d) + 1
    smallest = {
        n: np.linalg.eigvalsh(hessian(family(name, p).at(n).matrix()))[0] for n in (below, above)
    }
    assert smallest[below] < 0 < smallest[above]
    assert not family(name, p).at(below).is_minimum
    assert family(name, p).at(above).is_minimum
    on_both_sides = [min(family(name, p).at(d + h).spectrum().of(component)) for h in (-1e-9, 1e-9)]
    assert on_both_sides[0] < 0 < on_both_sides[1]


def test_thresholds_to_many_digits():
    (_, near), (_, far) = family("II").thresholds(30)[0], family("II").thresholds(45)[0]
    assert abs(near - far) < 1e-29
    assert float(far) == family("II").thresholds()[0][1]
    value = min(family("II").at(Fraction(str(far)), digits=40).spectrum().of("s"))
    assert abs(value) < 1e-40


def test_a_minimum_stays_one_far_out():
    for name in ("A", "I", "II"):
        assert all(family(name).at(d).is_minimum for d in (8, 31, 997, 10**5 + 1))


@pytest.mark.parametrize("digits", [0, -3, 2.5, "x"])
def test_no_digits(digits):
    with pytest.raises(sb.InputError):
        family("II").thresholds(digits)


def test_a_threshold_that_bisection_did_not_reach():
    (component, value), *_ = family("II", 2).thresholds(100)
    assert component == "s_A"
    assert str(value).startswith(
        "7.56119049794540106743983308001421123500918753867281320384236233683"
    )
    smallest = min(family("II", 2).at(Fraction(str(value)), digits=110).spectrum().of("s_A"))
    assert abs(smallest) < 1e-100
