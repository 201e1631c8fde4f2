"""How accurate a kernel is, in units that a formula can be held to.

The input of a kernel is rounded, and a formula passes that on with its condition number; no
evaluation in float64 can be expected to do better. So the error is counted in units in the last
place of the exact value, divided by the condition number where that exceeds one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symbias.codegen.kernel import Kernel
from symbias.errors import InputError


@dataclass(frozen=True)
class WorstCase:
    """The largest error of a kernel on a grid.

    Parameters
    ----------
    ulp : float
        Units in the last place, relative to the conditioning.
    point : tuple of float
        Where.
    value, exact : float
        The kernel's value there and the exact one, rounded.
    condition : float
        The condition number there: the sum over the arguments of abs(x*f'(x)/f(x)).

    Examples
    --------
    >>> WorstCase(0.5, (1.0,), 2.0, 2.0, 1.0).ulp
    0.5
    """

    ulp: float
    point: tuple[float, ...]
    value: float
    exact: float
    condition: float


def ulp_error(
    kernel: Kernel, grid: Iterable[Any], digits: int = 50, exact: Kernel | None = None
) -> WorstCase:
    """Return the largest error of a kernel of one expression on a grid.

    Parameters
    ----------
    kernel : Kernel
        Of one expression.
    grid : iterable of float or of tuples of float
        The points; one number per argument.
    digits : int
        Digits of the exact values.
    exact : Kernel, optional
        Whose multiprecision twin gives the exact values, if it is not that of the kernel itself.

    Returns
    -------
    WorstCase
        Infinite if the kernel is NaN or infinite where the exact value is not, or the reverse.

    Raises
    ------
    InputError
        If the kernel has several values.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.codegen.kernel import compile_expression
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> ulp_error(compile_expression(sp.exp(x), [x]), [0.5, 1.0, 30.0]).ulp < 2
    True
    """
    if kernel.shape:
        raise InputError("The kernel has several values.", remedy="Compile one expression.")
    points = [tuple(map(float, np.atleast_1d(np.asarray(p, dtype=float)))) for p in grid]
    twin = (exact or kernel).mp(digits)
    values = np.atleast_1d(kernel(*np.array(points).T))
    found = (_error(twin, p, float(v)) for p, v in zip(points, values, strict=True))
    largest, *others = sorted(found, key=lambda case: case.ulp, reverse=True)
    worst = _conditioned(twin, largest, digits)
    # A condition number is most of the work, and only lowers an error: few cases need theirs to lose against the worst.
    for case in others:
        if case.ulp <= worst.ulp:
            break
        worst = max(worst, _conditioned(twin, case, digits), key=lambda case: case.ulp)
    return worst


def _error(exact: Any, point: tuple[float, ...], value: float) -> WorstCase:
    """Return the error at one point, not yet divided by the condition number."""
    true = exact(*point)
    rounded = float(true)
    if math.isfinite(rounded) and math.isfinite(value):
        error = float(abs(true.context.mpf(value) - true) / math.ulp(rounded))
        return WorstCase(error, point, value, rounded, math.nan)
    same = rounded == value or (math.isnan(rounded) and math.isnan(value))
    return WorstCase(0.0 if same else math.inf, point, value, rounded, math.nan)


def _conditioned(exact: Any, case: WorstCase, digits: int) -> WorstCase:
    """Return the case with its condition number, and its error divided by that."""
    if not (math.isfinite(case.exact) and math.isfinite(case.value)):
        return case
    condition = _condition(exact, case.point, exact(*case.point), digits)
    return replace(case, ulp=case.ulp / max(1.0, condition), condition=condition)


def _condition(exact: Any, point: tuple[float, ...], true: Any, digits: int) -> float:
    """Return the condition number, by differences at a third of the digits."""
    context = true.context
    total = context.zero
    for k, x in enumerate(point):
        step = context.mpf(x) * context.mpf(10) ** (-digits // 3)
        if not step or not true:
            continue
        ends = [exact(*point[:k], context.mpf(x) + s * step, *point[k + 1 :]) for s in (-1, 1)]
        # At the edge of the domain one end is undefined: the other side stands for both.
        slopes = [(e - true) / (s * step) for s, e in zip((-1, 1), ends, strict=True)]
        sizes = [abs(s) for s in slopes if not context.isnan(s)]
        total += abs(context.mpf(x) / true) * max(sizes, default=context.zero)
    return float(total)
