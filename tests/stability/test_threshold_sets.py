"""Stable sets: unions of intervals, their ends, and recurrences that only a user would write."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.errors import DomainError
from symbias.stability.candidates import candidate_polynomials
from symbias.stability.crossings import sine_crossings
from symbias.stability.pencil import pencil
from symbias.stability.stable_set import simplest

R = sp.Rational
theta, grad = sp.Function("theta"), sp.Function("grad")
t, step, beta, z, x = sp.symbols("t step beta z x")


def recurrence(line):
    return sb.UpdateRule.from_recurrence(line, theta, grad, t, step)


def past(lag=0):
    return theta(t - lag)


TYPED = {
    "averaged point": past() - step * grad((past() + past(2)) / 2),
    "two delays": past() - step * (grad(past()) / 3 + grad(past(3))),
    "complex crossing": past() + (past(1) - past(2)) / 2 - step * grad(past()),
    "nested": past() - step * grad(past(1) - step * grad(past())),
    "alternating": past() - step * (4 + 3 * sp.cos(sp.pi * t)) * grad(past()),
    "alternating momentum": past() + (past() - past(1)) / 3 - step * (2 + (-1) ** t) * grad(past()),
    "three phases": past()
    - step * sp.Piecewise((5, sp.Eq(sp.Mod(t, 3), 0)), (1, True)) * grad(past()),
    "three steps nested": past()
    - step * grad(past() - 2 * step * grad(past() - step * grad(past()))),
}


def stable_in_doubles(rule, point):
    p = sp.Poly(rule.characteristic(z, x), z).all_coeffs()
    rows = [float(c.subs(x, point)) for c in p]
    return np.abs(np.roots(rows)).max() < 1


@pytest.mark.parametrize("name", TYPED)
def test_typed_recurrences_against_roots_in_doubles(name):
    rule = recurrence(TYPED[name])
    threshold = rule.threshold()
    for point in np.linspace(0.013, 4.0, 150):
        inside = bool(threshold.stable_set.contains(R(str(point))))
        assert inside == stable_in_doubles(rule, point), point
    first = float(threshold.value())
    assert stable_in_doubles(rule, first * (1 - 1e-6))
    assert not stable_in_doubles(rule, first * (1 + 1e-6))


def test_unstable_then_stable_again():
    rule = sb.UpdateRule.cycle([1, 6])
    expected = sp.Union(sp.Interval.Lopen(0, R(1, 2)), sp.Interval(R(2, 3), R(7, 6)))
    assert rule.threshold().stable_set == expected
    assert rule.threshold().value() == sp.Float("0.5", 15)


def test_alternating_steps_are_the_cycle():
    rule = recurrence(past() - step * (R(7, 2) - R(5, 2) * (-1) ** t) * grad(past()))
    assert rule.threshold().stable_set == sb.UpdateRule.cycle([1, 6]).threshold().stable_set


def test_a_touching_root_does_not_end_the_interval():
    # (1 - y)(1 - a y) touches -1 from above at its minimum for a = 3 + 2 sqrt(2); rational neighbours lie on both sides
    below, above = (
        sb.UpdateRule.cycle([1, a]).threshold().stable_set for a in (R(29, 5), R(59, 10))
    )
    assert isinstance(below, sp.Interval)
    assert isinstance(above, sp.Union)


def test_the_boundary_belongs_where_roots_on_the_circle_are_simple():
    assert sb.UpdateRule.gradient_descent().threshold().stable_set == sp.Interval.Lopen(0, 2)
    assert sb.UpdateRule.cycle([1, 6]).threshold().stable_set.contains(R(2, 3)) is sp.true


def test_a_double_root_on_the_circle_opens_the_end():
    # at x = 4 the characteristic polynomial is (z + 1)**2: the iterates grow linearly
    rule = recurrence(past() - step * (3 * grad(past()) + grad(past(1))) / 4)
    assert sp.expand(rule.characteristic(z, sp.Integer(4)) - (z + 1) ** 2) == 0
    assert rule.threshold().stable_set == sp.Interval.open(0, 4)


def test_roots_on_the_circle_at_every_step():
    rule = recurrence(past(1) - step * (grad(past()) + grad(past(1))))
    with pytest.raises(DomainError, match="arbitrarily small steps"):
        rule.threshold().value()
    assert rule.threshold().stable_set is sp.S.EmptySet


def test_every_route_finds_the_same_candidates():
    y = sp.symbols("y")
    for rule in (
        sb.UpdateRule.heavy_ball(R(1, 2)).delayed(4),
        sb.UpdateRule.nesterov(R(-1, 3)).delayed(3),
        sb.UpdateRule.quasi_hyperbolic(R(9, 10), R(1, 2)).delayed(2),
        sb.UpdateRule.shifted_momentum(R(1, 4), 5),
    ):
        here = pencil(rule)
        parts = [{e: int(c * 3600) for e, c in here.part(k).items()} for k in (0, 1)]
        angles = [c.value for c in sine_crossings(*parts)]
        roots = []
        for f in candidate_polynomials(here, y):
            if f.has(y):
                roots += [float(r) for r in sp.Poly(f, y).real_roots() if r > 0]
        assert np.allclose(angles, sorted(roots), rtol=1e-9)


@pytest.mark.parametrize("make", [sb.UpdateRule.heavy_ball, sb.UpdateRule.nesterov])
def test_the_self_reciprocal_resultant_is_the_product_of_the_candidates(make):
    y, p = sp.symbols("y"), make(beta).delayed(3).characteristic(z, x)
    whole = sp.expand(sp.cancel(p / z) if sp.rem(p, z, z) == 0 else p)
    degree = sp.degree(whole, z)
    mirrored = sp.expand(z**degree * whole.subs(z, 1 / z))
    resultant = sp.resultant(whole, mirrored, z).subs(x, y)
    one, minus, delta = candidate_polynomials(pencil(make(beta).delayed(3)), y)
    ratio = sp.cancel(resultant / (one * minus * delta**2))
    assert ratio.is_number
    assert ratio != 0


def test_sets_at_values_of_parameters():
    threshold = sb.UpdateRule.heavy_ball(beta, dampening=beta).threshold()
    assert threshold.set_at(beta=R(1, 2)) == sp.Interval.Lopen(0, 6)
    assert threshold.set_at({beta: R(1, 3)}) == sp.Interval.Lopen(0, 4)


def test_decay_moves_the_set_and_keeps_it_positive():
    rule = sb.UpdateRule.from_torch(weight_decay=R(1, 2))
    assert rule.threshold().set_at(step=1) == sp.Interval.Lopen(0, R(3, 2))


@pytest.mark.parametrize(
    ("rule", "digits"),
    [
        (sb.UpdateRule.heavy_ball(sp.sqrt(2) / 2), 28),
        (sb.UpdateRule.heavy_ball(sp.sqrt(2) / 2).delayed(2), 28),
        (sb.UpdateRule.nesterov(sp.pi / 4, dampening=sp.sqrt(2) - 1).delayed(3), 28),
        (sb.UpdateRule.cycle([1, 6 * sp.sqrt(2)]), 28),
        (sb.UpdateRule.gradient_descent().delayed({0: sp.sqrt(2) / 2, 3: 1 - sp.sqrt(2) / 2}), 28),
    ],
    ids=str,
)
def test_sets_for_irrational_coefficients(rule, digits):
    found = rule.threshold().stable_set
    first = found.args[0] if isinstance(found, sp.Union) else found
    assert first.start == 0
    assert first.left_open
    value = rule.threshold().value(digits)
    assert abs(first.end - value) < value * sp.Float(10) ** (1 - digits)
    for point in (
        R(1, 100) * R(str(value)),
        R(99, 100) * R(str(value)),
        R(101, 100) * R(str(value)),
    ):
        assert bool(found.contains(point)) == stable_in_doubles(rule, float(point))


@pytest.mark.parametrize(
    ("low", "high"), [(R(3, 10), R(2, 5)), (R(0), R(1, 7)), (R(5, 2), R(13, 5))]
)
def test_the_simplest_number_between(low, high):
    found = simplest(low, high)
    assert low < found < high
    assert all(not low < R(p, q) < high for q in range(1, found.q) for p in range(4 * q))
