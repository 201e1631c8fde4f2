"""Expansions of a family in powers of 1/sqrt(d): weights, loss and spectrum, with exact coefficients in Q(pi)."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.codegen.lower import lower
from symbias.errors import BudgetError
from symbias.landscape.series_evaluation import evaluate
from symbias.landscape.spectrum import Row, Spectrum
from symbias.landscape.weights_series import Expansion
from symbias.solvers.pi_series import Series, TooFewTerms
from symbias.solvers.series_algebra import eigenvalues

ROUNDS = 6

MARGINS = (4, 10, 16, 22)
"""Orders that the blocks are carried beyond what is asked for."""


def weights_series(family: Any, n: int) -> dict[str, Any]:
    """Return the block coordinates of a family up to an order.

    Parameters
    ----------
    family : Family
        The family.
    n : int
        Terms below d**(-n/2) are kept.

    Returns
    -------
    dict
        Name of an orbit of entries -> SymPy expression in d.

    Examples
    --------
    >>> import symbias as sb
    >>> weights_series(sb.PopulationLoss(sb.activations.relu).family("A"), 4)
    {'AA': -1 + 2/d, 'AA_off': 2/d}
    """
    found = family.expansion(n)
    names = [orbit.name for orbit in family.group.orbits]
    return {name: _shown(w, n, found, family) for name, w in zip(names, found.weights, strict=True)}


def loss_series(family: Any, n: int) -> Any:
    """Return the loss of a family up to an order.

    Parameters
    ----------
    family : Family
        The family.
    n : int
        Terms below d**(-n/2) are kept.

    Returns
    -------
    sympy.Expr
        In d.

    Examples
    --------
    >>> import symbias as sb
    >>> loss_series(sb.PopulationLoss(sb.activations.relu).family("II"), 3)
    (1/2 - 2/pi**2)/d
    """
    (value,), found = _evaluated(family, n, family.system.loss_program)
    return _shown(value, n, found, family)


def spectrum_series(family: Any, n: int) -> Spectrum:
    """Return the eigenvalues of the Hessian of a family up to an order.

    Parameters
    ----------
    family : Family
        The family.
    n : int
        Terms below d**(-n/2) are kept.

    Returns
    -------
    Spectrum
        Rows of component, multiplicity (a polynomial in d) and eigenvalue (an expression in d); those of a component in
        ascending order for large d.

    Raises
    ------
    BudgetError
        If a coefficient lies outside Q(pi).

    Examples
    --------
    >>> import symbias as sb
    >>> spectrum_series(sb.PopulationLoss(sb.activations.relu).family("A"), 2).of("x")
    [-1/(2*pi) + 1/4 - 1/(pi*sqrt(d))]
    """
    system, rows = family.system, []
    for component in system.components:
        name = system.name(component)
        for value, found in _component(family, n, name, component.multiplicity):
            rows.append(Row(name, component.dimension, _shown(value, n, found, family)))
    return Spectrum(tuple(rows))


def _component(family: Any, n: int, name: str, size: int) -> list[tuple[Series, Expansion]]:
    program = lower(list(family.system.explicit_block(name)), family.system.args)
    norms = family.system.norm_degrees(name)
    for extra in MARGINS:
        # Entries grow like d, and d/4 must be told from d/4: several orders more than are asked for.
        entries, found = _evaluated(family, n + extra, program)
        top = n * found.ramification // 2
        reach = (n + extra) * found.ramification // 2
        kept = [entry.below(reach) for entry in entries]
        matrix = _balanced([kept[size * i : size * (i + 1)] for i in range(size)], norms, found)
        try:
            values = eigenvalues(matrix, top)
        except TooFewTerms:
            continue
        if all(value.top >= top for value in values):
            return [(value, found) for value in sorted(values, key=_large)]
    raise BudgetError(
        f"The eigenvalues of {family.name} in component {name} were not found to order {n}.",
        cause="two of them agree to every order that was carried.",
        remedy="Ask for fewer terms, or use .at(d).spectrum().",
    )


def _balanced(matrix: Any, norms: list[int], found: Expansion) -> Any:
    """Return the matrix in vectors of about unit length: their squared norms grow like powers of d."""
    if found.ramification % 2:
        return matrix
    half, size = found.ramification // 2, len(matrix)
    return [
        [
            matrix[i][j] * Series.variable(matrix[i][j].terms or 1, half * (norms[j] - norms[i]))
            for j in range(size)
        ]
        for i in range(size)
    ]


def _large(value: Series) -> float:
    """Return the value at a very large dimension: it orders eigenvalues."""
    x = 1e-8
    terms = range(value.low, min(value.low + 6, value.top))
    return float(sum(float(value.coefficient(k)) * x**k for k in terms))


def _evaluated(family: Any, n: int, program: Any) -> tuple[list[Series], Expansion]:
    """Return a program's outputs, known to an order, and the expansion they were made from."""
    order = n + 4
    for _ in range(ROUNDS):
        found = _cut(family.expansion(order), order)
        terms = 2 * max(found.top, 1) + 8 * found.ramification
        d = Series.variable(terms, -found.ramification)
        values = evaluate(program, [d, *found.weights], terms)
        if all(value.top >= n * found.ramification // 2 for value in values):
            return values, found
        order += 4
    raise BudgetError(
        f"The expansion of {family.name} does not reach order {n}.",
        remedy="Ask for fewer terms.",
    )


def _cut(found: Expansion, order: int) -> Expansion:
    """Return an expansion without the terms, found for another question, that lie beyond an order in d^(-1/2)."""
    top = order * found.ramification // 2
    return Expansion(tuple(w.below(top) for w in found.weights), found.ramification)


def _shown(value: Series, n: int, found: Expansion, family: Any) -> Any:
    """Return what is known below an order as an expression in d."""
    q = found.ramification
    powers = range(value.low, -((-n * q) // 2))
    return sp.Add(*(value.coefficient(k) * family.size ** sp.Rational(-k, q) for k in powers))
