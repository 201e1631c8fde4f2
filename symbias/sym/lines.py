"""What a line of a derivation may be, and the parts of a step as the user wrote them."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symbias.contracts import has_items
from symbias.errors import InputError
from symbias.sym.sympified import sympified


def as_line(expr: Any) -> Any:
    """Return a line: an expression or an immutable matrix.

    Parameters
    ----------
    expr : object
        Whatever the user passed.

    Returns
    -------
    sympy.Expr or sympy.ImmutableMatrix
        The line.

    Raises
    ------
    InputError
        If it is a string, an equation or no expression at all.

    Examples
    --------
    >>> as_line(1)
    1
    """
    try:
        line = sympified(expr)
    except (sp.SympifyError, TypeError, ValueError):
        raise InputError(
            f"{expr!r} is not an expression.", remedy="Pass a SymPy expression, not a string."
        ) from None
    if isinstance(line, sp.MatrixBase):
        return line.as_immutable()
    if not isinstance(line, sp.Expr):
        raise InputError(
            f"A line must be an expression or a matrix, got {type(line).__name__}.",
            remedy="Write an equation as a chain: start with one side, rewrite to the other.",
        )
    return line


def as_reason(because: Any) -> str:
    """Return the reason of a step.

    Parameters
    ----------
    because : str
        A few words.

    Returns
    -------
    str
        The reason.

    Raises
    ------
    InputError
        If it is not a string or is empty.

    Examples
    --------
    >>> as_reason("by parts")
    'by parts'
    """
    if not isinstance(because, str) or not because.strip():
        raise InputError("A step needs a reason.", remedy="Say why it holds, in a few words.")
    return because


def as_equations(given: Any) -> tuple[Any, ...]:
    """Return the equations of a step as a tuple.

    Parameters
    ----------
    given : sympy.Basic or iterable of sympy.Basic
        One equation (or expression that vanishes), or several.

    Returns
    -------
    tuple of sympy.Basic
        The equations.

    Raises
    ------
    InputError
        If one of them is neither an equation nor an expression, or is identically false.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> as_equations(sp.Eq(real("x"), 1))
    (Eq(x, 1),)
    """
    single = isinstance(given, sp.Basic) and not isinstance(given, sp.Tuple)
    if not single and (not has_items(given) or isinstance(given, str | bytes)):
        raise InputError(
            f"What is given is a {type(given).__name__}.",
            remedy="Give an equation, or a list of them.",
        )
    found = tuple(_equation(item) for item in ([given] if single else given))
    return tuple(item for item in found if item is not sp.true)


def _equation(item: Any) -> Any:
    """Return one equation, or an expression that is meant to vanish."""
    if item is True or item is sp.true:
        return sp.true
    if isinstance(item, (sp.Eq, sp.Expr)):
        return item
    raise InputError(
        f"{item!r} is not an equation that can be given.",
        "the equation is false as it stands, or an inequality was passed."
        if item is False or item is sp.false or isinstance(item, sp.core.relational.Relational)
        else "",
        "Pass Eq(a, b), or an expression that vanishes; inequalities are assumptions.",
    )


def ordered_symbols(left: Any, right: Any) -> tuple[Any, ...]:
    """Return the free symbols of ``right``: arguments of ``left`` first, then by name.

    Parameters
    ----------
    left, right : sympy.Expr or sympy.Matrix
        Both sides of a formula.

    Returns
    -------
    tuple of sympy.Symbol
        The order in which a kernel takes its arguments.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> a, x = real("a x")
    >>> ordered_symbols(sp.Function("f")(x, a), a + x)
    (x, a)
    """
    free = right.free_symbols
    named = [a for a in left.args if a in free] if isinstance(left, AppliedUndef) else []
    rest = sorted(free - set(named), key=lambda s: (s.name, str(s.assumptions0)))
    return (*named, *rest)
