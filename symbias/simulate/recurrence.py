"""An update rule, compiled as it is written and iterated.

The gradient at a point is put in as curvature * point, wherever it stands, and the rest is left to compiled code: no
coefficient is collected and no polynomial formed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import compile_expression
from symbias.errors import InputError
from symbias.models.delay_law import DelayLaw
from symbias.models.update_rule import UpdateRule
from symbias.sim import recurrence
from symbias.simulate.checks import as_finite, check_count
from symbias.simulate.delays import delays, draws
from symbias.sym.symbols import real

Run = Callable[[np.ndarray, float, int, int, bool], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Recurrence:
    """A recurrence for theta as a function, for rules that nothing else here knows.

    Parameters
    ----------
    next_value : callable
        ``next_value(past, step, curvature, t)`` -> theta(t+1), an array with one entry per mode; ``past[k]`` is
        theta(t-k), the gradient at a point is ``curvature * point``.
    reach : int
        How many iterates it looks at: ``past[0]`` to ``past[reach - 1]``.

    Examples
    --------
    >>> rule = Recurrence(lambda past, step, curvature, t: past[0] - step * curvature * past[1], 2)
    >>> runner(rule, np.ones(1), None, {})(np.array([0.5]), 1.0, 3, 1, True)[0]
    array([[ 1.  ,  0.5 ,  0.  , -0.25]])
    """

    next_value: Callable[[np.ndarray, float, np.ndarray, int], np.ndarray]
    reach: int

    def __post_init__(self) -> None:
        check_count("reach", self.reach)
        if not callable(self.next_value):
            raise InputError(
                f"{self.next_value!r} is no function.",
                remedy="Give next_value(past, step, curvature, t).",
            )


def runner(
    rule: UpdateRule | Recurrence, start: np.ndarray, rng: Any, parameters: dict[str, float]
) -> Run:
    """Return a function that iterates a rule on modes.

    Parameters
    ----------
    rule : UpdateRule or Recurrence
        The rule.
    start : numpy.ndarray, shape (m,), (1,) or ()
        theta at time zero and before.
    rng : int, numpy.random.Generator or None
        Source of random delays.
    parameters : dict of str to float
        Values of its symbolic parameters; the step is not among them.

    Returns
    -------
    callable
        ``run(curvature, step, steps, stride, keep)`` -> theta of shape (m, steps + 1), empty if it is not kept, and the
        logarithms of its size.

    Raises
    ------
    InputError
        If a parameter is missing or unknown, a lag no integer, or the delay has infinitely many values.

    Examples
    --------
    >>> run = runner(UpdateRule.gradient_descent(), np.ones(1), None, {})
    >>> run(np.array([0.5]), 1.0, 2, 1, True)[0]
    array([[1.  , 0.5 , 0.25]])
    """
    if isinstance(rule, Recurrence):
        return _function_runner(rule, start, rng, parameters)
    values = _values(rule, parameters)
    delay = _delay(rule, values)
    line, lags, late = _line(rule, values)
    curvature = real("mode_curvature")
    free = sorted(values, key=str)
    iterates = [symbol for symbol, _, _ in lags]
    kernel = compile_expression(
        line(curvature), [*iterates, *free, curvature, rule.step, rule.recurrence.t]
    )
    reach = np.array([lag for _, lag, _ in lags], dtype=np.int64)
    generator = draws(isinstance(delay, dict), rng)

    def run(
        curvatures: np.ndarray, step: float, steps: int, stride: int, keep: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        rows: list[Any] = [*(values[s] for s in free), curvatures, step]
        constants = np.array([np.broadcast_to(row, curvatures.shape) for row in rows])
        drawn = delays(delay, steps, generator)
        starts = np.broadcast_to(start, curvatures.shape)
        return recurrence.iterate(
            kernel.loop, reach, late, constants, drawn, starts, steps, stride, keep
        )

    return run


def _function_runner(
    rule: Recurrence, start: np.ndarray, rng: Any, parameters: dict[str, float]
) -> Run:
    draws(False, rng)
    if parameters:
        raise InputError(
            f"A function has no parameters {sorted(parameters)}.",
            remedy="Let it enclose their values.",
        )

    def run(
        curvatures: np.ndarray, step: float, steps: int, stride: int, keep: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        starts = np.broadcast_to(start, curvatures.shape)
        return recurrence.iterate_function(
            rule.next_value, int(rule.reach), curvatures, step, starts, steps, stride, keep
        )

    return run


def _values(rule: UpdateRule, parameters: dict[str, float]) -> dict[sp.Symbol, float]:
    wanted = {s.name: s for s in rule.parameters if s != rule.step}
    if set(wanted) != set(parameters):
        raise InputError(
            f"The rule has the parameters {sorted(wanted)}, values were given for {sorted(parameters)}.",
            remedy="Give one number for each, by name.",
        )
    return {wanted[name]: float(as_finite(name, value, (0,))) for name, value in parameters.items()}


def _delay(rule: UpdateRule, values: dict[sp.Symbol, float]) -> int | dict[int, float]:
    law = rule.delay
    if not isinstance(law, DelayLaw):
        return _integer(law, values)
    if law.probabilities is None:
        raise InputError(
            "The delay has infinitely many values.",
            remedy="Give a law with finitely many, such as {0: 0.5, 1: 0.5}, to simulate.",
        )
    return {k: float(chance.subs(values)) for k, chance in law.probabilities}


def _line(
    rule: UpdateRule, values: dict[sp.Symbol, float]
) -> tuple[Callable[[sp.Symbol], sp.Expr], list[tuple[sp.Symbol, int, bool]], np.ndarray]:
    """Return theta(t+1) as a function of the curvature, and its arguments: symbol, lag, whether in a gradient."""
    r = rule.recurrence
    found: dict[tuple[int, bool], sp.Symbol] = {}

    def iterate(time: sp.Expr, late: bool) -> sp.Symbol:
        key = (_integer(sp.expand(r.t - time), values), late)
        return found.setdefault(key, real(f"iterate_{key[0]}{'_late' * late}"))

    factor = real("mode_factor")
    in_gradients = r.next_value.replace(
        r.grad, lambda point: factor * point.replace(r.theta, lambda time: iterate(time, True))
    )
    whole = in_gradients.replace(r.theta, lambda time: iterate(time, False))
    lags = [(symbol, lag, late) for (lag, late), symbol in found.items()]
    late = np.array([late for _, _, late in lags], dtype=np.int64)
    return (
        lambda curvature: whole.subs(factor, rule.scale * (curvature + rule.decay)),
        lags,
        late,
    )


def _integer(value: sp.Expr, values: dict[sp.Symbol, float]) -> int:
    number = sp.sympify(value).subs(values)
    if not number.is_number or float(number) != int(number) or number < 0:
        raise InputError(
            f"The lag or delay {value} is {number}, no integer >= 0.",
            remedy="Give an integer as the value of its parameter.",
        )
    return int(number)
