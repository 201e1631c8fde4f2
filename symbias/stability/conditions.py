"""Conditions for the mean-square stability of mini-batch SGD side by side: sufficient, exact, necessary.

With the pencil (D, C) of `symbias.solvers.mean_square_operator` the exact threshold is 2 over the largest value of
<S, D S> / <S, C S>; every choice of S gives a necessary condition.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import scipy.optimize

from symbias.contracts import checked
from symbias.solvers.lanczos import largest_eigenpair
from symbias.solvers.mean_square_operator import MeanSquareOperator
from symbias.stability.minibatch import minibatch


@dataclass(frozen=True, repr=False)
class SgdConditions:
    """The largest step that each condition allows.

    Parameters
    ----------
    sufficient : float
        No start grows in one step: E|theta'|**2 <= |theta|**2, that is E[(1 - eta H_b)**2] <= 1.
    exact : float
        The threshold.
    rank_one : float
        Necessary: S = v v' for the best v that was found, at least as sharp as `top_eigenvector`.
    top_eigenvector : float
        Necessary: S = v v' with the top eigenvector of H.
    trace : float
        Necessary: S the projection on the range of H.
    nonuniformity : float
        Necessary: eta**2 p s**2 <= 1, s**2 the spectral radius of S -> (1/n) sum (H_i - H) S (H_i - H). Infinite
        without noise.
    gradient_descent : float
        Necessary: 2 / largest eigenvalue of H.

    Examples
    --------
    >>> sgd_conditions([[1, 0], [1, 1], [0, 2], [2, -1]], batch=1)
    SgdConditions (largest step)
      sufficient        0.451613
      exact             0.492181
      rank_one          0.51643
      ...
    """

    sufficient: float
    exact: float
    rank_one: float
    top_eigenvector: float
    trace: float
    nonuniformity: float
    gradient_descent: float

    def __repr__(self) -> str:
        rows = [f"  {field.name:<17} {getattr(self, field.name):.6g}" for field in fields(self)]
        return "\n".join(["SgdConditions (largest step)", *rows])


@checked
def sgd_conditions(hessians_or_X: Any, batch: int, replacement: bool = False) -> SgdConditions:
    """Return the exact threshold of mini-batch SGD between sufficient and necessary conditions.

    Parameters
    ----------
    hessians_or_X : array_like, shape (n, d) or (n, d, d)
        As for `sgd_threshold`.
    batch : int
        Samples per step, 1 to n.
    replacement : bool
        Whether a batch is drawn with replacement.

    Returns
    -------
    SgdConditions
        The largest step each of them allows: sufficient <= exact <= every other.

    Raises
    ------
    InputError
        If the data or the batch are unusable.
    DomainError
        If every curvature is zero.
    ConvergenceError
        If an eigenvalue does not converge.

    Notes
    -----
    Derived here. `top_eigenvector`, `trace` and `rank_one` are the conditions (15), (16) and (24) of Mulayoff and
    Michaeli (2024). Replacing s**2 in `nonuniformity` by the largest eigenvalue of (1/n) sum H_i**2 - H**2 would give
    a condition that is necessary for one parameter only.

    Examples
    --------
    >>> found = sgd_conditions([[1.0], [3.0**0.5]], batch=1)
    >>> found.exact, found.nonuniformity, found.gradient_descent
    (0.8, 1.0, 1.0)
    """
    data = minibatch(hessians_or_X, batch, replacement)
    operator = data.operator()
    h, r = operator.basis.curvatures, operator.dimension
    value, S, *_ = operator.leading()
    square = operator.noise(np.eye(r))  # E[H_b**2]
    growth = float(np.linalg.eigvalsh(square / np.sqrt(np.outer(h, h)))[-1])
    top, widest = np.eye(r)[-1], np.linalg.eigh(S)[1][:, -1]
    rank_one = max(_climbed(operator, v) for v in (top, widest))
    limits = {
        "sufficient": 2 / growth,
        "exact": 2 / value,
        "rank_one": 2 / rank_one,
        "top_eigenvector": 2 / -_descent(top, operator)[0],
        "trace": 2 * float(h.sum()) / float(np.trace(square)),
        "nonuniformity": _nonuniformity(operator),
        "gradient_descent": 2 / float(h[-1]),
    }
    return SgdConditions(**{name: step / data.unit for name, step in limits.items()})


def _descent(v: np.ndarray, operator: MeanSquareOperator) -> tuple[float, np.ndarray]:
    """Minus the quotient <S, D S> / <S, C S> of S = v v', and its gradient in v."""
    image, bent = operator.noise(np.outer(v, v)) @ v, operator.basis.curvatures * v
    size, curvature = float(v @ v), float(v @ bent)
    quotient = float(v @ image) / (size * curvature)
    slope = 4 * image / (size * curvature) - quotient * (2 * v / size + 2 * bent / curvature)
    return -quotient, -slope


def _climbed(operator: MeanSquareOperator, v: np.ndarray) -> float:
    """Return a local maximum of the quotient; every value on the way is a valid bound."""
    found = scipy.optimize.minimize(_descent, v, args=(operator,), jac=True, method="L-BFGS-B")
    return max(-float(found.fun), -_descent(v, operator)[0])


def _nonuniformity(operator: MeanSquareOperator) -> float:
    samples, h = operator.basis.samples, operator.basis.curvatures
    full = np.outer(h, h)

    def spread(S: np.ndarray) -> np.ndarray:
        return np.asarray(samples.average_conjugation(S) - full * S)

    start = np.eye(operator.dimension)
    # Without noise only rounding errors are left of the difference.
    silent = np.trace(spread(start)) <= 1e-14 * samples.count * np.trace(full)
    if operator.fraction == 0 or silent:
        return float("inf")
    return float(1 / np.sqrt(operator.fraction * largest_eigenpair(spread, start).value))
