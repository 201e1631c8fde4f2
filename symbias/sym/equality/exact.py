"""Proofs of equality: the methods, tried from the cheapest to the dearest, each within its share of the time."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.sym.budget import Clock
from symbias.sym.equality.problem import Problem


def prove(problem: Problem, time: Clock) -> str | None:
    """Return how the equality was proved, or None.

    Parameters
    ----------
    problem : Problem
        The problem.
    time : Clock
        What is left of the budget.

    Returns
    -------
    str or None
        One sentence.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> prove(Problem(x * (x + 1), x**2 + x), Clock(5))
    'rational functions with equal normal forms'
    """
    if problem.lhs == problem.rhs:
        return "the same expression"
    try:
        if time.attempt(lambda: _vanishes_rationally(problem.difference), 0.3):
            return "rational functions with equal normal forms"
    except BudgetError:
        pass
    return None


def _vanishes_rationally(expr: Any) -> bool:
    numerator, _ = sp.fraction(sp.together(expr))
    return sp.expand(numerator) == 0
