"""Laws of inputs as the weight function sees them: the density of one coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.errors import DerivationError, DomainError, InputError
from symbias.sym.equality import decide
from symbias.sym.sympified import sympified

PLACES = tuple(sp.Rational(k, 64) for k in range(1, 64))
"""Where the sign of a density is looked at, as fractions of its support or, where that is infinite, of its tails."""


@dataclass(frozen=True)
class Marginal:
    """The law of a coordinate of the inputs: of a real input, or of an isotropic vector.

    Parameters
    ----------
    density : sympy.Expr
        Of the coordinate, on its support; other symbols than ``variable`` are parameters.
    variable : sympy.Symbol
        What the density is a function of.
    low, high : number or sympy.Expr
        The ends of the support; ``-oo`` and ``oo`` are allowed.

    Raises
    ------
    InputError
        If the ends are not in order, or the density is negative somewhere, or no function of the variable.

    Examples
    --------
    >>> import sympy as sp
    >>> z = sp.symbols("z", real=True)
    >>> Marginal(1 - abs(z), z, -1, 1).is_even
    True
    """

    density: Any
    variable: Any
    low: Any = -sp.oo
    high: Any = sp.oo

    def __post_init__(self) -> None:
        if not isinstance(self.variable, sp.Symbol):
            raise InputError(
                f"The variable of a density is {self.variable!r}.", remedy="Give a SymPy symbol."
            )
        for name in ("density", "low", "high"):
            object.__setattr__(self, name, _expression(name, getattr(self, name)))
        ends = (self.low, self.high)
        if any(
            end.has(sp.zoo, sp.nan, self.variable) or end.is_extended_real is False for end in ends
        ) or (sp.Gt(self.high, self.low) == sp.false):
            raise InputError(
                f"The support reaches from {self.low} to {self.high}.",
                remedy="Give real ends in order, free of the variable.",
            )
        if not self.density.free_symbols - {self.variable}:
            self._check_sign()

    def _check_sign(self) -> None:
        for place in PLACES:
            value = self.density.subs(self.variable, self._place(place))
            if not value.is_extended_real or value.is_extended_negative:
                raise InputError(
                    f"The density is {value} at {self._place(place)}.",
                    remedy="Give a function that is not negative between the ends.",
                )

    def _place(self, share: Any) -> Any:
        """Return a point of the support: an affine map of (0, 1), or one that stretches the infinite ends."""
        if self.low.is_finite and self.high.is_finite:
            return self.low + share * (self.high - self.low)
        if self.low.is_finite:
            return self.low + share / (1 - share)
        if self.high.is_finite:
            return self.high - share / (1 - share)
        return (2 * share - 1) / (share * (1 - share))

    @cached_property
    def is_even(self) -> bool:
        """Whether the density is proved to be the same at z and at -z."""
        if self.low != -self.high:
            return False
        try:
            found = decide(self.density, self.density.subs(self.variable, -self.variable))
        except DerivationError:
            return False
        return found.grade == "exact"

    def at(self, point: Any) -> Any:
        """Return the density at a point.

        Parameters
        ----------
        point : sympy.Expr
            A real expression.

        Returns
        -------
        sympy.Expr
            The density with the variable replaced.

        Raises
        ------
        InputError
            If the point is no expression.

        Examples
        --------
        >>> z, s = sp.symbols("z s", real=True)
        >>> Marginal(sp.exp(-abs(z)) / 2, z).at(s)
        exp(-Abs(s))/2
        """
        return self.density.subs(self.variable, _expression("point", point))

    def require_even(self) -> None:
        """Refuse a law that no isotropic vector has.

        Raises
        ------
        DomainError
            If the density is not known to be even.

        Examples
        --------
        >>> z = sp.symbols("z", real=True)
        >>> Marginal(2 * z, z, 0, 1).require_even()
        Traceback (most recent call last):
            ...
        symbias.errors.DomainError: The density 2*z on (0, 1) is not even...
        """
        if not self.is_even:
            raise DomainError(
                f"The density {self.density} on ({self.low}, {self.high}) is not even.",
                "every coordinate of an isotropic vector has the law of its negative.",
                "Use d = 1 for a real input with this law.",
            )


def _expression(name: str, value: Any) -> Any:
    try:
        found = sympified(value)
    except (sp.SympifyError, TypeError, ValueError):
        found = None
    if not isinstance(found, sp.Expr):
        raise InputError(
            f"The {name} of a law is {value!r}.", remedy="Give a number or a SymPy expression."
        )
    return found
