"""Simulations of a model's definition, the independent half of every verdict.

This package hands the definition of a model (data, or its compiled outputs and derivatives) to the simulators of
`symbias.sim`, which know nothing of any result about it.
"""

from symbias.simulate.gaussian import gaussian_mean_product as gaussian_mean_product
from symbias.simulate.modes import Trajectory as Trajectory
from symbias.simulate.modes import growth_rate as growth_rate
from symbias.simulate.modes import measured_threshold as measured_threshold
from symbias.simulate.modes import quadratic as quadratic
from symbias.simulate.optimiser import Optimiser as Optimiser
from symbias.simulate.regression import gradient_descent as gradient_descent
from symbias.simulate.regression import gradient_flow as gradient_flow
from symbias.simulate.run import Run as Run

__all__ = [
    "Optimiser",
    "Run",
    "Trajectory",
    "gaussian_mean_product",
    "gradient_descent",
    "gradient_flow",
    "growth_rate",
    "measured_threshold",
    "quadratic",
]
