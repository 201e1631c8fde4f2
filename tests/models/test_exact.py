"""Exact numbers from whatever a user types, and how messages show them."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.models.exact import exact, shown

x = sp.Symbol("x", real=True)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0.1, sp.Rational(1, 10)),
        (np.float64(2.5), sp.Rational(5, 2)),
        (np.int64(3), sp.Integer(3)),
        (Fraction(1, 3), sp.Rational(1, 3)),
        (sp.Float("0.25") * x, x / 4),
        (1e-300, sp.Rational(1, 10**300)),
    ],
)
def test_floats_are_what_they_print(value, wanted):
    assert exact(value, "value") == wanted


@pytest.mark.parametrize(
    "value",
    [
        True,
        "1",
        1j,
        sp.I,
        float("nan"),
        -float("inf"),
        sp.oo,
        sp.zoo * x,
        sp.Lambda(x, x**2),
        sp.MatrixSymbol("A", 2, 2),
        sp.Symbol("A", commutative=False),
        None,
    ],
    ids=repr,
)
def test_what_is_no_real_number_is_refused(value):
    with pytest.raises(sb.InputError, match=r"value is .*Give a finite real number"):
        exact(value, "value")


def test_long_numbers_are_shown_briefly():
    huge = sp.Integer(10) ** 5000
    assert str(shown(huge * x + sp.Rational(1, 3))) == "1.0e+5000*x + 1/3"
    assert len(str(shown(huge * x / 7 + huge))) < 60
