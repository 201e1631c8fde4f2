"""The derivation behind the regularizer of a product of scalars and a commuting map; every line is checked."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.regularizers.branches import walls
from symbias.regularizers.composition import Composition
from symbias.regularizers.composition_metric import opening_steps
from symbias.regularizers.coordinate_flow import TAU
from symbias.regularizers.radial import Radial
from symbias.regularizers.radial_stable import stable_potential, stable_radial
from symbias.regularizers.separable import tidy
from symbias.regularizers.separable_derivation import flow_steps, integral_steps
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula


def derive_composition(
    found: Composition, primal: Radial | None, derivation: Derivation | None = None
) -> tuple[Derivation, dict[str, Formula]]:
    """Return the derivation and its formulas by name.

    Parameters
    ----------
    found : Composition
        The closed forms.
    primal : Radial or None
        The potential, where z is linear.
    derivation : Derivation, optional
        What came before.

    Returns
    -------
    Derivation
        From the map to its potential.
    dict of str to Formula
        ``"trajectory"``, ``"conjugate"``, ``"gradient"``, ``"potential"``: those that have closed forms.

    Raises
    ------
    DerivationError
        If a closed form is wrong.
    BudgetError
        If a line could not be checked.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 1))))
    >>> [formula.name for formula in found.derivation.formulas]
    ['trajectory', 'conjugate', 'gradient', 'potential']
    """
    derivation = derivation or Derivation("What gradient flow minimises", cites=["azulay2021"])
    opening_steps(derivation, found)  # of every start: what they state is decided once for a map
    derivation.assumptions = tuple(
        dict.fromkeys((*derivation.assumptions, *found.inner.conditions(), *_alive(found, TAU, 0)))
    )
    formulas: dict[str, Formula] = {}
    _scales(derivation, found)
    if primal is None:
        for scalar in found.inner.scalars:
            for mode, flow, _ in scalar.flows:
                flow_steps(derivation, mode, flow)
        integral_steps(derivation, found.inner)
    _warp(derivation, found)
    _dual(derivation, found, formulas)
    if primal is not None and primal.root is not None:
        _root(derivation, primal)
        _gradient(derivation, primal, formulas)
    if primal is not None and primal.profile is not None:
        _potential(derivation, found, primal, formulas)
    return derivation, formulas


def _alive(found: Composition, time: sp.Expr, now: Any) -> tuple[Any, ...]:
    """Return the conditions under which no factor has vanished by a time."""
    at = {TAU: sp.sympify(now)} if time == TAU else dict.fromkeys(found.eta, sp.S.Zero)
    conditions: dict[Any, None] = {}
    for s in found.scales:
        conditions |= walls(s.size.subs(TAU, time), at)
    return tuple(conditions)


def _scales(derivation: Derivation, found: Composition) -> None:
    for s in found.scales:
        if s.position is not None:
            derivation.start(
                sp.diff(s.position, TAU),
                rf"velocity of ${sp.latex(s.symbol)}$ in the time $\tau = \psi^*(\eta)$, $\psi^*$ the conjugate of $z$",
            )
            derivation.rewrite(
                s.slope.subs(s.symbol, s.position),
                r"the logarithmic derivative of its factor, since $w \cdot r\, dt = d\psi^*$",
            )
            derivation.start(s.position.subs(TAU, 0), "its start")
            derivation.rewrite(s.start, "as initialized")


def _warp(derivation: Derivation, found: Composition) -> None:
    """Check that Phi'' = |grad P|^2 / P, so that Hess Q* = M / |P|."""
    at = {s.symbol: s.position for s in found.scales}
    if None not in at.values():
        push = sp.Add(*(sp.diff(found.product, s.symbol) ** 2 for s in found.scales))
        derivation.start(
            sp.diff(found.size, TAU), "the derivative of the size of the product of the factors"
        )
        derivation.rewrite(
            found.sign * (push / found.product).subs(at, simultaneous=True),
            r"the part of the metric along $z$, divided by the warp $g = |P|$: the metric is $g$ times a Hessian",
        )
    if found.primitive is not None:
        derivation.start(
            sp.diff(found.primitive, TAU),
            r"the derivative of the conjugate as a function $\Phi$ of $\tau = \psi^*(\eta)$",
        )
        derivation.rewrite(found.size, "it is the size of the product of the factors")
        derivation.start(found.primitive.subs(TAU, 0), "its first value")
        derivation.rewrite(sp.S.Zero, "zero")


def _dual(derivation: Derivation, found: Composition, formulas: dict[str, Formula]) -> None:
    if found.trajectory is None or found.conjugate is None:
        return
    if found.primal is not None:
        derivation.start(
            found.primal.gram,
            r"the metric of $z$, which is constant: $z$ is linear in $\eta$, and $\psi^*$ is quadratic",
        )
    derivation.start(
        sp.Matrix([sp.diff(found.action, e) for e in found.eta]),
        r"the gradient of $\psi^*$ at the dual variables $\eta = \int g r\, dt$",
    )
    derivation.rewrite(
        sp.Matrix(found.direction), r"the value of $z$ there, with the sign of the factors"
    )
    derivation.start(
        sp.Matrix(found.trajectory),
        r"$|P|$ times that: $\nabla \Phi(\psi^*)$ by the chain rule, so that the warped flow is a mirror flow",
    )
    domain = _alive(found, found.action, 0)
    formulas["trajectory"] = derivation.conclude("w", "trajectory", domain=domain)
    derivation.start(found.conjugate, r"the conjugate $Q^* = \Phi(\psi^*)$, zero at $\eta = 0$")
    formulas["conjugate"] = derivation.conclude(
        sp.Function("Qstar")(*found.eta), "conjugate", domain=domain
    )


def _root(derivation: Derivation, primal: Radial) -> None:
    root: Any = primal.root
    derivation.start(
        primal.square.subs(primal.p, root),
        rf"the square of $n = |w| = |P| |z|$, where $|z|^2 = {sp.latex(primal.p)}$",
    )
    derivation.rewrite(primal.n**2, rf"solved for ${sp.latex(primal.p)}$")


def _gradient(derivation: Derivation, primal: Radial, formulas: dict[str, Formula]) -> None:
    derivation.start(
        sp.Matrix(primal.gradient),
        r"$z$ in terms of $w$, less $z$ at the start: $\eta = \nabla Q(w)$",
    )
    formulas["gradient"] = derivation.conclude("dQ", "gradient")


def _potential(
    derivation: Derivation, found: Composition, primal: Radial, formulas: dict[str, Formula]
) -> None:
    n, p, root = primal.n, primal.p, primal.root
    size, primitive = sp.sqrt(primal.square), sp.sympify(found.primitive)
    radial = n * sp.sqrt(p) - primitive.subs(TAU, (p - primal.first) / 2)
    derivation.start(
        sp.diff(radial.subs(n, size), p) / sp.diff(size, p),
        rf"the derivative by $n$ of $q = n \sqrt{{{sp.latex(p)}}} - \Phi$, through ${sp.latex(p)}$",
    )
    derivation.rewrite(sp.sqrt(p), r"the norm of $z$: $q$ is the radial part of the potential")
    linear = (primal.pull.T * sp.Matrix(found.w))[0]
    form = stable_radial(primal)
    stable = None
    if form is not None:
        stable = stable_potential(form, radial - linear, derivation.assumptions)
    derivation.start(
        radial - linear,
        r"the potential as Legendre transform of $Q^*$: the radial part, and the linear term of the initialization",
    )
    derivation.rewrite(primal.profile - linear, "in terms of the norm", given=[sp.Eq(p, root)])
    derivation.rewrite(
        primal.potential, rf"${sp.latex(n)}$ is the norm of $w$", given=[sp.Eq(n, primal.norm)]
    )
    if tidy(primal.potential) != primal.potential:
        derivation.rewrite(tidy(primal.potential), "collect")
    formulas["potential"] = derivation.conclude(
        sp.Function("Q")(*found.w), "potential", stable=stable
    )
    first = [f.subs(found.start.point) for f in found.parametrization.outputs]
    if any(first):
        there = dict(zip(found.w, first, strict=True))
        derivation.start(formulas["potential"].rhs.subs(there), "its value at the start")
        derivation.rewrite(sp.S.Zero, "zero, and so is its gradient")
