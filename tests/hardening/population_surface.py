"""Calls of activations, of population losses and of their descent."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from fuzzing import Call, call

import symbias as sb

z = sp.Symbol("z", real=True)


def dual(expr: Any, argument: Any) -> Any:
    return sb.Activation(expr, argument).dual()


def populations() -> list[Call]:
    """Activations, losses, what they answer."""
    loss = sb.PopulationLoss(sb.activations.relu, 1, second_layer=True)
    plain = sb.PopulationLoss(sb.activations.quadratic)
    W, alpha = np.eye(3, 2) + 0.5, np.ones(3)
    point = (lambda: (W.copy(), alpha.copy()), 2.0)
    return [
        call("Activation", sb.Activation, lambda: (sp.Max(z, 0), z)),
        call("Activation.dual", dual, lambda: (sp.Max(z, 0), z), 0.5),
        call("Activation.self_dual", sb.activations.relu.self_dual),
        call("Activation.verify", sb.activations.abs.verify, rng=0),
        call("relu_dual", sb.landscape.relu_dual),
        call("leaky_relu", sb.activations.leaky_relu, lambda: (0.1,)),
        call("relu_power", sb.activations.relu_power, lambda: (2,)),
        call("PopulationLoss", sb.PopulationLoss, lambda: (sb.activations.abs, 1, True)),
        call("PopulationLoss.value", loss.value, *point),
        call("PopulationLoss.gradient", loss.gradient, *point),
        call("PopulationLoss.hessian", loss.hessian, *point),
        call("PopulationLoss.hessian_operator", loss.hessian_operator, *point),
        call("PopulationLoss.at", loss.at, *point),
        call("PopulationLoss.admit", loss.admit, *point),
        call("PopulationLoss.verify", plain.verify, lambda: (2,), 0.3, rng=0),
        call(
            "PopulationLoss.descend",
            loss.descend,
            lambda: (W.copy(), 0.1, 20, 1e-6, 8, 0),
            2.0,
            alpha0=alpha.copy(),
        ),
        call(
            "PopulationLoss.descend exact",
            plain.descend,
            lambda: (np.eye(2), 0.01, 20, 1e-6),
            2.0,
        ),
        call("BlockMatrix", sb.simulate.BlockMatrix, lambda: ([2, 1], [1.0, 2.0], np.eye(2)), 2.0),
        call("BlockMatrix.dense", sb.simulate.BlockMatrix([2], [1.0], [[0.0]]).dense),
        call(
            "gaussian_mean",
            sb.simulate.gaussian_mean,
            lambda: (np.tanh, 2, 100),
            rng=0,
            executor=None,
        ),
    ]
