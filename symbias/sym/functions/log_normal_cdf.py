"""The logarithm of the normal distribution function, far into both tails."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.functions.inverse_mills import inverse_mills
from symbias.sym.functions.named import NamedFunction
from symbias.sym.functions.normal_cdf import normal_cdf


class log_normal_cdf(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The function ``log(normal_cdf(x))``, finite where the distribution function underflows.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> log_normal_cdf(x).diff(x), log_normal_cdf(-100000000).evalf(6)
    (inverse_mills(x), -5.00000e+15)
    """

    nargs = 1
    latex_name = r"\log\Phi"

    @classmethod
    def eval(cls, x: Any) -> Any:
        """Return the exact values at 0 and at the ends."""
        return {sp.S.Zero: -sp.log(2), sp.oo: sp.S.Zero, -sp.oo: -sp.oo}.get(x)

    def definition(self) -> Any:
        """Return ``log(erfc(-x/sqrt(2))/2)``."""
        return sp.log(normal_cdf(self.args[0]).definition())

    def slope(self, index: int) -> Any:
        """Return the density over the distribution function."""
        return inverse_mills(self.args[index - 1])

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the value from the tail that is small."""
        x = values[0]
        if x > 0:
            return context.log1p(-normal_cdf.evaluate(context, -x))
        return context.log(normal_cdf.evaluate(context, x))

    def _eval_is_extended_negative(self) -> bool | None:
        return self.args[0].is_real
