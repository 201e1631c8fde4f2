"""Leading terms in a small parameter, with its logarithms: found here, confirmed in the derivation that uses them."""

from __future__ import annotations

import sympy as sp

from symbias.errors import BudgetError
from symbias.sym.budget import time_limit
from symbias.sym.symbols import dummy

SECONDS = 5.0


def leading(expr: sp.Expr, c: sp.Symbol) -> sp.Expr:
    """Return the leading term as c falls to zero.

    Parameters
    ----------
    expr : sympy.Expr
        A function of c.
    c : sympy.Symbol
        Positive.

    Returns
    -------
    sympy.Expr
        A coefficient times a power of c times a power of log(c).

    Raises
    ------
    BudgetError
        If none was found.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> c, w = positive("c w")
    >>> leading(w * sp.asinh(w / c**2) + 1, c)
    -2*w*log(c)
    """
    odd, back = _odd(expr, c)
    try:
        found = time_limit(SECONDS, lambda: odd.as_leading_term(c))
    except (BudgetError, NotImplementedError, ValueError, TypeError, AttributeError, sp.PoleError):
        found = sp.nan
    if found.has(sp.nan, sp.zoo, sp.oo, sp.O) or found == 0:
        raise BudgetError(
            f"The leading term of {expr} as {c} falls to zero was not found.",
            remedy="Expand the potential by hand, or use .minimizer with a small scale.",
        )
    found = _collected(found.xreplace(back))
    size = dummy("l", positive=True)
    parts = sp.expand(sp.expand_log(found), log=False).subs(sp.log(c), -size)
    if not parts.has(size):
        return found
    top = sp.Poly(parts, size)
    return sp.factor(top.LC()) * (-sp.log(c)) ** top.degree()


def _collected(expr: sp.Expr) -> sp.Expr:
    """Take squares out of roots, and add exponents of equal bases."""
    plain = expr.replace(
        lambda e: isinstance(e, sp.Pow) and not e.exp.is_integer and e.base.is_Add,
        lambda e: sp.factor(e.base) ** e.exp,
    )
    forms = (expr, sp.powsimp(sp.factor(plain)), sp.powsimp(sp.expand(plain)))
    return min(forms, key=sp.count_ops)


def _odd(expr: sp.Expr, c: sp.Symbol) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """Write asinh(a c^k) = sign(a) asinh(|a| c^k), with a symbol for |a|: expansions need signs."""
    back: dict[sp.Symbol, sp.Expr] = {}

    def split(argument: sp.Expr) -> sp.Expr:
        factor, rest = sp.factor(argument).as_independent(c, as_Add=False)
        if factor.is_nonnegative or factor.is_nonpositive or not rest.is_positive:
            return sp.asinh(argument)
        size = dummy("m", positive=True)
        back[size] = sp.Abs(factor)
        return sp.sign(factor) * sp.asinh(size * rest)

    return expr.replace(sp.asinh, split), back
