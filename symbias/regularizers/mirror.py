"""The mirror of a separated map: w = constant + C x, every x_g a monotone function of the time tau_g = (C^T eta)_g.

Modes whose columns are parallel share one time. The conjugate is the sum of the primitives of x_g over that time; the
potential needs the time as a function of x_g.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p

from symbias.regularizers.commuting import Mode
from symbias.regularizers.coordinate_flow import TAU, CoordinateFlow, X, coordinate_flow
from symbias.regularizers.inverse import exponential_sum, inverse
from symbias.sym.rewrite import rational


@dataclass(frozen=True, eq=False)
class ScalarMirror:
    """One monotone coordinate x of w, in the time `TAU` and the value `X`; None where no closed form was found.

    Parameters
    ----------
    column : tuple of sympy.Expr
        Its factors in the outputs.
    first : sympy.Expr
        x at the start.
    value, primitive : sympy.Expr or None
        x at time tau, and its integral from 0.
    link, potential : sympy.Expr or None
        The time at which the value is x, and its integral from the first value.
    flows : tuple
        Pairs of a mode and its flow, with the sign of its time.
    change : sympy.Expr or None
        The value less the first one, in a form that does not cancel for short times.
    """

    column: tuple[sp.Expr, ...]
    first: sp.Expr
    value: Any
    primitive: Any
    link: Any
    potential: Any
    flows: tuple[tuple[Mode, CoordinateFlow, sp.Expr], ...]
    change: Any = None


def mirrors(
    modes: list[Mode],
    start: Mapping[sp.Symbol, sp.Expr],
    order: tuple[sp.Symbol, ...],
    *,
    invert: bool = True,
) -> list[ScalarMirror]:
    """Return the monotone coordinates of a separated map.

    Parameters
    ----------
    modes : list of Mode
        From `separate`.
    start : mapping of sympy.Symbol to sympy.Expr
        The parameters at time zero.
    order : tuple of sympy.Symbol
        The parameters, as the weights of modes count them.
    invert : bool
        Whether the time as a function of the value is wanted.

    Returns
    -------
    list of ScalarMirror
        One for each direction of columns.

    Raises
    ------
    BudgetError
        If a flow was not solved.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.regularizers.commuting import separate
    >>> net = sb.parametrizations.diagonal(2)
    >>> at = dict.fromkeys(net.parameters, sp.S(1))
    >>> mirrors(separate(net, at), at, net.parameters)[0].value
    2*sinh(4*tau)
    """
    bundles: list[tuple[tuple[sp.Expr, ...], list[tuple[Mode, sp.Expr]]]] = []
    for mode in modes:
        for column, members in bundles:
            factor = _ratio(mode.column, column)
            if factor is not None:
                members.append((mode, factor))
                break
        else:
            bundles.append((mode.column, [(mode, sp.S.One)]))
    return [_scalar(column, members, start, order, invert) for column, members in bundles]


def _ratio(column: tuple[sp.Expr, ...], other: tuple[sp.Expr, ...]) -> sp.Expr | None:
    place = next(n for n, c in enumerate(other) if c != 0)
    factor = sp.cancel(column[place] / other[place])
    same = factor != 0 and all(
        sp.expand(c - factor * o) == 0 for c, o in zip(column, other, strict=True)
    )
    return factor if same else None


def _scalar(column: Any, members: Any, start: Any, order: Any, invert: bool) -> ScalarMirror:
    flows = []
    for mode, factor in members:
        moved = sum(c * start[s] for c, s in zip(mode.weights, order, strict=True))
        q0 = sp.factor_terms(sp.radsimp(sp.expand(moved)))
        flows.append((mode, coordinate_flow(mode.phi, mode.q, q0), factor))
    change = _change([(flow.value, factor) for _, flow, factor in flows])
    firsts = [factor * mode.phi.subs(mode.q, flow.start) for mode, flow, factor in flows]
    first = sp.expand(sp.Add(*firsts))
    if len(flows) == 1 and flows[0][1].link is not None:
        flow = flows[0][1]
        return ScalarMirror(
            column,
            first,
            flow.value,
            flow.primitive,
            flow.link,
            flow.potential,
            tuple(flows),
            change,
        )
    value = _total([(flow.value, factor) for _, flow, factor in flows], derivative=1)
    primitive = _total([(flow.primitive, factor) for _, flow, factor in flows], derivative=0)
    link = potential = None
    if value is not None and invert:
        link = inverse(value, TAU, X, sp.S.Zero)
    if link is not None and primitive is not None:
        potential = tidy_potential(link, primitive, value)
    return ScalarMirror(column, first, value, primitive, link, potential, tuple(flows), change)


def _change(parts: list[tuple[sp.Expr | None, sp.Expr]]) -> sp.Expr | None:
    """Return the sum of s (f(s tau) - f(0)), term by term."""
    if any(f is None for f, _ in parts):
        return None
    return sp.Add(*(s * _less_start(f).subs(TAU, s * TAU) for f, s in parts if f is not None))


def _less_start(value: sp.Expr) -> sp.Expr:
    if not value.has(TAU):
        return sp.S.Zero
    found = exponential_sum(value, TAU)
    if found is not None:
        return sp.Add(*(c * expm1(rate * TAU) for rate, c in found.items() if rate != 0))
    number, moving = value.as_independent(TAU, as_Add=False)
    base, exponent = moving.as_base_exp()
    if not exponent.has(TAU) and sp.diff(base, TAU, 2) == 0:
        first = base.subs(TAU, 0)
        growth = log1p(sp.cancel(sp.diff(base, TAU) / first) * TAU)
        return number * first**exponent * expm1(exponent * growth)
    return value - value.subs(TAU, 0)


def _total(parts: list[tuple[sp.Expr | None, sp.Expr]], derivative: int) -> sp.Expr | None:
    """Return sum s**derivative f(s tau), with opposite exponentials written as hyperbolic functions."""
    if any(f is None for f, _ in parts):
        return None
    total = sp.Add(*(s**derivative * f.subs(TAU, s * TAU) for f, s in parts if f is not None))
    return hyperbolic(total)


def hyperbolic(total: sp.Expr) -> sp.Expr:
    """Write two exponentials with opposite rates and coefficients equal up to sign by one hyperbolic function.

    Parameters
    ----------
    total : sympy.Expr
        A function of `TAU`.

    Returns
    -------
    sympy.Expr
        An equal expression, which does not cancel near zero.

    Examples
    --------
    >>> hyperbolic(sp.exp(TAU) + sp.exp(-TAU) - 2)
    4*sinh(tau/2)**2
    """
    found = exponential_sum(total, TAU)
    if found is None or not found:
        return total
    rest = found.pop(sp.S.Zero, sp.S.Zero)
    rates = sorted(found, key=lambda r: bool(r.could_extract_minus_sign()))
    if len(rates) == 2 and sp.expand(sum(rates)) == 0:
        rate, a, b = rates[0], found[rates[0]], found[rates[1]]
        if sp.expand(a + b) == 0:
            return 2 * a * sp.sinh(rate * TAU) + rest
        if sp.expand(a - b) == 0:
            return 4 * a * sp.sinh(rate * TAU / 2) ** 2 + sp.expand(rest + 2 * a)
    return sp.Add(*(c * sp.exp(r * TAU) for r, c in found.items())) + rest


def tidy_potential(link: sp.Expr, primitive: sp.Expr, value: sp.Expr) -> sp.Expr:
    """Return x link - primitive(link), with hyperbolic functions of asinh written by square roots.

    Parameters
    ----------
    link, primitive, value : sympy.Expr
        The time as a function of x, and the primitive and the value as functions of time.

    Returns
    -------
    sympy.Expr
        The Legendre transform, in x.

    Examples
    --------
    >>> tidy_potential(sp.asinh(X), 2 * sp.sinh(TAU / 2) ** 2, sp.sinh(TAU))
    x*asinh(x) - sqrt(x**2 + 1) + 1
    """
    found = exponential_sum(primitive, TAU)
    inside = primitive.subs(TAU, link)
    if found is not None:
        rates = {r: c for r, c in found.items() if r != 0}
        opposite = len(rates) == 2 and sp.expand(sum(rates)) == 0
        total = exponential_sum(value, TAU) or {}
        if opposite and set(rates) <= set(total) and link.has(sp.asinh):
            inside = _by_root(rates, total) + found.get(sp.S.Zero, sp.S.Zero)
        elif not opposite:
            inside = sp.Add(
                *(c * sp.powsimp(sp.exp(sp.expand(r * link))) for r, c in found.items())
            )
    return X * link - sp.expand(inside)


def _by_root(rates: dict[sp.Expr, sp.Expr], total: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    """Write c e^(r tau) + d e^(-r tau) where a e^(r tau) + b e^(-r tau) + e = x, by the root of (x - e)^2 - 4ab."""
    rate = next(r for r in rates if not r.could_extract_minus_sign())
    a, b = total[rate], total[-rate]
    x = X - total.get(sp.S.Zero, sp.S.Zero)
    root = sp.sqrt(sp.expand(x**2) - 4 * sp.factor(a * b)) * sign_of(a)
    up, down = (x + root) / (2 * a), (x - root) / (2 * b)
    return sp.expand(rates[rate] * up + rates[-rate] * down)


def sign_of(number: sp.Expr) -> sp.Expr:
    """Return the sign of an expression that does not vanish; one for even powers.

    Parameters
    ----------
    number : sympy.Expr
        Real.

    Returns
    -------
    sympy.Expr
        A number where the signs of the symbols tell.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> sign_of(-2 * x**2)
    -1
    """
    if number.is_nonnegative or number.is_nonpositive:
        return sp.S.One if number.is_nonnegative else sp.S.NegativeOne
    return sp.Mul(
        *(
            sp.S.One if f.is_Pow and f.exp.is_even else sp.sign(f)
            for f in sp.Mul.make_args(sp.factor(number))
        )
    )


def constants(outputs: Any, start: Any, scalars: list[ScalarMirror]) -> list[sp.Expr]:
    """Return what the coordinates x leave of every output: a constant along the flow.

    Parameters
    ----------
    outputs : sequence of sympy.Expr
        The map.
    start : mapping of sympy.Symbol to sympy.Expr
        The parameters at time zero.
    scalars : list of ScalarMirror
        From `mirrors`.

    Returns
    -------
    list of sympy.Expr
        One for each output.

    Examples
    --------
    >>> constants([], {}, [])
    []
    """
    found = []
    for i, f in enumerate(outputs):
        rest = sp.expand(
            f.subs(start, simultaneous=True) - sum(m.column[i] * m.first for m in scalars)
        )
        found.append(rest if rest == 0 else rational(sp.expand_log(rest, force=True)))
    return found
