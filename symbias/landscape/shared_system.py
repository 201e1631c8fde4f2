"""The reduced equations of a symmetry, derived once for all families that have it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from symbias.landscape.dual_derivatives import DualDerivatives
from symbias.landscape.limits import d
from symbias.landscape.system import System
from symbias.symmetry.group import Group


@lru_cache(maxsize=64)
def shared_system(
    dual: DualDerivatives, group: Group, second_layer: bool, fixed: tuple[Any, ...] | None
) -> System:
    """Return the reduced equations of all families with one symmetry.

    Parameters
    ----------
    dual : DualDerivatives
        Of the activation.
    group : Group
        The symmetry.
    second_layer : bool
        Whether the blocks of the Hessian include the second layer.
    fixed : tuple of sympy.Expr or None
        Block coordinates that are known in closed form.

    Returns
    -------
    System
        In d; the same object for the same arguments.

    Examples
    --------
    >>> import symbias as sb
    >>> loss = sb.PopulationLoss(sb.activations.relu)
    >>> loss.family("I").system is loss.family("II").system
    True
    """
    return System(dual, group, d, second_layer=second_layer, fixed=fixed)
