"""Statements that fail at single values or in narrow regions only, and true ones that look like them."""

import pytest
import sympy as sp

from symbias.errors import DerivationError
from symbias.sym.equality import decide

x, y, t, eta, w, rho = sp.symbols("x y t eta w rho", real=True)
alpha = sp.Symbol("alpha", positive=True)
z = sp.Symbol("z", complex=True)
THIN = sp.Rational(1, 1000)

FAIL_SOMEWHERE = {
    "sign at zero": (sp.sign(x) ** 2, 1, []),
    "step at zero": (sp.Heaviside(x, 0) + sp.Heaviside(-x, 0), 1, []),
    "closed end below": (sp.Piecewise((1, x > 0), (0, True)), 1, [x >= 0]),
    "closed end above": (sp.Piecewise((1, x < 3), (0, True)), 1, [x <= 3]),
    "equal symbols": (sp.sign(x - y) ** 2, 1, []),
    "narrow interval": (sp.Piecewise((0, sp.Abs(x - 1) < THIN), (x, True)), x, []),
    "narrow strip": (sp.Piecewise((0, sp.Abs(x - y) < THIN), (x, True)), x, []),
    "narrow parabola": (sp.Piecewise((0, x**2 < THIN**3), (x, True)), x, []),
    "jump of floor": (sp.floor(x) + sp.floor(-x), -1, []),
    "tie": (sp.Piecewise((1, x > y), (-1, x < y), (0, True)) ** 2, 1, []),
    "negative integers": (sp.Abs(sp.floor(x)), sp.floor(sp.Abs(x)), []),
}


@pytest.mark.parametrize("case", FAIL_SOMEWHERE)
def test_a_failure_at_special_values_is_found(case):
    lhs, rhs, assumptions = FAIL_SOMEWHERE[case]
    with pytest.raises(DerivationError) as caught:
        decide(lhs, rhs, assumptions=assumptions)
    values = caught.value.values
    assert abs(values[0] - values[1]) > 1e-10


TRUE_AROUND = {
    "sign away from zero": (sp.sign(x) ** 2, 1, [sp.Ne(x, 0)]),
    "open end": (sp.Piecewise((1, x > 0), (0, True)), 1, [x > 0]),
    "sign of arctangents": (
        sp.atan(x) + sp.atan(1 / x),
        sp.pi / 2 * sp.sign(x),
        [sp.Ne(x, 0)],
    ),
    "floor and ceiling": (sp.floor(x) + sp.ceiling(-x), 0, []),
}


@pytest.mark.parametrize("case", TRUE_AROUND)
def test_excluded_special_values_do_not_count(case):
    lhs, rhs, assumptions = TRUE_AROUND[case]
    assert decide(lhs, rhs, assumptions=assumptions).grade in {"exact", "numeric"}


def test_a_branch_that_no_point_reaches_is_named():
    far = sp.Piecewise((sp.floor(x) + 1, sp.sin(x) > 1 - THIN**4), (sp.floor(x), True))
    evidence = decide(far, sp.floor(x))
    assert "no point reached" in evidence.how
    assert "sin(x)" in evidence.how


NEWTON = sp.Function("w", real=True)(t)
FORCE = sp.Function("r", real=True)(t)
POTENTIAL = (w * sp.asinh(w / (2 * alpha**2)) - sp.sqrt(w**2 + 4 * alpha**4) + 2 * alpha**2) / 4
EXACT = {
    "positive factors leave roots": (
        sp.Derivative(sp.asinh(NEWTON / (2 * alpha**2)) / 4, t),
        FORCE,
        [sp.Eq(NEWTON.diff(t), 4 * sp.sqrt(NEWTON**2 + 4 * alpha**4) * FORCE)],
        [],
    ),
    "squares in hyperbolic functions": (
        eta * w - POTENTIAL,
        alpha**2 * (sp.cosh(4 * eta) - 1) / 2,
        [sp.Eq(w, 2 * alpha**2 * sp.sinh(4 * eta))],
        [],
    ),
    "asinh undoes sinh": (sp.asinh(sp.sinh(x)), x, [], []),
    "symbolic powers are exponentials": (
        2 * alpha**2 * sp.sinh(2 * rho * sp.log(1 / alpha)),
        alpha ** (2 - 2 * rho) * (1 - alpha ** (4 * rho)),
        [],
        [],
    ),
    "acos undoes cos": (sp.acos(sp.cos(t)), t, [], [t >= 0, t <= sp.pi]),
    "modulus": (z * sp.conjugate(z), sp.Abs(z) ** 2, [], []),
    "parts": (sp.re(z) ** 2 + sp.im(z) ** 2, sp.Abs(z) ** 2, [], []),
}


@pytest.mark.parametrize("case", EXACT)
def test_kernels_are_related(case):
    lhs, rhs, given, assumptions = EXACT[case]
    assert decide(lhs, rhs, given=given, assumptions=assumptions).grade == "exact"


@pytest.mark.parametrize("case", EXACT)
def test_wrong_relations_of_kernels_are_refuted(case):
    lhs, rhs, given, assumptions = EXACT[case]
    with pytest.raises(DerivationError):
        decide(lhs, rhs * (1 + THIN**4), given=given, assumptions=assumptions)


def test_a_power_law_with_a_small_exponent_is_found():
    lhs = alpha ** (2 - 2 * rho) * (1 - alpha ** (4 * rho))
    between = [rho > 0, rho < 1]
    leading = alpha ** (2 * (1 - rho))
    clock = (alpha, 0)
    assert decide(lhs, leading, "~", clock=clock, assumptions=between).grade == "exact"
    with pytest.raises(DerivationError):
        decide(lhs, 2 * leading, "~", clock=clock, assumptions=between)


p, q, r = sp.symbols("p q r", positive=True)
SUMS_BELOW = {
    "weights that add up to one": (r ** (p / (p + q)) * r ** (q / (p + q)), r, r ** (p / (p + q))),
    "a base that is in the exponent": (
        p * p ** (-p / (p + q)),
        p ** (q / (p + q)),
        p ** (p / (p + q)),
    ),
    "partial fractions": (
        r ** (1 / p) / r ** (1 / (p + 1)),
        r ** (1 / (p * (p + 1))),
        r ** (1 / (p + 1)),
    ),
    "absolute values of two symbols": (
        sp.Abs(x) * (r * sp.Abs(y) ** q / sp.Abs(x) ** p) ** (1 / (p + q)),
        r ** (1 / (p + q)) * (sp.Abs(x) * sp.Abs(y)) ** (q / (p + q)),
        r ** (1 / (p + q)) * (sp.Abs(x) * sp.Abs(y)) ** (p / (p + q)),
    ),
}


@pytest.mark.parametrize("name", SUMS_BELOW)
def test_exponents_with_a_sum_in_the_denominator(name):
    left, right, wrong = SUMS_BELOW[name]
    assert decide(left, right, "==").grade == "exact"
    with pytest.raises(DerivationError):
        decide(left, wrong, "==")
