"""A branch of critical points that is known at one dimension, and followed from there up and down."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, DomainError
from symbias.landscape.branch import SMALLEST_STEP, SPACING, Branch
from symbias.landscape.limits import Limit
from symbias.landscape.system import System
from symbias.solvers.krawczyk import approximate
from symbias.sym.equality.interval import at_precision, ball_library

STEP = 1.1
"""Largest ratio of neighbouring dimensions on the way."""

FARTHEST_BEHIND = 1.25
"""Largest ratio to a dimension behind from which the next point is predicted; the tangent is used otherwise."""

NUDGE = 1e-3
"""Change of log d in the difference that the tangent is taken from; a smaller one would show rounding errors."""

FLOATS_UP_TO = 1e4
"""Beyond, rounding in float64 moves what is off the diagonal too far: steps are made in balls."""


class AnchoredBranch(Branch):
    """The points of a family that is known at one dimension.

    Parameters
    ----------
    system : System
        The equations.
    limit : Limit
        The name and the symmetry.
    anchor : float
        The dimension.
    point : numpy.ndarray
        Block coordinates there.

    Examples
    --------
    >>> import symbias as sb
    >>> A = sb.PopulationLoss(sb.activations.relu).family("A")
    >>> branch = AnchoredBranch(A.system, A.limit, 8.0, A.branch.start(8.0))
    >>> bool(abs(branch.start(20.0) - A.branch.start(20.0)).max() < 1e-9)
    True
    """

    def __init__(self, system: System, limit: Limit, anchor: float, point: Any) -> None:
        super().__init__(system, limit)
        self.anchor = anchor
        self._known: list[tuple[float, tuple[float, ...]]] = [(anchor, tuple(point))]

    def start(self, d: float) -> Any:
        """Return the point at a dimension in float64, to about half of its digits.

        Parameters
        ----------
        d : float
            The dimension.

        Returns
        -------
        numpy.ndarray
            Block coordinates.

        Raises
        ------
        DomainError
            If the branch ends on the way.
        """
        up = d >= self.anchor
        here, point = self._nearest(d, up)
        before = self._behind(here, up)
        factor = STEP
        while here != d:
            if factor < SMALLEST_STEP:
                raise self._ended(here)
            there = min(d, here * factor) if up else max(d, here / factor)
            guess = (
                _along(there, (here, point), before)
                if before
                else self._tangential(there, here, point)
            )
            found = self._corrected(there, guess)
            if found is None or np.abs(found - guess).max() > 0.1 * (factor - 1) + 1e-9:
                factor = 1 + (factor - 1) / 2
                continue
            before, here, point = (here, point), there, found
            if all(abs(e - here) > SPACING * here for e, _ in self._known):
                insort(self._known, (here, tuple(found)))
            factor = min(1 + (factor - 1) * 1.4, STEP)
        return point

    def _nearest(self, d: float, up: bool) -> tuple[float, Any]:
        """Return the closest point that is known between the anchor and a dimension."""
        place = bisect_left(self._known, (d, ()))
        if place < len(self._known) and self._known[place][0] == d:
            e, point = self._known[place]
        else:
            e, point = self._known[place - 1 if up else place]
        return e, np.array(point)

    def _behind(self, here: float, up: bool) -> tuple[float, Any] | None:
        """Return the known point behind a dimension, if it is close enough to predict from."""
        place = bisect_left(self._known, (here, ()))
        if up:
            place -= 1
        elif place < len(self._known) and self._known[place][0] == here:
            place += 1
        if not 0 <= place < len(self._known):
            return None
        e, point = self._known[place]
        return (e, np.array(point)) if max(e / here, here / e) < FARTHEST_BEHIND else None

    def _tangential(self, there: float, here: float, point: Any) -> Any:
        """Return the prediction along the tangent, from the derivative of the equations by log d."""
        n, equations = len(point), self.system.float_equations
        change = equations(here * math.exp(NUDGE), *point) - equations(
            here * math.exp(-NUDGE), *point
        )
        jacobian = equations(here, *point)[n:].reshape(n, n)
        return point - math.log(there / here) * np.linalg.solve(jacobian, change[:n] / (2 * NUDGE))

    def _corrected(self, d: float, guess: Any) -> Any:
        if d <= FLOATS_UP_TO:
            return self._newton(d, guess)
        bits = 60 + 4 * int(math.log2(d))
        number = at_precision(bits, lambda: ball_library().arb(d))

        def evaluate(values: list[Any], precision: int) -> list[Any]:
            return self.system.ball_equations([number, *values], precision)

        try:
            return np.array([float(x) for x in approximate(evaluate, guess, bits)])
        except (ConvergenceError, DomainError):
            return None


def _along(d: float, last: tuple[float, Any], before: tuple[float, Any]) -> Any:
    """Return the prediction from the last two points, linear in log d."""
    (e, x), (f, y) = last, before
    return x + (x - y) * (math.log(d) - math.log(e)) / (math.log(e) - math.log(f))
