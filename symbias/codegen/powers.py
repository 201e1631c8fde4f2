"""Powers: integer ones stay, half-integer ones share one root, the others go to the C library."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.codegen.dag import fold
from symbias.codegen.operations import op


def power(base: Any, exponent: Any) -> Any:
    """Return a power in the inert language.

    Parameters
    ----------
    base, exponent : sympy.Expr
        In the inert language. A negative base with a fractional exponent is NaN (SymPy's value is
        complex); real cube roots of negative numbers are ``sympy.real_root``.

    Returns
    -------
    sympy.Expr
        In the inert language.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> power(x, sp.Rational(7, 2)), power(x, sp.Rational(-3, 2)), power(x, sp.Rational(1, 3))
    (x**3*sqrt(x), rsqrt(x)**3, power_of(x, 1/3))
    """
    if exponent.is_Float and (2 * exponent).is_integer:
        exponent = sp.Rational(exponent)
    if exponent.is_Integer:
        return base**exponent
    if exponent.is_Rational and exponent.q == 2:
        if exponent.p < 0:
            return op("rsqrt", base) ** -exponent.p
        return base ** ((exponent.p - 1) // 2) * op("sqrt", base)
    return op("power_of" if exponent.is_Rational else "pow", base, exponent)


def share_reciprocals(roots: list[Any]) -> list[Any]:
    """Write ``1/b``, ``1/b**2``, ... as powers of one reciprocal where several of them occur.

    Parameters
    ----------
    roots : list of sympy.Expr
        In the inert language.

    Returns
    -------
    list of sympy.Expr
        The same values with fewer divisions.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> share_reciprocals([1 / x + x**-2])
    [recip(x)**2 + recip(x)]
    """
    exponents: dict[Any, set[Any]] = {}

    def note(node: Any, _parts: list[Any]) -> None:
        if node.is_Pow and node.exp.is_Integer and node.exp.is_negative:
            exponents.setdefault(node.base, set()).add(node.exp)

    def rewrite(node: Any, parts: list[Any]) -> Any:
        if node.is_Pow and len(exponents.get(node.base, ())) > 1 and node.exp.is_negative:
            return op("recip", parts[0]) ** -node.exp
        return node.func(*parts) if parts and tuple(parts) != node.args else node

    fold(roots, note)
    table = fold(roots, rewrite)
    return [table[root] for root in roots]
