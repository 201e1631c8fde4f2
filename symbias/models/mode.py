"""The characteristic polynomial of a mode, split into what the rule does alone and what the gradient adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from symbias.errors import DomainError, InputError
from symbias.models.recurrence import Phase
from symbias.sym.symbols import dummy

LARGEST_STATE = 12
"""The longest history of a rule with periodic coefficients."""


@dataclass(frozen=True)
class Mode:
    """p(z; x) = dynamics(z) + gradient(z, x), with gradient(z, 0) = 0.

    Parameters
    ----------
    dynamics, gradient : sympy.Expr
        Polynomials in z, in one ``zeta`` for each symbolic delay, and (the gradient) in x.
    z, x : sympy.Dummy
        The multiplier of one period, and step * curvature.
    powers : tuple of (sympy.Symbol, sympy.Dummy)
        Symbolic delay tau and the ``zeta`` that stands for z**tau.
    period : int
        Steps in a period.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.UpdateRule.gradient_descent().mode.degree
    1
    """

    dynamics: sp.Expr
    gradient: sp.Expr
    z: sp.Symbol
    x: sp.Symbol
    powers: tuple[tuple[sp.Symbol, sp.Symbol], ...]
    period: int

    @property
    def degree(self) -> int:
        """The degree in x."""
        return int(sp.degree(self.gradient, self.x))

    def written(self, part: sp.Expr, z: sp.Expr, x: sp.Expr) -> sp.Expr:
        """Return a part with z**tau in place of each ``zeta``.

        Parameters
        ----------
        part : sympy.Expr
            ``dynamics``, ``gradient`` or an expression made of them.
        z, x : sympy.Expr
            What to write for the multiplier and for step * curvature.

        Returns
        -------
        sympy.Expr
            The expression, factored where that is cheap.

        Examples
        --------
        >>> import symbias as sb
        >>> z, x = sp.symbols("z x")
        >>> mode = sb.UpdateRule.gradient_descent().mode
        >>> mode.written(mode.gradient, z, x)
        x
        """
        factored = sp.factor(part)
        full = {zeta: z**tau for tau, zeta in self.powers} | {self.z: z, self.x: x}
        return factored.subs(full, simultaneous=True)


def make_mode(phases: Sequence[Phase], x: sp.Symbol) -> Mode:
    """Return the characteristic polynomial of a mode.

    Parameters
    ----------
    phases : sequence of Phase
        The difference equation of each phase of the period.
    x : sympy.Symbol
        Stands for step * curvature in them.

    Returns
    -------
    Mode
        Its polynomial, of the matrix that carries a state through one period.

    Raises
    ------
    DomainError
        If a rule with several phases has a symbolic lag.

    Notes
    -----
    Derived here.

    Examples
    --------
    >>> x = sp.symbols("x")
    >>> make_mode([Phase(((sp.S.Zero, 1 - x),))], x).gradient
    x
    """
    z = dummy("z")
    if len(phases) == 1:
        whole, powers = _constant(phases[0], z)
    else:
        whole, powers = _monodromy(phases, z), ()
    whole = sp.expand(whole)
    dynamics = whole.subs(x, 0)
    return Mode(dynamics, sp.expand(whole - dynamics), z, x, powers, len(phases))


def _constant(
    phase: Phase, z: sp.Symbol
) -> tuple[sp.Expr, tuple[tuple[sp.Symbol, sp.Symbol], ...]]:
    """z**(longest + 1) - sum of c * z**(longest - lag), where the longest lag covers every other."""
    delays = sorted(set().union(*(lag.free_symbols for lag in phase.lags)), key=str)
    rows = [
        (sp.Poly(lag, *delays) if delays else None, int(lag.subs(dict.fromkeys(delays, 0))))
        for lag in phase.lags
    ]
    slopes = [
        [int(row.coeff_monomial(tau)) if row is not None else 0 for row, _ in rows]
        for tau in delays
    ]
    powers = tuple((tau, dummy(f"zeta_{tau}")) for tau in delays)
    longest = max((constant for _, constant in rows), default=0)
    steepest = [max([0, *slope]) for slope in slopes]
    whole = z ** (longest + 1) * sp.Mul(
        *(zeta**s for (_, zeta), s in zip(powers, steepest, strict=True))
    )
    for index, (_, coefficient) in enumerate(phase.coefficients):
        shift = sp.Mul(
            *(
                zeta ** (s - slope[index])
                for (_, zeta), s, slope in zip(powers, steepest, slopes, strict=True)
            )
        )
        whole -= coefficient * z ** (longest - rows[index][1]) * shift
    return whole, powers


def _monodromy(phases: Sequence[Phase], z: sp.Symbol) -> sp.Expr:
    lags = [lag for phase in phases for lag in phase.lags]
    if any(not lag.is_Integer for lag in lags):
        raise DomainError(
            "A rule with periodic coefficients has a symbolic delay.",
            remedy="Give the delay as an integer.",
        )
    size = int(max(lags, default=0)) + 1
    if size > LARGEST_STATE:
        raise InputError(
            f"A rule with periodic coefficients reaches {size} steps back.",
            remedy=f"At most {LARGEST_STATE} are supported for periodic coefficients.",
        )
    product = sp.eye(size)
    for phase in phases:
        step = sp.zeros(size, size)
        for row in range(1, size):
            step[row, row - 1] = 1
        for lag, coefficient in phase.coefficients:
            step[0, int(lag)] += coefficient
        product = (step * product).applyfunc(sp.expand)
    return product.charpoly(z).as_expr(z)
