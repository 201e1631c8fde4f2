"""Implicit regularizers of gradient flow, beginning with what it conserves."""

from symbias.regularizers.laws import Laws as Laws
from symbias.regularizers.laws import conservation_laws as conservation_laws
from symbias.regularizers.rescaling import rescaling_minimum as rescaling_minimum
