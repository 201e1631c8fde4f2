"""The package's own real functions, for which SymPy has no name or no form that survives rounding.

Each is one file: LaTeX, derivative, evaluation to any precision, and a definition in standard
functions that holds for every real argument. Compiled code uses a stable form of each.
"""

from symbias.sym.functions.half_moment import half_moment
from symbias.sym.functions.inverse_mills import inverse_mills
from symbias.sym.functions.log_normal_cdf import log_normal_cdf
from symbias.sym.functions.named import NamedFunction
from symbias.sym.functions.normal_cdf import normal_cdf
from symbias.sym.functions.normal_pdf import normal_pdf
from symbias.sym.functions.relu import relu
from symbias.sym.functions.relu_angle import relu_angle
from symbias.sym.functions.sine_wedge import sine_wedge
from symbias.sym.functions.softplus import softplus

__all__ = [
    "NamedFunction",
    "half_moment",
    "inverse_mills",
    "log_normal_cdf",
    "normal_cdf",
    "normal_pdf",
    "relu",
    "relu_angle",
    "sine_wedge",
    "softplus",
]
