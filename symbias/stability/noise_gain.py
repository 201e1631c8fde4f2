"""The power gain of a mode's noise, (1/2 pi) int |B/p|**2 dw, as an exact rational function of x.

On the circle the integrand is a symmetric Laurent polynomial W over p(z) p(1/z). Writing it as
Q(z)/p(z) + Q(1/z)/p(1/z) with a polynomial Q gives linear equations for Q, and, all zeros of p being inside, the mean
over the circle is twice the value of Q/p at infinity: the residues at the zeros of p and at 0 sum to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symbias.stability.noisy_mode import NoisyMode, Z
from symbias.sym.symbols import dummy, positive

X = dummy("x", positive=True)
"""Step times curvature, after damping and weight decay."""
RATIO = positive("r")
"""Variance of the curvature over its squared mean."""
_SMALL = 8


def gain_equations(
    p: sp.Expr, weight: sp.Expr, unknowns: tuple[sp.Symbol, ...]
) -> tuple[sp.Expr, ...]:
    """Return the linear equations for Q in W = Q(z) p(1/z) + Q(1/z) p(z).

    Parameters
    ----------
    p : sympy.Expr
        Polynomial in `Z`, of degree n.
    weight : sympy.Expr
        The symmetric Laurent polynomial W in `Z`, powers up to n.
    unknowns : tuple of sympy.Symbol, length n + 1
        Coefficients of Q, lowest power first.

    Returns
    -------
    tuple of sympy.Expr
        One for each power 0..n; they vanish.

    Examples
    --------
    >>> a, u, v = sp.symbols("a u v")
    >>> gain_equations(Z - a, sp.S.One, (u, v))
    (-2*a*u + 2*v - 1, -a*v + u)
    """
    matrix, right = _system(_ascending(p), weight)
    column = sp.Matrix(unknowns)
    return tuple(sp.expand(e) for e in matrix * column - right)


def _ascending(p: sp.Expr) -> list[sp.Expr]:
    return list(reversed(sp.Poly(sp.expand(p), Z).all_coeffs()))


def _system(coefficients: list[sp.Expr], weight: sp.Expr) -> tuple[sp.Matrix, sp.Matrix]:
    n = len(coefficients) - 1

    def entry(power: int, column: int) -> sp.Expr:
        low, high = column - power, column + power
        return sum(coefficients[i] for i in (low, high) if 0 <= i <= n)

    shifted = sp.Poly(sp.expand(weight * Z**n), Z)
    right = sp.Matrix([shifted.coeff_monomial(Z ** (n + power)) for power in range(n + 1)])
    return sp.Matrix(n + 1, n + 1, entry), right


def power_gain(p: sp.Expr, weight: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return the mean of W / |p|**2 over the unit circle, for a p whose zeros are all inside.

    Parameters
    ----------
    p : sympy.Expr
        Polynomial in `Z`, coefficients polynomial in anything else.
    weight : sympy.Expr
        Symmetric Laurent polynomial W in `Z`, powers up to the degree of p.

    Returns
    -------
    sympy.Expr, sympy.Expr
        Numerator and denominator, polynomials; the denominator does not vanish while all zeros of p are inside.

    Notes
    -----
    Derived here: the linear equations of `gain_equations` by Cramer's rule. Their determinant vanishes only when p has
    zeros z and 1/z.

    Examples
    --------
    >>> a = sp.Symbol("a")
    >>> power_gain(Z - a, sp.S.One)
    (-2, 2*a**2 - 2)
    """
    coefficients = _ascending(p)
    matrix, right = _system(coefficients, weight)
    replaced = matrix.copy()
    replaced[:, matrix.cols - 1] = right
    return 2 * _determinant(replaced), sp.expand(coefficients[-1] * _determinant(matrix))


