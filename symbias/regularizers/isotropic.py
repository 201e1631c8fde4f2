"""Isotropic metrics: one eigenvalue lr along w and one, lt, across it.

If lt/lr is a function of n = |w| along the flow, then Q is a function q of n and a linear term, with

    q'(n) = exp(integral of lt/(n lr) dn),    g = lt q'(n)/n.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symbias.errors import BudgetError
from symbias.models.parametrization import Parametrization
from symbias.regularizers.coordinate_flow import integrate
from symbias.regularizers.initialization import Initialization
from symbias.regularizers.inverse import inverse
from symbias.regularizers.laws import conservation_laws
from symbias.regularizers.metric import metric, metric_at, short, somewhere
from symbias.sym.budget import time_limit
from symbias.sym.rewrite import rational, trigonometric
from symbias.sym.symbols import dummy, positive

SECONDS = 4.0
DIGITS = 30
HEIGHT = positive("h")


@dataclass(frozen=True, eq=False)
class Isotropic:
    """A metric with one eigenvalue along w and one across it.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    start : Initialization
        Its initialization.
    metric : sympy.Matrix
        M in the parameters.
    along, across : sympy.Expr
        Its eigenvalues lr and lt, in the parameters.
    laws : dict of sympy.Expr to sympy.Expr
        Conserved quantities and their values.
    n : sympy.Symbol
        The norm of w.
    ratio : sympy.Expr
        The ratio lt/lr as a function of n.
    w, eta : tuple of sympy.Symbol
        The outputs and their dual variables.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> r, t = real("r t")
    >>> polar = Parametrization([r * sp.cos(t), r * sp.sin(t)], [r, t])
    >>> found = polar.regularizer({r: 1, t: 0}).solution
    >>> found.ratio
    n**2
    """

    parametrization: Parametrization
    start: Initialization
    metric: sp.Matrix
    along: sp.Expr
    across: sp.Expr
    laws: dict[sp.Expr, sp.Expr]
    n: sp.Symbol
    ratio: sp.Expr
    w: tuple[sp.Symbol, ...]
    eta: tuple[sp.Symbol, ...]

    trajectory = None

    @cached_property
    def slope(self) -> sp.Expr:
        """The value of q'(n), up to a constant factor."""
        exponent = integrate(sp.expand(rational(self.ratio / self.n)), self.n, sp.S.One)
        if exponent is None:
            raise BudgetError(
                f"The integral of {self.ratio / self.n} was not found.",
                "the potential of an isotropic metric needs it.",
                "Use simulate.gradient_flow.",
            )
        return sp.powsimp(sp.expand(sp.exp(exponent), power_exp=False))

    @cached_property
    def profile(self) -> sp.Expr | None:
        """The value of q at n, zero at the start."""
        found = integrate(self.slope, self.n, sp.S.One)
        return None if found is None else found - found.subs(self.n, self.norm_at_start)

    @cached_property
    def first(self) -> sp.Matrix:
        """The outputs at the start."""
        outputs = sp.Matrix(self.parametrization.outputs)
        return outputs.subs(self.start.point, simultaneous=True)

    @cached_property
    def norm_at_start(self) -> sp.Expr:
        """The value of n there."""
        return sp.sqrt(sp.expand(self.first.dot(self.first)))

    @cached_property
    def pull(self) -> sp.Matrix:
        """The gradient of q at the start."""
        size = self.norm_at_start
        if size == 0:
            return sp.zeros(len(self.w), 1)
        return self.first * (self.slope.subs(self.n, size) / size)

    @property
    def warp(self) -> sp.Expr:
        """The factor of time, in the parameters."""
        size = sp.sqrt(sp.Matrix(self.parametrization.outputs).dot(self.parametrization.outputs))
        return self.across * self.slope.subs(self.n, size) / size

    @cached_property
    def potential(self) -> sp.Expr | None:
        """Q as a function of w."""
        if self.profile is None:
            return None
        moved = sp.Matrix(self.w) - self.first
        return self.profile.subs(self.n, self._norm) - self.pull.dot(moved)

    @cached_property
    def _norm(self) -> sp.Expr:
        return sp.sqrt(sum(w**2 for w in self.w))

    @cached_property
    def link(self) -> list[sp.Expr]:
        """Grad Q as a function of w."""
        radial = self.slope.subs(self.n, self._norm) / self._norm
        return [radial * w - p for w, p in zip(self.w, self.pull, strict=True)]

    @cached_property
    def inside(self) -> sp.Expr | None:
        """The value of n at which q' is h = `HEIGHT`; None where that has no closed form."""
        start = self.norm_at_start if self.norm_at_start.is_positive else sp.S.One
        return inverse(self.slope, self.n, HEIGHT, start)

    @cached_property
    def conjugate(self) -> sp.Expr | None:
        """Q* as a function of eta."""
        if self.inside is None or self.profile is None:
            return None
        total = [e + p for e, p in zip(self.eta, self.pull, strict=True)]
        height = sp.sqrt(sp.expand(sum(t**2 for t in total)))
        inner = HEIGHT * self.inside - self.profile.subs(self.n, self.inside)
        return inner.subs(HEIGHT, height) - self.pull.dot(self.first)


