"""A network with one hidden layer of ReLUs, and the questions that are asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.contracts import checked
from symbias.errors import DomainError, InputError
from symbias.models.floats import as_floats
from symbias.models.regression import check_data, check_regression
from symbias.models.shallow_questions import ShallowQuestions
from symbias.registry import ask

_BLOCK = 2**20
"""Activations held at once in a prediction."""

_LARGEST = 1e75
"""Largest absolute parameter: products of four parameters or data are still floats."""


@dataclass(frozen=True, repr=False, eq=False)
class ShallowReLU(ShallowQuestions):
    """The function f(x) = v . relu(W x + b) + c, immutable.

    All of W, b, v and c count as parameters; the loss is 1/(2n) sum_i (f(x_i) - y_i)**2 throughout.

    Parameters
    ----------
    W : array_like, shape (k, d)
        Input weights, a row per neuron.
    b : array_like, shape (k,)
        Biases.
    v : array_like, shape (k,)
        Output weights.
    c : float
        Output bias.

    Attributes
    ----------
    neurons, features : int
        k and d.

    Raises
    ------
    InputError
        If a shape is wrong, or an entry no real number below 1e75.

    Examples
    --------
    >>> net = ShallowReLU(W=[[1.0, 0.0], [0.0, -1.0]], b=[0.0, 1.0], v=[2.0, 1.0], c=0.5)
    >>> net
    ShallowReLU(2 neurons on R^2)
    >>> net.predict([[1.0, 0.0], [-1.0, 3.0]])
    array([3.5, 0.5])
    """

    W: Any
    b: Any
    v: Any
    c: Any

    def __post_init__(self) -> None:
        shapes = {"W": 2, "b": 1, "v": 1, "c": 0}
        found = {name: _parameter(getattr(self, name), name, axes) for name, axes in shapes.items()}
        k = len(found["W"])
        if not found["W"].size or not len(found["b"]) == len(found["v"]) == k:
            given = ", ".join(f"{name} {found[name].shape}" for name in ("W", "b", "v"))
            raise InputError(
                f"The shapes of the parameters are {given}.",
                "W is transposed, or a neuron was left out of one of them.",
                "Give W (k, d), b (k,) and v (k,), with k and d at least one.",
            )
        for name, value in found.items():
            object.__setattr__(self, name, value if value.ndim else float(value))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the parameters, so that copies are immutable too."""
        return type(self), (self.W, self.b, self.v, self.c)

    def __repr__(self) -> str:
        k, d = self.W.shape
        return f"ShallowReLU({k} neuron{'s' * (k != 1)} on R^{d})"

    @property
    def neurons(self) -> int:
        """The number of hidden neurons, k."""
        return int(self.W.shape[0])

    @property
    def features(self) -> int:
        """The dimension of the input, d."""
        return int(self.W.shape[1])

    @classmethod
    @checked
    def initial(
        cls,
        d: int,
        k: int,
        *,
        scale: float = 1.0,
        rng: int | np.random.Generator | None = None,
    ) -> ShallowReLU:
        """Return a random network to train.

        Parameters
        ----------
        d, k : int
            Features and neurons.
        scale : float
            W is Gaussian with variance scale**2 / d, v with scale**2 / k; b is uniform up to scale / sqrt(d), c zero.
        rng : int or numpy.random.Generator, optional
            Source of the draws; the seed 0 if left out.

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
        >>> ShallowReLU.initial(3, 5, rng=0)
        ShallowReLU(5 neurons on R^3)
        """
        return ask("simulate.shallow_relu:initial", cls, d, k, scale, rng)

    def predict(self, X: Any) -> np.ndarray:
        """Return the values of the function.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per point.

        Returns
        -------
        numpy.ndarray, shape (n,)
            f(x_i).

        Raises
        ------
        InputError
            If X has another shape, or holds what is no finite real number.

        Examples
        --------
        >>> ShallowReLU([[1.0]], [-1.0], [3.0], 0.0).predict([[0.0], [2.0]])
        array([0., 3.])
        """
        data = self.data(X)
        rows = max(1, _BLOCK // self.neurons)
        found = np.empty(len(data))
        for first in range(0, len(data), rows):
            part = data[first : first + rows] @ self.W.T
            part += self.b
            np.maximum(part, 0.0, out=part)
            found[first : first + rows] = part @ self.v + self.c
        return found

    def data(self, X: Any) -> np.ndarray:
        """Return data for this network as a float array, or say what is wrong with them.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per point.

        Returns
        -------
        numpy.ndarray, shape (n, d)
            The same numbers.

        Raises
        ------
        InputError
            If X has another shape, or holds what is no finite real number below 1e75.

        Examples
        --------
        >>> ShallowReLU([[1.0]], [0.0], [1.0], 0.0).data([[1], [2]]).dtype
        dtype('float64')
        """
        data = check_data(X)
        if data.shape[1] != self.features:
            raise InputError(
                f"X has {data.shape[1]} columns, the network {self.features} features.",
                remedy=f"Give X of shape (n, {self.features}), one row per sample.",
            )
        _refuse_large(data, "X")
        return data

    def problem(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return data and targets for this network as float arrays, or say what is wrong with them.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,)
            The targets.

        Returns
        -------
        tuple of numpy.ndarray
            The same numbers.

        Raises
        ------
        InputError
            If a shape is wrong, or an entry no finite real number below 1e75.

        Examples
        --------
        >>> ShallowReLU([[1.0]], [0.0], [1.0], 0.0).problem([[1], [2]], [3, 4])[1]
        array([3., 4.])
        """
        data, targets = check_regression(self.data(X), y)
        _refuse_large(targets, "y")
        return data, targets

    @checked
    def rescaled(self, scales: Iterable[float]) -> ShallowReLU:
        """Return the same function with rescaled neurons: (s w, s b, v / s).

        Parameters
        ----------
        scales : array_like, shape (k,)
            Positive factors.

        Returns
        -------
        ShallowReLU
            The network.

        Raises
        ------
        InputError
            If a factor is not positive, or their number is wrong.

        Examples
        --------
        >>> net = ShallowReLU([[2.0]], [1.0], [3.0], 0.0).rescaled([0.5])
        >>> net.W, net.v
        (array([[1.]]), array([6.]))
        """
        factors = _parameter(scales, "scales", 1)
        if len(factors) != self.neurons or not (factors > 0).all():
            raise InputError(
                f"The factors have shape {factors.shape}, the least is {factors.min(initial=1.0):g}.",
                remedy=f"Give {self.neurons} positive numbers.",
            )
        return ShallowReLU(factors[:, None] * self.W, factors * self.b, self.v / factors, self.c)

    @checked
    def train(
        self,
        X: Any,
        y: Any,
        step: float,
        steps: int,
        batch: int | None = None,
        rng: int | np.random.Generator | None = None,
        *,
        every: int | None = None,
        tolerance: float = 0.0,
    ) -> Any:
        """Train with gradient descent or SGD at a constant step.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,)
            The targets.
        step : float
            The step size.
        steps : int
            The most steps to take.
        batch : int, optional
            Samples per step, drawn anew without replacement; all if left out.
        rng : int or numpy.random.Generator, optional
            Source of the batches; needed if and only if `batch` is given.
        every : int, optional
            Steps between two records of the loss on all samples; so many that there are about a thousand if left out.
        tolerance : float
            Training ends where a recorded loss (with full batches, any loss) is no larger.

        Returns
        -------
        Run
            `.final` is a ShallowReLU, `.loss` the records, the last one at the end. `.converged` says whether the
            tolerance was reached. A run that diverges ends, with what it last had.

        Raises
        ------
        InputError
            If data or options make no sense.
        ConvergenceError
            If a step led beyond what floats can hold.

        Examples
        --------
        >>> X, y = [[0.0], [1.0]], [0.0, 1.0]
        >>> run = ShallowReLU([[1.0]], [0.5], [0.5], 0.0).train(X, y, 0.3, 500, tolerance=1e-20)
        >>> run.converged, run.final.predict(X).round(6)
        (True, array([0., 1.]))
        """
        options = {"batch": batch, "rng": rng, "every": every, "tolerance": tolerance}
        return ask("simulate.shallow_relu:train", self, X, y, step, steps, **options)


def _refuse_large(values: np.ndarray, name: str) -> None:
    if np.abs(values).max() > _LARGEST:
        raise DomainError(
            f"{name} holds numbers beyond {_LARGEST:g}: products would overflow.",
            remedy="Scale the data.",
        )


def _parameter(value: Any, name: str, axes: int) -> np.ndarray:
    """Return a parameter as a read-only float array."""
    try:
        array = as_floats(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} is not an array of real numbers.",
            "rows of different lengths, complex numbers or text.",
            "Give a rectangular array of floats.",
        ) from error
    if array.ndim != axes:
        raise InputError(
            f"{name} has shape {array.shape}.", remedy=f"Give an array of {axes} axes."
        )
    if not (np.abs(array) <= _LARGEST).all():  # NaN is neither
        raise InputError(
            f"{name} holds NaN, infinity or numbers beyond {_LARGEST:g}.",
            "a training that diverged.",
            "Give finite numbers.",
        )
    array.flags.writeable = False
    return array
