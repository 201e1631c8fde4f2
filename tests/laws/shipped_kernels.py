"""The kernels that the package ships, and grids that walk into the edges of their domains.

Singular points are where a formula says they are: 0 and infinity for every symbol, and the bounds
that its domain sets. Each is approached on a logarithmic grid, the other symbols at generic values.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import sympy as sp
from shipped_scripts import SCRIPTS, contents

import symbias as sb
from symbias import registry
from symbias.sym.conditions import require_inside, violated

SOURCES = [*SCRIPTS, *registry.RESULTS]
GENERIC = (0.37, 0.83, 2.6, 1.7, 0.61)  # distinct, or roots of polynomials would be hit
INTEGERS = (7.0, 30.0)  # in both orders: one may have to be the smaller one
STEPS = np.logspace(-12, 6, 37)
"""Distances to a singular point; every second one where there is little time."""
COUNTS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 11.0, 13.0, 21.0, 34.0, 55.0, 89.0)


def name_of(source):
    return getattr(source, "stem", None) or source.name


@cache
def shipped(source):
    """The scalar formulas of a script or registered result that can be compiled, each shape once."""
    if isinstance(source, Path):
        return shapes(contents(source).formulas)
    return shapes([registry.resolve(source.target)().formula])


def shapes(formulas):
    return list({shape(f): f for f in formulas if is_numeric(f)}.values())


def shape(formula):
    """The formula in numbered symbols: conservation laws of wide networks differ in names only."""
    numbered = {s: sp.Symbol(f"s{k}", **s.assumptions0) for k, s in enumerate(formula.symbols)}
    return formula.rhs.xreplace(numbered), tuple(c.xreplace(numbered) for c in formula.domain)


def is_numeric(formula):
    undefined = (sp.core.function.AppliedUndef, sp.Derivative)
    scalar = not isinstance(formula.rhs, sp.MatrixBase)
    return scalar and bool(formula.symbols) and not formula.rhs.has(*undefined)


def generic(formula, shift):
    """Values away from every singular point, inside the domain where one of them fits."""
    values = {}
    for k, s in enumerate(formula.symbols):
        turned = [GENERIC[(k + 2 * shift + n) % 5] for n in range(5)]
        own = [c for c in formula.domain if c.free_symbols == {s}]
        fits = [v for v in turned if not any(violated(c, {s: v}) for c in own)]
        values[s] = (fits or turned)[0]
    whole = [s for s in formula.symbols if s.is_integer]
    return values | {s: INTEGERS[(k + shift) % 2] for k, s in enumerate(whole)}


def bounds(formula, symbol, values):
    """The finite ends that the domain sets to a symbol, the others at their values."""
    ends = []
    for condition in formula.domain:
        ours = condition.free_symbols <= set(formula.symbols)
        relational = isinstance(condition, sp.core.relational.Relational)
        if ours and relational and condition.has(symbol):
            others = {s: sp.Rational(v) for s, v in values.items() if s != symbol}
            ends += sp.solve(condition.lhs.subs(others) - condition.rhs.subs(others), symbol)
    return [float(end) for end in ends if end.is_real]


def approaches(formula, symbol, values, share=1):
    if symbol.is_integer:
        return COUNTS
    ends = bounds(formula, symbol, values)
    steps = STEPS[
        :: share * max(1, len(formula.symbols) // 2)
    ]  # with many symbols a coarser walk for each
    near = steps[steps < 1]
    return [*steps, *-steps, *(e + s for e in ends for s in (*-near, *near))]


def inside(formula, point):
    exact = {symbol: sp.Rational(number) for symbol, number in point.items()}
    try:
        require_inside(formula.symbols, exact, formula.domain, formula.name)
    except sb.DomainError:
        return False
    return True


@cache
def candidates(formula, share=1):
    """Points in the domain that walk into its edges; the formula may be undefined, huge or tiny there."""
    found = []
    for shift in range(2):
        values = generic(formula, shift)
        for symbol in formula.symbols:
            for approached in approaches(formula, symbol, values, share):
                point = {**values, symbol: float(approached)}
                if inside(formula, point):
                    found.append(tuple(point.values()))
    return found


def is_of_ordinary_size(value, point):
    try:
        return 1e-290 < abs(value(*point)) < 1e290
    except sb.BudgetError:
        return False


def grid(formula, share=1):
    value = sb.compile(formula.rhs, formula.symbols).mp(15)
    return [point for point in candidates(formula, share) if is_of_ordinary_size(value, point)]
