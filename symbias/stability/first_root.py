"""The smallest positive root of a polynomial, exact where its coefficients are."""

from __future__ import annotations

import mpmath as mp
import sympy as sp

from symbias.errors import ConvergenceError

DIGITS = 30
"""Digits of a root whose polynomial has irrational coefficients, or a degree above `_LARGEST_EXACT`."""
_LARGEST_EXACT = 14


def first_positive_root(polynomial: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    """Return the smallest positive root.

    Parameters
    ----------
    polynomial : sympy.Expr
        In x, with numbers as coefficients.
    x : sympy.Symbol
        The unknown.

    Returns
    -------
    sympy.Expr or None
        Rational coefficients and a degree up to 14: a rational number, an expression with one square root, or a
        ``CRootOf``. Otherwise a Float of `DIGITS` digits. None when there is no positive root.

    Raises
    ------
    ConvergenceError
        If the roots of a polynomial were not found numerically.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> first_positive_root((x + 1) * (x**2 - 5) * (3 * x - 7), x)
    sqrt(5)
    """
    poly = sp.Poly(polynomial, x)
    if poly.degree() > _LARGEST_EXACT or not all(c.is_Rational for c in poly.all_coeffs()):
        return _numerical(poly)
    _, factors = poly.factor_list()
    roots = [_of_factor(factor) for factor, _ in factors]
    return min(
        (root for root in roots if root is not None), key=lambda r: r.evalf(DIGITS), default=None
    )


def _of_factor(factor: sp.Poly) -> sp.Expr | None:
    """Return the smallest positive root of an irreducible factor."""
    if factor.count_roots(0, sp.oo) == 0 or factor.eval(0) == 0:
        return None
    if factor.degree() <= 2:
        return min(
            (root for root in sp.roots(factor) if root.is_positive), key=lambda r: r.evalf(DIGITS)
        )
    return sp.CRootOf(factor, factor.count_roots(-sp.oo, 0), radicals=False)


def _numerical(poly: sp.Poly) -> sp.Expr | None:
    with mp.workdps(2 * DIGITS):
        coefficients = [mp.mpf(str(sp.N(c, 2 * DIGITS))) for c in poly.all_coeffs()]
        try:
            roots = mp.polyroots(coefficients, maxsteps=300, extraprec=400)
        except mp.libmp.libhyper.NoConvergence as error:
            raise ConvergenceError(
                f"The roots of a polynomial of degree {poly.degree()} were not found.",
                remedy="Give simpler rational numbers, or a shorter delay.",
            ) from error
        tiny = mp.mpf(10) ** (-DIGITS)
        found = [
            r.real for r in map(mp.mpc, roots) if abs(r.imag) <= tiny * abs(r) and r.real > tiny
        ]
        return sp.Float(min(found), DIGITS) if found else None
