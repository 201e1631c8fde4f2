"""Gaussian means by SymPy: closed forms of E f(m + p Z), and whether the mean of a square exists at all."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.errors import BudgetError, DomainError
from symbias.sym.budget import time_limit
from symbias.sym.rewrite import rational
from symbias.sym.symbols import dummy

SECONDS = 8.0
"""Of processor time, for one integral."""

_FAILURES = (ValueError, TypeError, NotImplementedError, AttributeError, RecursionError)
"""What SymPy's integrals, limits and solvers raise when they do not know."""


def density(x: Any) -> Any:
    """Return the standard normal density.

    Parameters
    ----------
    x : sympy.Expr
        Where.

    Returns
    -------
    sympy.Expr
        ``exp(-x**2/2)/sqrt(2*pi)``.

    Examples
    --------
    >>> density(0)
    sqrt(2)/(2*sqrt(pi))
    """
    return sp.exp(-(sp.S(x) ** 2) / 2) / sp.sqrt(2 * sp.pi)


def integrated(integrand: Any, x: Any, *, search: bool = True) -> Any:
    """Return the integral of an expression times the density over the line, in closed form.

    Parameters
    ----------
    integrand : sympy.Expr
        In ``x`` and parameters.
    x : sympy.Symbol
        A real symbol.
    search : bool
        Whether SymPy searches where completing squares is not enough.

    Returns
    -------
    sympy.Expr
        Without integrals.

    Raises
    ------
    BudgetError
        If it was not found in time.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> integrated(x**4, x)
    3
    """
    found = _by_squares(integrand, x)
    if found is None and not search:
        raise _unknown(integrand, "it is no sum of polynomials times exponentials of squares.")
    return _by_sympy(integrand, x) if found is None else found


def tidied(expr: Any) -> Any:
    """Return an expression with exponents and bases over common denominators, and exponentials joined.

    Parameters
    ----------
    expr : sympy.Expr
        A closed form.

    Returns
    -------
    sympy.Expr
        An equal form, usually shorter.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> a, b = positive("a b")
    >>> tidied(sp.exp(a / 2) * sp.exp(a * b / (2 * b)) / sp.sqrt(2 * a + 1 - a))
    exp(a)/sqrt(a + 1)
    """
    powers = [p for p in expr.atoms(sp.Pow, sp.exp) if p.exp.is_integer is not True]
    table = {p: p.func(*(rational(part) for part in p.args)) for p in powers}
    return sp.factor_terms(sp.powsimp(expr.xreplace(table)))


def _by_squares(integrand: Any, x: Any) -> Any:
    """Return the mean of a sum of polynomials times exponentials of squares, None if it is none."""
    # Expanding would multiply factors without x into the exponentials of a denominator.
    factor, varying = integrand.as_independent(x, as_Add=False)
    written = sp.expand(sp.expand(varying).rewrite(sp.exp))
    terms = [_completed(term, x) for term in sp.Add.make_args(written)]
    if None in terms:
        return None
    total = factor * sp.Add(*terms)
    if total.has(sp.I):
        total = sp.expand_complex(total)
    return tidied(total)


def _completed(term: Any, x: Any) -> Any:
    """Return the mean of coefficient * x**n * exp(q x**2 + l x + r): completing the square shifts and shrinks x."""
    term = sp.powsimp(term, combine="exp")
    exponent = sp.Add(*(f.args[0] for f in sp.Mul.make_args(term) if isinstance(f, sp.exp)))
    rest = sp.expand(sp.Mul(*(f for f in sp.Mul.make_args(term) if not isinstance(f, sp.exp))))
    if not (rest.is_polynomial(x) and sp.expand(exponent).is_polynomial(x)):
        return None
    powers = dict(sp.Poly(exponent, x).terms())
    if any(degree > 2 for (degree,) in powers):
        return None
    fall = sp.together(1 - 2 * powers.get((2,), sp.S.Zero))
    if fall.is_positive is False:
        return None
    mean = powers.get((1,), sp.S.Zero) / fall
    peak = sp.exp(sp.together(powers.get((0,), sp.S.Zero) + mean**2 * fall / 2)) / sp.sqrt(fall)
    return peak * sp.Add(
        *(c * _power_mean(n, mean, 1 / fall) for ((n,), c) in sp.Poly(rest, x).terms())
    )


