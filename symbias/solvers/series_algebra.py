"""Linear systems and eigenvalues over truncated Laurent series with coefficients in Q(pi)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from symbias.errors import BudgetError
from symbias.solvers.pi_series import Ramified, Series, TooFewTerms
from symbias.sym.equality.interval import ball_library

Matrix = list[list[Series]]


def solve(matrix: Matrix, right: Sequence[Series]) -> list[Series]:
    """Return the solution of a linear system.

    Parameters
    ----------
    matrix : list of lists of Series
        Square.
    right : sequence of Series
        One per row.

    Returns
    -------
    list of Series
        By elimination; the pivot of a column is the entry of lowest order.

    Raises
    ------
    BudgetError
        If the matrix is singular to the order to which it is known.

    Examples
    --------
    >>> x = Series.variable(4)
    >>> solve([[x, x * 0 + 1], [x * 0, x]], [x + 1, x])[1]
    Series(1*x^0 + O(x^4))
    """
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    n = len(rows)
    for k in range(n):
        candidates = [i for i in range(k, n) if not rows[i][k].known_zero]
        if not candidates:
            raise BudgetError(
                "The equations of the expansion are singular to the order carried.",
                cause="the limit is degenerate, or too few terms are carried.",
                remedy="Ask for more terms, or use .at(d) at large d.",
            )
        best = min(candidates, key=lambda i: rows[i][k].low)
        rows[k], rows[best] = rows[best], rows[k]
        inverse = rows[k][k].inverse()
        for i in range(k + 1, n):
            if not rows[i][k].known_zero:
                ratio = rows[i][k] * inverse
                rows[i] = [a - ratio * b for a, b in zip(rows[i], rows[k], strict=True)]
    found: list[Series] = []
    for k in range(n - 1, -1, -1):
        total = rows[k][n]
        for j, value in enumerate(reversed(found)):
            total = total - rows[k][k + 1 + j] * value
        found.append(total / rows[k][k])
    return found[::-1]


def characteristic(matrix: Matrix) -> list[Series]:
    """Return the coefficients of the characteristic polynomial, constant first, leading 1.

    Parameters
    ----------
    matrix : list of lists of Series
        Square.

    Returns
    -------
    list of Series
        By Hessenberg's form: large entries are pivots, so few orders are lost.

    Examples
    --------
    >>> x = Series.variable(4)
    >>> characteristic([[x, x], [x, x]])[1]
    Series(-2*x^1 + O(x^5))
    """
    h = _hessenberg(matrix)
    terms = max(1, *(entry.top - min(entry.low, 0) for row in matrix for entry in row))
    polynomials = [[Series.constant(1, terms)]]
    for k in range(len(h)):
        last = polynomials[k]
        new = [Series.constant(0, terms), *last]
        for power, c in enumerate(last):
            new[power] = new[power] - h[k][k] * c
        below = Series.constant(1, terms)
        for i in range(k - 1, -1, -1):
            below = below * h[i + 1][i]
            factor = h[i][k] * below
            for power, c in enumerate(polynomials[i]):
                new[power] = new[power] - factor * c
        polynomials.append(new)
    return polynomials[-1]


def _hessenberg(matrix: Matrix) -> Matrix:
    """Return a similar matrix that vanishes below its first subdiagonal."""
    h, n = [list(row) for row in matrix], len(matrix)
    for m in range(1, n - 1):
        candidates = [i for i in range(m, n) if not h[i][m - 1].known_zero]
        if not candidates:
            continue
        best = min(candidates, key=lambda i, m=m: h[i][m - 1].low)  # type: ignore[misc]
        h[m], h[best] = h[best], h[m]
        for row in h:
            row[m], row[best] = row[best], row[m]
        inverse = h[m][m - 1].inverse()
        for i in range(m + 1, n):
            if h[i][m - 1].known_zero:
                continue
            ratio = h[i][m - 1] * inverse
            h[i] = [a - ratio * b for a, b in zip(h[i], h[m], strict=True)]
            for row in h:
                row[m] = row[m] + ratio * row[i]
    return h


def eigenvalues(matrix: Matrix, top: int) -> list[Series]:
    """Return the eigenvalues of a matrix of series.

    Parameters
    ----------
    matrix : list of lists of Series
        Square.
    top : int
        Order up to which they are wanted.

    Returns
    -------
    list of Series
        Known at least below that order, unless the matrix does not determine them.

    Raises
    ------
    BudgetError
        If one lies outside Q(pi).
    TooFewTerms
        If the entries are not known to enough orders to tell.

    Examples
    --------
    >>> x = Series.variable(4)
    >>> eigenvalues([[x, x * 0 + 1], [x * 0 + 1, x]], 2)
    [Series(1*x^0 + 1*x^1 + O(x^2)), Series(-1*x^0 + 1*x^1 + O(x^2))]
    """
    return [root.below(top) for root in _roots(characteristic(matrix), None, top)]


def _roots(polynomial: list[Series], above: Fraction | None, top: int) -> list[Series]:
    """Return the roots of order greater than the one given, by Newton's polygon and Taylor shifts."""
    found: list[Series] = []
    corners = _polygon(polynomial)
    for (i, vi), (j, vj) in pairwise(corners):
        order = Fraction(vi - vj, j - i)
        if above is not None and order <= above:
            continue
        if order.denominator != 1:
            raise Ramified
        for first, count in _edge_roots(polynomial, i, j, vi, int(order)):
            shifted = _shifted(polynomial, first)
            if count == 1:
                found.append(first + _small_root(shifted))
            elif order >= top:
                found += [first.below(top)] * count
            else:
                found += [first + rest for rest in _roots(shifted, order, top)]
    zeros = next(k for k, c in enumerate(polynomial) if not c.known_zero)
    if zeros:
        # The roots that are left vanish to the order carried.
        base = polynomial[zeros].low
        reach = min((polynomial[k].top - base) // (zeros - k) for k in range(zeros))
        if reach < top:
            raise TooFewTerms
        found += [Series.constant(0, reach)] * zeros
    return found


def _polygon(polynomial: list[Series]) -> list[tuple[int, int]]:
    """Return the corners of the lower convex hull of (degree, order)."""
    hull: list[tuple[int, int]] = []
    for k, c in enumerate(polynomial):
        if c.known_zero:
            continue
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], (k, c.low)):
            hull.pop()
        hull.append((k, c.low))
    for (i, vi), (j, vj) in pairwise(hull):
        for k in range(i, j + 1):
            if (polynomial[k].top - vi) * (j - i) <= (vj - vi) * (k - i):
                raise TooFewTerms
    return hull


