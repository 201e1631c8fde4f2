"""From the inert language to Python expressions in the scalar ``math`` dialect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from symbias.codegen.operations import OPERATIONS
from symbias.errors import CodegenError

_CONSTANTS = {sp.pi: "math.pi", sp.E: "math.e", sp.oo: "math.inf", -sp.oo: "-math.inf"}
_LARGEST_EXPONENT = 2**31


def number(value: Any) -> str:
    """Return a float literal (or a quotient of two) for a SymPy number.

    Parameters
    ----------
    value : sympy.Number or sympy.NumberSymbol
        A real number; NaN is allowed.

    Returns
    -------
    str
        Evaluates to the float64 nearest to the number.

    Raises
    ------
    CodegenError
        If a finite number is beyond the range of float64, where only 0 or infinity would be left of it.

    Examples
    --------
    >>> number(sp.Integer(2)), number(sp.Rational(1, 3)), number(sp.pi), number(sp.nan)
    ('2.0', '(1.0 / 3.0)', 'math.pi', 'math.nan')
    """
    if value is sp.nan:
        return "math.nan"
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    small = value.is_Rational and abs(value.p) < 2**53 and value.q < 2**53
    if small and value.q & (value.q - 1):
        return f"({float(value.p)!r} / {float(value.q)!r})"
    nearest = nearest_float(value)
    return repr(nearest) if abs(nearest) != math.inf else f"{'-' * (nearest < 0)}math.inf"


def nearest_float(value: Any) -> float:
    """Return the float64 nearest to a SymPy number.

    Parameters
    ----------
    value : sympy.Number or sympy.NumberSymbol
        A real number; NaN and infinities are allowed.

    Returns
    -------
    float
        Rounded once.

    Raises
    ------
    CodegenError
        If a finite number is beyond the range of float64, where only 0 or infinity would be left of it.

    Examples
    --------
    >>> nearest_float(sp.Rational(1, 3))
    0.3333333333333333
    """
    if value.is_Rational and value.q != 1 and max(abs(value.p), value.q) < 2**53:
        return int(value.p) / int(value.q)
    nearest = float(sp.Rational(value)) if value.is_Rational else float(value.evalf(40))
    if value.is_finite and value != 0 and abs(nearest) in {0.0, math.inf}:
        raise CodegenError(
            f"The number {sp.Float(value, 5)} is beyond the range of float64.",
            remedy="Rescale the expression, or evaluate it with .evalf().",
        )
    return nearest


class Printer:
    """Prints expressions; precedence is kept by brackets around sums, products and negatives.

    Parameters
    ----------
    names : mapping of sympy.Symbol to str
        The local name of every symbol.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> Printer({x: "x"}).text(3 * x**2 - 1 / x)
    '-1.0/x + 3.0*x**2'
    """

    def __init__(self, names: Mapping[Any, str]) -> None:
        self.names = names

    def text(self, node: Any) -> str:
        """Return the Python expression for a node.

        Parameters
        ----------
        node : sympy.Basic
            In the inert language.

        Returns
        -------
        str
            Without outer brackets.
        """
        if node.is_Symbol:
            return self.names[node]
        if node.is_Add:
            return self._sum(node)
        if node.is_Mul:
            return self._product(node)
        if node.is_Pow:
            return self._power(node)
        return self._operation(node) if node.args else number(node)

    def _inner(self, node: Any) -> str:
        """Return the text of a factor, in brackets where it needs them."""
        text = self.text(node)
        bare = not (node.is_Add or node.is_Mul or node.is_Pow or text.startswith("-"))
        return text if bare else f"({text})"

    def _factor(self, node: Any) -> str:
        """Return the text of a factor of a product: powers bind tighter."""
        return self._power(node) if node.is_Pow else self._inner(node)

    def _sum(self, node: Any) -> str:
        pieces: list[str] = []
        for term in node.args:
            text = self.text(term)
            if text.startswith("-"):
                pieces += [" - ", text[1:]] if pieces else [text]
            else:
                pieces += [" + ", text] if pieces else [text]
        return "".join(pieces)

    def _product(self, node: Any) -> str:
        coefficient, factors = node.as_coeff_mul()
        above = [f for f in factors if not _is_quotient(f)]
        below = [1 / f for f in factors if _is_quotient(f)]
        size = abs(coefficient)
        top = [] if size == 1 and above else [number(size)]
        text = "*".join(top + [self._factor(f) for f in above])
        if below:
            bottom = "*".join(self._factor(f) for f in below)
            text += f"/({bottom})" if len(below) > 1 else f"/{bottom}"
        return f"-{text}" if coefficient < 0 else text

    def _power(self, node: Any) -> str:
        base = self._inner(node.base)
        exponent = int(node.exp)
        if abs(exponent) > _LARGEST_EXPONENT:
            raise CodegenError(
                f"The exponent {exponent} is too large to be compiled.",
                remedy=f"Integer exponents go up to {_LARGEST_EXPONENT}; write exp(n*log(x)).",
            )
        if exponent < 0:
            return f"1.0/{base}" if exponent == -1 else f"1.0/{base}**{-exponent}"
        return f"{base}**{exponent}"

    def _operation(self, node: Any) -> str:
        name = type(node).__name__
        if name in {"and_", "or_"}:
            return "(" + f" {name[:-1]} ".join(self._inner(a) for a in node.args) + ")"
        if name in {"select", "region"}:
            return self._choice(node.args)
        if name == "power_of":
            return self._rational_power(*node.args)
        return OPERATIONS[name].code.format(*(self._argument(name, a) for a in node.args))

    def _argument(self, name: str, node: Any) -> str:
        # A template that is more than one call needs its holes bracketed.
        return self.text(node) if "({0}" in OPERATIONS[name].code[2:] else self._inner(node)

    def _choice(self, args: tuple[Any, ...]) -> str:
        branches = [
            f"{self._inner(args[k + 1])} if {self.text(args[k])} else "
            for k in range(0, len(args) - 1, 2)
        ]
        return "(" + "".join(branches) + self._inner(args[-1]) + ")"

    def _rational_power(self, base: Any, exponent: Any) -> str:
        high = float(exponent)
        low = float(exponent - sp.Rational(high))
        if low == 0.0:
            return f"math.pow({self.text(base)}, {high!r})"
        return f"rational_power({self.text(base)}, {high!r}, {low!r})"


def _is_quotient(factor: Any) -> bool:
    return factor.is_Pow and factor.exp.is_negative
