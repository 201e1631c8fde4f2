"""One law over every registered result: four questions, and a changed formula fails."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from html import escape

import mpmath
import numpy as np
import pytest
import sympy as sp
from latex_checks import unbalanced

import symbias as sb
from symbias import registry
from symbias.present.mathml import mathml
from symbias.sym.evidence import GIVEN, GRADES, weakest

POINTS = 40
ULPS = 4
EPS = float(np.finfo(float).eps)
each_result = pytest.mark.parametrize("entry", registry.RESULTS, ids=lambda entry: entry.name)


@pytest.fixture
def result(entry):
    return registry.resolve(entry.target)()


def test_there_are_results():
    assert registry.RESULTS
    assert Counter(e.name for e in sb.catalogue()) == Counter(e.name for e in registry.RESULTS)


@each_result
def test_how_do_we_know(result, entry):
    derivation = result.derivation
    kinds = [step.kind for step in derivation.steps]
    assert "start" in kinds
    assert {"rewrite", "cite", "assume"} & set(kinds), "a result is derived, not stated"
    for step in derivation.steps:
        assert step.evidence.grade in (*GRADES, GIVEN)
        assert step.evidence.grade != GIVEN or step.kind == "start"
        assert step.because
    assert derivation.evidence == weakest(step.evidence.grade for step in derivation.steps)
    assert derivation.evidence in GRADES
    assert derivation.check() == derivation.evidence
    stated_in = getattr(result, "cites", ())
    assert set(entry.cites) <= {*derivation.cites, result.formula.reference, *stated_in}


@each_result
def test_what_is_it(result):
    formula = result.formula
    assert isinstance(formula, sb.Formula)
    assert formula in result.derivation.formulas
    assert set(formula.symbols) == set(formula.rhs.free_symbols)
    shown = result._repr_latex_()
    assert shown.startswith("$")
    assert shown.endswith("$")
    levels = [result.derivation.latex(level) for level in ("statement", "steps", "full")]
    for text in (result.latex(), formula.latex(), shown, *levels):
        assert not unbalanced(text), unbalanced(text)
    assert sp.latex(formula.lhs) in result.latex()
    page = result._repr_html_()
    assert mathml(formula.lhs) in page
    assert all(f"<code>{escape(f.name)}</code>" in page for f in result.derivation.formulas)


def points_inside(formula, count):
    """Random points at which the formula is defined, with values to 50 digits and conditioning."""
    rng, found = np.random.default_rng(0), []
    for _ in range(50 * count):
        magnitude = 10.0 ** rng.uniform(-3, 1, len(formula.symbols))
        sign = rng.choice([-1.0, 1.0], len(formula.symbols))
        point = dict(zip(formula.symbols, (sign * magnitude).tolist(), strict=True))
        try:
            value = formula.evalf(50, point)
        except sb.DomainError:
            continue
        if mpmath.im(value) == 0:
            found.append((point, value, slope(formula, point)))
        if len(found) == count:
            return found
    pytest.fail(f"only {len(found)} points of {formula.name} lie in its domain")


def slope(formula, point):
    """Sum of |x df/dx| over the arguments: how far rounding the arguments moves the value."""
    total = mpmath.mpf(0)
    with mpmath.workdps(60):
        for symbol, x in point.items():
            near = {**point, symbol: sp.Rational(x) * (1 + sp.Rational(1, 10**25))}
            try:
                change = formula.evalf(60, near) - formula.evalf(60, point)
            except sb.DomainError:
                return mpmath.inf
            total += abs(change) * mpmath.mpf(10) ** 25
    return total


@pytest.mark.jit
@each_result
def test_how_do_i_compute_it(result):
    formula, kernel = result.formula, result.compile()
    sample = points_inside(formula, POINTS)
    columns = [np.array([point[s] for point, _, _ in sample]) for s in formula.symbols]
    computed = kernel(*columns)
    assert computed.shape == (POINTS,)
    for got, (point, exact, moved) in zip(computed, sample, strict=True):
        tolerance = ULPS * EPS * (abs(exact) + moved)
        assert abs(mpmath.mpf(float(got)) - exact) <= tolerance, f"{formula.name} at {point}"


@each_result
def test_multiprecision_twin_follows_the_formula(result):
    formula, twin = result.formula, result.compile().mp(40)
    for point, exact, _ in points_inside(formula, 5):
        value = twin(*(point[s] for s in formula.symbols))
        assert mpmath.almosteq(value, exact, rel_eps=mpmath.mpf(10) ** -38)


@pytest.mark.jit
@each_result
def test_is_it_true(result):
    report = result.verify(rng=0)
    assert report.verdicts
    assert report.ok, [str(verdict) for verdict in report.verdicts]
    assert any(verdict.evidence == result.formula.evidence for verdict in report.verdicts)


@pytest.mark.jit
@each_result
def test_a_formula_that_is_one_per_cent_off_is_refuted(result, monkeypatch):
    wrong = replace(result.formula, rhs=result.formula.rhs * sp.Rational(101, 100), stable=None)
    original = sb.Formula.compile
    monkeypatch.setattr(
        sb.Formula, "compile", lambda self: original(wrong if self is result.formula else self)
    )
    verdicts = [claim.run(rng=0) for claim in result.claims]
    assert not all(verdict.holds for verdict in verdicts), [str(verdict) for verdict in verdicts]
