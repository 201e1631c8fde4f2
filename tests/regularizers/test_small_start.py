"""Initializations down to 1e-12: the minimisers are those of the linear program, to the rate that theory gives."""

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linprog

import symbias as sb
from symbias.errors import ConvergenceError
from symbias.regularizers.prediction import ScalarConjugate, SeparableConjugate
from symbias.regularizers.small_start import minimise_from_above
from symbias.solvers.dual_newton import dual_newton

pytestmark = pytest.mark.jit


def regression(d=60, n=12, seed=0):
    rng = np.random.default_rng(seed)
    X, w = rng.standard_normal((n, d)), np.zeros(d)
    w[:4] = (1.0, -0.7, 0.5, -0.3)
    return X, X @ w + 0.1 * rng.standard_normal(n)


def least_l1(X, y):
    d = X.shape[1]
    found = linprog(np.ones(2 * d), A_eq=np.hstack([X, -X]), b_eq=y)
    return found.x[:d] - found.x[d:]


@pytest.mark.parametrize("depth", [3, 4, 5])
@pytest.mark.parametrize("alpha", [1e-12, 1e-7])
def test_deep_networks_from_tiny_starts_end_at_the_least_l1_norm(depth, alpha):
    X, y = regression()
    net = sb.parametrizations.diagonal(depth)
    w = net.regularizer(dict.fromkeys(net.parameters, alpha)).minimizer(X, y)
    assert np.abs(X @ w - y).max() < 1e-12
    assert np.abs(w - least_l1(X, y)).max() < 1e-9  # alpha**depth is less


def test_depth_two_at_both_ends():
    X, y = regression()
    net = sb.parametrizations.diagonal(2)
    tiny = net.regularizer(dict.fromkeys(net.parameters, 1e-12)).minimizer(X, y)
    large = net.regularizer(dict.fromkeys(net.parameters, 1e12)).minimizer(X, y)
    assert np.abs(large - np.linalg.lstsq(X, y, rcond=None)[0]).max() < 1e-12
    assert 0 <= np.abs(tiny).sum() - np.abs(least_l1(X, y)).sum() < 0.02


@pytest.mark.parametrize("biased", [False, True])
def test_followed_down_from_above_the_minimiser_is_that_of_the_dual(biased):
    X, y = regression(seed=3)
    net = sb.parametrizations.diagonal(4)
    rng = np.random.default_rng(1)
    u, v = net.parameters
    init = {u: 0.05, v: 0.05}
    if biased:
        init = {s: rng.uniform(0.04, 0.06, X.shape[1]) for s in net.parameters}
    found = net.regularizer(init)
    mirrors, numbers = found.solution.numeric, found.start.numbers

    def dual(given):
        parts = tuple(ScalarConjugate(m, given) for m in mirrors)
        return dual_newton(SeparableConjugate(parts), X, y)

    below = minimise_from_above(mirrors, numbers, (X, y), lambda given: dual(given).eta)
    assert np.abs(below - dual(numbers).point).max() < 1e-9
    other = {s: 1.01 * np.asarray(x) for s, x in numbers.items()}
    assert np.abs(below - dual(other).point).max() > 1e-7


def test_potentials_without_walls_are_left_to_the_dual():
    net = sb.parametrizations.diagonal(2)
    found = net.regularizer(dict.fromkeys(net.parameters, sp.Rational(1, 2)))
    with pytest.raises(ConvergenceError, match="walls"):
        minimise_from_above(
            found.solution.numeric, found.start.numbers, regression(), lambda _: np.zeros(60)
        )
