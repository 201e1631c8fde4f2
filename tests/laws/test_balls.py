"""One law over every shipped kernel: its ball twin encloses the 50-digit value, and float64 is close to the ball.

Three evaluations of one statement list are compared; a slip in the printed code, in the multiprecision twin or in a
ball form is a disagreement of one of them with the other two.
"""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from shipped_kernels import SOURCES, candidates, name_of, shipped

import symbias as sb
from symbias.codegen import ball_forms
from symbias.codegen.ball_arguments import enclosed

pytestmark = pytest.mark.jit

DIGITS = 50
SHARE, POINTS = 2, 30
"""So many points of the grid are taken, evenly: the accuracy law looks at all of them."""
ULPS = 4
NEAR = 8
"""So many units in the last place are the arguments moved."""


def thinned(points):
    return points[:: max(1, len(points) // POINTS)]


def encloses(ball, value):
    """Whether a value of fifty digits may be in a ball of fifty digits."""
    with mpmath.workdps(2 * DIGITS):
        margin = abs(value) * mpmath.mpf(10) ** (2 - DIGITS)
        return ball.low - margin <= value <= ball.high + margin


def moved(ball, point, value):
    """How far the value moves when each argument moves by a few units in the last place, inside the domain."""
    total = mpmath.mpf(0)
    for k, x in enumerate(point):
        ends = [ball(*point[:k], x * (1 + s * NEAR * 2.0**-53), *point[k + 1 :]) for s in (-1, 1)]
        total += max((abs(end.low - value) for end in ends if end.is_defined), default=0)
    return total


def is_close(kernel, ball, point, value):
    """Whether float64 gives the value but for a few units in the last place of the arguments and of itself."""
    if not 1e-290 < abs(value) < 1e290:
        return True
    found = kernel(*point)
    with mpmath.workdps(2 * DIGITS):
        return abs(found - value) <= ULPS * math.ulp(float(value)) + moved(ball, point, value)


def disagreements(formula):
    """The points at which the three evaluations of a formula disagree, and how many were compared."""
    kernel = formula.compile()
    # The kernel may be made of a form that cancels less than the printed one: a value is taken from the latter.
    exact = sb.compile(formula.rhs, formula.symbols).mp(DIGITS)
    ball = kernel.ball(DIGITS)
    wrong, compared = [], 0
    for point in thinned(candidates(formula, SHARE)):
        found, value = ball(*point), exact(*point)
        if not mpmath.isfinite(value):
            wrong += [(point, found, value)] if found.is_defined else []
            continue
        compared += 1
        narrow = found.is_defined and found.width <= abs(value) * mpmath.mpf(10) ** (2 - DIGITS)
        if not (narrow and encloses(found, value) and is_close(kernel, ball, point, value)):
            wrong.append((point, found, value))
    return wrong, compared


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_balls_enclose_every_kernel(source):
    assert shipped(source)
    for formula in shipped(source):
        wrong, compared = disagreements(formula)
        assert not wrong, (formula, wrong[0])
        assert compared >= 10, formula


x, scale = sp.Symbol("x", real=True), sp.Symbol("scale", positive=True)


def concluded(expr, name):
    derivation = sb.Derivation(name).start(expr, "given")
    return derivation.conclude(sp.Function("f")(x, scale), name)


def test_a_kernel_that_cancels_would_be_found():
    wrong, compared = disagreements(concluded(sp.sin(x / scale) - x / scale, "a third order"))
    assert len(wrong) > 10
    assert compared > 25


@pytest.mark.parametrize("digits", [14, 40])
def test_a_ball_form_with_a_slip_would_be_found(monkeypatch, digits):
    formula = concluded(sp.asinh(x / scale) + x, "fine")
    assert disagreements(formula)[0] == []
    right = ball_forms.FORMS["asinh"]
    slip = Fraction(1, 10**digits)
    wrong = lambda u: right(u) * enclosed("factor", 1 + slip)  # noqa: E731
    monkeypatch.setitem(ball_forms.FORMS, "asinh", wrong)
    assert disagreements(formula)[0]
