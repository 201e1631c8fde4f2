"""Inline math: the simple LaTeX of titles and reasons (between dollar signs) as MathML."""

from __future__ import annotations

import re
from html import escape

from sympy.printing.pretty.pretty_symbology import greek_unicode

SIGNS: dict[str, str] = {
    "cdot": "·",
    "times": "×",
    "to": "→",
    "le": "≤",
    "ge": "≥",
    "ne": "≠",
    "in": "∈",
    "sim": "∼",
    "approx": "≈",
    "pm": "±",
    "dots": "…",
    "ldots": "…",
    "nabla": "∇",
    "partial": "∂",
    "infty": "∞",
    "top": "⊤",
    "ell": "ℓ",
    "varphi": "φ",
    "varepsilon": "ε",
    "|": "‖",
    "langle": "⟨",
    "rangle": "⟩",
    "int": "∫",
    "sum": "∑",
    "prod": "∏",
}
"""Commands without arguments and the sign that each prints; letters of the Greek alphabet besides."""

_LETTERS = frozenset("∂∞ℓφε∇⊤")
_SPACES = frozenset(",;:! ")
_ARGUMENTS = {r"\frac": ("mfrac", 2), r"\sqrt": ("msqrt", 1)}
_ACCENTS = {r"\overline": "¯", r"\bar": "¯", r"\hat": "^", r"\tilde": "~", r"\dot": "˙"}
_IGNORED = frozenset({"\\left", "\\right", "\\displaystyle", "\\limits"})
_FONTS = frozenset({"\\mathbb", "\\mathrm", "\\text", "\\operatorname", "\\mathcal", "\\mathbf"})
_DOUBLE = str.maketrans("RZNCQE", "ℝℤℕℂℚ𝔼")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")


class _Reader:
    """Reads tokens from left to right; what it does not know it shows as it is written."""

    def __init__(self, latex: str) -> None:
        self.tokens = _TOKEN.findall(latex)

    def row(self, end: str = "") -> str:
        """Return everything up to a closing brace, or to the end."""
        found: list[str] = []
        while self.tokens:
            part = self.tokens.pop(0)
            if part == end:
                break
            if part in "^_" and found:
                found.append(self.script(found.pop(), part))
            elif part not in _IGNORED:
                found.append(self.one(part))
        return f"<mrow>{''.join(found)}</mrow>"

    def argument(self) -> str:
        """Return the next part or group."""
        return self.one(self.tokens.pop(0)) if self.tokens else "<mrow></mrow>"

    def script(self, base: str, sign: str) -> str:
        """Return a base with what is above or below it, or both."""
        first = self.argument()
        other = "_" if sign == "^" else "^"
        if self.tokens[:1] == [other]:
            self.tokens.pop(0)
            second = self.argument()
            below, above = (first, second) if sign == "_" else (second, first)
            return f"<msubsup>{base}{below}{above}</msubsup>"
        tag = "msup" if sign == "^" else "msub"
        return f"<{tag}>{base}{first}</{tag}>"

    def one(self, part: str) -> str:
        """Return one token, with the arguments of a command."""
        if part == "{":
            return self.row("}")
        if part in _ARGUMENTS:
            tag, count = _ARGUMENTS[part]
            return f"<{tag}>{''.join(self.argument() for _ in range(count))}</{tag}>"
        if part in _ACCENTS:
            return f"<mover>{self.argument()}<mo>{_ACCENTS[part]}</mo></mover>"
        if part in _FONTS:
            return self.upright(double=part == r"\mathbb")
        return self.command(part[1:]) if part.startswith("\\") else _plain(part)

    def command(self, name: str) -> str:
        """Return a command without arguments."""
        if name in _SPACES:
            return '<mspace width="0.17em"></mspace>'
        if name in SIGNS:
            sign = SIGNS[name]
            return f"<mi>{sign}</mi>" if sign in _LETTERS else _sign(sign)
        if name in greek_unicode:
            return f"<mi>{greek_unicode[name]}</mi>"
        return f"<mi>{escape(name)}</mi>" if name.isalpha() else _sign(name)

    def upright(self, *, double: bool) -> str:
        """Return the letters of a group as one name."""
        letters: list[str] = []
        if self.tokens[:1] == ["{"]:
            self.tokens.pop(0)
            while self.tokens and (part := self.tokens.pop(0)) != "}":
                letters.append(part)
        elif self.tokens:
            letters.append(self.tokens.pop(0))
        name = "".join(letters)
        return f"<mi>{escape(name.translate(_DOUBLE) if double else name)}</mi>"


def _plain(part: str) -> str:
    """Return digits, a letter or a sign."""
    if part[0].isdigit():
        return f"<mn>{part}</mn>"
    if part.isalpha():
        return f"<mi>{part}</mi>"
    return _sign("−" if part == "-" else part)


def _sign(text: str) -> str:
    kept = ' stretchy="false"' if text in "()[]{}|‖⟨⟩" else ""
    kept += ' lspace="0" rspace="0"' if text in "|‖/" else ""
    return f"<mo{kept}>{escape(text)}</mo>"


def inline_math(latex: str) -> str:
    r"""Return simple LaTeX as MathML.

    Parameters
    ----------
    latex : str
        Letters, digits, signs, ``^``, ``_``, groups, Greek letters, ``\frac``, ``\sqrt`` and `SIGNS`.
        Any other command is shown by its name.

    Returns
    -------
    str
        One ``mrow``; every text in it is escaped.

    Examples
    --------
    >>> inline_math(r"z^t")
    '<mrow><msup><mi>z</mi><mi>t</mi></msup></mrow>'
    """
    return _Reader(latex).row()
