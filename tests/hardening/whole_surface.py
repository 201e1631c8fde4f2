"""The whole table of calls: the parts of the surface, put together."""

from __future__ import annotations

from functools import cache

from families_surface import landscapes
from fuzzing import Call
from surface import (
    models,
    moments,
    networks,
    proofs,
    results,
    simulations,
    stability,
    sweeps,
    symbolic,
    verdicts,
)
from surface_scalar import scalar_networks
from surface_shallow import shallow

ROOMS = (
    symbolic,
    proofs,
    models,
    results,
    stability,
    simulations,
    sweeps,
    moments,
    networks,
    scalar_networks,
    shallow,
    verdicts,
    landscapes,
)
"""The parts of the table; each makes the objects that its calls ask."""


@cache
def calls() -> list[Call]:
    """Return the whole table."""
    return [made for room in ROOMS for made in room()]
