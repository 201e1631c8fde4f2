"""Products of scalars and a commuting map: w = f_1(a_1) ... f_K(a_K) z(u).

Let P = f_1 ... f_K, psi* the conjugate of z, and time be warped by |P|. Then u follows the joint flow of z, with the
dual variables eta of the warped flow, every a_k follows da/ds = f_k'/f_k in s = psi*(eta), and w = P z is the gradient
of Q* = Phi(psi*), where Phi' = |P| in terms of s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symbias.errors import BudgetError
from symbias.models.parametrization import Parametrization
from symbias.regularizers.commuting import vanishes
from symbias.regularizers.coordinate_flow import TAU, X, coordinate_position, integrate
from symbias.regularizers.initialization import Initialization
from symbias.regularizers.inverse import inverse
from symbias.regularizers.mirror import sign_of
from symbias.regularizers.radial import Radial
from symbias.regularizers.separable import Separable
from symbias.sym.budget import time_limit
from symbias.sym.rewrite import rational

SECONDS = 4.0


@dataclass(frozen=True, eq=False)
class Scale:
    """One scalar factor f(a) of a product.

    Parameters
    ----------
    symbol : sympy.Symbol
        The parameter a.
    factor : sympy.Expr
        f(a).
    start : sympy.Expr
        a at the start.
    size : sympy.Expr
        |f(a)| at time `TAU` of the flow da/ds = f'/f.
    position : sympy.Expr or None
        a at that time.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 0)))).solution
    >>> found.found.scales[0].size
    sqrt(2*tau + 1)
    """

    symbol: sp.Symbol
    factor: sp.Expr
    start: sp.Expr
    size: sp.Expr
    position: sp.Expr | None

    @property
    def slope(self) -> sp.Expr:
        """The velocity f'/f."""
        return rational(sp.diff(self.factor, self.symbol) / self.factor)

    @property
    def vanishing(self) -> bool:
        """Whether f(a) may be zero for some a that the flow can reach."""
        return not (isinstance(self.factor, sp.exp) or self.factor.is_positive)


def split(
    parametrization: Parametrization,
) -> tuple[dict[sp.Symbol, sp.Expr], Parametrization] | None:
    """Return the scalar factors that all outputs share, and what they multiply.

    Parameters
    ----------
    parametrization : Parametrization
        With two outputs or more.

    Returns
    -------
    tuple or None
        The factors f(a), keyed by a, and the map of the other parameters; None without such a factor.

    Examples
    --------
    >>> import symbias as sb
    >>> split(sb.parametrizations.neuron(2))
    ({a: a}, Parametrization([v_1, v_2], [v_1, v_2]))
    """
    outputs = [sp.expand(f, power_base=False, mul=False) for f in parametrization.outputs]
    factors: dict[sp.Symbol, sp.Expr] = {}
    if len(outputs) < 2 or any(f == 0 for f in outputs):
        return None
    for a in parametrization.parameters:
        found = _common_factor(outputs, a)
        if found is not None:
            factors[a], outputs = found
    rest = [s for s in parametrization.parameters if s not in factors]
    if not factors or not rest:
        return None
    return factors, Parametrization(outputs, rest)


def _common_factor(outputs: list[sp.Expr], a: sp.Symbol) -> tuple[sp.Expr, list[sp.Expr]] | None:
    if not all(f.has(a) for f in outputs):
        return None
    factor = sp.factor(outputs[0]).as_independent(a, as_Add=False)[1]
    if factor.free_symbols != {a}:
        return None
    rests = [rational(f / factor) for f in outputs]
    return None if any(f.has(a) for f in rests) else (factor, rests)


def scale(symbol: sp.Symbol, factor: sp.Expr, start: sp.Expr) -> Scale:
    """Return a scalar factor with its flow.

    Parameters
    ----------
    symbol : sympy.Symbol
        The parameter a.
    factor : sympy.Expr
        f(a).
    start : sympy.Expr
        a at the start.

    Returns
    -------
    Scale
        In closed form.

    Raises
    ------
    BudgetError
        If the flow was not solved.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> scale(real("a"), real("a"), positive("b")).size
    sqrt(b**2 + 2*tau)
    """
    number, rest = factor.as_independent(symbol, as_Add=False)
    base, exponent = rest.as_base_exp()
    if base == symbol and exponent.is_number:
        square = start**2 + 2 * exponent * TAU
        sign = sign_of(start) if start != 0 else sp.S.One
        size = sp.Abs(number) * square ** (exponent / 2)
        return Scale(symbol, factor, start, size, sign * sp.sqrt(square))
    first = factor.subs(symbol, start)
    position = coordinate_position(sp.diff(factor, symbol) / factor, symbol, start)
    if position is not None:
        size = sp.powsimp(factor.subs(symbol, position)) * sign_of(first)
        return Scale(symbol, factor, start, size, position)
    size = time_limit(SECONDS, lambda: _size_by_value(symbol, factor, start))
    if size is None:
        raise BudgetError(
            f"The factor {factor} was not followed in closed form.",
            "the integral of f/f' or its inverse was not found.",
            "Use simulate.gradient_flow, or a factor that is a power, an exponential or a hyperbolic function.",
        )
    return Scale(symbol, factor, start, size * sign_of(first), None)


