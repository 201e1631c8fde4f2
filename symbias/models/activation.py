"""Activation: the function that a neuron applies, with the Gaussian means that population losses are made of."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import BudgetError, DomainError, InputError
from symbias.models import dual_half_lines, dual_smooth
from symbias.models.exact import exact, shown
from symbias.models.gaussian_means import require_square_mean
from symbias.models.half_lines import HalfLines, half_lines
from symbias.registry import ask
from symbias.sym.budget import time_limit
from symbias.sym.formula import Formula
from symbias.sym.symbols import real

ARGUMENT = real("z")

SECONDS = 45.0
"""Of processor time, for a dual and its mean square."""


class Activation:
    """A real activation s(z), immutable.

    Parameters
    ----------
    expr : sympy.Expr
        s, real for real z; symbols besides z are parameters and have to be declared real.
    z : sympy.Symbol
        The argument.

    Attributes
    ----------
    expr : sympy.Expr
        s in `argument`, floats read as the decimals that they print.
    argument : sympy.Symbol
        The real symbol z.
    parameters : tuple of sympy.Symbol
        The other symbols, by name.

    Raises
    ------
    InputError
        If `expr` is no expression, `z` no symbol, or a parameter is not declared real.

    Examples
    --------
    >>> import sympy as sp
    >>> z = sp.Symbol("z", real=True)
    >>> Activation(sp.Max(z, 0), z).dual().rhs
    c*(pi - acos(c/(sqrt(a)*sqrt(b))))/(2*pi) + sqrt(a*b - c**2)/(2*pi)
    """

    expr: sp.Expr
    argument: sp.Symbol
    parameters: tuple[sp.Symbol, ...]

    @checked
    def __init__(self, expr: sp.Expr, z: sp.Symbol) -> None:
        written = exact(expr.xreplace({z: ARGUMENT}), "The activation")
        others = sorted(written.free_symbols - {ARGUMENT}, key=lambda s: s.name)
        _check(written, others)
        fields = vars(self)
        fields["expr"], fields["argument"] = written, ARGUMENT
        fields["parameters"] = tuple(others)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an Activation is immutable; make a new one to change {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activation) and self.expr == other.expr

    def __hash__(self) -> int:
        return hash(self.expr)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the definition."""
        return type(self), (self.expr, self.argument)

    def __repr__(self) -> str:
        return f"Activation({self.expr}, {self.argument})"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle s\left(z\right) = {sp.latex(self.expr)}$"

    @cached_property
    def sides(self) -> HalfLines | None:
        """The polynomials on the two half-lines, None if the activation is no such thing."""
        return half_lines(self.expr, self.argument)

    @property
    def degree(self) -> int | None:
        """The degree of positive homogeneity: s(t z) = t**degree s(z) for t > 0; None if there is none."""
        powers = () if self.sides is None else self.sides.powers
        return powers[0] if len(powers) == 1 else None

    @property
    def kinks(self) -> tuple[sp.Expr, ...]:
        """Where the activation is not smooth: ``(0,)``, or ``()`` for smooth ones."""
        return () if self.sides is None or self.sides.is_polynomial else (sp.S.Zero,)

    def dual(self) -> Formula:
        """Derive the dual activation K(a, b, c) = E[s(w.x) s(v.x)], x standard Gaussian.

        Returns
        -------
        Formula
            In a = |w|^2 > 0, b = |v|^2 > 0 and c = w.v, c**2 <= a b; parameters of the activation follow. Where
            terms cancel, ``.stable`` is a form without cancellation, which kernels evaluate.

        Raises
        ------
        DomainError
            If the mean diverges for some vectors.
        BudgetError
            If no closed form was found.

        References
        ----------
        For powers of the rectifier up to normalisation the arc-cosine kernels of Cho and Saul (2009).

        Examples
        --------
        >>> import symbias as sb
        >>> sb.activations.quadratic.dual().rhs
        a*b + 2*c**2
        """
        return self._duals[0]

    def self_dual(self) -> Formula:
        """Derive the mean square E[s(w.x)**2], x standard Gaussian: a mean over one variable.

        Returns
        -------
        Formula
            In a = |w|^2 > 0; parameters of the activation follow.

        Raises
        ------
        DomainError
            If the mean diverges for some vectors.
        BudgetError
            If no closed form was found.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.activations.relu.self_dual().rhs
        a/2
        """
        return self._duals[1]

    def verify(self, rng: Any = None) -> Any:
        """Compare the dual activation with Gaussian samples.

        Parameters
        ----------
        rng : int or numpy.random.Generator, optional
            Seed or generator of the samples.

        Returns
        -------
        Report
            One verdict each for pairs of vectors and for single ones.

        Raises
        ------
        DomainError, BudgetError
            As for `dual`.
        InputError
            If the activation has parameters.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.activations.abs.verify(rng=1).ok
        True
        """
        return ask("landscape.activation_claims:verify_activation", self, rng)

    @cached_property
    def _duals(self) -> tuple[Formula, Formula]:
        try:
            return time_limit(SECONDS, self._derived)
        except BudgetError as error:
            if error.cause:
                raise
            raise BudgetError(
                f"The dual of {self.expr} was not derived within {SECONDS:g} s.",
                "its degree is high, or its integrals are hard.",
                "Use an activation of lower degree, or one that is a polynomial on either side of 0.",
            ) from None

    def _derived(self) -> tuple[Formula, Formula]:
        title = f"The dual of the activation {shown(self.expr)}"
        own = f"{title}, of one vector"
        if self.sides is not None:
            two = dual_half_lines.dual(self.sides, title, ("cho2009",))
            return two, dual_half_lines.mean_square(self.sides, own)
        require_square_mean(self.expr, self.argument)
        two = dual_smooth.dual(self.expr, self.argument, title)
        return two, dual_smooth.mean_square(self.expr, self.argument, two, own)


def _check(expr: sp.Expr, others: list[sp.Symbol]) -> None:
    wild = [s for s in others if not s.is_real]
    if wild:
        raise InputError(
            f"The parameter {wild[0]} of the activation is not declared real.",
            "or it is the argument under another name or with other assumptions.",
            "Declare parameters with real=True, and give the argument as the second argument.",
        )
    if {ARGUMENT.name, "a", "b", "c"} & {s.name for s in others}:
        raise InputError(
            "A parameter of the activation is called a, b, c or z.",
            "these are names of the dual activation's own arguments.",
            "Rename it.",
        )
    if expr.has(sp.I) or expr.is_real is False:
        raise InputError(f"The activation {shown(expr)} is not real.", remedy="Write it without I.")
    if expr.has(sp.Integral, sp.Sum, sp.Derivative, sp.core.function.AppliedUndef):
        raise InputError(
            f"The activation {shown(expr)} is not written in closed form.",
            remedy="Call .doit(), or write it with standard functions.",
        )
    if ARGUMENT not in expr.free_symbols:
        raise DomainError(
            f"The activation {shown(expr)} does not depend on z.",
            "the second argument is another symbol than the one in the expression.",
            "Pass the symbol that the expression contains.",
        )
