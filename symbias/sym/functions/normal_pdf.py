"""The standard normal density."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.functions.named import NamedFunction


class normal_pdf(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The density ``exp(-x**2/2)/sqrt(2*pi)`` of a standard Gaussian.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> normal_pdf(x).diff(x), normal_pdf(0)
    (-x*normal_pdf(x), sqrt(2)/(2*sqrt(pi)))
    """

    nargs = 1
    latex_name = r"\varphi"

    @classmethod
    def eval(cls, x: Any) -> Any:
        """Return the exact values at 0 and at the ends."""
        if x.is_zero:
            return 1 / sp.sqrt(2 * sp.pi)
        return sp.S.Zero if x in {sp.oo, -sp.oo} else None

    def definition(self) -> Any:
        """Return ``exp(-x**2/2)/sqrt(2*pi)``."""
        return sp.exp(-(self.args[0] ** 2) / 2) / sp.sqrt(2 * sp.pi)

    def slope(self, index: int) -> Any:
        """Return ``-x*normal_pdf(x)``."""
        return -self.args[index - 1] * self

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the density."""
        return context.exp(-(values[0] ** 2) / 2) / context.sqrt(2 * context.pi)

    def _eval_is_extended_positive(self) -> bool | None:
        return self.args[0].is_real
