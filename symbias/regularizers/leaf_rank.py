"""Why M = J J^T has no inverse: dependent outputs, or a start from which flows reach too few points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import sympy as sp

from symbias.errors import BudgetError, InputError
from symbias.models.parametrization import Parametrization
from symbias.regularizers.differential_ring import DifferentialRing, evaluate
from symbias.regularizers.lie_rank import GradientFields
from symbias.regularizers.modular import rank
from symbias.regularizers.special_points import dimension_at

SEED = 2021
PLACES = 6
"""Random points modulo random primes that have to agree on a rank; each misses with probability below 1e-7."""


class MissingRank(NamedTuple):
    """A rank that falls short of the number of outputs.

    Attributes
    ----------
    rank : int
        An upper bound of the rank of the Jacobian on the leaf.
    everywhere : bool
        Whether the Jacobian has this rank at generic points of the whole space.

    Examples
    --------
    >>> MissingRank(1, everywhere=True).rank
    1
    """

    rank: int
    everywhere: bool


def missing_rank(
    parametrization: Parametrization, point: Mapping[sp.Symbol, sp.Expr]
) -> MissingRank | None:
    """Return the rank of the Jacobian on the leaf of a point where it is known to fall short.

    Either the outputs are dependent functions (rank at random points modulo primes), or the leaf has a smaller
    dimension than there are outputs: w then moves on a surface.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    point : mapping of sympy.Symbol to sympy.Expr
        Exact numbers.

    Returns
    -------
    MissingRank or None
        None if neither is the case.

    Raises
    ------
    BudgetError
        If it could not be decided.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> missing_rank(Parametrization([u * v, u**2 * v**2], [u, v]), {u: sp.S(1), v: sp.S(1)})
    MissingRank(rank=1, everywhere=True)
    >>> missing_rank(Parametrization([u * v, u**2], [u, v]), {u: sp.S(0), v: sp.S(0)})
    MissingRank(rank=0, everywhere=False)
    """
    count, rng = len(parametrization.outputs), np.random.default_rng(SEED)
    try:
        ring = DifferentialRing(parametrization.parameters, parametrization.outputs)
        generic = _generic_rank(ring, rng)
        if generic < count:
            return MissingRank(generic, everywhere=True)
        dimension = GradientFields(ring, count).dimension(rng)
        size = len(parametrization.parameters)
        here = dimension_at(parametrization, point, dimension, size, rng)
    except InputError as error:
        raise BudgetError(
            "The rank of the Jacobian along the flow was not decided.",
            error.what,
            "Start at a point without coincidences.",
        ) from error
    return MissingRank(here, everywhere=False) if here < count else None


def _generic_rank(ring: DifferentialRing, rng: np.random.Generator) -> int:
    gradients = [ring.gradient(f) for f in ring.elements]
    found = 0
    for _ in range(PLACES):
        place = ring.place(ring.prime(rng), rng)
        matrix = np.array([[evaluate(f, place) for f in row] for row in gradients])
        found = max(found, rank(matrix, place.prime))
        if found == len(gradients):
            break
    return found
