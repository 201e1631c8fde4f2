"""The minimum of a penalty along the orbit of a rescaling, step by step.

In s = log c the penalty is a sum of exponentials with coefficients that are not negative, hence convex: a point where
the slope vanishes is the minimum.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import sympy as sp

from symbias.errors import BudgetError
from symbias.regularizers.rescaling_orbit import Orbit, orbit_of, product_of_powers
from symbias.sym.derivation import Derivation
from symbias.sym.equality.signs import NOT_NEGATIVE, PLUS, signs
from symbias.sym.formula import Formula
from symbias.sym.symbols import dummy


def minimise(
    derivation: Derivation, penalty: Any, scale: Any, least: Any, name: str, because: str
) -> Formula:
    """Add to a derivation the minimisation of a penalty over one scale.

    Parameters
    ----------
    derivation : Derivation
        Continued in place.
    penalty : sympy.Expr
        The penalty on the orbit, a function of the scale.
    scale : sympy.Symbol
        c, a positive symbol.
    least : sympy.Expr
        What the infimum is called.
    name : str
        The name of the formula.
    because : str
        Where the penalty comes from.

    Returns
    -------
    Formula
        ``least == infimum``.

    Raises
    ------
    InputError
        If the penalty is no sum of powers of the scale with coefficients that are not negative.
    BudgetError
        If no closed form was found.

    Examples
    --------
    >>> from symbias.sym.symbols import positive
    >>> a, v, c = positive("a v c")
    >>> minimise(Derivation("ridge"), (a * c)**2 + (v / c)**2, c, sp.Function("P")(a, v), "P", "ridge").rhs
    2*a*v
    """
    orbit = orbit_of(penalty, scale)
    if not orbit.moving:
        derivation.start(penalty, because)
        derivation.rewrite(orbit.fixed, f"{scale} cancels: the penalty is constant on the orbit")
        return derivation.conclude(least, name)
    minimiser = _stationary_scale(orbit) if orbit.rising and orbit.falling else None
    derivation.start(penalty, because)
    derivation.rewrite(orbit.value, f"collect the powers of {scale}")
    derivation.conclude(sp.Function("P")(scale), f"penalty on the orbit of {scale}")
    _convexity(derivation, orbit)
    if minimiser is None:
        return _infimum_at_an_end(derivation, orbit, least, name)
    _stationarity(derivation, orbit, minimiser)
    derivation.start(orbit.value.subs(scale, minimiser), f"insert {scale}_*")
    attained = all(signs(a) == PLUS for a, _ in orbit.moving)
    derivation.rewrite(
        _least_value(orbit, minimiser),
        "collect"
        if attained
        else "collect; where the growing or the falling terms vanish this is the infimum, approached in a limit "
        f"of {scale} and not attained",
    )
    return derivation.conclude(least, name)


def _convexity(derivation: Derivation, orbit: Orbit) -> None:
    s = dummy("s", real=True)
    exponentials = sp.Add(*[a * sp.exp(k * s) for a, k in orbit.moving])
    derivation.start(sp.Derivative(exponentials, s), f"the slope in s = log {orbit.scale}")
    derivation.rewrite(sp.Add(*[k * a * sp.exp(k * s) for a, k in orbit.moving]), "differentiate")
    derivation.conclude(sp.Function("P'")(s), f"slope in log {orbit.scale}")
    derivation.start(sp.Derivative(exponentials, (s, 2)), "the second derivative")
    terms = [k**2 * a * sp.exp(k * s) for a, k in orbit.moving]
    derivation.rewrite(sp.Add(*terms), "differentiate")
    derivation.rewrite(
        terms[0], "no term is negative: convex, strictly where one is positive", relation=">="
    )
    derivation.rewrite(0, "a square times an exponential", relation=">=")
    derivation.conclude(sp.Function("P''")(s), f"convexity in log {orbit.scale}")


def _stationarity(derivation: Derivation, orbit: Orbit, minimiser: Any) -> None:
    """Add that the slope vanishes at the minimiser, and when that is the point itself."""
    c = orbit.scale
    derivation.start(orbit.slope.subs(c, minimiser), f"the slope at {c}_*")
    derivation.rewrite(
        0, f"{c}_* solves the equation of stationarity; by convexity it is the minimum"
    )
    derivation.conclude(orbit.slope.subs(c, minimiser), f"stationarity in log {c}")
    derivation.start(minimiser, "the point where all terms of the slope balance")
    derivation.conclude(
        sp.Function(f"{c.name}_star")(*_arguments(minimiser)), f"minimiser over {c}"
    )
    growing, shrinking = (
        sp.Add(*[sp.Abs(k) * a for a, k in part]) for part in (orbit.rising, orbit.falling)
    )
    derivation.start(
        growing, f"the point itself is minimal if and only if the slope vanishes at {c} = 1"
    )
    derivation.rewrite(
        shrinking, "balance", given=[sp.Eq(orbit.slope.subs(c, 1), 0, evaluate=False)]
    )
    derivation.conclude(growing, f"balance over {c}", domain=[sp.Eq(minimiser, 1, evaluate=False)])


def _infimum_at_an_end(derivation: Derivation, orbit: Orbit, least: Any, name: str) -> Formula:
    """Conclude the infimum of a penalty that only grows, or only falls; it is not attained."""
    c, end = orbit.scale, sp.S.Zero if orbit.rising else sp.oo
    derivation.start(orbit.value, f"all terms {'grow' if orbit.rising else 'fall'} with {c}")
    derivation.rewrite(orbit.fixed, "leave out what is not negative", relation=">=")
    derivation.conclude(sp.Function("P")(c), "lower bound")
    coefficient, exponent = min(orbit.moving, key=lambda t: sp.default_sort_key(t[1]))
    if len(orbit.moving) == 1:
        derivation.start(orbit.value - orbit.fixed, "the distance to the lower bound")
        derivation.rewrite(coefficient * c**exponent, f"tends to zero as {c} -> {end}")
        derivation.conclude(sp.Function("D")(c), "distance to the lower bound")
    derivation.start(
        orbit.fixed,
        f"the infimum: the bound is approached as {c} -> {end}, where all powers vanish, and not attained while a "
        "coefficient is positive",
    )
    return derivation.conclude(least, name)


def _stationary_scale(orbit: Orbit) -> Any:
    """Return the scale at which the slope vanishes; there is one, since the slope changes sign once."""
    if len(orbit.moving) == 2:
        (a, k), (b, m) = orbit.rising[0], orbit.falling[0]
        return product_of_powers((-m * b / (k * a), 1 / (k - m)))
    unit = orbit.moving[0][1]
    ratios = [sp.cancel(k / unit) for _, k in orbit.moving]
    if not all(r.is_Rational for r in ratios):
        raise _no_closed_form(orbit, "exponents without a common unit")
    least = min(ratios)
    steps = [r - least for r in ratios]
    grid = reduce(sp.gcd, steps)
    x = dummy("x", positive=True)
    slope = sp.Add(
        *[k * a * x ** (step / grid) for (a, k), step in zip(orbit.moving, steps, strict=True)]
    )
    _, factors = sp.factor_list(slope, x)
    roots = [_positive_root(sp.Poly(f, x)) for f, _ in factors]
    found = [root for root in roots if root is not None]
    if len(found) != 1:
        raise _no_closed_form(orbit, f"an equation of degree {sp.degree(slope, x)}")
    return found[0] ** (1 / (grid * unit))


def _positive_root(polynomial: sp.Poly) -> Any:
    """Return the only positive root of a polynomial whose coefficients change sign once, up to degree two."""
    coefficients = polynomial.all_coeffs()
    kinds = [signs(c) for c in coefficients if c != 0]
    changes = sum(
        not (a <= NOT_NEGATIVE and b <= NOT_NEGATIVE) and not (_negative(a) and _negative(b))
        for a, b in pairwise(kinds)
    )
    if changes != 1:
        return None
    if polynomial.degree() == 1:
        return -coefficients[1] / coefficients[0]
    if polynomial.degree() != 2:
        return None
    a, b, c = (x if signs(coefficients[0]) <= NOT_NEGATIVE else -x for x in coefficients)
    root = sp.sqrt(b**2 - 4 * a * c)
    return -2 * c / (b + root) if signs(b) <= NOT_NEGATIVE else (root - b) / (2 * a)


def _negative(found: frozenset[int]) -> bool:
    return found <= {0, -1}


def _least_value(orbit: Orbit, minimiser: Any) -> Any:
    if len(orbit.moving) > 2:
        return orbit.value.subs(orbit.scale, minimiser)
    (a, k), (b, m) = orbit.rising[0], orbit.falling[0]
    total = k - m
    value = product_of_powers((total, sp.S.One), (-a / m, -m / total), (b / k, k / total))
    return orbit.fixed + value


def _no_closed_form(orbit: Orbit, why: str) -> BudgetError:
    terms = ", ".join(str(k) for _, k in orbit.moving)
    return BudgetError(
        f"No closed form was found for the minimum over {orbit.scale}: its powers have exponents {terms}.",
        f"stationarity leads to {why}",
        "Minimise numerically: the penalty is convex in the logarithm of the scale.",
    )


def _arguments(expr: Any) -> list[Any]:
    return sorted(expr.free_symbols, key=lambda symbol: symbol.name)
