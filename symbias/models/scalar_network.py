"""A product of scalar weights that is fitted to one, and the questions that are asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symbias.contracts import checked, has_items
from symbias.errors import BudgetError, DomainError, InputError
from symbias.models.exact import exact, shown
from symbias.registry import ask

LARGEST = 1e150
"""Largest absolute weight: its square is still a float."""
_DEEPEST = 10_000
"""Most weights."""


@dataclass(frozen=True, repr=False)
class ScalarNetwork:
    """The product w_1 ... w_D with the loss L(w) = (w_1 ... w_D - 1)**2 / 2, immutable.

    Parameters
    ----------
    weights : sequence of numbers
        At least two, below 1e150 in absolute value; exact numbers and floats may be mixed. Floats are read as the
        decimals that they print. Whether weights are equal or zero is decided on what is given.

    Attributes
    ----------
    weights : tuple of sympy.Expr
        As exact numbers.

    Raises
    ------
    InputError
        If there are fewer than two weights, or one is no real number.
    DomainError
        If a weight is too large.

    Examples
    --------
    >>> round(ScalarNetwork([3, 1]).gfs_sharpness() ** 2, 12)
    68.0
    >>> ScalarNetwork([sp.Rational(9, 4), 0.445])
    ScalarNetwork([2.25, 0.445])
    """

    weights: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _weights(self.weights))

    def __repr__(self) -> str:
        listed = ", ".join(f"{value:.6g}" for value in self.floats)
        return f"ScalarNetwork([{listed}])"

    @property
    def depth(self) -> int:
        """The number of weights, D."""
        return len(self.weights)

    @property
    def floats(self) -> np.ndarray:
        """The weights as an array of shape (D,)."""
        return np.array([float(value) for value in self.weights])

    def gfs(self) -> np.ndarray:
        """Return the gradient-flow solution: where gradient flow from the weights ends.

        Returns
        -------
        numpy.ndarray, shape (D,)
            Weights of product one.

        Raises
        ------
        DomainError
            If the flow ends at a saddle: two weights are zero, or the product is negative and the smallest absolute
            values are equal; or if the end is beyond the range of doubles.

        Notes
        -----
        Every w_i**2 changes by one and the same q, the root of (w_1**2 + q) ... (w_D**2 + q) = 1 above -min w_i**2. The
        smallest weight changes its sign where the product is negative. Derived here.

        Examples
        --------
        >>> ScalarNetwork([1.5, -0.1]).gfs().round(6)
        array([1.619094, 0.617629])
        """
        return np.asarray(ask("stability.scalar_solution:gradient_flow_solution", self))

    def gfs_sharpness(self) -> float:
        """Return the largest eigenvalue of the Hessian of the loss at the gradient-flow solution.

        Returns
        -------
        float
            The sum of 1 / (w_i**2 + q), with q as in `gfs`.

        Raises
        ------
        DomainError
            As for `gfs`.

        Examples
        --------
        >>> ScalarNetwork([1, 1, 1]).gfs_sharpness()
        3.0
        """
        return float(ask("stability.scalar_solution:gfs_sharpness", self))

    def monotone_step(self) -> float:
        """Return the largest step of gradient descent for which the GFS sharpness is proved not to increase.

        Returns
        -------
        float
            For two weights the sharpness does increase for every larger step. Infinite where nothing moves (product
            one) or no balance is broken (equal absolute values).

        Raises
        ------
        DomainError
            As for `gfs`.

        Notes
        -----
        From `stability.monotone_step`. For three weights or more a larger step may or may not do harm.

        Examples
        --------
        >>> round(ScalarNetwork([1.5, -0.1]).monotone_step(), 12)
        1.229750923803
        """
        return float(ask("stability.scalar_solution:monotone_step", self))

    @checked
    def train(self, step: float, steps: int) -> Any:
        """Run gradient descent.

        Parameters
        ----------
        step : float
            The step size.
        steps : int
            How many steps.

        Returns
        -------
        Run
            `.final` is a ScalarNetwork; `.loss` and `.gfs_sharpness`, shape (steps + 1,), and `.path`, shape
            (steps + 1, D), hold the run. NaN where gradient flow would end at a saddle. A run that overflows ends
            before, and has `.converged` False.

        Raises
        ------
        InputError
            If step or steps make no sense.

        Examples
        --------
        >>> run = ScalarNetwork([sp.Rational(9, 4), sp.Rational(9, 4), 0.445, 0.445]).train(0.2, 20000)
        >>> run.gfs_sharpness[[0, -1]].round(4)
        array([10.5191,  9.9274])
        """
        return ask("stability.scalar_solution:train", self, step, steps)

    @staticmethod
    @checked
    def gfs_sharpness_formula(depth: int) -> Any:
        """Return the GFS sharpness of networks of a depth, derived.

        Parameters
        ----------
        depth : int
            Number of weights, from 2 to 12.

        Returns
        -------
        Formula
            In w_1 and w_2 for depth 2. For a larger depth in the weights and q, whose equation is the formula
            ``gfs_equation`` of the derivation.

        Raises
        ------
        InputError
            If the depth is no such integer.

        Examples
        --------
        >>> ScalarNetwork.gfs_sharpness_formula(2).rhs
        sqrt((w_1**2 - w_2**2)**2 + 4)
        """
        return ask("stability.gfs_sharpness_result:gfs_sharpness", depth).formula


def _weights(given: Any) -> tuple[sp.Expr, ...]:
    if not has_items(given) or isinstance(given, str | bytes | dict):
        raise InputError(
            f"The weights are a {type(given).__name__}.", remedy="Give a list of real numbers."
        )
    weights = tuple(_weight(value, k) for k, value in enumerate(given, 1))
    if len(weights) < 2:
        raise InputError(
            f"There are {len(weights)} weights.",
            "a product of one factor has no balances, and a convex loss.",
            "Give at least two weights.",
        )
    if len(weights) > _DEEPEST:
        raise BudgetError(
            f"There are {len(weights)} weights.", remedy=f"Give at most {_DEEPEST} weights."
        )
    return weights


def _weight(value: Any, k: int) -> sp.Expr:
    found = exact(value, f"weight {k}")
    if not found.is_number or found.is_extended_real is not True:
        raise InputError(
            f"weight {k} is {value!r}, no real number.",
            "a symbol, whose value decides where gradient flow ends.",
            "Give numbers; formulas in symbols come from ScalarNetwork.gfs_sharpness_formula(depth).",
        )
    if abs(found) > 10**150:
        raise DomainError(
            f"weight {k} is {shown(found)}.",
            "its square is beyond the range of doubles.",
            f"Give weights up to {LARGEST:g} in absolute value.",
        )
    return found
