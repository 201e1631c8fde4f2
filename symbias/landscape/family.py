"""Families of critical points of the population loss, as functions of the dimension."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from symbias.contracts import checked
from symbias.errors import BudgetError, InputError, near
from symbias.landscape.branch import Branch
from symbias.landscape.critical_point import CriticalPoint
from symbias.landscape.dimension import at_dimension, exact_dimension
from symbias.landscape.dual_derivatives import dual_derivatives
from symbias.landscape.family_result import LARGEST_DENSE, family_claims, reduced_formula
from symbias.landscape.limits import Limit, d
from symbias.landscape.series import loss_series, spectrum_series, weights_series
from symbias.landscape.shared_system import shared_system
from symbias.landscape.small_blocks import require_member
from symbias.landscape.spectrum import Spectrum
from symbias.landscape.sweep import Sweep, sweep
from symbias.landscape.system import System, resized
from symbias.landscape.threshold_certificate import ThresholdCertificate, threshold_certificate
from symbias.landscape.thresholds import thresholds
from symbias.landscape.weights_series import Expansion, expansion
from symbias.models.population_loss import PopulationLoss
from symbias.registry import ask
from symbias.sym.derivation import Derivation
from symbias.sym.enclosure import binary
from symbias.sym.evaluation import require_few
from symbias.sym.formula import Formula
from symbias.symmetry.invariants import cubic_invariants
from symbias.verdicts.result import Result

MOST_TERMS = 24
"""Largest order in 1/sqrt(d) to which families are expanded."""


class Family:
    """A family of critical points, one at each dimension; made by ``PopulationLoss.family``.

    Parameters
    ----------
    population_loss : PopulationLoss
        The loss.
    limit : Limit
        The symmetry, and what the points tend to.

    Attributes
    ----------
    name : str
        For example ``II`` or ``II_2``.
    group : Group
        The permutations that fix it, sizes in d.
    size : sympy.Symbol
        The dimension d.

    Examples
    --------
    >>> import symbias as sb
    >>> A = sb.PopulationLoss(sb.activations.relu).family("A")
    >>> A
    Family(A: Delta(S_d) on rows A and columns A)
    >>> round(A.at(8).loss, 12)
    0.06773169136
    >>> sorted(A.hessian_blocks())
    ['s', 't', 'x', 'y']
    >>> A.thresholds()[0]
    ('x', 5.76381273...)
    >>> A.certify_threshold("x").proved
    True
    >>> A.bifurcation("x"), A.bifurcation("s")
    ('pitchfork', 'transcritical')
    >>> A.loss_series(2), A.weights_series(3)
    (-1/pi + 1/2 - 4/(3*pi*sqrt(d)), {'AA': -1 + 2/d, 'AA_off': 2/d})
    >>> A.spectrum_series(1).of("y")
    [1/(2*pi) + 1/4]
    >>> A.verify(6).ok, "sqrt" in A.latex(), A.compile().signature
    (True, True, '(d, w_AA, w_AA_off) -> number')
    >>> A.system_at(Fraction(9)) is A.system, A.expansion(2).ramification
    (True, 2)
    >>> A.far_point(10**20, 30)[1] * 10**20
    mpf('2.0')
    >>> A.sweep([8, 9.5])["x"].shape
    (1, 2)
    """

    def __init__(self, population_loss: PopulationLoss, limit: Limit) -> None:
        self.population_loss, self.limit = population_loss, limit
        self.dual = dual_derivatives(population_loss.activation)
        self.second_layer = population_loss.second_layer
        self.name, self.group, self.size = limit.name, limit.group, d
        # What makes a branch that is known at one dimension instead of in the limit.
        self.anchored: Callable[[], Branch] | None = None

    def __repr__(self) -> str:
        return f"Family({self.name}: {self.group})"

    @property
    def _fixed(self) -> tuple[Any, ...] | None:
        return self.limit.weights if self.limit.is_exact else None

    @cached_property
    def system(self) -> System:
        """The reduced equations."""
        return shared_system(self.dual, self.group, self.second_layer, self._fixed)

    @cached_property
    def branch(self) -> Branch:
        """The points in float64."""
        return Branch(self.system, self.limit) if self.anchored is None else self.anchored()

    @cached_property
    def _small(self) -> dict[int, System]:
        return {}

    def system_at(self, dimension: Fraction) -> System:
        """Return the reduced equations that hold at a dimension.

        Parameters
        ----------
        dimension : Fraction
            The dimension.

        Returns
        -------
        System
            Where a free block has two elements, with numeric sizes: one copy of the standard component is missing.
        """
        value = int(dimension)
        free = [b.size for b in self.group.blocks if b.size.free_symbols]
        if dimension != value or all(at_dimension(n, self.size, dimension) != 2 for n in free):
            return self.system
        group = resized(self.group, self.size, value)
        if value not in self._small:
            fixed = (
                None
                if self._fixed is None
                else tuple(w.subs(self.size, value) for w in self._fixed)
            )
            self._small[value] = System(
                self.dual, group, self.size, second_layer=self.second_layer, fixed=fixed
            )
        return self._small[value]

    @checked
    def at(self, d: Any, digits: int = 15) -> CriticalPoint:
        """Return the member of the family at a dimension.

        Parameters
        ----------
        d : int, Fraction, float, str, mpf or sympy number
            The dimension; any real number above the end of the branch.
        digits : int
            Correct digits of the weights, the loss and the spectrum.

        Returns
        -------
        CriticalPoint
            Numbers are floats up to 15 digits, mpmath's beyond.

        Raises
        ------
        DomainError
            If the branch ends above d, or a block of the group has fewer than two elements.
        ConvergenceError
            If the loss has no such family.
        MissingDependencyError
            If python-flint is not installed.
        """
        exact = exact_dimension(d)
        _require_digits(digits)
        require_member(self, exact)
        # Sums over d^2 entries cancel down to 1/d: three times the digits of d, and some for the condition.
        bits = int(3.33 * digits) + 60 + 4 * max(int(exact), 2).bit_length()
        return self._point(exact, digits, bits)

    def _point(self, exact: Fraction, digits: int, bits: int) -> CriticalPoint:
        from symbias.codegen.ball_arguments import enclosed
        from symbias.sym.equality.interval import at_precision

        number = at_precision(bits, lambda: enclosed("d", exact))
        if self.limit.is_exact:
            point = at_precision(bits, lambda: [enclosed("w", w) for w in self.limit.weights])
        else:
            point = self.branch.point(exact, number, bits)
        return CriticalPoint(self, exact, digits, bits, tuple(point))

    def far_point(self, dimension: int, digits: int) -> list[Any]:
        """Return the block coordinates at an enormous dimension.

        Parameters
        ----------
        dimension : int
            As large as you like.
        digits : int
            Digits after the point.

        Returns
        -------
        list of mpf
            One per orbit.
        """
        bits = int(3.33 * digits) + 60 + 4 * dimension.bit_length()
        found = self._point(Fraction(dimension), digits, bits).point
        return [binary(*map(int, x.mid().man_exp())) for x in found]

    def hessian_blocks(self) -> dict[str, Any]:
        """Return the blocks of the Hessian, one per isotypic component.

        Returns
        -------
        dict
            Component -> SymPy matrix in d and the block coordinates ``w_AA``, ``w_AA_off``, ...; its eigenvalues, each
            as often as the dimension of the component, make up the spectrum.
        """
        return {
            name: self._once(("block", name), partial(self.system.explicit_block, name))
            for name in self.system.blocks
        }

    @checked
    def thresholds(self, digits: int = 15) -> list[tuple[str, Any]]:
        """Return the dimensions at which an eigenvalue changes its sign, from 10^6 down to the end of the branch.

        Parameters
        ----------
        digits : int
            Correct digits.

        Returns
        -------
        list of (str, float or mpf)
            Component and dimension, descending.
        """
        _require_digits(digits)
        return list(self._once(("thresholds", digits), lambda: thresholds(self, digits)))

    @checked
    def certify_threshold(self, threshold: str | int, digits: int = 15) -> ThresholdCertificate:
        """Prove that an eigenvalue vanishes between two dimensions.

        Parameters
        ----------
        threshold : str or int
            Component, for its largest threshold, or place in the list of `thresholds`.
        digits : int
            Digits in which the two dimensions agree but for the last; at least twelve are taken.

        Returns
        -------
        ThresholdCertificate
            Rational bounds, and the theorem.

        Raises
        ------
        InputError
            If the family has no such threshold.
        BudgetError
            If it cannot be proved.
        """
        _require_digits(digits)
        return threshold_certificate(self, threshold, digits)

    @cached_property
    def formula(self) -> Formula:
        """The loss on the matrices that the group fixes, in d and the block coordinates."""
        return reduced_formula(self)

    @property
    def derivation(self) -> Derivation:
        """How the reduced loss is known."""
        return self.formula.derivation

    def latex(self) -> str:
        """Return the reduced loss as math-mode LaTeX.

        Returns
        -------
        str
            LaTeX without delimiters.
        """
        return self.formula.latex()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def compile(self) -> Any:
        """Compile the reduced loss.

        Returns
        -------
        Kernel
            Takes d and the block coordinates.
        """
        return self.formula.compile()

    @checked
    def verify(self, d: int = 8, rng: Any = None) -> Any:
        """Compare a member with the loss, the gradient and the dense Hessian of the population loss.

        Parameters
        ----------
        d : int
            The dimension, at most 24.
        rng : int or numpy.random.Generator, optional
            Passed on; nothing here is random.

        Returns
        -------
        Report
            One verdict per claim.

        Raises
        ------
        InputError
            If the dense Hessian would be too large.
        """
        if not 2 <= d <= LARGEST_DENSE:
            raise InputError(
                f"The dimension to verify at is {d}.",
                remedy=f"Choose an integer from 2 to {LARGEST_DENSE}: the Hessian is written out.",
            )
        claims = family_claims(self, d)
        result = Result(self.name, self.formula, claims, ("arjevani2021",))
        return ask("runner.verify:verify", result, rng=rng)

    def expansion(self, order: int) -> Expansion:
        """Return the block coordinates as series, known at least below an order in d^(-1/2).

        Parameters
        ----------
        order : int
            The order.

        Returns
        -------
        Expansion
            What was found before, if it reaches.
        """
        if self.anchored is not None:
            raise BudgetError(
                f"The limit of {self.name} is not known.",
                cause="a family that was searched, or has extra neurons, is followed from one dimension.",
                remedy="Use .at(d) at large d.",
            )
        known = self._kept.get("expansion")
        if known is None or known.top < order * known.ramification / 2:
            self._kept["expansion"] = expansion(self, order, known)
        return self._kept["expansion"]

    @cached_property
    def _kept(self) -> dict[Any, Any]:
        return {}

    def _once(self, key: Any, work: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = work()
        return self._kept[key]

    @checked
    def weights_series(self, n: int) -> dict[str, Any]:
        """Return the block coordinates as expansions in 1/sqrt(d).

        Parameters
        ----------
        n : int
            All terms below d**(-n/2) are given.

        Returns
        -------
        dict
            Name of an orbit -> SymPy expression in d with coefficients in Q(pi), exact.

        Raises
        ------
        BudgetError
            If the coefficients lie outside Q(pi).
        """
        return weights_series(self, _order(n))

    @checked
    def loss_series(self, n: int) -> Any:
        """Return the loss as an expansion in 1/sqrt(d).

        Parameters
        ----------
        n : int
            All terms below d**(-n/2) are given.

        Returns
        -------
        sympy.Expr
            In d, with coefficients in Q(pi), exact.

        Raises
        ------
        BudgetError
            If the coefficients lie outside Q(pi).
        """
        return self._once(("loss", _order(n)), lambda: loss_series(self, n))

    @checked
    def spectrum_series(self, n: int) -> Spectrum:
        """Return the eigenvalues of the Hessian as expansions in 1/sqrt(d).

        Parameters
        ----------
        n : int
            All terms below d**(-n/2) are given.

        Returns
        -------
        Spectrum
            Rows of component, multiplicity and eigenvalue, both expressions in d.

        Raises
        ------
        BudgetError
            If the coefficients lie outside Q(pi).
        """
        return self._once(("spectrum", _order(n)), lambda: spectrum_series(self, n))

    @checked
    def bifurcation(self, component: str) -> str:
        """Return how critical points branch where eigenvalues of a component change sign.

        Parameters
        ----------
        component : str
            One of those that the spectrum lists.

        Returns
        -------
        str
            ``"pitchfork"`` where its representation has no cubic invariant, ``"transcritical"`` where it has one: what
            happens for a generic loss. ``"fold"`` for the trivial component.

        Raises
        ------
        InputError
            If the family has no such component.
        """
        kinds = {self.system.name(c): c.kind for c in self.system.components}
        if component not in kinds:
            raise InputError(f"There is no component {component!r}.", remedy=near(component, kinds))
        if kinds[component] == "t":
            return "fold"
        return "transcritical" if cubic_invariants(kinds[component]) else "pitchfork"

    def sweep(self, dimensions: Any) -> Sweep:
        """Return the members at many dimensions at once, in compiled code: 12 digits of everything up to d = 10^6.

        Parameters
        ----------
        dimensions : array_like
            Real numbers from 6 to 10^7. Families with extra neurons, and those that were searched, are followed
            one dimension after the other, which takes longer.

        Returns
        -------
        Sweep
            Arrays of weights, loss and eigenvalues by component, in the order of the dimensions.

        Raises
        ------
        InputError, ConvergenceError
            For other dimensions, and where the branch ends or turns too fast between them.
        """
        return sweep(self, dimensions)


def _order(n: int) -> int:
    if not 1 <= n <= MOST_TERMS:
        raise InputError(
            f"n is {n}.", remedy=f"Ask for terms up to an order from 1 to {MOST_TERMS}."
        )
    return n


def _require_digits(digits: int) -> None:
    require_few(digits)
    if digits < 1:
        raise InputError(f"digits is {digits}.", remedy="Give a positive integer.")
