"""Numbers for scalar networks: where gradient flow ends, how sharp it is there, and gradient descent with both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import BudgetError, DomainError, InputError
from symbias.models.scalar_network import LARGEST, ScalarNetwork
from symbias.simulate.checks import as_finite
from symbias.simulate.run import Run
from symbias.simulate.scalar_network import train_scalar_network
from symbias.solvers.product_root import product_root, square_gaps
from symbias.stability.monotone_step import monotone_step as monotone_step_result

_CLOSE = 1e-12
"""Relative difference of absolute values from which on they are told apart by their floats."""


def gradient_flow_solution(network: ScalarNetwork) -> np.ndarray:
    """Return the end of the flow.

    Parameters
    ----------
    network : ScalarNetwork
        The start.

    Returns
    -------
    numpy.ndarray, shape (D,)
        Weights of product one.

    Raises
    ------
    DomainError
        If it is a saddle, or too large.

    Examples
    --------
    >>> gradient_flow_solution(ScalarNetwork([-2, -2]))
    array([-1., -1.])
    """
    signs = _final_signs(network)
    gaps = square_gaps(network.floats)
    root = _solved(network)[0]
    return np.asarray(signs * np.sqrt(gaps + root))


def gfs_sharpness(network: ScalarNetwork) -> float:
    """Return the largest eigenvalue of the Hessian there.

    Parameters
    ----------
    network : ScalarNetwork
        The start.

    Returns
    -------
    float
        The sum of inverse squares of the solution.

    Raises
    ------
    DomainError
        If the flow ends at a saddle, or the sharpness is too large.

    Examples
    --------
    >>> round(gfs_sharpness(ScalarNetwork([2, -1, -1, 0.5])), 12)
    6.25
    """
    _final_signs(network)
    return _solved(network)[1]


def _solved(network: ScalarNetwork) -> tuple[float, float]:
    """Return the smallest square of the solution, and the sharpness."""
    roots, sums = product_root(square_gaps(network.floats)[None])
    if not np.isfinite(sums[0]):
        raise DomainError(
            f"The gradient-flow solution of {network} is sharper than a double can say.",
            "weights are so large that another one has to vanish for the product to be one.",
            "Start from smaller weights.",
        )
    return float(roots[0]), float(sums[0])


def monotone_step(network: ScalarNetwork) -> float:
    """Return the largest step for which the GFS sharpness is proved not to increase.

    Parameters
    ----------
    network : ScalarNetwork
        The weights before the step.

    Returns
    -------
    float
        Infinite if there is no limit.

    Raises
    ------
    DomainError
        If flow from the weights ends at a saddle.

    Examples
    --------
    >>> monotone_step(ScalarNetwork([2, 2])), monotone_step(ScalarNetwork([2, 0.5, 1, 1]))
    (inf, inf)
    """
    _final_signs(network)
    residual = sp.Mul(*network.weights) - 1
    first, *rest = network.weights
    if residual == 0 or all(_same_size(first, other) for other in rest):
        return float("inf")
    sizes = np.sort(np.abs(network.floats))
    # The derivation is longer for more weights, the formula is not.
    formula = monotone_step_result(min(network.depth, 3)).formula
    huge = abs(residual) > 10**300  # no double, and neither is the step
    with np.errstate(all="ignore"):
        values = [np.inf if huge else float(residual), float(np.prod(sizes[2:]))]
        return float(formula.compile()(*values[: len(formula.symbols)]))


def train(network: ScalarNetwork, step: float, steps: int) -> Run:
    """Run gradient descent and take the GFS sharpness along it.

    Parameters
    ----------
    network : ScalarNetwork
        The start.
    step : float
        The step size.
    steps : int
        How many.

    Returns
    -------
    Run
        With `.gfs_sharpness`, whose kernel sees nothing of the run but its points.

    Raises
    ------
    InputError
        If step or steps make no sense.

    Examples
    --------
    >>> train(ScalarNetwork([2, 1]), 0.1, 2).gfs_sharpness.round(3)
    array([3.606, 3.581, 3.574])
    """
    run = train_scalar_network(network.floats, step, steps)
    return replace(
        run, final=ScalarNetwork(run.final), gfs_sharpness=gfs_sharpness_at(np.asarray(run.path))
    )


def gfs_sharpness_at(points: Any) -> np.ndarray:
    """Return the GFS sharpness of scalar networks at many points at once.

    Parameters
    ----------
    points : array_like, shape (n, D)
        The weights, a row per network; below 1e150 in absolute value.

    Returns
    -------
    numpy.ndarray, shape (n,)
        NaN where gradient flow ends at a saddle, infinite where the sharpness is beyond the range of doubles.

    Raises
    ------
    InputError
        If the weights are no array of finite numbers with two columns or more.
    DomainError
        If a weight is too large.

    Examples
    --------
    >>> gfs_sharpness_at([[2.0, 1.0], [-1.0, 1.0]]).round(3)
    array([3.606,   nan])
    """
    weights = as_finite("The array of weights", points, (2,))
    if weights.shape[1] < 2:
        raise InputError("There is one weight only.", remedy="Give two columns or more.")
    if np.abs(weights).max() > LARGEST:
        raise DomainError(
            f"A weight is {np.abs(weights).max():g} in absolute value.",
            "its square is beyond the range of doubles.",
            f"Give weights up to {LARGEST:g}.",
        )
    gaps, signs = square_gaps(weights), np.sign(weights)
    tied = np.count_nonzero(gaps == 0, axis=1) > 1
    return np.where(tied & (signs.prod(axis=1) <= 0), np.nan, product_root(gaps)[1])


def _final_signs(network: ScalarNetwork) -> np.ndarray:
    """Return the signs of the solution, or refuse."""
    signs = np.array([int(sp.sign(w)) for w in network.weights])
    if signs.prod() > 0:
        return signs
    least, tied = _least(network)
    if tied:
        smallest = network.weights[least]
        raise DomainError(
            f"Gradient flow from {network} ends at a saddle, where two weights are zero.",
            "two weights are zero already."
            if smallest == 0
            else "the product is negative, and the smallest absolute values are equal.",
            "Change one of the smallest weights a little: which one decides where the flow ends.",
        )
    # The smallest weight is pushed through zero, in the direction of the product of the others.
    signs[least] = np.delete(signs, least).prod()
    return signs


def _least(network: ScalarNetwork) -> tuple[int, bool]:
    """Return which weight has the smallest absolute value, and whether another one shares it."""
    sizes = np.abs(network.floats)
    close = np.flatnonzero(sizes <= sizes.min() * (1 + _CLOSE))
    least, tied = int(close[0]), False
    for k in close[1:]:
        if _same_size(network.weights[least], network.weights[k]):
            tied = True
        elif abs(network.weights[k]) < abs(network.weights[least]):
            least, tied = int(k), False
    return least, tied


def _same_size(first: sp.Expr, second: sp.Expr) -> bool:
    """Tell whether two exact numbers have one absolute value."""
    low, high = sorted((abs(float(first)), abs(float(second))))
    if high - low > _CLOSE * high:
        return False
    same = True if first == second else (first**2 - second**2).equals(0)
    if same is None:
        raise BudgetError(
            f"Whether {first} and {second} have one absolute value was not decided.",
            "they agree in their leading digits.",
            "Give simpler numbers.",
        )
    return bool(same)
