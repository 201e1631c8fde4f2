"""Values of eight lanes that write LLVM IR as they are combined.

A function of the elementary library is ordinary Python over these values: calling it once writes
its body. There are no branches; a choice computes both sides and selects. No operation carries
fast-math flags, so every rounding is the one written here.
"""

from __future__ import annotations

import struct
from typing import Any

LANES = 8
DOUBLES = f"<{LANES} x double>"
INTEGERS = f"<{LANES} x i64>"
TRUTHS = f"<{LANES} x i1>"

STACK = '"stackrealign"'
"""Every function asks for an aligned stack, or each vector kept there touches two cache lines."""


def hexadecimal(value: float) -> str:
    """Return a float64 as LLVM writes it to the last bit.

    Parameters
    ----------
    value : float
        Any, infinities and NaN included.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Examples
    --------
    >>> hexadecimal(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Code:
    """The body of one function while it is written; equal instructions are written once.

    Examples
    --------
    >>> code = Code()
    >>> x = Vector(code, "%x")
    >>> y = x * x + x * x
    >>> print(chr(10).join(code.lines))
      %v0 = fmul <8 x double> %x, %x
      %v1 = fadd <8 x double> %v0, %v0
    >>> code.intrinsic("sqrt", y).name, code.call("v.exp", y).name, list(code.needs)
    ('%v2', '%v3', ['llvm.sqrt.v8f64', 'v.exp'])
    >>> code.instruction("fneg <8 x double> %x")
    '%v4'
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.needs: dict[str, None] = {}
        self._known: dict[str, str] = {}

    def instruction(self, text: str) -> str:
        """Return the name of the result of an instruction, written unless it stands already."""
        name = self._known.get(text)
        if name is None:
            name = self._known[text] = f"%v{len(self._known)}"
            self.lines.append(f"  {name} = {text}")
        return name

    def call(self, function: str, *args: Vector) -> Vector:
        """Return the call of a function of the module, which will be needed there."""
        self.needs[function] = None
        given = ", ".join(f"{DOUBLES} {a.name}" for a in args)
        return Vector(self, self.instruction(f"call {DOUBLES} @{function}({given})"))

    def intrinsic(self, function: str, *args: Vector) -> Vector:
        """Return the call of an LLVM intrinsic, such as ``sqrt``."""
        return self.call(f"llvm.{function}.v{LANES}f64", *args)


class Mask:
    """Eight truth values.

    Parameters
    ----------
    code : Code
        Where instructions go.
    name : str
        Its name there.

    Examples
    --------
    >>> code = Code()
    >>> test = Vector(code, "%x") < 1.0
    >>> (~test & test).name
    '%v2'
    """

    def __init__(self, code: Code, name: str) -> None:
        self.code, self.name = code, name

    def _with(self, other: Mask, name: str) -> Mask:
        text = f"{name} {TRUTHS} {self.name}, {other.name}"
        return Mask(self.code, self.code.instruction(text))

    def __and__(self, other: Mask) -> Mask:
        return self._with(other, "and")

    def __or__(self, other: Mask) -> Mask:
        return self._with(other, "or")

    def __xor__(self, other: Mask) -> Mask:
        return self._with(other, "xor")

    def __invert__(self) -> Mask:
        return self ^ Mask(self.code, "splat (i1 true)")


