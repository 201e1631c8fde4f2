"""Pages that are printed from the objects: results, derivation scripts and the public names."""

import ast
import inspect
import runpy
import shutil
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from latex_to_myst import markdown, page

import symbias as sb
from symbias import registry
from symbias.runner.collect import collect
from symbias.verdicts.claim import KINDS

GROUPS = {
    "sym": "Derivations and formulas",
    "codegen": "Compiled code",
    "models": "Models and simulations",
    "simulate": "Models and simulations",
    "verdicts": "Claims, verdicts and reports",
    "runner": "Claims, verdicts and reports",
    "present": "Claims, verdicts and reports",
    "errors": "Errors",
    "landscape": "Rooms",
    "symmetry": "Models and simulations",
}
ABOUT = "The package about itself"


class UnverifiedError(RuntimeError):
    """A claim of a shipped script fails: there is nothing to show."""


def write(path: Path, text: str) -> None:
    """Write a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def toctree(names: list[str]) -> str:
    """Return a table of contents of pages in the same folder."""
    return "\n".join(["```{toctree}", ":maxdepth: 1", "", *names, "```"])


def source_block(title: str, language: str, text: str) -> str:
    """Return a code block under a heading of its own."""
    return f"## {title}\n\n````{{code-block}} {language}\n{text.rstrip()}\n````"


def result_page(entry: Any) -> str:
    """Print one registered result: the statement, how it is known, the LaTeX of it."""
    result = registry.resolve(entry.target)()
    full = result.derivation.latex("full")
    return "\n\n".join(
        [
            f"# {entry.name}",
            entry.title,
            f"```{{math}}\n{result.latex()}\n```",
            f"Room `{entry.room}`, evidence `{result.derivation.evidence}`.",
            page(full),
            source_block("As LaTeX", "latex", full),
        ]
    )


def results(folder: Path) -> None:
    """Print every registered result."""
    entries = registry.RESULTS
    for entry in entries:
        write(folder / f"{entry.name}.md", result_page(entry) + "\n")
    head = "# Results\n\nPrinted from the objects that `sb.catalogue()` lists."
    names = [entry.name for entry in entries]
    write(folder / "index.md", f"{head}\n\n{toctree(names)}\n")


def members(module: ModuleType) -> list[str]:
    """Return what a module offers, except what is public under a name of its own and described there."""
    elsewhere = {getattr(sb, name) for name in registry.PUBLIC}

    def offered(item: Any) -> bool:
        ours = getattr(item, "__module__", "").startswith(module.__name__)
        return callable(item) and ours and item not in elsewhere

    return sorted(n for n, item in vars(module).items() if not n.startswith("_") and offered(item))


def directive(name: str) -> str:
    """Return the autodoc directive of a public name."""
    target = getattr(sb, name)
    if isinstance(target, ModuleType):
        names = ", ".join(members(target))
        return f".. automodule:: {target.__name__}\n   :members: {names}"
    if inspect.isclass(target):
        kind = "autoexception" if issubclass(target, BaseException) else "autoclass"
        return f".. {kind}:: symbias.{name}\n   :members:"
    return f".. autofunction:: symbias.{name}"


def api(folder: Path) -> None:
    """Print the reference of every public name, by layer."""
    groups: dict[str, list[str]] = {}
    for name, target in registry.PUBLIC.items():
        layer = target.partition(":")[0].partition(".")[0]
        groups.setdefault(GROUPS.get(layer, ABOUT), []).append(name)
    pages = []
    for title, names in groups.items():
        pages.append(title.lower().replace(",", "").replace(" ", "-"))
        blocks = [f"```{{eval-rst}}\n{directive(name)}\n```" for name in names]
        write(folder / f"{pages[-1]}.md", "\n\n".join([f"# {title}", *blocks]) + "\n")
    head = "# Public names\n\nEvery name is an attribute of `symbias`, loaded when first used."
    write(folder / "index.md", f"{head}\n\n{toctree(pages)}\n")


def cell(text: str) -> str:
    """Return plain text that is safe in a Markdown table."""
    return markdown(text).replace("\n", " ")


def cell_table(table: Any) -> str:
    """Return the comparison with a paper as a Markdown table."""
    rows = ["| statement of the paper | ours | status |", "|---|---|---|"]
    rows += ["| " + " | ".join(cell(text) for text in row) + " |" for row in table.rows]
    return "\n".join(rows)


def verdict_table(rows: tuple[Any, ...]) -> str:
    """Return the verdicts on claims, as a run found them, as a Markdown table."""
    lines = ["| claim | relation | predicted | measured | evidence |", "|---|---|---|---|---|"]
    for row in rows:
        if row.kind in KINDS:
            numbers = [f"{value:.6g}" for value in (row.predicted, row.measured)]
            shown = [cell(row.title), f"`{row.relation}`", *numbers, row.evidence]
            lines.append("| " + " | ".join(shown) + " |")
    return "\n".join(lines)


def script_page(script: Path, run: Any) -> str:
    """Print one derivation script: what it says, derives, finds and shows, and its source."""
    text = script.read_text(encoding="utf-8")
    summary = ast.get_docstring(ast.parse(text)) or script.stem
    title, _, rest = summary.partition("\n")
    found = collect(runpy.run_path(str(script), run_name=script.stem))
    figures = run.document["figures"]
    parts = [
        f"# {markdown(title)}",
        markdown(rest.strip()),
        f"`symbias verify derivations/{script.name}`",
        *(page(derivation.latex("full")) for derivation in found.derivations),
        f"## Verdicts\n\n{verdict_table(run.rows)}",
        *(f"![{cell(f['title'])}]({name})" for f in figures for name in pictures(f["files"])),
        *(f"## Statements of {table.key}\n\n{cell_table(table)}" for table in found.tables),
        source_block("Source", "python", text),
    ]
    return "\n\n".join(part for part in parts if part)


def pictures(files: list[str]) -> list[str]:
    """Return the files that a browser shows."""
    return [name for name in files if name.endswith(".png")]


def gallery(folder: Path, scripts: Path) -> None:
    """Verify every derivation script that ships with the repository, and print what was found."""
    found = sorted(scripts.glob("*.py"))
    with tempfile.TemporaryDirectory() as scratch:
        report = sb.verify([str(script) for script in found], rng=0, out=scratch, pdf=False)
        if not report.ok:
            raise UnverifiedError(str(report))
        for script, run in zip(found, report.scripts, strict=True):
            write(folder / f"{script.stem}.md", script_page(script, run) + "\n")
            for figure in run.document["figures"]:
                for name in pictures(figure["files"]):
                    shutil.copy(Path(scratch) / name, folder / name)
    head = "# Derivations\n\nOne script per paper; `symbias verify derivations` runs them all."
    write(folder / "index.md", f"{head}\n\n{toctree([s.stem for s in found])}\n")


def generate(app: Any) -> None:
    """Write all generated pages into the source folder."""
    docs = Path(app.srcdir)
    for old in ("generated", "gallery"):
        shutil.rmtree(docs / old, ignore_errors=True)
    results(docs / "generated" / "results")
    api(docs / "generated" / "api")
    gallery(docs / "gallery", docs.parent / "derivations")


def setup(app: Any) -> dict[str, bool]:
    """Register the generator; it runs before Sphinx looks for pages."""
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
