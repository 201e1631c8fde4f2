"""The functions that vector code can call, each defined once in the module that needs it.

They are called, not inlined: a call costs a few cycles for eight points, and code size, hence the
time of compilation, stays in proportion to the statements.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from symbias.codegen.vector import exponentials, inverse, logarithms, powers, trigonometric
from symbias.codegen.vector.clibrary import BY_LANES
from symbias.codegen.vector.hypotenuse import hypot
from symbias.codegen.vector.ir import DOUBLES, LANES, STACK, TRUTHS, Code, Mask, Vector

ELEMENTARY: dict[str, tuple[Callable[..., Vector], int]] = {
    "exp": (exponentials.exp, 1),
    "expm1": (exponentials.expm1, 1),
    "sinh": (exponentials.sinh, 1),
    "cosh": (exponentials.cosh, 1),
    "tanh": (exponentials.tanh, 1),
    "log": (logarithms.log, 1),
    "log1p": (logarithms.log1p, 1),
    "asinh": (logarithms.asinh, 1),
    "acosh": (logarithms.acosh, 1),
    "atanh": (logarithms.atanh, 1),
    "sin": (trigonometric.sin, 1),
    "cos": (trigonometric.cos, 1),
    "tan": (trigonometric.tan, 1),
    "asin": (inverse.asin, 1),
    "acos": (inverse.acos, 1),
    "atan": (inverse.atan, 1),
    "atan2": (inverse.atan2, 2),
    "hypot": (hypot, 2),
    "pow": (powers.power, 2),
}
"""Name in Python's ``math`` -> how its body is written, and its number of arguments."""

RARE: dict[str, Callable[..., Mask]] = {
    "sin": trigonometric.is_large,
    "cos": trigonometric.is_large,
    "tan": trigonometric.is_large,
    "pow": powers.is_special,
}
"""Functions that leave some lanes to the C library, in a branch that is hardly ever taken: which."""

PARAMETERS = ("%x", "%y", "%z")


def _signature(arity: int) -> str:
    """Return the parameters of a definition."""
    return ", ".join(f"{DOUBLES} {p}" for p in PARAMETERS[:arity])


@cache
def elementary(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the definition of a function of `ELEMENTARY` or `BY_LANES`, and what it needs.

    Parameters
    ----------
    name : str
        In the module, such as ``v.exp`` or ``lanes.erf``.

    Returns
    -------
    str
        LLVM IR.
    tuple of str
        Functions that must be defined or declared beside it.

    Examples
    --------
    >>> elementary("v.tanh")[0].split("(")[0]
    'define internal <8 x double> @v.tanh'
    """
    kind, _, short = name.partition(".")
    if kind == "lanes":
        return _by_lanes(short)
    write, arity = ELEMENTARY[short]
    code = Code()
    args = [Vector(code, p) for p in PARAMETERS[:arity]]
    value = write(*args)
    if short in RARE:
        value = _or_by_lanes(code, short, RARE[short](*args), value)
    return definition(name, arity, code, value), tuple(code.needs)


def definition(name: str, arity: int, code: Code, value: Vector) -> str:
    """Return the definition of a function whose body has been written.

    Parameters
    ----------
    name : str
        Its name in the module.
    arity : int
        Its number of arguments, named as in `PARAMETERS`.
    code : Code
        Its instructions.
    value : Vector
        What it returns.

    Returns
    -------
    str
        LLVM IR.

    Examples
    --------
    >>> print(definition("v.same", 1, Code(), Vector(Code(), "%x")))
    define internal <8 x double> @v.same(<8 x double> %x) noinline nounwind "stackrealign" {
    entry:
      ret <8 x double> %x
    }
    """
    head = f"define internal {DOUBLES} @{name}({_signature(arity)}) noinline nounwind {STACK} {{"
    return "\n".join([head, "entry:", *code.lines, f"  ret {DOUBLES} {value.name}", "}"])


def _or_by_lanes(code: Code, name: str, rare: Mask, value: Vector) -> Vector:
    """End a function that leaves some lanes to the C library."""
    reduction = f"llvm.vector.reduce.or.v{LANES}i1"
    code.needs |= {f"lanes.{name}": None, reduction: None}
    code.lines += [
        f"  %any = call i1 @{reduction}({TRUTHS} {rare.name})",
        "  br i1 %any, label %rare, label %done",
        "rare:",
        f"  %slow = call {DOUBLES} @lanes.{name}({_signature(BY_LANES[name])})",
        f"  %mixed = select {TRUTHS} {rare.name}, {DOUBLES} %slow, {DOUBLES} {value.name}",
        "  br label %done",
        "done:",
        f"  %chosen = phi {DOUBLES} [ {value.name}, %entry ], [ %mixed, %rare ]",
    ]
    return Vector(code, "%chosen")


def _by_lanes(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a function that calls the C library lane by lane."""
    arity = BY_LANES[name]
    lines = [
        f"define internal {DOUBLES} @lanes.{name}({_signature(arity)}) noinline nounwind {STACK} {{"
    ]
    result = "poison"
    for k in range(LANES):
        lines += [f"  {p}{k} = extractelement {DOUBLES} {p}, i32 {k}" for p in PARAMETERS[:arity]]
        given = ", ".join(f"double {p}{k}" for p in PARAMETERS[:arity])
        lines.append(f"  %call{k} = call double @{name}({given})")
        lines.append(f"  %r{k} = insertelement {DOUBLES} {result}, double %call{k}, i32 {k}")
        result = f"%r{k}"
    return "\n".join([*lines, f"  ret {DOUBLES} {result}", "}"]), (name,)
