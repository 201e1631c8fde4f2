"""Training of a small dense network on real data, synchronous or asynchronous, with its sharpness.

The loss is 1/(2n) sum_i |f(x_i) - y_i|**2, a mean over samples and a sum over outputs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from symbias.errors import InputError, near
from symbias.sim import training
from symbias.sim.network import ACTIVATIONS, Network
from symbias.simulate.checks import as_finite, check_batches, check_count, check_range
from symbias.simulate.optimiser import Optimiser
from symbias.simulate.run import Run


def dense_network(widths: Any, activation: str = "tanh") -> Network:
    """Return the shape of a dense network with biases; the outputs are linear.

    Parameters
    ----------
    widths : sequence of int
        Features, hidden units of each layer, outputs.
    activation : str
        ``"tanh"`` or ``"relu"``.

    Returns
    -------
    Network
        With ``.size``, ``.initial(scale, rng)`` -> parameters, ``.loss(theta, X, Y)``, ``.gradient(theta, X, Y)``.

    Raises
    ------
    InputError
        If there are fewer than two widths, one is no positive integer, or the activation is unknown.

    Examples
    --------
    >>> dense_network([64, 32, 10]).size
    2410
    """
    if not isinstance(widths, Iterable) or getattr(widths, "ndim", 1) != 1:
        raise InputError(f"The widths are {widths!r}.", remedy="Give a list of integers.")
    found = tuple(widths)
    if len(found) < 2:
        raise InputError(f"The widths are {found}.", remedy="Give at least features and outputs.")
    for width in found:
        check_count("a width", width)
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise InputError(
            f"There is no activation {activation!r}.", remedy=near(str(activation), ACTIVATIONS)
        )
    return Network(tuple(int(width) for width in found), activation)


def train_network(
    network: Network,
    X: Any,
    Y: Any,
    start: Any,
    step: float,
    steps: int,
    *,
    momentum: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
    sharpness_every: int | None = None,
    tolerance: float = 1e-3,
) -> Run:
    """Train on all samples at once, and measure the largest eigenvalue of the Hessian on the way.

    Parameters
    ----------
    network : Network
        From `dense_network`.
    X : array_like, shape (n, d)
        One row per sample.
    Y : array_like, shape (n,) or (n, q)
        The targets.
    start : array_like, shape (p,)
        Parameters at the start, for instance ``network.initial(1.0, np.random.default_rng(0))``.
    step : float
        The step size.
    steps : int
        Steps to take.
    momentum, dampening, nesterov : float, float, bool
        PyTorch's flags of SGD; ``dampening=momentum`` averages gradients. The buffer starts at zero.
    weight_decay : float
        Times the parameters, biases included, it is added to each gradient. The losses recorded leave it out.
    sharpness_every : int, optional
        Steps between two measurements of the sharpness; none if left out.
    tolerance : float
        Relative tolerance of the sharpness.

    Returns
    -------
    Run
        `.final` holds the parameters, `.loss` and `.distance` a value before each step and after the last,
        `.sharpness` and `.sharpness_at` the measurements. A run whose loss grows a million times is stopped and
        has `.converged` False.

    Raises
    ------
    InputError
        If data, start or options make no sense.
    ConvergenceError
        If the sharpness was not found.

    Examples
    --------
    >>> network = dense_network([1, 1])
    >>> run = train_network(network, [[1.0]], [1.0], [0.0, 0.0], 0.25, 2, sharpness_every=2)
    >>> run.loss, run.sharpness
    (array([0.5    , 0.125  , 0.03125]), array([2., 2.]))
    """
    data, targets, theta = _problem(network, X, Y, start)
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps)
    check_range("tolerance", tolerance, 1e-14, 0.1)
    if sharpness_every is not None:
        check_count("sharpness_every", sharpness_every)
    result = training.train(
        network,
        theta,
        data,
        targets,
        float(step),
        _flags(momentum, dampening, nesterov=nesterov, weight_decay=weight_decay),
        steps=int(steps),
        every=int(sharpness_every or 1),
        tolerance=float(tolerance),
        guess=None if sharpness_every is None else _guess(network),
    )
    return _run(result)


def train_asynchronously(
    network: Network,
    X: Any,
    Y: Any,
    start: Any,
    step: float,
    steps: int,
    *,
    workers: int,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    shifted: bool = False,
    batch: int | None = None,
    rng: int | np.random.Generator | None = None,
    every: int = 1,
) -> Run:
    """Train with workers that take turns, so that every gradient is workers - 1 steps old.

    Parameters
    ----------
    network, X, Y, start, step
        As in `train_network`.
    steps : int
        Updates of the server, a multiple of `every`.
    workers : int
        How many; with one, training is synchronous.
    momentum, dampening : float
        PyTorch's flags of SGD.
    weight_decay : float
        Times the parameters that the worker was handed, it is added to each gradient.
    shifted : bool
        Whether each worker keeps a momentum buffer of its own; otherwise the server keeps one.
    batch : int, optional
        Samples per gradient, drawn anew without replacement; all if left out.
    rng : int or numpy.random.Generator, optional
        Source of the batches; needed if and only if `batch` is given.
    every : int
        Updates between two records.

    Returns
    -------
    Run
        `.final` holds the parameters; `.loss` (on all samples) and `.distance` (from the start) the records. A run
        whose loss grows a million times is stopped and has `.converged` False.

    Raises
    ------
    InputError
        If data, start or options make no sense.

    Examples
    --------
    >>> network = dense_network([1, 1])
    >>> train_asynchronously(network, [[1.0]], [1.0], [0.0, 0.0], 0.125, 2, workers=2).loss
    array([0.5    , 0.28125, 0.125  ])
    """
    data, targets, theta = _problem(network, X, Y, start)
    check_range("step", step, 0.0, np.inf)
    check_count("steps", steps)
    check_count("workers", workers)
    check_count("every", every)
    if steps % every:
        raise InputError(
            f"{steps} steps cannot be recorded every {every}.", remedy="Give a multiple of it."
        )
    size, generator = check_batches(batch, rng, len(data))
    result = training.train_asynchronously(
        network,
        theta,
        data,
        targets,
        float(step),
        _flags(momentum, dampening, nesterov=False, weight_decay=weight_decay),
        workers=int(workers),
        shifted=bool(shifted),
        batch=size,
        rng=generator,
        steps=int(steps),
        every=int(every),
    )
    return _run(result)


def hessian_vector_product(network: Network, theta: Any, X: Any, Y: Any) -> LinearOperator:
    """Return the Hessian of the loss as a linear operator; it is never formed.

    Parameters
    ----------
    network : Network
        From `dense_network`.
    theta : array_like, shape (p,)
        The parameters.
    X, Y : array_like
        The data, as in `train_network`.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator, shape (p, p)
        Symmetric; a product costs about two gradients.

    Raises
    ------
    InputError
        If data or parameters make no sense.

    Notes
    -----
    The derivative of the gradient along a direction, by hand (Pearlmutter's R-operator).

    Examples
    --------
    >>> operator = hessian_vector_product(dense_network([1, 1]), [0.0, 0.0], [[2.0]], [1.0])
    >>> operator @ np.array([1.0, 0.0])
    array([4., 2.])
    """
    data, targets, point = _problem(network, X, Y, theta)
    product = network.hessian_product(point, data, targets)
    return LinearOperator(
        (network.size, network.size), matvec=product, rmatvec=product, dtype=np.float64
    )


def network_sharpness(
    network: Network, theta: Any, X: Any, Y: Any, *, tolerance: float = 1e-6
) -> float:
    """Return the largest eigenvalue of the Hessian of the loss, by ARPACK.

    Parameters
    ----------
    network, theta, X, Y
        As in `hessian_vector_product`.
    tolerance : float
        Relative.

    Returns
    -------
    float
        The eigenvalue.

    Raises
    ------
    InputError
        If data or parameters make no sense.
    ConvergenceError
        If it was not found.

    Examples
    --------
    >>> round(network_sharpness(dense_network([1, 2, 1]), np.zeros(7), [[1.0]], [0.0]), 6)
    1.0
    """
    data, targets, point = _problem(network, X, Y, theta)
    check_range("tolerance", tolerance, 1e-14, 0.1)
    return training.sharpness(network, point, data, targets, _guess(network), float(tolerance))[0]


def _problem(
    network: Network, X: Any, Y: Any, theta: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not isinstance(network, Network):
        raise InputError(f"{network!r} is no network.", remedy="Make one with dense_network.")
    data, targets = as_finite("X", X, (2,)), as_finite("Y", Y, (1, 2))
    targets = targets.reshape(len(targets), -1)
    point = as_finite("The array of parameters", theta, (1,))
    wanted = ((len(data), network.widths[0]), (len(data), network.widths[-1]), (network.size,))
    if (data.shape, targets.shape, point.shape) != wanted:
        raise InputError(
            f"X, Y and the parameters have shapes {data.shape}, {targets.shape}, {point.shape}.",
            remedy=f"This network wants {wanted[0]}, {wanted[1]}, {wanted[2]}.",
        )
    return data, targets, point


def _flags(
    momentum: float, dampening: float, *, nesterov: bool, weight_decay: float
) -> training.Momentum:
    checked = Optimiser(
        momentum=momentum, dampening=dampening, nesterov=nesterov, weight_decay=weight_decay
    )
    rule = checked.rule()
    return training.Momentum(rule.momentum, rule.dampening, rule.nesterov, checked.weight_decay)


def _guess(network: Network) -> np.ndarray:
    """Return where an iteration for the sharpness begins: anything with a part in every direction will do."""
    return np.random.default_rng(network.size).standard_normal(network.size)


def _run(result: training.Training) -> Run:
    measured = result.sharpness.size > 0
    return Run(
        result.theta,
        result.losses,
        result.steps,
        not result.message,
        result.message or "all steps were taken",
        sharpness=result.sharpness if measured else None,
        sharpness_at=result.sharpness_at if measured else None,
        distance=result.distances,
    )
