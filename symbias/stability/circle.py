"""On the unit circle: a polynomial as real and imaginary part, polynomials in cos(w)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any


@cache
def chebyshev(count: int) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """Return the Chebyshev polynomials of both kinds.

    Parameters
    ----------
    count : int
        The highest index.

    Returns
    -------
    tuple, tuple
        T[0], ..., T[count], and U[-1], U[0], ..., U[count] (one place later); the constant coefficient first.

    Examples
    --------
    >>> chebyshev(2)
    (((1,), (0, 1), (-1, 0, 2)), ((), (1,), (0, 2), (-1, 0, 4)))
    """
    first: list[tuple[int, ...]] = [(1,), (0, 1)]
    second: list[tuple[int, ...]] = [(), (1,), (0, 2)]
    for kind in (first, second):
        while len(kind) < count + 2:
            older, last = kind[-2], kind[-1]
            doubled = [0, *(2 * c for c in last)]
            for k, c in enumerate(older):
                doubled[k] -= c
            kind.append(tuple(doubled))
    return tuple(first[: count + 1]), tuple(second[: count + 2])


def circle_parts(coefficients: Sequence[Any], zero: Any = 0) -> tuple[list[Any], list[Any]]:
    """Return R and S with p(exp(iw)) exp(-inw/2) = R(c) r + i S(c) s, where c = cos(w).

    Parameters
    ----------
    coefficients : sequence
        Those of p, of degree n, the constant first; elements of any ring.
    zero : object
        The zero of the ring.

    Returns
    -------
    list, list
        Coefficients of R and S, the constant first; for even n r = 1 and s = sin(w), for odd n r = cos(w/2) and
        s = sin(w/2).

    Notes
    -----
    Derived here: cos(kw) = T_k(c), sin(kw) = sin(w) U_(k-1)(c), and with half angles
    cos((k + 1/2) w) = cos(w/2) (U_k - U_(k-1))(c), sin((k + 1/2) w) = sin(w/2) (U_k + U_(k-1))(c).

    Examples
    --------
    >>> circle_parts([1, 3, 1])  # exp(-iw) (1 + 3 exp(iw) + exp(2iw)) = 3 + 2 cos(w)
    ([3, 2], [0, 0])
    """
    degree = len(coefficients) - 1
    half = degree // 2
    first, second = chebyshev(half + 1)
    real, imaginary = [zero] * (half + 1), [zero] * (half + 1)
    for k, a in enumerate(coefficients):
        if not a:
            continue
        turns = 2 * k - degree
        j = abs(turns) // 2
        signed = a if turns > 0 else -a
        if degree % 2 == 0:
            _add(real, first[j], a)
            _add(imaginary, second[j], signed)
        else:
            _add(real, second[j + 1], a)
            _add(real, second[j], -a)
            _add(imaginary, second[j + 1], signed)
            _add(imaginary, second[j], signed)
    return real, imaginary


def _add(into: list[Any], polynomial: Sequence[int], factor: Any) -> None:
    for k, c in enumerate(polynomial):
        if c:
            into[k] = into[k] + factor * c
