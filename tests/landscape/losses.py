"""Losses whose families are tested, each derived once."""

from __future__ import annotations

from functools import cache
from typing import Any

import symbias as sb

NAMES = [("global", None), ("A", None), ("I", None), ("II", None), ("I", 2), ("II", 2), ("II", 3)]
"""Families of the ReLU loss."""


@cache
def family(name: str, p: int | None = None, *, second_layer: bool = False) -> Any:
    """A family of the ReLU loss."""
    return sb.PopulationLoss(sb.activations.relu, second_layer=second_layer).family(name, p)
