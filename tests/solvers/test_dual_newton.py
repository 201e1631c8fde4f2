"""Newton's method on the dual: optimality, extreme scales, walls, dependent and contradicting data."""

import numpy as np
import pytest
from scipy.optimize import linprog

from symbias.errors import ConvergenceError, InputError
from symbias.solvers.dual_newton import dual_newton, independent_rows
from symbias.solvers.monotone import inverse_of_increasing


def hyperbolic(alpha):
    """Conjugate of w = u**2 - v**2 from u = v = alpha."""

    def conjugate(eta):
        with np.errstate(over="ignore", invalid="ignore"):
            s = np.sinh(4 * eta)
            return (
                alpha**2 * np.sum(np.sinh(2 * eta) ** 2),
                2 * alpha**2 * s,
                8 * alpha**2 * np.cosh(4 * eta),
            )

    return conjugate


def problem(rng, n=8, d=30):
    X = rng.standard_normal((n, d))
    return X, X @ np.r_[1.0, -0.5, np.zeros(d - 2)]


@pytest.mark.parametrize("alpha", [1e-12, 1e-6, 1e-3, 1.0, 1e3, 1e12])
def test_stationary_at_every_scale(alpha):
    X, y = problem(np.random.default_rng(0))
    found = dual_newton(hyperbolic(alpha), X, y)
    assert np.abs(X @ found.point - y).max() < 1e-12
    link = np.arcsinh(found.point / (2 * alpha**2)) / 4
    kernel = np.linalg.svd(X)[2][len(X) :]
    weights = np.abs(link).max()
    big = np.abs(found.point) > 1e-10  # the link of tiny entries is not resolved through w
    assert np.abs(link - found.eta)[big].max() < 1e-9 * weights
    assert np.abs(kernel @ found.eta).max() < 1e-11 * weights


def test_small_scale_is_least_l1_and_large_scale_is_least_l2():
    X, y = problem(np.random.default_rng(1))
    least = linprog(np.ones(60), A_eq=np.hstack([X, -X]), b_eq=y, method="highs").fun
    small = dual_newton(hyperbolic(1e-12), X, y).point
    large = dual_newton(hyperbolic(1e12), X, y).point
    assert abs(np.abs(small).sum() - least) < 1e-9 * least
    assert np.abs(large - np.linalg.pinv(X) @ y).max() < 1e-13


def test_dependent_rows_are_dropped_and_contradictions_refused():
    X, y = problem(np.random.default_rng(2), n=4, d=9)
    twice, same = np.vstack([X, X[:2] * 3]), np.r_[y, y[:2] * 3]
    assert len(independent_rows(twice, same)[1]) == 4
    assert (
        np.abs(
            dual_newton(hyperbolic(0.1), twice, same).point
            - dual_newton(hyperbolic(0.1), X, y).point
        ).max()
        < 1e-11
    )
    with pytest.raises(InputError, match="No w satisfies"):
        dual_newton(hyperbolic(0.1), twice, np.r_[y, y[:2] + 1])


def test_a_wall_is_kept_and_no_solution_inside_is_an_error():
    def entropy(eta):
        with np.errstate(over="ignore"):
            w = np.exp(eta)
        return np.sum(w), w, w

    X = np.array([[1.0, 2.0, -1.0]])
    assert (dual_newton(entropy, X, np.array([50.0])).point > 0).all()
    with pytest.raises(ConvergenceError):
        dual_newton(entropy, np.abs(X), np.array([-1.0]))


def test_a_matrix_as_curvature():
    A = np.array([[2.0, 1.0], [1.0, 3.0]])
    found = dual_newton(
        lambda eta: (eta @ A @ eta / 2, A @ eta, A), np.array([[1.0, 0.0]]), np.array([4.0])
    )
    assert np.allclose(found.point, [4.0, 2.0], rtol=1e-13)


def test_inverse_of_increasing_inside_walls_and_out_of_range():
    def evaluate(x):
        return np.arctanh(x), 1 / (1 - x * x)

    times = np.array([0.0, 0.3, -5.0, 12.0])
    assert (
        np.abs(inverse_of_increasing(evaluate, times, np.zeros(4)) - np.tanh(times)).max() < 1e-15
    )
    bounded = inverse_of_increasing(
        lambda x: (np.arctan(x), 1 / (1 + x * x)), np.array([1.0, 2.0]), np.zeros(2)
    )
    assert bounded[0] == pytest.approx(np.tan(1.0), rel=1e-14)
    assert np.isnan(bounded[1])
