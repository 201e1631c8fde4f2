"""Normal forms: every kernel of an expression becomes a generator over the rationals, with its algebraic relation.

``exp`` of independent exponents, sines and cosines of independent angles with s**2 = 1 - c**2, one root per base with
r**q = base, logarithms of factors, constants and whatever else remains. Only rewritings that hold for principal
values under the assumptions are used; where one needs a sign that is not known, `NeedsSign` names the expression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy.core.symbol import Symbol

from symbias.sym.symbols import dummy

LARGEST_MULTIPLE = 24
"""Multiples of an angle or exponent beyond this are not expanded."""


class NeedsSign(Exception):  # noqa: N818 - a question, not a failure
    """The normal form depends on the sign of an expression.

    Parameters
    ----------
    argument : sympy.Expr
        The expression.

    Examples
    --------
    >>> NeedsSign(sp.pi).argument
    pi
    """

    def __init__(self, argument: Any) -> None:
        super().__init__(str(argument))
        self.argument = argument


class TooLarge(Exception):  # noqa: N818 - a limit of the method
    """The normal form would be too large.

    Examples
    --------
    >>> raise TooLarge
    Traceback (most recent call last):
        ...
    symbias.sym.equality.tower.TooLarge
    """


@dataclass
class Steps:
    """Common denominators: which fractions of a base, an exponent or an angle occur.

    Parameters
    ----------
    of : dict
        Base, exponent or angle -> least common denominator.

    Examples
    --------
    >>> Steps().of
    {}
    """

    of: dict[Any, int] = field(default_factory=dict)

    def note(self, key: Any, denominator: int) -> int:
        """Take in a denominator and return the common one.

        Parameters
        ----------
        key : hashable
            Base, exponent or angle.
        denominator : int
            Of a fraction of it.

        Returns
        -------
        int
            The least common multiple so far.

        Examples
        --------
        >>> Steps({"x": 2}).note("x", 3)
        6
        """
        self.of[key] = math.lcm(self.of.get(key, 1), denominator)
        return self.of[key]


class Tower:
    """Generators over the rationals and the relations between them.

    Parameters
    ----------
    steps : Steps, optional
        Denominators seen on an earlier pass over the same expressions; a second pass then uses one generator where
        the first one made several.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> x = positive("x")
    >>> tower = Tower()
    >>> root = tower.lower(sp.sqrt(x))
    >>> tower.relations[root]
    (2, x)
    """

    def __init__(self, steps: Steps | None = None) -> None:
        self.steps = Steps() if steps is None else steps
        self.relations: dict[Any, tuple[int, Any]] = {}
        self.meaning: dict[Any, Any] = {}
        self._by_key: dict[Any, Any] = {}
        self._lowered: dict[Any, Any] = {}

    def generator(self, key: Any, meaning: Any, relation: tuple[int, Any] | None = None) -> Any:
        """Return the generator of a key, made when it is new.

        Parameters
        ----------
        key : hashable
            What identifies it.
        meaning : sympy.Expr
            What it stands for.
        relation : tuple of (int, sympy.Expr), optional
            (q, R) when its q-th power equals R in earlier generators.

        Returns
        -------
        sympy.Dummy
            The generator.

        Examples
        --------
        >>> tower = Tower()
        >>> tower.generator("pi", sp.pi) is tower.generator("pi", sp.pi)
        True
        """
        if key not in self._by_key:
            fresh = dummy(f"g{len(self._by_key)}")
            self._by_key[key] = fresh
            self.meaning[fresh] = meaning
            if relation is not None:
                self.relations[fresh] = relation
        return self._by_key[key]

    def lower(self, expr: Any) -> Any:
        """Return an expression as a rational expression in symbols and generators.

        Parameters
        ----------
        expr : sympy.Expr
            Any expression.

        Returns
        -------
        sympy.Expr
            Only sums, products and integer powers.

        Raises
        ------
        NeedsSign
            If that depends on an unknown sign.
        TooLarge
            If powers or multiples are too large.

        Examples
        --------
        >>> Tower().lower(sp.Rational(1, 2))
        1/2
        """
        if expr not in self._lowered:
            self._lowered[expr] = self._lower(expr)
        return self._lowered[expr]

    def raise_(self, lowered: Any) -> Any:
        """Return what a lowered expression stands for.

        Parameters
        ----------
        lowered : sympy.Expr
            In generators.

        Returns
        -------
        sympy.Expr
            In kernels.

        Examples
        --------
        >>> tower = Tower()
        >>> tower.raise_(tower.lower(sp.pi))
        pi
        """
        return lowered.xreplace(self.meaning)

    def _lower(self, expr: Any) -> Any:  # noqa: PLR0911 - a dispatch
        # The rules are written in terms of this class.
        from symbias.sym.equality.powers import exponential, power
        from symbias.sym.equality.rules import RULES

        if isinstance(expr, (sp.Rational, Symbol)):
            return expr
        if expr.is_Add or expr.is_Mul:
            return expr.func(*[self.lower(a) for a in expr.args])
        if expr.is_Pow:
            return power(self, expr.base, expr.exp)
        if expr is sp.I:
            return self.generator(sp.I, sp.I, (2, sp.S.NegativeOne))
        if expr is sp.E:
            return exponential(self, sp.E, sp.S.One)
        for kind in type(expr).__mro__:
            if kind in RULES:
                return RULES[kind](self, *expr.args)
        if hasattr(expr, "definition"):
            return self.lower(expr.definition())
        return self.opaque(expr)

    def opaque(self, expr: Any) -> Any:
        """Return the generator of a kernel without relations; its arguments are put into normal form.

        Parameters
        ----------
        expr : sympy.Expr
            A function, an integral, a constant.

        Returns
        -------
        sympy.Dummy
            The generator.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> tower = Tower()
        >>> tower.opaque(sp.erf(x * (x + 1))) is tower.opaque(sp.erf(x**2 + x))
        True
        """
        if expr.args and isinstance(expr, sp.Function):
            key: Any = (expr.func, *(self.normal(a) for a in expr.args))
        else:
            key = expr
        return self.generator(key, expr)

    def normal(self, expr: Any) -> Any:
        """Return the lowered normal form of an expression, equal for equal rational expressions.

        Parameters
        ----------
        expr : sympy.Expr
            Any expression.

        Returns
        -------
        sympy.Expr
            In generators.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> Tower().normal(x * (x + 1)) == Tower().normal(x**2 + x)
        True
        """
        lowered = self.lower(expr)
        if lowered.is_Rational or lowered.is_Symbol:
            return lowered
        return sp.cancel(sp.together(self.reduce(lowered)))

    def reduce(self, lowered: Any) -> Any:
        """Lower the powers of generators by their relations, in numerator and denominator.

        Parameters
        ----------
        lowered : sympy.Expr
            In generators.

        Returns
        -------
        sympy.Expr
            An equal expression.

        Examples
        --------
        >>> tower = Tower()
        >>> tower.reduce(tower.lower(sp.sqrt(2)) ** 4)
        4
        """
        for generator in reversed(list(self.relations)):
            if lowered.has(generator):
                q, value = self.relations[generator]
                top, bottom = sp.fraction(sp.together(lowered))
                lowered = _rem(top, generator, q, value) / _rem(bottom, generator, q, value)
        return lowered


def _rem(poly: Any, generator: Any, q: int, value: Any) -> Any:
    if not poly.has(generator):
        return poly
    terms = sp.Poly(poly, generator).terms()
    return sp.Add(*[c * value ** (k // q) * generator ** (k % q) for (k,), c in terms])
