"""Bound: one side is never larger than the other; the slack says how far it is from attained."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.verdicts.arrays import finite, independent, parts, same_shape
from symbias.verdicts.verdict import Verdict

FORM = "(left, right), the two sides in the order in which the relation reads"
ROUNDING = 1e-12
"""Allowance for rounding, relative to the larger side: an attained bound is still a bound."""


def bound(answer: Any, tolerance: float | None = None, relation: str = "<=") -> Verdict:
    """Judge ``left <= right`` (or ``left >= right``) entry by entry.

    Parameters
    ----------
    answer : tuple
        ``(smaller, larger)`` for ``"<="``, ``(larger, smaller)`` for ``">="``; arrays of one shape.
    tolerance : float, optional
        Allowance relative to the larger modulus of the two sides, 1e-12 by default.
    relation : str
        ``"<="`` or ``">="``.

    Returns
    -------
    Verdict
        Its error is the smallest slack, relative to the modulus of the sides and negative where
        the bound is violated; the right-hand side is shown as predicted, the left as measured.

    Raises
    ------
    VerificationError
        If no verdict can be given on the answer.

    Examples
    --------
    >>> bound(([1.0, 2.0], [1.5, 4.0])).error
    0.3333333333333333
    >>> bound((1.0, 2.0), relation=">=").holds
    False
    """
    first, second = parts(answer, (2,), FORM)
    independent(first, second)
    left, right = finite("the left side", first), finite("the right side", second)
    same_shape(left=left, right=right)
    allowance = ROUNDING if tolerance is None else tolerance
    smaller, larger = (left, right) if relation == "<=" else (right, left)
    scale = np.maximum(np.abs(smaller), np.abs(larger))
    slack = (larger - smaller) / np.where(scale > 0, scale, 1.0)
    worst = np.unravel_index(int(slack.argmin()), slack.shape)
    holds = bool(slack[worst] >= -allowance)
    violated = int((slack < -allowance).sum())
    return Verdict(
        title="",
        relation=relation,
        kind="bound",
        predicted=float(right[worst]),
        measured=float(left[worst]),
        error=float(slack[worst]),
        tolerance=allowance,
        holds=holds,
        message=f"smallest slack {slack[worst]:.3g} of {slack.size}"
        if holds
        else f"violated at {violated} of {slack.size}, by {-slack[worst]:.3g} at worst",
        details={"shape": left.shape, "index": worst},
    )
