"""Covariances of the responses of several modes to the same noise, in floating point.

As in `symbias.stability.noise_gain`, for two different polynomials: W(z) / (p_i(z) p_j(1/z)) is split into
U(z)/p_i(z) + V(1/z)/p_j(1/z), and its mean over the circle is the value of the first part at infinity when the second
one vanishes at zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp

from symbias.errors import DomainError
from symbias.stability.noise_gain import filters
from symbias.stability.noisy_mode import NoisyMode, Z

_CHUNK = 2_000_000
"""Numbers in the systems that are solved at once."""


@dataclass(frozen=True, eq=False)
class ResponseFilters:
    """The filters of a mode as coefficients, lowest power first.

    Parameters
    ----------
    free, driven : numpy.ndarray, shape (n + 1,)
        p = free + x * driven.
    own, mixed : numpy.ndarray, shape (2 n + 1,)
        Laurent coefficients, powers -n to n, of |B|**2 and of |g B|**2.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.noisy_mode import noisy_mode
    >>> filters = response_filters(noisy_mode(sb.UpdateRule.gradient_descent(), {}))
    >>> own, mixed = filters.covariances(np.array([0.5, 1.0]))
    >>> own
    array([[1.33333333, 1.        ],
           [1.        , 1.        ]])
    """

    free: np.ndarray
    driven: np.ndarray
    own: np.ndarray
    mixed: np.ndarray

    def covariances(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the covariances of the responses y and of their means over the delay to unit white noise.

        Parameters
        ----------
        x : numpy.ndarray, shape (r,)
            Values at which the mean is stable.

        Returns
        -------
        numpy.ndarray, numpy.ndarray, each of shape (r, r)
            Means over the circle of B/p_i conj(B/p_j), and of the same times abs(g)**2.
        """
        p = self.free + np.asarray(x)[:, None] * self.driven
        rows, columns = np.triu_indices(len(p))
        size = len(self.own)
        right = np.stack([self.own, self.mixed], axis=1)
        found = np.empty((len(rows), 2))
        block = max(1, _CHUNK // size**2)
        for start in range(0, len(rows), block):
            part = slice(start, start + block)
            systems = _systems(p[rows[part]], p[columns[part]])
            stacked = np.broadcast_to(right, (len(systems), *right.shape))
            found[part] = np.linalg.solve(systems, stacked)[:, p.shape[1] - 1]
        found /= p[0, -1]
        whole = np.empty((2, len(p), len(p)))
        whole[:, rows, columns] = whole[:, columns, rows] = found.T
        return whole[0], whole[1]


def _systems(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Matrices of U(z) q(1/z) + V(1/z) p(z): columns U_0..U_n, V_0..V_(n-1), rows the powers -n..n."""
    count, length = p.shape
    n = length - 1
    systems = np.zeros((count, 2 * n + 1, 2 * n + 1))
    for a in range(n + 1):
        systems[:, a : a + n + 1, a] = q[:, ::-1]
    for b in range(n):
        systems[:, n - b : 2 * n - b + 1, n + 1 + b] = p
    return systems


def response_filters(mode: NoisyMode) -> ResponseFilters:
    """Return the filters of a mode in floating point.

    Parameters
    ----------
    mode : NoisyMode
        With polynomials and numbers.

    Returns
    -------
    ResponseFilters
        The coefficients.

    Raises
    ------
    DomainError
        If a symbol is left, or the delay law has no rational generating function.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.noisy_mode import noisy_mode
    >>> response_filters(noisy_mode(sb.UpdateRule.heavy_ball(0.5), {})).free
    array([ 0.5, -1.5,  1. ])
    """
    symbols = (mode.free.free_symbols | mode.driven.free_symbols | mode.injected.free_symbols) - {Z}
    if symbols or not mode.is_rational:
        names = ", ".join(sorted(map(str, symbols)))
        raise DomainError(
            f"The rule leaves {names} symbolic." if symbols else "The delay law is not rational.",
            remedy="Pass numbers by name."
            if symbols
            else "Give finitely many delays with their probabilities.",
        )
    free, driven, seen, injected = filters(mode)
    n = int(sp.degree(free, Z))
    own, mixed = (_laurent(sp.expand(part * part.subs(Z, 1 / Z)), n) for part in (injected, seen))
    return ResponseFilters(_coefficients(free, n), _coefficients(driven, n), own, mixed)


def _coefficients(part: sp.Expr, n: int) -> np.ndarray:
    poly = sp.Poly(part, Z)
    return np.array([float(poly.coeff_monomial(Z**k)) for k in range(n + 1)])


def _laurent(part: sp.Expr, n: int) -> np.ndarray:
    return _coefficients(sp.expand(part * Z**n), 2 * n)
