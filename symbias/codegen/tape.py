"""A statement list as a tape: what each operation is applied to, ready to be run on balls at any precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import add, mul
from typing import Any

import sympy as sp

from symbias.codegen.ball_forms import FORMS
from symbias.codegen.dag import fold
from symbias.codegen.lower import Program
from symbias.sym.enclosure import exact_ball
from symbias.sym.equality.interval import ball_library, power


@dataclass(frozen=True)
class Tape:
    """Operations on numbered values: first the arguments, then the constants, then the results.

    Parameters
    ----------
    arguments : int
        How many arguments there are.
    constants : tuple of sympy.Basic
        Numbers and truth values; enclosed anew at each precision.
    operations : tuple of (callable, tuple of int)
        The form and the places of its arguments.
    outputs : tuple of int
        The places of the outputs.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> tape = record(lower([x**2 + sp.pi], (x,)))
    >>> float(tape.run(tape.enclosed(), [ball_library().arb(1)])[0].mid())
    4.1415...
    """

    arguments: int
    constants: tuple[Any, ...]
    operations: tuple[tuple[Callable[..., Any], tuple[int, ...]], ...]
    outputs: tuple[int, ...]

    def enclosed(self) -> list[Any]:
        """Return the constants at the working precision.

        Returns
        -------
        list of flint.arb, bool
            One per constant.
        """
        return [constant(node) for node in self.constants]

    def run(self, constants: list[Any], values: Sequence[Any]) -> list[Any]:
        """Return the outputs at the given arguments.

        Parameters
        ----------
        constants : list
            From `enclosed`.
        values : sequence of flint.arb or Interval
            One per argument.

        Returns
        -------
        list of flint.arb or Interval
            One per output.
        """
        places = [*values, *constants]
        for form, arguments in self.operations:
            places.append(form(*[places[k] for k in arguments]))
        return [places[k] for k in self.outputs]


def record(program: Program, form: Callable[[Any], Any] | None = None) -> Tape:
    """Return the tape of a program.

    Parameters
    ----------
    program : Program
        Straight-line code. Of a stable region the definition is taken; statements that nothing needs are left out.
    form : callable, optional
        What stands for a node on the tape; its form in balls, if left out.

    Returns
    -------
    Tape
        The same computation.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> len(record(lower([sp.sin(x) + 1, sp.sin(x) ** 2], (x,))).operations)
    3
    """
    statements = [(name, _defined(expr)) for name, expr in program.statements]
    outputs = [_defined(expr) for expr in program.outputs]
    needed = set().union(*(expr.free_symbols for expr in outputs))
    kept: list[tuple[Any, Any]] = []
    for name, expr in reversed(statements):
        if name in needed:
            kept.append((name, expr))
            needed |= expr.free_symbols
    recorder = _Recorder(program.args, form or _form)
    for name, expr in reversed(kept):
        recorder.places[name] = recorder.place(expr)
    found = tuple(recorder.place(expr) for expr in outputs)
    return recorder.tape(found)


def _defined(expr: Any) -> Any:
    """Return an expression without its stable regions: these are approximations."""

    def rebuild(node: Any, parts: list[Any]) -> Any:
        if type(node).__name__ == "region":
            return parts[-1]
        return node.func(*parts) if parts and tuple(parts) != node.args else node

    return fold([expr], rebuild)[expr]


class _Recorder:
    """Numbers the nodes of a program; constants are set aside, so places below zero stand for them meanwhile."""

    def __init__(self, args: tuple[Any, ...], form: Callable[[Any], Any]) -> None:
        self.args, self.form = len(args), form
        self.places: dict[Any, int] = {symbol: k for k, symbol in enumerate(args)}
        self.constants: list[Any] = []
        self.operations: list[tuple[Any, tuple[int, ...]]] = []

    def place(self, expr: Any) -> int:
        """Return the place of an expression, after what it needs has been recorded."""
        stack = [expr]
        while stack:
            node = stack[-1]
            missing = [a for a in _operands(node) if a not in self.places]
            if missing and node not in self.places:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            if node not in self.places:
                self.places[node] = self._record(node)
        return self.places[expr]

    def _record(self, node: Any) -> int:
        if not node.args:
            self.constants.append(node)
            return -len(self.constants)
        arguments = tuple(self.places[a] for a in _operands(node))
        self.operations.append((self.form(node), arguments))
        return self.args + len(self.operations) - 1

    def tape(self, outputs: tuple[int, ...]) -> Tape:
        """Return what was recorded, with the constants behind the arguments."""
        count = len(self.constants)

        def final(place: int) -> int:
            if place < 0:
                return self.args - place - 1
            return place if place < self.args else place + count

        operations = tuple((form, tuple(map(final, a))) for form, a in self.operations)
        return Tape(self.args, tuple(self.constants), operations, tuple(map(final, outputs)))


def _operands(node: Any) -> tuple[Any, ...]:
    return (node.base,) if node.is_Pow else node.args


def _sum(*parts: Any) -> Any:
    return reduce(add, parts)


def _product(*parts: Any) -> Any:
    return reduce(mul, parts)


SUM, PRODUCT = _sum, _product
"""The forms of sums and products; that of a power is a partial `power`."""


def _form(node: Any) -> Callable[..., Any]:
    if node.is_Add or node.is_Mul:
        return SUM if node.is_Add else PRODUCT
    if node.is_Pow:
        return partial(power, exponent=int(node.exp))
    return FORMS[type(node).__name__]


def constant(node: Any) -> Any:
    """Return an enclosure of a number, at the working precision.

    Parameters
    ----------
    node : sympy.Basic
        A number without arguments, or a truth value.

    Returns
    -------
    flint.arb or bool
        The ball ``nan`` for what is no finite number.

    Examples
    --------
    >>> constant(sp.pi) > 3
    True
    """
    flint = ball_library()
    arb = flint.arb
    if node in {sp.true, sp.false}:
        return bool(node)
    if node.is_Rational:
        return arb(flint.fmpq(int(node.p), int(node.q)))
    if node.is_Float:
        return exact_ball(node)
    made = _CONSTANTS.get(node)
    return arb.nan() if made is None else made(arb)


def _tribonacci(arb: Any) -> Any:
    root = 3 * arb(33).sqrt()
    return (1 + (19 - root).root(3) + (19 + root).root(3)) / 3


_CONSTANTS: dict[Any, Callable[[Any], Any]] = {
    sp.pi: lambda arb: arb.pi(),
    sp.E: lambda arb: arb.const_e(),
    sp.GoldenRatio: lambda arb: (1 + arb(5).sqrt()) / 2,
    sp.EulerGamma: lambda arb: arb.const_euler(),
    sp.Catalan: lambda arb: arb.const_catalan(),
    sp.TribonacciConstant: _tribonacci,
}
