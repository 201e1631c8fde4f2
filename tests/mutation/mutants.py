"""Mutants of derivation scripts: one flipped sign or one perturbed constant each.

Only expressions that state mathematics are touched: the first argument of ``start``, ``rewrite``
and ``conclude``, and the equations passed as ``given``.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

STATING = ("start", "rewrite", "conclude")


@dataclass(frozen=True)
class Mutant:
    """A script with one change; ``label`` tells which."""

    script: str
    label: str
    original: str
    mutated: str
    source: str


def _stated_expressions(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in STATING and node.args:
            yield node.args[0]
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "given")


def _changed(node: ast.AST) -> ast.AST | None:
    """Return the node with its sign flipped or its constant perturbed, or None."""
    new = copy.copy(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        new.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        return new
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return ast.Constant(node.value + 1)
    return None


def _place(root: ast.AST, target: ast.AST) -> Callable[[ast.AST], None]:
    """Return what puts another node in the place of one."""
    for parent in ast.walk(root):
        for name, value in ast.iter_fields(parent):
            if value is target:
                return partial(setattr, parent, name)
            if isinstance(value, list) and any(item is target for item in value):
                return partial(value.__setitem__, [item is target for item in value].index(True))
    raise ValueError("the node is not in the tree")


def _replaced(lines: list[bytes], node: ast.expr, new: ast.AST) -> str:
    """Return the text with another expression in the place of one; positions count bytes."""
    first, last = node.lineno - 1, node.end_lineno - 1
    before = [*lines[:first], lines[first][: node.col_offset]]
    after = [lines[last][node.end_col_offset :], *lines[last + 1 :]]
    return b"".join([*before, f"({ast.unparse(new)})".encode(), *after]).decode()


@cache
def mutants(path: Path) -> list[Mutant]:
    """Return every mutant of a script, in source order."""
    text = path.read_bytes()
    lines = text.splitlines(keepends=True)
    found = []
    for stated in list(_stated_expressions(ast.parse(text))):
        before = ast.unparse(stated)
        for node in list(ast.walk(stated)):
            new = _changed(node)
            if new is None:
                continue
            after = ast.unparse(new)
            if stated is not node:
                put = _place(stated, node)
                put(new)
                after = ast.unparse(stated)
                put(node)
            label = f"{path.stem}:{node.lineno}:{node.col_offset}"
            found.append(Mutant(path.name, label, before, after, _replaced(lines, node, new)))
    return found
