"""The derivation behind the regularizer of a separated map, line by line; every line is checked."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.regularizers.coordinate_flow import TAU, X
from symbias.regularizers.joint_flow import brackets
from symbias.regularizers.separable import Separable, tidy
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import real


def derive_separable(
    found: Separable, derivation: Derivation | None = None
) -> tuple[Derivation, dict[str, Formula]]:
    """Return the derivation and its formulas by name.

    Parameters
    ----------
    found : Separable
        The closed forms.
    derivation : Derivation, optional
        What came before.

    Returns
    -------
    Derivation
        From the map to potential and conjugate.
    dict of str to Formula
        ``"trajectory"``, ``"conjugate"``, ``"gradient"``, ``"potential"``: those that have closed forms.

    Raises
    ------
    DerivationError
        If a closed form is wrong.
    BudgetError
        If a line could not be checked, or there is neither a conjugate nor a potential.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = net.regularizer(dict.fromkeys(net.parameters, 1))
    >>> [formula.name for formula in found.derivation.formulas]
    ['trajectory', 'conjugate', 'gradient', 'potential']
    """
    derivation = derivation or Derivation("What gradient flow minimises", cites=["li2022"])
    derivation.assumptions = (*derivation.assumptions, *found.conditions())
    brackets(derivation, found.parametrization)
    for scalar in found.scalars:
        for mode, flow, _ in scalar.flows:
            flow_steps(derivation, mode, flow)
    formulas: dict[str, Formula] = {}
    if found.trajectory is not None and found.theta is not None:
        _trajectory(derivation, found, formulas)
    if found.conjugate is not None:
        _conjugate(derivation, found, formulas)
    if found.link is not None:
        _gradient(derivation, found, formulas)
    if found.potential is not None:
        _potential(derivation, found, formulas)
    if not {"conjugate", "potential"} & set(formulas):
        raise BudgetError(
            "Neither the conjugate nor the potential has a closed form that was found.",
            "an integral or an inverse is not elementary.",
            "Use simulate.gradient_flow.",
        )
    return derivation, formulas


def flow_steps(derivation: Derivation, mode: Any, flow: Any) -> None:
    """Check the closed forms of one coordinate q' = phi'(q).

    Parameters
    ----------
    derivation : Derivation
        Where the lines go.
    mode : Mode
        The coordinate.
    flow : CoordinateFlow
        Its closed forms.

    Examples
    --------
    >>> flow_steps.__name__
    'flow_steps'
    """
    q = real("q")
    slope = sp.diff(mode.phi, mode.q)
    if flow.position is not None:
        derivation.start(
            sp.diff(flow.position, TAU),
            rf"velocity of the coordinate $q$ with value ${sp.latex(mode.phi.subs(mode.q, q))}$",
        )
        derivation.rewrite(slope.subs(mode.q, flow.position), "it follows its own gradient")
        derivation.start(flow.position.subs(TAU, 0), "its start")
        derivation.rewrite(flow.start, "as initialized")
    if flow.link is not None:
        first = mode.phi.subs(mode.q, flow.start)
        derivation.start(
            1 / flow.speed,
            rf"inverse metric of $x = {sp.latex(mode.phi.subs(mode.q, q))}$, where $x' = M(x)$",
        )
        derivation.rewrite(
            sp.diff(flow.link, X), r"the derivative of the time at which the value is $x$"
        )
        derivation.start(
            (flow.speed.subs(X, mode.phi)).subs(mode.q, q), r"the metric at $x = \phi(q)$"
        )
        derivation.rewrite((slope**2).subs(mode.q, q), r"the square of $\phi'(q)$")
        derivation.start(flow.link.subs(X, first), "the time at the first value")
        derivation.rewrite(sp.S.Zero, "zero")


def _trajectory(derivation: Derivation, found: Separable, formulas: dict[str, Formula]) -> None:
    theta = dict(zip(found.parametrization.parameters, found.theta or (), strict=True))
    along = [f.subs(theta, simultaneous=True) for f in found.parametrization.outputs]
    derivation.start(
        _line(along),
        r"the map along the joint flow of its gradient fields for times $\eta = -\int \partial L/\partial w\, dt$",
    )
    derivation.rewrite(_line([tidy(e) for e in found.trajectory or ()]), "insert and collect")
    formulas["trajectory"] = derivation.conclude(
        _name("w", found.eta, len(found.w)), "trajectory", reference="li2022"
    )


def _line(entries: list[sp.Expr]) -> Any:
    return entries[0] if len(entries) == 1 else sp.Matrix(entries)


def _name(name: str, arguments: Any, count: int) -> Any:
    """Return an applied function, or a matrix name for vectors."""
    return sp.Function(name)(*arguments) if count == 1 else name


def integral_steps(derivation: Derivation, found: Separable) -> None:
    """Check the integral of every coordinate x over its time.

    Parameters
    ----------
    derivation : Derivation
        Where the lines go.
    found : Separable
        The closed forms.

    Examples
    --------
    >>> integral_steps.__name__
    'integral_steps'
    """
    for m, (tau, x) in zip(found.scalars, found.labels, strict=True):
        if m.value is not None and m.primitive is not None:
            primitive = m.primitive.subs(TAU, tau)
            derivation.start(
                sp.diff(primitive, tau),
                rf"the derivative of the integral of ${sp.latex(x)}$ over its time ${sp.latex(tau)}$",
            )
            derivation.rewrite(m.value.subs(TAU, tau), rf"it is ${sp.latex(x)}$")
            derivation.start(primitive.subs(tau, 0), "the integral at time zero")
            derivation.rewrite(sp.S.Zero, "zero")


def _conjugate(derivation: Derivation, found: Separable, formulas: dict[str, Formula]) -> None:
    integral_steps(derivation, found)
    derivation.start(
        found.conjugate,
        r"the sum of these integrals: its gradient is $w(\eta)$, and it vanishes at $\eta = 0$",
    )
    derivation.rewrite(tidy(found.conjugate), "collect")
    formulas["conjugate"] = derivation.conclude(
        sp.Function("Qstar")(*found.eta), "conjugate", reference="li2022"
    )


def _gradient(derivation: Derivation, found: Separable, formulas: dict[str, Formula]) -> None:
    for m, (tau, x) in zip(found.scalars, found.labels, strict=True):
        if m.value is not None and not any(flow.link is not None for _, flow, _ in m.flows):
            derivation.start(
                m.value.subs(TAU, m.link).subs(X, x),
                rf"${sp.latex(x)}$ at this time ${sp.latex(tau)}$",
            )
            derivation.rewrite(x, "so it is the time at which it is reached")
    link = list(found.link or ())
    derivation.start(
        _line(link),
        r"the times at which the joint flow arrives at $w$: the gradient of the potential",
    )
    derivation.rewrite(_line([tidy(e) for e in link]), "collect")
    formulas["gradient"] = derivation.conclude(_name("dQ", found.w, len(found.w)), "gradient")


def _potential(derivation: Derivation, found: Separable, formulas: dict[str, Formula]) -> None:
    for m, (_, x) in zip(found.scalars, found.labels, strict=True):
        link, potential = m.link.subs(X, x), m.potential.subs(X, x)
        derivation.start(
            sp.diff(potential, x),
            rf"the derivative of the potential in the coordinate ${sp.latex(x)}$",
        )
        derivation.rewrite(
            link,
            rf"the time at which ${sp.latex(x)}$ is reached: a combination of integrals of $-\partial L/\partial w$",
        )
    derivation.start(sp.expand(found.potential), "the potential, inserted and written out")
    derivation.rewrite(tidy(found.potential), "collect")
    formulas["potential"] = derivation.conclude(sp.Function("Q")(*found.w), "potential")
    first = [f.subs(found.start.point, simultaneous=True) for f in found.parametrization.outputs]
    there = dict(zip(found.w, first, strict=True))
    derivation.start(
        formulas["potential"].rhs.subs(there, simultaneous=True), "its value at the start"
    )
    derivation.rewrite(
        sp.S.Zero, "zero, and so is its gradient: the linear term of the initialization is included"
    )
