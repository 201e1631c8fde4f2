"""A call that works for everything public about scalar networks and the ends of gradient flows."""

from __future__ import annotations

import sympy as sp
from fuzzing import Call, call
from subjects import DATA, LABELS, diagonal, scalar_network, start

import symbias as sb


def scalar_networks() -> list[Call]:
    """Scalar networks, where gradient flow ends, and steps that do not raise the sharpness there."""
    room, sim, network = sb.stability, sb.simulate, scalar_network()
    return [
        call("ScalarNetwork", sb.ScalarNetwork, lambda: ([2, -0.5, sp.Rational(1, 3)],), 2.0),
        call("ScalarNetwork.gfs", network.gfs),
        call("ScalarNetwork.gfs_sharpness", network.gfs_sharpness),
        call(
            "ScalarNetwork.gfs_sharpness_formula",
            sb.ScalarNetwork.gfs_sharpness_formula,
            lambda: (3,),
            0.5,
        ),
        call("ScalarNetwork.monotone_step", network.monotone_step),
        call("ScalarNetwork.train", network.train, lambda: (0.1, 20)),
        call("gfs", room.gfs, lambda: (diagonal(), DATA, LABELS, start()), 0.5, route=None),
        call("gfs_sharpness", room.gfs_sharpness, lambda: (2,), 0.5),
        call("gfs_sharpness_at", room.gfs_sharpness_at, lambda: ([[2.0, 0.5], [1.0, -0.5]],)),
        call("monotone_step", room.monotone_step, lambda: (2,), 0.5),
        call("squared_regression", room.squared_regression, tuple, 0.1),
        call("scalar_network_sharpness", sim.scalar_network_sharpness, lambda: ([2.0, 0.5],)),
        call("train_scalar_network", sim.train_scalar_network, lambda: ([2.0, 0.5, 1.0], 0.1, 20)),
    ]
