"""Calls of symmetry groups and of families of critical points."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from fuzzing import Call, call
from population_surface import populations

import symbias as sb


@cache
def relu_loss() -> Any:
    return sb.PopulationLoss(sb.activations.relu)


@cache
def group() -> Any:
    return sb.symmetry.permutations([2, 1])


def landscapes() -> list[Call]:
    """What is asked of losses and of their families."""
    return [*populations(), *families()]


def families() -> list[Call]:
    """Groups, families, members and what they answer."""
    found = relu_loss().family("A")
    point = found.at(9)
    matrix = np.arange(9.0).reshape(3, 3)
    return [
        call("permutations", sb.symmetry.permutations, lambda: ([3, 1], 1), 2.0, extra_columns=1),
        call("components", sb.symmetry.components, lambda: (group(),), second_layer=True),
        call(
            "assert_equivariant",
            sb.symmetry.assert_equivariant,
            lambda: (np.trace, group(), matrix, 1e-9),
            2.0,
        ),
        call(
            "assert_equivariant matrix",
            sb.symmetry.assert_equivariant,
            lambda: (np.eye(3), group()),
        ),
        call("PopulationLoss.family", relu_loss().family, lambda: ("II", 2), 2.0),
        call("critical_families", relu_loss().critical_families, lambda: ([None],), 0.5),
        call("Family.at", found.at, lambda: (9, 20), 3.0),
        call("Family.thresholds", found.thresholds, lambda: (12,)),
        call("Family.certify_threshold", found.certify_threshold, lambda: ("x", 12)),
        call("Family.loss_series", found.loss_series, lambda: (3,)),
        call("Family.weights_series", found.weights_series, lambda: (3,)),
        call("Family.spectrum_series", found.spectrum_series, lambda: (2,)),
        call("Family.bifurcation", found.bifurcation, lambda: ("s",)),
        call("Family.sweep", found.sweep, lambda: ([8.0, 9.5],), 2.0),
        call("Family.verify", found.verify, lambda: (5,)),
        call("CriticalPoint.certify", point.certify),
        call("CriticalPoint.matrix", point.matrix),
        call("CriticalPoint.block_matrix", point.block_matrix),
        call("Spectrum.of", point.spectrum().of, lambda: ("s",)),
    ]
