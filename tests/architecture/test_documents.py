"""The documents say what is true: versions agree, commands are run, examples work."""

from __future__ import annotations

import doctest
import re
import tomllib
from importlib.metadata import PackageNotFoundError, version

import pytest
import yaml
from source_tree import ROOT, label, readme_commands

import symbias as sb

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
GENERATED = {"_build", "generated", "gallery"}
SHELL_TOOLS = {"python3", ".venv/bin/pip", ".venv/bin/symbias", ".venv/bin/pytest"}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def citation() -> dict:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def documents() -> list:
    pages = sorted((ROOT / "docs").rglob("*.md"))
    kept = [page for page in pages if not GENERATED & set(page.relative_to(ROOT).parts)]
    return [path for path in (ROOT / "README.md", *kept) if ">>>" in path.read_text("utf-8")]


def test_one_version():
    assert project()["version"] == sb.__version__ == citation()["version"]


def test_the_installed_version_is_this_one():
    try:
        installed = version("symbias")
    except PackageNotFoundError:
        pytest.skip("symbias is not installed, it runs from the tree")
    assert installed == sb.__version__


def test_the_changelog_has_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)", changelog, flags=re.MULTILINE)
    assert versions[0] == sb.__version__


def test_the_citation_file_has_what_the_format_demands():
    cff = citation()
    assert cff["cff-version"] == "1.2.0"
    assert cff["authors"] == [{"name": "The symbias developers"}]
    assert {"message", "title", "type", "license"} <= set(cff)
    assert cff["license"] == project()["license"]


def test_the_licence_is_apache():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_readme_has_two_commands_of_one_line():
    commands = readme_commands()
    assert len(commands) == 2
    assert "symbias verify derivations --out report" in commands[0]
    assert ".venv/bin/pytest" in commands[1]
    for command in commands:
        assert {part.split()[0] for part in command.split(" && ")} <= SHELL_TOOLS


@pytest.mark.parametrize("command", readme_commands())
def test_ci_runs_the_readme_commands_as_they_stand(command):
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert any(line.strip() == command for line in lines), f"not a line of .ci/run: {command}"


def test_ci_names_every_extra_that_exists():
    extras = set(project()["optional-dependencies"])
    used = set(re.findall(r"\.\[(\w+)\]", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))
    assert used <= extras
    assert {"ball", "data", "parallel", "docs", "test", "dev", "all"} <= extras


def test_dependencies_have_floors_and_no_caps():
    extras = project()["optional-dependencies"].values()
    requirements = project()["dependencies"] + [line for extra in extras for line in extra]
    ours = [line for line in requirements if not line.startswith("symbias[")]
    assert all(">=" in line for line in ours), ours
    assert not [line for line in ours if "<" in line or "==" in line or "~=" in line]


@pytest.mark.jit  # they simulate
@pytest.mark.parametrize("path", documents(), ids=label)
def test_examples_in_documents_run(path):
    examples = doctest.testfile(str(path), module_relative=False, optionflags=FLAGS)
    assert examples.attempted
    assert not examples.failed, f"{examples.failed} examples of {label(path)} fail; see the output"


def test_every_key_that_is_cited_exists():
    bib = (ROOT / "symbias" / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{([^,\s]+),", bib, flags=re.MULTILINE)
    assert len(set(keys)) == len(keys), "a key occurs twice"
    cited = {key for entry in sb.catalogue() for key in entry.cites}
    for script in (ROOT / "derivations").glob("*.py"):
        text = script.read_text(encoding="utf-8")
        for group in re.findall(r"cites=[\[(]([^\])]*)[\])]", text):
            cited |= set(re.findall(r"[\"']([^\"']+)[\"']", group))
    assert cited
    assert cited <= set(keys), f"not in references.bib: {sorted(cited - set(keys))}"


def test_script_names_say_which_paper():
    scripts = sorted((ROOT / "derivations").glob("*.py"))
    assert scripts
    for script in scripts:
        assert re.fullmatch(r"[a-z]+\d{4}[a-z]?_[a-z0-9_]+", script.stem), script.name