def _power_mean(n: int, mean: Any, variance: Any) -> Any:
    """Return E (mean + sqrt(variance) Z)**n."""
    even = range(0, n + 1, 2)
    return sp.Add(
        *(
            sp.binomial(n, k) * mean ** (n - k) * variance ** (k // 2) * sp.factorial2(k - 1)
            for k in even
        )
    )


def _by_sympy(integrand: Any, x: Any) -> Any:
    def work() -> Any:
        whole = sp.powsimp(sp.expand(sp.expand_func(integrand) * density(x)), combine="exp")
        return tidied(sp.integrate(whole, (x, -sp.oo, sp.oo), conds="none"))

    try:
        found = time_limit(SECONDS, work)
    except BudgetError:
        raise _unknown(integrand, "it took too long.") from None
    except _FAILURES:
        found = sp.nan
    if found.has(sp.Integral, sp.nan, sp.zoo, sp.oo, sp.Piecewise, sp.meijerg):
        raise _unknown(integrand, "there may be no closed form.")
    return found


def _unknown(integrand: Any, cause: str) -> BudgetError:
    return BudgetError(
        f"SymPy did not find the Gaussian mean of {integrand}.",
        cause,
        "Use an activation that is a polynomial on either side of 0, or one with known Gaussian means "
        "(exponentials, sines, erf, their products with polynomials).",
    )


def require_square_mean(expr: Any, z: Any) -> None:
    """Refuse an activation whose square has no Gaussian mean for some variance.

    Parameters
    ----------
    expr : sympy.Expr
        The activation.
    z : sympy.Symbol
        Its argument, real.

    Raises
    ------
    DomainError
        If it grows like an exponential of a square, or has a pole.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> z = real("z")
    >>> require_square_mean(sp.exp(z**2 / 8), z)
    Traceback (most recent call last):
        ...
    symbias.errors.DomainError: The Gaussian mean of the square of exp(z**2/8) diverges. Likely cause: it grows like...
    """
    y = dummy("y", positive=True)
    for sign in (1, -1):
        rate = _limit(_logarithm(expr.subs(z, sign * y)) / y**2, y)
        if rate is not None and rate.is_extended_positive:
            raise _divergent(
                expr,
                f"it grows like exp({rate} z**2); Gaussians of large variance fall more slowly.",
            )
    for pole in _poles(expr, z):
        size = _limit(sp.Abs(expr.subs(z, pole + 1 / y)) / sp.sqrt(y), y)
        if size is not None and size.is_extended_positive:
            raise _divergent(expr, f"its square has no integral near {pole}.")


def _logarithm(side: Any) -> Any:
    """Return log|side|, of one exponential written out: SymPy's limits do not see through."""
    return side.args[0] if isinstance(side, sp.exp) else sp.log(sp.Abs(side))


def _divergent(expr: Any, cause: str) -> DomainError:
    return DomainError(
        f"The Gaussian mean of the square of {expr} diverges.",
        cause,
        "Use an activation that grows more slowly than every exponential of a square and has no poles.",
    )


def _limit(expr: Any, y: Any) -> Any:
    """Return a limit at infinity, None if SymPy does not find it."""
    try:
        found = time_limit(SECONDS / 3, lambda: sp.limit(expr, y, sp.oo))
    except (BudgetError, *_FAILURES):
        return None
    return found if isinstance(found, sp.Expr) and not found.has(sp.Limit) else None


def _poles(expr: Any, z: Any) -> tuple[Any, ...]:
    try:
        found = time_limit(SECONDS / 3, lambda: sp.singularities(expr, z, sp.Reals))
    except (BudgetError, *_FAILURES):
        return ()
    if isinstance(found, sp.FiniteSet):
        return tuple(found)
    return () if found.is_empty else _few(found)


def _few(found: Any) -> tuple[Any, ...]:
    """Return some members of an infinite set of poles."""
    members = found.args if isinstance(found, sp.Union) else (found,)
    return tuple(next(iter(s)) for s in members if isinstance(s, sp.ImageSet))
