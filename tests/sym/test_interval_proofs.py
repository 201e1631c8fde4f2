"""Twenty true statements that interval arithmetic proves, and twenty false ones that it refuses.

Each false statement is a true one with a bound moved just past the truth, so a proof of it would be a wrong proof.
"""

from __future__ import annotations

import sys
from fractions import Fraction

import mpmath
import pytest
import sympy as sp

import symbias as sb
from symbias.sym.functions import inverse_mills, log_normal_cdf, softplus
from symbias.sym.symbols import integer, positive, real

x, y, z = real("x y z")
p = positive("p")
n = integer("n", nonnegative=True)
Q = sp.Rational

RAMANUJAN = sp.exp(sp.pi * sp.sqrt(163)) / 262537412640768744
MOTZKIN = x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 + 1
PLANE = {x: (-2, 2), y: (-2, 2)}

TRUE_BOUNDS = {
    "the sine is below the line": (sp.sin(x) <= x, {x: (0, 3)}),
    "the cosine is above its parabola": (1 - x**2 / 2 <= sp.cos(x), {x: (-4, 4)}),
    "the logarithm is concave": (sp.log(p) <= p - 1, {p: (Q(1, 10), 10)}),
    "the gamma function above its minimum": (sp.gamma(x) > Q(8856, 10000), {x: (Q(1, 2), 4)}),
    "x log x above -1/e": (x * sp.log(x) > -sp.exp(-1) - Q(1, 10**9), {x: (Q(1, 1000), 2)}),
    "Motzkin's polynomial": (-Q(1, 1000) <= MOTZKIN, PLANE),
    "powers of two outgrow squares": (n**2 < 2**n, {n: (5, 60)}),
    "means, inside a disk": (x + y <= Q(1001, 1000), {x: (0, 1), y: (0, 1)}),
    "the Mills ratio is above the line": (inverse_mills(x) > -x, {x: (-30, 30)}),
    "the lower tail of the normal": (log_normal_cdf(x) < -(x**2) / 2, {x: (-20, -1)}),
}
TRUE_MONOTONE = {
    "x exp(-x) up to its top": (x * sp.exp(-x), x, {x: (0, 1)}, "increasing"),
    "x exp(-x) beyond it": (x * sp.exp(-x), x, {x: (1, 9)}, "decreasing"),
    "x + sin x": (x + sp.sin(x), x, {x: (-9, 9)}, "increasing"),
    "the Mills ratio": (inverse_mills(x), x, {x: (-9, 9)}, "decreasing"),
    "a norm, in one coordinate": (
        sp.sqrt(x**2 + y**2 + 1),
        x,
        {x: (0, 2), y: (-3, 3)},
        "increasing",
    ),
}
TRUE_ROOTS = {
    "the Dottie number": (sp.cos(x) - x, 0, 2),
    "tan x = x": (sp.tan(x) - x, 4, Q(9, 2)),
    "the omega constant": (x * sp.exp(x) - 1, 0, 1),
    "the median of a distance": (sp.erf(x) - Q(1, 2), 0, 1),
    "a zero between close ones": ((x - 1) * (x - Q(1001, 1000)), Q(1, 2), Q(10005, 10000)),
}

FALSE_BOUNDS = {
    "the sine, left of 0 too": (sp.sin(x) <= x, {x: (-Q(1, 1000), 3)}),
    "a parabola too high": (1 - Q(49, 100) * x**2 <= sp.cos(x), {x: (-4, 4)}),
    "a strict tangent": (sp.log(p) < p - 1, {p: (Q(1, 10), 10)}),
    "gamma above more than its minimum": (sp.gamma(x) > Q(88561, 100000), {x: (Q(1, 2), 4)}),
    "x log x above too much": (x * sp.log(x) > -sp.exp(-1) + Q(1, 10**9), {x: (Q(1, 1000), 2)}),
    "Motzkin's polynomial is not positive": (MOTZKIN > 0, PLANE),
    "powers of two from 4 on": (n**2 < 2**n, {n: (4, 60)}),
    "means, in a larger disk": (x + y <= Q(1001, 1000), {x: (0, 1), y: (0, 1)}),
    "the Mills ratio above more": (inverse_mills(x) > -x + Q(1, 20), {x: (-30, 30)}),
    "the upper tail too": (log_normal_cdf(x) < -(x**2) / 2, {x: (-20, 1)}),
}
FALSE_MONOTONE = {
    "x exp(-x) past its top": (x * sp.exp(-x), x, {x: (0, Q(1001, 1000))}, "increasing"),
    "x exp(-x) before it": (x * sp.exp(-x), x, {x: (Q(999, 1000), 9)}, "decreasing"),
    "x + 1.01 sin x": (x + Q(101, 100) * sp.sin(x), x, {x: (-9, 9)}, "increasing"),
    "softplus falls": (softplus(x), x, {x: (-9, 9)}, "decreasing"),
    "a norm, on both sides": (sp.sqrt(x**2 + y**2 + 1), x, {x: (-1, 2), y: (-3, 3)}, "increasing"),
}
FALSE_ROOTS = {
    "no root": (sp.exp(x) - x, -9, 9),
    "two roots": (sp.cos(x) - x / 10, 0, 6),
    "a pair of close roots": ((x - 1) * (x - Q(1001, 1000)), Q(1, 2), 2),
    "a double root": (x**2 - 2 * x + 1, 0, 3),
    "a pole": (1 / x, -1, 2),
}
DISK = {"means, inside a disk": Q(1, 2), "means, in a larger disk": Q(51, 100)}


