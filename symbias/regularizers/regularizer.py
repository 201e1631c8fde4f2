"""Regularizer: the potential that gradient flow from an initialization minimises among all interpolators."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel
from symbias.contracts import checked
from symbias.errors import InputError
from symbias.models.parametrization import Parametrization
from symbias.models.regression import check_regression
from symbias.registry import ask
from symbias.regularizers.flow_claim import flow_claim
from symbias.regularizers.initialization import Initialization
from symbias.simulate.run import Run
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim

if TYPE_CHECKING:
    from symbias.regularizers.rates import Rate


@dataclass(frozen=True, eq=False)
class Regularizer:
    """What gradient flow minimises, a result.

    Where the flow reaches zero loss (which is assumed), its limit minimises Q subject to X w = y.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta).
    start : Initialization
        Its initialization.
    solution : object
        The closed forms and the dual solver that belong to them.
    derivation : Derivation
        How they are known.
    formulas : dict of str to Formula
        By name.
    warp : sympy.Expr
        The factor g of time, in the parameters, with g M**-1 = Hess Q along the flow; one for a mirror flow.
    remark : str
        What is to be said besides.
    measured : tuple of Claim
        What is compared with runs that are there already, in place of simulated flows.

    Attributes
    ----------
    w, eta : tuple of sympy.Symbol
        The outputs and their dual variables.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> u, v = real("u v")
    >>> a = positive("a")
    >>> Parametrization(u**2 - v**2, [u, v]).regularizer({u: a, v: a}).gradient.rhs
    asinh(w/(2*a**2))/4
    """

    parametrization: Parametrization
    start: Initialization
    solution: Any
    derivation: Derivation
    formulas: dict[str, Formula]
    warp: sp.Expr = sp.S.One
    remark: str = ""
    measured: tuple[Claim, ...] = ()
    _cache: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        shown = self.formula
        return f"Regularizer({shown!r}{'; ' + self.remark if self.remark else ''})"

    @property
    def w(self) -> tuple[sp.Symbol, ...]:
        """The outputs; one symbol for every coordinate where the map acts coordinatewise."""
        return tuple(self.solution.w)

    @property
    def eta(self) -> tuple[sp.Symbol, ...]:
        """The dual variables."""
        return tuple(self.solution.eta)

    @property
    def potential(self) -> Formula | None:
        """Q(w), with Q = 0 and grad Q = 0 at the start; None where the link has no closed inverse (see `.remark`)."""
        return self.formulas.get("potential")

    @property
    def conjugate(self) -> Formula | None:
        """Q*(eta), with eta = grad Q(w); None where it has no closed form."""
        return self.formulas.get("conjugate")

    @property
    def gradient(self) -> Formula | None:
        """Grad Q as a function of w; None where it has no closed form."""
        return self.formulas.get("gradient")

    @property
    def formula(self) -> Formula:
        """The potential, or the conjugate where that alone is closed, or else what is known."""
        for name in ("potential", "conjugate", "gradient"):
            if name in self.formulas:
                return self.formulas[name]
        return self.formulas["metric"]

    @cached_property
    def invariants(self) -> dict[sp.Expr, sp.Expr]:
        """Conserved quantities in closed form and their values at the start."""
        laws = self.parametrization.conservation_laws().laws
        return {law: sp.cancel(law.subs(self.start.point, simultaneous=True)) for law in laws}

    def latex(self) -> str:
        """Return potential and conjugate as math-mode LaTeX.

        Returns
        -------
        str
            LaTeX without delimiters.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> "asinh" in net.regularizer(dict.fromkeys(net.parameters, 1)).latex()
        True
        """
        lines = [f.latex() for f in (self.potential, self.conjugate) if f is not None]
        lines = lines or [self.formula.latex()]
        if len(lines) == 1:
            return lines[0]
        return "\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}"

    def _repr_html_(self) -> str:
        return str(ask("present.formula_html:result_html", self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def compile(self) -> Kernel:
        """Compile `.formula`.

        Returns
        -------
        Kernel
            Takes its symbols in order.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> net.regularizer(dict.fromkeys(net.parameters, 1)).compile()(0.0)
        0.0
        """
        return self.formula.compile()

    def minimizer(self, X: Any, y: Any) -> np.ndarray:
        """Return the interpolator of least Q, by Newton's method on the dual.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,)
            One target per sample.

        Returns
        -------
        numpy.ndarray, shape (d,)
            The w with X w = y and grad Q(w) in the row space of X; the limit of the flow where that converges.

        Raises
        ------
        InputError
            If no w satisfies X w = y, the data do not fit the map, or the initialization is symbolic.
        ConvergenceError
            If no solution lies in the domain of Q.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> found = net.regularizer(dict.fromkeys(net.parameters, 1e-3))
        >>> found.minimizer([[1.0, 2.0]], [1.0]).round(2)
        array([0. , 0.5])
        """
        data, targets = check_regression(X, y)
        self.check_width(data.shape[1])
        return np.asarray(self.solution.minimise(data, targets))

    @checked
    def check_width(self, width: int) -> None:
        """Refuse data that do not fit the map or the initialization.

        Parameters
        ----------
        width : int
            Columns of the data.

        Raises
        ------
        InputError
            If they do not fit, or the initialization is symbolic.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> net.regularizer(dict.fromkeys(net.parameters, 1)).check_width(7)
        """
        self.parametrization.coordinatewise(width)
        if self.start.symbolic:
            names = ", ".join(sorted(map(str, self.start.symbols - set(self.start.numbers))))
            raise InputError(
                f"The initialization contains the symbols {names}.",
                remedy="Ask for the regularizer of an initialization given by numbers.",
            )
        lengths = {len(a) for a in self.start.arrays.values()}
        if lengths - {width}:
            raise InputError(
                f"The initial values are arrays of length {lengths.pop()}, the data have {width} columns.",
                remedy="Give one initial value per column, or a single number.",
            )

    @checked
    def limit(self, regime: str) -> Formula:
        """Return the potential in a limit of the scale of the initialization.

        Parameters
        ----------
        regime : {"rich", "kernel"}
            The scale c of the start c theta0 tends to zero or to infinity.

        Returns
        -------
        Formula
            Q ~ limit, with its clock c.

        Raises
        ------
        InputError
            If the regime is unknown.
        BudgetError
            If the expansion was not found or not confirmed.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> net.regularizer(dict.fromkeys(net.parameters, 1)).limit("kernel").rhs
        w**2/(16*c**2)
        """
        from symbias.regularizers.limits import limit

        if regime not in self._cache:
            self._cache[regime] = limit(self, regime)
        return self._cache[regime]

    def rate(self, X: Any, y: Any, regime: str) -> Rate:
        """Return how fast the minimiser approaches the solution of a limiting problem.

        Parameters
        ----------
        X : array_like, shape (n, d)
            One row per sample.
        y : array_like, shape (n,)
            One target per sample.
        regime : {"rich", "kernel"}
            The scale c of the start c theta0 tends to zero or to infinity.

        Returns
        -------
        Rate
            The power of c, the limit, and what the data contribute.

        Raises
        ------
        InputError
            If the regime is unknown, the data contradict each other or the initialization is symbolic.
        DomainError
            If the map or the start has no such limit, or the data leave w no freedom.
        BudgetError
            If the limiting problem has several solutions, or no rate was derived for the map.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(3)
        >>> net.regularizer(dict.fromkeys(net.parameters, 1)).rate([[1.0, 2.0]], [1.0], "rich").exponent
        3.0
        """
        from symbias.regularizers.rates import rate

        return rate(self, X, y, regime)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """That simulated flows, or the run that it is about, end at the minimiser."""
        return self.measured or (flow_claim(self),)

    @checked
    def finite_step(self, run: Run) -> Regularizer:
        """Return the regularizer of a run of gradient descent or SGD, which has finite steps.

        Parameters
        ----------
        run : Run
            What `simulate.gradient_descent` returned for the same map and start, converged.

        Returns
        -------
        Regularizer
            Its minimiser on the data of the run is where the run ended.

        Raises
        ------
        InputError
            If the run has another map or start, did not converge, or is no gradient descent.
        BudgetError
            If the map is not a sum of squares of orthogonal combinations of its parameters.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> init = dict.fromkeys(net.parameters, 0.5)
        >>> X, y = [[1.0, 2.0]], [3.0]
        >>> run = sb.simulate.gradient_descent(net, X, y, init, step=0.05)
        >>> found = net.regularizer(init).finite_step(run)
        >>> bool(abs(found.minimizer(X, y) - run.w).max() < 1e-12)
        True
        """
        from symbias.regularizers.finite_step import finite_step

        return finite_step(self, run)

    def verify(self, X: Any = None, y: Any = None, rng: Any = None, executor: Any = None) -> Any:
        """Compare the minimiser with the limit of a simulated flow.

        Parameters
        ----------
        X, y : array_like, optional
            Data; small random data that an interpolator close to the start fits, if left out.
        rng : int or numpy.random.Generator, optional
            Seed of the data.
        executor : concurrent.futures.Executor, optional
            Where independent simulations run; here, if left out.

        Returns
        -------
        Report
            With one verdict.

        Raises
        ------
        InputError
            If the data make no sense, or the initialization is symbolic.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> net.regularizer(dict.fromkeys(net.parameters, 0.5)).verify(rng=0).ok
        True
        """
        if self.start.symbolic:
            self.check_width(len(self.w))
        claims = self.claims if X is None else (flow_claim(self, X, y),)
        return ask("runner.verify:verify", [self.derivation, *claims], rng=rng, executor=executor)