def isotropic(
    parametrization: Parametrization,
    start: Initialization,
    w: tuple[sp.Symbol, ...],
    eta: tuple[sp.Symbol, ...],
) -> Isotropic | None:
    """Return the potential of an isotropic metric.

    Parameters
    ----------
    parametrization : Parametrization
        With exact coefficients.
    start : Initialization
        Its initialization.
    w, eta : tuple of sympy.Symbol
        Names.

    Returns
    -------
    Isotropic or None
        None for another metric, or where the ratio of its eigenvalues is not found as a function of the norm.

    Raises
    ------
    BudgetError
        If an integral was not found.

    Examples
    --------
    >>> from symbias.regularizers.initialization import initialization
    >>> from symbias.sym.symbols import real
    >>> r, t = real("r t")
    >>> polar = Parametrization([r * sp.cos(t), r * sp.sin(t)], [r, t])
    >>> isotropic(polar, initialization(polar, {r: 1, t: 0}), real("w_1 w_2"), real("e_1 e_2")).slope
    exp(n**2/2)
    """
    if not _looks_isotropic(parametrization, somewhere(parametrization, start)):
        return None
    found, outputs = metric(parametrization), sp.Matrix(parametrization.outputs)
    square = trigonometric(rational(outputs.dot(outputs)))
    along = short((outputs.T * found * outputs)[0] / square)
    across = short((found.trace() - along) / (len(outputs) - 1))
    known = conservation_laws(parametrization).laws
    laws = {law: sp.cancel(law.subs(start.point, simultaneous=True)) for law in known}
    n = positive("n" if all(s.name != "n" for s in parametrization.parameters) else "n_")
    ratio = _in_terms_of(n**2, square, short(across / along), laws, parametrization.parameters)
    if ratio is None:
        return None
    return Isotropic(parametrization, start, found, along, across, laws, n, ratio, w, eta)


def _looks_isotropic(parametrization: Parametrization, at: dict[sp.Symbol, sp.Expr]) -> bool:
    """Whether the metric is isotropic at a point; the identity is checked in the derivation."""
    found = metric_at(parametrization, at).evalf(DIGITS)
    w = sp.Matrix(parametrization.outputs).subs(at, simultaneous=True).evalf(DIGITS)
    square = w.dot(w)
    if square == 0:
        return False
    along = (w.T * found * w)[0] / square
    across = (found.trace() - along) / (len(w) - 1)
    wanted = across * sp.eye(len(w)) + (along - across) / square * w * w.T
    return all(abs(e) < 1e-20 for e in found - wanted)


def _in_terms_of(
    name: sp.Expr,
    square: sp.Expr,
    ratio: sp.Expr,
    laws: dict[sp.Expr, sp.Expr],
    theta: tuple[sp.Symbol, ...],
) -> sp.Expr | None:
    """Eliminate the parameters from ratio, the square of the norm and the laws."""
    if not ratio.has(*theta):
        return ratio
    value, height = dummy("R"), dummy("N")
    top, bottom = sp.fraction(sp.together(ratio))
    equations = [value * bottom - top, sp.numer(sp.together(height - square))]
    equations += [sp.numer(sp.together(law - c)) for law, c in laws.items()]
    if not all(e.is_polynomial(*theta, value, height) for e in equations):
        return None
    try:
        basis = time_limit(
            SECONDS, lambda: sp.groebner(equations, *theta, value, height, order="lex")
        )
    except BudgetError:
        return None
    for e in basis.exprs:
        if e.has(value) and not e.has(*theta) and sp.degree(e, value) == 1:
            (found,) = sp.Poly(e, value).all_coeffs()[:1]
            rest = e.subs(value, 0)
            if not found.is_zero:
                return rational(-rest / found).subs(height, name)
    return None
