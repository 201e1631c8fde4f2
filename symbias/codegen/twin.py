"""The multiprecision twin of a kernel: the same statement list, evaluated by mpmath."""

from __future__ import annotations

import contextlib
import numbers
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import sympy as sp

from symbias.codegen.lower import Program
from symbias.codegen.operations import OPERATIONS
from symbias.errors import BudgetError, InputError
from symbias.sym.evaluation import require_few
from symbias.sym.functions.named import to_mpmath, working_context

DOUBLINGS = 5
"""How often the working precision is doubled until two evaluations agree."""

LARGEST_EXTRA = 4096
"""Most bits that are added for the size of the arguments."""


def exact_value(value: Any, context: Any) -> Any:
    """Return a number in a context, exactly or to its precision.

    Parameters
    ----------
    value : int, float, Fraction, str, mpf or sympy.Expr
        A real number; a float stands for itself, to the last bit.
    context : mpmath context
        Holds the precision.

    Returns
    -------
    mpf
        The number.

    Raises
    ------
    InputError
        If it is not a real number.

    Examples
    --------
    >>> from fractions import Fraction
    >>> exact_value(Fraction(1, 4), working_context(60))
    mpf('0.25')
    """
    if isinstance(value, Fraction):
        return context.mpf(value.numerator) / value.denominator
    if isinstance(value, sp.Expr) and value.is_number and value.is_real:
        return to_mpmath(value.evalf(context.dps + 5), context)
    if isinstance(value, numbers.Real | str) or hasattr(value, "_mpf_"):
        exact = hasattr(value, "_mpf_") or isinstance(value, str | int)
        with contextlib.suppress(ValueError, OverflowError):
            return context.mpf(value if exact else float(value))
    raise InputError(
        f"{value!r} is not a real number.",
        remedy="Give an int, Fraction, float, string of digits, mpf or real SymPy number.",
    )


class Evaluator:
    """Evaluates a program at one precision.

    Parameters
    ----------
    program : Program
        Straight-line code.
    context : mpmath context
        Holds the precision, and belongs to the calling thread.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> Evaluator(lower([x / 3], (x,)), working_context(60))([1])
    [mpf('0.33333333333333333348')]
    """

    def __init__(self, program: Program, context: Any) -> None:
        self.program = program
        self.context = context
        self._numbers: dict[Any, Any] = {}

    def __call__(self, values: Any) -> list[Any]:
        """Return the values of all outputs; what has no real value is NaN."""
        given = [exact_value(v, self.context) for v in values]
        table = dict(zip(self.program.args, given, strict=True))
        for name, expr in self.program.statements:
            table[name] = self._evaluate(expr, table)
        return [self._evaluate(expr, table) for expr in self.program.outputs]

    def _evaluate(self, node: Any, table: dict[Any, Any]) -> Any:
        """Return the value of a node of the inert language, NaN where it has no real value."""
        if node.is_Symbol:
            return table[node]
        if not node.args:
            if node not in self._numbers:
                self._numbers[node] = self._number(node)
            return self._numbers[node]
        name = type(node).__name__
        if name in {"select", "region"}:
            return self._choose(name, node.args, table)
        parts = [self._evaluate(a, table) for a in node.args]
        try:
            value = self._apply(name, node, parts)
        except (ZeroDivisionError, ValueError):
            return self.context.nan
        return self.context.nan if isinstance(value, self.context.mpc) else value

    def _apply(self, name: str, node: Any, parts: list[Any]) -> Any:
        context = self.context
        if node.is_Add:
            return context.fsum(parts)
        if node.is_Mul:
            return context.fprod(parts)
        if node.is_Pow:
            return parts[0] ** int(node.exp)
        if name in {"and_", "or_"}:
            return (all if name == "and_" else any)(parts)
        if name == "power_of":
            return context.power(parts[0], parts[1])
        return self._real(OPERATIONS[name].exact(context, *parts))

    def _real(self, value: Any) -> Any:
        """Drop an imaginary part that is exactly zero."""
        if isinstance(value, self.context.mpc) and value.imag == 0:
            return value.real
        return value

    def _choose(self, name: str, args: tuple[Any, ...], table: dict[Any, Any]) -> Any:
        # A stable region is an approximation in float64: here the definition counts.
        for k in range(0, len(args) - 1, 2):
            if name == "select" and self._evaluate(args[k], table):
                return self._evaluate(args[k + 1], table)
        return self._evaluate(args[-1], table)

    def _number(self, node: Any) -> Any:
        if node is sp.nan:
            return self.context.nan
        if node in {sp.true, sp.false}:
            return bool(node)
        if node.is_Rational:
            return self.context.mpf(int(node.p)) / int(node.q)
        if node.is_Float:
            return to_mpmath(node, self.context)
        return to_mpmath(node.evalf(self.context.dps + 5), self.context)


def _settled(old: list[Any], new: list[Any], digits: int, *, zeros: bool) -> bool:
    """Tell whether two evaluations agree to the given number of digits.

    A zero settles only in the last round: it may be a number that cancels at both precisions.
    """

    def close(a: Any, b: Any) -> bool:
        if a == b:
            return zeros or bool(b)
        if a.context.isnan(a) and b.context.isnan(b):
            return True
        return bool(abs(a - b) <= abs(b) * b.context.mpf(10) ** (-digits - 2))

    return all(close(a, b) for a, b in zip(old, new, strict=True))


def _extra_bits(values: tuple[Any, ...]) -> int:
    """Return bits for arguments of very different sizes, so that 1 + x differs from 1."""
    context = working_context(53)
    given = [exact_value(v, context) for v in values]
    sizes = [
        abs(int(context.mag(v)))
        for v in given
        if v and not context.isinf(v) and not context.isnan(v)
    ]
    if max(sizes, default=0) > LARGEST_EXTRA:
        raise BudgetError(
            f"An argument is of the order of 2**{max(sizes)} or its inverse.",
            remedy=f"Stay below 2**{LARGEST_EXTRA}.",
        )
    return min(2 * max(sizes, default=0), LARGEST_EXTRA)


def twin(program: Program, digits: int) -> Callable[..., list[Any]]:
    """Return the function that evaluates a program to the given number of digits.

    The working precision is doubled until two evaluations agree, so cancellation inside the formula
    costs time, not digits.

    Parameters
    ----------
    program : Program
        Straight-line code.
    digits : int
        Significant decimal digits, at least 1.

    Returns
    -------
    callable
        ``f(*values) -> list of mpf``.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> twin(lower([sp.sqrt(1 + x**2) - 1], (x,)), 20)("1e-30")
    [mpf('5.0e-61')]
    """
    if not (isinstance(digits, int) and digits >= 1):
        raise InputError(f"{digits!r} digits were asked for.", remedy="Give a positive integer.")
    require_few(digits)
    result = working_context(int(3.33 * digits) + 10)
    # What numbers such as pi are to one precision is found once.
    at = lru_cache(maxsize=32)(partial(Evaluator, program))

    def call(*values: Any) -> list[Any]:
        bits = int(3.33 * digits) + 40 + _extra_bits(values)
        old = at(working_context(bits))(values)
        for round_ in range(1, DOUBLINGS + 1):
            bits *= 2
            new = at(working_context(bits))(values)
            if _settled(old, new, digits, zeros=round_ == DOUBLINGS):
                return [result.convert(v) + 0 for v in new]
            old = new
        raise BudgetError(
            f"The value did not settle to {digits} digits at {bits} bits.",
            cause="the formula cancels completely at this point (its value may be exactly 0).",
            remedy="Move away from the point, or simplify the formula there.",
        )

    return call
