"""Losses whose families are tested, each derived once."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import symbias as sb
from symbias.landscape.family import Family
from symbias.landscape.family import family as family_of

NAMES = [
    ("global", None),
    ("A", None),
    ("I", None),
    ("II", None),
    ("I", 2),
    ("II", 2),
    ("II", 3),
]
"""Families of the ReLU loss."""


def loss(activation: Any = None, *, extra_neurons: int = 0, second_layer: bool = False) -> Any:
    """What a family needs to know of a loss."""
    chosen = sb.activations.relu if activation is None else activation
    return SimpleNamespace(
        activation=chosen, extra_neurons=extra_neurons, second_layer=second_layer
    )


@cache
def family(name: str, p: int | None = None, *, second_layer: bool = False) -> Family:
    """A family of the ReLU loss."""
    return family_of(loss(second_layer=second_layer), name, p)
