"""Gradient flow theta' = -grad L to its limit, by an implicit integrator.

The flow is stiff: the fast directions of the data relax many orders of magnitude before the slow ones, and a small
start adds a long plateau. LSODA with the exact Hessian takes steps as long as the accuracy allows, whatever the
stiffness. The last stretch is a plain exponential decay, and it is summed in closed form: as soon as the model is
linear, to the asked tolerance, over what remains of the way, the flow ends at the least-norm correction of theta.
"""

from __future__ import annotations

import warnings
from threading import Lock
from typing import NamedTuple

import numpy as np
from scipy.integrate import LSODA

from symbias.sim.least_squares import LeastSquares, Point

# LSODA keeps global state in some versions of SciPy, and so do the filters of warnings. Python callbacks hold the
# interpreter anyway, so that threads lose nothing by taking turns.
_TURN = Lock()

_HORIZON = 1e25
"""Length of the integration in units of the fastest time scale at the start; a flow that moves ends before it."""

_ROUNDING_MARGIN = 4.0
"""How many times the rounding of theta a residual may be and still count as zero."""

_NEAR, _SELDOM = 1e3, 10
"""What rounding allows is looked up where a residual is within this factor of it, else once in so many steps."""


class FlowResult(NamedTuple):
    """Where a flow ended: parameters, outputs, the loss after each step, steps, whether it converged, why not."""

    theta: np.ndarray
    w: np.ndarray
    losses: np.ndarray
    steps: int
    converged: bool
    message: str


def gradient_flow(
    problem: LeastSquares,
    start: np.ndarray,
    *,
    tolerance: float,
    accuracy: float,
    max_steps: int,
) -> FlowResult:
    """Follow the gradient flow of L = 1/2 |X F(theta) - y|**2 until the residual vanishes.

    Parameters
    ----------
    problem : LeastSquares
        The loss.
    start : numpy.ndarray, shape (p, m)
        theta at time zero.
    tolerance : float
        Largest final residual, relative to the larger of the targets and the first residual; never less than
        what the rounding of theta allows.
    accuracy : float
        Relative local error of the integrator.
    max_steps : int
        Budget of integrator steps.

    Returns
    -------
    FlowResult
        The limit, or the point where the run stopped with the reason.

    Examples
    --------
    >>> first = lambda u, v: np.array([u**2 - v**2, 2 * u, -2 * v])
    >>> second = lambda u, v: np.array([2 + 0 * u, 0 * u, 0 * u, -2 + 0 * u])
    >>> problem = LeastSquares(np.array([[1.0, 2.0]]), np.ones(1), 1, 2, first, second)
    >>> run = gradient_flow(problem, np.full((2, 2), 0.1), tolerance=1e-12, accuracy=1e-10, max_steps=999)
    >>> run.converged
    True
    """
    point = problem.at(start)
    goal = tolerance * max(float(np.abs(problem.y).max()), point.worst)
    losses, message = [point.loss], ""
    with _TURN, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        steps = _Steps(problem, point, accuracy, caught)
        end, tried = _End(problem, goal), np.inf
        while not (end.reached(point) or message):
            if point.loss < 0.01 * tried:
                tried = point.loss
                limit = _linear_limit(problem, point, goal)
                if limit is not None:
                    point = limit
                    losses.append(point.loss)
                    break
            message = f"the budget of {max_steps} steps ran out" * (len(losses) > max_steps)
            message = message or steps.advance()
            point = problem.at(steps.theta)
            losses.append(point.loss)
    if message and _solved(problem, point, goal):
        message = ""
    if message:
        message = f"{message}; the largest residual is {point.worst:.2g}"
    return FlowResult(
        point.theta,
        point.w,
        np.array(losses),
        len(losses) - 1,
        not message,
        message or "residual vanished",
    )


class _Steps:
    """LSODA on the flow, one accepted step at a time."""

    def __init__(
        self,
        problem: LeastSquares,
        start: Point,
        accuracy: float,
        caught: list[warnings.WarningMessage],
    ) -> None:
        self.shape, self.caught = start.theta.shape, caught
        self.theta = start.theta
        self.stationary = not problem.velocity(start.theta).any()
        self.solver = LSODA(
            lambda _, flat: problem.velocity(flat.reshape(self.shape)).ravel(),
            0.0,
            start.theta.ravel(),
            _HORIZON / (np.abs(problem.curvature(start.theta)).max() or 1.0),
            rtol=accuracy,
            atol=accuracy * _smallness(start.theta),
            jac=lambda _, flat: -problem.curvature(flat.reshape(self.shape)),
        )

    def advance(self) -> str:
        """Take a step; return why there can be no further one, or an empty string."""
        if self.stationary or self.solver.status == "finished":
            return _REST
        self.caught.clear()
        self.solver.step()
        if self.solver.status == "failed":
            return "the integrator gave up: " + "; ".join(str(w.message) for w in self.caught)
        self.theta = self.solver.y.reshape(self.shape)
        return "" if np.isfinite(self.theta).all() else "the parameters became infinite"


_REST = (
    "the flow came to rest at a stationary point that does not interpolate: no parameters reach the targets, "
    "or the start is a saddle"
)


def _smallness(theta: np.ndarray) -> float:
    """Return an absolute scale below which parameters do not matter.

    Products of parameters are conserved, so a weight may shrink to the square of the start over its partner, and
    its relative size still matters.
    """
    size = np.abs(theta[theta != 0])
    return 1e-2 * float(min(1.0, size.min() ** 2)) if size.size else 1.0


class _End:
    """Sees when a flow is at its end; what rounding allows is looked up often only where it may matter."""

    def __init__(self, problem: LeastSquares, goal: float) -> None:
        self.problem, self.goal = problem, goal
        self.floor, self.left = goal, 0

    def reached(self, point: Point) -> bool:
        """Return whether the residual is zero, as far as the goal and rounding ask."""
        worst, self.left = point.worst, self.left - 1
        if self.left < 0 or worst <= _NEAR * self.floor:
            self.floor, self.left = _floor(self.problem, point, self.goal), _SELDOM
        return worst <= self.floor


def _floor(problem: LeastSquares, point: Point, goal: float) -> float:
    return max(goal, _ROUNDING_MARGIN * problem.rounding(point))


def _solved(problem: LeastSquares, point: Point, goal: float) -> bool:
    return point.worst <= _floor(problem, point, goal)


def _linear_limit(problem: LeastSquares, point: Point, goal: float) -> Point | None:
    """Return the limit of the flow of the model linearised at `point`, or None where that is not the flow's.

    It is accepted if it interpolates and the Jacobian changes so little on the way that w is known to the
    tolerance. (That w itself moves linearly is not enough: at u = v the map u**2 - v**2 does so exactly. Nor is a
    Jacobian that turns only where the linear flow stands still: from v = 0 the map a*v moves a by the turn alone.)
    """
    design = problem.design(point)
    if not np.isfinite(design).all():
        return None
    change = np.linalg.lstsq(design, -point.residual, rcond=None)[0].reshape(point.theta.shape)
    limit = problem.at(point.theta + change)
    force = np.linalg.lstsq(design.T, change.ravel(), rcond=None)[0] @ problem.X
    bend = np.abs(limit.slopes - point.slopes)
    missed = np.einsum("qpm,qm->pm", bend, np.abs(force).reshape(limit.w.shape))
    turn = np.einsum("qpm,pm->qm", bend, np.abs(change) + missed)
    turn += np.einsum("qpm,pm->qm", np.abs(point.slopes), missed)
    small = turn.max() <= _floor(problem, limit, goal)
    return limit if small and _solved(problem, limit, goal) else None
