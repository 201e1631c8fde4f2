"""A branch of critical points followed in the dimension: found far out near its limit, then carried to any d."""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import cached_property
from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, DomainError
from symbias.landscape.limits import Limit
from symbias.landscape.system import System
from symbias.solvers.krawczyk import approximate

ANCHOR = 1024.0
"""The dimension in which a branch is looked for; from here it is followed."""

TRIALS = (1.0, -1.0, 0.5, 2.0, -0.5, 1.5, 0.25, 3.0)
"""Multiples of 1/d for coordinates whose limit is zero: at zero itself neurons are parallel, and K is not smooth."""

FARTHEST = 20.0
"""Largest d |w - limit| that still counts as tending to the limit."""

PARALLEL = 1e-16
"""Least d^2 times the squared sine of an angle between neurons: below, they are parallel and the branch has ended."""

SPACING = 1e-3
"""Least relative distance of dimensions at which points are remembered."""

LARGEST_STEP = 1.1
SMALLEST_STEP = 1.0 + 1e-5
_NEWTON = 8


class Branch:
    """The points of a family as a function of d.

    Parameters
    ----------
    system : System
        The equations.
    limit : Limit
        What the points tend to.

    Examples
    --------
    >>> from symbias.landscape.dual_derivatives import DualDerivatives, c
    >>> from symbias.landscape.limits import d, named_limit
    >>> limit = named_limit("global", None)
    >>> system = System(DualDerivatives(c), limit.group, d, fixed=limit.weights)
    >>> branch = Branch(system, limit)
    >>> branch.start(10.0), branch.leading(10.0)
    (array([1., 0.]), array([1., 0.]))
    >>> import symbias as sb
    >>> from symbias.sym.equality.interval import ball_library
    >>> A = sb.PopulationLoss(sb.activations.relu).family("A").branch
    >>> [round(float(x), 6) for x in A.point(8, ball_library().arb(8), 80)]
    [-0.749325, 0.24807]
    """

    def __init__(self, system: System, limit: Limit) -> None:
        self.system, self.limit = system, limit
        self._leading = [_leading(w, system.size) for w in limit.weights]
        self.end: float | None = None

    def leading(self, d: float) -> Any:
        """Return the leading terms of the block coordinates.

        Parameters
        ----------
        d : float
            The dimension.

        Returns
        -------
        numpy.ndarray
            One per orbit.
        """
        return np.array([constant + slope / d for constant, slope in self._leading])

    # --- float64 ---

    def _newton(self, d: float, start: Any) -> Any:
        """Return the solution near a start, or None."""
        n, x = len(start), np.asarray(start, dtype=float)
        for _ in range(_NEWTON):
            found = self.system.float_equations(d, *x)
            if not np.isfinite(found).all():
                return None
            try:
                step = np.linalg.solve(found[n:].reshape(n, n), found[:n])
            except np.linalg.LinAlgError:
                return None
            x = x - step
            # Rounding moves d (w - limit) by about d^2 eps.
            if np.abs(step).max() * d < 1e-9 + 1e-13 * d * d:
                return x
        return None

    @cached_property
    def _far(self) -> list[tuple[float, Any]]:
        """Points at three large dimensions, the one at `ANCHOR` first."""
        first = self._searched()
        points = [(ANCHOR, first)]
        for d in (4 * ANCHOR, 16 * ANCHOR):
            before, x = points[-1]
            start = self.leading(d) + (x - self.leading(before)) * before / d
            found = self._newton(d, start)
            if found is None or np.abs(found - self.leading(d)).max() * d > FARTHEST:
                raise self._absent("its deviation from the limit grows faster than 1/d.")
            points.append((d, found))
        return points

    def _searched(self) -> Any:
        leading = self.leading(ANCHOR)
        flat = np.abs(leading) < 1 / ANCHOR
        for multiple in TRIALS:
            found = self._newton(ANCHOR, np.where(flat, multiple / ANCHOR, leading))
            if found is not None and np.abs(found - leading).max() * ANCHOR <= FARTHEST:
                self._require_own_symmetry(found)
                return found
        raise self._absent("no critical point of the loss lies near its limit.")

    def _absent(self, why: str) -> ConvergenceError:
        return ConvergenceError(
            f"The family {self.limit.name} was not found for this loss at d = {ANCHOR:g}.",
            why,
            "Ask for another family, or use .critical_families(blocks), which searches without a limit.",
        )

    def _require_own_symmetry(self, point: Any) -> None:
        """Refuse a point that a larger group fixes: it belongs to another family."""
        if _is_more_symmetric(self.system.group, point):
            raise self._absent(
                "the critical point that was found has more symmetry than the family."
            )

    @cached_property
    def _near(self) -> tuple[list[float], list[Any]]:
        """Points below the anchor, by descending dimension: -d and the coordinates."""
        (_, x), (d4, x4), _ = self._far
        return [-d4, -ANCHOR], [x4, x]

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
            If the branch ends above d.
        ConvergenceError
            If there is no such branch.
        """
        if self.limit.is_exact:
            return self.leading(d)
        if d >= ANCHOR:
            return self.leading(d) + self._deviation(d) / d
        keys, points = self._near
        place = bisect_left(keys, -d)
        if place < len(keys) and keys[place] == -d:
            return points[place]
        return self._descended(d)

    def _deviation(self, d: float) -> Any:
        """Return d (w - limit) from the three far points, by interpolation in 1/sqrt(d)."""
        nodes = [1 / math.sqrt(e) for e, _ in self._far]
        x, total = 1 / math.sqrt(d), 0.0
        for k, (e, point) in enumerate(self._far):
            weight = 1.0
            for other in nodes[:k] + nodes[k + 1 :]:
                weight *= (x - other) / (nodes[k] - other)
            total = total + weight * e * (point - self.leading(e))
        return total

    def _descended(self, target: float) -> Any:
        """Carry the branch down to a dimension, from the closest point above, each step predicted by the last two."""
        keys, points = self._near
        place = max(
            bisect_left(keys, -target), 2
        )  # the two at the anchor and above are always there
        (e, y), (d, x) = ((-keys[place - k], points[place - k]) for k in (2, 1))
        factor = LARGEST_STEP
        while d > target:
            if factor < SMALLEST_STEP:
                raise self._ended(d)
            lower = max(target, d / factor)
            start = self._predicted(lower, (d, x), (e, y))
            found = self._newton(lower, start)
            far = found is None or np.abs(found - start).max() > 0.1 * (factor - 1) + 1e-9
            if far:
                factor = 1 + (factor - 1) / 2
                continue
            (e, y), (d, x) = (d, x), (lower, found)
            self._keep(d, x)
            factor = min(1 + (factor - 1) * 1.4, LARGEST_STEP)
        return x

    def _keep(self, d: float, point: Any) -> None:
        """Remember a point, unless one close by is known: steps are predicted from two neighbours."""
        keys, points = self._near
        at = bisect_left(keys, -d)
        if all(abs(key + d) > SPACING * d for key in keys[max(at - 1, 0) : at + 1]):
            keys.insert(at, -d)
            points.insert(at, point)

    def _predicted(self, d: float, last: tuple[float, Any], before: tuple[float, Any]) -> Any:
        (e, x), (f, y) = last, before
        if abs(e - f) < 1e-9 * e:
            return self.leading(d) + (x - self.leading(e)) * e / d
        one, two = (x - self.leading(e)) * e, (y - self.leading(f)) * f
        slope = (math.log(d) - math.log(e)) / (math.log(e) - math.log(f))
        return self.leading(d) + (one + slope * (one - two)) / d

    def _ended(self, d: float) -> DomainError:
        self.end = d
        return DomainError(
            f"The family {self.limit.name} ends near d = {d:.6g}.",
            "a neuron becomes parallel to a teacher or to another neuron there, or two branches meet.",
            "Ask for a larger dimension.",
        )

    # --- any precision ---

    def point(self, d: Any, number: Any, bits: int) -> list[Any]:
        """Return the point at a dimension to a working precision.

        Parameters
        ----------
        d : Fraction
            The dimension.
        number : flint.arb
            The same as a ball.
        bits : int
            Working precision.

        Returns
        -------
        list of flint.arb
            Block coordinates, exact numbers close to the solution.
        """
        rough = self.start(float(d))

        def evaluate(values: list[Any], precision: int) -> list[Any]:
            return self.system.ball_equations([number, *values], precision)

        found = approximate(evaluate, rough, bits)
        if self.system.float_areas(float(d), *map(float, found)).min() < PARALLEL:
            raise self._ended(float(d))
        moved = max(abs(float(x) - s) for x, s in zip(found, rough, strict=True))
        if moved * float(d) > (1.0 if d >= ANCHOR else 1e-4 * float(d)):
            raise ConvergenceError(
                f"Newton's method left the family {self.limit.name} at d = {float(d):g}.",
                "another branch passes close by.",
                "Ask for a dimension a little further away.",
            )
        return found


def _leading(weight: Any, size: Any) -> tuple[float, float]:
    """Return the constant and the coefficient of 1/d."""
    constant = weight.subs(size, size**-1).subs(size, 0)
    slope = (weight - constant) * size
    return float(constant), float(slope)


def _is_more_symmetric(group: Any, point: Any) -> bool:
    """Tell whether two blocks of rows and columns could be merged into one."""
    names = [name for name in group.rows if name in group.columns]
    if len(names) < 2:
        return False
    inside = [
        x
        for orbit, x in zip(group.orbits, point, strict=True)
        if orbit.diagonal is True
        or (orbit.diagonal is None and group.rows[orbit.row] == group.columns[orbit.column])
    ]
    outside = [
        x
        for orbit, x in zip(group.orbits, point, strict=True)
        if orbit.row < len(names)
        and not (
            orbit.diagonal is True
            or (orbit.diagonal is None and group.rows[orbit.row] == group.columns[orbit.column])
        )
    ]
    return bool(np.ptp(inside) < 1e-7 and np.ptp(outside) < 1e-7)
