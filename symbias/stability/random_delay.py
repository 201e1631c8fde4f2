"""Mean-square thresholds under a delay law whose generating function is not rational, by quadrature on the circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import ConvergenceError, DomainError
from symbias.stability.noisy_mode import NoisyMode, Z
from symbias.stability.winding import roots_outside

DIGITS = 10
"""Digits of a threshold found by quadrature."""
Points = np.ndarray[Any, Any]
"""Complex numbers on the unit circle, or values there."""
_PIECES, _LEVELS = 32, 45
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_START, _SMALLEST, _GROWTH = 1e-2, 1e-5, 1.1
_SETTLED = 1e-11


def quadrature_threshold(mode: NoisyMode, ratio: float) -> sp.Expr:
    """Return the first x at which the second moment is not bounded any more.

    Parameters
    ----------
    mode : NoisyMode
        Its p may be any function that is analytic outside the unit circle, and at infinity up to a power.
    ratio : float
        Variance of the curvature over its squared mean.

    Returns
    -------
    sympy.Float
        Of `DIGITS` digits.

    Raises
    ------
    DomainError
        If small x are not stable.
    ConvergenceError
        If a mean over the circle does not settle.

    Notes
    -----
    Derived here, see `small_gain`. The gain is followed from small x on in steps of about a tenth; it would have to
    pass one and return between two of them to be missed. Roots outside the circle are counted by the argument
    principle.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.noisy_mode import noisy_mode
    >>> s = sp.Symbol("s")
    >>> rule = sb.UpdateRule.gradient_descent().delayed(sp.Lambda(s, sp.exp(s - 1)))
    >>> quadrature_threshold(noisy_mode(rule, {}), 0.0)
    0.9931908969
    """
    free, driven, injected = (_on_circle(e) for e in (mode.free, mode.driven, mode.injected))
    degree = sp.degree(mode.free, Z)

    def noise(x: float, z: Points) -> Points:
        spread = (1 + ratio) * abs(injected(z)) ** 2 - abs(driven(z)) ** 2
        return x**2 * spread / abs(free(z) + x * driven(z)) ** 2

    def stable(x: float) -> bool:
        try:
            inside = roots_outside(lambda z: free(z) + x * driven(z), degree, 256) == 0
        except ConvergenceError:  # with a root on the circle the gain is infinite
            return False
        return inside and _mean(lambda z: noise(x, z)) < 1

    low = _START
    while not stable(low):
        low /= _GROWTH**8
        if low < _SMALLEST:
            raise DomainError(
                "The rule is not stable for small steps.",
                cause="Its iteration without gradients has a root outside the unit circle, or it climbs.",
                remedy="Check the signs of the recurrence and the values of its parameters.",
            )
    high = low * _GROWTH
    while stable(high):
        low, high = high, high * _GROWTH
    while high - low > 10.0 ** (-DIGITS - 1) * high:
        middle = (low + high) / 2
        low, high = (middle, high) if stable(middle) else (low, middle)
    return sp.Float((low + high) / 2, DIGITS)


def _on_circle(expression: sp.Expr) -> Callable[[Points], Points]:
    compiled = sp.lambdify(Z, expression, "numpy")
    return lambda z: np.asarray(compiled(z) + 0 * z)


def _mean(function: Callable[[Points], Points]) -> float:
    """Mean over the circle of a function >= 0 with f(conj z) = f(z); angles are halved where it is not settled."""
    low, width = np.linspace(0.0, np.pi, _PIECES, endpoint=False), np.pi / _PIECES
    whole = _integrals(function, low, width)
    total = 0.0
    for _ in range(_LEVELS):
        width /= 2
        halves = _integrals(function, np.concatenate([low, low + width]), width)
        both = halves[: low.size] + halves[low.size :]
        rough = abs(both - whole) > _SETTLED * np.maximum(both, 0.01 * (total + both.sum()))
        total += float(both[~rough].sum())
        if not rough.any():
            return total / np.pi
        keep = np.concatenate([rough, rough])
        low, whole = np.concatenate([low[rough], low[rough] + width]), halves[keep]
    raise ConvergenceError(
        "A mean over the circle does not settle.",
        cause="A root is too close to the circle for double precision.",
        remedy="Use a finite delay law; its threshold is found exactly.",
    )


def _integrals(function: Callable[[Points], Points], low: Any, width: float) -> Any:
    """Return Gauss sums over angles from ``low`` to ``low + width``."""
    angles = low[:, None] + width * (_NODES + 1) / 2
    return function(np.exp(1j * angles)) @ _WEIGHTS * (width / 2)
