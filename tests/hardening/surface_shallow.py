"""Calls of shallow ReLU networks and of the weights of data and of laws."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from fuzzing import Call, call
from surface_minima import stable_minima

import symbias as sb

X = np.array([[1.0, 0.2], [0.3, -1.0], [0.5, 0.5], [-2.0, 1.0]])
Y = np.array([0.5, -1.0, 0.25, 1.0])


@cache
def net() -> Any:
    return sb.ShallowReLU([[1.0, -0.5], [0.3, 0.7]], [0.1, -0.2], [1.0, -2.0], 0.3)


def shallow() -> list[Call]:
    """Every method, and the weight."""
    weight = sb.stability.data_weight_function(X)
    parameters = ([[1.0, 2.0], [0.5, 1.0]], [0.0, 1.0], [1.0, 2.0], 0.0)
    data, both = (lambda: (X,),), (lambda: (X, Y),)
    return [
        call("ShallowReLU", sb.ShallowReLU, lambda: parameters, 2.0),
        call("ShallowReLU.initial", sb.ShallowReLU.initial, lambda: (2, 3), scale=1.0, rng=0),
        call("ShallowReLU.predict", net().predict, *data),
        call("ShallowReLU.data", net().data, *data),
        call("ShallowReLU.problem", net().problem, *both),
        call("ShallowReLU.rescaled", net().rescaled, lambda: ([1.0, 2.0],)),
        call("ShallowReLU.hessian", net().hessian, *both),
        call("ShallowReLU.sharpness", net().sharpness, *both, 2.0),
        call("ShallowReLU.sharpness_range", net().sharpness_range, *both),
        call("ShallowReLU.mean_gradient_bound", net().mean_gradient_bound, *data),
        call("ShallowReLU.sharpness_bound", net().sharpness_bound, *data, oriented=True),
        call("ShallowReLU.stability_norm", net().stability_norm, *data, tolerance=1e-9),
        call("ShallowReLU.laplacian", net().laplacian, *data, tolerance=1e-9),
        call("ShallowReLU.balanced", net().balanced, *data),
        call("ShallowReLU.least_sharpness", net().least_sharpness, *data, tolerance=1e-3),
        call("ShallowReLU.plot", net().plot, lambda: (X, None), 0.1),
        call(
            "ShallowReLU.train",
            net().train,
            lambda: (X, Y, 0.1, 20),
            2.0,
            batch=2,
            rng=0,
            every=3,
            tolerance=1e-3,
        ),
        call("ShallowReLU.verify", net().verify, lambda: (X, Y, 0.1, 0, None), 0.2),
        call("data_weight_function", sb.stability.data_weight_function, *data),
        call("DataWeight()", weight, lambda: ([[0.6, 0.8], [1.0, 0.0]], [0.1, 0.2]), 2.0),
        call("DataWeight.oriented", weight.oriented, lambda: ([0.6, 0.8], 0.1)),
        call("DataWeight.plot", weight.plot, lambda: (None,), 0.1),
        *stable_minima(),
    ]
