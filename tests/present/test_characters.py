"""Whatever an author types compiles: Greek letters, mathematical signs, accents, and what no font has."""

import subprocess

import pytest
import sympy as sp

import symbias as sb
from symbias.present import characters
from symbias.present.characters import in_math, in_text, latex_of
from symbias.present.latex import escape

GREEK = "αβγδεζηθικλμνξοπρςστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩϵϕϑ"
SIGNS = "".join(characters._NAMED) + "".join(characters._TEXT) + "x²y₁z⁻"
x = sp.Symbol("x", real=True)


@pytest.mark.parametrize("character", GREEK + "".join(characters._NAMED))
def test_every_character_has_a_command(character):
    assert in_math(character).isascii()
    assert "U+" not in in_math(character)
    assert in_text(character) == f"${in_math(character)}$"


def test_commands_do_not_swallow_letters():
    assert in_math("λx") == r"\lambda x"
    assert in_math("λ_1") == r"\lambda_1"
    assert latex_of(sp.Symbol("θ") * x) == r"x \theta"


def test_reserved_characters_and_formulas_stay_apart():
    assert escape("50% of λ, $λ_1 ≤ 1$") == r"50\% of $\lambda$, $\lambda_1 \le 1$"


def test_accents_stay_and_unknown_characters_are_named():
    assert in_text("Erdős über") == "Erdős über"
    assert in_text("中") == r"\texttt{U+4E2D}"


@pytest.mark.tex
def test_a_document_with_all_of_them_compiles(tmp_path):
    theta, capital = sp.symbols("θ Σ_1", real=True)
    title = f"{GREEK} {SIGNS} Erdős 中 100% & #1 {{a}} ~b ^c \\d _e <f>"
    derivation = sb.Derivation(title, assumptions=[theta > 0])
    derivation.start((theta + capital) ** 2, f"because {SIGNS} $α ≤ ∞$")
    derivation.rewrite(theta**2 + 2 * theta * capital + capital**2, title)
    derivation.conclude("Ω", "größe_ε")
    path = derivation.write_tex(tmp_path / "all.tex")
    assert compiled(path).returncode == 0, compiled(path).stdout[-2000:]


@pytest.mark.tex
@pytest.mark.parametrize("form", ["sum", "quotient", "root"])
def test_long_expressions_stay_on_the_page(form, tmp_path):
    y = sp.Symbol("y", real=True)
    long = sum(sp.sin(k * x) / (k + y) ** k for k in range(1, 60))
    shown = {"sum": long, "quotient": 2 * x / (1 + long), "root": sp.sqrt(1 + long)}[form]
    derivation = sb.Derivation("long").start(shown, "given")
    derivation.conclude(sp.Function("F")(x, y), "long")
    done = compiled(derivation.write_tex(tmp_path / "long.tex"))
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout


def compiled(path):
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
