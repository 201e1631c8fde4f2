"""Thresholds of many rules, against roots found by bisection of their modulus."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.errors import DomainError, InputError

R = sp.Rational
BETAS = [R(-1, 2), R(0), R(1, 4), R(1, 2), R(9, 10), R(99, 100)]
z, x, beta, tau = sp.symbols("z x beta tau")

MAKE = {
    "heavy ball": lambda b, t: sb.UpdateRule.heavy_ball(b).delayed(t),
    "moving average": lambda b, t: sb.UpdateRule.heavy_ball(b, b).delayed(t),
    "Nesterov": lambda b, t: sb.UpdateRule.nesterov(b).delayed(t),
    "shifted": sb.UpdateRule.shifted_momentum,
    "quasi-hyperbolic": lambda b, t: sb.UpdateRule.quasi_hyperbolic(b, R(7, 10)).delayed(t),
}


def radius(polynomial, point, digits):
    """Largest modulus of a root of p(z; point), from the polynomial in z alone."""
    coefficients = sp.Poly(polynomial.subs(x, point), z).all_coeffs()
    while coefficients[-1] == 0:
        coefficients.pop()
    with mpmath.workdps(digits + 40):
        numbers = [mpmath.mpf(int(c.p)) / int(c.q) for c in coefficients]
        roots = mpmath.polyroots(numbers, maxsteps=500, extraprec=400)
        return max(abs(r) for r in roots)


def first_in_doubles(polynomial, stop):
    """Scan in doubles for the first growth; a coarse figure that knows nothing of candidates."""
    rows = sp.Poly(polynomial, z).all_coeffs()
    at = sp.lambdify(x, rows)
    grid = np.linspace(0, stop, 401)[1:]
    grown = [np.abs(np.roots(at(v))).max() > 1 + 1e-6 for v in grid]
    return grid[int(np.argmax(grown))]


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize(
    ("delay", "b"), [*zip([0, 1, 2, 3, 5, 7], BETAS, strict=True), (12, R(1, 2))]
)
def test_thresholds_to_thirty_digits(name, b, delay):
    rule = MAKE[name](b, delay)
    polynomial = rule.characteristic(z, x)
    value = rule.threshold().value(digits=30)
    near, margin = R(str(sp.Float(value, 40))), R(1, 10**28)
    assert radius(polynomial, near * (1 - margin), 30) < 1
    assert radius(polynomial, near * (1 + margin), 30) > 1
    scanned = first_in_doubles(polynomial, 2 * float(value))
    assert abs(scanned - float(value)) < 0.011 * float(value)


@pytest.mark.parametrize("delay", [20, 40])
def test_long_delays_agree_with_bisection_in_doubles(delay):
    rule = sb.UpdateRule.heavy_ball(R(1, 2)).delayed(delay)
    rows = sp.lambdify(x, sp.Poly(rule.characteristic(z, x), z).all_coeffs())
    low, high = 1e-4, 1.0
    for _ in range(45):
        middle = (low + high) / 2
        grows = np.abs(np.roots(rows(middle))).max() > 1 + 1e-12
        low, high = (low, middle) if grows else (middle, high)
    assert abs(low - float(rule.threshold().value())) < 1e-8 * low


def test_a_symbolic_rule_gives_the_values_of_numeric_ones():
    symbolic = sb.UpdateRule.nesterov(beta).delayed(tau).threshold()
    for t, b in ((0, R(1, 4)), (1, R(-1, 2)), (6, R(9, 10))):
        plain = sb.UpdateRule.nesterov(b).delayed(t).threshold().value(25)
        assert symbolic.value(25, tau=t, beta=b) == plain
        assert symbolic.value(25, {tau: t, beta: b}) == plain
        assert symbolic.value({tau: t, beta: b}) == sp.Float(plain, 15)


def test_floats_are_the_decimals_that_they_print():
    threshold = sb.UpdateRule.heavy_ball(beta).threshold()
    assert threshold.value(30, beta=0.1) == sp.Float(R(11, 5), 30)


def test_irrational_parameters():
    rule = sb.UpdateRule.heavy_ball(sp.sqrt(2) / 2).delayed(1)
    assert abs(rule.threshold().value(30) - (1 - sp.sqrt(2) / 2)) < 1e-29


def test_very_long_delays_follow_the_closed_form():
    descent = sb.UpdateRule.gradient_descent()
    exact = 2 * sp.sin(sp.pi / (2 * (2 * 400 + 1)))
    assert abs(descent.delayed(400).threshold().value(20) - exact.evalf(25)) < 1e-20
    assert (
        abs(descent.delayed(tau).threshold().value(20, tau=10**6) - sp.pi.evalf() / 2000001) < 1e-12
    )


@pytest.mark.parametrize("mean", [R(1, 2), 2])
def test_poisson_delays(mean):
    s = sp.symbols("s")
    law = sp.Lambda(s, sp.exp(mean * (s - 1)))
    value = sb.UpdateRule.gradient_descent().delayed(law).threshold().value(20)
    weights = [float(sp.exp(-mean) * mean**k / sp.factorial(k)) for k in range(30)]
    for factor, stable in ((1 - 1e-6, True), (1 + 1e-6, False)):
        rows = np.zeros(31)
        rows[:2] = 1, -1
        rows[1:] += factor * float(value) * np.array(weights)
        assert (np.abs(np.roots(rows)).max() < 1) == stable


def test_missing_and_wrong_parameters_are_refused():
    threshold = sb.UpdateRule.heavy_ball(beta).delayed(tau).threshold()
    with pytest.raises(InputError, match="beta"):
        threshold.value(tau=2)
    with pytest.raises(InputError, match="gamma"):
        threshold.value(tau=2, beta=R(1, 2), gamma=1)
    with pytest.raises(DomainError, match="beta < 1"):
        threshold.value(tau=2, beta=R(3, 2))
    with pytest.raises(InputError, match="delay tau"):
        threshold.value(tau=R(1, 2), beta=R(1, 2))
    with pytest.raises(InputError, match="delay tau"):
        threshold.value(tau=-1, beta=R(1, 2))
    assert threshold.value(np.int64(12), tau=1, beta=R(1, 2)) == threshold.value(
        12, tau=1, beta=R(1, 2)
    )
    with pytest.raises(InputError, match="digits"):
        threshold.value(digits=0, tau=1, beta=R(1, 2))
    with pytest.raises(InputError):
        sb.UpdateRule.heavy_ball(beta).threshold().stable_set  # noqa: B018


def test_a_rule_that_climbs_is_never_stable():
    theta, grad = sp.Function("theta"), sp.Function("grad")
    t, step = sp.symbols("t step")
    rule = sb.UpdateRule.from_recurrence(theta(t) + step * grad(theta(t)), theta, grad, t, step)
    with pytest.raises(DomainError, match="arbitrarily small steps"):
        rule.threshold().value()
    assert rule.threshold().stable_set is sp.S.EmptySet
    assert "unstable" in repr(rule.threshold())


def test_decay_beyond_the_threshold():
    rule = sb.UpdateRule.from_torch(weight_decay=10)
    assert abs(rule.threshold().value(step=R(1, 10)) - 1) < 1e-14
    with pytest.raises(DomainError, match="every positive curvature"):
        rule.threshold().value(step=1)
