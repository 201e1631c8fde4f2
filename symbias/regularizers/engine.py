"""From a map and an initialization to its regularizer: which route applies, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.models.exact import exact
from symbias.models.parametrization import Parametrization
from symbias.regularizers.commuting import bracket_defect, separate
from symbias.regularizers.initialization import Initialization, initialization
from symbias.regularizers.mirror import mirrors
from symbias.regularizers.regularizer import Regularizer
from symbias.regularizers.separable import Separable, require_rank
from symbias.regularizers.separable_derivation import derive_separable
from symbias.sym.symbols import real


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
    if bracket_defect(exactly) is None:
        found = _separable(exactly, start)
        if found is not None:
            return _result(parametrization, start, found)
    raise BudgetError(
        "The regularizer was not decided.",
        "the map is not known to have one, nor to have none.",
        "Use simulate.gradient_flow, and simulate with other weights of the samples to see whether the limit moves.",
    )


def _result(
    parametrization: Parametrization, start: Initialization, found: Separable
) -> Regularizer:
    derivation, formulas = derive_separable(found)
    missing = [name for name in ("potential", "conjugate") if name not in formulas]
    remark = (
        f"the {missing[0]} has no closed form that was found; its values are computed"
        if missing
        else ""
    )
    return Regularizer(parametrization, start, found, derivation, formulas, remark)


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
    order, count = parametrization.parameters, len(parametrization.outputs)
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
    taken = {s.name for s in (*order, *start.symbols)}
    return Separable(
        parametrization,
        start,
        modes,
        scalars,
        numeric,
        names("w", count, taken),
        names("eta", count, taken),
    )
