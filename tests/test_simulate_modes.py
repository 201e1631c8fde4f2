"""Modes of a quadratic loss: buffers against recurrences, growth against multipliers, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb

Optimiser = sb.simulate.Optimiser
Rule = sb.UpdateRule
HALF = sp.Rational(1, 2)

PAIRS = {
    "gradient descent": (Rule.gradient_descent(), Optimiser()),
    "delayed": (Rule.gradient_descent().delayed(3), Optimiser(delay=3)),
    "heavy ball": (Rule.heavy_ball(0.9), Optimiser(momentum=0.9)),
    "delayed heavy ball": (Rule.heavy_ball(-HALF).delayed(2), Optimiser(momentum=-0.5, delay=2)),
    "dampened": (Rule.heavy_ball(HALF, HALF), Optimiser(momentum=0.5, dampening=0.5)),
    "Nesterov": (Rule.nesterov(0.9).delayed(2), Optimiser("nesterov", momentum=0.9, delay=2)),
    "shifted": (Rule.shifted_momentum(0.9, 3), Optimiser(momentum=0.9, delay=3, shifted=True)),
    "optimistic": (Rule.optimistic().delayed(1), Optimiser("optimistic", delay=1)),
    "extragradient": (Rule.extragradient(), Optimiser("extragradient")),
    "lookahead": (Rule.lookahead(5, 0.5), Optimiser("lookahead", inner=5, alpha=0.5)),
    "decay": (
        Rule.from_torch(0.9, 0.3, weight_decay=0.1).delayed(2),
        Optimiser(momentum=0.9, dampening=0.3, weight_decay=0.1, delay=2),
    ),
}
"""Rules whose history of equal iterates is the same as empty buffers."""

OTHERS = {
    "quasi-hyperbolic": (
        Rule.quasi_hyperbolic(0.9, 0.7).delayed(1),
        Optimiser("quasi-hyperbolic", momentum=0.9, nu=0.7, delay=1),
    ),
    "Nesterov flag": (
        Rule.from_torch(0.9, nesterov=True, weight_decay=0.1),
        Optimiser(momentum=0.9, nesterov=True, weight_decay=0.1),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_recurrence_has_the_trajectory_of_the_buffers(name):
    rule, optimiser = PAIRS[name]
    curvatures, start = [0.3, 1.1, 2.7], [1.0, -2.0, 0.5]
    one = sb.simulate.quadratic(rule, curvatures, 0.4, 60, start=start).theta
    other = sb.simulate.quadratic(optimiser, curvatures, 0.4, 60, start=start).theta
    assert (np.abs(one - other) <= 1e-12 * np.abs(other).max(axis=1, keepdims=True)).all()


@pytest.mark.parametrize("name", OTHERS)
def test_the_recurrence_grows_as_the_buffers_do(name):
    rule, optimiser = OTHERS[name]
    one, error = sb.simulate.growth_rate(rule, [0.11, 1.3], 1.0, steps=6000)
    other, _ = sb.simulate.growth_rate(optimiser, [0.11, 1.3], 1.0, steps=6000)
    assert (error < 1e-5).all()
    assert one == pytest.approx(other, rel=2e-5)


def test_random_delays_are_those_of_the_stale_points():
    law = {0: 0.5, 3: 0.5}
    rule = Rule.heavy_ball(HALF).delayed(law)
    one = sb.simulate.quadratic(rule, 1.0, 0.4, 50, rng=5).theta
    other = sb.simulate.quadratic(Optimiser(momentum=0.5, delay=law), 1.0, 0.4, 50, rng=5).theta
    assert one == pytest.approx(other, rel=1e-12, abs=1e-12)
    again = sb.simulate.quadratic(Optimiser(momentum=0.5, delay=law), 1.0, 0.4, 50, rng=6).theta
    assert np.abs(again - other).max() > 0.01


def test_symbols_get_their_values():
    beta, tau = sp.Symbol("beta", real=True), sp.Symbol("tau", integer=True, nonnegative=True)
    rule = Rule.heavy_ball(beta).delayed(tau)
    one = sb.simulate.quadratic(rule, 1.0, 0.2, 30, beta=0.25, tau=2).theta
    other = sb.simulate.quadratic(Optimiser(momentum=0.25, delay=2), 1.0, 0.2, 30).theta
    assert one == pytest.approx(other, rel=1e-12, abs=1e-14)
    with pytest.raises(sb.InputError, match=r"parameters \['beta', 'tau'\]"):
        sb.simulate.quadratic(rule, 1.0, 0.2, 30, beta=0.25)
    with pytest.raises(sb.InputError, match="no integer"):
        sb.simulate.quadratic(rule, 1.0, 0.2, 30, beta=0.25, tau=1.5)


def test_a_rule_with_periodic_coefficients():
    theta, grad, t, step = sp.Function("theta"), sp.Function("grad"), *sp.symbols("t step")
    line = theta(t) - step * (3 + (-1) ** t) / 2 * grad(theta(t))
    rule = Rule.from_recurrence(line, theta, grad, t, step)
    one = sb.simulate.quadratic(rule, 1.0, 0.25, 8).theta
    other = sb.simulate.quadratic(Optimiser(factors=(2.0, 1.0)), 1.0, 0.25, 8).theta
    assert one == pytest.approx(other, rel=1e-14)


@given(
    st.floats(0.05, 3.0),
    st.floats(-0.9, 0.9),
    st.integers(0, 3),
    st.floats(-4.0, 4.0).filter(lambda c: abs(c) > 0.1),
)
def test_runs_are_linear_in_the_start(curvature, momentum, delay, start):
    optimiser = Optimiser(momentum=momentum, delay=delay)
    one = sb.simulate.quadratic(optimiser, curvature, 0.5, 20).theta
    scaled = sb.simulate.quadratic(optimiser, curvature, 0.5, 20, start=start).theta
    assert np.abs(scaled - start * one).max() <= 1e-12 * np.abs(scaled).max()


def test_growth_is_that_of_the_multiplier():
    # heavy ball: z**2 - (1 + b - x) z + b, solved here for x = 1 (complex) and x = 4 (real)
    curvatures = np.array([1.0, 4.0])
    factor, error = sb.simulate.growth_rate(Optimiser(momentum=0.5), curvatures, steps=4000)
    roots = [np.abs(np.roots([1.0, x - 1.5, 0.5])).max() for x in curvatures]
    assert (np.abs(factor - roots) <= 10 * error + 1e-13).all()
    assert (error < 1e-9).all()


@pytest.mark.jit
@pytest.mark.parametrize(
    ("rule", "largest", "threshold"),
    [
        # where the largest root of each polynomial, written here by hand, reaches modulus one
        (Optimiser(), 64.0, 2.0),
        (Optimiser(momentum=0.5, delay=1), 64.0, 0.5),
        (Optimiser(momentum=0.5, delay=1, shifted=True), 64.0, 0.75),
        (Optimiser("nesterov", momentum=-0.5), 64.0, 3.0),
        (Optimiser("lookahead", inner=3, alpha=0.5), 64.0, 1 + 3 ** (1 / 3)),
        (Optimiser(factors=(1.0, 6.0)), 64.0, 0.5),
        (Optimiser(delay=16), 1.0, 2 * np.sin(np.pi / 66)),
    ],
)
def test_measured_thresholds(rule, largest, threshold):
    measured, error = sb.simulate.measured_threshold(rule, upto=largest)
    assert abs(measured - threshold) <= error < 1e-7 * threshold
    assert abs(measured - 1.01 * threshold) > 1000 * error


@pytest.mark.jit
def test_the_threshold_of_a_recurrence_is_that_of_the_buffers():
    for rule, optimiser in OTHERS.values():
        one, error = sb.simulate.measured_threshold(rule)
        other, its_error = sb.simulate.measured_threshold(optimiser)
        assert abs(one - other) <= error + its_error < 1e-8


def test_a_rule_that_is_a_function():
    # Nesterov's method without delay, written a third time; the gradient halfway in a rule of its own
    def nesterov(past, step, curvature, t):
        ahead = past[0] + 0.9 * (past[0] - past[1])
        return ahead - step * curvature * ahead

    one = sb.simulate.quadratic(sb.simulate.Recurrence(nesterov, 2), [0.3, 1.1], 0.4, 50).theta
    other = sb.simulate.quadratic(Rule.nesterov(0.9), [0.3, 1.1], 0.4, 50).theta
    assert one == pytest.approx(other, rel=1e-11, abs=1e-13)

    def halfway(past, step, curvature, t):
        return past[0] - step * curvature * (past[0] + past[1]) / 2

    # z**2 - z + x (z + 1)/2: the product of the roots reaches one at x = 2, where they are complex
    measured, error = sb.simulate.measured_threshold(
        sb.simulate.Recurrence(halfway, 2), upto=4.0, steps=1000, tolerance=1e-3
    )
    assert abs(measured - 2) <= error < 3e-3


def test_no_threshold_in_sight():
    with pytest.raises(sb.ConvergenceError, match="No loss of stability"):
        sb.simulate.measured_threshold(Optimiser(), upto=1.0, steps=1000)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "adamw"}, "no optimiser"),
        ({"momentum": 1.0}, "momentum"),
        ({"dampening": 1.0}, "dampening"),
        ({"weight_decay": -0.1}, "weight_decay"),
        ({"momentum": np.nan}, "momentum"),
        ({"momentum": 0.9, "dampening": 0.5, "nesterov": True}, "nesterov has no meaning"),
        ({"method": "extragradient", "delay": 1}, "delay has no meaning"),
        ({"method": "lookahead", "momentum": 0.5}, "momentum has no meaning"),
        ({"delay": -1}, "delay"),
        ({"delay": {0: 0.5, 1: 0.6}}, "sum to"),
        ({"delay": {}}, "empty"),
        ({"delay": {0: 1.0}, "shifted": True}, "shifted"),
        ({"factors": ()}, "no factors"),
        ({"inner": 0}, "inner"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(sb.InputError, match=message):
        Optimiser(**options)


def test_other_refusals():
    with pytest.raises(sb.InputError, match="no rule"):
        sb.simulate.quadratic("sgd", 1.0, 0.1, 3)
    with pytest.raises(sb.InputError, match="NaN"):
        sb.simulate.quadratic(Optimiser(), [1.0, np.nan], 0.1, 3)
    with pytest.raises(sb.InputError, match="step"):
        sb.simulate.quadratic(Optimiser(), 1.0, 0.0, 3)
    with pytest.raises(sb.InputError, match="no rng"):
        sb.simulate.growth_rate(Optimiser(delay={0: 0.5, 1: 0.5}), 1.0)
    with pytest.raises(sb.InputError, match="randomness was given"):
        sb.simulate.quadratic(Optimiser(), 1.0, 0.1, 3, rng=0)
    with pytest.raises(sb.InputError, match="no function"):
        sb.simulate.Recurrence(3, 1)
    with pytest.raises(sb.InputError, match="reach"):
        sb.simulate.Recurrence(abs, 0)
    with pytest.raises(sb.InputError, match="no parameters"):
        sb.simulate.quadratic(sb.simulate.Recurrence(abs, 1), 1.0, 0.1, 3, beta=0.5)
    with pytest.raises(sb.InputError, match="no parameters"):
        sb.simulate.quadratic(Optimiser(), 1.0, 0.1, 3, beta=0.5)
    s = sp.Symbol("s")
    endless = Rule.gradient_descent().delayed(sp.Lambda(s, 1 / (2 - s)))
    with pytest.raises(sb.InputError, match="infinitely many"):
        sb.simulate.quadratic(endless, 1.0, 0.1, 3, rng=0)
