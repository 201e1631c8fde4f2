"""The weight g(u, t) of a data set: how much a kink of the function on the hyperplane u.x = t costs in sharpness."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.models.floats import as_floats
from symbias.models.regression import check_data
from symbias.registry import ask
from symbias.solvers.half_spaces import Side, half_spaces

_UNIT = 1e-9
"""How far from one the length of a direction may be."""

_LARGEST = 1e75


class DataWeight:
    """The weight of a data set; calling it evaluates g for many hyperplanes at once.

    With X a random sample, P = P(u.X > t) and E the mean over the samples, the weight of the positive side is
    E[(u.X - t)_+] sqrt(P**2 + |E[X 1{u.X > t}]|**2); g is the lesser one of both sides.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        The samples.

    Examples
    --------
    >>> g = data_weight_function([[-1.0], [0.0], [1.0], [2.0]])
    >>> g
    DataWeight(4 samples in R^1)
    >>> g([[1.0], [1.0]], [0.5, 3.0])
    array([0.2795085, 0.       ])
    >>> g.oriented([1.0], [0.5, 3.0])
    array([0.45069391, 0.        ])
    """

    def __init__(self, X: np.ndarray) -> None:
        self.X = X

    def __repr__(self) -> str:
        n, d = self.X.shape
        return f"DataWeight({n} samples in R^{d})"

    def __call__(self, u: Any, t: Any) -> Any:
        """Return the weight of hyperplanes; the sign of (u, t) does not matter.

        Parameters
        ----------
        u : array_like, shape (k, d) or (d,)
            Unit vectors; a single one goes with every t.
        t : array_like, shape (k,) or ()
            Thresholds; a single one goes with every u.

        Returns
        -------
        numpy.ndarray, shape (k,), or float
            g(u, t) >= 0, zero where the hyperplane has no samples on one of its sides.

        Raises
        ------
        InputError
            If shapes do not fit, a vector is no unit vector, or a number is not finite.
        """
        above, below, single = self._sides(u, t)
        found = np.minimum(side_weight(above), side_weight(below))
        return float(found[0]) if single else found

    def oriented(self, u: Any, t: Any) -> Any:
        """Return the weight of the side u.x > t.

        Parameters
        ----------
        u, t : array_like
            As for g.

        Returns
        -------
        numpy.ndarray, shape (k,), or float
            At least g.

        Raises
        ------
        InputError
            As for g.
        """
        above, _, single = self._sides(u, t)
        found = side_weight(above)
        return float(found[0]) if single else found

    def plot(self, ax: Any = None) -> Any:
        """Draw g: over t for samples on the line, over the angle of u and t for samples in the plane.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if left out.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.

        Raises
        ------
        InputError
            If the samples have more than two coordinates.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> data_weight_function([[0.0], [1.0]]).plot(Figure().subplots()).get_xlabel()
        't'
        """
        return ask("present.shallow_relu:draw_weight", self, ax)

    def _sides(self, u: Any, t: Any) -> tuple[Side, Side, bool]:
        directions, thresholds = _numbers(u, "u"), _numbers(t, "t")
        if directions.ndim == 0 and self.X.shape[1] == 1:
            directions = directions.reshape(1)
        single = directions.ndim == 1 and thresholds.ndim == 0
        count = max(1 if directions.ndim < 2 else len(directions), thresholds.size)
        d = self.X.shape[1]
        if (
            directions.ndim not in {1, 2}
            or thresholds.ndim > 1
            or directions.shape[-1] != d
            or thresholds.size not in {1, count}
            or (directions.ndim == 2 and len(directions) not in {1, count})
        ):
            raise InputError(
                f"u has shape {directions.shape} and t {thresholds.shape}, for samples with {d} coordinates.",
                remedy=f"Give u (k, {d}) and t (k,), or one of them once for all.",
            )
        lengths = np.linalg.norm(directions, axis=-1, keepdims=True)
        if not (np.abs(lengths - 1) <= _UNIT).all():
            raise InputError(
                "A direction u is no unit vector.",
                "the weights of a neuron were given.",
                "Divide w by |w|, and take t = -b / |w|.",
            )
        rows = np.ascontiguousarray(np.broadcast_to(directions / lengths, (count, d)))
        offsets = np.ascontiguousarray(np.broadcast_to(-thresholds.ravel(), (count,)))
        return *half_spaces(self.X, rows, offsets), single


def data_weight_function(X: Any) -> DataWeight:
    """Return the weight g(u, t) of a data set.

    Parameters
    ----------
    X : array_like, shape (n, d)
        One row per sample.

    Returns
    -------
    DataWeight
        ``g(u, t)``, ``g.oriented(u, t)``, ``g.plot(ax)``.

    Raises
    ------
    InputError
        If X is no matrix of finite real numbers below 1e75.

    Notes
    -----
    The inequality u.x > t is strict: a sample on the hyperplane, within the rounding error of u.x - t, is on neither
    side. Minima at which gradient descent stays with a step obey sum_k |mass_k| g(u_k, t_k) <= 1/step - 1/2 (Nacson
    et al. 2023, in one dimension Mulayoff et al. 2021).

    Examples
    --------
    >>> g = data_weight_function([[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0]])
    >>> g([0.6, 0.8], 0.0) == g([-0.6, -0.8], 0.0)
    True
    """
    data = check_data(X)
    if np.abs(data).max() > _LARGEST:
        raise InputError(
            f"X holds numbers beyond {_LARGEST:g}: products would overflow.",
            remedy="Scale the data.",
        )
    data.flags.writeable = False
    return DataWeight(data)


def side_weight(side: Side) -> np.ndarray:
    """Return the weight of one side of each hyperplane.

    Parameters
    ----------
    side : Side
        Its moments.

    Returns
    -------
    numpy.ndarray, shape (k,)
        E|z| sqrt(P**2 + |E[x 1]|**2).

    Examples
    --------
    >>> side_weight(Side(np.array([0.3]), np.array([2.0]), np.array([[0.4]])))
    array([1.])
    """
    return side.reach * np.hypot(side.share, np.linalg.norm(side.mean, axis=1))


def _numbers(values: Any, name: str) -> np.ndarray:
    try:
        array = as_floats(values)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} is not an array of real numbers.", remedy="Give a rectangular array of floats."
        ) from error
    if not array.size or not (np.abs(array) <= _LARGEST).all():
        raise InputError(
            f"{name} is empty, or holds NaN, infinity or numbers beyond {_LARGEST:g}.",
            remedy="Give finite numbers.",
        )
    return array
