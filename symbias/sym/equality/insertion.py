"""Equations that define a symbol, inserted: less is left to prove, and points need not be sought on a variety."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from symbias.sym.equality.problem import Problem


def inserted(problem: Problem) -> Problem | None:
    """Return the problem without the symbols that equations define.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Problem or None
        With what was known of the signs of these symbols as conditions; None if no equation defines one.

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
    return None if done is problem or sp.false in done.conditions else done


def _sign(symbol: Any, value: Any) -> tuple[Any, ...]:
    """Return what the assumptions about a symbol say about its value."""
    signs = {"positive": sp.Gt, "negative": sp.Lt, "nonnegative": sp.Ge, "nonpositive": sp.Le}
    found = (
        relation(value, 0) for name, relation in signs.items() if getattr(symbol, f"is_{name}")
    )
    return tuple(c for c in found if c is not sp.true)
