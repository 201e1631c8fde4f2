"""False statements that look true: branches, special integers, choices of sign, and failures far out or nearby."""

import time

import pytest
import sympy as sp

from symbias.errors import BudgetError, DerivationError
from symbias.sym.equality import decide

x, y, u, v, t = sp.symbols("x y u v t", real=True)
p = sp.Symbol("p", positive=True)
n = sp.Symbol("n", integer=True)
k = sp.Symbol("k", integer=True)
count = sp.Symbol("N", integer=True, nonnegative=True)
c, d = sp.symbols("c d", complex=True)
W, R = sp.LambertW, sp.Rational

BRANCHES = [
    (sp.log(c**2), 2 * sp.log(c), []),
    (sp.sqrt(c * d), sp.sqrt(c) * sp.sqrt(d), []),
    (sp.sqrt(c**2), c, []),
    (sp.log(sp.exp(c)), c, []),
    (sp.sqrt(x - 1) * sp.sqrt(x + 1), sp.sqrt(x**2 - 1), []),
    (x ** R(1, 3) * y ** R(1, 3), (x * y) ** R(1, 3), []),
    ((x**2) ** R(1, 4), sp.sqrt(x), []),
    (sp.sqrt(x**2 * y), x * sp.sqrt(y), [y >= 0]),
    ((x * y) ** t, x**t * y**t, []),
    (sp.atan2(y, x), sp.atan(y / x), []),
    (sp.atan2(-y, x), -sp.atan2(y, x), []),
    (sp.asin(sp.sin(x)), x, []),
    (sp.acos(sp.cos(x)), x, []),
    (sp.acos(sp.cos(x)), x, [x >= 0, x <= 4]),
    (sp.acosh(sp.cosh(x)), x, []),
    (W(x * sp.exp(x)), x, [x < 0]),
    (sp.Abs(c) ** 2, c**2, []),
    (sp.arg(c * d), sp.arg(c) + sp.arg(d), []),
    (sp.Abs(sp.sin(x)), sp.sin(x), [x > 0, x < R(315, 100)]),
    (sp.Max(x, y), x, [x >= y - R(1, 1000)]),
    (sp.sin(sp.pi * x), 0, []),
    (sp.cos(sp.pi * n), 1, []),
    (0 ** sp.Abs(x), 0, []),
    (
        sp.Sum(x**k, (k, 0, count)),
        (1 - x ** (count + 1)) / (1 - x) + sp.Piecewise((1, sp.Eq(count, 0)), (0, True)),
        [],
    ),
    (
        sp.Product(k, (k, 1, count)),
        sp.factorial(count) + sp.Piecewise((1, sp.Eq(count, 1)), (0, True)),
        [],
    ),
    (sp.Integral(sp.Abs(t - x), (t, 0, 1)), x**2 - x + R(1, 2), []),
]


@pytest.mark.parametrize(
    ("lhs", "rhs", "assumptions"), BRANCHES, ids=[f"{a} is {b}" for a, b, _ in BRANCHES]
)
def test_a_wrong_branch_is_refuted(lhs, rhs, assumptions):
    with pytest.raises(DerivationError):
        decide(lhs, rhs, assumptions=assumptions)


@pytest.mark.parametrize(
    ("lhs", "rhs", "equation"),
    [
        (u, v, u**2 - v**2),
        (u, sp.Abs(v), u**2 - v**2),
        (u, 1, u**2 - 3 * u + 2),
        (u * v, 0, u**2 + v**2 - 1),
    ],
    ids=str,
)
def test_every_real_branch_of_a_given_equation_counts(lhs, rhs, equation):
    with pytest.raises(DerivationError):
        decide(lhs, rhs, given=[equation])


def test_given_equations_that_are_singular_everywhere():
    assert decide(sp.sin(x), 0, given=[sp.Eq(sp.cos(x), 1)], seconds=5).points > 0
    with pytest.raises(DerivationError):
        decide(sp.sin(x), x, given=[sp.Eq(sp.cos(x), 1)], seconds=5)


VIOLATED = [
    (R(24, 100), x**2 - x**4 + R(47, 100), "near two points"),
    (x**2 - x**4, R(24, 100), "in a small interval"),
    (sp.log(1 + p), p - p**2 / 2, "below the second order"),
    (sp.sin(p), p - p**3 / 6, "above the third order"),
    (x**5 - x**6, R(1, 100), "in one hump"),
    (R(1, 10**8), (x - R(1, 3)) ** 2, "next to one point"),
    (p ** R(1, 1000), 100, "beyond any common number"),
    (sp.log(p), 1000, "at huge values"),
    (R(1, 10**300), p, "at tiny values"),
    (3 * x**2 * y**2 - R(99, 100), x**4 * y**2 + x**2 * y**4, "a form that is nearly positive"),
    (sp.tanh(p), 1 - R(1, 10**6), "in the tail"),
    ((1 + 1 / p) ** p, R(27, 10), "in the limit"),
]


@pytest.mark.parametrize(("small", "large", "where"), VIOLATED, ids=[w for *_, w in VIOLATED])
def test_a_rare_violation_is_found(small, large, where):
    with pytest.raises(DerivationError) as caught:
        decide(small, large, "<=")
    assert caught.value.values[0] > caught.value.values[1], where


TRUE = [
    (sp.exp(-p) * (1 + p + p**2 / 2), 1),
    (x**2 - x**4, R(1, 4)),
    (sp.log(1 + p), p),
    (-1 / sp.E, p * sp.log(p)),
    (p - p**3 / 6, sp.sin(p)),
]


@pytest.mark.parametrize(("small", "large"), TRUE, ids=str)
def test_tight_inequalities_are_not_refuted(small, large):
    assert decide(small, large, "<=").grade in {"exact", "numeric"}


