"""Equations that define a symbol, inserted: often nothing is left to prove."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from symbias.sym.equality.problem import Problem

HOW = "the same expression once the given equations are inserted"


def inserted(problem: Problem) -> Problem | None:
    """Return the problem without the symbols that equations define, if both sides are then the same.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Problem or None
        With what was known of the signs of these symbols as conditions; None if the sides differ.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> inserted(Problem(x**2, (y + 1) ** 2, given=(x - y - 1,))).given
    ()
    """
    done = problem
    for equation in problem.given:
        if equation not in done.given:
            continue
        for symbol in sorted(equation.free_symbols, key=problem.symbols.index):
            value = symbol - equation
            if not value.has(symbol):
                rest = replace(done, given=tuple(g for g in done.given if g != equation))
                done = rest.substitute({symbol: value})
                done = replace(done, conditions=(*done.conditions, *_sign(symbol, value)))
                break
    if done is problem or done.lhs != done.rhs or sp.false in done.conditions:
        return None
    return done


def _sign(symbol: Any, value: Any) -> tuple[Any, ...]:
    """Return what the assumptions about a symbol say about its value."""
    signs = {"positive": sp.Gt, "negative": sp.Lt, "nonnegative": sp.Ge, "nonpositive": sp.Le}
    found = (
        relation(value, 0) for name, relation in signs.items() if getattr(symbol, f"is_{name}")
    )
    return tuple(c for c in found if c is not sp.true)
