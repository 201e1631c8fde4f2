"""How far rounding may have moved a value: ``log(1 + y)`` is zero to all digits that do not reach to y.

An unchanging difference proves nothing then, however many digits are carried. The errors of the arguments of each node
are sent through it: it is evaluated once more with each argument moved by its error.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from mpmath.libmp import NoConvergence

from symbias.sym.equality.evaluate import Evaluator, Undefined

_UNIT_DIGITS = 5
"""What the evaluator drops is this many digits below those asked for."""
_STEPS = (sp.floor, sp.ceiling, sp.frac, sp.Mod, sp.sign, sp.Heaviside)
"""They jump: at a rational function of the coordinates as it is, elsewhere only beyond the error of its value."""
_PARTS = (sp.re, sp.im, sp.conjugate)
_SUMMED = (sp.Integral, sp.Sum, sp.Product)
_TERMS = 10**4
"""How many numbers a sum or quadrature may add; how far off a quadrature is, is another question."""
_FAILURES = (Undefined, ZeroDivisionError, ValueError, OverflowError, NoConvergence)


class RoundingEvaluator(Evaluator):
    """An evaluator that also estimates how far rounding may have moved each value.

    Parameters
    ----------
    digits : int
        Decimal digits wanted; some more are carried.

    Examples
    --------
    >>> y = sp.Rational(1, 10**50)
    >>> evaluator = RoundingEvaluator(30)
    >>> vanishes = sp.log(sp.Add(1, y, evaluate=False), evaluate=False)
    >>> float(evaluator.value(vanishes, {}))
    0.0
    >>> 1e-36 < evaluator.error(vanishes) < 1e-34
    True
    """

    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self._unit = self.ctx.mpf(10) ** -(digits + _UNIT_DIGITS)
        self._errors: dict[Any, Any] = {}

    def error(self, expr: Any) -> Any:
        """Return how far rounding may have moved the value that was returned last for an expression.

        Parameters
        ----------
        expr : sympy.Basic
            What was evaluated.

        Returns
        -------
        mpmath number
            An estimate from above, infinite where the expression has no value next to the arguments.

        Examples
        --------
        >>> evaluator = RoundingEvaluator(30)
        >>> _ = evaluator.value(sp.Integer(2), {})
        >>> float(evaluator.error(sp.Integer(2)))
        0.0
        """
        return self._errors[expr]

    def visit(self, expr: Any) -> Any:
        """Return the value of a node at the current point, and note its error.

        Parameters
        ----------
        expr : sympy.Basic
            A node of the tree.

        Returns
        -------
        mpmath number or bool
            Its value.

        Examples
        --------
        >>> float(RoundingEvaluator(15).visit(sp.Integer(3)))
        3.0
        """
        known = expr in self._seen
        found = super().visit(expr)
        if not (known or self.inside or isinstance(found, bool)):
            self._errors[expr] = self._error(expr, found)
        return found

    def _error(self, expr: Any, value: Any) -> Any:
        rounded = self._unit * abs(value)
        if not expr.args or expr in self._values:
            return 0 * rounded if self.ctx.isint(value) else rounded
        if isinstance(expr, _STEPS) and expr.args[0].is_rational_function():
            return 0 * rounded
        if isinstance(expr, _SUMMED):
            return _TERMS * self._unit * max(abs(value), self.size)
        if hasattr(expr, "definition"):
            return rounded + self._errors.get(expr.definition(), 0)
        if isinstance(expr, _PARTS):
            return rounded + self._errors[expr.args[0]]
        branches = isinstance(expr, sp.Piecewise)
        inputs = [a for a, _ in expr.args] if branches else expr.args
        return rounded + sum(self._sent(expr, value, a) for a in inputs)

    def _sent(self, expr: Any, value: Any, argument: Any) -> Any:
        """Return how far the value moves where one argument moves by its error, along its ray: that crosses no cut."""
        here, error = self._seen.get(argument), self._errors.get(argument, 0)
        if here is None or isinstance(here, bool) or error == 0:
            return 0
        step = error * here / abs(here) if here else error
        moved = [here + step, here - step]
        if hasattr(here, "_mpc_"):
            moved.append(here + self.ctx.mpc(0, error))
        return max(abs(self._at(expr, argument, there) - value) for there in moved)

    def _at(self, expr: Any, argument: Any, there: Any) -> Any:
        here, self._seen[argument] = self._seen[argument], there
        try:
            return self._compute(expr) if self.ctx.isfinite(there) else self.ctx.inf
        except _FAILURES:
            return self.ctx.inf
        finally:
            self._seen[argument] = here
