"""The potential where the start is scaled to zero (rich) or to infinity (kernel)."""

from __future__ import annotations

from typing import Any

from symbias.errors import BudgetError, DerivationError, DomainError, InputError
from symbias.regularizers.closed_limits import closed_kernel, closed_rich
from symbias.regularizers.parametric_limits import parametric_kernel, parametric_rich
from symbias.regularizers.scaling import scaled
from symbias.sym.formula import Formula

REGIMES = ("rich", "kernel")


def limit(regularizer: Any, regime: str) -> Formula:
    """Return the potential in a limit of the scale of the initialization.

    Parameters
    ----------
    regularizer : Regularizer
        With a closed potential, or with one output and a closed conjugate.
    regime : {"rich", "kernel"}
        The scale c of the start c theta0 tends to zero, at fixed w, or to infinity, at a fixed distance of w from
        the start.

    Returns
    -------
    Formula
        Q ~ limit, with its clock c.

    Raises
    ------
    InputError
        If the regime is unknown, or the start is the origin.
    DomainError
        If the map has no such limit.
    BudgetError
        If the expansion was not found or not confirmed.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(3)
    >>> limit(net.regularizer(dict.fromkeys(net.parameters, 1)), "rich").rhs
    Abs(w)/(3*c)
    """
    if regime not in REGIMES:
        raise InputError(f"The regime is {regime!r}.", remedy='Ask for "rich" or "kernel".')
    at = scaled(regularizer)
    closed = at.potential is not None
    if regime == "rich" and at.degree is None:
        raise DomainError(
            "The rich limit is not defined for this map.",
            "its outputs are not homogeneous of one degree, so no power of the scale comes out of them.",
            'Use .minimizer with small initial values, or .limit("kernel").',
        )
    if not closed and (at.degree is None or len(at.w) > 1):
        raise BudgetError(
            "The limit was not found.",
            "the potential has no closed form that was found, and from the conjugate alone limits are derived only "
            "for homogeneous maps with one output.",
            "Use .minimizer with small or large initial values.",
        )
    routes = {
        ("rich", True): closed_rich,
        ("kernel", True): closed_kernel,
        ("rich", False): parametric_rich,
        ("kernel", False): parametric_kernel,
    }
    try:
        return routes[regime, closed](at)
    except (DerivationError, BudgetError) as error:
        raise BudgetError(
            f"The {regime} limit was not found.",
            error.cause or error.what,
            "Use .minimizer with small or large initial values.",
        ) from error
