"""The ball twin of a kernel: the same statement list, evaluated in interval arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from symbias.codegen.ball_arguments import enclosed, is_interval
from symbias.codegen.lower import Program, lower
from symbias.codegen.straight_line import Straight, straight_line
from symbias.codegen.tape import record
from symbias.errors import InputError
from symbias.sym.enclosure import Enclosure, binary
from symbias.sym.equality.interval import Interval, at_precision, ends
from symbias.sym.evaluation import require_few

DOUBLINGS = 6
"""How often the working precision is doubled to reach the accuracy aimed at."""

_OFTEN = 12
"""Uses after which a program is worth being written out."""


class BallProgram:
    """A program that takes balls and intervals.

    Parameters
    ----------
    program : Program
        Straight-line code.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.equality.interval import interval
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> BallProgram(lower([x**2], (x,)))([interval(-1, 2)], 53)
    [Interval(0.0, 4.0)]
    """

    def __init__(self, program: Program) -> None:
        self.tape = record(program)
        self._constants: dict[int, list[Any]] = {}
        self._uses = 0
        self._straight: Straight = self.tape.run

    def __call__(self, values: Sequence[Any], bits: int) -> list[Any]:
        """Return enclosures of all outputs, the ball ``nan`` for what is not shown to be defined.

        Parameters
        ----------
        values : sequence of flint.arb or Interval
            One per argument.
        bits : int
            Working precision.

        Returns
        -------
        list of flint.arb or Interval
            One per output.
        """
        return at_precision(bits, lambda: self._run(values, bits))

    def _run(self, values: Sequence[Any], bits: int) -> list[Any]:
        if bits not in self._constants:
            self._constants[bits] = self.tape.enclosed()
        self._uses += 1
        if self._uses == _OFTEN:
            self._straight = straight_line(self.tape)
        return self._straight(self._constants[bits], values)


def ball_program(expressions: Any, symbols: Sequence[Any]) -> BallProgram:
    """Return the evaluator of expressions in interval arithmetic.

    Parameters
    ----------
    expressions : list of sympy.Basic
        Made of the supported functions; conditions count as 1 and 0.
    symbols : sequence of sympy.Symbol
        The arguments, in order.

    Returns
    -------
    BallProgram
        Takes one ball or interval per symbol.

    Raises
    ------
    CodegenError
        If a function is not supported.
    MissingDependencyError
        If python-flint is not installed.

    Examples
    --------
    >>> from symbias.sym.equality.interval import interval
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> ball_program([x > 0, x - 3], [x])([interval(1, 2)], 53)
    [1.00000000000000, Interval(-2.0, -1.0)]
    """
    return BallProgram(lower(list(expressions), tuple(symbols)))


def ball_twin(
    program: Program, names: Sequence[str], digits: int
) -> Callable[..., list[Enclosure]]:
    """Return the function that encloses the values of a program.

    Parameters
    ----------
    program : Program
        Straight-line code.
    names : sequence of str
        The names of the arguments, for messages.
    digits : int
        Relative accuracy aimed at where all arguments are exact: the working precision is doubled until it is
        reached, or the value may be 0 or undefined.

    Returns
    -------
    callable
        ``f(*values) -> list of Enclosure``.

    Raises
    ------
    InputError
        If ``digits`` is not a positive integer.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> twin = ball_twin(lower([sp.sqrt(1 + x**2) - 1], (x,)), ("x",), 20)
    >>> twin("1e-30")[0].width < 1e-80
    True
    """
    if not (isinstance(digits, int) and digits >= 1):
        raise InputError(f"{digits!r} digits were asked for.", remedy="Give a positive integer.")
    require_few(digits)
    wanted = int(3.33 * digits) + 2
    evaluate = BallProgram(program)

    def at(values: tuple[Any, ...], bits: int) -> list[Any]:
        given = at_precision(
            bits, lambda: [enclosed(n, v) for n, v in zip(names, values, strict=True)]
        )
        return evaluate(given, bits)

    def call(*values: Any) -> list[Enclosure]:
        bits = wanted + 40
        found = at(values, bits)
        if not any(is_interval(v) for v in values):
            for _ in range(DOUBLINGS):
                if all(_settled(v, wanted) for v in found):
                    break
                bits *= 2
                found = at(values, bits)
        return at_precision(bits, lambda: [enclosure(v) for v in found])

    return call


def _settled(value: Any, wanted: int) -> bool:
    if isinstance(value, Interval):
        return bool(value.low == value.high)
    return bool(value.is_exact() or value.rel_accuracy_bits() >= wanted)


def enclosure(value: Any) -> Enclosure:
    """Return a ball or an interval as a pair of numbers.

    Parameters
    ----------
    value : flint.arb or Interval
        At the working precision that it was made at.

    Returns
    -------
    Enclosure
        NaN for the ball ``nan``.

    Examples
    --------
    >>> from symbias.sym.equality.interval import interval
    >>> enclosure(interval(0, 0.5))
    Enclosure(low=mpf('0.0'), high=mpf('0.5'))
    """
    low, high = ends(value)
    if not low.is_finite():
        return Enclosure(mpmath.mpf("nan"), mpmath.mpf("nan"))
    return Enclosure(*(binary(*map(int, end.man_exp())) for end in (low, high)))
