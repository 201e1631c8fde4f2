"""A mode whose gradient is random: what the mean does, and through which filters the randomness enters.

With x = scale * step * (curvature + decay) and a delay tau(t) of generating function g the mode obeys
sum_k A_k theta(t - k) = -x(t) y(t - tau(t)), where y is theta filtered by B. Its mean has p = A + x B g(1/z). With
g(1/z) = late / denominator and everything multiplied by the denominator, p = free + x * driven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.errors import DomainError, InputError, near
from symbias.models.delay_law import DelayLaw
from symbias.models.exact import exact
from symbias.models.update_rule import UpdateRule
from symbias.sym.symbols import dummy

Z = dummy("z")
"""The multiplier in every `NoisyMode`."""


@dataclass(frozen=True)
class NoisyMode:
    """The filters of a mode with a random gradient, in `Z`.

    Parameters
    ----------
    free, driven : sympy.Expr
        p = free + x * driven, polynomials in `Z` when the delay law has a rational generating function.
    injected : sympy.Expr
        Unit noise in the gradient gives y = -(injected / p) noise, without the delay, which does not change norms.

    Examples
    --------
    >>> import symbias as sb
    >>> noisy_mode(sb.UpdateRule.gradient_descent().delayed(2), {})
    NoisyMode(free=_z**2*(_z - 1), driven=1, injected=_z**2)
    """

    free: sp.Expr
    driven: sp.Expr
    injected: sp.Expr

    @property
    def is_rational(self) -> bool:
        """Whether all three are polynomials in `Z`."""
        return all(part.is_polynomial(Z) for part in (self.free, self.driven, self.injected))


def noisy_mode(rule: UpdateRule, parameters: Mapping[str, Any]) -> NoisyMode:
    """Return the filters of a rule's mode, with values for some of its parameters.

    Parameters
    ----------
    rule : UpdateRule
        Neither nested nor periodic; damping and weight decay are left to x.
    parameters : mapping
        Name of a parameter -> number. A symbolic delay needs one.

    Returns
    -------
    NoisyMode
        Its filters.

    Raises
    ------
    DomainError
        If the rule nests gradients or cycles, or a delay is left symbolic.
    InputError
        If a parameter is unknown, or its value out of range.

    Notes
    -----
    Derived here.

    Examples
    --------
    >>> import symbias as sb
    >>> noisy_mode(sb.UpdateRule.heavy_ball(0.5), {}).driven
    _z
    """
    if rule.nests:
        raise DomainError(
            f"The noise of {rule.name} is not followed.",
            cause="A random curvature enters it as a polynomial, not linearly: it nests gradients, or cycles.",
            remedy="Use a rule that evaluates each gradient at a combination of past iterates.",
        )
    values = parameter_values(rule, parameters)
    mode = rule.mode
    free, driven = (
        mode.written(part, Z, sp.S.One).subs(values) for part in (mode.dynamics, mode.gradient)
    )
    late, denominator = _delay(rule, values)
    found = NoisyMode(free * denominator, driven * late, driven * denominator)
    exponents = {power.exp for part in (free, driven, denominator) for power in part.atoms(sp.Pow)}
    symbols = {s for exponent in exponents for s in exponent.free_symbols}
    if symbols and not isinstance(rule.delay, DelayLaw):
        names = ", ".join(sorted(map(str, symbols)))
        raise DomainError(
            f"The noise of {rule.name} needs a number for its delay.",
            cause=f"The size of its state depends on {names}.",
            remedy=f"Pass values by name: {names}=3.",
        )
    return found


def parameter_values(rule: UpdateRule, parameters: Mapping[str, Any]) -> dict[sp.Symbol, sp.Expr]:
    """Return the values of a rule's symbols.

    Parameters
    ----------
    rule : UpdateRule
        The rule.
    parameters : mapping
        Name of a parameter -> number.

    Returns
    -------
    dict
        Symbol -> exact value.

    Raises
    ------
    InputError
        If a name is unknown, or a value outside the rule's range.

    Examples
    --------
    >>> import symbias as sb
    >>> parameter_values(sb.UpdateRule.heavy_ball(sp.Symbol("beta")), {"beta": 0.5})
    {beta: 1/2}
    """
    known = {str(s): s for s in rule.parameters if s != rule.step}
    values = {}
    for name, value in parameters.items():
        if name not in known:
            raise InputError(
                f"{rule.name} has no parameter {name!r}.",
                remedy=near(name, known) if known else "It has none; leave it out.",
            )
        values[known[name]] = exact(value, name)
    delays = rule.mode.powers + (() if isinstance(rule.delay, DelayLaw) else ((rule.delay, None),))
    for delay, _ in delays:
        number = delay.subs(values)
        if number.is_number and not (number.is_integer and number >= 0):
            raise InputError(
                f"The delay is {number}.", remedy="Give an integer that is at least 0."
            )
    law = rule.delay if isinstance(rule.delay, DelayLaw) else None
    for condition in (*rule.assumptions, *(law.conditions if law is not None else ())):
        if condition.subs(values) == sp.false:
            raise InputError(
                f"{rule.name} needs {condition}.",
                cause=f"The values are {values}.",
                remedy="Choose the parameters inside their ranges.",
            )
    return values


def _delay(rule: UpdateRule, values: dict[sp.Symbol, sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
    """Numerator and denominator of g(1/z)."""
    law = rule.delay
    if not isinstance(law, DelayLaw):
        return sp.S.One, Z ** law.subs(values)
    if law.probabilities is not None:
        longest = law.probabilities[-1][0]
        chances = [(k, chance.subs(values)) for k, chance in law.probabilities]
        return sp.Add(*(chance * Z ** (longest - k) for k, chance in chances)), Z**longest
    late, denominator = sp.fraction(sp.together(law.generating(1 / Z).subs(values)))
    if late.is_polynomial(Z) and denominator.is_polynomial(Z):
        late, denominator = sp.fraction(sp.cancel(late / denominator))
        return late, denominator
    return law.generating(1 / Z).subs(values), sp.S.One
