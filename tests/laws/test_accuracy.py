"""One law over every shipped kernel: a few ulp from 50 digits, up to the edges of its domain."""

from __future__ import annotations

import pytest
import sympy as sp
from shipped_kernels import SOURCES, grid, name_of, shipped

import symbias as sb
from symbias.codegen.accuracy import ulp_error

ULPS = 4
pytestmark = pytest.mark.jit


@pytest.mark.parametrize("share", [2, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_kernels_are_accurate_up_to_the_edges_of_their_domain(source, share):
    assert shipped(source)
    for formula in shipped(source):
        points = grid(formula, share)
        assert len(points) >= 10, formula
        printed = sb.compile(formula.rhs, formula.symbols)
        worst = ulp_error(formula.compile(), points, exact=printed)
        assert worst.ulp <= ULPS, (formula, worst)


def test_a_formula_that_cancels_near_zero_would_be_found():
    w, alpha = sp.Symbol("w", real=True), sp.Symbol("alpha", positive=True)
    derivation = sb.Derivation("what a sine is short of").start(alpha * (w - sp.sin(w)), "given")
    formula = derivation.conclude(sp.Function("Q")(w, alpha), "naive")
    assert ulp_error(formula.compile(), grid(formula)).ulp > 1e6
