"""PopulationLoss: a two-layer network learns the identity, with the mean over Gaussian inputs carried out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from symbias.contracts import checked
from symbias.errors import DomainError, InputError
from symbias.models.activation import Activation
from symbias.models.dual_kernels import DualKernels
from symbias.models.floats import as_floats
from symbias.models.population_point import PopulationPoint
from symbias.registry import ask
from symbias.solvers.pair_geometry import pair_geometry
from symbias.solvers.relu_population import ReluPopulation

_LARGEST = 1e50
"""Sizes of neurons beyond which, or below whose inverse, squares of squares leave the range of floats."""


class PopulationLoss:
    """The loss L(W, alpha) = E(sum_i alpha_i s(w_i.x) - sum_j s(e_j.x))**2 / 2, x standard Gaussian, immutable.

    The teacher is the identity with weights 1; there are k = d + extra_neurons neurons w_i, the rows of W.

    Parameters
    ----------
    activation : Activation
        s, without parameters.
    extra_neurons : int
        How many more neurons there are than inputs; negative for fewer.
    second_layer : bool
        Whether alpha is trained too; otherwise it is 1.

    Raises
    ------
    InputError
        If the activation has parameters.

    Examples
    --------
    >>> import numpy as np
    >>> import symbias as sb
    >>> loss = PopulationLoss(sb.activations.relu)
    >>> loss.value(np.eye(3)), loss.value(2 * np.eye(3)) > 0.5
    (0.0, True)
    """

    activation: Activation
    extra_neurons: int
    second_layer: bool

    @checked
    def __init__(
        self, activation: Activation, extra_neurons: int = 0, second_layer: bool = False
    ) -> None:
        if activation.parameters:
            raise InputError(
                f"The activation has the parameter {activation.parameters[0]}.",
                remedy="Give it a number before its loss is asked for.",
            )
        fields = vars(self)
        fields["activation"], fields["extra_neurons"] = activation, extra_neurons
        fields["second_layer"] = second_layer

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a PopulationLoss is immutable; make a new one to change {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PopulationLoss) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash(self.__reduce__())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the definition."""
        return type(self), (self.activation, self.extra_neurons, self.second_layer)

    def __repr__(self) -> str:
        more = f", extra_neurons={self.extra_neurons}" if self.extra_neurons else ""
        more += ", second_layer=True" if self.second_layer else ""
        return f"PopulationLoss({self.activation}{more})"

    @cached_property
    def kernels(self) -> DualKernels:
        """The compiled dual of the activation."""
        return DualKernels(self.activation)

    @property
    def is_square_and_fixed(self) -> bool:
        """Whether there are as many neurons as inputs, and the second layer is not trained."""
        return self.extra_neurons == 0 and not self.second_layer

    def value(self, W: Any, alpha: Any = None) -> float:
        """Return the loss.

        Parameters
        ----------
        W : array_like, shape (k, d)
            The neurons, k = d + extra_neurons.
        alpha : array_like, shape (k,), optional
            The second layer, 1 if left out; only where it is trained.

        Returns
        -------
        float
            Accurate to rounding errors of its terms, of which there are about 2 d**2.

        Raises
        ------
        InputError
            If shapes are wrong, entries not finite, or `alpha` given where it is not trained.
        DomainError
            If a neuron is zero and the activation not smooth there.

        Examples
        --------
        >>> import symbias as sb
        >>> round(PopulationLoss(sb.activations.relu).value([[1.0, 0.0], [0.0, 2.0]]), 12)
        0.25
        """
        return self.at(W, alpha).value()

    def gradient(self, W: Any, alpha: Any = None) -> Any:
        """Return the gradient.

        Parameters
        ----------
        W, alpha : array_like
            As for `value`.

        Returns
        -------
        numpy.ndarray, shape (k, d), or a pair of it and a numpy.ndarray, shape (k,)
            In W; with a trained second layer in W and in alpha.

        Raises
        ------
        InputError, DomainError
            As for `value`.

        Examples
        --------
        >>> import symbias as sb
        >>> PopulationLoss(sb.activations.relu).gradient([[1.0, 0.0], [0.0, 2.0]]).round(6)
        array([[0.159155, 0.25    ],
               [0.      , 0.5     ]])
        """
        inner, outer = self.at(W, alpha).gradient()
        return (inner, outer) if self.second_layer else inner

    def hessian(self, W: Any, alpha: Any = None) -> np.ndarray:
        """Return the Hessian as a matrix.

        Parameters
        ----------
        W, alpha : array_like
            As for `value`.

        Returns
        -------
        numpy.ndarray, shape (k d, k d) or (k d + k, k d + k)
            Symmetric; the rows of W one after the other, then alpha where it is trained.

        Raises
        ------
        InputError, DomainError
            As for `value`.

        Examples
        --------
        >>> import numpy as np
        >>> import symbias as sb
        >>> H = PopulationLoss(sb.activations.relu).hessian(np.eye(4))
        >>> bool(abs(np.linalg.eigvalsh(H)[0] - (1 / 4 - 1 / (2 * np.pi))) < 1e-15)
        True
        """
        return self.at(W, alpha).hessian(second_layer=self.second_layer)

    def hessian_operator(self, W: Any, alpha: Any = None) -> LinearOperator:
        """Return the Hessian as a linear map, which costs a few products of matrices of the size of W.

        Parameters
        ----------
        W, alpha : array_like
            As for `value`.

        Returns
        -------
        scipy.sparse.linalg.LinearOperator
            In the order of coordinates of `hessian`; for instance for `sb.stability.sharpness`.

        Raises
        ------
        InputError, DomainError
            As for `value`.

        Examples
        --------
        >>> import numpy as np
        >>> import symbias as sb
        >>> loss = PopulationLoss(sb.activations.relu)
        >>> loss.hessian_operator(np.eye(100)).shape
        (10000, 10000)
        """
        return self.at(W, alpha).operator(second_layer=self.second_layer)

    @checked
    def descend(
        self,
        W0: Any,
        step: float,
        steps: int,
        tol: float = 1e-9,
        batch: int | None = None,
        rng: Any = None,
        *,
        alpha0: Any = None,
    ) -> Any:
        """Simulate gradient descent on the loss, or on fresh samples of it.

        Parameters
        ----------
        W0 : array_like, shape (k, d), or sb.simulate.BlockMatrix
            The start. Where permutations of neurons and inputs within a few blocks leave it as it is, descent does
            so too, and for an activation that is linear on either side of 0 it runs in the numbers of the blocks;
            rounding errors do not break the symmetry then.
        step : float
            The step size.
        steps : int
            The largest number of steps.
        tol : float
            Length of the gradient at which descent on the population loss ends.
        batch : int, optional
            Gaussian inputs drawn for each step; the exact mean over all of them if left out.
        rng : int or numpy.random.Generator, optional
            Source of the inputs; needed if and only if `batch` is given.
        alpha0 : array_like, shape (k,), optional
            The second layer at the start, 1 if left out; only where it is trained.

        Returns
        -------
        Run
            `.final` is W, or the pair of W and alpha where both are trained; `.loss` holds population losses at the
            start, at some steps and at the end. A run that leaves the domain of floats, or whose loss grows a
            million times, is stopped and has `.converged` False.

        Raises
        ------
        InputError, DomainError
            As for `value`, and for steps, sizes of batches and tolerances that make no sense.

        Examples
        --------
        >>> import numpy as np
        >>> import symbias as sb
        >>> loss = PopulationLoss(sb.activations.relu)
        >>> run = loss.descend(np.eye(4) + 0.1, step=0.5, steps=2000)
        >>> run.converged, bool(abs(run.final - np.eye(4)).max() < 1e-7)
        (True, True)
        """
        return ask("simulate.population:descend", self, W0, alpha0, step, steps, tol, batch, rng)

    @checked
    def verify(self, d: int = 4, rng: Any = None) -> Any:
        """Compare loss and gradient with Gaussian samples, and derivatives with differences.

        Parameters
        ----------
        d : int
            The number of inputs.
        rng : int or numpy.random.Generator, optional
            Seed or generator of the point and of the samples.

        Returns
        -------
        Report
            One verdict per claim.

        Raises
        ------
        InputError
            If there would be no neuron.

        Examples
        --------
        >>> import symbias as sb
        >>> PopulationLoss(sb.activations.abs).verify(3, rng=0).ok
        True
        """
        return ask("landscape.population_claims:verify_loss", self, d, rng)

    @checked
    def family(self, name: str, p: int | None = None) -> Any:
        """Return a family of critical points, one at each real dimension.

        Parameters
        ----------
        name : str
            ``global`` (the teacher), ``A`` (all neurons reflected), ``I`` (all but p) or ``II`` (p of them).
        p : int, optional
            How many neurons differ from the others, for I and II; 1 if left out.

        Returns
        -------
        Family
            With ``.at(d, digits)``, ``.thresholds()``, ``.hessian_blocks()`` and expansions in 1/sqrt(d).

        Raises
        ------
        InputError
            If there is no family of that name, or the second layer is trained and the activation not homogeneous.

        Examples
        --------
        >>> import symbias as sb
        >>> PopulationLoss(sb.activations.relu).family("II").at(10).loss
        0.01870219458560697
        """
        return ask("landscape.families:family", self, name, p)

    @checked
    def critical_families(self, blocks: Sequence[Any], at: int = 20) -> list[Any]:
        """Search for families of critical points that a group of permutations fixes.

        Parameters
        ----------
        blocks : sequence of int or None
            Sizes of the blocks of neurons and inputs that are permuted together; None for the free one.
        at : int
            The dimension in which the search is made.

        Returns
        -------
        list of Family
            By ascending loss there; more may exist.

        Raises
        ------
        InputError
            If the sizes are not integers with one free size, or the dimension leaves no room for them.

        Examples
        --------
        >>> import symbias as sb
        >>> found = PopulationLoss(sb.activations.relu).critical_families([None])
        >>> [family.name for family in found if not family.name.startswith("critical")]
        ['A']
        """
        return ask("landscape.families:critical_families", self, blocks, at)

    def at(self, W: Any, alpha: Any = None) -> PopulationPoint:
        """Return the loss at a point, from which value and derivatives are worked out.

        Parameters
        ----------
        W, alpha : array_like
            As for `value`.

        Returns
        -------
        PopulationPoint
            With what value, gradient and Hessian share.

        Raises
        ------
        InputError, DomainError
            As for `value`.

        Examples
        --------
        >>> import symbias as sb
        >>> PopulationLoss(sb.activations.quadratic).at([[1.0]]).value()
        0.0
        """
        neurons, weights = self.admit(W, alpha)
        pairs = pair_geometry(neurons)
        share = float(self.kernels.relu_share)
        parts: list[tuple[float, Any]] = [(share, ReluPopulation(pairs))] if share else []
        rest = self.kernels.population(pairs)
        parts += [] if rest is None else [(1.0, rest)]
        teacher = sum(
            factor
            * (
                part.teacher(neurons.shape[1])
                if isinstance(part, ReluPopulation)
                else part.at.teacher
            )
            for factor, part in parts
        )
        return PopulationPoint(neurons, weights, tuple(parts), float(teacher))

    def admit(self, W: Any, alpha: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return neurons and second layer as arrays, or refuse them.

        Parameters
        ----------
        W, alpha : array_like
            As for `value`.

        Returns
        -------
        tuple of numpy.ndarray
            Of shapes (k, d) and (k,).

        Raises
        ------
        InputError, DomainError
            As for `value`.

        Examples
        --------
        >>> import symbias as sb
        >>> PopulationLoss(sb.activations.relu).admit([[2]])
        (array([[2.]]), array([1.]))
        """
        neurons = _finite("W", W, 2)
        k, d = neurons.shape
        if k != d + self.extra_neurons:
            raise InputError(
                f"W has {k} rows and {d} columns, but this loss has {d + self.extra_neurons} neurons for {d} inputs.",
                "extra_neurons is the number of rows less the number of columns.",
                f"Give {d + self.extra_neurons} rows, or a loss with extra_neurons={k - d}.",
            )
        if alpha is not None and not self.second_layer:
            raise InputError(
                "alpha was given, but the second layer of this loss is not trained.",
                remedy="Leave alpha out, or make the loss with second_layer=True.",
            )
        weights = np.ones(k) if alpha is None else _finite("alpha", alpha, 1)
        if weights.shape != (k,):
            raise InputError(
                f"alpha has {len(weights)} entries for {k} neurons.",
                remedy="Give one per row of W.",
            )
        self._require_sizes(neurons)
        return neurons, weights

    def _require_sizes(self, W: np.ndarray) -> None:
        sizes = np.abs(W).max(axis=1)
        if (sizes == 0).any() and self.activation.kinks:
            raise DomainError(
                f"Neuron {int(np.argmin(sizes))} is zero.",
                "the activation has a kink at 0, so the loss has no gradient there.",
                "Leave the neuron out, or start it away from zero.",
            )
        if (sizes > _LARGEST).any() or ((sizes > 0) & (sizes < 1 / _LARGEST)).any():
            raise InputError(
                "A neuron is larger than 1e50 or smaller than 1e-50.",
                "the squares of its squares leave the range of floats.",
                "Rescale it.",
            )


def _finite(name: str, value: Any, axes: int) -> np.ndarray:
    try:
        array = as_floats(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is not an array of real numbers: {error}.") from None
    if array.ndim != axes or not array.size:
        raise InputError(
            f"{name} has shape {array.shape}.", remedy=f"Give a non-empty array of {axes} axes."
        )
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds NaN or infinity.", remedy="Give finite numbers.")
    return array
