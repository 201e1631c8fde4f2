"""The least largest eigenvalue of K(theta) = K_0 + sum_k (exp(theta_k) A_k + exp(-theta_k) B_k), A_k and B_k >= 0.

For any vector q the form q'K(theta)q is convex in theta, so the largest eigenvalue is, and its minimum is also

    max over R >= 0, tr R = 1, of  <R, K_0> + 2 sum_k sqrt(<R, A_k> <R, B_k>),

because the minimum over theta of <R, K(theta)> is attained where both terms are equal. Every R gives a lower bound, and
every theta an upper one: what is returned is enclosed, up to rounding. The eigenvalue is smoothed to a soft maximum,
whose gradient comes from such an R, and the smoothing is reduced until both ends meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

_SMOOTHING = 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7
"""Relative to the eigenvalue."""

_ITERATIONS = 300
"""For each of them."""

_EPS = float(np.finfo(float).eps)

_NEGLIGIBLE = -float(np.log(_EPS))
"""So many smoothings below the largest, an eigenvalue adds nothing to the soft maximum."""


@dataclass
class Bracket:
    """The best theta so far, its largest eigenvalue, and the largest lower bound.

    Examples
    --------
    >>> found = Bracket(np.zeros(1))
    >>> found.is_within(1e-6)
    False
    """

    theta: np.ndarray
    value: float = field(default=np.inf)
    lower: float = field(default=0.0)

    def is_within(self, tolerance: float) -> bool:
        """Tell whether both ends agree.

        Parameters
        ----------
        tolerance : float
            Relative.

        Returns
        -------
        bool
            Whether they do.
        """
        return self.value - self.lower <= tolerance * self.value < np.inf


class _Family:
    """K(theta) of neurons: A_k = h_k h_k', B_k = (m_k m_k') * G entry by entry, K_0 = 1 1' / n."""

    def __init__(self, hidden: np.ndarray, slopes: np.ndarray, G: np.ndarray) -> None:
        self.hidden, self.slopes, self.G = hidden, slopes, G
        self.last: np.ndarray | None = None

    def spectrum(self, theta: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the eigenvalues down to the largest less `reach`, perhaps some more, and their vectors."""
        from scipy.linalg import eigh

        factors = np.exp(theta / 2)
        hidden, slopes = self.hidden * factors, self.slopes / factors
        K = hidden @ hidden.T + (slopes @ slopes.T) * self.G + 1 / len(self.G)
        # No quotient exceeds the largest eigenvalue, and that of its last vector is close to it.
        least = -np.inf if self.last is None else float(self.last @ K @ self.last) - reach
        values, vectors = eigh(K, subset_by_value=(least, np.inf), check_finite=False)
        self.last = vectors[:, -1]
        return values, vectors

    def forms(self, roots: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return <R, K_0>, <R, A_k> and <R, B_k> for R = roots roots'."""
        first = float((roots.sum(axis=0) ** 2).sum()) / len(self.G)
        A = ((roots.T @ self.hidden) ** 2).sum(axis=0)
        B = np.einsum("ik,ik->k", self.slopes, ((roots @ roots.T) * self.G) @ self.slopes)
        return first, A, np.maximum(B, 0.0)


def least_eigenvalue(
    hidden: np.ndarray, slopes: np.ndarray, G: np.ndarray, tolerance: float
) -> Bracket:
    """Return the minimum over theta, enclosed.

    Parameters
    ----------
    hidden : numpy.ndarray, shape (n, k)
        A_k = h_k h_k' of its columns.
    slopes : numpy.ndarray, shape (n, k)
        B_k = (m_k m_k') * G of its columns, entry by entry.
    G : numpy.ndarray, shape (n, n)
        Positive semidefinite; K_0 = 1 1' / n.
    tolerance : float
        Relative distance of the two ends at which the search stops; it stops without when its budget is spent.

    Returns
    -------
    Bracket
        With the theta that attains the upper end.

    Examples
    --------
    >>> found = least_eigenvalue(np.array([[2.0]]), np.array([[1.0]]), np.array([[4.0]]), 1e-9)
    >>> round(found.value, 6), round(float(np.exp(found.theta[0])), 4)
    (9.0, 1.0)
    """
    from scipy.optimize import minimize

    family = _Family(hidden, slopes, G)
    best = Bracket(np.zeros(hidden.shape[1]))
    scale = float(family.spectrum(best.theta, 0.0)[0][-1])
    for share in _SMOOTHING:

        def smoothed(theta: np.ndarray, share: float = share) -> tuple[float, np.ndarray]:
            return _soft_maximum(family, theta, share * scale, best)

        def stop(intermediate_result: Any) -> None:  # noqa: ARG001 - SciPy wants this name
            if best.is_within(tolerance):
                raise StopIteration

        options = {"maxiter": _ITERATIONS, "gtol": 1e-12 * scale, "ftol": 1e-16}
        arguments = {"jac": True, "method": "L-BFGS-B", "callback": stop, "options": options}
        minimize(smoothed, best.theta, **arguments)
        if best.is_within(tolerance):
            break
    return best


def _soft_maximum(
    family: _Family, theta: np.ndarray, smoothing: float, best: Bracket
) -> tuple[float, np.ndarray]:
    """Return the soft maximum of the eigenvalues and its gradient; improve the bracket on the way."""
    values, vectors = family.spectrum(theta, _NEGLIGIBLE * smoothing)
    weights = np.exp((values - values[-1]) / smoothing)
    total = float(weights.sum())
    kept = weights > _EPS * total
    first, A, B = family.forms(vectors[:, kept] * np.sqrt(weights[kept] / weights[kept].sum()))
    best.lower = max(best.lower, first + 2 * float(np.sqrt(A * B).sum()))
    if values[-1] < best.value:
        best.value, best.theta = float(values[-1]), theta.copy()
    slope = A * np.exp(theta) - B * np.exp(-theta)
    return float(values[-1]) + smoothing * float(np.log(total)), slope
