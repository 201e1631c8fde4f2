"""The registered thresholds: momentum in its two classical forms, and plain delay."""

from __future__ import annotations

from functools import cache

from symbias.models.update_rule import UpdateRule
from symbias.stability.threshold import threshold
from symbias.sym.symbols import real
from symbias.verdicts.result import Result


def _result(name: str, rule: UpdateRule, cites: tuple[str, ...]) -> Result:
    found = threshold(rule)
    return Result(name, found.formula, found.claims, cites)


@cache
def heavy_ball_threshold() -> Result:
    """Return the threshold of heavy-ball momentum as a function of beta.

    Returns
    -------
    Result
        With ``.formula`` for step * curvature.

    Examples
    --------
    >>> heavy_ball_threshold().formula.rhs
    2*(beta + 1)
    """
    return _result("heavy_ball_threshold", UpdateRule.heavy_ball(real("beta")), ("polyak1964",))


@cache
def nesterov_threshold() -> Result:
    """Return the threshold of Nesterov's momentum as a function of beta; two pieces meet at beta = -1/3.

    Returns
    -------
    Result
        With ``.formula`` for step * curvature.

    Examples
    --------
    >>> nesterov_threshold().formula.evalf(beta=0.5)
    mpf('1.5')
    """
    return _result("nesterov_threshold", UpdateRule.nesterov(real("beta")), ("cohen2021",))


@cache
def delayed_threshold() -> Result:
    """Return the threshold of gradient descent as a function of the delay of its gradients.

    Returns
    -------
    Result
        With ``.formula`` for step * curvature.

    Examples
    --------
    >>> delayed_threshold().formula.rhs
    2*sin(pi/(4*tau + 2))
    """
    rule = UpdateRule.gradient_descent().delayed(real("tau"))
    return _result("delayed_threshold", rule, ("giladi2020",))
