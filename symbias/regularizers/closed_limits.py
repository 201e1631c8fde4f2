"""Limits of a closed potential: leading terms in the scale of the start, confirmed on the potential itself."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symbias.errors import BudgetError
from symbias.regularizers.leading import leading
from symbias.regularizers.limit_lines import (
    both_sides,
    close_kernel,
    distances,
    homogeneous,
    quadratic_form,
    tends,
)
from symbias.regularizers.scaling import Scaled
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import dummy


def closed_rich(at: Scaled) -> Formula:
    """Return the leading term of the potential as the scale falls to zero.

    Parameters
    ----------
    at : Scaled
        Of a homogeneous map with a closed potential.

    Returns
    -------
    Formula
        Q ~ limit at fixed w.

    Raises
    ------
    BudgetError
        If no leading term was found, or it was not confirmed.
    DerivationError
        If it is wrong.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(2)
    >>> closed_rich(scaled(net.regularizer(dict.fromkeys(net.parameters, 1)))).rhs
    -log(c)*Abs(w)/2
    """
    potential, conditions = need_potential(at)
    candidate = _sides(at) if len(at.w) == 1 else leading(potential, at.c)
    derivation = Derivation("The potential for small initializations", assumptions=conditions)
    homogeneous(derivation, at)
    derivation.start(
        potential,
        f"the potential of the start scaled by {at.c}: with the map, the metric is homogeneous",
    )
    tends(derivation, candidate, "its leading term for a small scale", at.c, sp.S.Zero)
    formula = derivation.conclude(sp.Function("Q")(*at.w), "rich limit")
    return replace(formula, relation="~", clock=(at.c, sp.S.Zero))


def _sides(at: Scaled) -> sp.Expr:
    """Return the leading term for both signs of w, as far as the domain reaches."""
    (w,), size = at.w, dummy("m", positive=True)
    potential, conditions = need_potential(at)
    found = {}
    for sign in (1, -1):
        if sp.false not in [c.subs(w, sign * size) for c in conditions]:
            found[sign] = leading(potential.subs(w, sign * size), at.c)
    return both_sides(found, size, w)


def closed_kernel(at: Scaled) -> Formula:
    """Return the quadratic form that the potential tends to as the scale grows.

    Parameters
    ----------
    at : Scaled
        Of a map with a closed potential.

    Returns
    -------
    Formula
        Q ~ limit at a fixed distance from the start.

    Raises
    ------
    DomainError
        If the metric at the start has no inverse.
    BudgetError
        If the form was not confirmed.
    DerivationError
        If it is wrong.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(2)
    >>> closed_kernel(scaled(net.regularizer(dict.fromkeys(net.parameters, 1)))).rhs
    w**2/(16*c**2)
    """
    potential, _ = need_potential(at)
    shift = distances(at)
    moved = {s: f + h for s, f, h in zip(at.w, at.first, shift, strict=True)}
    derivation = Derivation("The potential for large initializations")
    if at.degree is not None:
        homogeneous(derivation, at)
    form = quadratic_form(derivation, at, shift)
    derivation.start(
        potential.subs(moved, simultaneous=True),
        f"the potential at a fixed distance from the start scaled by {at.c}",
    )
    tends(
        derivation,
        form,
        "half the quadratic form of the inverse metric, and the warp, at the start",
        at.c,
        sp.oo,
    )
    formula = close_kernel(derivation, at, shift)
    return replace(formula, relation="~", clock=(at.c, sp.oo))


def need_potential(at: Scaled) -> tuple[sp.Expr, list[sp.Basic]]:
    """Return the potential of the scaled start and its conditions.

    Parameters
    ----------
    at : Scaled
        A scaled start.

    Returns
    -------
    tuple
        Expression and conditions.

    Raises
    ------
    BudgetError
        If it is not closed.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(2)
    >>> need_potential(scaled(net.regularizer(dict.fromkeys(net.parameters, 1))))[1]
    []
    """
    if at.potential is None:
        raise BudgetError(
            "The potential of the scaled start has no closed form that was found.",
            remedy="Use .minimizer with small or large initial values.",
        )
    return at.potential
