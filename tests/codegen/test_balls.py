"""The ball twin: every operation encloses what mpmath computes, on points and on intervals, and refuses the rest."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.codegen.ball_forms import FORMS
from symbias.codegen.ball_twin import ball_twin
from symbias.codegen.kernel import compile_expression
from symbias.codegen.lower import Program
from symbias.codegen.operations import OPERATIONS, op
from symbias.codegen.twin import twin
from symbias.sym import functions as own
from symbias.sym.functions import NamedFunction
from symbias.sym.symbols import real

x, y = real("x y")
LINE = st.floats(-30, 30)
POSITIVE = st.floats(1e-6, 40)
UNIT = st.floats(-1, 1)
BELOW = st.floats(-40, -1e-9)

# Where each operation is defined; the rest of the line must never get a wrong enclosure.
DOMAINS = {
    **dict.fromkeys(("log", "rsqrt", "loggamma", "gamma", "digamma"), POSITIVE),
    **dict.fromkeys(("asin", "acos"), UNIT),
    **dict.fromkeys(("atanh", "erfinv"), st.floats(-0.999999, 0.999999)),
    "log1p": st.floats(-0.999999, 40),
    "sqrt": st.floats(0, 40),
    "acosh": st.floats(1, 40),
    "lambert": st.floats(-0.367879, 40),
    "lambert_lower": st.floats(-0.367879, -1e-12),
    "log1mexp": BELOW,
    "sqrt1pm1": st.floats(-1, 40),
    "relu_angle": st.floats(-8, 8),
    "erfi": st.floats(-9, 9),
}
CONDITIONS = {"lt", "le", "eq", "ne", "isnan", "not_"}
ONE = sorted(n for n, o in OPERATIONS.items() if "{1}" not in o.code and n not in CONDITIONS)
TWO = sorted(n for n, o in OPERATIONS.items() if "{1}" in o.code and n not in CONDITIONS)


def program(name, arity=1):
    args = (x, y)[:arity]
    return Program(args, (), (op(name, *args),), (1, 1))


def holds(enclosure, value, digits):
    """Whether a value that is rounded to so many digits may be inside."""
    with mpmath.workdps(80):
        margin = abs(value) * mpmath.mpf(10) ** -digits
        return enclosure.low - margin <= value <= enclosure.high + margin


def test_every_operation_has_a_ball_form():
    assert set(OPERATIONS) | {"and_", "or_", "select", "power_of"} <= set(FORMS)
    assert len(ONE) + len(TWO) + len(CONDITIONS) == len(OPERATIONS)


@pytest.mark.parametrize("name", ONE)
def test_points_are_enclosed_tightly(name):
    exact = twin(program(name), 50)
    balls = ball_twin(program(name), ("x",), 30)

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(DOMAINS.get(name, LINE))
    def check(point):
        found = balls(point)[0]
        value = exact(point)[0]
        if not mpmath.isfinite(value):
            assert not found.is_defined
        else:
            assert holds(found, value, 48), (point, found, value)
            assert found.width <= abs(value) * mpmath.mpf(10) ** -29

    check()


@pytest.mark.parametrize("name", ONE)
def test_intervals_hold_every_point_and_are_monotone_in_inclusion(name):
    exact = twin(program(name), 20)
    balls = ball_twin(program(name), ("x",), 20)

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(st.lists(DOMAINS.get(name, LINE), min_size=5, max_size=5))
    def check(points):
        a, b, c, d, e = sorted(points)
        inner, outer = balls((b, d))[0], balls((a, e))[0]
        if outer.is_defined:
            value = exact(c)[0]
            assert inner.is_defined
            assert holds(inner, value, 18), (points, inner, value)
            assert holds(outer, inner.low, 18)
            assert holds(outer, inner.high, 18)
        else:
            # Poles lie in between.
            assert name in {"recip", "tan"} or not math.isfinite(float(exact(a)[0]))

    check()


@pytest.mark.parametrize("name", TWO)
def test_boxes_hold_every_point(name):
    exact = twin(program(name, 2), 20)
    balls = ball_twin(program(name, 2), ("x", "y"), 20)
    first = POSITIVE if name == "pow" else st.floats(-9, 9)

    @settings(max_examples=80, deadline=None, derandomize=True)
    @given(
        st.lists(first, min_size=3, max_size=3), st.lists(st.floats(-9, 9), min_size=3, max_size=3)
    )
    def check(xs, ys):
        (a, b, c), (d, e, f) = sorted(xs), sorted(ys)
        value, point, box = exact(b, e)[0], balls(b, e)[0], balls((a, c), (d, f))[0]
        if mpmath.isfinite(value):
            assert holds(point, value, 18)
        else:
            assert not point.is_defined
        if box.is_defined:
            assert holds(box, value, 18), (xs, ys, box, value)
        else:
            assert name in {"atan2", "mod"}
            assert d <= 0 <= f

    check()


@pytest.mark.parametrize(
    ("name", "outside"),
    [
        ("log", [0, -1, (-1, 1), (0, 1)]),
        ("sqrt", [-1, (-1, 1), "-1e-30"]),
        ("rsqrt", [0, -1, (0, 1)]),
        ("log1p", [-1, -2, (-2, 0)]),
        ("asin", [2, (0, 2), "1.000000000000000000000000000001"]),
        ("acos", [-2, (-2, 0)]),
        ("acosh", [0.5, (0, 2)]),
        ("atanh", [1, -1, (-1, 0)]),
        ("recip", [0, (-1, 1), (0, 1)]),
        ("tan", [(1, 2), (0, 9)]),
        ("gamma", [0, -3, (-3, 1), (-0.5, 0.5)]),
        ("loggamma", [0, -0.5, -1.5, (-1, 1)]),
        ("digamma", [0, -1, (-1.5, -0.5)]),
        ("erfinv", [1, -1, 2, (0, 1)]),
        ("lambert", [-1, (-1, 1), "-0.3678794411714423216"]),
        ("lambert_lower", [0, 1, -1, (-0.1, 0), (-1, -0.1)]),
        ("log1mexp", [0, 1, (-1, 1)]),
        ("sqrt1pm1", [-2, (-2, 0)]),
    ],
)
def test_outside_the_domain_there_is_no_enclosure(name, outside):
    balls = ball_twin(program(name), ("x",), 20)
    assert not [v for v in outside if balls(v)[0].is_defined]


@pytest.mark.parametrize("point", [(0, 0), ((-1, 1), (-1, 1)), ((0, 1), (0, 1))])
def test_the_origin_has_no_angle(point):
    assert not ball_twin(program("atan2", 2), ("x", "y"), 20)(*point)[0].is_defined


def test_an_angle_across_the_cut_is_any():
    found = ball_twin(program("atan2", 2), ("x", "y"), 20)((-1, 1), (-2, -1))[0]
    assert -3.1416 < found.low < -3.1415
    assert 3.1415 < found.high < 3.1416


CHOICE = sp.Piecewise((-1, x < 0), (x, x < 1), (5, True))


def test_an_undecided_choice_is_the_union_of_its_branches():
    balls = compile_expression(CHOICE, [x]).ball(15)
    assert balls((0.25, 0.5)) == (0.25, 0.5)
    assert balls((-2, -1)) == (-1, -1)
    assert balls((0.5, 2)) == (0.5, 5)
    assert balls((-1, 0.5)) == (-1, 0.5)


def test_a_branch_that_may_be_undefined_refuses():
    kernel = compile_expression(sp.Piecewise((sp.log(x), x > 0), (0, True)), [x])
    assert not kernel.ball(15)((-1, 1)).is_defined
    assert kernel.ball(15)((-2, -1)) == (0, 0)
    assert kernel.ball(15)((1, 1)) == (0, 0)


@pytest.mark.parametrize(
    ("condition", "box", "found"),
    [
        (x < y, ((0, 1), (2, 3)), (1, 1)),
        (x < y, ((0, 2), (1, 3)), (0, 1)),
        (x <= y, ((2, 3), (0, 1)), (0, 0)),
        (sp.Eq(x, y), (1, 1), (1, 1)),
        (sp.Ne(x, y), ((0, 1), (0, 1)), (0, 1)),
        (sp.And(x < 2, y < 2), ((0, 1), (3, 4)), (0, 0)),
        (sp.And(x < 2, y < 2), ((1, 3), (3, 4)), (0, 0)),
        (sp.Or(x < 2, y < 2), ((1, 3), (0, 1)), (1, 1)),
        (sp.Or(x < 2, y < 2), ((1, 3), (1, 3)), (0, 1)),
        (sp.Not(sp.Or(x < 2, y < 2)), ((5, 6), (3, 4)), (1, 1)),
        (sp.Xor(x < 2, y < 2), ((0, 1), (3, 4)), (1, 1)),
    ],
)
def test_conditions_have_three_values(condition, box, found):
    assert compile_expression(condition, [x, y]).ball(15)(*box) == found


class hinge(NamedFunction):  # noqa: N801
    """A function with a stable region whose form is only an approximation."""

    def definition(self):
        return sp.sqrt(1 + self.args[0] ** 2) - 1

    def stable_forms(self):
        return ((self.args[0] < sp.Rational(1, 1000), self.args[0] ** 2 / 2),)


def test_of_a_stable_region_the_definition_counts():
    found = compile_expression(hinge(x), [x]).ball(30)(0.0005)
    with mpmath.workdps(60):
        assert found.low <= mpmath.sqrt(1 + mpmath.mpf(0.0005) ** 2) - 1 <= found.high
        assert not found.contains(0.0005**2 / 2)


@pytest.mark.parametrize(
    "function",
    [own.relu, own.softplus, own.normal_pdf, own.normal_cdf, own.log_normal_cdf, own.inverse_mills],
)
@pytest.mark.parametrize("point", [-1000, -37.5, -1, 0, 1, 9, 40])
def test_own_functions_are_enclosed_in_both_tails(function, point):
    kernel = compile_expression(function(x), [x])
    found, value = kernel.ball(40)(point), kernel.mp(60)(point)
    assert holds(found, value, 58)
    assert holds(kernel.ball(40)((point - 1, point + 2)), value, 58)


def test_powers():
    root = compile_expression(x ** sp.Rational(1, 3), [x]).ball(30)
    assert root((0, 8)).low == 0
    assert root((0, 8)).contains(2)
    assert not root(-8).is_defined
    assert compile_expression(x**-2, [x]).ball(15)((-4, -2)) == (0.0625, 0.25)
    assert compile_expression(x**4, [x]).ball(15)((-1, 2)) == (0, 16)
    general = compile_expression(x**y, [x, y]).ball(15)
    assert general((0, 2), (0, 3)) == (0, 8)
    assert not general((0, 2), (-1, 3)).is_defined
    assert general(-2, 3) == (-8, -8)
    assert not general(-2, 0.5).is_defined


@pytest.mark.parametrize(
    "value", [2, 2.0, Fraction(2), "2", mpmath.mpf(2), sp.Integer(2), np.int64(2)]
)
def test_all_kinds_of_numbers(value):
    found = compile_expression(sp.sqrt(x), [x]).ball(30)(value)
    with mpmath.workdps(50):
        assert found.low <= mpmath.sqrt(2) <= found.high
    assert found.width < 1e-29


def test_a_float_is_itself_and_a_string_is_decimal():
    identity = compile_expression(x, [x]).ball(40)
    assert identity(0.1) == (0.1, 0.1)
    assert identity("0.1").contains(Fraction(1, 10))
    assert not identity("0.1").contains(0.1)
    assert identity(sp.pi).width < 1e-39


def test_balls_are_arguments_too():
    flint = pytest.importorskip("flint")
    found = compile_expression(x**2, [x]).ball(15)(flint.arb(1, 1e-9))
    assert found.contains((1 + 5e-10) ** 2)
    assert found.width < 1e-8


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, "abc", 1j, sp.I, None, [1, 2, 3], (2, 1), (0, math.inf), real("z")],
)
def test_other_arguments_are_refused(value):
    with pytest.raises(sb.InputError):
        compile_expression(x, [x]).ball(15)(value)


@pytest.mark.parametrize("digits", [0, -3, 2.5, "10"])
def test_bad_digits_are_refused(digits):
    with pytest.raises(sb.InputError, match="digits"):
        compile_expression(x, [x]).ball(digits)


def test_lists_come_back_nested():
    found = compile_expression([[x, y], [x + y, 1]], [x, y]).ball(15)(1, y=2)
    assert found == [[(1, 1), (2, 2)], [(3, 3), (1, 1)]]


def test_digits_survive_cancellation():
    found = compile_expression((x + y) ** 3 - x**3 - 3 * x**2 * y, [x, y]).ball(40)(10**30, "1/3")
    assert found.contains(Fraction(10**30, 3) + Fraction(1, 27))
    assert found.width < found.high * 1e-39


def test_a_value_that_cancels_for_ever_is_enclosed_close_to_zero():
    found = compile_expression(sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1, [x]).ball(20)(Fraction(1, 3))
    assert found.contains(0)
    assert found.width < 1e-300


def test_without_python_flint_the_extra_is_named(monkeypatch):
    kernel = compile_expression(x, [x])
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(sb.MissingDependencyError, match=r"pip install 'symbias\[ball\]'"):
        kernel.ball(15)(1)
