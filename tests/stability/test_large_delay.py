"""Series in 1/delay against exact thresholds, whose roots are followed here with mpmath alone."""

from itertools import pairwise

import mpmath as mp
import pytest
import sympy as sp

import symbias as sb
from symbias.stability.large_delay import large_delay

Rule = sb.UpdateRule
TAU = sp.Symbol("tau", integer=True, positive=True)
BETA = sp.Symbol("beta")


def exact(phase, delay, guess):
    """Solve p(exp(i w), x) = 0 for real w and x, with p given as (alone, gradient) of z and the delay."""

    def parts(w, x):
        z = mp.expj(w)
        alone, gradient = phase(z, delay)
        value = alone + x * gradient
        return [value.real, value.imag]

    with mp.workdps(40):
        return mp.findroot(parts, guess, tol=1e-60)[1]


CASES = [
    (Rule.gradient_descent().delayed(TAU), lambda z, t: (z**t * (z - 1), 1), None),
    (Rule.heavy_ball(BETA).delayed(TAU), lambda z, t: (z**t * (z - 1) * (z - 0.5), z), None),
    (
        Rule.heavy_ball(BETA, BETA).delayed(TAU),
        lambda z, t: (z**t * (z - 1) * (z - 0.5), z / 2),
        None,
    ),
    (
        Rule.nesterov(BETA).delayed(TAU),
        lambda z, t: (z**t * (z - 1) * (z - 0.5), 1.5 * z - 0.5),
        None,
    ),
    (Rule.shifted_momentum(BETA, TAU), lambda z, t: ((z - 1) * (z ** (t + 1) - 0.5), z), mp.pi / 3),
    (Rule.gradient_descent().delayed(TAU + 2), lambda z, t: (z ** (t + 2) * (z - 1), 1), None),
]


@pytest.mark.parametrize(("rule", "phase", "angle"), CASES, ids=lambda v: getattr(v, "name", ""))
@pytest.mark.parametrize("terms", [1, 2])
def test_error_is_of_the_next_order(rule, phase, angle, terms):
    formula = large_delay(rule, terms)
    assert formula.relation == "~"
    assert formula.clock == (TAU, sp.oo)
    assert formula.evidence == "exact"
    series = formula.rhs.subs(BETA, sp.Rational(1, 2))
    errors = []
    for delay in (250, 500, 1000, 2000):
        value = mp.mpf(str(sp.N(series.subs(TAU, delay), 40)))
        right = exact(phase, delay, ((angle or mp.pi / 2) / delay, float(value)))
        errors.append((right - value) * mp.mpf(delay) ** (terms + 1))
    # The scaled error tends to the next coefficient, its differences halving with every doubling of the delay.
    steps = [b - a for a, b in pairwise(errors)]
    assert all(abs(b / a - 0.5) < 0.06 for a, b in pairwise(steps)) or max(
        map(abs, steps)
    ) < 1e-3 * abs(errors[-1])


def test_a_changed_coefficient_leaves_a_larger_error():
    formula = large_delay(Rule.gradient_descent().delayed(TAU), 2)
    wrong = formula.rhs + sp.pi / (400 * TAU**2)
    value = mp.mpf(str(sp.N(wrong.subs(TAU, 2000), 40)))
    right = exact(CASES[0][1], 2000, (mp.pi / 4000, float(value)))
    assert abs(right - value) * 2000**3 > 10


def test_closed_threshold_has_this_series():
    closed = Rule.gradient_descent().delayed(TAU).threshold().closed_form
    small = sp.Symbol("e", positive=True)
    expected = sp.series(closed.subs(TAU, 1 / small), small, 0, 4).removeO()
    found = large_delay(Rule.gradient_descent().delayed(TAU), 3).rhs.subs(TAU, 1 / small)
    assert sp.expand(expected - found) == 0


def test_leading_laws_of_momentum_and_shifted_momentum():
    heavy = large_delay(Rule.heavy_ball(BETA).delayed(TAU), 2).rhs
    shifted = large_delay(Rule.shifted_momentum(BETA, TAU), 1).rhs
    effective = (1 - BETA) * sp.pi / (2 * TAU + 1 + 2 * BETA / (1 - BETA))
    small = sp.Symbol("e", positive=True)
    gap = sp.series((heavy - effective).subs(TAU, 1 / small), small, 0, 3).removeO()
    assert sp.cancel(sp.expand(gap)) == 0
    assert sp.expand(shifted * TAU - sp.acos(BETA) * sp.sqrt(1 - BETA) * sp.sqrt(1 + BETA)) == 0


@pytest.mark.parametrize(
    ("rule", "terms", "message"),
    [
        (Rule.gradient_descent(), 2, "0 symbolic delays"),
        (Rule.gradient_descent().delayed(3), 2, "0 symbolic delays"),
        (Rule.gradient_descent().delayed(TAU), 0, "terms"),
        (Rule.gradient_descent().delayed(TAU), 4, "terms"),
        (Rule.gradient_descent().delayed(TAU), True, "terms"),
        (Rule.extragradient(), 2, "no such series"),
        (Rule.from_torch(0.5, weight_decay=0.1).delayed(TAU), 2, "no such series"),
        (Rule.gradient_descent().delayed({0: 0.5, 1: 0.5}), 2, "no such series"),
        (Rule.gradient_descent().delayed(2 * TAU), 2, "no closed form"),
    ],
)
def test_refusals(rule, terms, message):
    with pytest.raises(sb.InputError, match=message):
        large_delay(rule, terms)
