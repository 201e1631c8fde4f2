"""The Jury conditions: inequalities that hold if and only if all roots lie inside the unit circle."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symbias.errors import DomainError
from symbias.stability.pencil import Pencil

LARGEST_TABLE = 8
"""Tables of a higher degree in z are refused: their entries double in length from row to row."""


def coefficients(pencil: Pencil, y: sp.Symbol) -> list[sp.Expr]:
    """Return the coefficients of p(z; y), the constant first, divided by z where possible.

    Parameters
    ----------
    pencil : Pencil
        Without symbolic delays.
    y : sympy.Symbol
        The variable.

    Returns
    -------
    list of sympy.Expr
        Polynomials in y.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> coefficients(pencil(sb.UpdateRule.gradient_descent()), sp.symbols("y"))
    [y - 1, 1]
    """
    lowest, highest = min(pencil.terms), max(pencil.terms)
    rows = (pencil.terms.get(e, {}) for e in range(lowest, highest + 1))
    return [sp.Add(*(c * y**k for k, c in row.items())) for row in rows]


def jury_conditions(polynomial: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Return expressions that are all positive if and only if all roots lie inside the unit circle.

    Parameters
    ----------
    polynomial : sequence of sympy.Expr
        Coefficients, the constant first; the leading one positive.

    Returns
    -------
    list of sympy.Expr
        p(1), (-1)**n p(-1), and one for each reduction of the degree.

    Raises
    ------
    DomainError
        If the degree is above 8.

    Notes
    -----
    Derived here by Schur's reduction: if |p_0| < p_n, the roots of p are inside exactly if those of
    (p_n p(z) - p_0 z**n p(1/z)) / z are. The last reduction, to degree one, is stated by p(1) and p(-1).

    Examples
    --------
    >>> b, y = sp.symbols("b y")
    >>> jury_conditions([b, y - 1 - b, sp.S.One])
    [y, 2*b - y + 2, 1 - b]
    """
    degree = len(polynomial) - 1
    if degree > LARGEST_TABLE:
        raise DomainError(
            f"The Jury table of a polynomial of degree {degree} is too long to be of use.",
            remedy="Use .polynomial, .stable_set or .value, which do not need it.",
        )
    one = sp.expand(sp.Add(*polynomial))
    minus = sp.expand(sp.Add(*((-1) ** (degree - k) * c for k, c in enumerate(polynomial))))
    found, rest = [one, minus], list(polynomial)
    while len(rest) > 2:
        low, high = rest[0], rest[-1]
        if len(rest) == 3:
            found.append(sp.expand(high - low))  # high + low > 0 follows from p(1) + p(-1) > 0
            break
        found += [sp.expand(high - low), sp.expand(high + low)]
        reversed_rest = rest[::-1]
        rest = [sp.expand(high * a - low * r) for a, r in zip(rest, reversed_rest, strict=True)][1:]
    return found
