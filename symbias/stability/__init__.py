"""Stability of update rules: which steps they tolerate, and which minima they can stay at."""

from symbias.stability.sgd import sgd_bracket as sgd_bracket
from symbias.stability.sgd import sgd_threshold as sgd_threshold
