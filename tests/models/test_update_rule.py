"""Laws over every ready rule, and what rules refuse."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.errors import DomainError, InputError

R = sp.Rational
U = sb.UpdateRule
z, x, beta, nu, tau = sp.symbols("z x beta nu tau")

RULES = {
    "descent": U.gradient_descent(),
    "heavy ball": U.heavy_ball(R(1, 2)),
    "damped": U.heavy_ball(R(1, 2), dampening=R(1, 4)),
    "Nesterov": U.nesterov(R(3, 4)),
    "shifted": U.shifted_momentum(R(1, 3), 2),
    "quasi-hyperbolic": U.quasi_hyperbolic(R(9, 10), R(7, 10)),
    "optimistic": U.optimistic(),
    "extragradient": U.extragradient(),
    "lookahead": U.lookahead(3, R(1, 2)),
    "cycle": U.cycle([1, R(1, 3), 2]),
    "torch": U.from_torch(R(9, 10), R(1, 10), weight_decay=R(1, 20)),
    "torch Nesterov": U.from_torch(R(9, 10), nesterov=True),
    "Adam": U.adam(R(9, 10)),
}
LATE = ("descent", "heavy ball", "damped", "Nesterov", "quasi-hyperbolic", "optimistic", "torch")


def iterate(rule, curvature, step, past):
    """The next iterate of a mode, from the recurrence as it is written."""
    r = rule.recurrence
    line = rule.next_value
    while line.has(r.grad):
        line = line.replace(lambda e: isinstance(e, r.grad), lambda e: curvature * e.args[0])
    line = line.replace(lambda e: isinstance(e, r.theta), lambda e: past[-int(r.t - e.args[0]) - 1])
    return line.subs({r.step: step})


@pytest.mark.parametrize("name", RULES)
def test_powers_of_a_root_solve_the_recurrence(name):
    rule, point, step = RULES[name], R(3, 10), R(2, 5)
    p = sp.Poly(rule.characteristic(z, x).subs({x: point, rule.step: step}), z)
    root = max(p.nroots(n=30), key=abs)
    past = [root**k for k in range(-6, 1)]
    following = sp.expand(iterate(rule, point / step, step, past))
    assert abs(sp.N(following - root, 25)) < 1e-20


@pytest.mark.parametrize("name", RULES)
def test_without_curvature_every_rule_rests(name):
    rule = RULES[name]
    decay_free = rule.characteristic(z, -rule.step * rule.decay)
    assert sp.expand(decay_free.subs(z, 1)) == 0
    assert sp.degree(rule.mode.gradient, rule.mode.z) < sp.degree(rule.mode.dynamics, rule.mode.z)
    assert sp.LC(rule.mode.dynamics, rule.mode.z) == 1


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_a_threshold(name):
    rule = RULES[name]
    given = {rule.step: R(1, 7)} if rule.decay != 0 else {}
    value = rule.threshold().value(20, given)
    point = R(str(value))
    for factor, stable in ((R(999, 1000), True), (R(1001, 1000), False)):
        p = rule.characteristic(z, x).subs({x: factor * point, **given})
        sizes = [abs(r) for r in sp.Poly(p, z).nroots(n=20)]
        assert all(size < 1 for size in sizes) == stable


@pytest.mark.parametrize("name", LATE)
def test_delays_multiply_the_dynamics_by_a_power(name):
    rule, late = RULES[name], RULES[name].delayed(3)
    alone = rule.characteristic(z, -rule.step * rule.decay)
    expected = sp.expand(rule.characteristic(z, x) + (z**3 - 1) * alone)
    assert sp.expand(late.characteristic(z, x) - expected) == 0
    symbolic = rule.delayed(tau).characteristic(z, x).subs(tau, 3)
    assert sp.expand(symbolic - expected) == 0


@pytest.mark.parametrize("name", LATE)
def test_a_certain_delay_is_a_law_too(name):
    certain = RULES[name].delayed({2: 1})
    assert (
        sp.expand(
            certain.characteristic(z, x) / z**2 - RULES[name].delayed(2).characteristic(z, x) / z**2
        )
        == 0
    )


def test_recurrences_of_momentum_follow_from_their_buffers():
    rng = np.random.default_rng(0)
    b, nu_, step, curvature = 0.8, 0.6, 0.1, 1.3
    theta, buffer, history = rng.normal(), 0.0, []
    for _ in range(12):
        history.append(theta)
        gradient = curvature * theta
        buffer = b * buffer + (1 - b) * gradient
        theta -= step * ((1 - nu_) * gradient + nu_ * buffer)
    rule = U.quasi_hyperbolic(b, nu_)
    predicted = iterate(rule, curvature, step, [sp.Float(v) for v in history])
    assert abs(float(predicted) - theta) < 1e-13


def test_torch_flags_are_the_named_rules():
    for mine, named in (
        (U.from_torch(), U.gradient_descent()),
        (U.from_torch(beta), U.heavy_ball(beta)),
        (U.from_torch(R(1, 2), R(1, 3)), U.heavy_ball(R(1, 2), R(1, 3))),
        (U.from_torch(beta, nesterov=True), U.nesterov(beta)),
        (U.adam(beta), U.heavy_ball(beta, dampening=beta)),
        (U.quasi_hyperbolic(beta, beta), U.nesterov(beta, dampening=beta)),
    ):
        assert sp.expand(mine.characteristic(z, x) - named.characteristic(z, x)) == 0


def test_parameters_are_those_of_the_user():
    assert U.nesterov(beta).delayed(tau).parameters == (beta, tau)
    assert U.from_torch(weight_decay=nu).parameters == (nu, U.gradient_descent().step)
    assert U.heavy_ball(beta).assumptions == (beta > -1, beta < 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: U.heavy_ball(1), "beta is 1, outside"),
        (lambda: U.nesterov(float("nan")), "beta is nan"),
        (lambda: U.heavy_ball(R(1, 2), dampening=1), "dampening is 1"),
        (lambda: U.adam("a"), "beta1 is 'a'"),
        (lambda: U.quasi_hyperbolic(R(1, 2), 2), "nu is 2"),
        (lambda: U.lookahead(0, R(1, 2)), "number of steps is 0"),
        (lambda: U.lookahead(2, 0), "alpha is 0"),
        (lambda: U.cycle([]), "no factor"),
        (lambda: U.cycle([1, -1]), "factor of the cycle is -1"),
        (lambda: U.from_torch(R(9, 10), R(1, 10), nesterov=True), "no dampening"),
        (lambda: U.from_torch(weight_decay=-1), "weight_decay is -1"),
        (lambda: U.gradient_descent().delayed(-1), "delay is -1"),
        (lambda: U.gradient_descent().delayed(R(3, 2)), "delay is 3/2"),
        (lambda: U.gradient_descent().delayed(1).delayed(1), "delayed already"),
        (lambda: U.extragradient().delayed(1), "no single meaning"),
        (lambda: U.cycle([1, 2]).delayed(1), "no single meaning"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_lookahead_takes_no_symbol_for_its_steps():
    with pytest.raises(DomainError, match="cannot be a symbol"):
        U.lookahead(sp.symbols("k", integer=True, positive=True), R(1, 2))


@pytest.mark.parametrize("wrong", [sp.MatrixSymbol("M", 2, 2), sp.Symbol("q", commutative=False)])
def test_matrices_have_no_place_in_characteristic_polynomials(wrong):
    rule, x = sb.UpdateRule.heavy_ball(sp.Rational(1, 2)), sp.Symbol("x")
    for call in (
        rule.shifted,
        lambda m: rule.characteristic(x, m),
        lambda m: rule.characteristic(m, x),
    ):
        with pytest.raises(sb.InputError, match="does not commute"):
            call(wrong)
