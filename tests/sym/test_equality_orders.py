"""Inequalities and asymptotic steps."""

from itertools import pairwise

import pytest
import sympy as sp

from symbias.errors import BudgetError, DerivationError, InputError
from symbias.sym.equality import decide

x, y, u, v, w, alpha = sp.symbols("x y u v w alpha")
n = sp.Symbol("n", integer=True)
k = sp.Symbol("k", integer=True)

PROVED = [
    (x * y, (x**2 + y**2) / 2, []),
    (sp.sqrt(x * y), (x + y) / 2, [x >= 0, y >= 0]),
    ((x * u + y * v) ** 2, (x**2 + y**2) * (u**2 + v**2), []),
    (sp.Abs(x + y), sp.Abs(x) + sp.Abs(y), []),
    (sp.log(1 + x), x, [x > -1]),
    (1 + x, sp.exp(x), []),
    (sp.sin(x), x, [x >= 0]),
    (sp.tanh(x), x, [x > 0]),
    (x**2, x, [x >= 0, x <= 1]),
    (2 * x**2 - 1, x**4, []),
    (sp.pi**sp.E, sp.exp(sp.pi), []),
]


@pytest.mark.parametrize(("small", "large", "assumptions"), PROVED, ids=str)
def test_inequalities_are_proved_both_ways_round(small, large, assumptions):
    assert decide(small, large, "<=", assumptions=assumptions).grade == "exact"
    assert decide(large, small, ">=", assumptions=assumptions).grade == "exact"


@pytest.mark.parametrize(("small", "large", "assumptions"), PROVED, ids=str)
def test_their_reversals_are_refuted(small, large, assumptions):
    with pytest.raises(DerivationError) as caught:
        decide(large, small, "<=", assumptions=assumptions)
    assert caught.value.values[0] > caught.value.values[1]
    with pytest.raises(DerivationError) as caught:
        decide(small, large, ">=", assumptions=assumptions)
    assert caught.value.values[0] < caught.value.values[1]


def test_a_chain_of_bounds():
    chain = [2 * x * y, x**2 + y**2, x**2 + y**2 + x**4, (1 + x**2) ** 2 + y**2]
    for smaller, larger in pairwise(chain):
        assert decide(smaller, larger, "<=").grade == "exact"


def test_a_violation_in_a_tiny_region_is_found():
    dip = (x - 7) ** 2 / 10**6 - sp.Rational(1, 10**14)
    with pytest.raises(DerivationError) as caught:
        decide(x, x + dip, "<=")
    assert abs(caught.value.counterexample[x] - 7) < 1e-3


def test_an_inequality_that_is_only_searched():
    evidence = decide(sp.sin(x) * sp.exp(-(x**2)) * sp.cos(3 * x), sp.Rational(1, 2), "<=")
    assert evidence.grade == "numeric"
    assert evidence.points > 40
    assert 0 < evidence.closeness < 0.5


COUNT = sp.Symbol("m", integer=True, positive=True)
ODD = sp.Symbol("o", odd=True)
R = sp.Rational


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (n**3, 100),
        (COUNT, 10**6),
        (sp.harmonic(COUNT), 4),
        (sp.factorial(COUNT), 10**40),
        (sp.log(COUNT), sp.log(COUNT, 2) / 10 + 10),
        (ODD, 500),
        (-ODD, 10**12),
        # Holds up to 4, and by a relative 1e-20 no more.
        (sp.gamma(sp.atan(n * (2 + sp.Rational(1, 10**17)))), sp.gamma(sp.atan(2 * n))),
    ],
    ids=str,
)
def test_a_violation_at_larger_integers_is_found(small, large):
    with pytest.raises(DerivationError) as caught:
        decide(small, large, "<=")
    assert all(isinstance(v, sp.Integer) for v in caught.value.counterexample.values())
    assert caught.value.values[0] > caught.value.values[1]


@pytest.mark.parametrize(("small", "large"), [(COUNT, 2**COUNT), (n, n**2), (ODD, ODD**2)], ids=str)
def test_inequalities_of_integers_are_not_refuted(small, large):
    assert decide(small, large, "<=").points > 20


def test_numbers_that_are_real_only_to_some_digits_are_not_compared():
    """Beyond exp(150) the first 60 digits do not show the imaginary part."""
    t = sp.Symbol("t", positive=True)
    with pytest.raises(BudgetError, match=r"points only|no point"):
        decide(sp.exp(t) - sp.I, sp.sinh(t) + sp.cosh(t) - sp.I, "<=")


