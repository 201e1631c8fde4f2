"""What a law has beyond a point s: mass, first moment, and both in a form that does not cancel."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import sympy as sp

from symbias.errors import BudgetError, DerivationError, InputError
from symbias.stability import sphere_marginal
from symbias.stability.cap_functions import cap_excess, cap_ratio, gap_power
from symbias.stability.marginal import Marginal
from symbias.stability.normal_mean_excess import normal_mean_excess
from symbias.sym.budget import time_limit
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.functions import normal_cdf, normal_pdf
from symbias.sym.symbols import dummy, real

S = real("s")
SECONDS = 4.0
"""For one integral of a density that a user gives."""


@dataclass(frozen=True)
class Tail:
    """Mass and first moment beyond a point, as functions of the point.

    Parameters
    ----------
    mass, moment, excess : sympy.Expr
        P(Z > s), E[Z; Z > s] and E[Z - s; Z > s] in the symbol s.
    ratio, relative : sympy.Expr, optional
        Mass and excess over the moment, in functions whose kernels do not cancel.
    square, log_moment : sympy.Expr, optional
        The square of the moment in a form that rounds less, and its logarithm, which does not underflow.
    order : int
        The power of 1 - s that mass and moment have in common, where both are polynomials.

    Examples
    --------
    >>> from symbias.sym.derivation import Derivation
    >>> sphere_tail(Derivation("d = 3"), 3).excess
    (s - 1)**2/4
    """

    mass: Any
    moment: Any
    excess: Any
    ratio: Any = None
    relative: Any = None
    square: Any = None
    log_moment: Any = None
    order: int = 0

    def at(self, point: Any) -> Tail:
        """Return the same at another point than s.

        Parameters
        ----------
        point : sympy.Expr
            Takes the place of s.

        Returns
        -------
        Tail
            With each part substituted.

        Examples
        --------
        >>> from symbias.sym.derivation import Derivation
        >>> sphere_tail(Derivation("d = 3"), 3).at(0).mass
        1/2
        """
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "order"}
        moved: dict[str, Any] = {
            k: part if part is None else part.subs(S, point) for k, part in parts.items()
        }
        return replace(self, **moved)


def sphere_tail(derivation: Derivation, d: int) -> Tail:
    """Derive the tail of a coordinate of the unit sphere of R^d, d >= 2.

    Parameters
    ----------
    derivation : Derivation
        Continued.
    d : int
        The dimension.

    Returns
    -------
    Tail
        For 0 <= s <= 1.

    Examples
    --------
    >>> sphere_tail(Derivation("the circle"), 2).mass
    acos(s)/pi
    """
    z, inside = sphere_marginal.Z, [S >= 0, S <= 1]
    slice_, constant = sphere_marginal.power(d, z), sphere_marginal.constant(d)
    below = sphere_marginal.antiderivative(d)
    derivation.start(
        sp.Derivative(below, z), "found by integrating by parts, two dimensions at a time"
    )
    derivation.rewrite(slice_, "the size of a slice of the sphere at height z")
    derivation.conclude(sp.Derivative(below, z), "antiderivative of the slices")
    between = constant * (below.subs(z, 1) - below.subs(z, S))
    mass, moment = sphere_marginal.tail_mass(d, S), sphere_marginal.tail_moment(d, S)
    other = None if d % 2 else _other_form(between, moment * cap_ratio(d, S))
    derivation.start(between, "mass beyond s; the constant makes it 1 beyond -1")
    derivation.rewrite(mass, "collect")
    derivation.conclude(sp.Function("Q")(S), "mass beyond s", domain=inside, stable=other)
    derivation.start(sp.Derivative(-moment, S), "an antiderivative of s times the density")
    derivation.rewrite(S * constant * sphere_marginal.power(d, S), "chain rule")
    derivation.conclude(sp.Derivative(-moment, S), "antiderivative of the first moment")
    derivation.start(moment - moment.subs(S, 1), "first moment beyond s")
    derivation.rewrite(moment, "it vanishes at 1")
    derivation.conclude(sp.Function("M")(S), "first moment beyond s", domain=inside)
    relative = None if d % 2 else moment * cap_excess(d, S)
    excess = _excess(derivation, mass, moment, stable=relative)
    if d % 2:
        return Tail(mass, moment, excess, order=(d - 1) // 2)
    log_moment = sp.log(constant / (d - 1)) + sp.Rational(d - 1, 2) * (
        sp.log(1 - S) + sp.log(1 + S)
    )
    square = (constant / (d - 1)) ** 2 * gap_power(d - 1, S**2)
    return Tail(mass, moment, excess, cap_ratio(d, S), cap_excess(d, S), square, log_moment)


def gaussian_tail(derivation: Derivation) -> Tail:
    """Derive the tail of a coordinate of a standard Gaussian.

    Parameters
    ----------
    derivation : Derivation
        Continued.

    Returns
    -------
    Tail
        For real s.

    Examples
    --------
    >>> gaussian_tail(Derivation("Gaussian")).excess
    -s*normal_cdf(-s) + normal_pdf(s)
    """
    z = sphere_marginal.Z
    density = normal_pdf(z).definition()
    derivation.start(sp.Integral(density, (z, S, sp.oo)), "mass beyond s")
    derivation.rewrite(sp.S.Half - sp.erf(S / sp.sqrt(2)) / 2, "the definition of erf")
    derivation.rewrite(normal_cdf(-S), "the lower tail at -s")
    derivation.conclude(sp.Function("Q")(S), "mass beyond s")
    derivation.start(sp.Integral(z * density, (z, S, sp.oo)), "first moment beyond s")
    derivation.rewrite(normal_pdf(S), "the density is its own antiderivative, up to the sign")
    derivation.conclude(sp.Function("M")(S), "first moment beyond s")
    mean_excess = normal_mean_excess(S)
    mass, moment = normal_cdf(-S), normal_pdf(S)
    return Tail(
        mass,
        moment,
        _excess(derivation, mass, moment, stable=mass * mean_excess),
        1 / (S + mean_excess),
        mean_excess / (S + mean_excess),
        moment**2,
        -(S**2) / 2 - sp.log(2 * sp.pi) / 2,
    )


def laplace_tail(derivation: Derivation) -> Tail:
    """Derive the tail of the law with density exp(-|z|)/2.

    Parameters
    ----------
    derivation : Derivation
        Continued.

    Returns
    -------
    Tail
        For s >= 0.

    Examples
    --------
    >>> laplace_tail(Derivation("Laplace")).excess
    exp(-s)/2
    """
    z = sphere_marginal.Z
    found = integrated_tail(derivation, Marginal(sp.exp(-sp.Abs(z)) / 2, z))
    logarithm = sp.log(1 + S) - S - sp.log(2)
    return replace(
        found,
        ratio=1 / (1 + S),
        relative=1 / (1 + S),
        square=found.moment**2,
        log_moment=logarithm,
    )


def integrated_tail(derivation: Derivation, law: Marginal, *, lower: bool = False) -> Tail:
    """Derive a tail of a law with a given density by integration.

    Parameters
    ----------
    derivation : Derivation
        Continued.
    law : Marginal
        The law.
    lower : bool
        Whether the tail below s is meant: mass below s, E[-Z; Z < s] and E[s - Z; Z < s].

    Returns
    -------
    Tail
        On the support; without forms that do not cancel.

    Raises
    ------
    BudgetError
        If no closed form was found.
    InputError
        If the density does not have mass one.

    Examples
    --------
    >>> z = real("z")
    >>> integrated_tail(Derivation("a triangle"), Marginal(1 - abs(z), z, -1, 1)).mass
    (s - 1)**2/2
    """
    z, side = sphere_marginal.Z, "below" if lower else "beyond"
    density = law.at(z)
    if law.is_even and not lower:
        # Of an even law only s >= 0 is needed, where |z| is z.
        positive = dummy("z", positive=True)
        density = law.at(positive).subs(positive, z)
    ends = (law.low, S) if lower else (S, law.high)
    found = []
    for name, label, weight in (("Q", "mass", 1), ("M", "first moment", -z if lower else z)):
        integral = sp.Integral(weight * density, (z, *ends))
        derivation.start(integral, f"{label} {side} s")
        closed = _closed(integral)
        derivation.rewrite(closed, "integrate")
        derivation.conclude(sp.Function(name + "_" * lower)(S), f"{label} {side} s")
        found.append(closed)
    _require_mass_one(derivation, law, found[0], lower=lower)
    mass, moment = found
    return Tail(mass, moment, _excess(derivation, mass, moment, -1 if lower else 1))


def _excess(
    derivation: Derivation, mass: Any, moment: Any, sign: int = 1, stable: Any = None
) -> Any:
    """Derive the mean excess from the other two; a polynomial one by its factors, which do not cancel."""
    q, m = real("q m")
    excess, line = _tidy(moment - sign * S * mass), m - sign * S * q
    given = [sp.Eq(q, mass), sp.Eq(m, moment)]
    other = None if stable is None else _other_form(line, stable, given)
    derivation.start(line, "mean excess, as the mean is linear")
    derivation.rewrite(excess, "insert mass q and first moment m", given=given)
    derivation.conclude(sp.Function("H" if sign > 0 else "H_")(S), "mean excess", stable=other)
    return excess


def _other_form(line: Any, form: Any, given: Any = ()) -> Formula:
    """Derive a form that kernels evaluate; it has a chain of its own, with the same first line."""
    derivation = Derivation("Without cancellation").start(line, "as there")
    derivation.rewrite(form, "by definition", given=given)
    return derivation.conclude(sp.Function("w")(S), "stable form")


def _tidy(expr: Any) -> Any:
    return sp.factor(expr) if expr.is_rational_function() else sp.factor_terms(expr)


def _closed(integral: Any) -> Any:
    """Return the closed form of an integral by its antiderivative."""
    variable, low, high = integral.limits[0]

    def work() -> Any:
        below = sp.integrate(integral.function, variable)
        ends = (
            sp.limit(below, variable, end) if end.is_infinite else below.subs(variable, end)
            for end in (high, low)
        )
        return _tidy(next(ends) - next(ends))

    try:
        found = time_limit(SECONDS, work)
    except (BudgetError, NotImplementedError, ValueError, TypeError, RecursionError):
        found = integral
    if found.has(sp.Integral, sp.Limit, sp.nan, sp.oo, sp.zoo):
        raise BudgetError(
            f"No closed form of {integral} was found.",
            remedy="Give a density whose first moments are elementary, or evaluate by quadrature.",
        )
    return found


def _require_mass_one(derivation: Derivation, law: Marginal, mass: Any, *, lower: bool) -> None:
    start = law.high if lower else law.low
    if law.is_even and not lower:
        total = 2 * mass.subs(S, 0)
    else:
        total = sp.limit(mass, S, start) if start.is_infinite else mass.subs(S, start)
    derivation.start(total, "mass on the whole support")
    try:
        derivation.rewrite(1, "a density")
    except DerivationError:
        raise InputError(
            f"The density {law.density} has mass {total} on ({law.low}, {law.high}).",
            remedy="Divide it by its mass.",
        ) from None
    derivation.conclude("one", "total mass")
