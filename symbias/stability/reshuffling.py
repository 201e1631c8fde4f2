"""Mean-square stability of SGD that visits every sample once per epoch, in random or in fixed order."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.solvers.epoch import reshuffling
from symbias.stability.first_crossing import first_crossing
from symbias.stability.minibatch import minibatch

_STRIDE = 1 / 64
"""Distance of the scan for the first crossing, in units of the threshold of gradient descent."""

_ROUNDING = 1e-13
"""A spectral radius up to here above one counts as one: directions of small curvature hardly contract."""

ORDERS = ("random", "cyclic")


@checked
def reshuffling_threshold(hessians_or_X: Any, batch: int, *, order: str = "random") -> float:
    """Return the largest step at which SGD without replacement over an epoch is stable in mean square.

    The operator that maps the second moment over one epoch is averaged exactly over all orders, and the first step at
    which its spectral radius exceeds one is found by a scan and root finding.

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        As for `sgd_threshold`.
    batch : int
        Samples per step, a divisor of n.
    order : str
        ``"random"``: a new random order in every epoch; ``"cyclic"``: the order of the data in every epoch.

    Returns
    -------
    float
        The end of the first interval of stable steps. Unstable windows narrower than 1/64 of the threshold of gradient
        descent are not seen.

    Raises
    ------
    InputError
        If the data or the batch are unusable, the batch does not divide n, or there are too many orders (n beyond
        about 14 for a few coordinates; a fixed order has no such limit).
    DomainError
        If every curvature is zero.
    ConvergenceError
        If no instability is found.

    Notes
    -----
    Derived here.

    Examples
    --------
    >>> round(reshuffling_threshold([[1.0], [3.0**0.5]], batch=1), 12)
    1.333333333333
    """
    data = minibatch(hessians_or_X, batch)
    n = data.samples.count
    if order not in ORDERS:
        raise InputError(
            f"The order {order!r} is unknown.", remedy=f"Use one of {', '.join(ORDERS)}."
        )
    if n % data.batch:
        raise InputError(
            f"Batches of {data.batch} do not divide an epoch of n = {n} samples.",
            remedy="Take a divisor of n, or leave samples out.",
        )
    basis = data.samples.diagonalised()
    hessians = basis.samples.matrices()
    if order == "cyclic":
        means = hessians.reshape(n // data.batch, data.batch, *hessians.shape[1:]).mean(axis=1)
        radius = _cyclic(means)
    else:
        radius = reshuffling(hessians, data.batch).radius
    top = 2 / float(basis.curvatures[-1])
    found = first_crossing(
        lambda step: radius(step) - 1, 0.0, _STRIDE * top, accuracy=1e-15, slack=_ROUNDING
    )
    return found / data.unit


def _cyclic(hessians: np.ndarray) -> Any:
    one = np.eye(hessians.shape[1])

    def radius(step: float) -> float:
        product = one
        for H in hessians:
            product = product - step * (H @ product)
        return float(np.abs(np.linalg.eigvals(product)).max() ** 2)

    return radius
