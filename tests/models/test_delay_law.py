"""Laws of random delays, given by probabilities or by a generating function."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.errors import InputError
from symbias.models.delay_law import delay_law

R = sp.Rational
s, q, z, x = sp.symbols("s q z x")


@given(st.dictionaries(st.integers(0, 9), st.integers(1, 20), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_generating_function_and_probabilities_say_the_same(weights):
    total = sum(weights.values())
    law = {k: R(w, total) for k, w in weights.items()}
    found = delay_law(law)
    assert found.mean == sum(k * chance for k, chance in law.items())
    other = delay_law(sp.Lambda(s, sum(chance * s**k for k, chance in law.items())))
    assert other.mean == found.mean
    descent = sb.UpdateRule.gradient_descent()
    first, second = (descent.delayed(d).characteristic(z, x) for d in (found, other))
    power = sp.cancel(first / second)
    assert power == z ** sp.degree(power, z) or sp.cancel(1 / power).is_polynomial(z)


def test_geometric_delay_is_a_moving_average_of_gradients():
    late = sb.UpdateRule.gradient_descent().delayed(sp.Lambda(s, (1 - q) / (1 - q * s)))
    average = sb.UpdateRule.heavy_ball(q, dampening=q)
    ratio = sp.cancel(late.characteristic(z, x) / average.characteristic(z, x))
    assert not ratio.has(z, x)


def test_symbolic_probabilities_are_summed():
    assert delay_law({0: 1 - q, 4: q}).mean == 4 * q
    assert delay_law({0: 1 - q, 4: q}).parameters == (q,)


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ({0: R(1, 2), 1: R(3, 5)}, "sum to 11/10"),
        ({0: q, 1: q}, "not 1 for all parameters"),
        ({0: 2, 1: -1}, "probability -1"),
        ({-1: 1}, "delay of the law is -1"),
        ({q: 1}, "delay of the law is q"),
        ({}, "delay law is {}"),
        ("uniform", "delay law is 'uniform'"),
        (sp.Lambda((s, q), s * q), "2 variables"),
        (sp.Lambda(s, s**2 / 2), "sum to 1/2"),
        (sp.Lambda(s, 2 - s), "delay 1 has probability -1"),
        (sp.Lambda(s, 1 / s), "probability zoo"),
        (sp.Lambda(s, 3 + 2 * s - 4 * s**7), "delay 7 has probability -4"),
        (sp.Lambda(s, (2 * s - s**7)), "delay 7 has probability -1"),
        (sp.Lambda(s, 1 / (1 - 2 * s) ** 2), "sum to"),
        (sp.Lambda(s, R(1, 100) / (1 - R(11, 10) * s) ** 2), "pole between 0 and 1"),
    ],
)
def test_refusals(law, message):
    with pytest.raises(InputError, match=message):
        delay_law(law)


@pytest.mark.parametrize(
    ("law", "inside", "outside"),
    [
        (((1 - q) / (1 - q * s)) ** 2, R(1, 3), R(2)),  # (1 - q)**2 > 0 on both sides of the pole
        ((1 - q) / (1 - q * s), R(1, 3), R(-1, 3)),
        (s * (1 - q) / (1 - q * s), R(1, 3), R(-1, 3)),  # its first probability is that of one step
        (s**2 * q + 1 - q, R(1, 3), R(4, 3)),
    ],
)
def test_parameters_outside_the_law_are_refused(law, inside, outside):
    rule = sb.UpdateRule.gradient_descent().delayed(sp.Lambda(s, law))
    assert rule.threshold().value(q=inside) > 0
    assert rule.mean_square_threshold(q=inside) > 0
    with pytest.raises(InputError):
        rule.threshold().value(q=outside)
    with pytest.raises(InputError, match="needs"):
        rule.mean_square_threshold(q=outside)


def test_closed_form_of_a_negative_binomial_delay():
    """Its range 0 < q < 1 is one of two intervals on which the first probability is positive."""
    law = sp.Lambda(s, ((1 - q) / (1 - q * s)) ** 2)
    threshold = sb.UpdateRule.gradient_descent().delayed(law).threshold()
    for value in (R(1, 10), R(1, 3), R(1, 2), R(9, 10)):
        there = threshold.value(30, q=value)
        assert abs(threshold.closed_form.subs(q, value).evalf(30) - there) < there * 10**-28


def test_a_delay_of_at_least_one_step_has_one_closed_form():
    law = sp.Lambda(s, s * (1 - q) / (1 - q * s))
    assert sb.UpdateRule.gradient_descent().delayed(law).threshold().closed_form == 1
