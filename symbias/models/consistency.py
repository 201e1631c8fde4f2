"""What a typed recurrence must satisfy: it rests where the gradient vanishes, up to weight decay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.core.function import UndefinedFunction

from symbias.errors import DomainError, InputError
from symbias.models.exact import exact
from symbias.models.mode import make_mode
from symbias.models.recurrence import Recurrence, phases
from symbias.sym.symbols import dummy


def as_recurrence(next_value: Any, theta: Any, grad: Any, t: Any, step: Any) -> Recurrence:
    """Return the recurrence that a user typed, checked as far as types go.

    Parameters
    ----------
    next_value : sympy.Expr
        theta(t+1).
    theta, grad : sympy.FunctionClass
        Undefined functions.
    t, step : sympy.Symbol
        Time and step size.

    Returns
    -------
    Recurrence
        With exact numbers.

    Raises
    ------
    InputError
        If an argument has the wrong type.
    DomainError
        If the rule contains no gradient, or complex numbers.

    Examples
    --------
    >>> as_recurrence(1, "theta", "grad", "t", "step")
    Traceback (most recent call last):
        ...
    symbias.errors.InputError: theta is 'theta'...
    """
    for name, function in (("theta", theta), ("grad", grad)):
        if not isinstance(function, UndefinedFunction):
            raise InputError(f"{name} is {function!r}.", remedy=f'Pass sympy.Function("{name}").')
    for name, symbol in (("t", t), ("step", step)):
        if not isinstance(symbol, sp.Symbol) or not symbol.is_commutative:
            raise InputError(
                f"{name} is {symbol!r}.", remedy="Pass the SymPy symbol used in the rule."
            )
    line = exact(next_value, "next_value")
    if line.has(sp.I):
        raise DomainError(
            "The rule has complex coefficients.",
            remedy="Write real and imaginary parts as separate rules; iterates are real here.",
        )
    if not line.atoms(grad):
        raise DomainError(
            "The rule contains no gradient.",
            remedy=f"Write it with {grad}({theta}({t})) and the step.",
        )
    return Recurrence(line, theta, grad, t, step)


def without_decay(rule: Recurrence) -> tuple[Recurrence, sp.Expr]:
    """Split coupled weight decay off a recurrence.

    Parameters
    ----------
    rule : Recurrence
        As typed.

    Returns
    -------
    Recurrence
        The rule without decay, which rests wherever the gradient vanishes.
    sympy.Expr
        The decay: the rule is the first one with grad(point) + decay * point in place of grad(point).

    Raises
    ------
    DomainError
        If it does not rest where the gradient vanishes, and no coupled weight decay explains that.

    Notes
    -----
    Derived here: decay replaces x by x + step * decay, so p(1; x) = 0 at x = -step * decay.

    Examples
    --------
    >>> theta, grad = sp.Function("theta"), sp.Function("grad")
    >>> t, step = sp.symbols("t step")
    >>> line = theta(t) - step * (grad(theta(t)) + theta(t) / 10)
    >>> without_decay(Recurrence(line, theta, grad, t, step))[1]
    1/10
    """
    x = dummy("x", positive=True)
    mode = make_mode(phases(rule, x), x)
    at_rest = {mode.z: sp.S.One} | {zeta: sp.S.One for _, zeta in mode.powers}
    whole = sp.expand(mode.dynamics + mode.gradient)
    if sp.expand(mode.dynamics.subs(at_rest)) == 0 and not whole.has(rule.step):
        return rule, sp.S.Zero
    decay = _decay(mode, at_rest, rule.step)
    if decay is not None:
        plain = _remove(rule, decay)
        again = make_mode(phases(plain, x), x)
        rests = {again.z: sp.S.One} | {zeta: sp.S.One for _, zeta in again.powers}
        if sp.expand(again.dynamics.subs(rests)) == 0 and not (again.dynamics + again.gradient).has(
            rule.step
        ):
            return plain, decay
    raise DomainError(
        "The rule moves where the gradient vanishes (its polynomial is not 0 at z = 1, x = 0), or a gradient is not "
        "multiplied by the step.",
        cause="The coefficients of the iterates do not sum to one, beyond what coupled weight decay explains.",
        remedy="Let the coefficients of theta(...) sum to one, and write step * grad(...); weight decay as "
        "step * (grad(point) + decay * point).",
    )


def _decay(mode: Any, at_rest: dict[Any, Any], step: sp.Symbol) -> sp.Expr | None:
    """Return the c with p(1; -step * c) = 0, when the rule has degree one in x."""
    if mode.degree != 1 or mode.period != 1:
        return None
    slope = sp.expand(mode.gradient.subs(at_rest)).coeff(mode.x)
    found = sp.cancel(mode.dynamics.subs(at_rest) / slope / step) if slope != 0 else None
    return None if found is None or found.has(step) or found.is_negative else found


def _remove(rule: Recurrence, decay: sp.Expr) -> Recurrence:
    """Return the rule whose gradient is smaller by decay * point."""
    line = rule.next_value.replace(
        lambda part: isinstance(part, rule.grad),
        lambda part: rule.grad(part.args[0]) - decay * part.args[0],
    )
    return replace(rule, next_value=sp.expand(line))
