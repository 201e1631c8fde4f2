"""What is claimed of a shallow network at a minimum: its sharpness, the bounds below it, and that descent stays."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias import simulate
from symbias.models.shallow_relu import ShallowReLU
from symbias.registry import ask
from symbias.simulate.checks import check_range
from symbias.stability.tangent import tangent
from symbias.verdicts.claim import Claim, claim

_NUDGE = 1e-7
"""Size of the perturbation, relative to the parameters."""

_STEPS = 2000
_GROWTH = 10.0
"""In so many steps a perturbation along an unstable direction outgrows this if step * curvature exceeds 2.002."""


def residual_term(net: ShallowReLU, X: np.ndarray, y: np.ndarray) -> float:
    """Return what residuals may add to twice the stability norm: 2 (R + 1) sqrt(2 loss), with |x| <= R.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X, y : numpy.ndarray, shape (n, d), (n,)
        The data.

    Returns
    -------
    float
        Zero for an interpolating network.

    Notes
    -----
    Liang et al. 2025, Theorem 3.2: |f| <= sharpness/2 - 1/2 + (R + 1) sqrt(2 loss).

    Examples
    --------
    >>> residual_term(ShallowReLU([[1.0]], [0.0], [1.0], 0.0), np.array([[2.0]]), np.array([3.0]))
    6.0
    """
    radius = float(np.linalg.norm(X, axis=1).max())
    return 2 * (radius + 1) * float(np.sqrt(np.mean((net.predict(X) - y) ** 2)))


def shallow_claims(net: ShallowReLU, X: Any, y: Any, step: float) -> list[Claim]:
    """Return the claims; see `ShallowReLU.verify`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X, y : array_like, shape (n, d), (n,)
        The data.
    step : float
        With which descent is to stay.

    Returns
    -------
    list of Claim
        The sharpness; the bounds below it; that descent stays; the bound on the norm.

    Examples
    --------
    >>> net = ShallowReLU([[1.0]], [0.0], [1.0], 0.0)
    >>> [claim.run().holds for claim in shallow_claims(net, [[1.0], [2.0]], [1.0, 2.0], 0.1)]
    [True, True, True, True]
    """
    data, targets = net.problem(X, y)
    check_range("step", step, 0.0, np.inf)
    tangent(net, data, targets)  # refuses kinks
    extra = residual_term(net, data, targets)

    @claim("the sharpness, by another program", tolerance=1e-6)
    def same_sharpness() -> Any:
        return net.sharpness(data, targets), measured()

    def measured() -> float:
        shape = simulate.dense_network([net.features, net.neurons, 1], "relu")
        theta = np.concatenate([net.W.ravel(), net.b, net.v, [net.c]])
        return simulate.network_sharpness(shape, theta, data, targets, tolerance=1e-9)

    @claim("1 + 2 |f| <= bound <= oriented bound <= sharpness + what residuals add", "<=")
    def chain() -> Any:
        values = [
            1 + 2 * net.stability_norm(data),
            net.sharpness_bound(data),
            net.sharpness_bound(data, oriented=True),
            measured() + extra,
        ]
        return values[:-1], values[1:]

    @claim("gradient descent with this step stays: growth of a perturbation", "<=")
    def stays(rng: np.random.Generator) -> Any:
        return _growth(net, data, targets, step, rng), _GROWTH

    @claim("|f| <= 1/step - 1/2 + what residuals add", "<=")
    def bounded() -> Any:
        return net.stability_norm(data), 1 / step - 0.5 + extra / 2

    return [same_sharpness, chain, stays, bounded]


def _growth(
    net: ShallowReLU, X: np.ndarray, y: np.ndarray, step: float, rng: np.random.Generator
) -> float:
    """Return the distance of two runs, one from the network and one beside it, over the distance of their starts."""
    near = _moved(net, X, rng)
    ends = [start.train(X, y, step, _STEPS).final for start in (net, near)]
    return _distance(*ends) / _distance(net, near)


def _moved(net: ShallowReLU, X: np.ndarray, rng: np.random.Generator) -> ShallowReLU:
    """Return a network nearby, to which both the mean gradient and chance have moved it."""
    here = tangent(net, X).mean_gradient()
    noise = rng.standard_normal(here.size)
    theta = _flat(net)
    size = _NUDGE * max(1.0, float(np.linalg.norm(theta)))
    theta = theta + size * (here / np.linalg.norm(here) + noise / np.linalg.norm(noise))
    k, d = net.W.shape
    rest = theta[k * d :]
    return ShallowReLU(theta[: k * d].reshape(k, d), rest[:k], rest[k : 2 * k], rest[-1])


def _flat(net: ShallowReLU) -> np.ndarray:
    return np.concatenate([net.W.ravel(), net.b, net.v, [net.c]])


def _distance(first: ShallowReLU, second: ShallowReLU) -> float:
    return float(np.linalg.norm(_flat(first) - _flat(second)))


def verify(net: ShallowReLU, X: Any, y: Any, step: float, rng: Any, executor: Any) -> Any:
    """Run the claims; see `ShallowReLU.verify`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X, y : array_like, shape (n, d), (n,)
        The data.
    step : float
        With which descent is to stay.
    rng, executor : object
        Passed on.

    Returns
    -------
    Report
        Four verdicts.

    Examples
    --------
    >>> net = ShallowReLU([[1.0]], [0.0], [1.0], 0.0)
    >>> verify(net, [[1.0], [2.0]], [1.0, 2.0], 5.0, 0, None).ok
    False
    """
    claims = shallow_claims(net, X, y, step)
    return ask("runner.verify:verify", claims, rng=rng, executor=executor)
