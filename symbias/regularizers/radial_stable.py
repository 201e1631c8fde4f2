"""The radial potential of one scalar times a linear map in a form that does not cancel.

Q vanishes at the start together with its gradient, so as a radial part less a linear term it loses digits wherever
w is near the start. With A = |P|, s = |z|, tau = psi* = (s^2 - s_0^2)/2 and A^2 = g tau + A_0^2 it is a sum of three
terms that are never negative,

    Q = g tau^2 (A + 2 A_0)/(3 (A + A_0)^2) + 2 tau^2 A/(s + s_0)^2 + (s_0 n - l),

where l is the linear term and s_0 n - l = s_0^2 |h|^2/(s_0 n + l), h the part of w across the start. With
R^2 = 2 g n^2 + b^2, b = A_0^2 - g s_0^2/2, moreover A^2 = (R + b)/2, s^2 = (R - b)/g and
tau = (n^2 - n_0^2)/(R + R_0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.regularizers.coordinate_flow import TAU
from symbias.regularizers.radial import Radial
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.rewrite import rational
from symbias.sym.symbols import positive, real


@dataclass(frozen=True, eq=False)
class StableRadial:
    """The pieces of the sum.

    Parameters
    ----------
    primal : Radial
        The potential.
    growth, first_size : sympy.Expr
        g and A_0: the size of the product of factors is sqrt(g tau + A_0^2).

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 1))))
    >>> stable_radial(found.solution.primal).offset
    0
    """

    primal: Radial
    growth: sp.Expr
    first_size: sp.Expr

    @cached_property
    def offset(self) -> sp.Expr:
        """The number b."""
        return rational(self.first_size**2 - self.growth * self.primal.first / 2)

    @cached_property
    def first_norm(self) -> sp.Expr:
        """The value of s at the start."""
        return sp.sqrt(self.primal.first)

    @cached_property
    def first_point(self) -> sp.Matrix:
        """The value of w at the start."""
        return self.primal.outer.sign * self.first_size * self.primal.z0

    @cached_property
    def away(self) -> sp.Matrix:
        """The value of w less that at the start."""
        return sp.Matrix(self.primal.outer.w) - self.first_point

    @cached_property
    def linear(self) -> sp.Expr:
        """The linear term l."""
        return (self.primal.pull.T * sp.Matrix(self.primal.outer.w))[0]

    @cached_property
    def first_square(self) -> sp.Expr:
        """The value of n^2 at the start."""
        return rational(self.primal.first * self.first_size**2)

    @cached_property
    def rise(self) -> sp.Expr:
        """The value of n^2 - n_0^2, as a product of difference and sum."""
        middle = self.primal.gram.inv() * (self.away + 2 * self.first_point)
        return sp.Add(*(x * y for x, y in zip(self.away, middle, strict=True)))

    @cached_property
    def across(self) -> sp.Expr:
        """The square of the part of w that is across the start, times s_0^2."""
        first = self.primal.first
        if first == 0:
            return sp.S.Zero
        share = (self.primal.pull.T * self.away)[0] / first
        part = self.away - share * self.primal.outer.sign * self.primal.z0
        return first * _square(part, self.primal.gram.inv())


def _square(vector: sp.Matrix, metric: sp.Matrix) -> sp.Expr:
    if metric == sp.eye(len(vector)):
        return sp.Add(*(x**2 for x in vector))
    return (vector.T * metric * vector)[0]


def _root(form: StableRadial, square: Any) -> sp.Expr:
    """Return R where n^2 has this value."""
    return sp.sqrt(sp.expand(2 * form.growth * square + form.offset**2))


def _terms(form: StableRadial, size: Any, norm: Any, time: Any, gap: Any) -> sp.Expr:
    """Return the sum in terms of A, s, tau and s_0 n - l."""
    a0, s0 = form.first_size, form.first_norm
    outer = form.growth * time**2 * (size + 2 * a0) / (3 * (size + a0) ** 2)
    inner = 2 * time**2 * size / (norm + s0) ** 2
    return (size * time / 3 if a0 == 0 else outer) + (size * time if s0 == 0 else inner) + gap


def _at_root(form: StableRadial, root: Any, time: Any, gap: Any) -> sp.Expr:
    """Return the sum in terms of R, tau and s_0 n - l."""
    size, square = sp.sqrt((root + form.offset) / 2), (root - form.offset) / form.growth
    return _terms(form, size, sp.sqrt(square), time, gap)


def _gap(form: StableRadial, n: Any, linear: Any, across: Any) -> sp.Expr:
    """Return s_0 n - l by its conjugate where it would cancel."""
    if form.primal.first == 0:
        return sp.S.Zero
    far = form.first_norm * n
    return sp.Piecewise((across / (far + linear), linear > 0), (far - linear, True))


def stable_radial(primal: Radial) -> StableRadial | None:
    """Return the pieces of the stable form.

    Parameters
    ----------
    primal : Radial
        The potential of a composition with a linear map.

    Returns
    -------
    StableRadial or None
        None unless there is one factor and it is linear: its square grows linearly in tau.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.chain(3, 2)
    >>> stable_radial(net.regularizer(dict(zip(net.parameters, (1, 1, 1, 0)))).solution.primal)
    """
    square = sp.expand(primal.outer.size**2)
    if primal.profile is None or not square.is_polynomial(TAU) or sp.degree(square, TAU) != 1:
        return None
    return StableRadial(primal, square.coeff(TAU, 1), primal.outer.size.subs(TAU, 0))


def stable_potential(form: StableRadial, opening: sp.Expr, assumptions: tuple[Any, ...]) -> Formula:
    """Derive the form that does not cancel.

    Parameters
    ----------
    form : StableRadial
        The pieces.
    opening : sympy.Expr
        The radial part less the linear term, in n, p and w.
    assumptions : tuple of sympy.Boolean
        Of the potential.

    Returns
    -------
    Formula
        The potential.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 1))))
    >>> found.potential.stable.evidence
    'exact'
    """
    derivation = Derivation("A potential without cancellation", assumptions, cites=["azulay2021"])
    _differences(derivation, form)
    primal, growth = form.primal, form.growth
    n, p, root = primal.n, primal.p, positive("R")
    rise, across, linear = real("m h l")
    time = (p - primal.first) / 2
    size = primal.outer.size.subs(TAU, time)
    derivation.start(opening, "the potential; near the start this cancels")
    names = [sp.Eq(linear, form.linear)]
    derivation.rewrite(opening + form.linear - linear, "the linear term", given=names)
    gap = form.first_norm * n - linear
    derivation.rewrite(
        _terms(form, size, sp.sqrt(p), time, gap),
        "three terms that are never negative",
        given=[sp.Eq(n, size * sp.sqrt(p))],
    )
    first_root = _root(form, form.first_square)
    derivation.rewrite(
        _at_root(form, root, (root - first_root) / (2 * growth), gap),
        rf"where ${sp.latex(p)}$ solves a quadratic equation, ${sp.latex(root)}$ the root in it",
        given=[sp.Eq(p, (root - form.offset) / growth)],
    )
    differences = [sp.Eq(root, _root(form, n**2))]
    differences += [sp.Eq(rise, n**2 - form.first_square)]
    differences += [sp.Eq(across, primal.first * n**2 - linear**2)]
    differences += names if primal.first == 0 else []
    derivation.rewrite(
        _at_root(form, root, rise / (root + first_root), _gap(form, n, linear, across)),
        "differences by their conjugates",
        given=differences,
    )
    square = sp.expand(primal.norm**2)
    known = {root: _root(form, square), n: primal.norm, linear: form.linear}
    known |= {rise: form.rise, across: form.across}
    names = [sp.Eq(symbol, value, evaluate=False) for symbol, value in known.items()]
    derivation.rewrite(derivation.line.xreplace(known), "inserted", given=names)
    name = sp.Function("Q")(*primal.outer.w)
    return derivation.conclude(name, "stable_potential")


def _differences(derivation: Derivation, form: StableRadial) -> None:
    """Check the two differences that are written as products and squares."""
    square = sp.expand(form.primal.norm**2)
    derivation.start(form.rise, "difference times sum of $w$ and its first value")
    derivation.rewrite(square - form.first_square, "the difference of the squared norms")
    if form.primal.first != 0:
        derivation.start(form.across, "the square of the part of $w$ across the start, scaled")
        derivation.rewrite(
            form.primal.first * square - form.linear**2, "what Cauchy and Schwarz leave"
        )
