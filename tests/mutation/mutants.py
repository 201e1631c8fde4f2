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


@cache
def mutants(path: Path) -> list[Mutant]:
    """Return every mutant of a script, in source order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for stated in list(_stated_expressions(tree)):
        before = ast.unparse(stated)
        for node in list(ast.walk(stated)):
            new = _changed(node)
            if new is None:
                continue
            put = _place(tree, node)
            put(ast.copy_location(new, node))
            after = ast.unparse(new if stated is node else stated)
            label = f"{path.stem}:{node.lineno}:{node.col_offset}"
            found.append(Mutant(path.name, label, before, after, ast.unparse(tree)))
            put(node)
    return found
