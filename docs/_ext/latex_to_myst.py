"""Full derivations, LaTeX text as it goes into a paper, turned into a page that a browser shows."""

import re

_UNESCAPED = {
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    **{rf"\{c}": c for c in "&%$#_{}"},
}
_TOKEN = re.compile("|".join(map(re.escape, _UNESCAPED)))
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#$~])")


class UnknownLatexError(ValueError):
    """A part of a derivation that this page does not know how to show."""


def markdown(text: str) -> str:
    """Return plain text with the characters that Markdown reserves escaped."""
    return _MARKDOWN.sub(r"\\\1", text)


def plain(text: str) -> str:
    """Turn text-mode LaTeX into Markdown, piece by piece between the inline formulas."""
    pieces = re.split(r"((?<!\\)\$.*?(?<!\\)\$)", text)
    return "".join(
        piece if number % 2 else markdown(_TOKEN.sub(lambda found: _UNESCAPED[found[0]], piece))
        for number, piece in enumerate(pieces)
    )


def block(part: str) -> str:
    """Turn one paragraph of a full derivation into Markdown."""
    if part.startswith(r"\[") and part.endswith(r"\]"):
        return f"```{{math}}\n{part[2:-2].strip()}\n```"
    if found := re.fullmatch(r"\\begin\{align\*\}(.*)\\end\{align\*\}", part, re.DOTALL):
        return f"```{{math}}\n\\begin{{aligned}}{found[1]}\\end{{aligned}}\n```"
    if found := re.fullmatch(r"\\section\*\{(.*)\}", part, flags=re.DOTALL):
        return f"## {plain(found[1])}"
    if found := re.fullmatch(r"\\paragraph\{(.*?)\} (.*?)\\hfill \[(\w+)\]", part, re.DOTALL):
        head, text, grade = found.groups()
        return f"**{plain(head)}.** {plain(text.strip())} *({grade})*"
    if part.startswith(r"\noindent "):
        return plain(part.removeprefix(r"\noindent "))
    if found := re.fullmatch(r"\\nocite\{(.*)\}", part):
        return "Sources: " + ", ".join(f"`{key}`" for key in found[1].split(",")) + "."
    raise UnknownLatexError(part)


def page(latex: str) -> str:
    """Turn ``derivation.latex("full")`` into Markdown."""
    return "\n\n".join(block(part.strip()) for part in latex.split("\n\n") if part.strip())
