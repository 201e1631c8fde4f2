"""Finite steps: descent on maps that are quadratic in separated coordinates is a flow from another start.

A step multiplies a coordinate q (measured from the vertex of its parabola) by 1 - x, with x proportional to the
gradient in w. The flow for the same integral of gradients multiplies it by e^-x, so descent is the flow from
q0 prod (1 - x) e^x.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import BudgetError, InputError
from symbias.models.exact import exact
from symbias.models.parametrization import Parametrization
from symbias.regularizers.commuting import Mode, separate
from symbias.simulate.run import Run
from symbias.sym.derivation import Derivation
from symbias.sym.symbols import positive, real
from symbias.verdicts.claim import Claim, claim

TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class Parabola:
    """A coordinate in which the map is quadratic: phi = curvature (q - vertex)^2 / 2 + constant.

    Parameters
    ----------
    mode : Mode
        The coordinate.
    curvature, vertex : sympy.Expr
        Zero and zero for a linear one, whose descent is exact.
    """

    mode: Mode
    curvature: sp.Expr
    vertex: sp.Expr


def finite_step(regularizer: Any, run: Run) -> Any:
    """Return the regularizer of a run of gradient descent.

    Parameters
    ----------
    regularizer : Regularizer
        Of the same map and the same start, given by numbers.
    run : Run
        From `simulate.gradient_descent`, converged.

    Returns
    -------
    Regularizer
        That of the flow from another start, which the gradients of the run determine.

    Raises
    ------
    InputError
        If the run has another map or start, did not converge, or is no gradient descent.
    BudgetError
        If the map is not quadratic in separated coordinates, or the other start leaves the range of doubles.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> init = dict.fromkeys(net.parameters, 0.5)
    >>> X, y = [[1.0, 2.0]], [3.0]
    >>> run = sb.simulate.gradient_descent(net, X, y, init, step=0.05)
    >>> flow = net.regularizer(init)
    >>> miss = lambda r: float(abs(r.minimizer(X, y) - run.w).max())
    >>> miss(flow) > 1e-3, miss(flow.finite_step(run)) < 1e-12
    (True, True)
    """
    net = regularizer.parametrization
    parabolas = _parabolas(net, regularizer.start)
    theta = _same_start(regularizer, run)
    moved = _moved(parabolas, theta, run)
    init = {s: _value(row) for s, row in zip(net.parameters, moved, strict=True)}
    found = net.regularizer(init)
    remarks = ["of descent with finite steps", found.remark]
    if any(np.ndim(value) and not np.all(value) for value in init.values()):
        remarks.append("a step set parameters to zero: formulas hold for the other coordinates")
    return replace(
        found,
        derivation=_derive(parabolas, found),
        remark="; ".join(filter(None, remarks)),
        measured=(_run_claim(found, run),),
        _cache={},
    )


def _value(row: np.ndarray) -> Any:
    return float(row[0]) if row.size == 1 or not row.any() else row


def _parabolas(net: Parametrization, start: Any) -> list[Parabola]:
    exactly = Parametrization([exact(e, f"output {e}") for e in net.outputs], net.parameters)
    modes = separate(exactly, start.point)
    found = []
    for mode in modes or ():
        second = sp.diff(mode.phi, mode.q, 2)
        if second.has(mode.q) or second.free_symbols:
            modes = None
            break
        slope = sp.diff(mode.phi, mode.q).subs(mode.q, 0)
        found.append(Parabola(mode, second, sp.S.Zero if second == 0 else -slope / second))
    if modes is None:
        raise BudgetError(
            "The effect of finite steps is not known for this map.",
            "it is not a sum of squares of orthogonal combinations of the parameters, such as u**2 - v**2 or u*v.",
            "Compare run.w with .minimizer, or measure with simulate.reweighting_defect how far the limit moves.",
        )
    return found


def _same_start(regularizer: Any, run: Run) -> np.ndarray:
    """Return the start of the run, shape (p, m), which must be that of the regularizer."""
    if run.replay is None or run.theta is None:
        raise InputError(
            "The run is not a gradient descent of a parametrization.",
            remedy="Pass what simulate.gradient_descent returned.",
        )
    if not run.converged:
        raise InputError(
            f"The run did not converge: {run.message}.",
            remedy="Take a smaller step, or more steps.",
        )
    start, net = regularizer.start, regularizer.parametrization
    if start.symbolic:
        raise InputError(
            "The initialization contains symbols.",
            remedy="Ask for the regularizer of the initial values of the run.",
        )
    values = {s: start.numbers.get(v, 0.0 if v == 0 else v) for s, v in start.generic.items()}
    names = list(run.theta)
    same = names == list(net.parameters) and _fits(net, values, run)
    if not same:
        raise InputError(
            "The run has another map or another start than the regularizer.",
            remedy="Pass the same parametrization and the same initial values to both.",
        )
    return run.replay.start


def _fits(net: Parametrization, values: Any, run: Run) -> bool:
    replay = run.replay
    if replay is None or run.w is None:
        return False
    theta = net.pack(values, replay.problem.X.shape[1])
    if theta.shape != replay.start.shape or not np.allclose(
        theta, replay.start, rtol=1e-14, atol=0
    ):
        return False
    ours = [net.first_order(*at) for at in (replay.start, replay.end)]
    theirs = [replay.problem.first_order(*at) for at in (replay.start, replay.end)]
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-12)
        for a, b in zip(ours, theirs, strict=True)
    )


def _moved(parabolas: list[Parabola], theta: np.ndarray, run: Run) -> np.ndarray:
    """Return the other start, shape (p, m)."""
    replay: Any = run.replay
    weights = np.array([[float(c) for c in p.mode.weights] for p in parabolas])
    columns = np.array([[float(c) for c in p.mode.column] for p in parabolas])
    rates = replay.step * np.array([float(p.curvature) for p in parabolas])
    growth = np.zeros((len(parabolas), theta.shape[1]))
    wide = columns.shape[1] == 1
    for block in replay.gradients():
        for k, (rate, column) in enumerate(zip(rates, columns, strict=True)):
            x = rate * (column[0] * block if wide else (block @ column)[:, None])
            growth[k] += _log_factors(x).sum(axis=0)
    before = weights @ theta
    vertex = np.array([[float(p.vertex)] for p in parabolas])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        after = vertex + (before - vertex) * np.exp(growth)
    lost = (before != vertex) & (after == vertex) & np.isfinite(growth)
    if lost.any() or not np.isfinite(after).all():
        raise BudgetError(
            "The start of the equivalent flow leaves the range of doubles.",
            f"logarithms of its factors reach {np.abs(growth[np.isfinite(growth)]).max():.0f}.",
            "Take a smaller step.",
        )
    return np.asarray(theta + weights.T @ (after - before))


def _log_factors(x: np.ndarray) -> np.ndarray:
    """Return log(|1 - x| e^x): minus infinity where a step sets the coordinate to zero."""
    with np.errstate(divide="ignore"):
        return np.where(x < 1, np.log1p(-np.minimum(x, 1)), np.log(np.maximum(x - 1, 0))) + x


def _derive(parabolas: list[Parabola], found: Any) -> Derivation:
    q, start = real("q q_0")
    gradient, tau, step = real("G"), real("tau"), positive("gamma")
    derivation = Derivation("What gradient descent with finite steps minimises", cites=["even2023"])
    for p in {(p.curvature, p.vertex): p for p in parabolas}.values():
        phi = p.mode.phi.subs(p.mode.q, q)
        derivation.start(
            q - step * gradient * sp.diff(phi, q),
            f"a step in the coordinate with value {phi}, G the derivative of the loss in it",
        )
        if p.curvature == 0:
            derivation.rewrite(q - step * gradient * p.mode.phi.diff(p.mode.q), "as the flow does")
            continue
        _parabola_lines(derivation, p, (q, start, gradient, tau, step))
    for name in ("trajectory", "conjugate", "gradient", "potential"):
        formula = found.formulas.get(name)
        if formula is not None and not isinstance(formula.rhs, sp.MatrixBase):
            derivation.use(formula)
    return derivation


def _parabola_lines(derivation: Derivation, p: Parabola, symbols: Any) -> None:
    q, start, gradient, tau, step = symbols
    x = real("x")
    given = sp.Eq(x, p.curvature * step * gradient)
    derivation.rewrite(
        p.vertex + (q - p.vertex) * (1 - x),
        "the distance from the vertex is multiplied",
        given=given,
    )
    along = p.vertex + (start - p.vertex) * sp.exp(p.curvature * tau)
    derivation.start(
        sp.diff(along, tau), "velocity of the flow from q_0, tau minus the integral of G"
    )
    derivation.rewrite(sp.diff(p.mode.phi, p.mode.q).subs(p.mode.q, along), "the slope there")
    derivation.start(
        p.vertex + (along - p.vertex) * (1 - x), "a step, from where that flow has arrived"
    )
    moved = p.vertex + (start - p.vertex) * (1 - x) * sp.exp(x)
    derivation.rewrite(
        along.subs({start: moved, tau: tau - step * gradient}, simultaneous=True),
        "the flow for the time that the step adds, from a start with the further factor (1 - x) e^x: step by step",
        given=given,
    )
    derivation.conclude(sp.Function("q_next")(start, x, tau), "a step as a flow from another start")


def _run_claim(found: Any, run: Run) -> Claim:
    """Return the claim that the run ends at the minimiser."""

    @claim("the limit of gradient descent minimises Q", tolerance=TOLERANCE, of=found.formula)
    def limit() -> Any:
        problem: Any = run.replay.problem if run.replay else None
        reached = np.asarray(run.w)
        scale = np.abs(reached).max() or 1.0
        return found.minimizer(problem.X, problem.y) / scale, reached / scale

    return limit
