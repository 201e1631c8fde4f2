"""The stability threshold of a delayed rule as a series in 1/delay.

At the threshold a root exp(i w) crosses the circle with w of order 1/tau, so that z**tau stays of order
one. Put into p = 0 with w = (w_1/tau) (1 + r_2/tau + ...) and x = w_1 (y_1/tau + y_2/tau**2 + ...), the first order
fixes w_1, and every later order is a pair of real linear equations for r_k and y_k.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import DomainError, InputError
from symbias.models.delay_law import DelayLaw
from symbias.models.update_rule import UpdateRule
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.rewrite import rational
from symbias.sym.symbols import dummy, positive, real

_MOST_TERMS = 3
_SMALL = dummy("epsilon", positive=True)
_TURN = dummy("E")
"""Stands for exp(i w_1)."""
_SINE = dummy("s", positive=True)
"""Stands for sin(w_1)."""
_U, _V = dummy("u", real=True), dummy("v", real=True)
"""Stand for w * tau and x * tau."""


@checked
def large_delay(rule: UpdateRule, terms: int = 2) -> Formula:
    """Return the threshold of the mean for long delays, as a series in 1/delay.

    Parameters
    ----------
    rule : UpdateRule
        With one symbolic delay tau, of degree one in x, without weight decay.
    terms : int
        Terms of the series, 1 to 3.

    Returns
    -------
    Formula
        x(tau) ~ x_1/tau + x_2/tau**2 + ..., in x = step * curvature; the error is of order tau**(-terms - 1).

    Raises
    ------
    InputError
        If the number of terms is out of range.
    DomainError
        If the rule has no or several symbolic delays, nests gradients, decays weights, or its leading order has no
        closed form.

    Notes
    -----
    Derived here. x_1 > 0 is smallest for the smallest angle w_1: all solutions have the same cosine, and x_1 is w_1
    times a function that changes only its sign between them. The leading terms of the delayed and of the shifted rule
    are compared with Giladi et al. (``giladi2020``) in the tests.

    Examples
    --------
    >>> import symbias as sb
    >>> tau = sp.Symbol("tau", integer=True, positive=True)
    >>> large_delay(sb.UpdateRule.gradient_descent().delayed(tau)).rhs
    pi/(2*tau) - pi/(4*tau**2)
    """
    count = _checked_terms(terms)
    tau = _only_delay(rule)
    stand_ins = {s: dummy(str(s), real=True) for s in rule.parameters if s != tau}
    equation = _equation(rule, tau).subs(stand_ins)
    cosine, rate = _leading(equation, rule)
    orders, angles, values = _orders(equation, count)
    turn = cosine + sp.I * (1 if cosine == 0 else _SINE)
    pairs = [_real_pair(order.subs(_TURN, turn)) for order in orders]
    solved = _solve(pairs, angles, values, rate, cosine)
    back = {new: old for old, new in stand_ins.items()}
    scale = rule.scale.subs(stand_ins)
    lines = [(y, _reduced(solved[y] / scale, cosine).subs(back)) for y in values]
    undamped = {y: rule.scale * y for y in values}
    given = [[e.subs(back).subs(undamped) for e in pair] for pair in pairs]
    return _derived(rule, tau, (angles[0], cosine.subs(back)), lines, given)


def _checked_terms(terms: Any) -> int:
    if isinstance(terms, bool) or not isinstance(terms, int) or not 1 <= terms <= _MOST_TERMS:
        raise InputError(f"terms is {terms!r}.", remedy=f"Give an integer from 1 to {_MOST_TERMS}.")
    return terms


def _only_delay(rule: UpdateRule) -> sp.Symbol:
    if rule.nests or rule.decay != 0 or isinstance(rule.delay, DelayLaw):
        raise DomainError(
            f"{rule.name} has no such series.",
            cause="It nests gradients, cycles, decays weights, or its delay is random.",
            remedy="Leave the weight decay out (it is subtracted from x), or use .threshold().",
        )
    found = {tau for tau, _ in rule.mode.powers} | rule.delay.free_symbols
    if len(found) != 1:
        raise DomainError(
            f"{rule.name} has {len(found)} symbolic delays.",
            remedy="Delay it by one symbol: rule.delayed(tau).",
        )
    return found.pop()


def _equation(rule: UpdateRule, tau: sp.Symbol) -> sp.Expr:
    """Return p in z = exp(i eps u), z**tau = exp(i u), x = eps v, divided by nothing; u, v are `_U`, `_V`."""
    z = dummy("z")
    p = rule.mode.written(rule.mode.dynamics, z, sp.S.One) * z**rule.delay
    p += rule.mode.written(rule.mode.gradient, z, _SMALL * _V)

    def circle(power: sp.Expr) -> sp.Expr:
        slope = sp.diff(power, tau)
        if slope.has(tau):
            raise DomainError(
                f"The delay {power} is not linear in {tau}.", remedy="Use tau + 1, 2*tau."
            )
        return sp.exp(sp.I * _U * (slope + _SMALL * sp.expand(power - slope * tau)))

    whole = sp.powsimp(sp.expand(p, power_base=True), force=True)
    return (
        sp.expand(whole)
        .replace(lambda e: e == z, lambda _: z**1)
        .replace(lambda e: e.is_Pow and e.base == z, lambda e: circle(e.exp))
        .subs(z, circle(sp.S.One))
    )


def _leading(equation: sp.Expr, rule: UpdateRule) -> tuple[sp.Expr, sp.Expr]:
    """Return cos(w_1), and x_1 / w_1 with `_SINE` in it."""
    if sp.expand(equation.subs(_SMALL, 0)) != 0:
        raise DomainError(
            f"The roots of {rule.name} without gradient do not tend to 1.",
            remedy="Only a rule that stays where the gradient vanishes has such a series.",
        )
    first = sp.expand(sp.diff(equation, _SMALL).subs(_SMALL, 0))
    turns = sp.expand(first.replace(sp.exp, lambda e: _TURN ** (e / (sp.I * _U))))
    alpha = sp.Poly(sp.expand(turns.subs(_V, 0) / (sp.I * _U)), _TURN)
    beta = sp.Poly(sp.diff(turns, _V), _TURN)
    cosine = dummy("c")
    mixed = [(k - j, a * b) for (k,), a in alpha.terms() for (j,), b in beta.terms()]
    condition = sp.expand(sp.Add(*(f * sp.chebyshevt(abs(m), cosine) for m, f in mixed)))
    if sp.degree(condition, cosine) != 1:
        raise DomainError(
            f"The leading order of {rule.name} has no closed form.",
            cause="The cosine of its angle solves an equation of degree other than one.",
            remedy="Use .threshold().value(...) at the delays that matter.",
        )
    value = rational(-condition.coeff(cosine, 0) / condition.coeff(cosine, 1))
    sine = sp.S.One if value == 0 else _SINE
    heights = (sp.sign(m) * f * sp.chebyshevu(abs(m) - 1, value) for m, f in mixed if m != 0)
    size = sp.Add(
        *(
            b * d * sp.chebyshevt(abs(k - j), value)
            for (k,), b in beta.terms()
            for (j,), d in beta.terms()
        )
    )
    return value, sine * rational(sp.Add(*heights) / size)


def _orders(
    equation: sp.Expr, count: int
) -> tuple[list[sp.Expr], tuple[sp.Symbol, ...], tuple[sp.Symbol, ...]]:
    """Return the coefficients of eps, ..., eps**count over w_1, with `_TURN` for exp(i w_1), and the unknowns."""
    angles = (positive("w1"), *(real(f"r{k}") for k in range(2, count + 1)))
    values = tuple(real(f"y{k}") for k in range(1, count + 1))
    later = angles[0] * sp.Add(*(r * _SMALL**k for k, r in enumerate(angles) if k))
    height = angles[0] * sp.Add(*(y * _SMALL**k for k, y in enumerate(values)))

    def wave(argument: sp.Expr) -> sp.Expr:
        rate = sp.expand(argument / (sp.I * _U))
        turns = rate.subs(_SMALL, 0)
        rest = sp.expand(sp.I * (rate * (angles[0] + later) - turns * angles[0]))
        series = sp.Add(*(rest**k / sp.factorial(k) for k in range(count + 1)))
        return _TURN**turns * _truncated(series, count)

    expanded = _truncated(sp.expand(equation.replace(sp.exp, wave).subs(_V, height)), count)
    poly = sp.Poly(expanded, _SMALL)
    orders = [sp.expand(poly.coeff_monomial(_SMALL**k) / angles[0]) for k in range(1, count + 1)]
    return orders, angles, values


def _truncated(series: sp.Expr, count: int) -> sp.Expr:
    poly = sp.Poly(sp.expand(series), _SMALL)
    return sp.Add(*(c * _SMALL**k for (k,), c in poly.terms() if k <= count))


def _real_pair(order: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Split an expression whose only complex number is a polynomial in I."""
    poly = sp.Poly(sp.expand(order), sp.I) if order.has(sp.I) else sp.Poly(order, dummy("i"))
    parts = [sp.S.Zero, sp.S.Zero]
    for (k,), c in poly.terms():
        parts[k % 2] += c * (-1) ** (k // 2)
    return parts[0], parts[1]


def _solve(
    pairs: list[tuple[sp.Expr, sp.Expr]],
    angles: tuple[sp.Symbol, ...],
    values: tuple[sp.Symbol, ...],
    leading: sp.Expr,
    cosine: sp.Expr,
) -> dict[sp.Symbol, sp.Expr]:
    """Solve order after order; the first one is known."""
    solved = {values[0]: leading}
    for pair, w, x in list(zip(pairs, angles, values, strict=True))[1:]:
        system = [sp.expand(e.subs(solved)) for e in pair]
        matrix = sp.Matrix([[sp.diff(e, w), sp.diff(e, x)] for e in system])
        right = sp.Matrix([-e.subs({w: 0, x: 0}) for e in system])
        for k, unknown in enumerate((w, x)):
            replaced = matrix.copy()
            replaced[:, k] = right
            solved[unknown] = _reduced(replaced.det() / matrix.det(), cosine)
    return solved


def _reduced(quotient: sp.Expr, cosine: sp.Expr) -> sp.Expr:
    """Bring a quotient to a + b * sine, with the squared sine replaced."""

    def parts(expression: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        found = [sp.S.Zero, sp.S.Zero]
        for (k,), c in sp.Poly(sp.expand(expression), _SINE).terms():
            found[k % 2] += c * (1 - cosine**2) ** (k // 2)
        return found[0], found[1]

    (a, b), (c, d) = map(parts, sp.fraction(sp.together(quotient)))
    square = (1 - cosine**2) * (sp.S.One if quotient.has(_SINE) else sp.S.Zero)
    norm = c**2 - d**2 * square
    return rational((a * c - b * d * square) / norm) + _SINE * rational((b * c - a * d) / norm)


def _derived(
    rule: UpdateRule,
    tau: sp.Symbol,
    first: tuple[sp.Symbol, sp.Expr],
    lines: list[tuple[sp.Symbol, sp.Expr]],
    given: list[list[sp.Expr]],
) -> Formula:
    """Write the derivation: each coefficient follows from the real and the imaginary part of its order."""
    angle, cosine = first
    # Factored, so that nothing cancels as the cosine tends to one.
    at_angle = {angle: sp.acos(cosine), _SINE: sp.sqrt(1 - cosine) * sp.sqrt(1 + cosine)}
    whole = sp.Add(*((angle * y).subs(at_angle) / tau**k for k, (_, y) in enumerate(lines, 1)))
    conditions = [*rule.assumptions, tau > 0]
    derivation = Derivation(f"The threshold of {rule.name} for long delays", conditions)
    series = angle * sp.Add(*(y / tau**k for k, (y, _) in enumerate(lines, 1)))
    derivation.start(
        series,
        r"$x = w_1 (y_1/\tau + y_2/\tau^2 + \dots)$ at a root $e^{i w}$, $w = (w_1/\tau) (1 + r_2/\tau + \dots)$",
    )
    equations: list[Any] = [] if cosine == 0 else [_SINE**2 + cosine**2 - 1]
    known: dict[sp.Symbol, sp.Expr] = {}
    for k, ((y, value), pair) in enumerate(zip(lines, given, strict=True), 1):
        series = series.subs(y, value)
        equations = [e.subs(known) for e in (*equations, *pair)]
        equations = [e for e in map(sp.expand, equations) if e != 0]
        because = (
            r"the first crossing of the circle, order $1/\tau$"
            if k == 1
            else rf"order $\tau^{{-{k}}}$"
        )
        derivation.rewrite(series, f"$p = 0$, {because}", given=equations)
        known[y] = value
    met = [sp.Eq(symbol, value) for symbol, value in at_angle.items() if series.has(symbol)]
    derivation.rewrite(whole, "the smallest angle of that cosine", given=met)
    name = sp.Function("x")(tau, *(s for s in rule.parameters if s != tau))
    title = f"threshold of {rule.name} for long delays"
    if all(c.free_symbols <= whole.free_symbols for c in conditions):
        derivation.rewrite(whole, "up to smaller orders", relation="~", clock=(tau, sp.oo))
        return derivation.conclude(name, title)
    # A parameter that cancelled has conditions under which no limit of the constant ratio is followed.
    return replace(derivation.conclude(name, title, relation="~"), clock=(tau, sp.oo))
