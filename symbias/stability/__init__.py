"""Stability of update rules: which steps they tolerate, and which minima they can stay at."""

from symbias.stability.almost_sure import almost_sure_exponent as almost_sure_exponent
from symbias.stability.almost_sure import almost_sure_threshold as almost_sure_threshold
from symbias.stability.conditions import SgdConditions as SgdConditions
from symbias.stability.conditions import sgd_conditions as sgd_conditions
from symbias.stability.data_weight import DataWeight as DataWeight
from symbias.stability.data_weight import data_weight_function as data_weight_function
from symbias.stability.flow_solution import GradientFlowSolution as GradientFlowSolution
from symbias.stability.flow_solution import gfs as gfs
from symbias.stability.gfs_sharpness_result import gfs_sharpness as gfs_sharpness
from symbias.stability.inverse_radon import laplacian_weight as laplacian_weight
from symbias.stability.inverse_radon import laplacian_weight_at as laplacian_weight_at
from symbias.stability.large_delay import large_delay as large_delay
from symbias.stability.law_weight import weight_function as weight_function
from symbias.stability.lifted import lifted_threshold as lifted_threshold
from symbias.stability.marginal import Marginal as Marginal
from symbias.stability.mean_square_derivation import (
    derived_mean_square_threshold as derived_mean_square_threshold,
)
from symbias.stability.monotone_step import monotone_step as monotone_step
from symbias.stability.reshuffling import reshuffling_threshold as reshuffling_threshold
from symbias.stability.scalar_solution import gfs_sharpness_at as gfs_sharpness_at
from symbias.stability.sgd import sgd_bracket as sgd_bracket
from symbias.stability.sgd import sgd_threshold as sgd_threshold
from symbias.stability.sgd_mean_square_threshold import (
    sgd_mean_square_threshold as sgd_mean_square_threshold,
)
from symbias.stability.sharpness import sharpness as sharpness
from symbias.stability.squared_regression import squared_regression as squared_regression
from symbias.stability.stable_minima import stability_norm_bound as stability_norm_bound
from symbias.stability.stationary import excess_loss as excess_loss
from symbias.stability.stationary import stationary_covariance as stationary_covariance
from symbias.stability.threshold import Threshold as Threshold
from symbias.stability.transfer import transfer as transfer
