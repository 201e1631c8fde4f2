"""The slope of the logarithm of the normal distribution function.

Written out, it is a ratio of two numbers that both underflow in the lower tail.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.functions.named import NamedFunction
from symbias.sym.functions.normal_cdf import normal_cdf
from symbias.sym.functions.normal_pdf import normal_pdf


class inverse_mills(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The ratio ``normal_pdf(x)/normal_cdf(x)``; it behaves like ``-x`` in the lower tail.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> inverse_mills(x).diff(x), inverse_mills(-1000).evalf(8)
    ((-x - inverse_mills(x))*inverse_mills(x), 1000.0010)
    """

    nargs = 1

    @classmethod
    def eval(cls, x: Any) -> Any:
        """Return the exact values at 0 and at the ends."""
        if x.is_zero:
            return sp.sqrt(2 / sp.pi)
        return {sp.oo: sp.S.Zero, -sp.oo: sp.oo}.get(x)

    def definition(self) -> Any:
        """Return the ratio in terms of ``exp`` and ``erfc``."""
        x = self.args[0]
        return normal_pdf(x).definition() / normal_cdf(x).definition()

    def slope(self, index: int) -> Any:
        """Return ``-m*(x + m)`` where m is the function itself."""
        return self * (-self.args[index - 1] - self)

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the ratio; mpmath's exponents do not underflow."""
        x = values[0]
        return normal_pdf.evaluate(context, x) / normal_cdf.evaluate(context, x)

    def _eval_is_extended_positive(self) -> bool | None:
        return self.args[0].is_real
