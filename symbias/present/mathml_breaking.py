"""Breaking long formulas: browsers do not break MathML, but they do break between formulas in a line."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import sympy as sp

from symbias.present.mathml import Printer, mathml

WIDTH = 48
"""Printed characters that a line may have without being broken between the terms of its sum."""

_TIMES = "<mo>\u2062</mo>"
_BRACKET = '<mo stretchy="false">{}</mo>'


def pieces(expr: Any, width: int = WIDTH) -> list[str]:
    """Return an expression as elements between which a line may be broken.

    Parameters
    ----------
    expr : sympy.Basic
        The expression. Long sums come apart between their terms, also where they are a factor, a denominator or a root.
    width : int
        Printed characters that stay together.

    Returns
    -------
    list of str
        At least one; see `mathml`.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> len(pieces(x + y)), len(pieces(x + y, width=2))
    (1, 2)
    """
    printer = Printer()
    whole = mathml(expr)
    if printed_width(whole) <= width or not isinstance(expr, sp.Expr):
        return [whole]
    if isinstance(expr, sp.Add):
        return [term.toxml() for term in printer.terms(expr)]
    factors = sp.Mul.make_args(expr)
    long = [f for f in factors if _is_long(f, width)]
    if not long:
        return [whole]
    rest = sp.Mul(*(f for f in factors if f not in long))
    front = "" if rest == 1 else "<mo>−</mo>" if rest == -1 else f"{_front(rest)}{_TIMES}"
    found: list[str] = []
    for factor in long:
        base, exponent = factor.as_base_exp()
        opening, *more = [term.toxml() for term in printer.terms(base)]
        power = "" if exponent == 1 else mathml(exponent)
        closing = f"<msup>{_BRACKET.format(')')}{power}</msup>" if power else _BRACKET.format(")")
        found += [f"{front}{_BRACKET.format('(')}{opening}", *more]
        found[-1] += closing
        front = _TIMES
    return found


def _front(factor: Any) -> str:
    """Return what stands before the first bracket; a sign in front needs no bracket there."""
    return mathml(factor) if isinstance(factor, sp.Mul) else str(Printer().factor(factor).toxml())


def printed_width(markup: str) -> int:
    """Count the characters that MathML shows.

    Parameters
    ----------
    markup : str
        MathML.

    Returns
    -------
    int
        Their number; both parts of a fraction count.

    Examples
    --------
    >>> printed_width("<mi>x</mi><mo>&lt;</mo><mn>10</mn>")
    4
    """
    return len(re.sub(r"[\u2061\u2062]", "", unescape(re.sub(r"<[^>]*>", "", markup))))


def _is_long(factor: Any, width: int) -> bool:
    base, exponent = factor.as_base_exp()
    if not (isinstance(base, sp.Add) and exponent.is_number and exponent.is_commutative):
        return False
    return printed_width(mathml(base)) > width
