"""The rectifier, with a stated derivative at its kink.

``Max(x, 0)`` has a derivative that SymPy cannot state at 0 and that goes wrong inside roots; here
the derivative is the step with value 0 at 0, the convention of automatic differentiation.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.functions.named import NamedFunction


class relu(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """The rectifier ``max(x, 0)``; its derivative at 0 is 0.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> relu(x).diff(x), relu(x).diff(x).subs(x, 0), relu(-3)
    (Heaviside(x, 0), 0, 0)
    """

    nargs = 1

    @classmethod
    def eval(cls, x: Any) -> Any:
        """Simplify where the sign is known."""
        if x.is_extended_nonnegative:
            return x
        return sp.S.Zero if x.is_extended_nonpositive else None

    def definition(self) -> Any:
        """Return ``Max(x, 0)``."""
        return sp.Max(self.args[0], 0)

    def slope(self, index: int) -> Any:
        """Return the step that is 0 at 0."""
        return sp.Heaviside(self.args[index - 1], 0)

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the larger of the value and 0."""
        return max(values[0], context.zero)

    def _eval_is_extended_nonnegative(self) -> bool | None:
        return self.args[0].is_extended_real
