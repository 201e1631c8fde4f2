"""The largest step of gradient descent that provably does not raise the GFS sharpness, as a result."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from scipy.optimize import brentq

from symbias.contracts import checked
from symbias.simulate.scalar_network import train_scalar_network
from symbias.stability.gfs_sharpness_result import check_depth, flowed, random_starts
from symbias.stability.monotone_derivation import derive_monotone_step
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim, claim
from symbias.verdicts.result import Result

STARTS = 3
STEPS = 6
CROSSING = 1e-6
"""Accuracy of a step at which the sharpness of simulated flows is the same before and after."""


@checked
def monotone_step(depth: int = 2) -> Result:
    """Return the largest step for which the GFS sharpness provably does not increase, derived.

    Parameters
    ----------
    depth : int
        Number of weights, from 2 to 12.

    Returns
    -------
    Result
        With ``.formula`` in the residual r = product - 1 and, for more than two weights, the absolute value p of the
        product of all weights but the two smallest ones. For two weights of different size every larger step raises the
        sharpness. For more the bound is sufficient, and no larger multiple of it is for all weights.

    Raises
    ------
    InputError
        If the depth is no such integer.

    Notes
    -----
    Derived here. Kreisler et al. (2023) prove a statement of this kind; its text was not compared.

    Examples
    --------
    >>> monotone_step().formula.rhs, monotone_step(3).formula.rhs
    (sqrt(2)/Abs(r), 1/(p*Abs(r)))
    """
    check_depth(depth)
    return _result(depth)


@cache
def _result(depth: int) -> Result:
    formula = derive_monotone_step(depth)
    made = _crossing(formula) if depth == 2 else _bound(formula, depth)
    return Result("monotone_step", formula, (made,), ("kreisler2023",))


def _crossing(formula: Formula) -> Claim:
    @claim("beyond this step the sharpness at the end of the flow rises", "==", CROSSING, formula)
    def crossing(rng: np.random.Generator) -> tuple[Any, Any]:
        starts = random_starts(2, STARTS, rng)
        predicted = np.asarray(formula.compile()(starts.prod(axis=1) - 1))
        found = []
        for start in starts:
            before = flowed(start)
            reach = 1 / abs(start.prod() - 1)  # there the balance vanishes
            excess = partial(_excess, start, before)
            found.append(brentq(excess, 1.1 * reach, 2 * reach, xtol=1e-9, rtol=1e-9))
        return predicted, np.array(found)

    return crossing


def _bound(formula: Formula, depth: int) -> Claim:
    @claim("up to this step the sharpness at the end of the flow does not rise", "<=", of=formula)
    def bound(rng: np.random.Generator) -> tuple[Any, Any]:
        starts = random_starts(depth, STARTS, rng)
        others = np.sort(np.abs(starts), axis=1)[:, 2:].prod(axis=1)
        largest = np.asarray(formula.compile()(starts.prod(axis=1) - 1, others))
        before = np.array([flowed(start) for start in starts])
        after = [
            [
                flowed(_moved(start, part * step))
                for start, step in zip(starts, largest, strict=True)
            ]
            for part in np.linspace(1 / STEPS, 1, STEPS)
        ]
        return np.array(after), np.tile(before, (STEPS, 1)) * (1 + CROSSING)

    return bound


def _excess(start: np.ndarray, before: float, step: float) -> float:
    return flowed(_moved(start, step)) - before


def _moved(start: np.ndarray, step: float) -> np.ndarray:
    return np.asarray(train_scalar_network(start, step, 1).final)
