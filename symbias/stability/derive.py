"""The derivation of a threshold: from the recurrence to the formula, each step checked."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.models.delay_law import DelayLaw
from symbias.models.recurrence import gradients
from symbias.stability.crossing import Crossing, crossing
from symbias.stability.order_two import linear_bounds
from symbias.stability.pencil import Pencil
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import dummy, positive, real

A_MODE = r"a mode $z^t$, on which $step \cdot grad(\theta) = x \theta$"
"""What is put into a rule."""

MOST_VALUES = 8
"""With more iterates and gradients than this, a mode is put into them one by one, and long rules are not printed."""


def derive(threshold: Any) -> tuple[Derivation, Formula]:
    """Derive the formula of a threshold.

    Parameters
    ----------
    threshold : Threshold
        The threshold.

    Returns
    -------
    Derivation
        The recurrence, the characteristic polynomial, and the steps of the route that applies.
    Formula
        x_* in closed form; where there is none, x as a function of the angle at a crossing (rules of degree one in x),
        or the polynomial that vanishes at the threshold.

    Examples
    --------
    >>> import symbias as sb
    >>> derive(sb.UpdateRule.gradient_descent().threshold())[1]
    Formula x_*: x_* == 2  [exact]
    """
    pencil = threshold._pencil  # noqa: SLF001 - one object, in two files
    conditions = [*pencil.conditions, *(s >= 0 for s in pencil.delays if not s.is_nonnegative)]
    derivation = Derivation(f"The stability threshold of {threshold.rule.name}", conditions)
    _characteristic(derivation, threshold.rule, pencil)
    routes = {"angle": _angle, "jury": _jury, "number": _root, "cells": _pieces}
    if threshold.closed_form is not None:
        routes[threshold.route](derivation, threshold, pencil)
        return derivation, derivation.conclude(positive("x_*"), "x_*")
    if pencil.degree == 1 and pencil.weight is None:
        found = threshold.crossing
        _on_circle(derivation, crossing(pencil), pencil)
        if pencil.delays or not derivation.steps:
            _counts(derivation, threshold)
        derivation.start(
            found.left, f"the crossing equation of the angle ${found.angle}$: this vanishes"
        )
        derivation.start(found.value, "x there; the smallest positive one is the threshold")
        derivation.rewrite(sp.expand(found.value), "write out the product")
        derivation.rewrite(found.value, "collect again")
        return derivation, derivation.conclude(sp.Function("x")(found.angle), "x at a crossing")
    return derivation, _polynomial(derivation, threshold, pencil)


def _characteristic(derivation: Derivation, rule: Any, pencil: Pencil) -> None:
    """From the recurrence to p(z; x) on theta(t) = z**t, where step * grad(theta) = x * theta."""
    z, x = positive("z x")
    polynomial = rule.characteristic(z, x)
    r = rule.recurrence
    if isinstance(rule.delay, DelayLaw) or rule.mode.period > 1:
        what = "its mean over the delays" if rule.mode.period == 1 else "one period of it"
        derivation.start(polynomial, f"the characteristic polynomial of the recurrence, {what}")
        derivation.rewrite(sp.expand(polynomial), "write out the product")
        return
    line = r.theta(r.t + 1) - rule.next_value
    iterates = {past: z ** past.args[0] for past in line.atoms(r.theta)}
    taken = gradients(line, r.grad)
    values = dict(iterates)
    for g in taken:
        values[g] = x / r.step * sp.factor(g.args[0].xreplace(values))
    if len(taken) <= MOST_VALUES:  # its length doubles with every nested gradient
        derivation.start(line, "the rule: this vanishes")
    if rule.nests or len(values) > MOST_VALUES:
        _one_by_one(derivation, taken, iterates, values)
        derivation.start(line.xreplace(values), f"the rule on {A_MODE}")
    else:
        given = [sp.Eq(*pair) for pair in values.items()]
        derivation.rewrite(line.xreplace(values), A_MODE, given=given)
    top = next(iter(pencil.terms))
    derivation.rewrite(z ** (r.t + 1 - top) * polynomial, "collect the characteristic polynomial")


def _one_by_one(
    derivation: Derivation,
    taken: list[sp.Expr],
    iterates: dict[sp.Expr, sp.Expr],
    values: dict[sp.Expr, sp.Expr],
) -> None:
    """Collect the point of each gradient, with the inner gradients in place already."""
    known = dict(iterates)
    for g in taken:
        point = g.args[0].xreplace(known)
        collected = sp.factor(point)
        if point != collected:
            derivation.start(point, "where a gradient is taken on a mode $z^t$")
            derivation.rewrite(collected, "collect")
        known[g] = values[g]


def _on_circle(derivation: Derivation, found: Crossing, pencil: Pencil) -> None:
    """Write A conj(B) on the circle as a sum of waves, whose parts give the crossing equation and y |B|**2."""
    z, q, w = positive("z"), real("q"), found.angle
    alone, added = pencil.part(0), pencil.part(1)
    product = sp.Add(*(c * z**e for e, c in alone.items())) * sp.Add(
        *(c * z ** (-e) for e, c in added.items())
    )
    derivation.start(
        product,
        r"$p = A + y B$: a root on the circle, where $\overline{B(z)} = B(1/z)$, needs a real "
        r"$-y = A \overline{B}/|B|^2$",
    )
    if found.chain is None:
        derivation.rewrite(sp.expand(product), "powers of z")
        derivation.start(sp.exp(sp.I * q * w), "each of them at $z = e^{iw}$")
        derivation.rewrite(
            sp.cos(q * w) + sp.I * sp.sin(q * w),
            "the cosines sum to $-y |B|^2$; the sines sum to 0, which is the crossing equation",
        )
        return
    derivation.rewrite(
        (z - 1) * sp.Add(*(d * z**k for k, d in found.chain.items())),
        "$A(1) = 0$: divide by $z - 1$",
    )
    turned = (q + sp.Rational(1, 2)) * w
    derivation.start((sp.exp(sp.I * w) - 1) * sp.exp(sp.I * q * w), "each term at $z = e^{iw}$")
    derivation.rewrite(
        2 * sp.sin(w / 2) * (sp.I * sp.cos(turned) - sp.sin(turned)),
        r"the sines sum to $-y |B|^2 / (2 \sin(w/2))$; the cosines sum to 0, which is the crossing equation",
    )


def _angle(derivation: Derivation, threshold: Any, pencil: Pencil) -> None:
    found = crossing(pencil)
    _on_circle(derivation, found, pencil)
    ((q, d),) = found.chain.items()  # type: ignore[union-attr]
    w, half = found.angle, sp.Rational(1, 2)
    first = sp.pi / (2 * q + 1)
    here = [sp.Eq(w, first)]
    derivation.start(found.left, "the crossing equation")
    derivation.rewrite(
        sp.S.Zero,
        r"one cosine: $(q + 1/2) w = \pi/2 + k \pi$, so the smallest angle is $w = \pi/(2 q + 1)$",
        given=here,
    )
    derivation.start(sp.diff(found.left, w), "the slope of the crossing equation")
    derivation.rewrite(
        -d * (q + half), "negative at the first angle: there the root leaves the disc", given=here
    )
    derivation.start(found.value, "y at a crossing")
    derivation.rewrite(
        2 * d * sp.sin(w / 2) / found.size,
        r"the sine is 1 or -1 where the cosine vanishes, 1 at the first angle; $\sin(w/2)$ grows with $w$, so that no "
        r"$y > 0$ of another crossing is smaller; for $y \to 0$ the root $z = 1$ moves inside, the others are 0",
        given=here,
    )
    derivation.start(pencil.outer(2 * d * sp.sin(first / 2) / found.size), "x at the first angle")
    derivation.rewrite(threshold.closed_form, "halve the angle")


def _jury(derivation: Derivation, threshold: Any, pencil: Pencil) -> None:
    y = dummy("y", positive=True)
    bounds = linear_bounds(pencil, y) or []
    x = threshold.x
    inner = pencil.scale * (x + pencil.shift)
    for bound in bounds:
        derivation.start(bound.start - bound.slope * inner, "a Jury condition: it must be positive")
        limit = pencil.outer(bound.start / bound.slope)
        derivation.rewrite(bound.slope * pencil.scale * (limit - x), "linear in x")
    rates = [bound.slope / bound.start for bound in bounds]
    largest = sp.Max(*rates) if len(rates) > 1 else rates[0]
    derivation.start(
        pencil.outer(1 / largest), "the first condition to fail; all others hold for every $x > 0$"
    )
    derivation.rewrite(
        threshold.closed_form,
        "which one that is depends on the parameters" if len(rates) > 1 else "simplify",
    )


def _root(derivation: Derivation, threshold: Any, _pencil: Pencil) -> None:
    _vanishes(derivation, threshold.polynomial, threshold.x, threshold.closed_form)
    derivation.start(
        sp.expand(threshold.closed_form),
        "the root at which exact counts of roots inside the circle change first",
    )
    derivation.rewrite(threshold.closed_form, "the same number")


def _vanishes(derivation: Derivation, polynomial: sp.Expr, x: sp.Symbol, value: sp.Expr) -> None:
    derivation.start(polynomial, "it vanishes where a root lies on the unit circle")
    derivation.rewrite(sp.S.Zero, "at the threshold", given=[sp.Eq(x, value)])


def _pieces(derivation: Derivation, threshold: Any, _pencil: Pencil) -> None:
    y, candidates = threshold._factors  # noqa: SLF001 - one object, in two files
    found = threshold._found[0]  # noqa: SLF001
    pieces = found.args if isinstance(found, sp.Piecewise) else [(found, True)]
    for piece, *_ in pieces:
        for f in candidates:
            at_piece = f.subs(y, piece)
            if _zero(at_piece):
                derivation.start(
                    at_piece, "a candidate that vanishes where a root lies on the unit circle"
                )
                derivation.rewrite(sp.S.Zero, "at this piece of the threshold")
    derivation.start(
        threshold._outer(found),  # noqa: SLF001
        "the first candidate, by exact counts of roots at a rational point of every cell on which the order of the "
        "candidates is constant",
    )
    derivation.rewrite(threshold.closed_form, "written out")


def _zero(value: sp.Expr) -> bool:
    """Whether it vanishes at two points; only to choose what the derivation then proves."""
    symbols = value.free_symbols
    points = (sp.Rational(3, 7), sp.Rational(1, 11))
    return all(abs(value.subs(dict.fromkeys(symbols, p)).evalf(30)) < 1e-25 for p in points)


def _counts(derivation: Derivation, threshold: Any) -> None:
    """Count crossings up to the threshold, and roots outside the circle on both sides of it, at some parameters."""
    below, above, between, points = threshold.counts()
    shown = "; ".join(
        ", ".join(f"${sp.latex(s)} = {sp.latex(v)}$" for s, v in point.items()) for point in points
    )
    if not any(between):
        derivation.start(
            sp.Matrix(between),
            rf"crossings on $0 < x < x_* (1 - 10^{{-12}})$, counted exactly for {shown}",
        )
        derivation.rewrite(
            sp.zeros(len(between), 1), "there is none: what holds just below $x_*$ holds from 0"
        )
    derivation.start(
        sp.Matrix(below),
        rf"roots not inside the circle at $x_* (1 - 10^{{-12}})$, counted exactly for {shown}",
    )
    derivation.rewrite(sp.zeros(len(below), 1), "all inside below the first crossing")
    derivation.start(sp.Matrix(above), "the same at $x_* (1 + 10^{-12})$")
    derivation.rewrite(
        sp.ones(len(above), 1), "at least one outside: the crossing is transversal", relation=">="
    )


def _polynomial(derivation: Derivation, threshold: Any, pencil: Pencil) -> Formula:
    if pencil.weight is not None:
        z, x = positive("z x")
        derivation.start(
            threshold.rule.characteristic(z, x),
            "its first root on the unit circle is the threshold",
        )
        derivation.rewrite(sp.expand(threshold.rule.characteristic(z, x)), "write out the product")
        return derivation.conclude(sp.Function("p")(z, x), "characteristic function")
    polynomial = threshold.polynomial
    derivation.start(
        polynomial, "it vanishes where a root lies on the unit circle; exact counts choose the root"
    )
    derivation.rewrite(sp.expand(polynomial), "write out the product")
    return derivation.conclude(sp.Function("F")(threshold.x), "polynomial of the threshold")
