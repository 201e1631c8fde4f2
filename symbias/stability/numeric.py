"""The threshold of a rule whose parameters are numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from symbias.errors import ConvergenceError, DomainError
from symbias.stability.candidates import factors
from symbias.stability.certified import first_threshold
from symbias.stability.crossings import Candidate, polynomial_roots, sine_crossings
from symbias.stability.pencil import Pencil, at_point
from symbias.stability.roots import count_roots
from symbias.stability.stable_set import endpoints
from symbias.stability.winding import roots_outside
from symbias.sym.symbols import dummy

LARGEST_EXACT = 160
"""Up to this degree in z roots are counted exactly, beyond by the argument principle."""

_ROUNDS = 10
"""Of false position, from 32 points in a period of the fastest part on; multiprecision comes after it."""


def numeric_threshold(
    pencil: Pencil, digits: int, name: str, polynomials: Callable[[], list[list[int]]] | None = None
) -> Any:
    """Return the end of the first stable interval in y.

    Parameters
    ----------
    pencil : Pencil
        Without symbols.
    digits : int
        Correct digits asked for.
    name : str
        Of the rule, for messages.
    polynomials : callable, optional
        Gives the integer coefficients of `candidates.factors`, the constants first, where they are known already.

    Returns
    -------
    mpmath.mpf
        Up to degree 160 the roots were counted exactly at relative distance 10**-digits on both sides; above that, and
        for a delay law without a rational generating function, they were counted in doubles.

    Raises
    ------
    DomainError
        If the rule is unstable for all small steps.
    ConvergenceError
        If doubles do not resolve the crossings.

    Notes
    -----
    Derived here. Irrational coefficients are replaced by rational ones, closer than 10**-(digits + 20).

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> numeric_threshold(pencil(sb.UpdateRule.gradient_descent().delayed(2)), 15, "delayed descent")
    mpf('0.61803398874989...')
    """
    pencil = pencil.rounded(digits + 20)
    if pencil.weight is not None or max(pencil.terms) > LARGEST_EXACT:
        return _by_winding(pencil, digits, name)
    rows = pencil.rows()

    def stable(y: Fraction) -> bool:
        return count_roots(at_point(rows, y)).stable

    if pencil.degree == 1:
        parts = [{e: row[k] for e, row in enumerate(rows) if row[k]} for k in (0, 1)]
        candidates = sine_crossings(*parts)
    else:
        candidates = polynomial_roots(polynomials() if polynomials else _factors(pencil))
    found = first_threshold(candidates, stable, digits, name)
    return _exact(pencil, rows, digits, name) if found is None else found


def _factors(pencil: Pencil) -> list[list[int]]:
    y = dummy("y")
    return [[int(c) for c in sp.Poly(f, y).all_coeffs()[::-1]] for f in factors(pencil, y)]


def _exact(pencil: Pencil, rows: list[list[int]], digits: int, name: str) -> Any:
    """Isolate every candidate; slow, for crossings that doubles do not separate."""
    y = dummy("y")
    ends, points = endpoints(rows, factors(pencil, y), y)
    exact = [Candidate(float(end.value), _evaluator(end.value)) for end in ends]
    for k, end in enumerate(exact):
        if not count_roots(at_point(rows, points[k + 1])).stable:
            return end.refine(digits)
    msg = f"{name} is stable at every step."
    raise DomainError(msg, remedy="There is no threshold; see .stable_set.")


def _evaluator(value: sp.Expr) -> Callable[[int], Any]:
    return lambda digits: mpmath.mpf(value.evalf(digits + 5)._mpf_)


def _by_winding(pencil: Pencil, digits: int, name: str) -> Any:
    """Find crossings on a grid of angles and count roots by the argument principle."""
    if pencil.degree != 1:
        raise DomainError(
            f"{name} has a characteristic polynomial of degree {max(pencil.terms)} in z.",
            remedy=f"Rules that nest or cycle are treated up to degree {LARGEST_EXACT}.",
        )
    dynamics, gradient = pencil.part(0), pencil.part(1)
    alone, added = _evaluate(dynamics, None), _evaluate(gradient, pencil.weight)

    def imaginary(w: np.ndarray) -> np.ndarray:
        return np.imag(alone(w) * np.conj(added(w)))

    def stable(y: Fraction) -> bool:
        def whole(z: Any) -> Any:
            w = np.angle(z)
            return alone(w) + float(y) * added(w)

        return roots_outside(whole, degree, 16 * degree) == 0

    degree = max(dynamics)
    grid = np.linspace(0.0, np.pi, 32 * degree + 4096)[1:-1]
    angles = np.append(_zeros(imaginary, grid), np.pi)
    values = -np.real(alone(angles) / added(angles))
    order = np.argsort(values)
    candidates = [
        Candidate(float(values[k]), _refinement(pencil, float(angles[k])))
        for k in order[values[order] > 0]
    ]
    value = first_threshold(candidates, stable, 6, name)
    if value is None:
        raise ConvergenceError(
            f"The threshold of {name} was not confirmed by a count of roots.",
            "crossings lie too close together for double precision.",
            "Use a smaller delay, or a law with finitely many delays.",
        )
    close = min(candidates, key=lambda c: abs(c.value - float(value)))
    return close.refine(digits)


def _zeros(function: Callable[[np.ndarray], np.ndarray], grid: np.ndarray) -> np.ndarray:
    """Return the zeros between neighbours of a grid, all at once, by false position (Illinois)."""
    values = function(grid)
    at = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)
    a, b, f, g = grid[at], grid[at + 1], values[at], values[at + 1]
    for _ in range(_ROUNDS):
        with np.errstate(invalid="ignore"):
            c = np.where(f == g, a, a - f * (b - a) / (g - f))
        h = function(c)
        crossed = h * g < 0
        # Where the same end stays twice its value is halved, so that it moves next time.
        a, f = np.where(crossed, b, a), np.where(crossed, g, f / 2)
        b, g = c, h
    return b


def _evaluate(part: dict[int, sp.Expr], weight: sp.Lambda | None) -> Callable[[Any], Any]:
    """Return the polynomial on the unit circle, times the weight at 1/z, as a function of arrays of angles."""
    numbers = [(e, float(c)) for e, c in part.items()]
    s = dummy("s")
    factor = None if weight is None else sp.lambdify(s, weight(s), "numpy")

    def value(w: Any) -> Any:
        total = sum(c * np.exp(1j * e * w) for e, c in numbers)
        return total if factor is None else total * factor(np.exp(-1j * w))

    return value


def _refinement(pencil: Pencil, angle: float) -> Callable[[int], Any]:
    """Return the refinement of the candidate near an angle, by the secant method."""
    dynamics, gradient = (list(pencil.part(k).items()) for k in (0, 1))
    s = dummy("s")
    weight = None if pencil.weight is None else sp.lambdify(s, pencil.weight(s), "mpmath")

    def ratio(w: Any) -> Any:
        alone = mpmath.fsum(_number(c) * mpmath.expj(e * w) for e, c in dynamics)
        added = mpmath.fsum(_number(c) * mpmath.expj(e * w) for e, c in gradient)
        return -alone / (added if weight is None else added * weight(mpmath.expj(-w)))

    def refine(digits: int) -> Any:
        with mpmath.workdps(digits + 15):
            if angle == np.pi:
                return mpmath.re(ratio(mpmath.pi))
            near = (mpmath.mpf(angle), mpmath.mpf(angle) * (1 + mpmath.mpf(2) ** -40))
            w = mpmath.findroot(lambda v: mpmath.im(ratio(v)), near, solver="secant")
            return mpmath.re(ratio(w))

    return refine


def _number(c: sp.Expr) -> Any:
    return mpmath.mpf(int(c.p)) / int(c.q) if c.is_Rational else mpmath.mpf(c.evalf(60)._mpf_)