LOST_BESIDE_ONE = [
    (sp.log(1 + p) * sp.gamma(1 + p), p / (1 + p) * sp.gamma(1 + p)),
    (sp.log(sp.cosh(x)), x * sp.tanh(x) / 2),
    (sp.log(1 + sp.exp(-x)), sp.exp(-x) / (1 + sp.exp(-x))),
    (sp.log(1 + sp.exp(-(x**2))), sp.exp(-(x**2)) / 2),
    (p * sp.log(1 + 1 / p), p / (1 + p)),
    (sp.acos(1 - p**2), p),
    (-sp.log(sp.tanh(p)), sp.exp(-2 * p)),
    (sp.log(sp.coth(p)), sp.exp(-2 * p)),
    (-sp.log(sp.erf(p)), sp.erfc(p)),
    (sp.tanh(sp.I * sp.log((1 - sp.I * p) / (1 + sp.I * p)) / 2), sp.tanh(sp.atan(p))),
]
"""Far out or close to zero, the left sides vanish at hundreds of digits: 1 + exp(-800) is one there."""


@pytest.mark.parametrize(("large", "small"), LOST_BESIDE_ONE, ids=str)
def test_numbers_lost_beside_others_refute_nothing(large, small):
    assert decide(large, small, ">=").grade in {"exact", "numeric"}
    with pytest.raises(DerivationError) as caught:
        decide(large, small * (1 + R(5, 2) / (1 + p) + 2 / (1 + x**2)), ">=")
    assert caught.value.values[0] < caught.value.values[1]


TAIL = sp.exp(-(x**2))


@pytest.mark.parametrize(
    ("lost", "same"),
    [
        (sp.acosh(1 + TAIL), 2 * sp.asinh(sp.sqrt(TAIL / 2))),
        (sp.acos(1 - 2 * TAIL), 2 * sp.asin(sp.sqrt(TAIL))),
        (
            sp.log(1 + TAIL) * sp.Max(x, 1 - x),
            sp.Max(2 * x, 2 - 2 * x) * sp.atanh(TAIL / (2 + TAIL)),
        ),
    ],
    ids=str,
)
def test_numbers_lost_beside_others_refute_no_equation(lost, same):
    assert decide(lost, same).grade in {"exact", "numeric"}
    with pytest.raises(DerivationError):
        decide(lost, same * (1 + R(1, 10**6)))


ONE = sp.sin(x) ** 2 + sp.cos(x) ** 2
ROUNDED_STEPS = [
    (sp.floor(ONE), 1, sp.floor(ONE * R(11, 10) * p), sp.floor(p)),
    (sp.sign(ONE - 1), 0, sp.sign(ONE - R(1, 2)), 0),
    (sp.Heaviside(sp.acosh(sp.cosh(x)) - sp.Abs(x), 1), 1, sp.Heaviside(sp.cos(x), 1), 1),
    (sp.Mod(ONE * 7, 3), 1, sp.Mod(ONE * 8, 3), 1),
    (sp.floor(sp.erf(p)), 0, sp.floor(2 * sp.erf(p)), 0),
]


@pytest.mark.parametrize(("step", "value", "other", "wrong"), ROUNDED_STEPS, ids=str)
def test_a_jump_is_taken_beyond_rounding_only(step, value, other, wrong):
    """At 200 digits, sin(x)**2 + cos(x)**2 may be just below one, and its floor is zero then."""
    assert decide(step, value).points > 20
    with pytest.raises(DerivationError):
        decide(other, wrong)


@pytest.mark.parametrize("number", [x, sp.Symbol("m", integer=True)], ids=["real", "integer"])
def test_a_jump_at_exact_numbers_is_taken(number):
    with pytest.raises(DerivationError) as caught:
        decide(sp.ceiling(number / 20) - sp.floor(number / 20), 1)
    assert caught.value.counterexample[number] % 20 == 0


def test_an_integral_of_an_unknown_function_passes_no_bound_that_only_far_values_violate():
    integral = sp.Integral(sp.Function("f")(t), (t, 0, 1))
    with pytest.raises(BudgetError, match="unknown function"):
        decide(integral, 1000 + x**2, "<=")


def test_a_remainder_of_what_is_not_real_is_undefined():
    root = sp.acosh(sp.Min(1, t))
    evidence = decide(sp.Mod(root, 30), sp.Mod(-root, 30), "<=", assumptions=[t >= 0])
    assert evidence.points > 10
    assert evidence.skipped > 10


def test_polynomials_of_a_high_degree_keep_to_the_budget():
    """The factors of t**10001 + 1 took 25 s in a library that cannot be interrupted."""
    start = time.monotonic()
    less, more = (sp.log(sp.exp(c * p * x) + 1) * p for c in (1, R(10001, 10000)))
    assert decide(less, more, "<=", assumptions=[x > 0], seconds=4).grade == "numeric"
    assert time.monotonic() - start < 8


SYMBOLIC_POWERS = [
    (p**t * p ** (1 - t), p),
    (sp.exp(x * sp.log(2)), 2**x),
    (sp.log(p**t), t * sp.log(p)),
    (sp.exp(t * sp.log(1 / p)), p ** (-t)),
    ((4 * p) ** t, 2 ** (2 * t) * p**t),
]


@pytest.mark.parametrize(("lhs", "rhs"), SYMBOLIC_POWERS, ids=str)
def test_symbolic_powers_of_positive_bases(lhs, rhs):
    assert decide(lhs, rhs).grade == "exact"
    with pytest.raises(DerivationError):
        decide(lhs, rhs * p ** (t * R(1, 10**6)))
