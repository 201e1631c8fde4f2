"""Eigenvalues and inertia of small matrices of balls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbias.errors import ConvergenceError
from symbias.sym.equality.interval import at_precision, ball_library


def eigenvalues(entries: Sequence[Any], bits: int) -> list[Any]:
    """Return the eigenvalues of a matrix that is similar to a symmetric one, to a working precision.

    Parameters
    ----------
    entries : sequence of flint.arb
        Of a square matrix, row by row; midpoints are taken.
    bits : int
        Working precision.

    Returns
    -------
    list of flint.arb
        Ascending, exact numbers that approximate the eigenvalues.

    Raises
    ------
    ConvergenceError
        If the iteration does not converge, or an eigenvalue is not real.

    Examples
    --------
    >>> arb = ball_library().arb
    >>> [float(x) for x in eigenvalues([arb(0), arb(4), arb(1), arb(0)], 100)]
    [-2.0, 2.0]
    """
    return at_precision(bits, lambda: _eigenvalues(entries, bits))


def _eigenvalues(entries: Sequence[Any], bits: int) -> list[Any]:
    flint = ball_library()
    n = _order(entries)
    if n == 1:
        return [entries[0].mid()]
    middle = [x.mid() for x in entries]
    found = flint.acb_mat(n, n, middle).eig(algorithm="approx")
    size = max((float(abs(x).upper()) for x in middle), default=0.0)
    if not all(abs(float(z.imag.mid())) <= size * 2.0 ** (-min(bits, 900) // 3) for z in found):
        raise ConvergenceError(
            "A matrix that should be similar to a symmetric one has eigenvalues that are not real.",
            "the precision is too low for its size, or the point is no critical point.",
            "Ask for more digits.",
        )
    return sorted((z.real.mid() for z in found), key=float)


def _order(entries: Sequence[Any]) -> int:
    return round(len(entries) ** 0.5)


def negative_below(
    entries: Sequence[Any], metric: Sequence[Any], shift: float, bits: int
) -> int | None:
    """Return how many eigenvalues of a matrix are proved to lie below a number, all others being proved to lie above.

    Parameters
    ----------
    entries : sequence of flint.arb
        Of a square matrix M, row by row.
    metric : sequence of flint.arb
        Of a positive definite matrix G for which G M is symmetric: the inner products of the basis.
    shift : float
        The number.
    bits : int
        Working precision.

    Returns
    -------
    int or None
        By Sylvester's law of inertia; None if a pivot may be zero, or G is not proved positive definite.

    Examples
    --------
    >>> arb = ball_library().arb
    >>> one = [arb(1), arb(0), arb(0), arb(1)]
    >>> negative_below([arb(1), arb(3), arb(3), arb(2)], one, 0.0, 60)
    1
    """
    return at_precision(bits, lambda: _negative_below(entries, metric, shift))


def _negative_below(entries: Sequence[Any], metric: Sequence[Any], shift: float) -> int | None:
    flint, n = ball_library(), _order(entries)
    products = flint.arb_mat(n, n, list(metric))
    shifted = flint.arb_mat(n, n, list(entries)) - flint.arb(shift) * flint.arb_mat(
        n, n, [int(i == j) for i in range(n) for j in range(n)]
    )
    if _negative_pivots(products) != 0:
        return None
    return _negative_pivots(products * shifted)


def _negative_pivots(form: Any) -> int | None:
    """Return how many pivots of a symmetric matrix are negative; both its triangles enclose the same numbers."""
    n, negative = form.nrows(), 0
    rows = [[form[i, j].intersection(form[j, i]) for j in range(n)] for i in range(n)]
    for k in range(n):
        # The largest entry that is left on the diagonal keeps enclosures narrow.
        best = max(range(k, n), key=lambda i: float(abs(rows[i][i]).lower()))
        rows[k], rows[best] = rows[best], rows[k]
        for row in rows:
            row[k], row[best] = row[best], row[k]
        pivot = rows[k][k]
        if not (pivot > 0 or pivot < 0):
            return None
        negative += int(pivot < 0)
        for i in range(k + 1, n):
            ratio = rows[i][k] / pivot
            for j in range(k + 1, n):
                rows[i][j] = rows[i][j] - ratio * rows[k][j]
    return negative
