"""Descent on the loss of a two-layer network with Gaussian inputs, step by step, for any activation.

The mean over inputs comes from a kernel K(a, b, c) that is handed in, or from fresh samples of the network itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.sim.population import Descent

_GROWTH = 1e6
"""Of the loss: a run whose loss grows so much is stopped."""

Slope = Callable[[np.ndarray], Any]


@dataclass(frozen=True)
class Kernel:
    """The mean of s(w.x) s(v.x) as a function of a = |w|^2, b = |v|^2, c = w.v.

    Parameters
    ----------
    pair : callable
        ``(a, b, c, root)`` -> K and its derivatives in a and c, with root = sqrt(a b - c^2); broadcasts.
    own : callable
        ``a`` -> the mean of s(w.x)^2 and its derivative.

    Examples
    --------
    >>> Kernel(lambda a, b, c, root: (c, 0 * c, 1 + 0 * c), lambda a: (a, 1 + 0 * a)).own(2.0)
    (2.0, 1.0)
    """

    pair: Callable[..., Any]
    own: Callable[..., Any]


def mean_gradient(
    W: np.ndarray, alpha: np.ndarray, kernel: Kernel
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the mean loss and its gradients.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The neurons.
    alpha : numpy.ndarray, shape (k,)
        The second layer.
    kernel : Kernel
        Of the activation.

    Returns
    -------
    tuple of float and numpy.ndarray
        The loss, and its gradients in W and in alpha.

    Examples
    --------
    >>> linear = Kernel(lambda a, b, c, root: (c, 0 * c, 1 + 0 * c), lambda a: (a, 1 + 0 * a))
    >>> loss, inner, _ = mean_gradient(np.array([[3.0]]), np.ones(1), linear)
    >>> float(loss), inner
    (2.0, array([[2.]]))
    """
    d = W.shape[1]
    squares = (W**2).sum(axis=1)
    ahead, against = (
        _pairs(kernel, squares, squares, W @ W.T),
        _pairs(kernel, squares, np.ones(d), W),
    )
    mean, slope = kernel.own(squares)
    weights = alpha.copy()
    for part, value in zip(ahead, (mean, slope / 2, 0.0), strict=True):
        np.fill_diagonal(part, value)
    along = 2 * (ahead[1] @ weights - against[1].sum(axis=1))
    inner = alpha[:, None] * (along[:, None] * W + (ahead[2] * weights) @ W - against[2])
    outer = ahead[0] @ weights - against[0].sum(axis=1)
    one = np.ones(1)
    fixed = d * kernel.own(one)[0] + d * (d - 1) * kernel.pair(one, one, 0 * one, one)[0]
    loss = (alpha @ outer - (alpha @ against[0]).sum() + float(fixed[0])) / 2
    return max(0.0, float(loss)), inner, outer


def _pairs(kernel: Kernel, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, ...]:
    root = np.sqrt(np.maximum(np.outer(a, b) - c**2, 0.0))
    return kernel.pair(a[:, None], b[None, :], c, root)


def sampled_gradient(
    W: np.ndarray, alpha: np.ndarray, slope: Slope, X: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the loss on a batch of inputs, by the chain rule.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The neurons.
    alpha : numpy.ndarray, shape (k,)
        The second layer.
    slope : callable
        ``z`` -> s(z) and s'(z).
    X : numpy.ndarray, shape (n, d)
        The inputs.

    Returns
    -------
    tuple of numpy.ndarray
        The gradients in W and in alpha.

    Examples
    --------
    >>> line = lambda z: (z, np.ones_like(z))
    >>> sampled_gradient(np.array([[3.0]]), np.ones(1), line, np.array([[2.0]]))[0]
    array([[8.]])
    """
    hidden, rise = slope(X @ W.T)
    error = hidden @ alpha - slope(X)[0].sum(axis=1)
    scaled = error[:, None] / len(X)
    return alpha[:, None] * ((scaled * rise).T @ X), (scaled * hidden).sum(axis=0)


def descend(
    W: np.ndarray,
    alpha: np.ndarray,
    mean: Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray, np.ndarray]],
    step: float,
    steps: int,
    tol: float,
    every: int,
    *,
    second_layer: bool,
    draw: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]] | None = None,
) -> Descent:
    """Descend on the mean loss, or on one that is drawn anew for every step.

    Parameters
    ----------
    W : numpy.ndarray, shape (k, d)
        The start.
    alpha : numpy.ndarray, shape (k,)
        The second layer at the start.
    mean : callable
        ``(W, alpha)`` -> the mean loss and its gradients.
    step : float
        The step size.
    steps : int
        The largest number of steps.
    tol : float
        Length of the gradient at which descent on the mean loss ends.
    every : int
        Steps between two recorded losses.
    second_layer : bool
        Whether alpha is trained.
    draw : callable, optional
        ``(W, alpha)`` -> the gradients to follow; those of the mean loss if left out.

    Returns
    -------
    Descent
        New arrays; of drawn gradients the length is that of the mean gradient at the end.

    Examples
    --------
    >>> bowl = lambda W, alpha: (float((W**2).sum()) / 2, W, 0 * alpha)
    >>> descend(np.ones((1, 1)), np.ones(1), bowl, 0.5, 2, 0.0, 1, second_layer=False).loss
    array([0.5    , 0.125  , 0.03125])
    """
    W, alpha, done = np.array(W), np.array(alpha), 0
    records: list[float] = []
    while True:
        measured = draw is None or done % every == 0 or done == steps
        if measured:
            with np.errstate(
                over="ignore", invalid="ignore"
            ):  # what leaves the floats ends the run
                loss, inner, outer = mean(W, alpha)
                square = (inner**2).sum() + ((outer**2).sum() if second_layer else 0.0)
            norm, first = float(np.sqrt(square)), records[0] if records else loss
            last = done == steps or not norm < np.inf or (draw is None and norm <= tol)
            last = last or not loss <= _GROWTH * (first + 1.0)
            if done % every == 0 or last:
                records.append(loss)
            if last:
                return Descent(W, alpha, np.array(records), done, norm)
        if draw is not None:
            inner, outer = draw(W, alpha)
        W -= step * inner
        if second_layer:
            alpha -= step * outer
        done += 1
