"""Characters beyond Latin letters, as LaTeX commands: a document compiles whatever its author typed."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import sympy as sp

_NAMED: dict[str, str] = {
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "∼": r"\sim",
    "≃": r"\simeq",
    "≡": r"\equiv",
    "≪": r"\ll",
    "≫": r"\gg",
    "→": r"\to",
    "←": r"\leftarrow",
    "↔": r"\leftrightarrow",
    "↦": r"\mapsto",
    "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow",
    "↑": r"\uparrow",
    "↓": r"\downarrow",
    "∞": r"\infty",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∫": r"\int",
    "∑": r"\sum",
    "∏": r"\prod",
    "√": r"\surd",
    "∈": r"\in",
    "∉": r"\notin",
    "⊂": r"\subset",
    "⊆": r"\subseteq",
    "∪": r"\cup",
    "∩": r"\cap",
    "∅": r"\emptyset",
    "∀": r"\forall",
    "∃": r"\exists",
    "∧": r"\wedge",
    "∨": r"\vee",
    "±": r"\pm",
    "∓": r"\mp",
    "×": r"\times",
    "÷": r"\div",
    "·": r"\cdot",
    "⋅": r"\cdot",
    "∘": r"\circ",
    "⊗": r"\otimes",
    "⊕": r"\oplus",
    "⊙": r"\odot",
    "⊥": r"\perp",
    "∥": r"\parallel",
    "‖": r"\|",
    "∝": r"\propto",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "ℓ": r"\ell",
    "ℏ": r"\hbar",
    "†": r"\dagger",
    "′": r"{}^{\prime}",
    "−": "-",
    "…": r"\ldots",
    "°": r"{}^{\circ}",
    "ℝ": r"\mathbb{R}",
    "ℂ": r"\mathbb{C}",
    "ℤ": r"\mathbb{Z}",
    "ℕ": r"\mathbb{N}",
    "ℚ": r"\mathbb{Q}",
    "𝔼": r"\mathbb{E}",
    "ϵ": r"\epsilon",
    "ϕ": r"\phi",
    "ϑ": r"\vartheta",
    "ε": r"\varepsilon",
    "φ": r"\varphi",
    "ς": r"\varsigma",
    "λ": r"\lambda",
    "Λ": r"\Lambda",
}
_TEXT: dict[str, str] = {
    "“": "``",
    "”": "''",
    "„": ",,",
    "‘": "`",
    "’": "'",
    "–": "--",
    "—": "---",
    "\u00a0": "~",
}
_LIKE_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))
_LAST_LATIN = 0x17F
"""Letters up to here are in the font that the documents use."""
_BEYOND = re.compile(r"[^\x00-\x7f]")


def _command(character: str) -> str | None:
    """Return the math-mode command of a character."""
    if character in _NAMED:
        return _NAMED[character]
    if character in _LIKE_LATIN:
        return _LIKE_LATIN[character]
    name = unicodedata.name(character, "")
    if found := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name):
        letter = found[2].lower()
        return f"\\{letter if found[1] == 'SMALL' else letter.capitalize()}"
    if found := re.fullmatch(r"(SUPERSCRIPT|SUBSCRIPT) (\w+)", name):
        raised = "^" if found[1] == "SUPERSCRIPT" else "_"
        return f"{{}}{raised}{{{in_math(unicodedata.normalize('NFKC', character))}}}"
    return None


def _unknown(character: str) -> str:
    return rf"\texttt{{U+{ord(character):04X}}}"


def in_text(text: str) -> str:
    r"""Return text-mode LaTeX in which every character has a glyph.

    Parameters
    ----------
    text : str
        Without dollar signs; what LaTeX reserves is escaped already.

    Returns
    -------
    str
        Greek letters and mathematical signs as formulas; Latin letters with accents stay.

    Examples
    --------
    >>> print(in_text("α ≤ 1"))
    $\alpha$ $\le$ 1
    """

    def shown(found: re.Match[str]) -> str:
        character = found[0]
        if character in _TEXT:
            return _TEXT[character]
        command = _command(character)
        if command is not None:
            return f"${command}$"
        return character if ord(character) <= _LAST_LATIN else _unknown(character)

    return _BEYOND.sub(shown, unicodedata.normalize("NFC", text))


def in_math(latex: str) -> str:
    r"""Return math-mode LaTeX in which every character has a glyph.

    Parameters
    ----------
    latex : str
        Math-mode LaTeX.

    Returns
    -------
    str
        The same in ASCII.

    Examples
    --------
    >>> print(in_math("2 θ x"))
    2 \theta x
    """

    def shown(found: re.Match[str]) -> str:
        command = _command(found[0])
        if command is not None:
            follows = found.string[found.end() : found.end() + 1]
            return command + (" " if follows.isascii() and follows.isalpha() else "")
        letter = ord(found[0]) <= _LAST_LATIN
        return rf"\text{{{found[0]}}}" if letter else rf"\text{{{_unknown(found[0])}}}"

    return _BEYOND.sub(shown, unicodedata.normalize("NFC", latex))


def latex_of(expr: Any) -> str:
    r"""Return an expression as math-mode LaTeX.

    Parameters
    ----------
    expr : sympy.Basic
        The expression.

    Returns
    -------
    str
        In ASCII.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> print(latex_of(real("θ") ** 2))
    \theta^{2}
    """
    return in_math(sp.latex(expr))
