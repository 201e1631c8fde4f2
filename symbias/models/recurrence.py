"""From a recurrence for theta to the linear difference equation of one mode of a quadratic loss.

On a mode of curvature c the gradient is grad(theta) = c * theta, so with x = step * curvature every recurrence that is
linear in the gradient becomes theta(t+1) = sum_k c_k(x) theta(t - k). Periodic coefficients give one such equation for
each phase of the period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.errors import DomainError, InputError
from symbias.sym.symbols import dummy, integer

LONGEST_PERIOD = 12
"""Periods of the coefficients up to this length are recognised."""


@dataclass(frozen=True)
class Recurrence:
    """A rule as written: theta(t+1) in terms of the past.

    Parameters
    ----------
    next_value : sympy.Expr
        theta(t+1).
    theta, grad : sympy.FunctionClass
        The iterate and the gradient, as in ``theta(t - 1)``, ``grad(theta(t))``.
    t, step : sympy.Symbol
        The time and the step size.

    Examples
    --------
    >>> f = sp.Function("theta"), sp.Function("grad")
    >>> t, step = sp.symbols("t step")
    >>> Recurrence(f[0](t) - step * f[1](f[0](t)), *f, t, step).next_value
    -step*grad(theta(t)) + theta(t)
    """

    next_value: sp.Expr
    theta: Any
    grad: Any
    t: sp.Symbol
    step: sp.Symbol


@dataclass(frozen=True)
class Phase:
    """One phase of a mode: theta(t+1) = sum of coefficient * theta(t - lag).

    Parameters
    ----------
    coefficients : tuple of (sympy.Expr, sympy.Expr)
        Lag and coefficient; the coefficient is a polynomial in ``x``.

    Examples
    --------
    >>> Phase(((sp.S.Zero, sp.S.One),)).lags
    (0,)
    """

    coefficients: tuple[tuple[sp.Expr, sp.Expr], ...]

    @property
    def lags(self) -> tuple[sp.Expr, ...]:
        """How far back the terms reach."""
        return tuple(lag for lag, _ in self.coefficients)


def phases(rule: Recurrence, x: sp.Symbol) -> tuple[Phase, ...]:
    """Return the linear difference equation of a mode, one entry for each phase of the period.

    Parameters
    ----------
    rule : Recurrence
        The rule.
    x : sympy.Symbol
        Stands for step * curvature.

    Returns
    -------
    tuple of Phase
        One entry for constant coefficients.

    Raises
    ------
    InputError
        If the rule looks ahead, or its coefficients are not periodic.
    DomainError
        If the rule is not linear in iterates and gradients.

    Notes
    -----
    Derived here.

    Examples
    --------
    >>> theta, grad = sp.Function("theta"), sp.Function("grad")
    >>> t, step, x = sp.symbols("t step x")
    >>> descent = Recurrence(theta(t) - step * grad(theta(t)), theta, grad, t, step)
    >>> phases(descent, x)
    (Phase(coefficients=((0, 1 - x),)),)
    """
    line = _replace_gradients(rule, x)
    past = sorted(line.atoms(rule.theta), key=sp.default_sort_key)
    lags = [_lag(rule, value) for value in past]
    stand_ins = [dummy(f"past{i}") for i in range(len(past))]
    line = line.xreplace(dict(zip(past, stand_ins, strict=True)))
    coefficients = _coefficients(line, stand_ins)
    return tuple(
        Phase(tuple((lag, c) for lag, c in _merge(lags, row, x) if c != 0))
        for row in _periodic(coefficients, rule.t)
    )


def _replace_gradients(rule: Recurrence, x: sp.Symbol) -> sp.Expr:
    if rule.next_value.atoms(sp.Derivative, sp.Integral):
        raise DomainError(
            "The rule contains derivatives or integrals.",
            remedy="Write it with theta(t - k) and grad(...) alone.",
        )
    on_mode: dict[sp.Expr, sp.Expr] = {}
    for call in gradients(rule.next_value, rule.grad):
        if len(call.args) != 1:
            raise InputError(f"{call} has {len(call.args)} arguments.", remedy="Write grad(point).")
        on_mode[call] = x / rule.step * _collected(call.args[0].xreplace(on_mode), rule)
    return rule.next_value.xreplace(on_mode)


def _collected(point: sp.Expr, rule: Recurrence) -> sp.Expr:
    """Keep nested points short; they double in length with each gradient otherwise."""
    return sp.factor(point) if point.is_polynomial(*point.atoms(rule.theta)) else point


def gradients(line: sp.Expr, grad: Any) -> list[sp.Expr]:
    """Return the gradients in an expression, inner ones before those that contain them.

    Parameters
    ----------
    line : sympy.Expr
        A rule.
    grad : sympy.FunctionClass
        The gradient.

    Returns
    -------
    list of sympy.Expr
        Each once.

    Examples
    --------
    >>> grad, u = sp.Function("grad"), sp.Symbol("u")
    >>> gradients(u - grad(u - grad(u)), grad)
    [grad(u), grad(u - grad(u))]
    """
    found: dict[sp.Expr, None] = {}
    seen: set[sp.Basic] = set()

    def visit(part: sp.Basic) -> None:
        if part not in seen:
            seen.add(part)
            for inner in part.args:
                visit(inner)
            if isinstance(part, grad):
                found[part] = None

    visit(line)
    return list(found)


def _lag(rule: Recurrence, value: Any) -> sp.Expr:
    """How far ``theta(t - lag)`` looks back."""
    if len(value.args) != 1:
        raise InputError(
            f"{value} has {len(value.args)} arguments.", remedy="Write theta(t - lag)."
        )
    lag = sp.expand(rule.t - value.args[0])
    if lag.has(rule.t) or lag.is_integer is False or lag.is_negative:
        raise InputError(
            f"{value} is no earlier iterate of time {rule.t}.",
            remedy=f"Write theta({rule.t} - lag) with an integer lag >= 0.",
        )
    if lag.free_symbols and any(
        sp.degree(lag, s) != 1 for s in lag.free_symbols if lag.is_polynomial(s)
    ):
        raise InputError(f"The lag {lag} is not linear.", remedy="Use lags such as tau + 1.")
    return lag


def _coefficients(line: sp.Expr, past: list[sp.Symbol]) -> list[sp.Expr]:
    line = sp.expand(line)
    found = [sp.expand(sp.diff(line, value)) for value in past]
    rest = _expanded(line - sp.Add(*(c * v for c, v in zip(found, past, strict=True))))
    if rest != 0 or any(c.has(*past) for c in found if past):
        raise DomainError(
            "The rule is not linear in the iterates and gradients.",
            cause=f"What remains after the linear terms, with the past in place: {sp.factor(rest)}."
            if rest != 0
            else "A coefficient depends on the iterates.",
            remedy="Linearise it at the minimum (theta = 0) first; only linear rules have such a threshold.",
        )
    return found


def _expanded(rest: sp.Expr) -> sp.Expr:
    """Expand, also inside the branches of a rule that takes different gradients at different times."""
    rest = sp.expand(rest)
    if not rest.has(sp.Piecewise):
        return rest
    folded = sp.piecewise_fold(rest)
    if not isinstance(folded, sp.Piecewise):
        return sp.expand(folded)
    return sp.Piecewise(*((sp.expand(branch), condition) for branch, condition in folded.args))


def _merge(lags: list[sp.Expr], row: list[sp.Expr], x: sp.Symbol) -> list[tuple[sp.Expr, sp.Expr]]:
    total: dict[sp.Expr, sp.Expr] = {}
    for lag, coefficient in zip(lags, row, strict=True):
        total[lag] = sp.expand(total.get(lag, 0) + coefficient)
    for coefficient in total.values():
        if not coefficient.is_polynomial(x):
            raise DomainError(
                f"The coefficient {coefficient} is no polynomial in x = step * curvature.",
                cause="A gradient is divided by, or its step is missing.",
                remedy="Multiply each gradient by the step once.",
            )
    return list(total.items())


def _periodic(coefficients: list[sp.Expr], t: sp.Symbol) -> list[list[sp.Expr]]:
    """Return the coefficients of each phase; one phase when they do not depend on the time."""
    if not any(c.has(t) for c in coefficients):
        return [coefficients]
    cycle = integer("cycle", nonnegative=True)
    for period in range(2, LONGEST_PERIOD + 1):
        rows = [
            [_at_phase(c, t, period * cycle + phase) for c in coefficients]
            for phase in range(period)
        ]
        if not any(c.has(cycle) for row in rows for c in row):
            return rows
    raise InputError(
        f"The coefficients depend on {t} and do not repeat within {LONGEST_PERIOD} steps.",
        remedy="Use coefficients that are constant or periodic, such as (-1)**t or Piecewise on Mod(t, 3).",
    )


def _at_phase(coefficient: sp.Expr, t: sp.Symbol, time: sp.Expr) -> sp.Expr:
    return sp.expand(sp.powsimp(sp.expand(coefficient.subs(t, time)), force=False))
