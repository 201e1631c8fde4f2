"""Conserved sums of functions of one parameter each, and what their exponentials are.

The condition sum_j g_j(theta_j) dF_i/dtheta_j = 0 with all parameters but one frozen at numbers says that g_j is a
combination of the functions (dF_i/dtheta_l) / (dF_i/dtheta_j) of theta_j alone. They span a finite-dimensional space,
in which the condition is a linear system; the law is the sum of the integrals of the g_j.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from math import gcd, lcm

import numpy as np
import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from symbias.errors import BudgetError, InputError
from symbias.models.parametrization import Parametrization
from symbias.regularizers.ansatz import solutions
from symbias.regularizers.differential_ring import DifferentialRing, Place, evaluate
from symbias.regularizers.lie_rank import GradientFields
from symbias.sym.budget import time_limit
from symbias.sym.rewrite import shortest

SECONDS = 3.0
"""For one integral."""
LARGEST = 400
"""Most operations of a function that is integrated."""
UNKNOWNS = 400
Slope = tuple[sp.Symbol, sp.Expr]


def separable_laws(parametrization: Parametrization, rng: np.random.Generator) -> Iterator[sp.Expr]:
    """Yield conserved sums of functions of one parameter, or their exponentials where logarithms occur.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    rng : numpy.random.Generator
        Source of primes and points.

    Yields
    ------
    sympy.Expr
        In the parameters. Laws whose integrals are not found within the budget are left out.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> u, v = positive("u v")
    >>> cubic = Parametrization(u**3 - v**3, [u, v])
    >>> list(separable_laws(cubic, np.random.default_rng(0)))
    [-1/v - 1/u]
    """
    functions = _candidates(parametrization)
    if len({s for s, _ in functions}) < 2 or len(functions) > UNKNOWNS:
        return
    outputs = parametrization.outputs
    kept, ring = _ring(parametrization, functions)
    fields = GradientFields(ring, len(outputs))
    elements = ring.elements[len(outputs) :]
    places = [ring.index[s] for s, _ in kept]

    def gradients(place: Place, _: np.ndarray) -> np.ndarray:
        table = np.zeros((len(kept), len(ring.parameters)), dtype=np.int64)
        for row, (element, column) in enumerate(zip(elements, places, strict=True)):
            table[row, column] = evaluate(element, place)
        return table

    for vector in solutions(fields, len(kept), gradients, rng):
        law = _integrate(vector, kept)
        if law is not None:
            yield law


def _ring(
    parametrization: Parametrization, functions: list[Slope]
) -> tuple[list[Slope], DifferentialRing]:
    """Return the ring of map and functions; without those that no ring can hold."""
    outputs, parameters = parametrization.outputs, parametrization.parameters
    try:
        return functions, DifferentialRing(parameters, [*outputs, *(f for _, f in functions)])
    except (BudgetError, InputError):
        kept: list[Slope] = []
        for symbol, function in functions:
            try:
                DifferentialRing(parameters, [*outputs, *(f for _, f in kept), function])
            except (BudgetError, InputError):
                continue
            kept.append((symbol, function))
        return kept, DifferentialRing(parameters, [*outputs, *(f for _, f in kept)])


def _candidates(parametrization: Parametrization) -> list[Slope]:
    """Return the functions of one parameter that the g_j are made of."""
    found: dict[Slope, None] = {}
    parameters = parametrization.parameters
    frozen = {s: _generic(s, n, parametrization.outputs) for n, s in enumerate(parameters)}
    for output in parametrization.outputs:
        partials = {s: sp.diff(output, s) for s in parameters if output.has(s)}
        for symbol, slope in partials.items():
            rest = {s: value for s, value in frozen.items() if s != symbol}
            below = slope.subs(rest)
            for above in partials.values():
                ratio = above.subs(rest) / below if below != 0 else sp.S.Zero
                found.update(dict.fromkeys(_terms(ratio, symbol)))
    return list(found)


def _generic(symbol: sp.Symbol, number: int, outputs: Sequence[sp.Expr]) -> sp.Expr:
    """Return a value at which the functions of the map are simple numbers, none of them zero."""
    inside = [f for e in outputs for f in e.atoms(sp.Function) if f.has(symbol)]
    if any(isinstance(f, sp.sin | sp.cos | sp.tan | sp.cot | sp.sec | sp.csc) for f in inside):
        return sp.pi / 6
    if any(isinstance(f, sp.exp | sp.sinh | sp.cosh | sp.tanh) for f in inside):
        return sp.log(sp.prime(number + 1))
    return sp.Integer(sp.prime(number + 1)) ** (2 if inside else 1)


def _terms(ratio: sp.Expr, symbol: sp.Symbol) -> list[Slope]:
    """Return the summands of a function of one symbol, without their rational factors, and without all factors."""
    if ratio.has(sp.zoo, sp.nan, sp.oo):
        return []
    if ratio.is_number:
        return [(symbol, sp.S.One)] if ratio != 0 else []
    forms = [ratio]
    if sp.count_ops(ratio) < LARGEST:
        try:
            forms.append(time_limit(SECONDS, lambda: sp.cancel(ratio)))
        except (BudgetError, BasePolynomialError):
            forms.append(ratio)
    best = min((sp.expand(f) for f in forms), key=sp.count_ops)
    found: list[Slope] = []
    for part in sp.Add.make_args(best):
        constant, function = part.as_independent(symbol, as_Add=False)
        irrational = constant.as_coeff_Mul()[1]
        found.append((symbol, sp.powsimp(function)))
        if irrational != 1:  # coefficients are sought among the rationals
            found.append((symbol, irrational * sp.powsimp(function)))
    return found


def _integrate(vector: list[Fraction], functions: list[Slope]) -> sp.Expr | None:
    total = sp.S.Zero
    slopes: dict[sp.Symbol, sp.Expr] = {}
    for number, (symbol, function) in zip(vector, functions, strict=True):
        if number:
            part = sp.Rational(number.numerator, number.denominator) * function
            slopes[symbol] = slopes.get(symbol, sp.S.Zero) + part
    for symbol, slope in slopes.items():
        part = antiderivative(slope, symbol)
        if part is None:
            return None
        total += part if part.is_polynomial(symbol) else shortest(part, seconds=SECONDS)
    return _without_logarithms(total)


def antiderivative(slope: sp.Expr, symbol: sp.Symbol) -> sp.Expr | None:
    """Return an integral in closed form, or None when none is found within the budget.

    Parameters
    ----------
    slope : sympy.Expr
        The integrand.
    symbol : sympy.Symbol
        The variable.

    Returns
    -------
    sympy.Expr or None
        Without a constant; logarithms are of what they find, not of its absolute value.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> antiderivative(sp.tan(x), x)
    -log(cos(x))
    """
    if sp.count_ops(slope) > LARGEST:
        return None
    for form in (slope, slope.rewrite(sp.exp) if slope.has(sp.sinh, sp.cosh, sp.tanh) else None):
        if form is None:
            continue
        try:
            found = time_limit(SECONDS, partial(sp.integrate, form, symbol))
        except (BudgetError, NotImplementedError, BasePolynomialError):
            continue
        if not found.has(sp.Integral, sp.Piecewise, sp.I, sp.nan, sp.zoo):
            return sp.expand(found)
    return None


def _without_logarithms(law: sp.Expr) -> sp.Expr:
    """Return exp(law) as a product if logarithms are among its summands: it is defined for all signs."""
    logs: list[tuple[sp.Rational, sp.Expr]] = []
    rest = sp.S.Zero
    for part in sp.Add.make_args(sp.expand(law)):
        number, inner = part.as_coeff_Mul()
        if isinstance(inner, sp.log):
            logs.append((number, inner.args[0]))
        else:
            rest += part
    if not logs:
        return law
    scale = lcm(*(int(n.q) for n, _ in logs)) * sp.sign(logs[0][0])
    scale /= sp.Integer(gcd(*(int(n * scale) for n, _ in logs)) if rest == 0 else 1)
    return sp.Mul(*(f ** (n * scale) for n, f in logs)) * sp.exp(sp.expand(rest * scale))
