"""Reads presentation MathML back into numbers: what is printed must mean what was meant."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

APPLY, TIMES = "\u2061", "\u2062"
FUNCTIONS = {
    "sin": math.sin,
    "sinh": math.sinh,
    "cos": math.cos,
    "tanh": math.tanh,
    "log": math.log,
    "arsinh": math.asinh,
    "arccos": math.acos,
    "arctan": math.atan,
    "max": max,
    "min": min,
    "Φ": lambda x: math.erfc(-x / math.sqrt(2)) / 2,
    "φ": lambda x: math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
}
OPERATORS = {"−": "-", "+": "+", "·": "*", TIMES: "*", "(": "(", ")": ")", ",": ",", "/": "/"}


def value_of(markup: str, values: dict[str, float]) -> float:
    """The number that a piece of MathML stands for; `values` are those of the names it shows."""
    names = {"π": math.pi, "e": math.e, **values}
    text = source(ET.fromstring(f"<mrow>{markup}</mrow>"))  # noqa: S314 - our own output
    return float(eval(text, {"v": names, "f": FUNCTIONS, "sqrt": math.sqrt, "abs": abs}))  # noqa: S307


def source(node: ET.Element) -> str:
    """The Python expression of an element."""
    children = list(node)
    if node.tag == "mrow":
        # The second term of a sum brings its sign along.
        return row(children) if is_signed(node) else f"({row(children)})"
    if node.tag == "msqrt":
        return f"sqrt({row(children)})"
    form = {
        "mi": "v[{text!r}]",
        "mn": "({number})",
        "msub": "v[{text!r}]",
        "mfrac": "(({0})/({1}))",
        "mroot": "(({0})**(1/({1})))",
        "msup": "(({0})**({1}))",
    }[node.tag]
    text = text_of(node)
    parts = [] if node.tag == "msub" else list(map(source, children))
    return form.format(*parts, text=text, number=text.replace("−", "-"))


def row(children: list[ET.Element]) -> str:
    """The expression of elements side by side; juxtaposition without a sign is no product."""
    texts = [child.text if child.tag == "mo" else None for child in children]
    if texts and texts[0] == texts[-1] == "|" and len(texts) > 2:
        return f"abs({row(children[1:-1])})"
    found: list[str] = []
    for k, (child, text) in enumerate(zip(children, texts, strict=True)):
        if text == APPLY:
            continue
        if k + 1 < len(children) and texts[k + 1] == APPLY:
            name, power = child, ""
            if child.tag == "msup":
                name, power = child[0], f"**({source(child[1])})"
            return applied(name.text, row(children[k + 2 :]), power)
        if child.tag == "mi" and child.text in ("max", "min"):
            return applied(child.text, row(children[k + 1 :]), "")
        if child.tag == "msup" and child[0].text == ")":
            found.append(f")**({source(child[1])})")  # a bracket that spans lines
            continue
        if k and text is None and texts[k - 1] is None and not is_signed(child):
            raise AssertionError("two things stand side by side without a sign")
        found.append(OPERATORS[text] if text is not None else source(child))
    return " ".join(found)


def is_signed(node: ET.Element) -> bool:
    return node.tag == "mrow" and len(node) > 0 and node[0].get("form") == "infix"


def applied(name: str, arguments: str, power: str) -> str:
    return f"(f[{name!r}]({arguments}){power})"


def text_of(node: ET.Element) -> str:
    return "".join(node.itertext())