def disk(title):
    return (x**2 + y**2 < DISK[title],) if title in DISK else ()


def holds_at(statement, point):
    found = statement.subs(point)
    return bool(found if found in {sp.true, sp.false} else found.evalf(30))


def test_there_are_twenty_of_each():
    assert len(TRUE_BOUNDS) + len(TRUE_MONOTONE) + len(TRUE_ROOTS) == 20
    assert len(FALSE_BOUNDS) + len(FALSE_MONOTONE) + len(FALSE_ROOTS) == 20


@pytest.mark.parametrize("title", TRUE_BOUNDS)
def test_true_bounds_are_proved(title):
    statement, box = TRUE_BOUNDS[title]
    evidence = sb.prove(statement, box, assumptions=disk(title))
    assert evidence.grade == "ball"


@pytest.mark.parametrize("title", TRUE_MONOTONE)
def test_true_monotonicity_is_proved(title):
    assert sb.prove_monotone(*TRUE_MONOTONE[title]).grade == "ball"


@pytest.mark.parametrize("title", TRUE_ROOTS)
def test_true_roots_are_proved(title):
    function, low, high = TRUE_ROOTS[title]
    root = sb.unique_root(function, low, high, digits=30)
    assert root.evidence.grade == "ball"
    with mpmath.workdps(40):
        a, b = root.enclosure
        assert b - a < mpmath.mpf(10) ** -29
        # The signs at the ends differ, by another library.
        value = sp.lambdify(x, function, "mpmath")
        gap = mpmath.mpf(10) ** -25
        assert value(a - gap) * value(b + gap) < 0


@pytest.mark.parametrize("title", FALSE_BOUNDS)
def test_false_bounds_are_refuted(title):
    statement, box = FALSE_BOUNDS[title]
    given = disk(title)
    with pytest.raises(sb.DerivationError, match="false") as caught:
        sb.prove(statement, box, assumptions=given)
    point = caught.value.counterexample
    assert set(point) == statement.free_symbols
    assert not holds_at(statement, point)
    assert all(holds_at(g, point) for g in given)
    assert all(low <= point[s] <= high for s, (low, high) in box.items())


@pytest.mark.parametrize("title", FALSE_MONOTONE)
def test_false_monotonicity_is_refuted(title):
    expr, symbol, box, direction = FALSE_MONOTONE[title]
    with pytest.raises(sb.DerivationError, match=f"not {direction}") as caught:
        sb.prove_monotone(expr, symbol, box, direction)
    point = caught.value.counterexample
    step = {**point, symbol: point[symbol] + Q(1, 10**6)}
    rise = (expr.xreplace(step) - expr.xreplace(point)).evalf(30)
    assert (rise < 0) == (direction == "increasing")


@pytest.mark.parametrize("title", FALSE_ROOTS)
def test_false_roots_are_refused(title):
    undecided = title in {"a double root", "a pole"}
    with pytest.raises(sb.BudgetError if undecided else sb.DerivationError):
        sb.unique_root(*FALSE_ROOTS[title])


def test_constants_are_compared_at_any_precision():
    # exp(pi*sqrt(163)) misses an integer by 7.5e-13, in the 31st digit.
    assert sb.prove(sp.Lt(RAMANUJAN, 1, evaluate=False)).grade == "ball"
    with pytest.raises(sb.DerivationError) as caught:
        sb.prove(sp.Gt(RAMANUJAN, 1, evaluate=False))
    assert caught.value.counterexample == {}


def test_an_equality_of_constants_is_never_an_inequality_that_is_strict():
    same = sp.Lt(sp.sqrt(2) + sp.sqrt(3), sp.sqrt(5 + 2 * sp.sqrt(6)), evaluate=False)
    with pytest.raises(sb.BudgetError, match="not decided"):
        sb.prove(same)


def test_a_sharp_inequality_is_undecided_not_false():
    with pytest.raises(sb.BudgetError, match="touches 0"):
        sb.prove(x**4 + 4 >= 4 * x**2, {x: (0, 3)})


