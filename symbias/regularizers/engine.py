"""From a map and an initialization to its regularizer: which route applies, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import sympy as sp

from symbias.errors import BudgetError, DerivationError
from symbias.models.exact import exact
from symbias.models.parametrization import Parametrization
from symbias.regularizers.commuting import bracket_defect, separate
from symbias.regularizers.composition import Composition, scale, split
from symbias.regularizers.composition_derivation import derive_composition
from symbias.regularizers.composition_prediction import ComposedMirror, sign_remark
from symbias.regularizers.conformal import conformal
from symbias.regularizers.initialization import Initialization, initialization
from symbias.regularizers.isotropic import isotropic
from symbias.regularizers.isotropic_derivation import derive_conformal, derive_isotropic
from symbias.regularizers.isotropic_prediction import IsotropicMirror
from symbias.regularizers.joint_flow import JointFlow, derive_joint_flow
from symbias.regularizers.mirror import mirrors
from symbias.regularizers.necessary import necessary_tests
from symbias.regularizers.reduction import Reduction, reduction
from symbias.regularizers.regularizer import Regularizer
from symbias.regularizers.separable import Separable, require_motion, require_rank, require_slopes
from symbias.regularizers.separable_derivation import derive_separable
from symbias.regularizers.square import square
from symbias.regularizers.square_derivation import derive_square
from symbias.sym.budget import time_limit
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import real

SECONDS = 30.0
"""The budget of one route."""


def regularizer(parametrization: Parametrization, init: Mapping[sp.Symbol, Any]) -> Regularizer:
    """Derive what gradient flow from an initialization minimises.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta).
    init : mapping of sympy.Symbol to number, expression or array
        One value per parameter. Floats are read as the decimals that they print.

    Returns
    -------
    Regularizer
        The potential, its conjugate, their derivation and the dual solver.

    Raises
    ------
    NoRegularizer
        If a necessary test fails.
    BudgetError
        If a closed form was not found or a test not decided.
    InputError
        If an initial value is missing, unknown or outside the domain of the map.

    Notes
    -----
    The joint flow of commuting gradient fields is a mirror flow (``li2022``); the separation, the inversion, the
    composition rule and the tests are derived here.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> u, v = real("u v")
    >>> a = positive("a")
    >>> regularizer(Parametrization(u**2 - v**2, [u, v]), {u: a, v: a}).potential.evidence
    'exact'
    """
    outputs = [exact(e, f"output {e}") for e in parametrization.outputs]
    exactly = Parametrization(outputs, parametrization.parameters)
    start = initialization(exactly, init)
    require_motion(exactly, start)
    found = _found(exactly, start)
    if found is None:
        raise BudgetError(
            "The regularizer was not decided.",
            "the map is not known to have one, nor to have none.",
            "Simulate with other weights of the samples to see whether the limit moves (simulate.reweighting_defect).",
        )
    solution, warp, (derivation, formulas) = found
    remarks = [_remark(formulas)]
    if isinstance(solution, ComposedMirror):
        remarks.append(sign_remark(solution.found))
    remark = "; ".join(filter(None, remarks))
    return Regularizer(parametrization, start, solution, derivation, formulas, warp, remark)


def _found(parametrization: Parametrization, start: Initialization) -> Any:
    """Return a solution, the warp of time and the derivation; None if no route applies."""
    found = _first(QUICK, parametrization, start)
    if found is not None:
        return found
    with suppress(BudgetError):  # a test that cannot be carried out refuses nothing
        necessary_tests(parametrization, start)
    within = reduction(parametrization, start)
    if within is not None:
        found = _first((*QUICK, *SLOW), within.parametrization, within.start, within)
    return found or _first((*SLOW, _joint), parametrization, start)


def _remark(formulas: dict[str, Formula]) -> str:
    if not {"potential", "conjugate"} & set(formulas):
        return (
            "neither potential nor conjugate has a closed form that was found; "
            "the minimiser is computed along the joint flow"
        )
    missing = [name for name in ("potential", "conjugate") if name not in formulas]
    return (
        f"the {missing[0]} has no closed form that was found; its values are computed"
        if missing
        else ""
    )


def _first(
    routes: Any,
    parametrization: Parametrization,
    start: Initialization,
    within: Reduction | None = None,
) -> Any:
    """Return the solution of the first route that applies, the warp of time and the derivation; None if none does."""
    for route in routes:
        try:
            before = within.derivation() if within else None
            found = time_limit(SECONDS, partial(route, parametrization, start, before))
        except (BudgetError, DerivationError):
            continue  # a candidate that fails its check, or cannot be checked, is no result
        if found is not None:
            warp = found[0].warp.subs(within.coordinates if within else {}, simultaneous=True)
            return found[0], warp, found[1]
    return None


def _commuting(
    parametrization: Parametrization, start: Initialization, before: Derivation | None
) -> Any:
    """Return the mirror of a map whose fields commute, and its derivation."""
    if bracket_defect(parametrization) is not None:
        return None
    found = _separable(parametrization, start)
    return None if found is None else (found, derive_separable(found, before))


def _joint(
    parametrization: Parametrization, start: Initialization, before: Derivation | None
) -> Any:
    """Return the mirror of a map whose fields commute without closed forms, and what is known of it."""
    if start.symbolic or bracket_defect(parametrization) is not None:
        return None
    require_slopes(parametrization, start)
    found = JointFlow(parametrization, start, *_symbols(parametrization, start))
    return found, derive_joint_flow(found, before)


def _composed(
    parametrization: Parametrization, start: Initialization, before: Derivation | None
) -> Any:
    """Return the warped mirror of a product of scalars and a commuting map, and its derivation."""
    parts = split(parametrization)
    if parts is None or bracket_defect(parts[1]) is not None:
        return None
    factors, map_ = parts
    inner = _separable(map_, start.restricted(map_.parameters))
    if inner is None:
        return None

    def composition(at: dict[sp.Symbol, sp.Expr]) -> Composition:
        scales = tuple(scale(s, f, at[s]) for s, f in factors.items())
        return Composition(parametrization, start, scales, inner)

    found = composition(start.point)
    try:
        numeric = composition(start.generic)
    except BudgetError:
        numeric = found
    return ComposedMirror(found, numeric), derive_composition(found, found.primal, before)


def _conformal(
    parametrization: Parametrization, start: Initialization, before: Derivation | None
) -> Any:
    """Return the warped mirror of a metric that is a multiple of a constant matrix, and its derivation."""
    if len(parametrization.outputs) < 2:
        return None  # with one output for every coordinate the warps of the coordinates differ
    found = conformal(parametrization, start, *_symbols(parametrization, start))
    return None if found is None else (found, derive_conformal(found, before))


def _isotropic(
    parametrization: Parametrization, start: Initialization, before: Derivation | None
) -> Any:
    """Return the warped mirror of an isotropic metric, and its derivation."""
    if len(parametrization.outputs) < 2:
        return None
    found = isotropic(parametrization, start, *_symbols(parametrization, start))
    return None if found is None else (IsotropicMirror(found), derive_isotropic(found, before))


def _square(
    parametrization: Parametrization, start: Initialization, before: Derivation | None
) -> Any:
    """Return the warped mirror of a map with as many outputs as parameters, and its derivation."""
    found = square(parametrization, start, *_symbols(parametrization, start))
    return None if found is None else (found, derive_square(found, before))


QUICK, SLOW = (_commuting, _composed), (_conformal, _isotropic, _square)
"""The routes to closed forms, in the order in which they are tried; the necessary tests come between."""


def _symbols(parametrization: Parametrization, start: Initialization) -> tuple[Any, Any]:
    """Return names for the outputs and their dual variables."""
    taken = {s.name for s in (*parametrization.parameters, *start.symbols)}
    count = len(parametrization.outputs)
    return names("w", count, taken), names("eta", count, taken)


def names(letter: str, count: int, taken: set[str]) -> tuple[sp.Symbol, ...]:
    """Return real symbols that no other symbol is named like.

    Parameters
    ----------
    letter : str
        The stem.
    count : int
        How many; a single one gets no number.
    taken : set of str
        Names in use.

    Returns
    -------
    tuple of sympy.Symbol
        Real symbols.

    Examples
    --------
    >>> names("w", 2, set())
    (w_1, w_2)
    """
    numbered = [letter] if count == 1 else [f"{letter}_{n}" for n in range(1, count + 1)]
    while taken & set(numbered):
        numbered = [f"{name}_" for name in numbered]
    return tuple(real(name) for name in numbered)


def _separable(parametrization: Parametrization, start: Initialization) -> Separable | None:
    order = parametrization.parameters
    modes = separate(parametrization, start.point)
    if modes is None:
        return None
    scalars = mirrors(modes, start.point, order)
    require_rank(parametrization, scalars)
    numeric = scalars
    explicit = all(flow.speed is None for m in scalars for _, flow, _ in m.flows)
    if start.numbers and explicit:
        generic = separate(parametrization, start.generic)
        numeric = mirrors(generic or modes, start.generic, order, invert=False)
    return Separable(
        parametrization,
        start,
        modes,
        scalars,
        numeric,
        *_symbols(parametrization, start),
    )
