"""How far a standard Gaussian is beyond s on average, given that it is: the mean excess.

It is the inverse Mills ratio of the upper tail less s, a difference of nearly equal numbers for large s. Laplace's
continued fraction 1/(s + 2/(s + 3/(s + ...))) has positive terms only.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from symbias.sym.functions import NamedFunction, inverse_mills
from symbias.sym.functions.named import working_context
from symbias.sym.symbols import dummy

TERMS = 40
"""Depth of the continued fraction: below rounding from `FAR` on."""

FAR = 4
"""Where the continued fraction takes over from the power series about 1 and 3."""

ORDER = 30
"""Order of the power series: the nearest singularities are the zeros of the upper tail, -1.9 +- 2.8 i."""

DIGITS = 50
"""Of the numbers that coefficients are worked out with; they are rounded to 20 digits."""


@cache
def _series(center: int) -> tuple[Any, ...]:
    """Return the coefficients of the power series about a point, by e' = e (s + e) - 1."""
    context = working_context(4 * DIGITS)
    found = [normal_mean_excess.evaluate(context, context.mpf(center))]
    for k in range(ORDER):
        square = sum(found[j] * found[k - j] for j in range(k + 1))
        shifted = center * found[k] + (found[k - 1] if k else 0)
        found.append((square + shifted - (k == 0)) / (k + 1))
    return tuple(sp.Float(c, 20) for c in found)


@cache
def _fraction() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the coefficients of two polynomials in 1/s**2 whose quotient over s is the continued fraction."""
    w = dummy("w")
    top, bottom = sp.Poly(1, w), sp.Poly(1, w)
    for k in range(TERMS, 1, -1):
        # 1 + k w / (top/bottom), from the inside out.
        top, bottom = top + k * sp.Poly(w, w) * bottom, top
    numerator, denominator = (
        tuple(sp.Float(c, 20) for c in reversed(p.all_coeffs())) for p in (bottom, top)
    )
    return numerator, denominator


def _horner(coefficients: tuple[Any, ...], x: Any) -> Any:
    total = sp.S.Zero
    for c in reversed(coefficients):
        total = total * x + c
    return total


class normal_mean_excess(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The mean of Z - s given Z > s for a standard Gaussian Z; it behaves like 1/s in the upper tail.

    Examples
    --------
    >>> normal_mean_excess(0), normal_mean_excess(1000).evalf(12)
    (sqrt(2)/sqrt(pi), 0.000999998000010)
    """

    nargs = 1
    latex_name = "e"

    @classmethod
    def eval(cls, s: Any) -> Any:
        """Return the exact values at 0 and at the upper end."""
        return {sp.S.Zero: sp.sqrt(2 / sp.pi), sp.oo: sp.S.Zero}.get(s)

    def definition(self) -> Any:
        """Return the inverse Mills ratio of the upper tail less the point."""
        return inverse_mills(-self.args[0]) - self.args[0]

    def slope(self, index: int) -> Any:
        """Return ``e*(s + e) - 1`` where e is the function itself."""
        return self * (self.args[index - 1] + self) - 1

    def stable_forms(self) -> tuple[tuple[Any, Any], ...]:
        """Return power series up to s = 4, the continued fraction from there on."""
        s = self.args[0]
        near = [
            (sp.And(s >= c - 1, s <= c + 1), _horner(_series(c), s - c)) for c in range(1, FAR, 2)
        ]
        top, bottom = (_horner(part, 1 / s**2) for part in _fraction())
        return (*near, (s >= FAR, top / (s * bottom)))

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the difference, with the digits that it loses added."""
        s = values[0]
        lost = 2 * max(0, context.mag(s)) if s > 0 else 0
        wide = working_context(context.prec + lost + 20)
        return context.convert(inverse_mills.evaluate(wide, -wide.convert(s)) - wide.convert(s)) + 0

    def _eval_is_extended_positive(self) -> bool | None:
        return self.args[0].is_real
