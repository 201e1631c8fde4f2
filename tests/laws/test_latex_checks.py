"""The check of LaTeX must itself tell sound text from broken text."""

from __future__ import annotations

import pytest
from latex_checks import unbalanced

SOUND = [
    r"x^{2}",
    r"\left(\frac{a}{b}\right]",
    r"\begin{aligned} a &= b \\ &\{c\} \end{aligned}",
    r"\[ x \] and $y$",
    r"\leftarrow \text{10\$}",
]
BROKEN = [
    r"x^{2",
    r"x}",
    r"\left(a",
    r"\right)",
    r"\begin{aligned} a \end{gathered}",
    r"\begin{aligned} { \end{aligned} }",
    r"\[ x",
    r"$x",
]


@pytest.mark.parametrize("latex", SOUND)
def test_sound_latex(latex):
    assert not unbalanced(latex)


@pytest.mark.parametrize("latex", BROKEN)
def test_broken_latex(latex):
    assert unbalanced(latex)
