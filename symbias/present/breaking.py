"""Breaking long expressions across lines; neither LaTeX nor MathJax does it in displayed math."""

from __future__ import annotations

import re
from typing import Any

import sympy as sp

from symbias.present.characters import latex_of

WIDTH = 72
"""Printed characters that fit on a line of a standard page, about."""


def printed_width(latex: str) -> int:
    r"""Estimate how many characters wide some LaTeX prints.

    Parameters
    ----------
    latex : str
        Math-mode LaTeX.

    Returns
    -------
    int
        Letters such as alpha count as one character, sin as three, fractions as half of both parts
        (about); operators have space around them.

    Examples
    --------
    >>> printed_width(r"\alpha + \frac{1}{2}")
    4
    """
    bare = re.sub(r"\\(left|right|displaystyle|operatorname|mathrm|begin|end)\b", "", latex)
    fractions = bare.count(r"\frac")
    bare = re.sub(r"\\(sin|cos|tan|log|exp|sinh|cosh|tanh|max|min)\b", r"\1", bare)
    bare = re.sub(r"\\[A-Za-z]+", "c", bare)
    characters = len(re.sub(r"[{}^_\s\\]", "", bare)) + bare.count("+") + bare.count("-")
    return max(1, characters - 2 * fractions)


def rows(expr: Any, width: int = WIDTH) -> list[str]:
    """Return the LaTeX of an expression as rows that fit on a line, as far as its form allows.

    Parameters
    ----------
    expr : sympy.Expr or sympy.Matrix
        The expression. Sums are broken between terms, also where they are factors, denominators or roots.
    width : int
        Longest row, in printed characters.

    Returns
    -------
    list of str
        At least one row; rows after the first are meant to be indented.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> rows(x**2 + y, width=2)
    ['x^{2}', '+ y']
    """
    whole = latex_of(expr)
    if printed_width(whole) <= width:
        return [whole]
    if isinstance(expr, sp.Add):
        return _sum_rows(expr, width)
    if isinstance(expr, (sp.Mul, sp.Pow)):
        return _product_rows(expr, width, whole)
    return [whole]


def _signed_terms(expr: Any) -> list[str]:
    """Return the printed terms of a sum, each after the first with its sign in front."""
    terms: list[str] = []
    for term in expr.as_ordered_terms():
        printed = latex_of(term)
        terms.append(printed if not terms or printed.startswith("-") else f"+ {printed}")
    return terms


def _sum_rows(expr: Any, width: int) -> list[str]:
    found: list[str] = []
    for term in _signed_terms(expr):
        if found and printed_width(found[-1]) + printed_width(term) <= width:
            found[-1] += f" {term}"
        else:
            found.append(term)
    return found


def _product_rows(expr: Any, width: int, whole: str) -> list[str]:
    """Break the long sums among the factors, also in denominators and roots; brackets of fixed size can span rows."""
    factors = sp.Mul.make_args(expr)
    long = [f for f in factors if _is_long(f, width)]
    if not long:
        return [whole]
    rest = sp.Mul(*(f for f in factors if f not in long))
    front = "" if rest == 1 else "-" if rest == -1 else latex_of(rest)
    found = [rf"\left({front}\right)" if isinstance(rest, sp.Add) else front]
    for factor in long:
        base, exponent = factor.as_base_exp()
        first, *more = _sum_rows(base, width)
        found[-1] = rf"{found[-1]} \Bigl( {first}".strip()
        found.extend(more)
        found[-1] += r" \Bigr)" + ("" if exponent == 1 else f"^{{{latex_of(exponent)}}}")
    return found


def _is_long(factor: Any, width: int) -> bool:
    base, exponent = factor.as_base_exp()
    return isinstance(base, sp.Add) and exponent.is_number and len(_sum_rows(base, width)) > 1
