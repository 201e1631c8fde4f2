"""Training of networks with one hidden ReLU layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import ConvergenceError, InputError
from symbias.models.shallow_relu import ShallowReLU
from symbias.sim import shallow_relu as training
from symbias.simulate.checks import check_batches, check_count, check_range
from symbias.simulate.randomness import as_generator
from symbias.simulate.run import Run

_RECORDS = 1000
"""Losses that a run records, unless it is told otherwise."""


def train(
    net: ShallowReLU,
    X: Any,
    y: Any,
    step: float,
    steps: int,
    *,
    batch: int | None = None,
    rng: int | np.random.Generator | None = None,
    every: int | None = None,
    tolerance: float = 0.0,
) -> Run:
    """Train with gradient descent or SGD at a constant step; see `ShallowReLU.train`.

    Parameters
    ----------
    net : ShallowReLU
        The start.
    X, y : array_like, shape (n, d), (n,)
        The data.
    step, steps : float, int
        Step size, and the most steps to take.
    batch : int, optional
        Samples per step; all if left out.
    rng : int or numpy.random.Generator, optional
        Source of the batches; needed if and only if `batch` is given.
    every : int, optional
        Steps between two records of the loss.
    tolerance : float
        Training ends where a recorded loss is no larger.

    Returns
    -------
    Run
        With a ShallowReLU in `.final`.

    Raises
    ------
    InputError
        If data or options make no sense.
    ConvergenceError
        If a step led beyond what floats can hold.

    Examples
    --------
    >>> start = ShallowReLU([[1.0]], [0.5], [0.5], 0.0)
    >>> train(start, [[0.0], [1.0]], [0.0, 1.0], 0.3, 500, tolerance=1e-20)
    Run(converged after 223 steps: the loss reached its tolerance; loss 0.03125 -> 9.168e-21)
    """
    data, targets = net.problem(X, y)
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps)
    if every is not None:
        check_count("every", every)
    if tolerance:
        check_range("tolerance", tolerance, 0.0, np.inf)
    size, generator = check_batches(batch, rng, len(data))
    result = training.train(
        (net.W, net.b, net.v, net.c),
        data,
        targets,
        float(step),
        steps=int(steps),
        every=int(every or max(1, steps // _RECORDS)),
        batch=size,
        rng=generator,
        tolerance=float(tolerance),
    )
    try:
        final = ShallowReLU(result.W, result.b, result.v, result.c)
    except InputError as error:
        raise ConvergenceError(
            f"Training diverged beyond what floats can hold, in {result.steps} steps.",
            "the step is far too large.",
            "Take a smaller step.",
        ) from error
    return Run(
        final,
        result.losses,
        result.steps,
        bool(result.losses[-1] <= tolerance),
        result.message or "all steps were taken",
    )


def initial(cls: type[ShallowReLU], d: int, k: int, scale: float, rng: Any) -> ShallowReLU:
    """Return a random network; see `ShallowReLU.initial`.

    Parameters
    ----------
    cls : type
        ShallowReLU.
    d, k : int
        Features and neurons.
    scale : float
        Of the weights.
    rng : int, numpy.random.Generator or None
        Source of the draws.

    Returns
    -------
    ShallowReLU
        The network.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> initial(ShallowReLU, 2, 3, 1.0, 0).c
    0.0
    """
    check_count("d", d)
    check_count("k", k)
    check_range("scale", scale, 0.0, 1e70)
    if k * d > 2**28:
        raise InputError(f"There would be {k * d} weights.", remedy="Give smaller sizes.")
    generator = as_generator(rng)
    W = generator.standard_normal((k, d)) * (scale / np.sqrt(d))
    b = generator.uniform(-scale, scale, k) / np.sqrt(d)
    return cls(W, b, generator.standard_normal(k) * (scale / np.sqrt(k)), 0.0)
