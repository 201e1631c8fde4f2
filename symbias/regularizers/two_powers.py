"""The registered minimum over rescalings: two powers, of which ridge is the simplest case."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from symbias.regularizers.rescaling import rescaling_minimum
from symbias.sym.symbols import positive, real
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

DRAWS = 200
"""Penalties that are minimised numerically."""


@cache
def two_powers_minimum() -> Result:
    """Return the minimum over c > 0 of |a c|**p / p + |v/c|**q / q, derived.

    Returns
    -------
    Result
        With ``.formula`` in the weights a and v and the degrees p and q, positive. For p = q = 2 it is |a| |v|: ridge
        becomes the path norm.

    Examples
    --------
    >>> two_powers_minimum().formula.evalf(a=2, v=-3, p=2, q=2)
    mpf('6.0')
    """
    (a, v), (p, q, c) = real("a v"), positive("p q c")
    penalty = sp.Abs(a) ** p / p + sp.Abs(v) ** q / q
    formula = rescaling_minimum(penalty, {a: a * c, v: v / c}, c)

    @claim("the penalty is least at the predicted value", relation="==", of=formula)
    def least_penalty(rng: Any) -> Any:
        draws = rng.uniform(0.5, 2.0, (DRAWS, 4)) * [1, -1, 2, 2]
        named = [dict(zip("avpq", draw, strict=True)) for draw in draws]
        kernel = formula.compile()
        predicted = [kernel(*(at[s.name] for s in formula.symbols)) for at in named]
        return predicted, [_searched(*draw) for draw in draws]

    return Result("two_powers_minimum", formula, (least_penalty,))


def _searched(a: float, v: float, p: float, q: float) -> float:
    """Return the least penalty found by a search over the scale, which knows the penalty only."""

    def penalty(log_scale: float) -> float:
        scale = np.exp(log_scale)
        return float(abs(a * scale) ** p / p + abs(v / scale) ** q / q)

    return float(minimize_scalar(penalty, bracket=(-1.0, 1.0), options={"xtol": 1e-9}).fun)
