"""The statement to decide, in working symbols that carry everything the assumptions say about their sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.core.symbol import Symbol


@dataclass(frozen=True)
class Problem:
    """Two sides, the conditions and the equations they live under.

    Parameters
    ----------
    lhs, rhs : sympy.Expr
        The sides in working symbols; derivatives done, definite integrals and sums kept.
    conditions : tuple of sympy booleans
        What holds besides the assumptions of the working symbols.
    given : tuple of sympy.Expr
        Expressions that vanish.
    back : mapping
        Working symbol -> what the user wrote.
    opaque : bool
        Whether some symbol stands for an expression whose values are not free (an integral of an unknown
        function): equality can then be proved but not refuted at points.

    Examples
    --------
    >>> Problem(sp.Integer(1), sp.Integer(2)).difference
    -1
    """

    lhs: Any
    rhs: Any
    conditions: tuple[Any, ...] = ()
    given: tuple[Any, ...] = ()
    back: Mapping[Any, Any] = field(default_factory=dict)
    opaque: bool = False

    @cached_property
    def difference(self) -> Any:
        """The left side minus the right side."""
        return self.lhs - self.rhs

    @cached_property
    def symbols(self) -> tuple[Any, ...]:
        """The free working symbols of the sides, the conditions and the equations, in a fixed order."""
        free = set().union(
            *(e.free_symbols for e in (self.lhs, self.rhs, *self.conditions, *self.given))
        )
        return tuple(sorted(free, key=lambda s: (str(self.back.get(s, s)), sp.default_sort_key(s))))

    def with_sides(self, lhs: Any, rhs: Any) -> Problem:
        """Return the same conditions with other sides.

        Parameters
        ----------
        lhs, rhs : sympy.Expr
            The new sides.

        Returns
        -------
        Problem
            A copy.

        Examples
        --------
        >>> Problem(sp.Integer(1), sp.Integer(2)).with_sides(sp.Integer(3), sp.Integer(3)).difference
        0
        """
        return replace(self, lhs=lhs, rhs=rhs)

    def substitute(self, values: Mapping[Any, Any]) -> Problem:
        """Return the problem with symbols replaced everywhere.

        Parameters
        ----------
        values : mapping
            Working symbol -> expression.

        Returns
        -------
        Problem
            A copy; conditions that became true are dropped.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> Problem(x**2, x, (x > 0,)).substitute({x: sp.Integer(3)}).lhs
        9
        """
        swap = dict(values)
        conditions = tuple(_replaced(c, swap) for c in self.conditions)
        return replace(
            self,
            lhs=self.lhs.xreplace(swap),
            rhs=self.rhs.xreplace(swap),
            conditions=tuple(c for c in conditions if c is not sp.true),
            given=tuple(g.xreplace(swap) for g in self.given),
        )


def _replaced(condition: Any, swap: dict[Any, Any]) -> Any:
    try:
        return condition.xreplace(swap)
    except TypeError:  # SymPy refuses to order complex numbers
        return sp.false


def is_symbol(expr: Any) -> bool:
    """Return whether an expression is a plain symbol.

    Parameters
    ----------
    expr : object
        Anything.

    Returns
    -------
    bool
        True for symbols and dummies.

    Examples
    --------
    >>> is_symbol(sp.Integer(1))
    False
    """
    return isinstance(expr, Symbol)
