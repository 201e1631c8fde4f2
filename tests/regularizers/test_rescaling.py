"""The least penalty over rescalings: closed forms against a search, attainment, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import symbias as sb
from symbias.regularizers import rescaling_minimum

a, v, w1, w2, x, y, z = sp.symbols("a v w1 w2 x y z", real=True)
p, q, r, l1, l2, b = sp.symbols("p q r l1 l2 b", positive=True)
c, c1, c2 = sp.symbols("c c1 c2", positive=True)
L = sp.symbols("L", integer=True, positive=True)
P, n = sp.symbols("P n", positive=True)
BOTH = {a: a * c, v: v / c}

CASES = {
    "ridge": ((a**2 + v**2) / 2, BOTH),
    "group lasso": ((a**2 + w1**2 + w2**2) / 2, {a: a * c, w1: w1 / c, w2: w2 / c}),
    "norms": (sp.Abs(a) + 3 * sp.sqrt(w1**2 + w2**2), {a: a * c, w1: w1 / c, w2: w2 / c}),
    "weighted powers": (l1 * sp.Abs(a) ** p / p + l2 * sp.Abs(v) ** q / q, BOTH),
    "one symbolic degree": (sp.Abs(a) ** p + v**2, BOTH),
    "a fixed term": (a**2 + 3 * v**4 + x**2, BOTH),
    "equal exponents": (a**2 + x**2 + v**2, {a: a * c, x: x * c, v: v / c}),
    "a square of a sum": ((sp.Abs(a) + 2 * sp.Abs(v)) ** 2, BOTH),
    "a quadratic equation": (a**4 + sp.Abs(a) + v**2, BOTH),
    "the other way": (a**2, {a: a / c}),
    "a quadratic equation, falling": (v**4 + sp.Abs(v) + a**2, BOTH),
    "a biquadratic polynomial": (a**4 + x**2 + v**4, {a: a * c, x: x / c**0, v: v / c}),
    "a chain of many layers": (L * P ** (2 / L) / 2 + n**2 / 2, {P: P * c, n: n / c}),
    "floats": (0.5 * a**2 + 0.125 * v**2, BOTH),
    "positive parameters": (P**3 + b * n, {P: P * c, n: n / c**2}),
}


def searched(penalty, scaling, point):
    """The least penalty on the orbit of a point, by a search that knows the penalty only."""
    orbit = sp.lambdify(c, sp.sympify(penalty).subs(scaling, simultaneous=True).subs(point))
    return minimize_scalar(
        lambda s: float(orbit(np.exp(s))), bounds=(-25, 25), method="bounded",
        options={"xatol": 1e-10},
    ).fun  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_minimum_is_what_a_search_finds(name):
    penalty, scaling = CASES[name]
    formula = rescaling_minimum(penalty, scaling, c)
    assert formula.derivation.check() == formula.evidence == "exact"
    rng = np.random.default_rng(len(name))
    for _ in range(3):
        symbols = sorted(sp.sympify(penalty).free_symbols, key=str)
        point = {s: float(rng.uniform(0.5, 2.0)) for s in symbols} | {L: 3}
        known = {s: point[s] for s in formula.symbols}
        assert float(formula.evalf(20, known)) == pytest.approx(
            searched(penalty, scaling, point), rel=1e-9, abs=1e-12
        )


def test_the_path_norm_and_its_balance():
    formula = rescaling_minimum((a**2 + v**2) / 2, BOTH, c)
    assert formula.rhs == sp.Abs(a) * sp.Abs(v)
    assert (formula.name, formula.relation, formula.symbols) == ("rescaling_minimum", "==", (a, v))
    found = {f.name: f for f in formula.derivation.formulas}
    assert (found["balance over c"].lhs, found["balance over c"].rhs) == (a**2, v**2)
    assert found["convexity in log c"].relation == ">="
    assert float(found["minimiser over c"].evalf(a=4, v=-1)) == 0.5


def test_the_published_form_for_weighted_powers():
    # Hoelder's inequality, as in section 5 of the theory of regularizers: p and q need not be conjugate
    formula = rescaling_minimum(l1 * P**p / p + l2 * n**q / q, {P: P * c, n: n / c}, c)
    published = (1 / p + 1 / q) * (l1 * P**p) ** (q / (p + q)) * (l2 * n**q) ** (p / (p + q))
    step = sb.Derivation("the published form").start(formula.rhs, "derived")
    assert step.rewrite(published, "published").evidence == "exact"
    with pytest.raises(sb.DerivationError):
        step.rewrite(published * (1 + p) / (1 + q), "a slip")


def test_several_scales_are_eliminated_in_turn():
    neurons = rescaling_minimum(
        (a**2 + v**2 + x**2 + y**2) / 2, {a: a * c1, v: v / c1, x: x * c2, y: y / c2}, [c1, c2]
    )
    assert neurons.rhs == sp.Abs(a) * sp.Abs(v) + sp.Abs(x) * sp.Abs(y)
    chain = rescaling_minimum(
        (x**2 + y**2 + z**2) / 2, {x: x * c1, y: y * c2 / c1, z: z / c2}, (c1, c2)
    )
    assert chain.evidence == "exact"
    assert float(chain.evalf(x=1, y=-2, z=4)) == pytest.approx(1.5 * 8 ** (2 / 3))
    assert [f.name for f in chain.derivation.formulas if "minimum" in f.name] == [
        "minimum over c1",
        "rescaling_minimum",
    ]


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.integers(1, 3))
def test_the_minimum_does_not_change_along_the_orbit(degree, other, up, down):
    penalty = P**degree + 2 * n**other
    formula = rescaling_minimum(penalty, {P: P * c**up, n: n / c**down}, c)
    here = formula.evalf(20, {P: 1.25, n: 0.75})
    moved = formula.evalf(20, {P: sp.Rational(5, 4) * 3**up, n: sp.Rational(3, 4) / 3**down})
    assert float(moved) == pytest.approx(float(here), rel=1e-15)


def test_a_penalty_that_only_grows_has_an_infimum_that_is_not_attained():
    formula = rescaling_minimum(a**2 + x**4 + y**2, {a: a * c, x: x * c}, c)
    assert formula.rhs == y**2
    assert any("not attained" in step.because for step in formula.derivation.steps)
    assert any(f.name == "lower bound" and f.relation == ">=" for f in formula.derivation.formulas)
    falling = rescaling_minimum(sp.Abs(a) ** p, {a: a / c}, c)
    assert falling.rhs == 0
    assert any("-> oo" in step.because for step in falling.derivation.steps)


def test_that_a_missing_factor_leaves_no_minimum_is_said_unless_it_cannot_be_missing():
    said = "not attained"
    real = rescaling_minimum(a**2 + v**2, BOTH, c).derivation
    positive = rescaling_minimum(P**2 + n**2, {P: P * c, n: n / c}, c).derivation
    assert said in real.steps[-1].because
    assert all(said not in step.because for step in positive.steps)
    assert rescaling_minimum(a**2 + v**2, BOTH, c).evalf(a=0, v=3) == 0


def test_an_invariant_penalty_is_its_own_minimum():
    assert rescaling_minimum(a**2 * v**2, BOTH, c).rhs == a**2 * v**2


def test_a_scale_without_assumptions_is_taken_to_be_positive():
    plain = sp.Symbol("c")
    formula = rescaling_minimum(a**2 + v**2, {a: a * plain, v: v / plain}, plain)
    assert formula.rhs == 2 * sp.Abs(a) * sp.Abs(v)


@pytest.mark.parametrize(
    ("penalty", "scaling"),
    [
        (a**4 + a**2 + v**2, BOTH),
        (sp.Abs(a) ** p + sp.Abs(x) ** q + sp.Abs(v) ** r, {a: a * c, x: x * c, v: v / c}),
    ],
    ids=["a cubic equation", "degrees without a common unit"],
)
def test_no_closed_form_is_a_matter_of_budget(penalty, scaling):
    with pytest.raises(sb.BudgetError, match=r"No closed form was found.*convex in the logarithm"):
        rescaling_minimum(penalty, scaling, c)


@pytest.mark.parametrize(
    ("penalty", "scaling", "scale", "message"),
    [
        (sp.nan, BOTH, c, "The penalty is nan"),
        ("a**2", BOTH, c, "The penalty is 'a"),
        (sp.oo * a**2, BOTH, c, "The penalty is oo"),
        (a**2 + v**2, BOTH, c1, "No parameter is rescaled by c1"),
        (a**2 + v**2, BOTH, [c, c1], "No parameter is rescaled by c1"),
        (a**2 + v**2, BOTH, [c, c], "named once"),
        (a**2 + v**2, BOTH, sp.symbols("c", negative=True), "cannot be a scale"),
        (a**2 + v**2, BOTH, 3, "cannot be a scale"),
        (a**2 + v**2, BOTH, None, "cannot be a scale"),
        (a**2 + v**2, {a: a, v: v}, c, "No parameter is rescaled"),
        (a**2 + v**2, {}, c, "The rescaling is"),
        (a**2 + v**2, [a, v], c, "scaling of rescaling_minimum is a list"),
        (a**2 + v**2, {a: a * c, x: x / c}, c, "does not contain the parameter x"),
        (a**2 + v**2, {a: a * c}, np.array(1.0), "cannot be a scale"),
        (sp.Integer(10) ** 5000, {a: a * c}, c, r"penalty 1\.0+E\+5000 does not contain"),
        (a**2 + v**2, {a: a + c, v: v / c}, c, "is not a times a power"),
        (a**2 + v**2, {a: 2 * a * c, v: v / c}, c, "is not a times a power"),
        (a**2 + v**2, {a: v * c, v: v / c}, c, "is not a times a power"),
        (a**2 + v**2, {a: a * sp.exp(c), v: v / c}, c, "is not a times a power"),
        (a**2 + v**2, {a: sp.nan, v: v / c}, c, "The image of a is nan"),
        (a**2 * c + v**2, BOTH, c, "already contains the scale"),
        (a**2 - v**2, BOTH, c, "may be negative"),
        (a + v**2, BOTH, c, "may be negative"),
        (a**3 + v**2, BOTH, c, "may be negative"),
        (sp.Symbol("l") * a**2 + v**2, BOTH, c, "may be negative"),
        (sp.Abs(a) ** sp.Symbol("k", real=True) + v**2, BOTH, c, "sign of the exponent"),
        (sp.exp(a) + v**2, BOTH, c, "not a sum of powers"),
        (sp.sqrt(a**2 + v**2), BOTH, c, "not a sum of powers"),
        (sp.Symbol("s") ** 2 + v**2, {sp.Symbol("s"): sp.Symbol("s") * c}, c, "known to be real"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(penalty, scaling, scale, message):
    with pytest.raises(sb.InputError, match=message):
        rescaling_minimum(penalty, scaling, scale)
