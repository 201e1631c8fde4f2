"""Mutants of derivation scripts: one flipped sign or one perturbed constant each.

Only expressions that state mathematics are touched: the first argument of ``start``, ``rewrite``
and ``conclude``, and the equations passed as ``given``.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
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


def _replace(root: ast.AST, target: ast.AST, new: ast.AST) -> bool:
    for parent in ast.walk(root):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, new)
                return True
            if isinstance(value, list) and any(item is target for item in value):
                value[[item is target for item in value].index(True)] = new
                return True
    return False


def mutants(path: Path) -> list[Mutant]:
    """Return every mutant of a script, in source order."""
    text = path.read_text(encoding="utf-8")
    count = sum(
        1
        for stated in _stated_expressions(ast.parse(text))
        for node in ast.walk(stated)
        if _changed(node) is not None
    )
    return [_mutant(path, text, index) for index in range(count)]


def _mutant(path: Path, text: str, index: int) -> Mutant:
    tree = ast.parse(text)
    sites = [
        (stated, node)
        for stated in _stated_expressions(tree)
        for node in ast.walk(stated)
        if _changed(node) is not None
    ]
    stated, node = sites[index]
    before, line, column = ast.unparse(stated), node.lineno, node.col_offset
    new = ast.copy_location(_changed(node), node)
    holder = ast.Expression(stated)
    if stated is node:
        after = ast.unparse(new)
    _replace(tree, node, new)
    if stated is not node:
        after = ast.unparse(holder.body)
    label = f"{path.stem}:{line}:{column}"
    return Mutant(path.name, label, before, after, ast.unparse(ast.fix_missing_locations(tree)))