def _size_by_value(symbol: sp.Symbol, factor: sp.Expr, start: sp.Expr) -> sp.Expr | None:
    """Return x = f(a) at time `TAU` from ds = x dx / f'(a)**2."""
    back = inverse(factor, symbol, X, start)
    if back is None:
        return None
    first = factor.subs(symbol, start)
    speed = rational(sp.expand(sp.diff(factor, symbol).subs(symbol, back) ** 2))
    time = integrate(X / speed, X, first)
    return None if time is None else inverse(time - time.subs(X, first), X, TAU, first)


@dataclass(frozen=True, eq=False)
class Composition:
    """What is known of a product of scalars and a commuting map.

    Parameters
    ----------
    parametrization : Parametrization
        The map w, with exact coefficients.
    start : Initialization
        Where its flow begins.
    scales : tuple of Scale
        The scalar factors.
    inner : Separable
        The commuting map z, with the same dual variables.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 0)))).solution.found
    >>> found.conjugate
    (eta_1**2 + eta_2**2 + 1)**(3/2)/3 - 1/3
    """

    parametrization: Parametrization
    start: Initialization
    scales: tuple[Scale, ...]
    inner: Separable

    @cached_property
    def primal(self) -> Radial | None:
        """The potential, where z is linear."""
        slopes = self.inner.parametrization.jacobian()
        linear = not slopes.has(*self.inner.parametrization.parameters)
        return Radial(self, slopes * slopes.T) if linear else None

    @property
    def potential(self) -> sp.Expr | None:
        """Q as a function of w; None where it has no closed form."""
        return None if self.primal is None else self.primal.potential

    @property
    def link(self) -> list[sp.Expr] | None:
        """Grad Q as a function of w; None where it has no closed form."""
        return None if self.primal is None else self.primal.gradient

    @property
    def w(self) -> tuple[sp.Symbol, ...]:
        """The outputs."""
        return self.inner.w

    @property
    def eta(self) -> tuple[sp.Symbol, ...]:
        """Their dual variables."""
        return self.inner.eta

    @cached_property
    def product(self) -> sp.Expr:
        """P in the parameters."""
        return sp.Mul(*(s.factor for s in self.scales))

    @cached_property
    def warp(self) -> sp.Expr:
        """The factor of time, |P|."""
        return sp.Abs(self.product)

    @cached_property
    def sign(self) -> sp.Expr:
        """The sign of P at the start; one if it vanishes there."""
        first = self.product.subs(self.start.point, simultaneous=True)
        return sp.S.One if first == 0 else sign_of(first)

    @cached_property
    def size(self) -> sp.Expr:
        """|P| at s = `TAU`."""
        return sp.Mul(*(s.size for s in self.scales))

    @cached_property
    def primitive(self) -> sp.Expr | None:
        """Phi(s), the integral of |P| from 0 to s = `TAU`; None where it was not found."""
        found = _root_of_quadratic(self.size)
        found = integrate(self.size, TAU, sp.S.Zero) if found is None else found
        return None if found is None else found - found.subs(TAU, 0)

    @cached_property
    def action(self) -> sp.Expr | None:
        """The value of psi* at eta."""
        if self.inner.conjugate is None:
            return None
        turned = {e: self.sign * e for e in self.eta}
        moved = self.inner.conjugate.subs(turned, simultaneous=True)
        return sp.expand(moved, power_base=False, power_exp=False)

    @cached_property
    def direction(self) -> list[sp.Expr] | None:
        """The value of z at eta, times the sign of P: the gradient of the action."""
        if self.inner.trajectory is None:
            return None
        turned = {e: self.sign * e for e in self.eta}
        return [self.sign * f.subs(turned, simultaneous=True) for f in self.inner.trajectory]

    @cached_property
    def trajectory(self) -> list[sp.Expr] | None:
        """The outputs as functions of eta."""
        if self.action is None or self.direction is None:
            return None
        size = self.size.subs(TAU, self.action)
        return [size * f for f in self.direction]

    @cached_property
    def conjugate(self) -> sp.Expr | None:
        """Q*, as an integral where that was not found."""
        if self.action is None:
            return None
        if self.primitive is None:
            return sp.Integral(self.size, (TAU, 0, self.action))
        return self.primitive.subs(TAU, self.action)


def _root_of_quadratic(size: sp.Expr) -> sp.Expr | None:
    """Integrate the root of a quadratic polynomial in `TAU` with positive leading coefficient."""
    number, rest = size.as_independent(TAU, as_Add=False)
    square = sp.expand(sp.powdenest(rest, force=True) ** 2)
    if not square.is_polynomial(TAU) or sp.degree(square, TAU) != 2:
        return None
    a, b, c = sp.Poly(square, TAU).all_coeffs()
    if not a.is_positive or vanishes(b**2 - 4 * a * c):
        return None
    slope, root = 2 * a * TAU + b, rest
    logarithm = sp.log(2 * sp.sqrt(a) * root + slope)
    rest_term = (4 * a * c - b**2) / (8 * a ** sp.Rational(3, 2)) * logarithm
    return number * (slope * root / (4 * a) + rest_term)
