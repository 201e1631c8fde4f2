"""Common factors of all terms of a sum are taken out: fewer multiplications, no new cancellation."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.codegen.dag import fold


def _factors(term: Any) -> dict[Any, Any]:
    """Return base -> integer exponent for the factors of a term, numbers left out."""
    table: dict[Any, Any] = {}
    for factor in sp.Mul.make_args(term):
        whole = factor.is_Pow and factor.exp.is_Integer
        base, exponent = factor.as_base_exp() if whole else (factor, sp.Integer(1))
        if not base.is_number:
            table[base] = exponent
    return table


def _shared(exponents: list[Any]) -> Any:
    """Return the power that all terms have in common: 0 if one lacks it or the signs differ."""
    if all(e > 0 for e in exponents):
        return min(exponents)
    return max(exponents) if all(e < 0 for e in exponents) else 0


def _factor(total: Any) -> Any:
    """Return a sum with its common factors in front."""
    tables = [_factors(term) for term in total.args]
    powers = {base: _shared([t.get(base, 0) for t in tables]) for base in tables[0]}
    common = sp.Mul(*(base**power for base, power in powers.items() if power))
    if common == 1:
        return total
    return common * sp.Add(*(term / common for term in total.args))


def factor_sums(roots: list[Any]) -> list[Any]:
    """Take common factors out of every sum.

    Parameters
    ----------
    roots : list of sympy.Expr
        In the inert language.

    Returns
    -------
    list of sympy.Expr
        The same values.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> factor_sums([x**2 * y + 2 * x])
    [x*(x*y + 2)]
    """

    def rewrite(node: Any, parts: list[Any]) -> Any:
        new = node.func(*parts) if parts and tuple(parts) != node.args else node
        return _factor(new) if new.is_Add else new

    table = fold(roots, rewrite)
    return [table[root] for root in roots]
