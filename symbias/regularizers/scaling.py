"""The start scaled by a factor c, c theta0: the regularizer there, and what homogeneous maps make of the factor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.errors import InputError
from symbias.models.exact import exact
from symbias.sym.formula import Formula
from symbias.sym.symbols import positive


@dataclass(frozen=True, eq=False)
class Scaled:
    """A regularizer and a factor of its start.

    For F(c theta) = c^D F(theta) and a warp with g(c theta) = c^k g(theta), the metric gains c^(2D - 2), so the
    potential of the start c theta0 is c^q Q(c^-D w) with q = 2 + k. For other maps it is derived anew.

    Parameters
    ----------
    plain : Regularizer
        As given.
    c : sympy.Symbol
        The factor, positive.
    degree, outer : sympy.Expr or None
        D and q, None for maps that are not homogeneous.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = scaled(net.regularizer(dict.fromkeys(net.parameters, 1)))
    >>> found.theta, found.outer
    ({u: c, v: c}, 2)
    """

    plain: Any
    c: sp.Symbol
    degree: Any
    outer: Any

    @property
    def w(self) -> tuple[sp.Symbol, ...]:
        """The outputs."""
        return tuple(self.plain.w)

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
        return [sp.expand(f.subs(self.theta, simultaneous=True)) for f in self.outputs]

    @property
    def outputs(self) -> list[sp.Expr]:
        """The map, with exact coefficients."""
        return [exact(f, f"output {f}") for f in self.plain.parametrization.outputs]

    @cached_property
    def potential(self) -> tuple[sp.Expr, list[sp.Basic]] | None:
        """The potential of the scaled start and its conditions, None where it is not closed."""
        if self.degree is None:
            found = self.plain.parametrization.regularizer(self.theta).potential
            return None if found is None else (found.rhs, conditions_on(found))
        if self.plain.potential is None:
            return None
        moved = {s: s / self.c**self.degree for s in self.w}
        value = self.c**self.outer * self.plain.potential.rhs.subs(moved, simultaneous=True)
        inside = conditions_on(self.plain.potential)
        return value, [_shorter(condition.subs(moved, simultaneous=True)) for condition in inside]


def scaled(regularizer: Any) -> Scaled:
    """Return the start c theta0 and what the map makes of the factor.

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
    if all(value == 0 for value in regularizer.start.point.values()):
        raise InputError(
            "The flow starts at the origin, which no factor moves.",
            remedy="Ask for the limits of an initialization other than zero.",
        )
    c = positive(unused("c", _names(regularizer)))
    plain = Scaled(regularizer, c, None, None)
    theta = regularizer.parametrization.parameters
    degrees = {homogeneity(f, theta) for f in plain.outputs}
    warp = homogeneity(sp.sympify(regularizer.warp), theta)
    if len(degrees) > 1 or None in degrees or warp is None:
        return plain
    return Scaled(regularizer, c, degrees.pop(), 2 + warp)


def conditions_on(formula: Formula, *symbols: sp.Symbol) -> list[sp.Basic]:
    """Return the conditions of a formula that speak of its own symbols alone, without positive factors.

    Parameters
    ----------
    formula : Formula
        Its domain may name symbols of the derivation that it does not contain.
    *symbols : sympy.Symbol
        What the conditions may speak of besides the symbols of the formula.

    Returns
    -------
    list of sympy.Boolean
        Equivalent ones.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.sym.symbols import positive, real
    >>> u, a = real("u"), positive("a")
    >>> conditions_on(sb.Parametrization(u**2, [u]).regularizer({u: a}).potential)
    [w > 0]
    """
    known = {*formula.symbols, *symbols}
    found = dict.fromkeys(_shorter(c) for c in formula.domain if c.free_symbols <= known)
    return [condition for condition in found if condition != sp.true]


def _shorter(condition: sp.Basic) -> sp.Basic:
    """Leave out positive factors."""
    strict = isinstance(condition, (sp.StrictGreaterThan, sp.StrictLessThan))
    if not strict or condition.rhs != 0:
        return condition
    factors = sp.Mul.make_args(sp.factor(condition.lhs))
    return condition.func(sp.Mul(*(f for f in factors if not f.is_positive)), 0)


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
    plain = sp.sympify(expr).replace(sp.Abs, lambda inside: inside)  # of the same degree
    used = [s for s in theta if plain.has(s)]
    return sp.homogeneous_order(sp.expand(plain), *used) if used else sp.S.Zero


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
