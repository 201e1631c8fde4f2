"""Where stability can change: the values of y at which a root lies on the unit circle."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.errors import DomainError
from symbias.stability.circle import circle_parts
from symbias.stability.pencil import Pencil
from symbias.sym.symbols import dummy


def candidate_polynomials(pencil: Pencil, y: sp.Symbol) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return p(1; y), p(-1; y) and Delta(y): one of them vanishes where a root lies on the unit circle.

    Parameters
    ----------
    pencil : Pencil
        Without symbolic delays.
    y : sympy.Symbol
        The variable.

    Returns
    -------
    tuple of sympy.Expr
        Polynomials in y and the parameters.

    Raises
    ------
    DomainError
        If a delay is symbolic or the delay law has no rational generating function.

    Notes
    -----
    Derived here. On the circle the real and imaginary part of p are polynomials R, S in c = cos(w) of half the degree
    (see `circle_parts`), so complex roots of modulus one make Delta = Res_c(R, S) vanish. The self-reciprocal
    resultant Res_z(p(z), z**n p(1/z)) is a constant times p(1) p(-1) Delta**2.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> y = sp.symbols("y")
    >>> candidate_polynomials(pencil(sb.UpdateRule.gradient_descent().delayed(2)), y)
    (y, y - 2, y**2 + y - 1)
    """
    if pencil.delays or pencil.weight is not None:
        raise DomainError(
            "There is no polynomial for a symbolic delay, or a delay law that is not rational.",
            remedy="Give the delay as a number; Threshold.crossing is there for symbols.",
        )
    lowest, highest = min(pencil.terms), max(pencil.terms)
    rows = [pencil.terms.get(e, {}) for e in range(lowest, highest + 1)]
    coefficients = [sp.Add(*(c * y**k for k, c in row.items())) for row in rows]
    ring = sp.QQ[(y, *pencil.inner)] if _rational(pencil) else sp.EX
    inside = [ring.from_sympy(sp.expand(c)) for c in coefficients]
    one = ring.to_sympy(sum(inside, ring.zero))
    minus = ring.to_sympy(sum((c * (-1) ** k for k, c in enumerate(inside)), ring.zero))
    delta = ring.to_sympy(_resultant(*circle_parts(inside, ring.zero), ring))
    return _primitive(one, y), _primitive(minus, y), _primitive(delta, y)


def _rational(pencil: Pencil) -> bool:
    return (
        all(
            sp.sympify(c).is_polynomial(*pencil.inner)
            and not sp.Poly(c, *pencil.inner).get_domain().is_EX
            for c in pencil.coefficients
        )
        if pencil.inner
        else all(c.is_Rational for c in pencil.coefficients)
    )


def _resultant(real: list[Any], imaginary: list[Any], ring: Any) -> Any:
    c = dummy("c")
    parts = [sp.Poly.from_list(part[::-1], c, domain=ring) for part in (real, imaginary)]
    if any(part.is_zero for part in parts):
        raise DomainError(
            "Every step leaves roots on the unit circle.",
            cause="The characteristic polynomial is its own reciprocal for all steps.",
            remedy="The rule neither converges nor diverges; it has no threshold.",
        )
    found = parts[0].resultant(parts[1])
    return found.as_expr() if isinstance(found, sp.Poly) else ring.from_sympy(sp.sympify(found))


def _primitive(f: sp.Expr, y: sp.Symbol) -> sp.Expr:
    """Return f without its content, the leading coefficient in y positive where it is a number."""
    f = sp.expand(f)
    if f == 0 or not f.has(y):
        return f
    _, found = sp.primitive(f)
    lead = sp.LC(found, y)
    negative = lead.is_negative or (lead.is_negative is None and sp.LC(lead).is_negative)
    return sp.expand(-found) if negative else found


def split(pencil: Pencil, y: sp.Symbol) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """Return the irreducible factors of the three candidate polynomials, those with y and those without.

    Parameters
    ----------
    pencil : Pencil
        Without symbolic delays.
    y : sympy.Symbol
        The variable.

    Returns
    -------
    list of sympy.Expr
        Each factor with y once; y itself (the root z = 1 at y = 0) is left out.
    list of sympy.Expr
        Factors in the parameters alone: where they vanish, a root is on the circle at every step.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> b, y = sp.symbols("b y")
    >>> split(pencil(sb.UpdateRule.heavy_ball(b)), y)
    ([-2*b + y - 2], [b - 1])
    """
    found: dict[sp.Expr, None] = {}
    alone: dict[sp.Expr, None] = {}
    rational = _rational(pencil)
    for polynomial in candidate_polynomials(pencil, y):
        if rational and not polynomial.is_number:
            pairs = sp.factor_list(polynomial, y, *pencil.inner)[1]
        else:
            pairs = [(polynomial, 1)]
        for f, _ in pairs:
            if f.has(y) and f != y:
                found[_primitive(f, y)] = None
            elif f.free_symbols and f != y:
                alone[f] = None
    return list(found), list(alone)


def factors(pencil: Pencil, y: sp.Symbol) -> list[sp.Expr]:
    """Return the irreducible factors, with y in them, of the three candidate polynomials.

    Parameters
    ----------
    pencil : Pencil
        Without symbolic delays.
    y : sympy.Symbol
        The variable.

    Returns
    -------
    list of sympy.Expr
        Each once; y itself (the root z = 1 at y = 0) is left out.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> y = sp.symbols("y")
    >>> factors(pencil(sb.UpdateRule.cycle([1, 6])), y)
    [6*y - 7, 2*y - 1, 3*y - 2]
    """
    return split(pencil, y)[0]