def test_inequality_on_a_variety():
    circle = [sp.Eq(x**2 + y**2, 1)]
    decide(x + y, sp.sqrt(2), "<=", given=circle)
    with pytest.raises(DerivationError) as caught:
        decide(x + y, sp.Rational(7, 5), "<=", given=circle)
    place = caught.value.counterexample
    assert abs(place[x] ** 2 + place[y] ** 2 - 1) < 1e-40


ASYMPTOTIC = [
    (sp.sin(x), x + x**2, (x, 0), []),
    (sp.asinh(w / (2 * alpha**2)), sp.log(1 / alpha**2), (alpha, 0), [w > 0, alpha > 0]),
    (sp.sqrt(w**2 + 4 * alpha**4) - 2 * alpha**2, w**2 / (4 * alpha**2), (alpha, sp.oo), [w > 0]),
    (x / (1 - x), -1 / (x - 1), (x, 1), []),
    (sp.Sum(1 / k, (k, 1, n)), sp.log(n), (n, sp.oo), []),
]


@pytest.mark.parametrize(("lhs", "rhs", "clock", "assumptions"), ASYMPTOTIC, ids=str)
def test_asymptotic_steps(lhs, rhs, clock, assumptions):
    assert decide(lhs, rhs, "~", clock=clock, assumptions=assumptions).grade == "exact"
    with pytest.raises(DerivationError) as caught:
        decide(lhs, 2 * rhs, "~", clock=clock, assumptions=assumptions)
    assert clock[0] in caught.value.counterexample


def test_both_sides_of_the_point_count():
    with pytest.raises(DerivationError) as caught:
        decide(sp.Abs(x), x, "~", clock=(x, 0))
    assert caught.value.counterexample[x] < 0
    assert decide(sp.Abs(x), x, "~", clock=(x, 0), assumptions=[x > 0]).grade == "exact"


POSITIVE, POWER = sp.symbols("t a", positive=True)


@pytest.mark.parametrize(
    ("lhs", "rhs", "point", "assumptions"),
    [
        (1 + POSITIVE**POWER / (1 + POSITIVE), 1, sp.oo, [POWER < 1]),
        (
            POSITIVE**POWER * sp.gamma(POSITIVE),
            POSITIVE**POWER * sp.gamma(POSITIVE) + sp.atan(POSITIVE),
            0,
            [2 * POWER < 3],
        ),
        (sp.exp(POSITIVE) + sp.exp(POWER * POSITIVE), sp.exp(POSITIVE), sp.oo, [POWER < 1]),
    ],
    ids=str,
)
def test_a_limit_that_depends_on_another_symbol_needs_an_assumption(lhs, rhs, point, assumptions):
    """SymPy finds the limit 1 in all of them, whatever the power is."""
    clock = (POSITIVE, point)
    assert decide(lhs, rhs, "~", clock=clock, assumptions=assumptions).grade == "exact"
    with pytest.raises((DerivationError, BudgetError), match=r"violate|other symbols"):
        decide(lhs, rhs, "~", clock=clock)


def test_a_limit_that_is_reached_late_is_not_doubted():
    step = 1 + POSITIVE**POWER * sp.log(POSITIVE)
    assert decide(step, 1, "~", clock=(POSITIVE, 0)).grade == "exact"


def test_a_ratio_that_oscillates_is_undecided_where_no_limit_proves_it():
    wave = sp.sqrt(POSITIVE) * sp.cos(POSITIVE)
    with pytest.raises(BudgetError, match="oscillates"):
        decide(wave, wave - sp.LambertW(POSITIVE) + 2, "~", clock=(POSITIVE, sp.oo))
    assert decide(POSITIVE + wave, POSITIVE, "~", clock=(POSITIVE, sp.oo)).grade == "exact"


def test_an_asymptotic_step_names_its_clock():
    with pytest.raises(InputError, match="clock"):
        decide(sp.sin(x), x, "~")
    with pytest.raises(InputError, match="zero"):
        decide(sp.sin(x), 0, "~", clock=(x, 0))
    with pytest.raises(InputError, match="does not occur"):
        decide(sp.sin(x), x, "~", clock=(y, 0))


def test_unknown_relations_are_refused():
    with pytest.raises(InputError, match="unknown"):
        decide(x, x, "<")


def test_a_slowly_settling_ratio_is_not_refuted():
    rho = sp.Symbol("rho")
    slow = alpha ** (-rho) - alpha**rho
    evidence = decide(
        slow, alpha ** (-rho), "~", clock=(alpha, 0), assumptions=[alpha > 0, rho > 0]
    )
    assert evidence.grade in {"exact", "numeric"}
