"""What may be asked of a shallow ReLU network about its minima; a base of `ShallowReLU` only to keep files short."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.contracts import checked
from symbias.registry import ask


class ShallowQuestions:
    """Methods whose answers live in the room of stability.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.ShallowReLU([[1.0]], [0.0], [2.0], 0.0).sharpness([[3.0]])
    50.0
    """

    def hessian(self, X: Any, y: Any = None) -> np.ndarray:
        """Return the Hessian of the loss.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,), optional
            The targets; the network is taken to interpolate if they are left out.

        Returns
        -------
        numpy.ndarray, shape (p, p)
            p = k d + 2 k + 1 parameters: W row by row, b, v, c.

        Raises
        ------
        InputError
            If shapes do not fit.
        DomainError
            If a sample lies on the hyperplane of a neuron, where the loss has no second derivative.
        BudgetError
            If p is larger than 10 000.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[1.0]], [0.0], [2.0], 0.0).hessian([[3.0]])[0]
        array([36., 12., 18.,  6.])
        """
        return ask("stability.tangent:hessian", self, X, y)

    def sharpness(self, X: Any, y: Any = None) -> float:
        """Return the largest eigenvalue of the Hessian of the loss.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,), optional
            The targets; the network is taken to interpolate if they are left out.

        Returns
        -------
        float
            To about twelve digits. Gradient descent can stay at a minimum only with steps of at most two over it.

        Raises
        ------
        InputError
            If shapes do not fit.
        DomainError
            If a sample lies on the hyperplane of a neuron, where the loss has no second derivative.
        ConvergenceError
            If the Lanczos iteration fails.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[1.0]], [0.0], [2.0], 0.0).sharpness([[3.0]])
        50.0
        """
        return ask("stability.tangent:sharpness", self, X, y)

    def mean_gradient_bound(self, X: Any) -> float:
        """Return the squared norm of the mean gradient of f over the data, a lower bound of the sharpness.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.

        Returns
        -------
        float
            At least `sharpness_bound`, at most ``sharpness(X)``; on a kink, neurons count as not active.

        Raises
        ------
        InputError
            If shapes do not fit.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[1.0]], [0.0], [2.0], 0.0).mean_gradient_bound([[3.0]])
        50.0
        """
        return ask("stability.function_norm:mean_gradient_bound", self, X)

    @checked
    def sharpness_bound(self, X: Any, oriented: bool = False) -> float:
        """Return a lower bound of the sharpness that no rescaling of a neuron changes.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        oriented : bool
            Whether to tell the two sides of a hyperplane apart, which gives the larger bound.

        Returns
        -------
        float
            1 + 2 sum_k |v_k| |w_k| g(u_k, t_k), neuron by neuron, with the weight of `data_weight_function`, or with
            that of the active side. The oriented bound is the least `mean_gradient_bound` over all rescalings.

        Raises
        ------
        InputError
            If shapes do not fit.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[1.0]], [0.0], [2.0], 0.0).sharpness_bound([[3.0], [-1.0]], oriented=True)
        10.486832980505138
        """
        return ask("stability.function_norm:sharpness_bound", self, X, oriented)

    @checked
    def stability_norm(self, X: Any, *, tolerance: float = 1e-12) -> float:
        """Return the weighted total variation of the derivative of f: sum |mass| g over its hyperplanes.

        A minimum at which gradient descent can stay with a step has a norm of at most 1/step - 1/2.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample; they make the weight g.
        tolerance : float
            Hyperplanes closer than this times the largest norm of the data are one, their masses summed with signs.

        Returns
        -------
        float
            A function of f alone: hyperplanes that cancel, miss the data, or belong to dead neurons do not count.

        Raises
        ------
        InputError
            If shapes do not fit.

        Examples
        --------
        >>> import symbias as sb
        >>> X = [[-1.0], [-0.5], [0.5], [1.0]]
        >>> hat = sb.ShallowReLU([[1.0], [1.0], [1.0]], [0.6, 0.0, -0.6], [1.0, -2.0, 1.0], 0.0)
        >>> hat.stability_norm(X)
        0.539460678118654...
        """
        return ask("stability.function_norm:stability_norm", self, X, tolerance)

    def sharpness_range(self, X: Any, y: Any = None) -> tuple[float, float]:
        """Return the least and the largest sharpness of the modes that meet at the network.

        Where samples lie on hyperplanes the loss has several pieces, each with a Hessian of its own: one for every
        choice of which of these samples activate their neurons.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,), optional
            The targets; the network is taken to interpolate if they are left out.

        Returns
        -------
        tuple of float
            Two equal numbers away from kinks. All choices count, even if no small move of the parameters makes some.

        Raises
        ------
        InputError
            If shapes do not fit.
        BudgetError
            If there are more than ten samples on hyperplanes.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[1.0]], [-1.0], [2.0], 0.0).sharpness_range([[1.0], [0.0]])
        (1.0, 4.561...)
        """
        return ask("stability.kinks:sharpness_range", self, X, y)

    @checked
    def laplacian(self, X: Any, *, tolerance: float = 1e-12) -> Any:
        """Return the Laplacian of f, a measure on hyperplanes.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Data; only their largest norm is used, as the unit of the tolerance.
        tolerance : float
            Hyperplanes closer than this times that norm are one, their masses summed with signs.

        Returns
        -------
        Laplacian
            `.directions` (m, d), `.thresholds` (m,) and `.masses` (m,): f bends by the mass across u.x = t.

        Raises
        ------
        InputError
            If shapes do not fit.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[2.0], [-1.0]], [2.0, -1.0], [1.0, 3.0], 0.0).laplacian([[1.0]]).masses
        array([5.])
        """
        return ask("stability.function_norm:laplacian", self, X, tolerance)

    def balanced(self, X: Any) -> Any:
        """Return the rescaled network with the least mean gradient, in closed form.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.

        Returns
        -------
        ShallowReLU
            The same function; its `mean_gradient_bound` is the oriented `sharpness_bound`. A neuron with v = 0 keeps
            next to nothing of its weights.

        Raises
        ------
        InputError
            If shapes do not fit.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[4.0]], [0.0], [0.0625], 0.0).balanced([[3.0]]).W.round(6)
        array([[0.513...]])
        """
        return ask("stability.rescaling:balanced", self, X)

    @checked
    def least_sharpness(self, X: Any, *, tolerance: float = 1e-6) -> Any:
        """Return the least sharpness over all rescalings of neurons, which leave the function as it is.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample; the network is taken to interpolate.
        tolerance : float
            Relative distance of upper and lower end.

        Returns
        -------
        LeastSharpness
            `.value`, attained by `.net`, and `.lower`, below which no rescaling goes. If the search ends early, they
            are further apart than the tolerance.

        Raises
        ------
        InputError
            If shapes do not fit.
        DomainError
            If a sample lies on the hyperplane of a neuron.
        BudgetError
            If there are more than 2000 samples.

        Notes
        -----
        Derived here: in the logarithms of the scales the sharpness is convex, and its dual gives the lower end.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.ShallowReLU([[1.0]], [0.0], [2.0], 0.0).least_sharpness([[3.0]])
        LeastSharpness(38.947332, relative gap 0)
        """
        return ask("stability.rescaling:least_sharpness", self, X, tolerance)

    @checked
    def verify(
        self,
        X: Any,
        y: Any,
        step: float,
        rng: int | np.random.Generator | None = None,
        executor: Any = None,
    ) -> Any:
        """Compare sharpness and stability norm with simulations at this network.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,)
            The targets.
        step : float
            A step size with which gradient descent is claimed to stay at the network.
        rng : int or numpy.random.Generator, optional
            Seed of the perturbation.
        executor : concurrent.futures.Executor, optional
            Where independent simulations run; here, if left out.

        Returns
        -------
        Report
            Verdicts: the sharpness, by another program; the bounds below it, with what residuals add; that descent
            stays; and, if it does, the norm against 1/step - 1/2. It fails if the network is no stable minimum.

        Raises
        ------
        InputError
            If data or step make no sense.
        DomainError
            If a sample lies on the hyperplane of a neuron.

        Examples
        --------
        >>> import symbias as sb
        >>> X, y = [[-1.0], [0.3], [1.0]], [0.0, 1.0, 0.5]
        >>> net = sb.ShallowReLU.initial(1, 9, rng=0).train(X, y, 0.2, 20_000, tolerance=1e-24).final
        >>> net.verify(X, y, 0.2).ok
        True
        """
        return ask("stability.shallow_claims:verify", self, X, y, step, rng, executor)

    def plot(self, X: Any, ax: Any = None) -> Any:
        """Draw the hyperplanes of f, with their masses, and the data; in one or two dimensions.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if left out.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.

        Raises
        ------
        InputError
            If shapes do not fit, or there are more than two features.

        Examples
        --------
        >>> import symbias as sb
        >>> from matplotlib.figure import Figure
        >>> net = sb.ShallowReLU.initial(2, 5, rng=0)
        >>> net.plot([[0.0, 1.0], [1.0, 0.0]], Figure().subplots()).get_xlabel()
        'x1'
        """
        return ask("present.shallow_relu:draw_laplacian", self, X, ax)
