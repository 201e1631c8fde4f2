"""The loop over groups of eight points around straight-line code, in pieces if it is long.

What LLVM spends on one block grows faster than the block: allocating registers, it ends up with
hundreds of values in memory. Long code is cut into functions of `PIECE` instructions, and what one
hands to a later one lies in a small array whose places are used again: faster to compile, and faster.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from symbias.codegen.vector.ir import DOUBLES, LANES, TRUTHS, Code, Vector

ENTRY = "evaluate"
"""The name of the function."""

PIECE = 60
"""Instructions of a piece: from 50 to 120 it makes no difference."""

LONG = 1500
"""Instructions up to which code is left in one piece."""

_NAMES = re.compile(r"%[vx]\d+")

_FUNCTION = """define void @{entry}(i64 %groups, ptr %inputs, ptr %out, i64 %stride) nounwind {{
entry:
{setup}
  br label %loop
loop:
  %group = phi i64 [ 0, %entry ], [ %next, %loop ]
  %point = mul i64 %group, {lanes}
{body}
  %next = add i64 %group, 1
  %more = icmp slt i64 %next, %groups
  br i1 %more, label %loop, label %exit
exit:
  ret void
}}"""


@dataclass
class Piece:
    """Consecutive instructions, what they take from earlier ones and what later ones take."""

    lines: list[str]
    stores: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)


def loop_ir(code: Code, inputs: int, outputs: list[Vector]) -> list[str]:
    """Return the function that evaluates a code for every group, after those that it calls.

    Parameters
    ----------
    code : Code
        Instructions on ``%x0``, ``%x1``, ...
    inputs : int
        How many of those there are.
    outputs : list of Vector
        What is stored.

    Returns
    -------
    list of str
        Definitions.

    Examples
    --------
    >>> code = Code()
    >>> x = Vector(code, "%x0")
    >>> len(loop_ir(code, 1, [x * x]))
    1
    """
    setup = [line for k in range(inputs) for line in _input(k)]
    body = [line for k in range(inputs) for line in _load(k)]
    functions: list[str] = []
    if len(code.lines) <= LONG:
        body += code.lines
        body += [line for k, value in enumerate(outputs) for line in _store(k, value.name)]
    else:
        pieces = _cut(code, inputs, outputs)
        slots, size = _places(pieces)
        functions = [_piece(k, piece, slots, code.masks) for k, piece in enumerate(pieces[1:], 1)]
        setup.append(f"  %scratch = alloca [{max(size, 1)} x {DOUBLES}], align 64")
        body += [line for name in pieces[0].given for line in _put(name, slots, code.masks)]
        given = "ptr %scratch, ptr %out, i64 %stride, i64 %point"
        body += [f"  call void @piece{k}({given})" for k in range(1, len(pieces))]
    text = _FUNCTION.format(entry=ENTRY, lanes=LANES, setup="\n".join(setup), body="\n".join(body))
    return [*functions, text]


def _cut(code: Code, inputs: int, outputs: list[Vector]) -> list[Piece]:
    """Return the inputs as a first piece, and the instructions in pieces that store as they go."""
    lines = code.lines
    pieces = [Piece([])] + [Piece(lines[k : k + PIECE]) for k in range(0, len(lines), PIECE)]
    home = {f"%x{k}": 0 for k in range(inputs)}
    for k, piece in enumerate(pieces):
        home |= {_NAMES.findall(line)[0]: k for line in piece.lines}
    for k, value in enumerate(outputs):
        pieces[home.get(value.name) or -1].stores += _store(k, value.name)
    given: dict[str, None] = {}
    for k, piece in enumerate(pieces):
        used = dict.fromkeys(n for line in piece.lines + piece.stores for n in _NAMES.findall(line))
        piece.taken = [n for n in used if home[n] < k]
        given |= dict.fromkeys(piece.taken)
    for name in given:
        pieces[home[name]].given.append(name)
    return pieces


def _places(pieces: list[Piece]) -> tuple[dict[str, int], int]:
    """Return the place of every value that is handed on, and how many places there are."""
    last = {name: k for k, piece in enumerate(pieces) for name in piece.taken}
    slots: dict[str, int] = {}
    free: list[int] = []
    size = 0
    for k, piece in enumerate(pieces):
        for name in piece.given:
            slots[name] = free.pop() if free else size
            size = max(size, slots[name] + 1)
        # A piece reads before it writes, but what it reads last is not freed for its own results.
        free += [slots[name] for name in piece.taken if last[name] == k]
    return slots, size


def _piece(number: int, piece: Piece, slots: dict[str, int], masks: set[str]) -> str:
    """Return the function of a piece."""
    parameters = "ptr noalias %scratch, ptr noalias %out, i64 %stride, i64 %point"
    head = f"define internal void @piece{number}({parameters}) noinline nounwind {{"
    taken = [line for name in piece.taken for line in _take(name, slots, masks)]
    given = [line for name in piece.given for line in _put(name, slots, masks)]
    return "\n".join([head, *taken, *piece.lines, *given, *piece.stores, "  ret void", "}"])


def _address(name: str, slots: dict[str, int], purpose: str) -> str:
    return f"  {name}.{purpose} = getelementptr {DOUBLES}, ptr %scratch, i64 {slots[name]}"


def _take(name: str, slots: dict[str, int], masks: set[str]) -> list[str]:
    kind = TRUTHS if name in masks else DOUBLES
    load = f"  {name} = load {kind}, ptr {name}.from, align 64"
    return [_address(name, slots, "from"), load]


def _put(name: str, slots: dict[str, int], masks: set[str]) -> list[str]:
    kind = TRUTHS if name in masks else DOUBLES
    return [_address(name, slots, "to"), f"  store {kind} {name}, ptr {name}.to, align 64"]


def _input(k: int) -> list[str]:
    return [
        f"  %slot{k} = getelementptr i64, ptr %inputs, i64 {2 * k}",
        f"  %in{k} = load ptr, ptr %slot{k}",
        f"  %place{k} = getelementptr i64, ptr %inputs, i64 {2 * k + 1}",
        f"  %step{k} = load i64, ptr %place{k}",
    ]


def _load(k: int) -> list[str]:
    return [
        f"  %offset{k} = mul i64 %group, %step{k}",
        f"  %first{k} = getelementptr double, ptr %in{k}, i64 %offset{k}",
        f"  %x{k} = load {DOUBLES}, ptr %first{k}, align 8",
    ]


def _store(k: int, name: str) -> list[str]:
    return [
        f"  %row{k} = mul i64 %stride, {k}",
        f"  %cell{k} = add i64 %row{k}, %point",
        f"  %at{k} = getelementptr double, ptr %out, i64 %cell{k}",
        f"  store {DOUBLES} {name}, ptr %at{k}, align 8",
    ]
