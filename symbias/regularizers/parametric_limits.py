"""Limits where only the conjugate is closed: the scale is taken out, and the dual variable runs to its end.

The potential of the start c theta0 is c^q Q(c^-D w), see `Scaled`; its gradient is c^p Q' with p = q - D. Along
w = c^D W(zeta) with W = Q*', the potential is c^q (zeta W - Q*); for fixed w the scale falls to zero as W grows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.regularizers.leading import leading
from symbias.regularizers.limit_lines import (
    both_sides,
    close_kernel,
    distances,
    homogeneous,
    quadratic_form,
)
from symbias.regularizers.scaling import Scaled, unused
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import positive, real


@dataclass(frozen=True, eq=False)
class Curve:
    """The trajectory and the conjugate of the plain start as functions of one dual variable.

    Parameters
    ----------
    zeta : sympy.Symbol
        The dual variable.
    value, conjugate : sympy.Expr
        W and Q*.
    inner, outer : sympy.Expr
        The powers p and q of the scale.
    """

    zeta: sp.Symbol
    value: sp.Expr
    conjugate: sp.Expr
    inner: sp.Expr
    outer: sp.Expr


def curve(derivation: Derivation, at: Scaled) -> Curve:
    """Return the curve, after showing how the scale comes out of the map.

    Parameters
    ----------
    derivation : Derivation
        Gets the chains.
    at : Scaled
        Of a homogeneous map with one output.

    Returns
    -------
    Curve
        Of the plain start.

    Raises
    ------
    BudgetError
        If trajectory or conjugate are not closed.
    DerivationError
        If the map is not homogeneous.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(3)
    >>> found = curve(Derivation("deep"), scaled(net.regularizer(dict.fromkeys(net.parameters, 1))))
    >>> found.inner, found.outer
    (-1, 2)
    """
    value, dual = (at.plain.formulas.get(name) for name in ("trajectory", "conjugate"))
    if value is None or dual is None or at.outer is None or at.degree is None:
        raise BudgetError(
            "The limit was not found.",
            "the trajectory or the conjugate has no closed form that was found.",
            "Use .minimizer with small or large initial values.",
        )
    (eta,), zeta = at.plain.eta, real(unused("zeta", at.names))
    homogeneous(derivation, at)
    along, conjugate = _entry(value.rhs).subs(eta, zeta), dual.rhs.subs(eta, zeta)
    derivation.start(sp.diff(conjugate, zeta), "the derivative of the conjugate of the plain start")
    derivation.rewrite(along, "it is w along the flow")
    return Curve(zeta, along, conjugate, at.outer - at.degree, at.outer)


def _entry(line: Any) -> sp.Expr:
    return line[0] if isinstance(line, sp.MatrixBase) else line


def parametric_kernel(at: Scaled) -> Formula:
    """Return the kernel limit from the behaviour of the conjugate near zero.

    Parameters
    ----------
    at : Scaled
        Of a homogeneous map with one output.

    Returns
    -------
    Formula
        Q ~ limit at a fixed distance from the start.

    Raises
    ------
    DomainError
        If the metric at the start has no inverse.
    BudgetError
        If trajectory or conjugate are not closed.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(3)
    >>> parametric_kernel(scaled(net.regularizer(dict.fromkeys(net.parameters, 1)))).rhs
    w**2/(36*c**4)
    """
    c, shift = at.c, distances(at)
    derivation = Derivation("The potential for large initializations")
    form = quadratic_form(derivation, at, shift)
    found = curve(derivation, at)
    zeta, h = found.zeta, shift[0]
    moved = found.value - found.value.subs(zeta, 0)
    legendre = zeta * found.value - found.conjugate
    power = found.outer - 2 * at.degree
    derivation.start(
        c**found.outer * legendre,
        f"the potential where eta is {c**found.inner * zeta}: w runs along the flow",
    )
    derivation.rewrite(
        c**power * h**2 * legendre / moved**2,
        "with the distance h of w from the start, by which the scale is fixed",
        given=[sp.Eq(h, c**at.degree * moved, evaluate=False)],
    )
    derivation.rewrite(
        form,
        "for large scales zeta is small: half the quadratic form of the inverse metric, and the warp, at the start",
        relation="~",
        clock=(zeta, sp.S.Zero),
    )
    formula = close_kernel(derivation, at, shift)
    return replace(formula, clock=(c, sp.oo))


def parametric_rich(at: Scaled) -> Formula:
    """Return the rich limit from the behaviour of the conjugate at the ends of its domain.

    Parameters
    ----------
    at : Scaled
        Of a homogeneous map with one output.

    Returns
    -------
    Formula
        Q ~ limit at fixed w.

    Raises
    ------
    BudgetError
        If trajectory or conjugate are not closed, or their end was not found.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(4)
    >>> parametric_rich(scaled(net.regularizer(dict.fromkeys(net.parameters, 1)))).rhs
    Abs(w)/(8*c**2)
    """
    derivation = Derivation("The potential for small initializations")
    found = curve(derivation, at)
    (w,), zeta = at.w, found.zeta
    if sp.expand(found.value.subs(zeta, -zeta) + found.value).cancel() == 0:
        derivation.start(found.value.subs(zeta, -zeta), "w at the opposite dual variable")
        derivation.rewrite(-found.value, "w is odd, so the potential is even: let w be positive")
        _side(derivation, at, found, 1, sp.Abs(w))
        formula = derivation.conclude(sp.Function("Q")(w), "rich limit")
        return replace(formula, clock=(at.c, sp.S.Zero))
    size = positive(unused("m", at.names))
    sides = {s: _side(derivation, at, found, s, size) for s in (1, -1) if ends(found, s)}
    parts = [(e.subs(size, s * w), s * w > 0) for s, e in sides.items()]
    derivation.start(
        sp.Piecewise(*parts[:-1], (parts[-1][0], True)),
        "the leading terms for both signs of w" if len(sides) == 2 else "the leading term",
    )
    derivation.rewrite(both_sides(sides, size, w), "in one expression")
    domain = [] if len(sides) == 2 else [s * w > 0 for s in sides]
    formula = derivation.conclude(sp.Function("Q")(w), "rich limit", domain=domain)
    return replace(formula, relation="~", clock=(at.c, sp.S.Zero))


def ends(found: Curve, sign: int) -> sp.Expr | None:
    """Return the dual variable at which w diverges with a sign, None if there is none.

    Parameters
    ----------
    found : Curve
        A trajectory.
    sign : int
        1 or -1: of the dual variable and of w.

    Returns
    -------
    sympy.Expr or None
        Its absolute value: the nearest pole, or infinity.

    Raises
    ------
    BudgetError
        If poles were not found or not ordered.

    Examples
    --------
    >>> zeta = real("zeta")
    >>> ends(Curve(zeta, 1 / (1 - 3 * zeta) ** 3 - 1, zeta, sp.S(0), sp.S(0)), 1)
    1/3
    >>> ends(Curve(zeta, 1 / (1 - 3 * zeta) ** 3 - 1, zeta, sp.S(0), sp.S(0)), -1)
    """
    poles = {
        -sp.sympify(base.subs(found.zeta, 0)) / base.diff(found.zeta) * sign
        for base in _bases(found.value, found.zeta)
    }
    if any(p.has(found.zeta) or not (p.is_positive or p.is_negative) for p in poles):
        raise BudgetError(
            "The rich limit was not found.",
            f"the poles of the trajectory {found.value} were not found, or their signs are not known.",
            "Use .minimizer with small initial values.",
        )
    ahead = [p for p in poles if p.is_positive]
    first = sp.Min(*ahead) if ahead else sp.oo
    if first is sp.oo:
        reached = sp.limit(
            sign * found.value.subs(found.zeta, sign * found.zeta), found.zeta, sp.oo
        )
        return sp.oo if reached is sp.oo else None
    if isinstance(first, sp.Min):
        raise BudgetError(
            "The rich limit was not found.",
            f"which of the poles {', '.join(map(str, first.args))} comes first depends on the initialization.",
            "Ask for the limit of an initialization given by numbers.",
        )
    return first


def _bases(value: sp.Expr, zeta: sp.Symbol) -> set[sp.Expr]:
    """Return what a pole or a logarithm of a trajectory is the zero of."""
    found = set()
    for part in sp.preorder_traversal(value):
        if isinstance(part, sp.Pow) and part.exp.is_negative and part.base.has(zeta):
            found.add(part.base)
    return found


def _side(derivation: Derivation, at: Scaled, found: Curve, sign: int, size: sp.Expr) -> sp.Expr:
    """Derive the leading term for one sign of w, as a function of |w| = size; the last line of the derivation."""
    end, c = ends(found, sign), at.c
    if end is None or end is sp.oo:
        raise BudgetError(
            "The rich limit was not found.",
            "the trajectory has no pole at the end of its domain.",
            "Use .minimizer with small initial values.",
        )
    t = positive(unused("t", at.names))
    dual = end * (1 - t)
    value = sp.factor(sign * found.value.subs(found.zeta, sign * dual))
    conjugate = sp.factor(found.conjugate.subs(found.zeta, sign * dual))
    derivation.start(1 / value, f"the power {at.degree} of the scale, relative to |w|")
    derivation.rewrite(
        leading(1 / value, t),
        f"it falls to zero as the dual variable tends to its end {sign * end}",
        relation="~",
        clock=(t, sp.S.Zero),
    )
    derivation.start(
        c**found.outer * (dual * value - conjugate),
        f"the potential where eta is {c**found.inner * sign * dual}",
    )
    derivation.rewrite(
        c**found.inner * size * (dual - conjugate / value),
        "with |w|, by which the scale is fixed",
        given=[sp.Eq(size, c**at.degree * value, evaluate=False)],
    )
    derivation.rewrite(
        c**found.inner * size * end,
        "for small scales the dual variable is near its end",
        relation="~",
        clock=(t, sp.S.Zero),
    )
    return derivation.line
