"""The loop over groups of eight points around straight-line code."""

from __future__ import annotations

from symbias.codegen.vector.ir import DOUBLES, LANES, STACK, Code, Vector

ENTRY = "evaluate"
"""The name of the function."""

_FUNCTION = """define void @{entry}(i64 %groups, ptr %inputs, ptr %out, i64 %stride) nounwind {stack} {{
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


def loop_ir(code: Code, inputs: int, outputs: list[Vector]) -> str:
    """Return the function that evaluates a code for every group.

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
    str
        A definition.

    Examples
    --------
    >>> code = Code()
    >>> x = Vector(code, "%x0")
    >>> "%v0 = fmul <8 x double> %x0, %x0" in loop_ir(code, 1, [x * x])
    True
    """
    setup = [line for k in range(inputs) for line in _input(k)]
    loads = [line for k in range(inputs) for line in _load(k)]
    stores = [line for k, value in enumerate(outputs) for line in _store(k, value.name)]
    return _FUNCTION.format(
        entry=ENTRY,
        stack=STACK,
        lanes=LANES,
        setup="\n".join(setup),
        body="\n".join([*loads, *code.lines, *stores]),
    )


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
