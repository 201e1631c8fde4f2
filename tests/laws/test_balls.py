"""One law over every shipped kernel: its ball twin encloses the 50-digit value, and float64 is close to the ball.

Three evaluations of one statement list are compared; a slip in the printed code, in the multiprecision twin or in a
ball form is a disagreement of one of them with the other two.
"""

from __future__ import annotations

import math

import mpmath
import pytest
from shipped_kernels import SOURCES, candidates, name_of, shipped

pytestmark = pytest.mark.jit

DIGITS = 50
POINTS = 60
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


def around(point):
    """The arguments with what a few roundings may do to them."""
    return [tuple(sorted(x * (1 + s * NEAR * 2.0**-53) for s in (-1, 1))) for x in point]


def is_close(kernel, ball, point, value):
    """Whether float64 gives a value that some arguments close by have, but for a few units in the last place."""
    near = ball(*around(point))
    found = kernel(*point)
    if not near.is_defined or not 1e-290 < abs(value) < 1e290:
        return True
    slack = ULPS * math.ulp(found)
    return near.low - slack <= found <= near.high + slack


def disagreements(formula):
    """The points at which the three evaluations of a formula disagree, and how many were compared."""
    kernel = formula.compile()
    # The kernel may be made of a form that cancels less than the printed one: a value is taken from the latter.
    exact = sb.compile(formula.rhs, formula.symbols).mp(DIGITS)
    ball = kernel.ball(DIGITS)
    wrong, compared = [], 0
    for point in thinned(candidates(formula)):
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
