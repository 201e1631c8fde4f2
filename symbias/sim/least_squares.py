"""The problem that the simulators solve: L(theta) = 1/2 |X F(theta) - y|**2, through compiled callables.

Arrays have one layout for all maps: `theta` is (p, m), p parameters in m copies, and w is (q, m), q outputs in
m copies. A coordinatewise map has q = 1 and m = d; any other map has m = 1 and q = d. The Jacobian is then
(q, p, m), block diagonal in the copies, and is never stored as a dense matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Evaluator = Callable[..., np.ndarray]

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Point:
    """The problem at one theta: outputs, Jacobian, and the residual X w - y.

    Parameters
    ----------
    theta : numpy.ndarray, shape (p, m)
        The parameters.
    w : numpy.ndarray, shape (q, m)
        F(theta).
    slopes : numpy.ndarray, shape (q, p, m)
        dF/dtheta.
    residual : numpy.ndarray, shape (n,)
        X w - y.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> Point(one, one, one[None], np.zeros(1)).loss
    0.0
    """

    theta: np.ndarray
    w: np.ndarray
    slopes: np.ndarray
    residual: np.ndarray

    @property
    def loss(self) -> float:
        """Half the sum of squared residuals."""
        return 0.5 * float(self.residual @ self.residual)

    @property
    def worst(self) -> float:
        """The largest absolute residual."""
        return float(np.abs(self.residual).max())


@dataclass(frozen=True)
class LeastSquares:
    """Least squares through a parametrization.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        The data matrix.
    y : numpy.ndarray, shape (n,)
        The targets.
    outputs : int
        q: number of outputs of the map.
    parameters : int
        p: number of parameters of the map.
    first_order : callable
        ``first_order(*theta)``: F and its Jacobian, stacked to (q + q*p, m).
    second_order : callable
        ``second_order(*theta)``: second derivatives, stacked to (q*p*p, m).

    Examples
    --------
    >>> square = lambda u: np.array([u**2, 2 * u])
    >>> problem = LeastSquares(np.eye(2), np.zeros(2), 1, 1, square, lambda u: np.array([2 + 0 * u]))
    >>> problem.velocity(np.array([[1.0, 2.0]]))
    array([[ -2., -16.]])
    """

    X: np.ndarray
    y: np.ndarray
    outputs: int
    parameters: int
    first_order: Evaluator
    second_order: Evaluator

    @property
    def copies(self) -> int:
        """The number m of copies of the map."""
        return self.X.shape[1] // self.outputs

    @cached_property
    def gram(self) -> np.ndarray:
        """The matrix X^T X."""
        return self.X.T @ self.X

    def at(self, theta: np.ndarray) -> Point:
        """Evaluate the problem.

        Parameters
        ----------
        theta : numpy.ndarray, shape (p, m)
            The parameters.

        Returns
        -------
        Point
            Outputs, Jacobian and residual there.

        Examples
        --------
        >>> square = lambda u: np.array([u**2, 2 * u])
        >>> problem = LeastSquares(np.eye(1), np.zeros(1), 1, 1, square, square)
        >>> problem.at(np.array([[3.0]])).loss
        40.5
        """
        q, p = self.outputs, self.parameters
        stacked = self.first_order(*theta)
        w, slopes = stacked[:q], stacked[q:].reshape(q, p, -1)
        return Point(theta, w, slopes, self.X @ w.ravel() - self.y)

    def velocity(self, theta: np.ndarray) -> np.ndarray:
        """Return -grad L, the velocity of the gradient flow.

        Parameters
        ----------
        theta : numpy.ndarray, shape (p, m)
            The parameters.

        Returns
        -------
        numpy.ndarray, shape (p, m)
            -J^T X^T (X F(theta) - y).

        Examples
        --------
        >>> square = lambda u: np.array([u**2, 2 * u])
        >>> LeastSquares(np.eye(1), np.ones(1), 1, 1, square, square).velocity(np.array([[1.0]]))
        array([[0.]])
        """
        q, p = self.outputs, self.parameters
        stacked = self.first_order(*theta)
        force = (self.y - self.X.dot(stacked[:q].ravel())).dot(self.X)
        if q == 1:
            return stacked[1:] * force
        slopes = stacked[q:].reshape(q, p, -1)
        return np.einsum("qpm,qm->pm", slopes, force.reshape(q, self.copies))

    def curvature(self, theta: np.ndarray) -> np.ndarray:
        """Return the Hessian of L: the Gauss-Newton part plus the residual-weighted second derivatives.

        Parameters
        ----------
        theta : numpy.ndarray, shape (p, m)
            The parameters.

        Returns
        -------
        numpy.ndarray, shape (p*m, p*m)
            In the order of ``theta.ravel()``.

        Examples
        --------
        >>> first, second = lambda u: np.array([u**2, 2 * u]), lambda u: np.array([2 + 0 * u])
        >>> LeastSquares(np.eye(1), np.ones(1), 1, 1, first, second).curvature(np.array([[2.0]]))
        array([[22.]])
        """
        q, p, m = self.outputs, self.parameters, self.copies
        point = self.at(theta)
        weights = (self.X.T @ point.residual).reshape(q, m)
        bends = self.second_order(*theta).reshape(q, p, p, m)
        if q == 1:
            # Elementwise: no matrix product, whose threads would wait for each other at this size.
            slopes = point.slopes[0]
            blocks = slopes[:, :, None, None] * self.gram[None, :, None, :] * slopes
        else:
            design = self.design(point)
            blocks = (design.T @ design).reshape(p, m, p, m)
        copies = np.arange(m)
        # Advanced indices apart from each other put the copies in front.
        blocks[:, copies, :, copies] += np.einsum("qm,qabm->mab", weights, bends)
        return blocks.reshape(p * m, p * m)

    def design(self, point: Point) -> np.ndarray:
        """Return X J, the data matrix of the linearised model.

        Parameters
        ----------
        point : Point
            Where to linearise.

        Returns
        -------
        numpy.ndarray, shape (n, p*m)
            In the order of ``theta.ravel()``.

        Examples
        --------
        >>> square = lambda u: np.array([u**2, 2 * u])
        >>> problem = LeastSquares(np.eye(1), np.ones(1), 1, 1, square, square)
        >>> problem.design(problem.at(np.array([[3.0]])))
        array([[6.]])
        """
        data = self.X.reshape(len(self.X), self.outputs, self.copies)
        return np.einsum("nqm,qpm->npm", data, point.slopes).reshape(len(self.X), -1)

    def rounding(self, point: Point) -> float:
        """Return how far the rounding of theta to doubles alone moves a residual.

        No run can be asked for less: w = u**2 - v**2 at u = v = 10 is known to about 1e-14 only.

        Parameters
        ----------
        point : Point
            Where.

        Returns
        -------
        float
            eps * max |X| (|J| |theta| + |w|), plus the rounding of the targets.

        Examples
        --------
        >>> square = lambda u: np.array([u**2, 2 * u])
        >>> problem = LeastSquares(np.eye(1), np.ones(1), 1, 1, square, square)
        >>> problem.rounding(problem.at(np.array([[10.0]]))) < 1e-13
        True
        """
        moved = np.abs(point.slopes * point.theta).sum(axis=1) + np.abs(point.w)
        reach = self._sizes @ moved.ravel() + np.abs(self.y)
        return float(_EPS * reach.max())

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.abs(self.X)