def test_jumps_have_no_slopes():
    # Left of the jump the slope is -1: mean values across it would prove this.
    saw = sp.Piecewise((-x, x < 0), (-x - 1, True))
    with pytest.raises(sb.DerivationError):
        sb.prove(saw >= -Q(1, 2), {x: (-1, Q(1, 4))})
    with pytest.raises(sb.InputError, match="jump"):
        sb.prove_monotone(sp.floor(x) - x, x, {x: (0, 2)}, "decreasing")
    with pytest.raises(sb.InputError, match="jump"):
        sb.roots(sp.sign(x) + x / 2, -1, 1)


def test_sides_have_to_be_defined():
    # The difference of the sides is 2 - x.
    with pytest.raises(sb.BudgetError):
        sb.prove(1 / x + x <= 1 / x + 2, {x: (-1, 1)})
    # The slope of the logarithm is negative where there is no logarithm.
    with pytest.raises(sb.BudgetError):
        sb.prove_monotone(sp.log(x), x, {x: (-1, 1)})


def test_assumptions_may_hold_other_symbols():
    box = {x: (0, 1), y: (0, 1)}
    assert sb.prove(x <= Q(3, 4), box, assumptions=(x + y <= Q(1, 2),)).grade == "ball"
    with pytest.raises(sb.InputError, match="No range for y"):
        sb.prove(x <= Q(3, 4), {x: (0, 1)}, assumptions=(x + y <= Q(1, 2),))


def test_slopes_say_nothing_about_integers():
    with pytest.raises(sb.InputError, match="integer"):
        sb.prove_monotone(sp.sin(sp.pi * n) + n, n, {n: (0, 5)})


def test_long_functions_have_roots_too():
    wave = sum(sp.sin(k * x) / k**2 + x ** (k % 4) / (k + x**2) for k in range(1, 60))
    root = sb.unique_root(wave - 1, Q(-1, 2), Q(1, 2))
    assert abs(wave.subs(x, sp.Float(root.enclosure.low, 30)).evalf(20) - 1) < 1e-12


def test_kinks_have_slopes():
    assert sb.prove_monotone(sp.Abs(x) + 2 * x, x, {x: (-1, 1)}).grade == "ball"
    assert sb.prove(sp.Max(x, y) >= x, {x: (-1, 1), y: (-1, 1)}).grade == "ball"


@pytest.mark.parametrize(
    ("statement", "box", "error", "message"),
    [
        (sp.Eq(x, 1), {x: (0, 1)}, sb.InputError, "no inequality|not an inequality"),
        (x > y, {x: (0, 1)}, sb.InputError, "No range for y"),
        (x > 0, {x: (1, 0)}, sb.InputError, "not an interval"),
        (x > 0, {x: (0, sp.oo)}, sb.InputError, "finite"),
        (x > 0, {x: "ab"}, sb.InputError, "string"),
        (sp.besselj(0, x) <= 2, {x: (0, 1)}, sb.CodegenError, "besselj"),
        (n > 0, {n: (Q(1, 3), Q(1, 2))}, sb.InputError, "no integer"),
    ],
)
def test_other_questions_are_refused_in_words(statement, box, error, message):
    with pytest.raises(error, match=message):
        sb.prove(statement, box)


def test_statements_that_sympy_decides():
    assert sb.prove(sp.true).grade == "exact"
    with pytest.raises(sb.DerivationError):
        sb.prove(sp.false)


def test_all_roots_come_in_order_and_none_is_lost():
    found = sb.roots(sp.sin(x), -10, 10, digits=20)
    assert [round(float(r) / float(sp.pi)) for r in found] == [-3, -2, -1, 0, 1, 2, 3]
    for k, root in enumerate(found, -3):
        assert root.enclosure.contains(k * sp.pi)
    assert sb.roots(x**2 + 1, -5, 5) == ()
    many = sb.roots(sp.chebyshevt(15, x), -1, 1)
    assert len(many) == 15


def test_roots_at_the_ends_belong_to_the_interval():
    assert len(sb.roots(x**2 - 1, -1, 1)) == 2
    with pytest.raises(sb.BudgetError, match="end"):
        sb.roots(sp.sin(x), 1, sp.pi)
    assert len(sb.roots(3 * x - 1, 0, 1)) == 1


def test_a_formula_has_roots_inside_its_domain_only():
    start = sb.Derivation("cubic").start(p**3 - 2, "given")
    cubic = start.conclude(sp.Function("f")(p), "cubic", domain=p < 3)
    assert sb.unique_root(cubic, Q(1, 2), 2).enclosure.contains(sp.cbrt(2))
    for low, high in ((-1, 2), (1, 4)):
        with pytest.raises(sb.DomainError):
            sb.unique_root(cubic, low, high)


