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
    ],
)
def test_refusals(law, message):
    with pytest.raises(InputError, match=message):
        delay_law(law)
