"""The mean-square threshold of a rule as a derivation, for rules whose threshold is a rational function."""

from __future__ import annotations

import sympy as sp

from symbias.contracts import checked
from symbias.errors import DomainError
from symbias.models.update_rule import UpdateRule
from symbias.stability.noise_gain import RATIO, X, filters, gain_equations, small_gain
from symbias.stability.noisy_mode import Z, noisy_mode
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.rewrite import rational
from symbias.sym.symbols import positive, real


@checked
def derived_mean_square_threshold(rule: UpdateRule) -> Formula:
    """Derive the mean-square threshold of a rule for a curvature of mean a and variance v.

    Parameters
    ----------
    rule : UpdateRule
        Without weight decay; gradient descent, heavy ball and others whose gain is one at a single step.

    Returns
    -------
    Formula
        eta(a, v, ...) == the largest stable step; its derivation holds the noise gain as another formula.

    Raises
    ------
    DomainError
        If the rule decays weights, or the equation for the step is not linear.

    Notes
    -----
    Derived here. That the second moment is bounded exactly while the gain is at most one is the renewal argument in
    `small_gain`; the steps check the gain and the solution.

    Examples
    --------
    >>> import symbias as sb
    >>> derived_mean_square_threshold(sb.UpdateRule.gradient_descent()).rhs
    2*a/(a**2 + v)
    """
    mode = noisy_mode(rule, {})
    free, driven, seen, _ = filters(mode)
    top, bottom = small_gain(mode)
    balance = sp.cancel(top / bottom - 1)
    numerator = sp.Poly(sp.fraction(balance)[0], X)
    if rule.decay != 0 or numerator.degree() != 1:
        raise DomainError(
            f"The mean-square threshold of {rule.name} is not the root of a linear equation.",
            remedy="Use rule.mean_square_threshold(...), which gives its value.",
        )
    a, v, eta = positive("a v eta")
    p = free + X * driven
    unknowns = tuple(real(f"q{k}") for k in range(int(sp.degree(p, Z)) + 1))
    weight = RATIO * seen * seen.subs(Z, 1 / Z)
    derivation = Derivation(f"The mean-square threshold of {rule.name}", rule.assumptions)
    derivation.start(
        2 * X**2 * unknowns[-1] / sp.Poly(p, Z).LC(),
        "$x^2 r$ times the sum of the squared responses of a mode to its own noise, the mean of $|B/p|^2$ over the "
        "circle, with $|B/p|^2 r = Q(z)/p(z) + Q(1/z)/p(1/z)$",
    )
    equations = [sp.Eq(e, 0) for e in gain_equations(p, weight, unknowns)]
    derivation.rewrite(rational(top / bottom), "the equations for Q", given=equations)
    derivation.conclude(sp.Function("G")(X, RATIO, *rule.parameters), "noise gain")
    at_step = {X: rule.scale * eta * a, RATIO: v / a**2}
    cleared = sp.fraction(rational(numerator.as_expr().subs(at_step)))[0]
    condition = sp.Eq(sp.expand(cleared), 0)
    slope, constant = numerator.all_coeffs()
    threshold = rational((-constant / slope).subs(RATIO, v / a**2) / (rule.scale * a))
    derivation.start(
        eta, r"the step $\eta$ at which the gain is one, with $x = \eta a$ and $r = v/a^2$"
    )
    derivation.rewrite(
        threshold, "the numerator of gain - 1 is linear in the step", given=[condition]
    )
    name = sp.Function("eta")(a, v, *rule.parameters)
    return derivation.conclude(name, f"mean-square threshold of {rule.name}")
