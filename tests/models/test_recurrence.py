"""Recurrences as users type them: what is understood, and what is refused."""

from __future__ import annotations

import pytest
import sympy as sp

import symbias as sb
from symbias.errors import DomainError, InputError

R = sp.Rational
theta, grad = sp.Function("theta"), sp.Function("grad")
t, step, z, x, c, tau = sp.symbols("t step z x c tau")


def rule(line):
    return sb.UpdateRule.from_recurrence(line, theta, grad, t, step)


def past(lag=0):
    return theta(t - lag)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (past() - step * grad(past()), z - 1 + x),
        (past() - step * grad(past(2)), z**3 - z**2 + x),
        (past() - step * grad((past() + past(1)) / 2), z**2 - z + x * (z + 1) / 2),
        (past() - step * grad(past() - 2 * step * grad(past(1))), z**2 - z + x * z - 2 * x**2),
        (past() - 0.5 * step * grad(past()), z - 1 + x / 2),
        (past(tau) - step * grad(past()), z * z**tau - 1 + x * z**tau),
    ],
)
def test_characteristic_polynomials(line, expected):
    assert sp.expand(rule(line).characteristic(z, x) - expected) == 0


@pytest.mark.parametrize(
    "line",
    [
        past() - step * (grad(past()) + c * past()),
        (1 - c * step) * past() - step * grad(past()),
    ],
)
def test_weight_decay_is_recognised(line):
    found = rule(line)
    assert found.decay == c
    assert sp.expand(found.characteristic(z, x) - (z - 1 + x + c * step)) == 0


def test_two_phases_are_one_period_of_the_product():
    found = rule(past() - step * (2 + (-1) ** t) * grad(past()))
    assert found.mode.period == 2
    assert sp.expand(found.characteristic(z, x) - (z - (1 - 3 * x) * (1 - x))) == 0
    assert found.nests


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # even times: theta' = (1 - x) theta; odd times: theta' = theta - x theta(t-1), so 1 - 2x over both
        (
            past()
            - step * sp.Piecewise((grad(past()), sp.Eq(sp.Mod(t, 2), 0)), (grad(past(1)), True)),
            z**2 - z + 2 * x * z,
        ),
        (
            sp.Piecewise(
                (past() - step * grad(past()), sp.Eq(sp.Mod(t, 2), 0)),
                (past() - 3 * step * grad(past()), True),
            ),
            z - (1 - x) * (1 - 3 * x),
        ),
    ],
)
def test_phases_may_take_different_gradients(line, expected):
    assert sp.expand(rule(line).characteristic(z, x) - expected) == 0


def test_cases_that_depend_on_the_iterate_are_refused():
    for line in (
        sp.Piecewise((past() - step * grad(past()), past() > 0), (past(), True)),
        past() - step * sp.Piecewise((grad(past()), past() > 0), (2 * grad(past()), True)),
    ):
        with pytest.raises(DomainError, match="not linear"):
            rule(line)


def test_a_phase_may_be_given_by_cases():
    line = past() - step * sp.Piecewise((4, sp.Eq(sp.Mod(t, 3), 1)), (1, True)) * grad(past())
    assert sp.expand(rule(line).characteristic(z, x) - (z - (1 - x) ** 2 * (1 - 4 * x))) == 0


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        (past() - step * grad(past()) ** 2, DomainError, "not linear"),
        (past() - step * grad(past() + 1), DomainError, "not linear"),
        (past() / 2 - step * grad(past()), DomainError, "moves where the gradient vanishes"),
        (past() - grad(past()), DomainError, "not multiplied by the step"),
        (past() - step**2 * grad(past()), DomainError, "not multiplied by the step"),
        (past() - step * sp.I * grad(past()), DomainError, "complex"),
        (past(), DomainError, "no gradient"),
        (past(-1) - step * grad(past()), InputError, "no earlier iterate"),
        (past() - step * grad(past(R(1, 2))), InputError, "no earlier iterate"),
        (theta(2 * t) - step * grad(past()), InputError, "no earlier iterate"),
        (past() - step * t * grad(past()), InputError, "do not repeat"),
        (past() - step * grad(past(), past(1)), InputError, "2 arguments"),
        (past() - step * sp.Derivative(grad(past()), t), DomainError, "derivatives"),
        (past() - step * (2 + (-1) ** t) * grad(past(tau)), DomainError, "symbolic delay"),
        (past() - step * (2 + (-1) ** t) * grad(past(20)), InputError, "20|21"),
    ],
)
def test_refusals(line, error, message):
    with pytest.raises(error, match=message):
        rule(line)


@pytest.mark.parametrize(("place", "wrong"), [(1, "theta"), (2, grad(t)), (3, "t"), (4, 0.1)])
def test_wrong_types_are_refused(place, wrong):
    arguments = [past() - step * grad(past()), theta, grad, t, step]
    arguments[place] = wrong
    with pytest.raises(InputError):
        sb.UpdateRule.from_recurrence(*arguments)
