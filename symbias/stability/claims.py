"""What is claimed of a threshold: simulated iterates decay below it and grow above it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import mpmath
import sympy as sp

from symbias import simulate
from symbias.errors import ConvergenceError
from symbias.models.delay_law import DelayLaw
from symbias.models.update_rule import UpdateRule
from symbias.simulate.sweeping import sweep
from symbias.stability.pencil import pencil
from symbias.stability.ranges import sample_points
from symbias.sym.symbols import dummy
from symbias.verdicts.claim import Claim, claim

POINTS = 3
"""Values of the parameters at which a threshold is compared with a simulation."""

TOLERANCE = 1e-5
"""Relative; the growth of a mode is measured over a finite run."""

STEPS = 40_000

LONGEST = 48
"""An infinite delay law is cut off here in the simulation."""

TAIL = 1e-10
"""The mass that may be cut off."""


def threshold_claim(threshold: Any) -> Claim:
    """Return the claim that simulated modes cease to decay at the threshold.

    Parameters
    ----------
    threshold : Threshold
        What is claimed.

    Returns
    -------
    Claim
        The simulation iterates the recurrence and knows no characteristic polynomial.

    Examples
    --------
    >>> import symbias as sb
    >>> threshold_claim(sb.UpdateRule.gradient_descent().threshold()).run().holds
    True
    """
    rule = threshold.rule

    @claim(
        f"modes of a quadratic loss under {rule.name} cease to decay at the threshold",
        tolerance=TOLERANCE,
        of=threshold.formula,
    )
    def decays_below(rng: Any) -> Any:  # noqa: ARG001 - nothing is drawn
        points = _points(rule)
        predicted = [_predicted(threshold, point) for point in points]
        pairs = list(zip(points, predicted, strict=True))
        return predicted, sweep(partial(_measured, rule), pairs, workers=1)

    return decays_below


def _measured(rule: UpdateRule, pair: tuple[dict[sp.Symbol, sp.Expr], float]) -> float:
    point, expected = pair
    found, _ = simulate.measured_threshold(
        _mean(rule, point),
        upto=4 * expected,
        steps=STEPS,
        step=float(point.get(rule.step, 1)),
        **{s.name: float(v) for s, v in point.items() if s != rule.step and _kept(rule, s)},
    )
    return found


def _points(rule: UpdateRule) -> list[dict[sp.Symbol, sp.Expr]]:
    here = pencil(rule)
    points = sample_points(here.parameters, here.delays, here.conditions, 2 * POINTS) or [{}]
    law = rule.delay
    if isinstance(law, DelayLaw) and law.probabilities is None:
        points = [point for point in points if abs(1 - sum(_chances(law, point).values())) < TAIL]
    if not points:
        raise ConvergenceError(
            f"Delays of {rule.name} are too long to simulate.",
            cause=f"More than {TAIL} of their mass lies beyond {LONGEST} steps.",
            remedy="Verify a law with shorter delays.",
        )
    return points[:POINTS]


def _predicted(threshold: Any, point: dict[sp.Symbol, sp.Expr]) -> float:
    if threshold.closed_form is None:
        return float(threshold.value(15, point))
    formula = threshold.formula
    return float(formula.compile()(*(float(point[s]) for s in formula.symbols)))


def _kept(rule: UpdateRule, symbol: sp.Symbol) -> bool:
    """Whether a parameter is still one of the rule of the mean."""
    return not isinstance(rule.delay, DelayLaw) or symbol not in rule.delay.parameters


def _mean(rule: UpdateRule, point: dict[sp.Symbol, sp.Expr]) -> UpdateRule:
    """Return the rule of the mean over random delays: gradients averaged over the law."""
    if not isinstance(rule.delay, DelayLaw):
        return rule
    chances = _chances(rule.delay, point)
    r = rule.recurrence

    def averaged(at: sp.Expr) -> sp.Expr:
        late = (
            chance * r.grad(at.replace(r.theta, lambda time, k=k: r.theta(time - k)))
            for k, chance in chances.items()
        )
        return sp.Add(*late)

    line = r.next_value.replace(r.grad, averaged)
    return replace(rule, recurrence=replace(r, next_value=line), delay=sp.S.Zero)


def _chances(law: DelayLaw, point: dict[sp.Symbol, sp.Expr]) -> dict[int, sp.Expr]:
    """Return probabilities; an infinite law is cut off at the longest delay."""
    if law.probabilities is not None:
        return {k: chance.subs(point) for k, chance in law.probabilities}
    s = dummy("s")
    generating = sp.lambdify(s, law.generating(s).subs(point), "mpmath")
    with mpmath.workdps(60):
        chances = mpmath.taylor(generating, 0, LONGEST)
        return {k: sp.Float(str(chance), 20) for k, chance in enumerate(chances) if chance > 1e-16}
