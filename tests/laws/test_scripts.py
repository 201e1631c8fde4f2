"""One law over every shipped script: its derivations check themselves and print as sound LaTeX."""

from __future__ import annotations

import ast
import shutil
import subprocess

import pytest
from latex_checks import unbalanced
from shipped_scripts import SCRIPTS, contents

from symbias.present.document import PREAMBLE

BEGIN, END = "\\begin{document}\n", "\\end{document}\n"
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def test_there_are_scripts():
    assert SCRIPTS


@each_script
def test_a_script_says_derives_and_claims(script):
    assert ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
    found = contents(script)
    assert found.derivations
    assert any(claim.of is not None for claim in found.claims)
    assert found.tables, "a script ends with the statements of the paper"


@each_script
def test_derivations_of_a_script_check_themselves(script):
    for derivation in contents(script).derivations:
        assert derivation.check() == derivation.evidence
        assert derivation.formulas, f"{derivation.title!r} concludes nothing"


@each_script
@pytest.mark.parametrize("level", ["statement", "steps", "full"])
def test_latex_of_a_script_is_balanced(script, level):
    for derivation in contents(script).derivations:
        text = derivation.latex(level=level)
        assert text
        assert not unbalanced(text), unbalanced(text)


@pytest.mark.tex
@each_script
def test_documents_of_a_script_compile(script, tmp_path):
    engine = shutil.which("pdflatex")
    if engine is None:
        pytest.skip("pdflatex is not installed")
    # The documents differ in their bodies only, and an engine takes longer to start than to typeset one of them.
    bodies = []
    for number, derivation in enumerate(contents(script).derivations):
        path = derivation.write_tex(tmp_path / f"derivation{number}.tex", standalone=True)
        preamble, body = path.read_text("utf-8").split(BEGIN)
        assert preamble == PREAMBLE + "\n"
        assert body.endswith(END)
        bodies.append(body.removesuffix(END))
    path = tmp_path / "derivations.tex"
    path.write_text(PREAMBLE + BEGIN + "\\newpage\n".join(bodies) + END, "utf-8")
    done = subprocess.run(
        [engine, "-interaction=nonstopmode", "-halt-on-error", path.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert path.with_suffix(".pdf").stat().st_size > 0
