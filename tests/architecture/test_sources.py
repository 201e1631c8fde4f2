"""What the sources promise: size, documented names, one home for symbols, budgets."""

from __future__ import annotations

import ast

import pytest
from source_tree import (
    PACKAGE,
    functions,
    is_property,
    label,
    package_files,
    public_definitions,
    tree,
    written_files,
)

FILE_LINES = 500
FUNCTION_LINES = 60
SYMBOL_MAKERS = {"Symbol", "Dummy", "symbols", "Wild"}
HOME_OF_SYMBOLS = PACKAGE / "sym" / "symbols.py"
HOME_OF_DYNAMIC_IMPORTS = PACKAGE / "registry.py"
COPIED_INTO_KERNELS = PACKAGE / "codegen" / "helpers.py"
"""Generated modules carry these functions with their docstrings, so the examples are tests."""


def sympy_names(path) -> dict[str, str]:
    """Local name -> SymPy name, for ``from sympy import ...``."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sympy"
        for alias in node.names
    }


def sympy_modules(path) -> set[str]:
    """Local names of the module SymPy itself."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "sympy"
    }


def sympy_calls(path, names: set[str]) -> list[str]:
    """``line: call`` for every call of one of SymPy's `names`, however it was imported."""
    imported, modules, found = sympy_names(path), sympy_modules(path), []
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        f = node.func
        direct = isinstance(f, ast.Name) and imported.get(f.id) in names
        dotted = (
            isinstance(f, ast.Attribute)
            and f.attr in names
            and isinstance(f.value, ast.Name)
            and f.value.id in modules
        )
        if direct or dotted:
            found.append(f"{label(path)}:{node.lineno}: {ast.unparse(f)}")
    return found


@pytest.mark.parametrize("path", written_files(), ids=label)
def test_files_and_functions_are_short(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LINES, f"{label(path)} has {lines} lines: split it by concept"
    long = [
        f"{label(path)}:{f.lineno}: {f.name} has {f.end_lineno - f.lineno + 1} lines"
        for f in functions(path)
        if f.end_lineno - f.lineno + 1 > FUNCTION_LINES + docstring_lines(f)
    ]
    assert not long, "\n".join(long)


def docstring_lines(function) -> int:
    """Lines of the docstring: they explain, they are not what makes a function long."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno - first.lineno + 1 if documented else 0


@pytest.mark.parametrize("path", package_files(), ids=label)
def test_public_names_are_documented_with_an_example(path):
    assert ast.get_docstring(tree(path)), f"{label(path)} does not say why it exists"
    missing = []
    for name, node, owner in public_definitions(path):
        text = ast.get_docstring(node)
        if not text:
            missing.append(f"{label(path)}:{node.lineno}: {name} has no docstring")
        elif ">>>" not in text and path != COPIED_INTO_KERNELS and not shown_elsewhere(node, owner):
            missing.append(f"{label(path)}:{node.lineno}: {name} has no example that runs")
    assert not missing, "\n".join(missing)


def shown_elsewhere(node, owner) -> bool:
    """Whether the example of another docstring shows it, or there is nothing to show.

    Records are fields and no methods. A method is shown by the example of its class, and one of a
    derived class by the class that says what the method means.
    """
    if isinstance(node, ast.ClassDef):
        return not any(isinstance(item, ast.FunctionDef) for item in node.body)
    if owner is None:
        return False
    example = ast.get_docstring(owner) or ""
    return bool(owner.bases) or is_property(node) or f".{node.name}(" in example


@pytest.mark.parametrize("path", package_files(), ids=label)
def test_nothing_is_simplified_without_a_budget(path):
    calls = sympy_calls(path, {"simplify", "nsimplify"})
    methods = [
        f"{label(path)}:{node.lineno}: {ast.unparse(node.func)}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "simplify"
    ]
    found = calls + methods
    assert not found, "use a pipeline of symbias.sym.rewrite:\n" + "\n".join(found)


@pytest.mark.parametrize("path", package_files(), ids=label)
def test_symbols_are_made_in_one_place(path):
    if path == HOME_OF_SYMBOLS:
        return
    calls = sympy_calls(path, SYMBOL_MAKERS)
    assert not calls, "make symbols in symbias/sym/symbols.py:\n" + "\n".join(calls)


@pytest.mark.parametrize("path", package_files(), ids=label)
def test_dynamic_imports_have_one_home(path):
    if path == HOME_OF_DYNAMIC_IMPORTS:
        return
    names = {"import_module", "__import__"}
    found = [
        f"{label(path)}:{node.lineno}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names
    ]
    assert not found, f"use registry.resolve or registry.ask: {found}"


@pytest.mark.parametrize("path", package_files(), ids=label)
def test_simulators_import_nothing_else_of_ours(path):
    if PACKAGE / "sim" not in path.parents:
        return
    allowed = {"symbias.sim", "symbias.errors", "symbias.jit"}
    found = [
        f"{label(path)}:{node.lineno}: {module}"
        for node in ast.walk(tree(path))
        for module in imported_modules(node)
        if module.partition(".")[0] == "symbias" and ".".join(module.split(".")[:2]) not in allowed
    ]
    assert not found, "a simulator that knows the theory proves nothing:\n" + "\n".join(found)


def imported_modules(node) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.parametrize("path", package_files(), ids=label)
def test_nothing_swallows_every_error(path):
    broad = [
        f"{label(path)}:{node.lineno}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert not broad, f"name the errors that are expected: {broad}"


def test_the_median_file_is_short():
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in package_files())
    assert sizes[len(sizes) // 2] < 200
