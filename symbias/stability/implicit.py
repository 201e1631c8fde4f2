"""A threshold without a closed form as a function of the parameters of its rule."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import sympy as sp
from mpmath.libmp import prec_to_dps

from symbias.models.update_rule import UpdateRule

_GUARD = 3
"""Digits beyond those asked for."""


class ImplicitThreshold(sp.Function):
    """x_* of one rule, applied to values of its parameters; a number once they all are.

    Examples
    --------
    >>> import symbias as sb
    >>> beta = sp.symbols("beta")
    >>> found = implicit_threshold(sb.UpdateRule.heavy_ball(beta).delayed(3))
    >>> found, found.subs(beta, sp.Rational(1, 2)).evalf(10)
    (x_star_heavy_ball(beta), 0.1992672221)
    """

    is_positive = True
    rule: Any = None
    threshold: Any = None

    def _eval_evalf(self, prec: int) -> Any:
        if not all(value.is_number for value in self.args):
            return None
        values = dict(zip(self.rule.parameters, self.args, strict=True))
        return sp.Float(self.threshold.value(prec_to_dps(prec) + _GUARD, values), precision=prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        values = ", ".join(map(printer.doprint, self.args))
        whole = rf"x_{{*}}^{{\text{{{_kind(self.rule)}}}}}\left({values}\right)"
        return whole if exp is None else rf"\left({whole}\right)^{{{exp}}}"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _applied, (self.rule, self.args)


def implicit_threshold(rule: UpdateRule) -> sp.Expr:
    """Return the threshold of a rule with symbols as a SymPy expression that can be evaluated.

    Parameters
    ----------
    rule : UpdateRule
        With parameters.

    Returns
    -------
    sympy.Expr
        x_* of the parameters. ``.subs`` puts values in their place and ``.evalf(digits)`` gives the number, by
        `Threshold.value`; ``sympy.lambdify`` works on it too.

    Examples
    --------
    >>> import symbias as sb
    >>> tau = sp.symbols("tau")
    >>> found = implicit_threshold(sb.UpdateRule.heavy_ball(0.5).delayed(tau))
    >>> sp.lambdify(tau, found)(3)
    0.1992672
    """
    return _applied(rule, rule.parameters)


def _applied(rule: UpdateRule, values: Any) -> Any:
    return _function(rule)(*values)


@lru_cache(maxsize=256)
def _function(rule: UpdateRule) -> Any:
    threshold = rule.threshold()

    def value(*numbers: Any) -> float:
        return float(threshold.value(17, dict(zip(rule.parameters, numbers, strict=True))))

    content = {
        "rule": rule,
        "threshold": threshold,
        "nargs": len(rule.parameters),
        "_imp_": staticmethod(value),
    }
    name = f"x_star_{re.sub(r'[^a-zA-Z]+', '_', _kind(rule))}"
    return type(name, (ImplicitThreshold,), content)


def _kind(rule: UpdateRule) -> str:
    return re.split(r"[(,]", rule.name)[0].strip()
