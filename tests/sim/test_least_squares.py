"""Velocity and curvature of the loss against finite differences of the loss, in both layouts."""

import numpy as np
import pytest

from symbias.sim.least_squares import LeastSquares


def diagonal():
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((3, 5)), rng.standard_normal(3)
    return LeastSquares(
        X,
        y,
        1,
        2,
        lambda u, v: np.array([u**2 * v, 2 * u * v, u**2]),
        lambda u, v: np.array([2 * v, 2 * u, 2 * u, 0 * u]),
    ), rng.standard_normal((2, 5))


def dense():
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((3, 2)), rng.standard_normal(3)
    return LeastSquares(
        X,
        y,
        2,
        2,
        lambda u, v: np.array([u**2 * v, u + v**2, 2 * u * v, u**2, 1 + 0 * u, 2 * v]),
        lambda u, v: np.array([2 * v, 2 * u, 2 * u, 0 * u, 0 * u, 0 * u, 0 * u, 2 + 0 * u]),
    ), rng.standard_normal((2, 1))


@pytest.mark.parametrize("make", [diagonal, dense])
def test_the_velocity_is_minus_the_gradient(make):
    problem, theta = make()
    slopes = np.empty(theta.size)
    for i in range(theta.size):
        move = np.zeros(theta.size)
        move[i] = 1e-6
        ahead, behind = (
            problem.at(theta + sign * move.reshape(theta.shape)).loss for sign in (1, -1)
        )
        slopes[i] = (ahead - behind) / 2e-6
    assert np.abs(problem.velocity(theta).ravel() + slopes).max() < 1e-7 * np.abs(slopes).max()


@pytest.mark.parametrize("make", [diagonal, dense])
def test_the_curvature_is_the_derivative_of_the_gradient(make):
    problem, theta = make()
    columns = []
    for i in range(theta.size):
        move = np.zeros(theta.size)
        move[i] = 1e-6
        ahead, behind = (
            problem.velocity(theta + sign * move.reshape(theta.shape)) for sign in (1, -1)
        )
        columns.append((behind - ahead).ravel() / 2e-6)
    hessian = problem.curvature(theta)
    assert np.abs(hessian - np.array(columns)).max() < 1e-7 * np.abs(hessian).max()
    assert (hessian == hessian.T).all() or np.abs(hessian - hessian.T).max() < 1e-14 * np.abs(
        hessian
    ).max()


@pytest.mark.parametrize("make", [diagonal, dense])
def test_the_rounding_estimate_covers_a_perturbation_of_the_last_bit(make):
    problem, theta = make()
    rng = np.random.default_rng(3)
    point = problem.at(theta)
    estimate = problem.rounding(point)
    moved = [
        np.abs(
            problem.at(theta * (1 + 1e-10 * rng.choice([-1, 1], theta.shape))).residual
            - point.residual
        ).max()
        * np.finfo(float).eps
        / 1e-10
        for _ in range(20)
    ]
    assert max(moved) < estimate < 100 * max(moved)
