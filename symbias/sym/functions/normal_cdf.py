"""The standard normal distribution function."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.functions.named import NamedFunction
from symbias.sym.functions.normal_pdf import normal_pdf


class normal_cdf(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The probability that a standard Gaussian is at most ``x``.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> normal_cdf(x).diff(x), normal_cdf(0), normal_cdf(-40).evalf(4)
    (normal_pdf(x), 1/2, 3.656e-350)
    """

    nargs = 1
    latex_name = r"\Phi"

    @classmethod
    def eval(cls, x: Any) -> Any:
        """Return the exact values at 0 and at the ends."""
        return {sp.S.Zero: sp.S.Half, sp.oo: sp.S.One, -sp.oo: sp.S.Zero}.get(x)

    def definition(self) -> Any:
        """Return ``erfc(-x/sqrt(2))/2``."""
        return sp.erfc(-self.args[0] / sp.sqrt(2)) / 2

    def slope(self, index: int) -> Any:
        """Return the density."""
        return normal_pdf(self.args[index - 1])

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the value by the complementary error function, which keeps the lower tail."""
        return context.erfc(-values[0] / context.sqrt(2)) / 2

    def _eval_is_extended_positive(self) -> bool | None:
        return self.args[0].is_real