class Bits:
    """Eight 64-bit integers: the representation of floats.

    Parameters
    ----------
    code : Code
        Where instructions go.
    name : str
        Its name there.

    Examples
    --------
    >>> code = Code()
    >>> Vector(code, "%x").bits().shifted_left(52).floats().name
    '%v2'
    >>> Vector(code, "%x").bits().shifted_right(63).is_zero().name
    '%v4'
    """

    def __init__(self, code: Code, name: str) -> None:
        self.code, self.name = code, name

    def _with(self, other: Any, name: str) -> Bits:
        text = other.name if isinstance(other, Bits) else f"splat (i64 {other})"
        return Bits(self.code, self.code.instruction(f"{name} {INTEGERS} {self.name}, {text}"))

    def __add__(self, other: Any) -> Bits:
        return self._with(other, "add")

    def __sub__(self, other: Any) -> Bits:
        return self._with(other, "sub")

    def __and__(self, other: Any) -> Bits:
        return self._with(other, "and")

    def __or__(self, other: Any) -> Bits:
        return self._with(other, "or")

    def __xor__(self, other: Any) -> Bits:
        return self._with(other, "xor")

    def shifted_left(self, by: int) -> Bits:
        """Return the integers times a power of 2."""
        return self._with(by, "shl")

    def shifted_right(self, by: int) -> Bits:
        """Return the integers, as if without sign, over a power of 2."""
        return self._with(by, "lshr")

    def is_zero(self) -> Mask:
        """Tell which integers are 0."""
        text = f"icmp eq {INTEGERS} {self.name}, zeroinitializer"
        return Mask(self.code, self.code.instruction(text))

    def floats(self) -> Vector:
        """Return the floats with this representation."""
        text = f"bitcast {INTEGERS} {self.name} to {DOUBLES}"
        return Vector(self.code, self.code.instruction(text))


class Vector:
    """Eight float64 numbers; Python floats stand for eight equal ones.

    Parameters
    ----------
    code : Code
        Where instructions go.
    name : str
        Its name there.

    Examples
    --------
    >>> code = Code()
    >>> x = Vector(code, "%x")
    >>> (1.0 / x).name, (x < 2.0).name, x.equals(x).name, x.differs(1.0).name, x.bits().name
    ('%v0', '%v1', '%v2', '%v3', '%v4')
    """

    def __init__(self, code: Code, name: str) -> None:
        self.code, self.name = code, name

    def _with(self, name: str, left: Any, right: Any) -> Vector:
        text = f"{name} {DOUBLES} {_name(left)}, {_name(right)}"
        return Vector(self.code, self.code.instruction(text))

    def __add__(self, other: Any) -> Vector:
        return self._with("fadd", self, other)

    def __radd__(self, other: Any) -> Vector:
        return self._with("fadd", other, self)

    def __sub__(self, other: Any) -> Vector:
        return self._with("fsub", self, other)

    def __rsub__(self, other: Any) -> Vector:
        return self._with("fsub", other, self)

    def __mul__(self, other: Any) -> Vector:
        return self._with("fmul", self, other)

    def __rmul__(self, other: Any) -> Vector:
        return self._with("fmul", other, self)

    def __truediv__(self, other: Any) -> Vector:
        return self._with("fdiv", self, other)

    def __rtruediv__(self, other: Any) -> Vector:
        return self._with("fdiv", other, self)

    def __neg__(self) -> Vector:
        return Vector(self.code, self.code.instruction(f"fneg {DOUBLES} {self.name}"))

    def _compared(self, other: Any, how: str) -> Mask:
        text = f"fcmp {how} {DOUBLES} {self.name}, {_name(other)}"
        return Mask(self.code, self.code.instruction(text))

    def __lt__(self, other: Any) -> Mask:
        return self._compared(other, "olt")

    def __le__(self, other: Any) -> Mask:
        return self._compared(other, "ole")

    def __gt__(self, other: Any) -> Mask:
        return self._compared(other, "ogt")

    def __ge__(self, other: Any) -> Mask:
        return self._compared(other, "oge")

    def equals(self, other: Any) -> Mask:
        """Tell which lanes are equal; NaN equals nothing."""
        return self._compared(other, "oeq")

    def differs(self, other: Any) -> Mask:
        """Tell which lanes differ; NaN differs from everything."""
        return self._compared(other, "une")

    def bits(self) -> Bits:
        """Return the representation as integers."""
        text = f"bitcast {DOUBLES} {self.name} to {INTEGERS}"
        return Bits(self.code, self.code.instruction(text))


def _name(value: Any) -> str:
    """Return the operand that a value or a Python number is."""
    return value.name if isinstance(value, Vector) else f"splat (double {hexadecimal(value)})"
