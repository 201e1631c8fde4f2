"""LaTeX: every level balanced, long lines broken, reserved characters escaped, documents compile."""

import re
import subprocess

import pytest
import sympy as sp

import symbias as sb
from symbias.present.breaking import printed_width, rows
from symbias.present.latex import escape

x, y = sp.symbols("x y", real=True)
f = sp.Function("f")
LONG = sum(sp.symbols(f"a_{k}") * sp.sin(k * x) for k in range(1, 30))


def example() -> sb.Derivation:
    derivation = sb.Derivation("50% of x_1 & more: a^2 < b", cites=["polyak1964"])
    derivation.start((x + y) ** 2, "by definition #1")
    derivation.rewrite(x**2 + 2 * x * y + y**2, "expand {all}")
    derivation.conclude(f(x, y), "square_of_sum")
    derivation.start(LONG, "a long sum")
    derivation.conclude(sp.Function("g")(x), "long_sum")
    return derivation


def balanced(latex: str) -> bool:
    opened = re.findall(r"\\begin\{(\w+\*?)\}", latex)
    closed = re.findall(r"\\end\{(\w+\*?)\}", latex)
    bare = re.sub(r"\\[{}\\]", "", latex)
    return sorted(opened) == sorted(closed) and bare.count("{") == bare.count("}")


@pytest.mark.parametrize("level", ["statement", "steps", "full"])
def test_every_level_is_balanced(level):
    latex = example().latex(level)
    assert balanced(latex)
    assert "x^{2}" in latex


def test_long_lines_are_broken_and_lose_nothing():
    broken = rows(LONG)
    assert len(broken) > 2
    assert all(printed_width(row) <= 95 for row in broken)
    assert sum(row.count(r"\sin") for row in broken) == 29


def test_a_long_sum_inside_a_product_is_broken_with_brackets_that_span_rows():
    broken = rows(LONG / sp.pi)
    assert len(broken) > 2
    assert broken[0].count(r"\Bigl(") == broken[-1].count(r"\Bigr)") == 1


def test_reserved_characters_are_escaped():
    assert escape("50% of x_1 & #{a^2}") == r"50\% of x\_1 \& \#\{a\textasciicircum{}2\}"


def test_a_file_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(sb.InputError, match="could not be written"):
        example().write_tex(tmp_path / "missing" / "a.tex")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.tex
def test_the_document_compiles_without_overfull_lines(tmp_path):
    path = example().write_tex(tmp_path / "example.tex")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