def test_a_proved_root_can_be_used_in_a_derivation():
    root = sb.unique_root(x**3 - x - 1, 1, 2)
    plastic = root.formula("rho")
    rho = plastic.symbols[0]
    d = sb.Derivation("a power of the plastic number").use(plastic).start(rho**4, "given")
    d = d.rewrite(rho**2 + rho, "times rho").rewrite(Q(31, 10), "its bounds", relation="<=")
    assert d.evidence == "ball"
    assert [step.evidence.grade for step in d.steps][:2] == ["ball", "given"]


def test_a_system_has_one_solution_in_a_box():
    found = sb.unique_solution([x**2 + y**2 - 4, x * y - 1], {x: 1.9, y: 0.6}, digits=40)
    exact = sp.sqrt(2 + sp.sqrt(3))
    assert found.enclosures[x].contains(exact)
    assert found.enclosures[y].contains(1 / exact)
    assert found.enclosures[x].width < 1e-39
    assert found.alone[x].width > 1e-3
    assert found.evidence.grade == "ball"


@pytest.mark.parametrize(
    ("equations", "near"),
    [
        ([x**2, y], {x: 0.1, y: 0.2}),  # a double solution
        ([x - y, 2 * x - 2 * y], {x: 1, y: 1}),  # a line of them
        ([x**2 + y**2 + 1, x - y], {x: 1, y: 0}),  # none
    ],
)
def test_degenerate_and_absent_solutions_are_not_proved(equations, near):
    with pytest.raises(sb.ConvergenceError):
        sb.unique_solution(equations, near)


def test_systems_must_be_square():
    with pytest.raises(sb.InputError, match="2 equations"):
        sb.unique_solution([x, x + y], {x: 1})


# Derivations


def grade(left, right, relation, assumptions=()):
    d = sb.Derivation("a step", assumptions=assumptions).start(left, "given")
    return d.rewrite(right, "a bound", relation=relation).steps[-1].evidence.grade


@pytest.mark.parametrize(
    ("left", "right", "relation", "assumptions"),
    [
        (sp.sin(x) * sp.exp(-x), Q(1, 3), "<=", (x >= 0, x <= 3)),
        (sp.cos(x), 1 - x**2 / 2 + x**4 / 24, "<=", (x >= -1, x <= 1)),
        (sp.gamma(p), 2, "<=", (p >= 1, p <= 3)),
        (sp.gamma(p), Q(88, 100), ">=", (p >= Q(1, 2), p <= 3)),
        (sp.exp(x * y), 3, "<=", (x >= 0, x < 1, y > 0, y < x)),
    ],
)
def test_steps_on_bounded_boxes_are_graded_ball(left, right, relation, assumptions):
    assert grade(left, right, relation, assumptions) == "ball"


def test_without_bounds_a_step_stays_numeric():
    assert grade(sp.sin(x) * sp.exp(-(x**2)), Q(1, 2), "<=") == "numeric"


def test_exact_proofs_are_preferred():
    assert grade(x * y, (x**2 + y**2) / 2, "<=", (x >= 0, x <= 1, y >= 0, y <= 1)) == "exact"


def test_a_false_step_on_a_box_is_refuted_with_a_point():
    with pytest.raises(sb.DerivationError) as caught:
        grade(sp.sin(x) * sp.exp(-x), Q(322, 1000), "<=", (x >= 0, x <= 3))
    assert 0 <= caught.value.counterexample[x] <= 3


def test_without_python_flint_steps_are_numeric_and_say_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    d = sb.Derivation("a step", assumptions=(x >= 0, x <= 3)).start(sp.sin(x) * sp.exp(-x), "given")
    evidence = d.rewrite(Q(100, 301), "a bound", relation="<=").steps[-1].evidence
    assert evidence.grade == "numeric"
    assert "python-flint is not installed" in evidence.how


@pytest.mark.parametrize(
    "ask",
    [
        lambda: sb.prove(sp.sin(x) <= x, {x: (0, 1)}),
        lambda: sb.prove_monotone(x**3, x, {x: (0, 1)}),
        lambda: sb.roots(x**2 - 2, 0, 2),
        lambda: sb.unique_solution([x - 1], {x: 1}),
    ],
)
def test_without_python_flint_the_extra_is_named(monkeypatch, ask):
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(sb.MissingDependencyError, match=r"pip install 'symbias\[ball\]'"):
        ask()


def test_enclosures_know_what_they_contain():
    root = sb.unique_root(x**2 - 2, 1, 2, digits=20).enclosure
    assert root.contains(sp.sqrt(2))
    assert not root.contains(Fraction(141421356, 10**8))
    assert not root.contains(1.5)
    assert not sb.Enclosure(mpmath.mpf("nan"), mpmath.mpf("nan")).contains(0)
    with pytest.raises(sb.InputError):
        root.contains("1.4")