def _turns_down(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0])


def _edge_roots(
    polynomial: list[Series], i: int, j: int, height: int, order: int
) -> list[tuple[Series, int]]:
    """Return the leading terms of the roots that belong to an edge, with how many share them."""
    import sympy as sp

    from symbias.sym.symbols import dummy

    z, p = dummy("z"), dummy("p")
    edge = sp.Add(
        *(
            polynomial[k].coefficient(height - order * (k - i)) * z ** (k - i)
            for k in range(i, j + 1)
        )
    ).subs(sp.pi, p)
    numerator = sp.numer(sp.together(edge))
    found = []
    for factor, count in sp.factor_list(numerator, z, p)[1]:
        if not factor.has(z):
            continue
        if sp.degree(factor, z) > 1:
            raise BudgetError(
                "An eigenvalue has a leading coefficient that is no rational function of pi.",
                cause=f"it is a root of {factor.subs(p, sp.pi)}.",
                remedy="Use .at(d).spectrum() at large d.",
            )
        value = -factor.coeff(z, 0) / factor.coeff(z, 1)
        found.append((_term(value, p, order, polynomial[i].terms), count))
    return found


def _term(value: Any, p: Any, order: int, terms: int) -> Series:
    """Return a rational function of pi times a power of the variable."""
    import sympy as sp

    def polynomial(expr: Any) -> Any:
        return ball_library().fmpz_poly([int(c) for c in sp.Poly(expr, p).all_coeffs()[::-1]])

    top, bottom = sp.fraction(sp.cancel(sp.together(value)))
    scale = sp.ilcm(*(c.q for e in (top, bottom) for c in sp.Poly(e, p).all_coeffs()))
    return Series([polynomial(top * scale)], polynomial(bottom * scale), order, order + terms)


def _shifted(polynomial: list[Series], by: Series) -> list[Series]:
    """Return the polynomial with its argument shifted (Horner)."""
    found = list(polynomial)
    n = len(found) - 1
    for k in range(n):
        for j in range(n - 1, k - 1, -1):
            found[j] = found[j] + by * found[j + 1]
    return found


def _small_root(polynomial: list[Series]) -> Series:
    """Return the one root of a shifted polynomial that is of higher order than the shift, by Newton's method."""
    if polynomial[0].known_zero:
        return Series([], ball_library().fmpz_poly([1]), 0, polynomial[0].top - polynomial[1].low)
    root = -polynomial[0] / polynomial[1]
    top = root.top
    for _ in range(top - root.low + 1):
        value, slope = polynomial[-1], polynomial[-1] * 0
        for c in polynomial[-2::-1]:
            slope = slope * root + value
            value = value * root + c
        step = value / slope if not value.known_zero else value
        new = (root - step).below(top)
        if step.known_zero or step.low >= top:
            return new
        root = new
    return root
