"""Factoring within bounds: the library behind it does not listen to a time limit while it works."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import sympy as sp

_MOST_DEGREE = 200


def factored(expr: Any) -> Any:
    """Return an expression factored, or as it is where it is a polynomial of a high degree.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    sympy.Expr
        The same value.

    Raises
    ------
    sympy.PolynomialError
        If it cannot be read as a polynomial.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> factored(x**2 - 1)
    (x - 1)*(x + 1)
    >>> factored(x**1000 - 1)
    x**1000 - 1
    """
    return sp.factor(expr) if _degree(expr) <= _MOST_DEGREE else expr


def _degree(expr: Any) -> float:
    """Return the degree in the roots that all powers are powers of: 3 for ``exp(x) + exp(x/3)``."""
    exponents = list(_exponents(expr))
    common = math.lcm(*(e.q for e in exponents))
    return max((abs(e.p) * common / e.q for e in exponents), default=1)


def _exponents(expr: Any) -> Iterator[Any]:
    for node in sp.preorder_traversal(expr):
        if isinstance(node, (sp.Pow, sp.exp)):
            for term in sp.Add.make_args(node.as_base_exp()[1]):
                coefficient, _ = term.as_coeff_Mul()
                if coefficient.is_Rational:
                    yield coefficient
