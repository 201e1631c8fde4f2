"""Counts the roots of a polynomial inside, on and outside the unit circle, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import gcd
from typing import NamedTuple

import sympy as sp

from symbias.errors import InputError
from symbias.sym.symbols import dummy


class RootCount(NamedTuple):
    """How many roots, with multiplicity, lie inside, on and outside the unit circle.

    Examples
    --------
    >>> RootCount(2, 0, 0).stable
    True
    """

    inside: int
    on: int
    outside: int

    @property
    def stable(self) -> bool:
        """Whether all roots lie inside."""
        return self.on == 0 and self.outside == 0


def count_roots(coefficients: Sequence[int]) -> RootCount:
    """Count the roots of a polynomial with integer coefficients.

    Parameters
    ----------
    coefficients : sequence of int
        The constant coefficient first; not all zero.

    Returns
    -------
    RootCount
        Exact, also when roots lie on the circle or in pairs (z, 1/z), where the tables of Jury and Schur end.

    Raises
    ------
    InputError
        If the polynomial is zero.

    Notes
    -----
    Derived here. z = (1 + s)/(1 - s) sends the disc to the left half-plane and the polynomial to
    q(s) = e(s**2) + s o(s**2). Along s = i v, v > 0, the phase of q grows by pi/2 times (roots in the left minus roots
    in the right half-plane), which the Cauchy index of o(-v**2)/e(-v**2) gives by a Sturm chain. Roots that e and o
    share come in pairs (s, -s) and do not contribute; those of them on the axis are counted apart.

    Examples
    --------
    >>> count_roots([2, -5, 2])  # roots 1/2 and 2
    RootCount(inside=1, on=0, outside=1)
    >>> count_roots([1, 0, 1])
    RootCount(inside=0, on=2, outside=0)
    """
    given = [int(c) for c in coefficients]
    while given and given[-1] == 0:
        given.pop()
    if not given:
        raise InputError("The zero polynomial has no roots to count.")
    zeros = next(k for k, c in enumerate(given) if c)
    image, at_one, at_minus_one = _half_plane(given[zeros:])
    left, axis, right = _count_half_planes(image)
    return RootCount(zeros + left, axis + at_one + at_minus_one, right)


@cache
def _moebius_rows(degree: int) -> tuple[tuple[int, ...], ...]:
    """Coefficients of (1 + s)**k (1 - s)**(degree - k), for every k."""
    row = [1]
    for _ in range(degree):
        row = [a - b for a, b in zip([*row, 0], [0, *row], strict=True)]
    rows = [row]
    for _ in range(degree):  # times (1 + s), divided by (1 - s)
        longer = [a + b for a, b in zip([*row, 0], [0, *row], strict=True)]
        total, row = 0, []
        for value in longer[:-1]:
            total += value
            row.append(total)
        rows.append(row)
    return tuple(map(tuple, rows))


def _half_plane(coefficients: list[int]) -> tuple[list[int], int, int]:
    """Return the image polynomial, and how often 1 and -1 were roots."""
    degree = len(coefficients) - 1
    image = [0] * (degree + 1)
    for c, row in zip(coefficients, _moebius_rows(degree), strict=True):
        if c:
            image = [old + c * new for old, new in zip(image, row, strict=True)]
    while image[-1] == 0:
        image.pop()
    at_one = next(k for k, c in enumerate(image) if c)
    return image[at_one:], at_one, degree + 1 - len(image)


def _count_half_planes(image: list[int]) -> tuple[int, int, int]:
    """Return how many roots lie left of the imaginary axis, on it, and right of it; 0 is none of them."""
    degree = len(image) - 1
    even = [c * (-1) ** k for k, c in enumerate(image[0::2])]
    odd = [c * (-1) ** k for k, c in enumerate(image[1::2])]
    chain = _sturm_chain(even, odd)
    index = _variations([f[0] for f in chain]) - _variations([f[-1] for f in chain])
    surplus = -2 * index
    if degree % 2:
        surplus += _sign(chain[0][-1]) * _sign(chain[1][-1])
    axis = _positive_roots(chain[-1])
    left = (degree - 2 * axis + surplus) // 2
    return left, 2 * axis, degree - 2 * axis - left


def _sturm_chain(first: Sequence[int], second: Sequence[int]) -> list[list[int]]:
    """Signed remainders, each divided by a positive number; the last one is the greatest common divisor."""
    chain = [_primitive(first), _primitive(second)]
    if not chain[1]:
        return chain[:1]
    while True:
        rest = _primitive([-c for c in _pseudo_remainder(chain[-2], chain[-1])])
        if not rest:
            return chain
        chain.append(rest)


def _primitive(f: Sequence[int]) -> list[int]:
    found = list(f)
    while found and found[-1] == 0:
        found.pop()
    content = gcd(*found) if found else 1
    return [c // content for c in found] if content > 1 else found


def _pseudo_remainder(f: list[int], g: list[int]) -> list[int]:
    """Return a positive multiple of the remainder of f by g."""
    if len(f) == len(g) + 1 and len(g) > 1:  # nearly always: one pass in place of two
        top, lead = f[-1], g[-1]
        square, mixed, last = lead * lead, lead * top, lead * f[-2] - top * g[-2]
        shifted = [0, *g[:-2]]
        return [
            square * a - mixed * b - last * c
            for a, b, c in zip(f[:-2], shifted, g[:-1], strict=True)
        ]
    rest, lead, size = list(f), abs(g[-1]), len(g)
    sign = _sign(g[-1])
    while len(rest) >= size:
        factor = sign * rest.pop()
        rest = [lead * c for c in rest]
        if factor:
            offset = len(rest) - size + 1
            for k in range(size - 1):
                rest[offset + k] -= factor * g[k]
    return rest


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _variations(values: Sequence[int]) -> int:
    signs = [_sign(v) for v in values if v]
    return sum(a != b for a, b in pairwise(signs))


def _positive_roots(f: list[int]) -> int:
    """How many positive roots f has, with multiplicity."""
    if len(f) == 1:
        return 0
    v = dummy("v")
    _, factors = sp.Poly(f[::-1], v).sqf_list()
    return sum(times * factor.count_roots(0, sp.oo) for factor, times in factors)
