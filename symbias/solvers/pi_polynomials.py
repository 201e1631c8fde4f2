"""Polynomials with integer coefficients in pi, which no rational number tells from an indeterminate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbias.errors import BudgetError
from symbias.sym.equality.interval import at_precision, ball_library

SIGN_BITS = 400
"""Precision at which signs are decided."""


def common_denominator(first: Any, second: Any) -> tuple[Any, Any, Any]:
    """Return what each side is multiplied by, and the least common denominator.

    Parameters
    ----------
    first, second : flint.fmpz_poly
        Denominators.

    Returns
    -------
    tuple of flint.fmpz_poly
        Factor of the first numerator, factor of the second, denominator.

    Examples
    --------
    >>> poly = ball_library().fmpz_poly
    >>> common_denominator(poly([0, 1]), poly([0, 2]))
    (2, 1, 2*x)
    """
    if first == second:
        one = ball_library().fmpz_poly([1])
        return one, one, first
    shared = first.gcd(second)
    ours, theirs = second // shared, first // shared
    return ours, theirs, first * ours


def reduced(numerators: list[Any], denominator: Any) -> tuple[list[Any], Any]:
    """Return numerators and denominator without a common factor.

    Parameters
    ----------
    numerators : list of flint.fmpz_poly
        Of several fractions.
    denominator : flint.fmpz_poly
        Of all of them.

    Returns
    -------
    (list of flint.fmpz_poly, flint.fmpz_poly)
        Of the same fractions; the denominator has a positive leading coefficient.

    Examples
    --------
    >>> poly = ball_library().fmpz_poly
    >>> reduced([poly([0, 4]), poly([2])], poly([6]))
    ([2*x, 1], 3)
    """
    flint = ball_library()
    if not numerators:
        return [], flint.fmpz_poly([1])
    shared = denominator
    for numerator in numerators:
        if shared.degree() == 0 and abs(shared[0]) == 1:
            break
        shared = shared.gcd(numerator)
    if denominator[denominator.degree()] < 0:
        shared = -shared if shared[shared.degree()] > 0 else shared
    if shared.degree() == 0 and shared[0] == 1:
        return numerators, denominator
    return [n // shared for n in numerators], denominator // shared


def sign_at_pi(polynomial: Any) -> int:
    """Return the sign of a polynomial at pi, which is no root of it.

    Parameters
    ----------
    polynomial : flint.fmpz_poly
        Not zero.

    Returns
    -------
    int
        1 or -1.

    Raises
    ------
    BudgetError
        If the value is too small for the precision carried.

    Examples
    --------
    >>> sign_at_pi(ball_library().fmpz_poly([-3, 1]))
    1
    """
    flint = ball_library()
    value = at_precision(SIGN_BITS, lambda: polynomial(flint.arb.pi()))
    if not (value > 0 or value < 0):
        raise BudgetError(
            "The sign of a coefficient was not decided.",
            cause=f"it is smaller than 2**-{SIGN_BITS // 2}.",
            remedy="Ask for fewer terms.",
        )
    return 1 if value > 0 else -1


def square_root(polynomial: Any) -> Any:
    """Return a polynomial whose square is the given one.

    Parameters
    ----------
    polynomial : flint.fmpz_poly
        With integer coefficients.

    Returns
    -------
    flint.fmpz_poly
        One of the two roots.

    Raises
    ------
    BudgetError
        If it is no square.

    Examples
    --------
    >>> square_root(ball_library().fmpz_poly([4, 4, 1]))
    x + 2
    """
    content, factors = polynomial.factor()
    root = ball_library().fmpz_poly([1])
    size = abs(int(content))
    whole = round(size**0.5)
    while whole * whole > size:
        whole -= 1
    while (whole + 1) ** 2 <= size:
        whole += 1
    if whole * whole != size or content < 0 or any(power % 2 for _, power in factors):
        raise BudgetError(
            "A square root in the expansion is no rational function of pi.",
            remedy="The coefficients of this expansion lie outside Q(pi); use .at(d) at large d.",
        )
    for factor, power in factors:
        root = root * factor ** (power // 2)
    return root * whole


def expression(numerator: Any, denominator: Any) -> Any:
    """Return a rational function of pi as a SymPy expression: a polynomial in pi and 1/pi where it is one.

    Parameters
    ----------
    numerator, denominator : flint.fmpz_poly
        In pi.

    Returns
    -------
    sympy.Expr
        Factored where the denominator has several terms.

    Examples
    --------
    >>> poly = ball_library().fmpz_poly
    >>> expression(poly([1, 2]), poly([0, 1]))
    1/pi + 2
    """
    import sympy as sp

    def polynomial(coefficients: Sequence[Any]) -> Any:
        return sp.Add(*(int(c) * sp.pi**k for k, c in enumerate(coefficients)))

    top, bottom = polynomial(numerator.coeffs()), polynomial(denominator.coeffs())
    if bottom.is_Add:
        return sp.factor(top / bottom)
    return sp.expand(top / bottom)
