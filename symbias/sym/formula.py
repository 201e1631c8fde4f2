"""Formula: what a derivation ends in, a relation with symbols, domain, evidence and a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.registry import ask
from symbias.sym.conditions import require_inside
from symbias.sym.evaluation import exact_value, multiprecision, require_few
from symbias.sym.evidence import GIVEN
from symbias.sym.names import bind
from symbias.sym.sympified import sympified

RELATIONS: tuple[str, ...] = ("==", "<=", ">=", "~", "in law")
"""What a formula can state between its sides."""


@dataclass(frozen=True, eq=False)
class Formula:
    """A statement ``lhs relation rhs`` about symbols on a domain, with its evidence.

    Formulas are made by `Derivation.conclude`; they are immutable.

    Parameters
    ----------
    name : str
        A short name, used in tables and file names.
    lhs, rhs : sympy.Expr or sympy.Matrix
        Both sides; ``rhs`` is the closed form.
    relation : str
        One of ``"=="``, ``"<="``, ``">="``, ``"~"``, ``"in law"``.
    symbols : tuple of sympy.Symbol
        The arguments of the closed form, in the order in which a kernel takes them.
    domain : tuple of sympy.Basic
        Conditions under which the statement holds.
    evidence : str
        The grade of the weakest step behind it.
    reference : str or None
        Citation key of the source, if the statement is a published one.
    derivation : Derivation or None
        Where it comes from.
    clock : tuple or None
        ``(symbol, point)``: the limit in which ``~`` is meant.
    opening : sympy.Expr or sympy.Matrix, optional
        The first line of the chain that ends in the closed form.
    stable : Formula, optional
        An equal form that does not cancel, from a chain with the same first line; kernels evaluate it.

    Examples
    --------
    >>> import sympy as sp
    >>> import symbias as sb
    >>> x = sp.symbols("x", positive=True)
    >>> step = sb.Derivation("a square root").start(sp.sqrt(x**2 + 2*x + 1), "given")
    >>> formula = step.rewrite(x + 1, "a perfect square").conclude(sp.Function("f")(x), "root")
    >>> formula
    Formula root: f(x) == x + 1  [exact]
    >>> formula.evalf(x=2)
    mpf('3.0')
    """

    name: str
    lhs: Any
    rhs: Any
    relation: str
    symbols: tuple[Any, ...]
    domain: tuple[Any, ...] = ()
    evidence: str = GIVEN
    reference: str | None = None
    derivation: Any = field(default=None, repr=False)
    clock: tuple[Any, Any] | None = None
    opening: Any = field(default=None, repr=False)
    stable: Any = field(default=None, repr=False)

    def latex(self) -> str:
        r"""Return the statement as LaTeX for math mode, long right-hand sides broken across lines.

        Returns
        -------
        str
            LaTeX without delimiters.

        Examples
        --------
        >>> import sympy as sp
        >>> x = sp.symbols("x")
        >>> Formula("square", sp.Function("f")(x), x**2, "==", (x,)).latex()
        'f{\\left(x \\right)} = x^{2}'
        """
        return str(ask("present.latex:formula_latex", self))

    def _repr_html_(self) -> str:
        return str(ask("present.formula_html:formula_html", self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        clock = "" if self.clock is None else f" as {self.clock[0]} -> {self.clock[1]}"
        statement = f"{self.lhs} {self.relation} {self.rhs}{clock}"
        return f"Formula {self.name}: {statement}  [{self.evidence}]"

    def subs(self, *args: Any, **named: Any) -> Formula:
        """Return the formula with symbols replaced.

        Parameters
        ----------
        *args
            A dict ``symbol -> value``, or ``old, new``.
        **named
            Values by symbol name.

        Returns
        -------
        Formula
            Same derivation, both sides and the domain substituted.

        Raises
        ------
        InputError
            If a name is not a symbol of the formula.
        DomainError
            If a value violates an assumption or the domain.

        Examples
        --------
        >>> import sympy as sp
        >>> x, y = sp.symbols("x y")
        >>> Formula("sum", sp.Function("f")(x, y), x + y, "==", (x, y)).subs(y=1)
        Formula sum: f(x, 1) == x + 1  [given]
        """
        if len(args) == 2 and not isinstance(args[0], sp.Basic | str):
            raise InputError(
                f"{args[0]!r} is no symbol.", remedy="Pass a symbol and its value, or a dict."
            )
        pairs = {args[0]: args[1]} if len(args) == 2 else (args[0] if args else {})
        values = bind(self.symbols, pairs, named)
        values = {symbol: _replacement(symbol, value) for symbol, value in values.items()}
        require_inside(self.symbols, values, self.domain, self.name)
        rhs = self.rhs.subs(values)
        left = [s for s in self.symbols if s not in values]
        new = sorted(rhs.free_symbols - set(left), key=lambda s: s.name)
        conditions = tuple(c for c in (d.subs(values) for d in self.domain) if c is not sp.true)
        clock = self.clock if self.clock is None or self.clock[0] not in values else None
        return replace(
            self,
            lhs=self.lhs.subs(values),
            rhs=rhs,
            symbols=(*left, *new),
            domain=conditions,
            clock=clock,
            opening=None,
            stable=None if self.stable is None else self.stable.subs(values),
        )

    @checked
    def evalf(
        self, digits: int = 15, values: Mapping[Any, Any] | None = None, /, **named: Any
    ) -> Any:
        """Evaluate the closed form in multiprecision.

        Parameters
        ----------
        digits : int
            Correct digits asked for.
        values : dict, optional
            ``symbol -> value``; an alternative to keywords.
        **named
            Values by symbol name: int, Fraction, float, SymPy or mpmath numbers. Floats are
            taken at their exact binary value.

        Returns
        -------
        mpmath.mpf or mpmath.mpc or mpmath.matrix
            The value; it carries the digits, although ``repr`` shows mpmath's current precision.

        Raises
        ------
        InputError
            If a symbol is unknown or has no value, or a value is not a number.
        DomainError
            If a value violates an assumption or the domain, or the formula is undefined there.

        Examples
        --------
        >>> import mpmath
        >>> import sympy as sp
        >>> x = sp.symbols("x")
        >>> root = Formula("root", sp.Function("f")(x), sp.sqrt(x), "==", (x,))
        >>> mpmath.nstr(root.evalf(20, x=2), 20)
        '1.4142135623730950488'
        """
        bound = bind(self.symbols, values or {}, named, complete=True)
        point = {symbol: exact_value(symbol, value) for symbol, value in bound.items()}
        require_inside(self.symbols, point, self.domain, self.name)
        return multiprecision(self.rhs, point, digits, self.name)

    def enclose(
        self, digits: int = 15, values: Mapping[Any, Any] | None = None, /, **named: Any
    ) -> Any:
        """Return proved bounds of the closed form, at numbers and on intervals.

        Parameters
        ----------
        digits : int
            Relative accuracy aimed at, where all values are numbers.
        values : dict, optional
            ``symbol -> value``; an alternative to keywords.
        **named
            Values by symbol name, as for `evalf`; a pair ``(low, high)`` stands for all numbers in between.

        Returns
        -------
        Enclosure, or nested lists of them for a matrix
            The pair ``(low, high)``: ``low <= value <= high`` for every value of the symbols inside. On intervals it
            may be wider than the range, and narrows as they do.

        Raises
        ------
        InputError
            If a symbol is unknown or has no value, or a value is not a number.
        DomainError
            If a value violates an assumption or the domain, an interval is not shown to be inside, or the formula is
            not shown to be defined there.
        CodegenError
            If the closed form contains a function that cannot be compiled.
        MissingDependencyError
            If python-flint is not installed.

        Examples
        --------
        >>> import sympy as sp
        >>> x = sp.symbols("x", positive=True)
        >>> root = Formula("root", sp.Function("f")(x), sp.sqrt(x), "==", (x,))
        >>> low, high = root.enclose(50, x=2)
        >>> low < high < low * (1 + 1e-14), root.enclose(x=(1, 4))
        (True, Enclosure(low=mpf('1.0'), high=mpf('2.0')))
        """
        require_few(digits)
        given = {} if values is None else values
        bound = bind(self.symbols, given, named, complete=True)
        return ask("codegen.enclose:enclose_formula", self, digits, bound)

    def compile(self) -> Any:
        """Compile the closed form to a kernel that takes ``symbols`` in order.

        Returns
        -------
        Kernel
            Broadcasts over NumPy arrays.

        Raises
        ------
        CodegenError
            If the closed form contains a function that cannot be compiled.

        Examples
        --------
        >>> import sympy as sp
        >>> x = sp.symbols("x")
        >>> Formula("square", sp.Function("f")(x), x**2, "==", (x,)).compile()(3)
        9.0
        """
        return ask("codegen.kernel:compile_formula", self)


def _replacement(symbol: Any, value: Any) -> Any:
    """Return what takes the place of a symbol; a string is never evaluated."""
    try:
        found = sympified(value)
    except (sp.SympifyError, TypeError, ValueError):
        found = None
    if not isinstance(found, sp.Expr):
        raise InputError(
            f"The value of {symbol} is a {type(value).__name__}.",
            remedy="Give a number or a SymPy expression.",
        )
    return found
