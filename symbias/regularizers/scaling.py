"""The start scaled by a factor c, c theta0: the regularizer there, and what homogeneous maps make of the factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.errors import InputError
from symbias.sym.symbols import positive


@dataclass(frozen=True, eq=False)
class Scaled:
    """A regularizer and its start scaled by c.

    Parameters
    ----------
    plain : Regularizer
        As given.
    regularizer : Regularizer
        That of the start c theta0.
    c : sympy.Symbol
        The factor, positive.
    """

    plain: Any
    regularizer: Any
    c: sp.Symbol

    @property
    def names(self) -> set[str]:
        """Names in use."""
        return _names(self.plain) | {self.c.name}

    @property
    def theta(self) -> dict[sp.Symbol, sp.Expr]:
        """The parameters at the scaled start."""
        return {s: self.c * value for s, value in self.plain.start.point.items()}

    @property
    def first(self) -> list[sp.Expr]:
        """The outputs at the scaled start."""
        outputs = self.regularizer.parametrization.outputs
        return [sp.expand(f.subs(self.theta, simultaneous=True)) for f in outputs]

    @property
    def degree(self) -> sp.Expr | None:
        """D with F(c theta) = c^D F(theta) for all outputs, None for other maps."""
        theta = self.plain.parametrization.parameters
        found = {homogeneity(f, theta) for f in self.regularizer.parametrization.outputs}
        return found.pop() if len(found) == 1 else None


def scaled(regularizer: Any) -> Scaled:
    """Derive the regularizer of the start c theta0.

    Parameters
    ----------
    regularizer : Regularizer
        Of any start besides the origin.

    Returns
    -------
    Scaled
        With a new symbol c.

    Raises
    ------
    InputError
        If the start is the origin.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(3)
    >>> scaled(net.regularizer(dict.fromkeys(net.parameters, 1))).degree
    3
    """
    point = regularizer.start.point
    if all(value == 0 for value in point.values()):
        raise InputError(
            "The flow starts at the origin, which no factor moves.",
            remedy="Ask for the limits of an initialization other than zero.",
        )
    c = positive(unused("c", _names(regularizer)))
    there = {s: c * value for s, value in point.items()}
    return Scaled(regularizer, regularizer.parametrization.regularizer(there), c)


def homogeneity(expr: sp.Expr, theta: Any) -> sp.Expr | None:
    """Return the degree of a homogeneous expression, None for other ones.

    Parameters
    ----------
    expr : sympy.Expr
        A function of the parameters.
    theta : sequence of sympy.Symbol
        The parameters.

    Returns
    -------
    sympy.Expr or None
        The degree.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> homogeneity(u**2 - u * v, [u, v]), homogeneity(u + sp.exp(v), [u, v])
    (2, None)
    """
    used = [s for s in theta if sp.sympify(expr).has(s)]
    return sp.homogeneous_order(sp.expand(expr), *used) if used else sp.S.Zero


def _names(regularizer: Any) -> set[str]:
    point = regularizer.start.point
    symbols = {*point, *regularizer.w, *regularizer.eta}
    return {s.name for s in symbols.union(*(value.free_symbols for value in point.values()))}


def unused(name: str, taken: set[str]) -> str:
    """Return a name that is not in use.

    Parameters
    ----------
    name : str
        The one wanted.
    taken : set of str
        Names in use.

    Returns
    -------
    str
        The name, with underscores where needed.

    Examples
    --------
    >>> unused("c", {"c"})
    'c_'
    """
    while name in taken:
        name += "_"
    return name
