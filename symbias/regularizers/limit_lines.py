"""Lines that the derivations of limits share: homogeneity, the metric at the start, both signs of w."""

from __future__ import annotations

import sympy as sp

from symbias.errors import DomainError
from symbias.regularizers.scaling import Scaled, unused
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import real


def homogeneous(derivation: Derivation, at: Scaled) -> None:
    """Show that a power of the scale comes out of the map.

    Parameters
    ----------
    derivation : Derivation
        Gets one chain per output.
    at : Scaled
        A scaled start of a homogeneous map.

    Raises
    ------
    DerivationError
        If it is not homogeneous.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(2)
    >>> derivation = Derivation("a network")
    >>> homogeneous(derivation, scaled(net.regularizer(dict.fromkeys(net.parameters, 1))))
    >>> derivation.line
    c**2*(u**2 - v**2)
    """
    theta = at.plain.parametrization.parameters
    moved = {s: at.c * s for s in theta}
    for f in at.outputs:
        derivation.start(f.subs(moved, simultaneous=True), "the map at scaled parameters")
        derivation.rewrite(at.c**at.degree * f, f"it is homogeneous of degree {at.degree}")
    warp = sp.sympify(at.plain.warp)
    if warp.has(*theta):
        derivation.start(warp.subs(moved, simultaneous=True), "the warp at scaled parameters")
        derivation.rewrite(at.c ** (at.outer - 2) * warp, "it is homogeneous")


def tends(derivation: Derivation, expr: sp.Expr, because: str, c: sp.Symbol, to: sp.Expr) -> None:
    """Add a line for the limit of a scale, or for equality where the scale does not occur.

    Parameters
    ----------
    derivation : Derivation
        Whose last line tends to `expr`.
    expr : sympy.Expr
        The leading term.
    because : str
        The reason.
    c : sympy.Symbol
        The scale.
    to : sympy.Expr
        Zero or infinity.

    Raises
    ------
    DerivationError
        If it does not.
    BudgetError
        If that was not decided.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> c = positive("c")
    >>> derivation = Derivation("a sum").start(1 + c, "given")
    >>> tends(derivation, sp.S.One, "small", c, sp.S.Zero)
    >>> derivation.steps[-1].relation
    '~'
    """
    if derivation.line.has(c) or expr.has(c):
        derivation.rewrite(expr, because, relation="~", clock=(c, to))
    else:
        derivation.rewrite(expr, because + "; it does not depend on the scale")


def both_sides(found: dict[int, sp.Expr], size: sp.Symbol, w: sp.Symbol) -> sp.Expr:
    """Write what holds for w = size and for w = -size as one expression in w.

    Parameters
    ----------
    found : dict of int to sympy.Expr
        By the sign of w, one or both.
    size : sympy.Symbol
        The absolute value of w.
    w : sympy.Symbol
        Real.

    Returns
    -------
    sympy.Expr
        In |w| and w where both sides are linear.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> m, w = positive("m"), real("w")
    >>> both_sides({1: 2 * m, -1: 4 * m}, m, w)
    -w + 3*Abs(w)
    """
    if len(found) == 1:
        ((sign, only),) = found.items()
        return only.subs(size, sign * w)
    right, left = found[1], found[-1]
    if sp.expand(sp.expand_log(right - left, force=True)) == 0:
        return right.subs(size, sp.Abs(w))
    slopes = [sp.cancel(e / size) for e in (right, left)]
    if any(s.has(size) for s in slopes):
        return sp.Piecewise((right.subs(size, w), w > 0), (left.subs(size, -w), True))
    mean, half = (slopes[0] + slopes[1]) / 2, (slopes[0] - slopes[1]) / 2
    return sp.factor(mean) * sp.Abs(w) + sp.factor(half) * w


def distances(at: Scaled) -> tuple[sp.Symbol, ...]:
    """Return symbols for the distance of w from the start: w itself where the start is zero.

    Parameters
    ----------
    at : Scaled
        A scaled start.

    Returns
    -------
    tuple of sympy.Symbol
        One for each output.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(2)
    >>> distances(scaled(net.regularizer(dict(zip(net.parameters, (1, 2))))))
    (h_w,)
    """
    pairs = zip(at.w, at.first, strict=True)
    return tuple(s if f == 0 else real(unused(f"h_{s.name}", at.names)) for s, f in pairs)


def quadratic_form(derivation: Derivation, at: Scaled, shift: tuple[sp.Symbol, ...]) -> sp.Expr:
    """Return g h^T M^-1 h / 2 with the metric M and the warp g at the scaled start, both shown.

    Parameters
    ----------
    derivation : Derivation
        Gets a chain for the metric.
    at : Scaled
        A scaled start.
    shift : tuple of sympy.Symbol
        h.

    Returns
    -------
    sympy.Expr
        The candidate for the kernel limit.

    Raises
    ------
    DomainError
        If the metric has no inverse.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = scaled(net.regularizer(dict.fromkeys(net.parameters, 1)))
    >>> quadratic_form(Derivation("a network"), found, found.w)
    w**2/(16*c**2)
    """
    theta = at.plain.parametrization.parameters
    jacobian = sp.Matrix(at.outputs).jacobian(theta)
    metric = (jacobian * jacobian.T).applyfunc(sp.expand)
    there = metric.subs(at.theta, simultaneous=True).applyfunc(sp.factor)
    if sp.cancel(there.det()) == 0:
        raise DomainError(
            "The kernel limit is not defined here.",
            "the metric J J^T has no inverse at the start: the outputs do not move in all directions to first order.",
            "Choose another initialization.",
        )
    derivation.start(metric if len(shift) > 1 else metric[0], "the metric M = J J^T of the outputs")
    at_start = {s: value for s, value in at.theta.items() if metric.has(s)}
    derivation.rewrite(
        there if len(shift) > 1 else there[0],
        f"at the start scaled by {at.c}",
        given=[sp.Eq(s, value, evaluate=False) for s, value in at_start.items()],
    )
    h = sp.Matrix(shift)
    warp = sp.sympify(at.plain.warp).subs(at.theta, simultaneous=True)
    return sp.factor(warp * (h.T * there.inv() * h)[0] / 2)


def close_kernel(derivation: Derivation, at: Scaled, shift: tuple[sp.Symbol, ...]) -> Formula:
    """Write the distance h as w minus the start, and conclude.

    Parameters
    ----------
    derivation : Derivation
        Ending in a function of h.
    at : Scaled
        A scaled start.
    shift : tuple of sympy.Symbol
        h.

    Returns
    -------
    Formula
        In w.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.scaling import scaled
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = scaled(net.regularizer(dict(zip(net.parameters, (2, 1)))))
    >>> (h,) = distances(found)
    >>> close_kernel(Derivation("a form").start(h**2, "given"), found, (h,)).rhs
    (-3*c**2 + w)**2
    """
    w, first = at.w, at.first
    moved = {h: s - f for h, s, f in zip(shift, w, first, strict=True) if h != s}
    if moved:
        derivation.rewrite(
            derivation.line.subs(moved, simultaneous=True),
            "with the distance from the start, which stays fixed",
            given=[sp.Eq(h, value, evaluate=False) for h, value in moved.items()],
        )
    name = "kernel limit, at a fixed distance from the start" if moved else "kernel limit"
    return derivation.conclude(sp.Function("Q")(*w), name)
