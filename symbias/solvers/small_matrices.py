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


def inertia(entries: Sequence[Any], metric: Sequence[Any], bits: int) -> tuple[int, int] | None:
    """Return how many eigenvalues of a matrix are proved positive and negative.

    Parameters
    ----------
    entries : sequence of flint.arb
        Of a square matrix M, row by row.
    metric : sequence of flint.arb
        Of a positive definite matrix G for which G M is symmetric: the inner products of the basis.
    bits : int
        Working precision.

    Returns
    -------
    (int, int) or None
        Positive and negative ones, by Sylvester's law of inertia; None if a pivot may be zero.

    Examples
    --------
    >>> arb = ball_library().arb
    >>> one = [arb(1), arb(0), arb(0), arb(1)]
    >>> inertia([arb(1), arb(3), arb(3), arb(2)], one, 60)
    (1, 1)
    """
    return at_precision(bits, lambda: _inertia(entries, metric))


def _inertia(entries: Sequence[Any], metric: Sequence[Any]) -> tuple[int, int] | None:
    flint, n = ball_library(), _order(entries)
    form = flint.arb_mat(n, n, list(metric)) * flint.arb_mat(n, n, list(entries))
    # The form is symmetric; both triangles enclose the same numbers.
    rows = [[form[i, j].intersection(form[j, i]) for j in range(n)] for i in range(n)]
    positive = negative = 0
    for k in range(n):
        # The pivot of largest size among the diagonal entries that are left keeps enclosures narrow.
        best = max(range(k, n), key=lambda i: float(abs(rows[i][i]).lower()))
        rows[k], rows[best] = rows[best], rows[k]
        for row in rows:
            row[k], row[best] = row[best], row[k]
        pivot = rows[k][k]
        if not (pivot > 0 or pivot < 0):
            return None
        positive, negative = positive + int(pivot > 0), negative + int(pivot < 0)
        for i in range(k + 1, n):
            ratio = rows[i][k] / pivot
            for j in range(k + 1, n):
                rows[i][j] = rows[i][j] - ratio * rows[k][j]
    return positive, negative
