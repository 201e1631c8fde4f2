"""A statement list as a module of LLVM IR, in the order and with the roundings of the Python text.

Sums and products are taken from left to right as the printed source does, so where only arithmetic
is involved both give the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy as sp

from symbias.codegen.dag import distinct
from symbias.codegen.lower import Program
from symbias.codegen.operations import OPERATIONS
from symbias.codegen.printing import nearest_float
from symbias.codegen.vector.arithmetic import ceil, constant, select
from symbias.codegen.vector.clibrary import BY_LANES
from symbias.codegen.vector.helper import NoVectorFormError, apply, helper
from symbias.codegen.vector.ir import DOUBLES, TRUTHS, Code, Mask, Vector
from symbias.codegen.vector.library import elementary
from symbias.codegen.vector.loop import loop_ir


class _Writer:
    """Writes the statements of a program.

    Parameters
    ----------
    code : Code
        Where instructions go.
    table : dict
        Symbol -> value.
    """

    def __init__(self, code: Code, table: dict[Any, Any]) -> None:
        self.code = code
        self.table = table

    def value(self, node: Any) -> Any:
        """Return the value of a node of the inert language: a vector or a mask."""
        if node.is_Symbol:
            return self.table[node]
        if node.is_Add:
            return self._sum(node)
        if node.is_Mul:
            return self._product(node)
        if node.is_Pow:
            return self._power(node)
        return self._operation(type(node).__name__, node.args) if node.args else self._number(node)

    def _number(self, node: Any) -> Any:
        if node in {sp.true, sp.false}:
            return Mask(self.code, f"splat (i1 {str(bool(node)).lower()})")
        return constant(self.code, nearest_float(node))

    def _sum(self, node: Any) -> Any:
        (negative, size), *rest = (self._signed(term) for term in node.args)
        total = -size if negative else size
        for negative, size in rest:
            total = total - size if negative else total + size
        return total

    def _signed(self, term: Any) -> tuple[bool, Any]:
        """Return a term without its sign: a difference is one instruction."""
        if term.is_Mul and term.args[0].is_number and term.args[0].is_negative:
            return True, self._product(term, signed=False)
        if term.is_number and term.is_negative:
            return True, self._number(-term)
        return False, self.value(term)

    def _product(self, node: Any, *, signed: bool = True) -> Any:
        coefficient, factors = node.as_coeff_mul()
        above = [f for f in factors if not _is_quotient(f)]
        below = [1 / f for f in factors if _is_quotient(f)]
        size = abs(coefficient)
        top = [] if size == 1 and above else [self._number(size)]
        value = _multiplied([*top, *(self.value(f) for f in above)])
        if below:
            value = value / _multiplied([self.value(f) for f in below])
        return -value if signed and coefficient < 0 else value

    def _power(self, node: Any) -> Any:
        exponent = int(node.exp)
        square, count = self.value(node.base), abs(exponent)
        total: Any = None
        while count:
            if count & 1:
                total = square if total is None else total * square
            count >>= 1
            square = square * square if count else square
        return 1.0 / total if exponent < 0 else total

    def _operation(self, name: str, args: tuple[Any, ...]) -> Any:
        if name in {"select", "region"}:
            return self._choice(args)
        parts = [self.value(a) for a in args]
        if name in DIRECT:
            return DIRECT[name](*parts)
        if name == "power_of":
            return self._rational_power(parts[0], args[1])
        if name in {"and_", "or_"}:
            total = parts[0]
            for part in parts[1:]:
                total = total & part if name == "and_" else total | part
            return total
        function = OPERATIONS[name].helper
        if function:
            return self.code.call(f"helper.{function}", *parts)
        return apply(name, parts)

    def _choice(self, args: tuple[Any, ...]) -> Any:
        value = self.value(args[-1])
        for k in range(len(args) - 3, -1, -2):
            value = select(self.value(args[k]), self.value(args[k + 1]), value)
        return value

    def _rational_power(self, base: Vector, exponent: Any) -> Vector:
        high = float(exponent)
        low = float(exponent - sp.Rational(high))
        if low == 0.0:
            return apply("pow", [base, constant(self.code, high)])
        parts = [constant(self.code, high), constant(self.code, low)]
        return self.code.call("helper.rational_power", base, *parts)


def _multiplied(factors: list[Any]) -> Any:
    total = factors[0]
    for factor in factors[1:]:
        total = total * factor
    return total


def _is_quotient(factor: Any) -> bool:
    return factor.is_Pow and factor.exp.is_negative


def _equal(x: Any, y: Any) -> Mask:
    return ~(x ^ y) if isinstance(x, Mask) else x.equals(y)


def _different(x: Any, y: Any) -> Mask:
    return x ^ y if isinstance(x, Mask) else x.differs(y)


DIRECT: dict[str, Any] = {
    "rsqrt": lambda x: 1.0 / apply("sqrt", [x]),
    "recip": lambda x: 1.0 / x,
    "ceil": ceil,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "eq": _equal,
    "ne": _different,
    "isnan": lambda x: x ^ x if isinstance(x, Mask) else x.differs(x),
    "not_": lambda x: ~x,
}
"""Operations that are an instruction or two, by their names in the inert language."""


def definitions(needs: dict[str, None]) -> Iterator[str]:
    """Yield the definitions and declarations that a function needs, each once.

    Parameters
    ----------
    needs : dict of str
        Names of functions, in order.

    Yields
    ------
    str
        LLVM IR.

    Raises
    ------
    NoVectorFormError
        If a helper has no vector form.

    Examples
    --------
    >>> list(definitions({"llvm.sqrt.v8f64": None}))
    ['declare <8 x double> @llvm.sqrt.v8f64(<8 x double>)']
    """
    seen: set[str] = set()
    stack = list(needs)
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        kind, _, short = name.partition(".")
        if kind == "llvm":
            yield _declaration(name)
        elif kind in {"v", "lanes", "helper"}:
            text, more = helper(short) if kind == "helper" else elementary(name)
            yield text
            stack.extend(more)
        else:
            given = ", ".join(["double"] * BY_LANES[name])
            yield f"declare double @{name}({given}) nounwind willreturn memory(none)"


_ARITIES = {"fma": 3, "copysign": 2}


def _declaration(name: str) -> str:
    if ".reduce." in name:
        return f"declare i1 @{name}({TRUTHS})"
    given = ", ".join([DOUBLES] * _ARITIES.get(name.split(".")[1], 1))
    return f"declare {DOUBLES} @{name}({given})"


def has_vector_form(program: Program) -> bool:
    """Tell whether a program can be written as vector code.

    Parameters
    ----------
    program : Program
        Straight-line code.

    Returns
    -------
    bool
        False if one of its operations has a helper without a vector form.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> has_vector_form(lower([sp.exp(x)], (x,))), has_vector_form(lower([sp.gamma(x)], (x,)))
    (True, False)
    """
    roots = [*(expr for _, expr in program.statements), *program.outputs]
    used = {type(node).__name__ for node in distinct(roots) if node.args}
    helpers = {OPERATIONS[name].helper for name in used if name in OPERATIONS} - {""}
    return all(_has_form(name) for name in helpers)


@cache
def _has_form(name: str) -> bool:
    """Tell whether a helper, with all that it calls, can be written as vector code."""
    try:
        list(definitions({f"helper.{name}": None}))
    except NoVectorFormError:
        return False
    return True


def module_ir(program: Program) -> str:
    """Return the LLVM IR of a program.

    Its function takes the number of groups (at least 1), the address of an array of pairs (address
    of an input; its step from group to group in numbers: 8, or 0 for one group that serves all), the
    address of the outputs and the distance from one output to the next in numbers.

    Parameters
    ----------
    program : Program
        Straight-line code.

    Returns
    -------
    str
        One module.

    Raises
    ------
    NoVectorFormError
        If an operation has no vector form.

    Examples
    --------
    >>> from symbias.codegen.lower import lower
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> "fmul <8 x double> %x0, %x0" in module_ir(lower([x**2], (x,)))
    True
    """
    code = Code()
    inputs = [Vector(code, f"%x{k}") for k in range(len(program.args))]
    table: dict[Any, Any] = dict(zip(program.args, inputs, strict=True))
    writer = _Writer(code, table)
    for name, expr in program.statements:
        table[name] = writer.value(expr)
    outputs = [writer.value(expr) for expr in program.outputs]
    return "\n".join([*definitions(code.needs), loop_ir(code, len(inputs), outputs)])
