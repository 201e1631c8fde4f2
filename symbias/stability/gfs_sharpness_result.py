"""The GFS sharpness of scalar networks as a result: derived, and compared with simulated gradient flow."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symbias.contracts import checked
from symbias.errors import InputError, VerificationError
from symbias.models.parametrization import Parametrization
from symbias.simulate.regression import gradient_flow
from symbias.simulate.scalar_network import scalar_network_sharpness
from symbias.solvers.product_root import product_root, square_gaps
from symbias.stability.scalar_derivation import derive_gfs_sharpness, weights
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim, claim
from symbias.verdicts.result import Result

DEEPEST = 12
"""Weights up to which the steps are written out."""
STARTS = 8
TOLERANCE = 1e-10


def check_depth(depth: int) -> None:
    """Refuse depths that have no derivation.

    Parameters
    ----------
    depth : int
        Number of weights.

    Raises
    ------
    InputError
        If it is not between 2 and 12.

    Examples
    --------
    >>> check_depth(1)
    Traceback (most recent call last):
        ...
    symbias.errors.InputError: The depth is 1. Likely cause: a product of one factor has no balances...
    """
    if not 2 <= depth <= DEEPEST:
        raise InputError(
            f"The depth is {depth}.",
            "a product of one factor has no balances."
            if depth < 2
            else "the derivation would be too long to read.",
            f"Give a depth from 2 to {DEEPEST}.",
        )


@checked
def gfs_sharpness(depth: int = 2) -> Result:
    """Return the sharpness at the end of gradient flow of a product of scalars fitted to one, derived.

    Parameters
    ----------
    depth : int
        Number of weights, from 2 to 12.

    Returns
    -------
    Result
        With ``.formula`` in w_1 and w_2 for depth 2, else in the weights and q, the root of the concluded equation
        ``gfs_equation`` above -min w_i**2. The derivation also concludes the conserved balances.

    Raises
    ------
    InputError
        If the depth is no such integer.

    Notes
    -----
    The quantity is that of Kreisler et al. (2023); derived here.

    Examples
    --------
    >>> gfs_sharpness().formula.evalf(w_1=3, w_2=1) ** 2
    mpf('68.0')
    """
    check_depth(depth)
    return _result(depth)


@cache
def _result(depth: int) -> Result:
    formula = derive_gfs_sharpness(depth)
    return Result("gfs_sharpness", formula, (_claim(formula, depth),), ("kreisler2023",))


def _claim(formula: Formula, depth: int) -> Claim:
    @claim("the sharpness at the end of gradient flow", tolerance=TOLERANCE, of=formula)
    def end_of_the_flow(rng: np.random.Generator) -> tuple[Any, Any]:
        starts = random_starts(depth, STARTS, rng)
        return predicted(formula, starts), np.array([flowed(start) for start in starts])

    return end_of_the_flow


def predicted(formula: Formula, starts: np.ndarray) -> np.ndarray:
    """Return the values of the formula.

    Parameters
    ----------
    formula : Formula
        For the depth of the starts.
    starts : numpy.ndarray, shape (n, D)
        Weights.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Sharpness at the end of the flow.

    Examples
    --------
    >>> predicted(gfs_sharpness(3).formula, np.ones((1, 3)))
    array([3.])
    """
    columns = list(starts.T)
    if len(formula.symbols) > len(columns):
        columns.append(product_root(square_gaps(starts))[0] - np.abs(starts).min(axis=1) ** 2)
    return np.asarray(formula.compile()(*columns))


def random_starts(depth: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw weights; the products of about half of them are negative.

    Parameters
    ----------
    depth, count : int
        Weights of a start, and starts.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    numpy.ndarray, shape (count, depth)
        Absolute values between 0.3 and 1.8.

    Examples
    --------
    >>> random_starts(2, 3, np.random.default_rng(0)).shape
    (3, 2)
    """
    return rng.uniform(0.3, 1.8, (count, depth)) * rng.choice([-1.0, 1.0], (count, depth))


def flowed(start: np.ndarray) -> float:
    """Return the largest eigenvalue of the Hessian at the end of a simulated gradient flow.

    Parameters
    ----------
    start : numpy.ndarray, shape (D,)
        Weights.

    Returns
    -------
    float
        The sharpness.

    Raises
    ------
    VerificationError
        If the flow did not converge.

    Examples
    --------
    >>> round(flowed(np.array([3.0, 1.0])) ** 2, 8)
    68.0
    """
    symbols = weights(len(start))
    network = Parametrization(sp.Mul(*symbols), symbols)
    init = dict(zip(symbols, start, strict=True))
    run = gradient_flow(network, [[1.0]], [1.0], init, tolerance=1e-13, accuracy=1e-13)
    if not run.converged or run.theta is None:
        raise VerificationError(f"The flow from {start} did not converge: {run.message}.")
    return float(scalar_network_sharpness([run.theta[s] for s in symbols]))
