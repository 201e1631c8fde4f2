"""Simulations of a model's definition, the independent half of every verdict.

This package hands the definition of a model (data, or its compiled outputs and derivatives) to the simulators of
`symbias.sim`, which know nothing of any result about it.
"""

from symbias.simulate.block_matrix import BlockMatrix as BlockMatrix
from symbias.simulate.gaussian import gaussian_mean as gaussian_mean
from symbias.simulate.gaussian import gaussian_mean_product as gaussian_mean_product
from symbias.simulate.mean_square import (
    delay_mean_square_threshold as delay_mean_square_threshold,
)
from symbias.simulate.mean_square import delay_moments as delay_moments
from symbias.simulate.mean_square import (
    measured_mean_square_threshold as measured_mean_square_threshold,
)
from symbias.simulate.mean_square import second_moment_growth as second_moment_growth
from symbias.simulate.modes import Trajectory as Trajectory
from symbias.simulate.modes import growth_rate as growth_rate
from symbias.simulate.modes import measured_threshold as measured_threshold
from symbias.simulate.modes import quadratic as quadratic
from symbias.simulate.network import dense_network as dense_network
from symbias.simulate.network import hessian_vector_product as hessian_vector_product
from symbias.simulate.network import network_sharpness as network_sharpness
from symbias.simulate.network import train_asynchronously as train_asynchronously
from symbias.simulate.network import train_network as train_network
from symbias.simulate.optimiser import Optimiser as Optimiser
from symbias.simulate.recurrence import Recurrence as Recurrence
from symbias.simulate.regression import gradient_descent as gradient_descent
from symbias.simulate.regression import gradient_flow as gradient_flow
from symbias.simulate.reweighting import reweighting_defect as reweighting_defect
from symbias.simulate.run import Run as Run
from symbias.simulate.scalar_network import (
    scalar_network_sharpness as scalar_network_sharpness,
)
from symbias.simulate.scalar_network import train_scalar_network as train_scalar_network
from symbias.simulate.second_moment import Moments as Moments
from symbias.simulate.second_moment import (
    second_moment_by_enumeration as second_moment_by_enumeration,
)
from symbias.simulate.second_moment import sgd_second_moment as sgd_second_moment
from symbias.simulate.sweeping import sweep as sweep
from symbias.simulate.sweeping import sweeps_on as sweeps_on

__all__ = [
    "BlockMatrix",
    "Moments",
    "Optimiser",
    "Recurrence",
    "Run",
    "Trajectory",
    "delay_mean_square_threshold",
    "delay_moments",
    "dense_network",
    "gaussian_mean",
    "gaussian_mean_product",
    "gradient_descent",
    "gradient_flow",
    "growth_rate",
    "hessian_vector_product",
    "measured_mean_square_threshold",
    "measured_threshold",
    "network_sharpness",
    "quadratic",
    "reweighting_defect",
    "scalar_network_sharpness",
    "second_moment_by_enumeration",
    "second_moment_growth",
    "sgd_second_moment",
    "sweep",
    "sweeps_on",
    "train_asynchronously",
    "train_network",
    "train_scalar_network",
]
