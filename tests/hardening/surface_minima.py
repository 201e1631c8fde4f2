"""Calls about stable minima of ReLU networks."""

from __future__ import annotations

import sympy as sp
from fuzzing import Call, call
from subjects import triangle, x, y

import symbias as sb


def stable_minima() -> list[Call]:
    """Return the calls of weight functions and of what follows from them."""
    room = sb.stability
    return [
        call("weight_function", room.weight_function, lambda: ("sphere", 3), 0.5, log=False),
        call("weight_function of a law", room.weight_function, lambda: (triangle(), 1), 0.5),
        call("Marginal", room.Marginal, lambda: (1 - sp.Abs(x), x, -1, 1), 0.5),
        call("Marginal.at", triangle().at, lambda: (y,)),
        call("Marginal.require_even", triangle().require_even),
        call("laplacian_weight", room.laplacian_weight, lambda: ("ball", 3), 0.5),
        call("laplacian_weight_at", room.laplacian_weight_at, lambda: ("ball", 3, 0.5), 0.5),
        call("stability_norm_bound", room.stability_norm_bound, tuple, 0.1),
    ]
