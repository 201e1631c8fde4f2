"""The smooth rectifier log(1 + exp(x)), which overflows or cancels when it is written out."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.functions.named import NamedFunction


class softplus(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The function ``log(1 + exp(x))``.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> softplus(x).diff(x), softplus(-1000).evalf(3)
    (1/(1 + exp(-x)), 5.08e-435)
    """

    nargs = 1

    @classmethod
    def eval(cls, x: Any) -> Any:
        """Return the exact values at 0 and at the ends."""
        return {sp.S.Zero: sp.log(2), sp.oo: sp.oo, -sp.oo: sp.S.Zero}.get(x)

    def definition(self) -> Any:
        """Return ``log(1 + exp(x))``."""
        return sp.log(1 + sp.exp(self.args[0]))

    def slope(self, index: int) -> Any:
        """Return the logistic function."""
        return 1 / (1 + sp.exp(-self.args[index - 1]))

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the value with the dominant term taken out."""
        x = values[0]
        return max(x, context.zero) + context.log1p(context.exp(-abs(x)))

    def _eval_is_extended_positive(self) -> bool | None:
        return self.args[0].is_real
