"""Closed forms: derived for symbols, and equal to certified numbers at every tested value."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from latex_checks import unbalanced

import symbias as sb
from symbias.errors import DomainError
from symbias.stability.claims import threshold_claim
from symbias.stability.jury import jury_conditions
from symbias.stability.order_two import order_two
from symbias.stability.pencil import pencil
from symbias.stability.ranges import box, positive_on

R = sp.Rational
U = sb.UpdateRule
z, x, beta, damp, nu, tau, q, s = sp.symbols("z x beta damp nu tau q s")
QUASI = U.quasi_hyperbolic(beta, nu).threshold().closed_form
GEOMETRIC = sp.Lambda(s, (1 - q) / (1 - q * s))

SYMBOLIC = {
    "heavy ball": (U.heavy_ball(beta, damp), 2 * (1 + beta) / (1 - damp)),
    "Adam": (U.adam(beta), 2 * (1 + beta) / (1 - beta)),
    "one step late": (U.heavy_ball(beta).delayed(1), 1 - beta),
    "two steps late": (U.heavy_ball(beta).delayed(2), None),
    "Nesterov": (U.nesterov(beta), None),
    "Nesterov, late": (U.nesterov(beta).delayed(1), None),
    "shifted": (U.shifted_momentum(beta, 1), 1 - beta**2),
    "shifted, later": (U.shifted_momentum(beta, 2), None),
    "quasi-hyperbolic": (U.quasi_hyperbolic(beta, nu), None),
    "cycle": (U.cycle([1, damp]), None),
    "random": (U.gradient_descent().delayed({0: 1 - q, 2: q}), None),
    "geometric": (U.gradient_descent().delayed(GEOMETRIC), 2 * (1 + q) / (1 - q)),
}


@pytest.mark.parametrize("name", SYMBOLIC)
def test_closed_forms_agree_with_certified_numbers(name):
    rule, expected = SYMBOLIC[name]
    threshold = rule.threshold()
    if expected is not None:
        assert sp.cancel(threshold.closed_form - expected) == 0
    tried = 0
    for value in (
        R(-9, 10),
        R(-3, 5),
        R(-1, 3),
        R(-1, 10),
        R(1, 7),
        R(1, 2),
        R(19, 20),
        R(4),
        R(13, 2),
    ):
        point = dict.fromkeys(rule.parameters, value)
        if nu in point:
            point[nu] = R(5, 8)
        try:
            number = threshold.value(20, point)
        except DomainError:
            continue  # outside the range of the rule
        tried += 1
        assert abs(threshold.closed_form.subs(point).evalf(30) - number) < 1e-18 * number
    assert tried >= 3


def test_nesterov_changes_its_form_where_the_crossing_does():
    found = U.nesterov(beta).threshold().closed_form
    assert isinstance(found, sp.Piecewise)
    assert found.args[0][1] == (beta >= R(-1, 3))
    assert found.subs(beta, R(1, 2)) == R(3, 2)
    assert found.subs(beta, R(-1, 2)) == 3


@given(st.fractions(-0.99, 0.99), st.fractions(0, 1))
@settings(max_examples=12, deadline=None)
def test_quasi_hyperbolic_for_any_pair(b, weight):
    b, weight = R(b.numerator, b.denominator), R(weight.numerator, weight.denominator)
    found = QUASI.subs({beta: b, nu: weight})
    exact = U.quasi_hyperbolic(b, weight).threshold().value(20)
    assert abs(found.evalf(30) - exact) < 1e-18 * exact


def test_a_symbolic_delay():
    found = U.gradient_descent().delayed(tau).threshold()
    assert found.closed_form == 2 * sp.sin(sp.pi / (2 * (2 * tau + 1)))
    for t in (0, 1, 2, 5, 16):
        exact = U.gradient_descent().delayed(t).threshold()
        assert abs(found.closed_form.subs(tau, t).evalf(30) - exact.value(25)) < 1e-24
    assert U.gradient_descent().delayed(2 * tau + 1).threshold().closed_form == 2 * sp.sin(
        sp.pi / (8 * tau + 6)
    )


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (U.heavy_ball(beta).delayed(tau), lambda c: c(tau + R(1, 2)) - beta * c(tau - R(1, 2))),
        (U.shifted_momentum(beta, tau), lambda c: c(tau + R(1, 2)) - beta * c(R(1, 2))),
        (
            U.nesterov(beta).delayed(tau),
            lambda c: (
                (1 + beta + beta**2) * c(tau + R(1, 2))
                - beta * c(tau + R(3, 2))
                - beta * (1 + beta) * c(tau - R(1, 2))
            ),
        ),
    ],
    ids=["heavy ball", "shifted", "Nesterov"],
)
def test_crossings_of_symbolic_delays(rule, left):
    threshold = rule.threshold()
    found = threshold.crossing
    assert threshold.closed_form is None
    assert sp.expand(found.left - left(lambda k: sp.cos(k * found.angle))) == 0
    point = {tau: 3, beta: R(1, 2)}
    here = sp.lambdify(found.angle, found.left.subs(point), "mpmath")
    angles = [k * sp.pi.evalf(30) / 400 for k in range(1, 400)]
    first = next(a for a, b in pairwise(angles) if here(a) * here(b) <= 0)
    root = sp.nsolve(found.left.subs(point), found.angle, first, prec=25)
    assert abs(found.value.subs(point).subs(found.angle, root) - threshold.value(20, point)) < 1e-18


@pytest.mark.parametrize(
    "rule",
    [U.heavy_ball(R(1, 2)).delayed(3), U.lookahead(5, R(1, 2)), U.nesterov(R(9, 10)).delayed(2)],
)
def test_without_a_closed_form_the_polynomial_vanishes(rule):
    threshold = rule.threshold()
    assert threshold.closed_form is None
    f = sp.Poly(threshold.polynomial, threshold.x)
    value = R(str(threshold.value(40)))
    assert f.eval(value * (1 - R(1, 10**30))) * f.eval(value * (1 + R(1, 10**30))) < 0
    assert f.degree() > 2


def test_symbolic_polynomials_vanish_too():
    threshold = U.heavy_ball(beta).delayed(3).threshold()
    at = threshold.polynomial.subs({threshold.x: threshold.value(30, beta=R(1, 4)), beta: R(1, 4)})
    assert abs(at) < 1e-27


DERIVED = [
    U.gradient_descent(),
    U.nesterov(beta),
    U.gradient_descent().delayed(tau),
    U.heavy_ball(beta).delayed(2),
    U.shifted_momentum(beta, tau),
    U.heavy_ball(R(1, 2)).delayed(3),
    U.cycle([1, 6]),
    U.gradient_descent().delayed({0: R(1, 2), 3: R(1, 2)}),
    U.nesterov(beta, beta).delayed(tau),
    U.quasi_hyperbolic(beta, nu).delayed(tau),
    U.lookahead(10, nu),
]


@pytest.mark.parametrize("rule", DERIVED, ids=str)
def test_derivations_are_exact_and_printable(rule):
    threshold = rule.threshold()
    assert threshold.derivation.evidence == "exact"
    assert threshold.formula in threshold.derivation.formulas
    for level in ("statement", "steps", "full"):
        assert not unbalanced(threshold.derivation.latex(level))
    assert not unbalanced(threshold.latex())
    assert str(rule.name) in repr(threshold)


def test_without_a_closed_form_the_equation_of_the_angle_is_printed():
    threshold = U.shifted_momentum(beta, tau).threshold()
    equation = threshold.crossing.left
    assert sp.latex(sp.Eq(equation, 0)) in threshold.latex()
    assert any(step.expr == equation for step in threshold.derivation.steps)


def test_a_parameter_may_stand_under_a_root():
    threshold = U.nesterov(sp.sqrt(beta)).delayed(2).threshold()
    plain = U.nesterov(R(1, 2)).delayed(2).threshold()
    assert threshold.value(20, beta=R(1, 4)) == plain.value(20)
    assert threshold.set_at(beta=R(1, 4)) == plain.stable_set
    assert threshold.derivation.evidence == "exact"
    with pytest.raises(DomainError, match="sqrt"):
        threshold.value(beta=-1)


def test_a_parameter_without_a_range():
    """Half of the values that are tried leave no small step stable; the derivation counts at the others."""
    theta, grad, t, step = sp.Function("theta"), sp.Function("grad"), *sp.symbols("t step")
    line = theta(t) + q * (theta(t) - theta(t - 1)) - step * grad(theta(t - tau))
    threshold = U.from_recurrence(line, theta, grad, t, step).threshold()
    assert threshold.derivation.evidence == "exact"
    expected = U.heavy_ball(R(1, 3))
    assert threshold.value(20, q=R(1, 3), tau=4) == expected.delayed(4).threshold().value(20)
    with pytest.raises(DomainError, match="arbitrarily small steps"):
        threshold.value(q=2, tau=4)


@pytest.mark.jit
@pytest.mark.parametrize(
    "rule", [U.nesterov(beta), U.heavy_ball(R(1, 2)).delayed(2), U.cycle([1, 3])], ids=str
)
def test_simulated_modes_confirm(rule):
    assert rule.threshold().verify(rng=0).ok


@pytest.mark.jit
def test_a_formula_that_is_off_is_refuted(monkeypatch):
    threshold = U.heavy_ball(beta).threshold()
    wrong = replace(threshold.formula, rhs=threshold.formula.rhs * R(1001, 1000))
    compiled = sb.Formula.compile
    monkeypatch.setattr(
        sb.Formula, "compile", lambda self: compiled(wrong if self is threshold.formula else self)
    )
    assert not threshold_claim(threshold).run(rng=0).holds


def test_the_jury_table_agrees_with_roots():
    rule = U.nesterov(R(1, 2)).delayed(2)
    threshold = rule.threshold()
    for point in (R(1, 10), R(3, 10), R(2, 5), R(1), R(3)):
        positive = all(entry.subs(threshold.x, point) > 0 for entry in threshold.table)
        assert positive == bool(threshold.stable_set.interior.contains(point))
    with pytest.raises(DomainError, match="too long"):
        jury_conditions([sp.S.One] * 12)


def test_no_closed_form_is_claimed_where_a_sign_is_not_known():
    theta, grad = sp.Function("theta"), sp.Function("grad")
    t, step, a = sp.symbols("t step a")
    rule = U.from_recurrence(
        theta(t) + a * (theta(t) - theta(t - 1)) - step * grad(theta(t)), theta, grad, t, step
    )
    assert order_two(pencil(rule), sp.symbols("y")) is None
    found = rule.threshold().closed_form
    assert found.subs(a, R(1, 2)) == 3
    assert found.subs(a, 2) is sp.nan
    assert found.subs(a, -2) is sp.nan


def test_positivity_on_a_box_needs_a_proof():
    b, n = sp.symbols("b n")
    ranges = box([b, n], [b > -1, b < 1, n >= 0, n <= 1])
    assert positive_on(1 + b - 2 * n * b, ranges)
    assert not positive_on(b, ranges)
    assert not positive_on(1 - n, ranges)
    assert positive_on(1 - b, ranges)
