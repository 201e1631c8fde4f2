"""A statement list as instructions for arithmetic on pairs of floats, which carries 32 digits.

The instructions are arrays, not source: one compiled machine runs every program, so nothing is compiled for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.codegen.lower import Program
from symbias.codegen.tape import constant, record
from symbias.errors import CodegenError
from symbias.sym.equality.interval import at_precision

ADD, MULTIPLY, INVERT, ROOT, ANGLE, NEGATE, SIZE = range(7)
"""What an instruction does to one or two registers: ANGLE is atan2, SIZE the absolute value."""

_BITS = 160
"""Working precision of the constants before they are rounded to pairs."""

_UNARY = {"sqrt": (ROOT,), "rsqrt": (ROOT, INVERT), "recip": (INVERT,), "fabs": (SIZE,)}


@dataclass(frozen=True)
class PairTape:
    """Instructions with their registers.

    Parameters
    ----------
    code : numpy.ndarray, shape (n, 4)
        Instruction, register of the result, registers of the arguments.
    constants : numpy.ndarray, shape (m, 2)
        High and low parts; they stand in the registers behind those of the arguments.
    outputs : numpy.ndarray
        The registers of the outputs.
    registers : int
        How many there are.

    Examples
    --------
    >>> PairTape(np.zeros((0, 4), int), np.zeros((0, 2)), np.zeros(0, int), 3).registers
    3
    """

    code: np.ndarray
    constants: np.ndarray
    outputs: np.ndarray
    registers: int


def pair_tape(program: Program) -> PairTape:
    """Return the instructions of a program.

    Parameters
    ----------
    program : Program
        Made of sums, products, powers, roots and angles.

    Returns
    -------
    PairTape
        Registers are used again once their value is no longer needed.

    Raises
    ------
    CodegenError
        If the program contains another function.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> pair_tape(lower([x**3 + 1], (x,))).code[:, 0].tolist()
    [1, 1, 0]
    """
    writer = _Writer()
    tape = record(program, writer.describe)
    constants = at_precision(_BITS, lambda: [_pair(constant(node)) for node in tape.constants])
    first = tape.arguments + len(constants)
    places = list(range(first))
    code: list[list[int]] = []
    writer.code, writer.next = code, first
    for form, arguments in tape.operations:
        places.append(writer.emit(form, [places[k] for k in arguments]))
    outputs = [places[k] for k in tape.outputs]
    count = _reuse(code, outputs, first)
    return PairTape(
        np.array(code, dtype=np.int64).reshape(-1, 4),
        np.array(constants, dtype=float).reshape(-1, 2),
        np.array(outputs, dtype=np.int64),
        count,
    )


class _Writer:
    """Writes instructions, at first with a register of its own for every result."""

    def __init__(self) -> None:
        self.code: list[list[int]] = []
        self.next = 0

    def describe(self, node: Any) -> Any:
        """Return what a node does, to be written later."""
        if node.is_Add or node.is_Mul:
            return ADD if node.is_Add else MULTIPLY
        if node.is_Pow:
            return ("power", int(node.exp))
        return type(node).__name__

    def emit(self, form: Any, arguments: list[int]) -> int:
        """Write an operation and return the register of its result."""
        if isinstance(form, int):
            total = arguments[0]
            for other in arguments[1:]:
                total = self._add(form, total, other)
            return total
        if isinstance(form, tuple):
            return self._power(arguments[0], form[1])
        if form == "atan2":
            return self._add(ANGLE, *arguments)
        if form not in _UNARY:
            raise CodegenError(
                f"{form} is not available to 32 digits in compiled code.",
                remedy="Ask for single members by .at(d).",
            )
        found = arguments[0]
        for instruction in _UNARY[form]:
            found = self._add(instruction, found, found)
        return found

    def _power(self, base: int, exponent: int) -> int:
        if exponent < 0:
            return self._add(INVERT, (found := self._power(base, -exponent)), found)
        found = base
        for digit in f"{exponent:b}"[1:]:
            found = self._add(MULTIPLY, found, found)
            if digit == "1":
                found = self._add(MULTIPLY, found, base)
        return found

    def _add(self, instruction: int, first: int, second: int) -> int:
        self.code.append([instruction, self.next, first, second])
        self.next += 1
        return self.next - 1


def _reuse(code: list[list[int]], outputs: list[int], first: int) -> int:
    """Rename registers in place so that few are needed, and return their number."""
    last = dict.fromkeys(outputs, len(code))
    for place, (_, _, one, two) in enumerate(code):
        for register in (one, two):
            last[register] = max(last.get(register, 0), place)
    names: dict[int, int] = {}
    free: list[int] = []
    count = first
    for place, instruction in enumerate(code):
        result, given = instruction[1], {k for k in instruction[2:] if k >= first}
        instruction[2:] = [names.get(k, k) for k in instruction[2:]]
        # The result never takes the place of an argument: the machine writes while it reads.
        if free:
            names[result] = free.pop()
        else:
            names[result], count = count, count + 1
        free += [names[k] for k in given if last[k] == place]
        instruction[1] = names[result]
    outputs[:] = [names.get(k, k) for k in outputs]
    return count


def _pair(ball: Any) -> tuple[float, float]:
    high = float(ball.mid())
    return high, float((ball - high).mid())
