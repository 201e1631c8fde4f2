"""The metric M = J J^T of a map, w' = M r, written shortly, and points at which to look at it."""

from __future__ import annotations

import numpy as np
import sympy as sp

from symbias.models.parametrization import Parametrization
from symbias.regularizers.initialization import Initialization
from symbias.regularizers.inverse import sample_values
from symbias.sym.rewrite import rational, trigonometric


def metric(parametrization: Parametrization) -> sp.Matrix:
    """Return M in the parameters.

    Parameters
    ----------
    parametrization : Parametrization
        The map.

    Returns
    -------
    sympy.Matrix
        Shape (outputs, outputs).

    Examples
    --------
    >>> import symbias as sb
    >>> metric(sb.parametrizations.diagonal(2))
    Matrix([[4*u**2 + 4*v**2]])
    """
    jacobian = parametrization.jacobian()
    return (jacobian * jacobian.T).applyfunc(short)


def short(expr: sp.Expr) -> sp.Expr:
    """Cancel, and use sin^2 + cos^2 = 1.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    sympy.Expr
        An equal one.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> short(sp.sin(x) ** 2 + sp.cos(x) ** 2)
    1
    """
    found = trigonometric(rational(expr)) if expr.has(sp.sin, sp.cos) else rational(expr)
    return sp.expand(found) if found.is_polynomial() else found


def somewhere(
    parametrization: Parametrization, start: Initialization, seed: int = 3
) -> dict[sp.Symbol, sp.Expr]:
    """Return a rational point with the signs of the start at which nothing is special.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    start : Initialization
        Its initialization.
    seed : int
        Another one gives another point.

    Returns
    -------
    dict
        A value for every parameter.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.initialization import initialization
    >>> net = sb.parametrizations.diagonal(2)
    >>> u, v = net.parameters
    >>> somewhere(net, initialization(net, {u: 1, v: -1}))[v] < 0
    True
    """
    values = sample_values(parametrization.parameters, np.random.default_rng(seed))
    signs = {s: sp.sign(start.point[s]) for s in parametrization.parameters}
    return {s: abs(x) * signs[s] if signs[s] in {1, -1} else x for s, x in values.items()}


def metric_at(parametrization: Parametrization, point: dict[sp.Symbol, sp.Expr]) -> sp.Matrix:
    """Return M at a point, without a formula for it.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    point : dict
        A value for every parameter.

    Returns
    -------
    sympy.Matrix
        Shape (outputs, outputs).

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> metric_at(net, dict.fromkeys(net.parameters, sp.S(1)))
    Matrix([[8]])
    """
    jacobian = parametrization.jacobian().subs(point, simultaneous=True)
    return jacobian * jacobian.T
