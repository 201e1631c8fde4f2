"""From SymPy to the inert language, by the closed table of rules.

What has no row is refused by name, with the list of what is supported: no function is ever guessed,
printed as it stands or evaluated. All arithmetic is over the reals: where a subexpression has no
real value, the result is NaN.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from symbias.codegen.dag import distinct, fold
from symbias.codegen.operations import op
from symbias.codegen.rules import RULES, unsupported
from symbias.errors import CodegenError
from symbias.sym.functions import NamedFunction

REMEDIES: dict[type, str] = {
    sp.Derivative: "Call .doit(), and declare the symbols real=True so that it can be carried out.",
    sp.Integral: "Call .doit(), or derive a closed form first; integrals are not compiled.",
    sp.Sum: "Call .doit() on a sum with numeric bounds, or derive its closed form.",
    sp.Product: "Call .doit() on a product with numeric bounds, or derive its closed form.",
    sp.Subs: "Call .doit().",
    sp.core.function.AppliedUndef: "Replace the undefined function by a symbol or an expression.",
    sp.DiracDelta: "It comes from the derivative of a step; integrate it out by hand first.",
}
"""What to do about the unsupported classes that are met most."""


_PAIR = sp.functions.elementary.piecewise.ExprCondPair


def supported() -> list[str]:
    """Return the names of the supported SymPy functions, sorted.

    Returns
    -------
    list of str
        As SymPy and `symbias.sym.functions` spell them.

    Examples
    --------
    >>> "LambertW" in supported()
    True
    """
    return sorted((cls.__name__ for cls in RULES), key=str.lower)


def _refusal(node: Any) -> CodegenError:
    """Return the error that names an unsupported node."""
    name = type(node).__name__
    remedy = next((text for cls, text in REMEDIES.items() if isinstance(node, cls)), "")
    remedy = remedy or (
        "Rewrite the expression with supported functions (often .rewrite, .doit or "
        "sympy.expand_func do it), or subclass symbias.sym.functions.NamedFunction."
    )
    return CodegenError(
        f"{name} cannot be compiled.",
        cause=f"it is not one of the supported functions: {', '.join(supported())}.",
        remedy=remedy,
    )


def _unfold(node: NamedFunction) -> Any:
    """Return a user's function by its definition, with its stable regions."""
    pairs = [part for pair in node.stable_forms() for part in pair]
    converted = translate([*pairs, node.definition()], node.free_symbols)
    return op("region", *converted) if pairs else converted[0]


def _atom(node: Any, known: frozenset[Any]) -> Any:
    """Return a symbol, a number or a truth value as it is, or refuse it."""
    if node.is_Symbol:
        if node not in known:
            raise CodegenError(
                f"The symbol {node} is not among the arguments.",
                cause="it is missing from the list, or it has other assumptions than the one "
                "listed (symbols of one name but different assumptions differ).",
                remedy="Add it to the arguments, in the order in which you will call the kernel.",
            )
        return node
    if node is sp.I or node is sp.zoo:
        raise unsupported(f"The complex number {node}", "Separate real and imaginary parts first.")
    if node.is_number or node in {sp.true, sp.false}:
        return node
    raise _refusal(node)


def symbols_of(roots: Iterable[Any]) -> frozenset[Any]:
    """Return the symbols of expressions; refuse what has no row in `RULES` before anything else.

    Parameters
    ----------
    roots : iterable of sympy.Basic
        Expressions and conditions.

    Returns
    -------
    frozenset of sympy.Symbol
        All of them.

    Raises
    ------
    CodegenError
        If something is not supported.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> symbols_of([real("x") + 1])
    frozenset({x})
    """
    found = set()
    for node in distinct(roots):
        if node.is_Symbol:
            found.add(node)
        elif node.args and not _known(node):
            raise _refusal(node)
    return frozenset(found)


def _known(node: Any) -> bool:
    return type(node) in RULES or isinstance(node, NamedFunction | _PAIR)


def translate(roots: Iterable[Any], args: Iterable[Any]) -> list[Any]:
    """Return expressions in the inert language.

    Parameters
    ----------
    roots : iterable of sympy.Basic
        Expressions and conditions of real symbols.
    args : iterable of sympy.Symbol
        The symbols that may occur.

    Returns
    -------
    list of sympy.Basic
        One per root.

    Raises
    ------
    CodegenError
        If something has no row in `RULES`, or a symbol is not among the arguments.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> translate([sp.log(1 + sp.exp(x)), sp.sqrt(x) / x**2], [x])
    [softplus(x), x**(-3/2)]
    """
    known = frozenset(args)

    def convert(node: Any, parts: list[Any]) -> Any:
        if isinstance(node, _PAIR):
            return tuple(parts)
        rule = RULES.get(type(node))
        if rule is not None:
            return rule(node, parts)
        if isinstance(node, NamedFunction):
            return _unfold(node)
        if node.args:
            raise _refusal(node)
        return _atom(node, known)

    roots = list(roots)
    table = fold(roots, convert)
    return [table[root] for root in roots]
