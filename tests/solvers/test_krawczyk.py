"""Solutions that are proved: they hold the true ones tightly, and what is no solution is refused."""

import pytest

import symbias as sb
from symbias.solvers.krawczyk import approximate, solve
from symbias.sym.equality.interval import at_precision, ball_library


def circle(v, bits):
    """x**2 + y**2 = 3 on the diagonal, at x = y = sqrt(3/2)."""
    return [v[0] ** 2 + v[1] ** 2 - 3, v[0] - v[1], 2 * v[0], 2 * v[1], 1, -1]


@pytest.mark.parametrize("digits", [10, 50, 200])
def test_enclosures_hold_the_solution_and_are_as_narrow_as_asked_for(digits):
    found = solve(circle, [1.2, 1.3], digits)

    def check():
        root = (ball_library().arb(3) / 2).sqrt()
        for ball, around in zip(found.inside, found.alone, strict=True):
            assert ball.overlaps(root)
            assert ball.rad() <= ball_library().arb(10) ** -digits
            assert around.contains_interior(ball)

    at_precision(5 * digits + 100, check)


def test_a_solution_that_is_given_is_proved_as_it_stands():
    exact = approximate(circle, [1.2, 1.3], 300)
    found = solve(circle, exact, 50)
    assert all(ball.contains(x) for ball, x in zip(found.inside, exact, strict=True))


def test_balls_that_are_no_solution_are_not_proved():
    arb = ball_library().arb
    with pytest.raises(sb.ConvergenceError, match="passes Krawczyk's test"):
        solve(circle, [arb(2), arb(1)], 20)
