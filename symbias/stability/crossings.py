"""Crossings of the unit circle for numeric parameters: found in doubles, refined in multiprecision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

Integers = dict[int, int]

NEARLY_REAL = 1e-6
"""Roots in cos(w) whose imaginary part is below this count as real; a count of roots decides afterwards."""


@dataclass(frozen=True)
class Candidate:
    """A value of y at which stability may change.

    Parameters
    ----------
    value : float
        It, in double precision.
    refine : callable
        Digits -> mpmath.mpf.

    Examples
    --------
    >>> Candidate(2.0, lambda digits: mpmath.mpf(2)).value
    2.0
    """

    value: float
    refine: Callable[[int], Any]


def sine_crossings(dynamics: Integers, gradient: Integers) -> list[Candidate]:
    """Return every y > 0 for which dynamics + y * gradient has a root on the unit circle.

    Parameters
    ----------
    dynamics, gradient : dict
        Exponent of z -> integer coefficient.

    Returns
    -------
    list of Candidate
        Ascending.

    Notes
    -----
    Derived here: y = -A/B is real at z = exp(iw) where Im(A conj(B)) = sum of k_q sin(q w) vanishes, that is at w = pi
    and where sum of k_q U_(q-1)(cos w) = 0.

    Examples
    --------
    >>> [round(c.value, 6) for c in sine_crossings({3: 1, 2: -1}, {0: 1})]
    [0.618034, 2.0]
    """
    product = _correlation(dynamics, gradient)
    square = _correlation(gradient, gradient)
    found = []
    at_minus_one = [sum(c * (-1) ** e for e, c in part.items()) for part in (dynamics, gradient)]
    if at_minus_one[1]:
        top, bottom = -at_minus_one[0], at_minus_one[1]
        found.append(Candidate(top / bottom, lambda digits: _quotient(top, bottom, digits)))
    for cosine in _second_kind_roots(product):
        # By the half angle: near the ends arccos loses half of the digits of 1 - cosine.
        angle = float(2 * np.arctan2(np.sqrt(1 - cosine), np.sqrt(1 + cosine)))
        size = sum(c * np.cos(q * angle) for q, c in square.items())
        if size > 1e-14 * sum(abs(c) for c in square.values()):
            value = -sum(c * np.cos(q * angle) for q, c in product.items()) / size
            found.append(Candidate(float(value), _refiner(product, square, angle)))
    return sorted((c for c in found if c.value > 0), key=lambda c: c.value)


def _quotient(top: int, bottom: int, digits: int) -> Any:
    with mpmath.workdps(digits + 15):
        return mpmath.mpf(top) / bottom


def _correlation(first: Integers, second: Integers) -> Integers:
    found: Integers = {}
    for e, a in first.items():
        for f, b in second.items():
            found[e - f] = found.get(e - f, 0) + a * b
    return found


def _second_kind_roots(product: Integers) -> np.ndarray:
    """Roots in [-1, 1] of the series of U_(q-1) whose coefficients are the odd part of the product."""
    top = max(abs(q) for q in product)
    odd = [product.get(q, 0) - product.get(-q, 0) for q in range(1, top + 1)]
    while odd and odd[-1] == 0:
        odd.pop()
    if len(odd) < 2:
        return np.empty(0)
    largest = max(map(abs, odd))
    second = np.array([c / largest for c in odd])
    first = np.zeros_like(second)  # U_n = 2 (T_n + T_(n-2) + ...), the last term T_0 halved
    for parity in (0, 1):
        first[parity::2] = 2 * np.cumsum(second[parity::2][::-1])[::-1]
    first[0] /= 2
    roots = np.polynomial.chebyshev.chebroots(first)
    real = roots[np.abs(roots.imag) < NEARLY_REAL].real
    return np.clip(real[np.abs(real) <= 1 + NEARLY_REAL], -1.0, 1.0)


def _refiner(product: Integers, square: Integers, angle: float) -> Callable[[int], Any]:
    odd = {q: product.get(q, 0) - product.get(-q, 0) for q in product if q > 0}
    odd |= {-q: -product[q] for q in product if q < 0 and -q not in odd}

    def refine(digits: int) -> Any:
        with mpmath.workdps(digits + 15):
            w = mpmath.mpf(angle)
            small = mpmath.mpf(10) ** (-digits - 8)
            for _ in range(8 + digits.bit_length()):
                slope = mpmath.fsum(q * c * mpmath.cos(q * w) for q, c in odd.items())
                if slope == 0:
                    break
                move = mpmath.fsum(c * mpmath.sin(q * w) for q, c in odd.items()) / slope
                w -= move
                if abs(move) < small:
                    break
            cosines = [
                mpmath.fsum(c * mpmath.cos(q * w) for q, c in part.items())
                for part in (product, square)
            ]
            return -cosines[0] / cosines[1]

    return refine


def polynomial_roots(polynomials: list[list[int]]) -> list[Candidate]:
    """Return the positive roots of polynomials in y.

    Parameters
    ----------
    polynomials : list of list of int
        Coefficients, the constant first.

    Returns
    -------
    list of Candidate
        Ascending; a multiple or badly conditioned root may be missing, which the exact route then finds.

    Examples
    --------
    >>> [c.value for c in polynomial_roots([[2, -3, 1]])]
    [1.0, 2.0]
    """
    found = []
    for coefficients in polynomials:
        scale = max(map(abs, coefficients))
        roots = np.roots([c / scale for c in coefficients[::-1]])
        real = roots[np.abs(roots.imag) < NEARLY_REAL * np.maximum(1.0, np.abs(roots))].real
        found += [
            Candidate(float(r), _root_refiner(coefficients, float(r))) for r in real if r > 1e-12
        ]
    return sorted(found, key=lambda c: c.value)


def _root_refiner(coefficients: list[int], start: float) -> Callable[[int], Any]:
    def refine(digits: int) -> Any:
        with mpmath.workdps(digits + 15):
            y = mpmath.mpf(start)
            small = abs(y) * mpmath.mpf(10) ** (-digits - 8)
            for _ in range(8 + digits.bit_length()):
                value, slope = mpmath.polyval(coefficients[::-1], y, derivative=True)
                if slope == 0:
                    break
                y -= value / slope
                if abs(value / slope) < small:
                    break
            return y

    return refine
