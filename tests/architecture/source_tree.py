"""The source tree as the architecture tests see it: files, syntax trees, quoted commands."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "symbias"
WRITTEN_BY_HAND = ("symbias", "derivations", "tests", "benchmarks", "docs", ".ci")


def package_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def written_files() -> list[Path]:
    """Python files written by hand: what git tracks, or all of them outside a checkout."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0 and done.stdout:
        return sorted(path for line in done.stdout.split("\n") if (path := ROOT / line).is_file())
    return sorted(path for top in WRITTEN_BY_HAND for path in (ROOT / top).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def is_property(node: ast.AST) -> bool:
    decorators = [ast.unparse(d) for d in getattr(node, "decorator_list", [])]
    return any(
        d in {"property", "cached_property", "functools.cached_property"} for d in decorators
    )


def public_definitions(path: Path) -> list[tuple[str, ast.AST, ast.ClassDef | None]]:
    """Public functions and classes of a module, and the public methods of public classes.

    Each with its name, its node and, for methods, the class.
    """
    found: list[tuple[str, ast.AST, ast.ClassDef | None]] = []
    for node in tree(path).body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if node.name.startswith("_"):
            continue
        found.append((node.name, node, None))
        if isinstance(node, ast.ClassDef):
            methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
            shown = [m for m in methods if not m.name.startswith("_")]
            found += [(f"{node.name}.{m.name}", m, node) for m in shown]
    return found


def readme_commands() -> list[str]:
    """Command lines in the shell blocks of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]
