"""Named rewritings with a budget: what the package uses instead of `simplify`.

Each pipeline does one documented thing, gives the same result in every process, and returns the original when it
would take too long or make things longer. All of them hold for principal values wherever both forms are defined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from symbias.errors import BudgetError
from symbias.sym.budget import Clock
from symbias.sym.equality.prepare import prepare
from symbias.sym.factoring import factored

Pipeline = Callable[..., Any]

_LARGEST = 3000
_SECONDS = 2.0


def _budgeted(expr: Any, work: Pipeline, seconds: float) -> Any:
    """Return the rewritten expression, or the original when it is too large or takes too long."""
    if sp.count_ops(expr) > _LARGEST:
        return expr
    try:
        return Clock(seconds).attempt(lambda: work(expr))
    except (BudgetError, BasePolynomialError):
        return expr


def rational(expr: Any, *, seconds: float = _SECONDS) -> Any:
    """Bring an expression over a common denominator, cancel, and factor numerator and denominator.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression; what is not rational counts as a generator.
    seconds : float
        The budget; when it is spent the original is returned.

    Returns
    -------
    sympy.Expr
        An equal expression.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> rational(1 / (x - 1) - 2 / (x**2 - 1))
    1/(x + 1)
    """
    return _budgeted(expr, lambda e: factored(sp.cancel(sp.together(e))), seconds)


def radicals(expr: Any, *, seconds: float = _SECONDS) -> Any:
    """Denest square roots, clear them from denominators, and collect.

    Parameters
    ----------
    expr : sympy.Expr
        With roots.
    seconds : float
        The budget; when it is spent the original is returned.

    Returns
    -------
    sympy.Expr
        An equal expression.

    Examples
    --------
    >>> radicals(sp.sqrt(5 + 2 * sp.sqrt(6)) - 1 / (sp.sqrt(3) - sp.sqrt(2)))
    0
    """
    return _budgeted(expr, lambda e: sp.expand(sp.radsimp(sp.sqrtdenest(e))), seconds)


def trigonometric(expr: Any, *, seconds: float = _SECONDS) -> Any:
    """Reduce sines and cosines by their quadratic relation and the addition theorems.

    Parameters
    ----------
    expr : sympy.Expr
        With trigonometric or hyperbolic functions.
    seconds : float
        The budget; when it is spent the original is returned.

    Returns
    -------
    sympy.Expr
        An equal expression.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> trigonometric(2 * sp.sin(x) * sp.cos(x) + sp.sin(x) ** 2 + sp.cos(x) ** 2)
    sin(2*x) + 1
    """
    return _budgeted(expr, sp.trigsimp, seconds)


def exponential(expr: Any, *, seconds: float = _SECONDS) -> Any:
    """Write hyperbolic functions by exponentials, then cancel and combine powers.

    Parameters
    ----------
    expr : sympy.Expr
        With exponentials.
    seconds : float
        The budget; when it is spent the original is returned.

    Returns
    -------
    sympy.Expr
        An equal expression.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> exponential(sp.cosh(x) + sp.sinh(x))
    exp(x)
    """
    return _budgeted(expr, lambda e: sp.powsimp(factored(sp.together(e.rewrite(sp.exp)))), seconds)


def logarithmic(expr: Any, *, seconds: float = _SECONDS) -> Any:
    """Write inverse hyperbolic functions by logarithms and combine logarithms where signs allow it.

    Parameters
    ----------
    expr : sympy.Expr
        With logarithms.
    seconds : float
        The budget; when it is spent the original is returned.

    Returns
    -------
    sympy.Expr
        An equal expression.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x, y = positive("x y")
    >>> logarithmic(sp.log(x) + sp.log(y))
    log(x*y)
    """

    def work(e: Any) -> Any:
        return sp.logcombine(e.rewrite((sp.asinh, sp.acosh, sp.atanh), sp.log))

    return _budgeted(expr, work, seconds)


PIPELINES: dict[str, Pipeline] = {
    "rational": rational,
    "radicals": radicals,
    "trigonometric": trigonometric,
    "exponential": exponential,
    "logarithmic": logarithmic,
}
"""Name -> pipeline, in the order in which `shortest` tries them."""


def shortest(expr: Any, assumptions: Iterable[Any] = (), *, seconds: float = 5.0) -> Any:
    """Return the shortest form that the pipelines find, the original if none is shorter.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.
    assumptions : iterable
        As in `symbias.sym.equality.decide`; they are used and do not show in the result.
    seconds : float
        The budget for all pipelines together.

    Returns
    -------
    sympy.Expr
        An equal expression with the fewest operations.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> shortest(sp.sqrt(x**2) * sp.cosh(x) + x * sp.sinh(x), [x > 0])
    x*exp(x)
    """
    problem = prepare(expr, sp.S.Zero, assumptions, ())
    clock = Clock(seconds)
    best = problem.lhs
    for pipeline in PIPELINES.values():
        if clock.left() <= 0:
            break
        found = pipeline(best, seconds=min(_SECONDS, clock.left()))
        best = min((best, found), key=sp.count_ops)
    plain = best.xreplace(dict(problem.back))
    return plain if sp.count_ops(plain) < sp.count_ops(expr) else expr
