"""The integral of powers of two sines over a wedge, which vanishes with its opening to a high order."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symbias.sym.functions.named import NamedFunction
from symbias.sym.symbols import dummy, real

_TERMS = 14
"""Of the series; what is left out is below 1e-18 of it in its region."""


class sine_wedge(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The integral of ``sin(u)**m * sin(d - u)**n`` over u from 0 to the opening d.

    The integrand is not negative for d up to pi, but the closed form is a difference: with m = n = 1 it is
    ``(sin(d) - d*cos(d))/2``, about d**3/6. Compiled code sums its series where d is small.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> d = real("d")
    >>> sine_wedge(1, 1, d).definition(), sine_wedge(0, 0, d), sine_wedge(1, 1, 0)
    (-d*cos(d)/2 + sin(d)/2, d, 0)
    """

    nargs = 3
    latex_name = "W"

    @classmethod
    def eval(cls, m: Any, n: Any, d: Any) -> Any:
        """Return the opening itself for powers zero, and 0 at 0."""
        if d.is_zero:
            return sp.S.Zero
        return d if m == n == 0 else None

    def definition(self) -> Any:
        """Return the closed form, a polynomial in d, sin(d) and cos(d)."""
        m, n, d = self.args
        hole, closed = _closed(int(m), int(n))
        return closed.xreplace({hole: d})

    def slope(self, index: int) -> Any:
        """Return the derivative of the closed form, in the opening only."""
        if index != 3:
            raise sp.core.function.ArgumentIndexError(self, index)
        m, n, d = self.args
        hole, closed = _closed(int(m), int(n))
        return closed.diff(hole).xreplace({hole: d})

    def stable_forms(self) -> tuple[tuple[Any, Any], ...]:
        """Return the Taylor series for small openings."""
        m, n, d = (int(self.args[0]), int(self.args[1]), self.args[2])
        total, square = sp.S.Zero, d**2
        for coefficient in reversed(_series(m, n)):
            total = total * square + coefficient
        # The higher the powers, the faster the angles that they hold, and the more the closed form loses.
        near = sp.Rational(4, 5) if m + n <= 2 else sp.Rational(3, 2)
        return ((sp.Abs(d) < near, d ** (m + n + 1) * total),)


@lru_cache(maxsize=256)
def _closed(m: int, n: int) -> tuple[Any, Any]:
    """Return a symbol for the opening, and the integral."""
    d, u = dummy("d", real=True), real("u")
    waves = sp.expand((_wave(m, u) * _wave(n, d - u)).expand())
    waves = sp.Add(*(_joined(term) for term in sp.Add.make_args(waves)))
    primitive = sp.Add(*(_primitive(term, u) for term in sp.Add.make_args(sp.expand(waves))))
    found = sp.expand(primitive.subs(u, d) - primitive.subs(u, 0))
    found = sp.expand(sp.expand_trig(sp.expand(found.rewrite(sp.cos))))
    return d, _reduced(found, d)


def _wave(power: int, angle: Any) -> Any:
    """Return a power of a sine by exponentials."""
    return ((sp.exp(sp.I * angle) - sp.exp(-sp.I * angle)) / (2 * sp.I)) ** power


def _joined(term: Any) -> Any:
    return sp.powsimp(term, combine="exp")


def _primitive(term: Any, u: Any) -> Any:
    """Integrate a constant or an exponential in u."""
    rate = sp.Add(*(e.args[0].expand().coeff(u) for e in term.atoms(sp.exp)))
    return term * u if rate == 0 else term / rate


def _reduced(found: Any, d: Any) -> Any:
    """Write a trigonometric polynomial with at most the first power of the sine."""
    s, c = sp.sin(d), sp.cos(d)
    poly = sp.Poly(found, s)
    square, total = 1 - c**2, sp.S.Zero
    for (power,), coefficient in poly.terms():
        total += coefficient * square ** (power // 2) * s ** (power % 2)
    return sp.expand(total)


@lru_cache(maxsize=256)
def _series(m: int, n: int) -> tuple[Any, ...]:
    """Return the coefficients of d**(m + n + 1 + 2 k): powers of u and d - u integrate to a beta function."""
    first, second = _sine_power(m), _sine_power(n)
    total = [sp.S.Zero] * _TERMS
    for i in range(_TERMS):
        for j in range(_TERMS - i):
            p, q = m + 2 * i, n + 2 * j
            beta = sp.factorial(p) * sp.factorial(q) / sp.factorial(p + q + 1)
            total[i + j] += first[i] * second[j] * beta
    return tuple(total)


def _sine_power(power: int) -> list[Any]:
    """Return the coefficients of u**(power + 2 k) in sin(u)**power."""
    sine = [sp.Rational((-1) ** k, sp.factorial(2 * k + 1)) for k in range(_TERMS)]
    found = [sp.S.One, *[sp.S.Zero] * (_TERMS - 1)]
    for _ in range(power):
        found = [sum(found[i] * sine[k - i] for i in range(k + 1)) for k in range(_TERMS)]
    return found
