"""The dual of a smooth activation whose Gaussian means SymPy finds.

Of two Gaussian variables the second is integrated first, given the first. Where that has no closed form, the
derivative in the covariance may have one: it is the dual of s' (Price), and at covariance 0 the mean is a product.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.models.gaussian_means import density, integrated, tidied
from symbias.sym.budget import time_limit
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.rewrite import rational
from symbias.sym.symbols import positive, real

A, B = positive("a b")
C, G = real("c g")
U, V = real("u v")
E, P = positive("e p")
K, M = real("k m")
DOMAIN = sp.Le(C**2, A * B)
_GIVEN = (
    sp.Eq(E, sp.sqrt(A)),
    sp.Eq(K, C / sp.sqrt(A)),
    sp.Eq(P, sp.sqrt(B - C**2 / A)),
)
_DEPTH = 2
"""How often Price's theorem is applied."""


def dual(expr: Any, z: Any, title: str, depth: int = _DEPTH) -> Formula:
    """Derive E[s(X) s(Y)] for centred Gaussians of variances a, b and covariance c.

    Parameters
    ----------
    expr : sympy.Expr
        The activation s.
    z : sympy.Symbol
        Its argument, real.
    title : str
        Of the derivation.
    depth : int
        How often it may be differentiated.

    Returns
    -------
    Formula
        K(a, b, c).

    Raises
    ------
    BudgetError
        If neither way gives a closed form.

    Examples
    --------
    >>> z = real("z")
    >>> dual(sp.exp(z), z, "exponentials").rhs
    exp(a/2 + b/2 + c)
    """
    expr = sp.expand_func(expr)
    ways: list[Callable[[], Formula]] = [lambda: _direct(expr, z, title, depth, search=False)]
    if depth:
        ways.append(lambda: _by_price(expr, z, title, depth))
    for way in ways:
        with contextlib.suppress(BudgetError):
            return way()
    return _direct(expr, z, title, depth, search=True)


def _direct(expr: Any, z: Any, title: str, depth: int, *, search: bool) -> Formula:
    shifted, first = expr.subs(z, M + P * V), expr.subs(z, E * U)
    inner = integrated(shifted, V, search=search)
    outer = integrated(first * inner.subs(M, K * U), U, search=search)
    derivation = Derivation(title)
    derivation.start(_line(shifted, V), "the mean given w.x: v.x has mean m and deviation p")
    derivation.rewrite(inner, "the integral over v")
    given = derivation.conclude(sp.Function("E")(M, P), "mean of s(v.x) given w.x")
    derivation.start(
        _line(first * inner.subs(M, K * U), U),
        "w.x = e u with u standard normal, and the mean given it at m = k u, "
        "where e = sqrt(a), k = c/sqrt(a), p = sqrt(b - c**2/a)",
    )
    derivation.rewrite(outer, f"the integral over u of s(w.x) times the {given.name}")
    closed = outer.subs({K: C / sp.sqrt(A), P: sp.sqrt(B - C**2 / A), E: sp.sqrt(A)})
    derivation.rewrite(_simplified(closed), "the variances and the covariance", given=_GIVEN)
    return _concluded(derivation, depth)


def _concluded(derivation: Derivation, depth: int) -> Formula:
    """Conclude in K(a, b, c) on its domain; of a derivative without one, which would burden what uses it."""
    order = _DEPTH - depth
    if order:
        return derivation.conclude(sp.Function(f"K_{order}")(A, B, C), "dual of the derivative")
    return derivation.conclude(sp.Function("K")(A, B, C), "dual activation", domain=DOMAIN)


def _line(integrand: Any, x: Any) -> Any:
    return sp.Integral(integrand * density(x), (x, -sp.oo, sp.oo))


def _simplified(closed: Any) -> Any:
    """Return the shortest of some equal forms, its roots of expanded arguments."""
    found = tidied(closed)
    opened = found.replace(sp.exp, lambda argument: sp.exp(sp.expand(argument)))
    joined = sp.factor_terms(sp.powsimp(sp.expand(opened), combine="exp"))
    found = min((found, joined, rational(found)), key=sp.count_ops)
    return found.xreplace({p: _radical(p) for p in found.atoms(sp.Pow) if not p.exp.is_integer})


def _radical(power: Any) -> Any:
    return sp.Pow(sp.factor(sp.expand(power.base)), power.exp)


def _by_price(expr: Any, z: Any, title: str, depth: int) -> Formula:
    slope = dual(sp.diff(expr, z), z, f"{title}: the derivative", depth - 1)
    means = [integrated(expr.subs(z, sp.sqrt(a) * U), U) for a in (A, B)]
    rate = slope.rhs.subs(C, G)
    try:
        grown = time_limit(15.0, lambda: sp.integrate(rate, (G, 0, C)))
    except BudgetError:
        grown = sp.nan
    if grown.has(sp.Integral, sp.nan):
        raise BudgetError(
            f"SymPy did not find the integral of {rate} over {G}.",
            remedy="Use an activation that is a polynomial on either side of 0.",
        )
    derivation = Derivation(title).use(slope)
    derivation.start(
        _line(expr.subs(z, sp.sqrt(A) * U), U), "the mean of s(w.x); that of s(v.x) with b for a"
    )
    derivation.rewrite(means[0], "the integral over u")
    derivation.conclude(sp.Function("m")(A), "mean")
    derivation.start(
        sp.Integral(rate, (G, 0, C)) + means[0] * means[1],
        "the derivative in the covariance is the dual of the derivative of the activation; "
        "without covariance the two are independent",
    )
    derivation.rewrite(_simplified(grown) + means[0] * means[1], "the integral over g")
    return _concluded(derivation, depth)


def mean_square(expr: Any, z: Any, two: Formula, title: str) -> Formula:
    """Derive E[s(X)**2] of one Gaussian of variance a.

    Parameters
    ----------
    expr : sympy.Expr
        The activation s.
    z : sympy.Symbol
        Its argument, real.
    two : Formula
        The dual of two vectors: at equal vectors it is what the integral over one variable is compared with.
    title : str
        Of the derivation.

    Returns
    -------
    Formula
        k(a).

    Examples
    --------
    >>> z = real("z")
    >>> mean_square(sp.exp(z), z, dual(sp.exp(z), z, "two"), "one").rhs
    exp(2*a)
    """
    derivation = Derivation(title)
    derivation.start(
        _line(expr.subs(z, sp.sqrt(A) * U) ** 2, U), "w.x = sqrt(a) u with u standard normal"
    )
    derivation.rewrite(_simplified(two.rhs.subs({B: A, C: A})), "the integral over u")
    return derivation.conclude(sp.Function("k")(A), "mean square")