def _determinant(matrix: sp.Matrix) -> sp.Expr:
    """Return the determinant, entries linear in `X`; interpolated when they hold no other symbol."""
    entries = DomainMatrix.from_Matrix(matrix)
    slopes = matrix.diff(X)
    plain = all(e.is_Rational for e in slopes) and all(e.is_Rational for e in matrix.subs(X, 0))
    if not plain or matrix.rows < _SMALL:
        return entries.domain.to_sympy(entries.det())
    base, slope = (
        DomainMatrix.from_Matrix(m).convert_to(sp.QQ) for m in (matrix.subs(X, 0), slopes)
    )
    nodes = [sp.QQ(k) for k in range(matrix.rows + 1)]
    values = [(base + slope * node).det() for node in nodes]
    return _interpolated(nodes, values)


def _interpolated(nodes: list[Any], values: list[Any]) -> sp.Expr:
    """Return the polynomial in `X` through the points, by divided differences."""
    table = list(values)
    for order in range(1, len(nodes)):
        for k in range(len(nodes) - 1, order - 1, -1):
            table[k] = (table[k] - table[k - 1]) / (nodes[k] - nodes[k - order])
    poly = sp.Poly(0, X, domain=sp.QQ)
    for node, coefficient in zip(reversed(nodes), reversed(table), strict=True):
        poly = poly * sp.Poly([sp.QQ(1), -node], X, domain=sp.QQ) + sp.Poly(
            [coefficient], X, domain=sp.QQ
        )
    return poly.as_expr()


@lru_cache(maxsize=256)
def small_gain(mode: NoisyMode, ratio: sp.Expr = RATIO) -> tuple[sp.Expr, sp.Expr]:
    """Return what must stay below one for the second moment to stay bounded, a function of `X`.

    Parameters
    ----------
    mode : NoisyMode
        With polynomials.
    ratio : sympy.Expr
        Variance of the curvature over its squared mean.

    Returns
    -------
    sympy.Expr, sympy.Expr
        Numerator and denominator of x**2 times the mean over the circle of (1 + ratio - |g|**2) |B/p|**2.

    Notes
    -----
    Derived here. Given the past, the gradient noise w(t) = x(t) y(t - tau(t)) - x E[y(t - tau(t))] has mean zero and
    variance x**2 ((1 + r) sum_k p_k y(t-k)**2 - (sum_k p_k y(t-k))**2), and y is the response h to earlier noise.
    Noises of different times are uncorrelated, so E w(t)**2 = x**2 sum_j c_j E w(t-j)**2 with c_j >= 0 and sum_j c_j =
    (1 + r) |h|**2 - |g h|**2: a renewal equation, bounded if and only if x**2 sum_j c_j <= 1.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.noisy_mode import noisy_mode
    >>> top, bottom = small_gain(noisy_mode(sb.UpdateRule.gradient_descent(), {}))
    >>> sp.factor(top / bottom)
    -_x*r/(_x - 2)
    """
    free, driven, seen, injected = filters(mode)
    weight = (1 + ratio) * injected * injected.subs(Z, 1 / Z) - seen * seen.subs(Z, 1 / Z)
    top, bottom = power_gain(free + X * driven, weight)
    return sp.expand(X**2 * top), bottom


def filters(mode: NoisyMode) -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """Return the filters without the powers of z that change no norm.

    Parameters
    ----------
    mode : NoisyMode
        With polynomials.

    Returns
    -------
    free, driven, seen, injected : sympy.Expr
        p = free + x * driven; g B/p = seen/p and B/p = injected/p on the circle, up to powers of z.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.noisy_mode import noisy_mode
    >>> filters(noisy_mode(sb.UpdateRule.heavy_ball(0.5), {}))
    (_z**2 - 3*_z/2 + 1/2, _z, 1, 1)
    """
    free, driven, injected = (
        sp.Poly(sp.expand(e), Z) for e in (mode.free, mode.driven, mode.injected)
    )
    seen, bare = (_shift(e, _order(e)) for e in (driven, injected))
    width = max(seen.degree(), bare.degree())
    common = min(_order(free), _order(driven), free.degree() - width)
    rest = _shift(free, common), _shift(driven, common)
    return rest[0].as_expr(), rest[1].as_expr(), seen.as_expr(), bare.as_expr()


def _order(poly: sp.Poly) -> int:
    return min(power for (power,), _ in poly.terms())


def _shift(poly: sp.Poly, by: int) -> sp.Poly:
    return sp.Poly({(power - by,): c for (power,), c in poly.terms()}, Z)
