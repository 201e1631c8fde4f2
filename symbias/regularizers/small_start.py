"""Predictions for initializations so small that dual variables crowd at walls: followed down from a larger scale.

Powers (1 - k tau)^-q have walls at tau = 1/k. With the initialization scaled up the dual solver converges; from there
the scale is lowered step by step, and at every step the primal-dual solver takes the gaps G = 1 - k tau as variables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel, compile_expression
from symbias.errors import ConvergenceError
from symbias.regularizers.branches import walls
from symbias.regularizers.commuting import vanishes
from symbias.regularizers.coordinate_flow import TAU
from symbias.regularizers.mirror import ScalarMirror
from symbias.solvers.dual_newton import independent_rows
from symbias.solvers.primal_dual import Chart, primal_dual
from symbias.sym.symbols import positive

GAP = positive("G")
FACTOR = 30.0
"""By which the scale is lowered at a time."""
NEAR = 0.3
"""Below this gap a coordinate keeps its value when the scale changes, above it keeps its gap."""
LARGEST = 15


@dataclass(frozen=True, eq=False)
class Gaps:
    """The value of one coordinate, and its derivative by time, as functions of the gap to its nearest wall.

    Parameters
    ----------
    mirror : ScalarMirror
        Its closed forms, with placeholders.
    names : tuple of sympy.Symbol
        The placeholders.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(4)
    >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).solution
    >>> Gaps(found.numeric[0], tuple(found.start.numbers)).rates
    [8*u_0**2, -8*v_0**2]
    """

    mirror: ScalarMirror
    names: tuple[sp.Symbol, ...]

    @cached_property
    def rates(self) -> list[sp.Expr]:
        """The rates k of the walls at positive and at negative times; empty if there are none, or curved ones."""
        margins = [c.gts - c.lts for c in walls(self.mirror.value, {TAU: sp.S.Zero})]
        if not margins or any(sp.diff(g, TAU, 2) != 0 for g in margins):
            return []
        found = (sp.cancel(-sp.diff(g, TAU) / g.subs(TAU, 0)) for g in margins)
        return sorted(dict.fromkeys(found), key=lambda k: bool(k.could_extract_minus_sign()))

    @cached_property
    def kernels(self) -> list[Kernel]:
        """For every wall the value, the slope and the rate."""
        value = self.mirror.value
        return [
            compile_expression(
                [_by_gap(value, k), _by_gap(sp.diff(value, TAU), k), k], (GAP, *self.names)
            )
            for k in self.rates
        ]


def _by_gap(expr: sp.Expr, rate: sp.Expr) -> sp.Expr:
    """Write a function of time by the gap to one wall, whose power becomes one of the gap itself."""

    def power(e: sp.Expr) -> sp.Expr:
        first = e.base.subs(TAU, 0)
        if sp.diff(e.base, TAU, 2) == 0 and vanishes(sp.diff(e.base, TAU) + rate * first):
            return first**e.exp * GAP**e.exp
        return e

    inside = expr.replace(lambda e: e.is_Pow and e.base.has(TAU), power)
    return inside.subs(TAU, (1 - GAP) / rate)


class _Scaled:
    """The coordinates at one scale of the initialization, each by the gap to the nearer of its walls."""

    def __init__(self, parts: list[Gaps], numbers: dict[sp.Symbol, Any], up: np.ndarray) -> None:
        self.parts, self.numbers, self.up = parts, numbers, up.copy()

    def sides(self, gaps: np.ndarray) -> np.ndarray:
        """Return value, slope and rate at gaps to the walls of both sides, shape (2, 3, d)."""
        found = np.empty((2, 3, len(gaps)))
        each = (
            [slice(None)] if len(self.parts) == 1 else [slice(n, n + 1) for n in range(len(gaps))]
        )
        for part, place in zip(self.parts, each, strict=True):
            given = [np.broadcast_to(self.numbers[s], gaps[place].shape) for s in part.names]
            rows = [np.asarray(kernel(gaps[place], *given)) for kernel in part.kernels]
            found[0, :, place], found[1, :, place] = rows[0], rows[-1]
        return found

    def __call__(self, gaps: np.ndarray) -> Chart:
        """Return the chart, after a change of walls where the other one is nearer."""
        rates = self.sides(gaps)[:, 2]
        other = np.where(self.up, rates[1], rates[0])
        own = np.where(self.up, rates[0], rates[1])
        turn = (gaps > 1) & (other != own)
        gaps = np.where(turn, 1 - other * (1 - gaps) / own, gaps)
        self.up ^= turn
        value, slope, rate = np.where(self.up, *self.sides(gaps))
        return Chart(gaps, rate, value, slope)


def minimise_from_above(
    mirrors: list[ScalarMirror],
    numbers: dict[sp.Symbol, Any],
    equations: tuple[np.ndarray, np.ndarray],
    dual: Callable[[dict[sp.Symbol, Any]], np.ndarray],
) -> np.ndarray:
    """Return the minimiser of a separable potential for a tiny initialization.

    Parameters
    ----------
    mirrors : list of ScalarMirror
        The coordinates x, with placeholders.
    numbers : dict
        Placeholder -> float or array.
    equations : tuple of numpy.ndarray
        Z, shape (n, d), and y, shape (n,), of Z x = y.
    dual : callable
        Numbers -> the dual variables Z^T nu that the dual solver finds with them.

    Returns
    -------
    numpy.ndarray, shape (d,)
        The coordinates x.

    Raises
    ------
    ConvergenceError
        If the potential has no walls, or the iteration does not converge.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(4)
    >>> net.regularizer(dict.fromkeys(net.parameters, 1e-9)).minimizer([[1.0, 2.0]], [1.0]).round(9)
    array([0. , 0.5])
    """
    parts = [Gaps(m, tuple(numbers)) for m in mirrors]
    if any(m.value is None for m in mirrors) or not all(part.rates for part in parts):
        raise ConvergenceError(
            "The dual variables do not crowd at walls.", "another cause of the failure."
        )
    rows, right = independent_rows(*equations)
    scale = _large_enough(parts, numbers, rows, right)
    eta = dual(_times(numbers, scale))
    nu = np.linalg.lstsq(rows.T, eta, rcond=None)[0]
    state = _Scaled(parts, _times(numbers, scale), eta > 0)
    gaps = 1 - state(np.ones(len(eta))).rates * eta
    while True:
        found = primal_dual(state, gaps, nu, (rows, right))
        if scale <= 1:
            return found.point
        below = max(scale / FACTOR, 1.0)
        lower = _Scaled(parts, _times(numbers, below), state.up)
        before = state(found.gaps)
        nu = found.nu * float(np.median(before.rates / lower(before.gaps).rates))
        gaps, scale, state = _carried(before, lower), below, lower


def _times(numbers: dict[sp.Symbol, Any], scale: float) -> dict[sp.Symbol, Any]:
    return {s: scale * np.asarray(x) for s, x in numbers.items()}


def _large_enough(parts: list[Gaps], numbers: Any, rows: np.ndarray, right: np.ndarray) -> float:
    """Return a scale at which x has the size of the least interpolator halfway to the walls."""
    size = np.abs(np.linalg.lstsq(rows, right, rcond=None)[0]).max()
    half = np.full(rows.shape[1], 0.5)
    for power in range(1, LARGEST):
        scale = 10.0**power
        state = _Scaled(parts, _times(numbers, scale), np.ones(len(half), dtype=bool))
        if np.abs(state(half).point).max() >= size:
            return scale
    return scale


def _carried(before: Chart, lower: _Scaled) -> np.ndarray:
    """Return gaps at the lower scale: at the same values near walls, the same elsewhere."""
    wanted, moved = np.abs(before.point), before.gaps.copy()
    for _ in range(30):
        _, rate, value, slope = lower(moved)
        with np.errstate(all="ignore"):
            step = np.log(np.abs(value) / wanted) * value * rate / (slope * moved)
        moved = np.minimum(moved * np.exp(np.clip(np.nan_to_num(step), -3, 3)), 1.0)
    near = (before.gaps < NEAR) & (moved < before.gaps)
    return np.where(near, moved, before.gaps)
