"""The flow of one coordinate, q' = phi'(q), and what its value x = phi(q) makes of it: x' = M(x).

Everything that is returned was found by integration or by a change of variables and is checked by differentiation in
the derivation that uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symbias.errors import BudgetError
from symbias.regularizers.inverse import inverse
from symbias.sym.budget import time_limit
from symbias.sym.rewrite import rational
from symbias.sym.symbols import dummy, real

SECONDS = 2.0


@dataclass(frozen=True, eq=False)
class CoordinateFlow:
    """Closed forms along the flow of one coordinate from its start; None where none was found.

    Parameters
    ----------
    phi : sympy.Expr
        The value as a function of q.
    q : sympy.Symbol
        The coordinate.
    start : sympy.Expr
        Where it begins.
    position : sympy.Expr or None
        q at time tau.
    value : sympy.Expr or None
        phi(q) at time tau.
    primitive : sympy.Expr or None
        Its integral over time from 0 to tau.
    link : sympy.Expr or None
        The time at which the value is x.
    potential : sympy.Expr or None
        The integral of the link from the first value to x.
    speed : sympy.Expr or None
        M(x), the velocity of the value.
    """

    phi: sp.Expr
    q: sp.Symbol
    start: sp.Expr
    position: sp.Expr | None = None
    value: sp.Expr | None = None
    primitive: sp.Expr | None = None
    link: sp.Expr | None = None
    potential: sp.Expr | None = None
    speed: sp.Expr | None = None


TAU = real("tau")
X = real("x")


def coordinate_flow(phi: sp.Expr, q: sp.Symbol, start: sp.Expr) -> CoordinateFlow:
    """Solve q' = phi'(q).

    Parameters
    ----------
    phi : sympy.Expr
        A function of q.
    q : sympy.Symbol
        The coordinate.
    start : sympy.Expr
        Its value at time zero.

    Returns
    -------
    CoordinateFlow
        In the time `TAU` and the value `X`.

    Raises
    ------
    BudgetError
        If neither the flow nor its time as a function of the value has a closed form that was found.

    Examples
    --------
    >>> q = real("q")
    >>> coordinate_flow(q**2, q, sp.S(3)).value
    9*exp(4*tau)
    """
    position = coordinate_position(sp.diff(phi, q), q, start)
    if position is not None:
        value = _value(phi, q, position)
        return CoordinateFlow(phi, q, start, position, value, _primitive(value))
    found = _by_value(phi, q, start)
    if found is None:
        raise BudgetError(
            f"The flow {q}' = {sp.diff(phi, q)} was not solved in closed form.",
            "neither the integral of its reciprocal nor that of the metric in terms of the value was found.",
            "Use simulate.gradient_flow, or a map of powers, exponentials, hyperbolic or trigonometric functions.",
        )
    return found


def coordinate_position(slope: sp.Expr, q: sp.Symbol, start: sp.Expr) -> sp.Expr | None:
    """Solve q' = slope(q) for a linear slope, a power or an exponential.

    Parameters
    ----------
    slope : sympy.Expr
        A function of q.
    q : sympy.Symbol
        The coordinate.
    start : sympy.Expr
        Its value at time zero.

    Returns
    -------
    sympy.Expr or None
        q at time `TAU`; None for another slope.

    Examples
    --------
    >>> q = real("q")
    >>> coordinate_position(2 * q, q, sp.S(3))
    3*exp(2*tau)
    """
    slope = sp.expand(slope)
    if sp.diff(slope, q, 2) == 0:
        rate = sp.diff(slope, q)
        shift = slope.subs(q, 0)
        if rate == 0:
            return start + shift * TAU
        return sp.expand(start + shift / rate) * sp.exp(rate * TAU) - shift / rate
    number, rest = slope.as_independent(q, as_Add=False)
    base, exponent = rest.as_base_exp()
    if base == q and not exponent.has(q):
        if start == 0:
            return sp.S.Zero if exponent > 0 else None
        inside = 1 + (1 - exponent) * number * start ** (exponent - 1) * TAU
        return start * inside ** (1 / (1 - exponent))
    if isinstance(rest, sp.exp) and sp.diff(rest.args[0], q, 2) == 0:
        rate = sp.diff(rest.args[0], q)
        return start - sp.log(1 - rate * number * rest.subs(q, start) * TAU) / rate
    return None


def _value(phi: sp.Expr, q: sp.Symbol, position: sp.Expr) -> sp.Expr:
    """Return phi at the position; a growing factor 1 + ... is positive as long as the flow lives."""
    growth = dummy("g", positive=True)
    factors = [
        f
        for f in sp.Mul.make_args(position)
        if isinstance(f, sp.Pow) and not isinstance(f, sp.exp) and f.has(TAU)
    ]
    if len(factors) == 1:
        base = factors[0].base
        value = phi.subs(q, position.subs(factors[0], growth ** factors[0].exp))
        return sp.expand_log(value).subs(growth, base)
    inside = phi.subs(q, position)
    value = sp.powsimp(sp.expand(inside, power_base=False, power_exp=False, multinomial=False))
    return value if sp.count_ops(value) < 40 else inside


def _primitive(value: sp.Expr) -> sp.Expr | None:
    found = integrate(value, TAU, sp.S.Zero)
    return None if found is None else found - found.subs(TAU, 0)


def _by_value(phi: sp.Expr, q: sp.Symbol, start: sp.Expr) -> CoordinateFlow | None:
    """Solve x' = M(x) with M = phi'(q)**2 written in x = phi(q)."""
    back = inverse(phi, q, X, start)
    if back is None:
        return None
    speed = rational(sp.expand(sp.diff(phi, q).subs(q, back) ** 2))
    first = phi.subs(q, start)
    time = _quadratic_time(speed, first)
    time = integrate(1 / speed, X, first) if time is None else time
    moment = integrate(sp.cancel(X / speed), X, first)
    if time is None:
        return None
    link = time - time.subs(X, first)
    potential = None
    if moment is not None:
        potential = sp.expand(X * link) - moment + moment.subs(X, first)
    value = inverse(link, X, TAU, first)
    primitive = None
    if value is not None and moment is not None:
        primitive = moment.subs(X, value) - moment.subs(X, first)
    position = None if value is None else back.subs(X, value)
    return CoordinateFlow(phi, q, start, position, value, primitive, link, potential, speed)


def _quadratic_time(speed: sp.Expr, first: sp.Expr) -> sp.Expr | None:
    """Integrate 1/speed for a quadratic with real roots around the start: an inverse hyperbolic tangent."""
    if not speed.is_polynomial(X) or sp.degree(speed, X) != 2:
        return None
    a, b, c = sp.Poly(speed, X).all_coeffs()
    root = sp.sqrt(sp.factor(b**2 - 4 * a * c))
    if not root.is_positive:
        return None
    inside = (2 * a * X + b) / root
    between = sp.Abs(inside.subs(X, first)) < 1
    return -2 / root * sp.atanh(sp.cancel(inside)) if between == sp.true else None


def integrate(f: sp.Expr, x: sp.Symbol, start: sp.Expr) -> sp.Expr | None:
    """Return an antiderivative that is real for real arguments, or None.

    Parameters
    ----------
    f : sympy.Expr
        The integrand.
    x : sympy.Symbol
        The variable.
    start : sympy.Expr
        A point of the interval; arguments of logarithms are positive there.

    Returns
    -------
    sympy.Expr or None
        In elementary functions.

    Examples
    --------
    >>> x = real("x")
    >>> integrate(1 / x, x, sp.S(-1))
    log(-x)
    """
    _, moving = f.as_independent(x, as_Add=False)
    if isinstance(moving, sp.exp):
        rate = sp.diff(moving.args[0], x)
        if not rate.has(x):
            return f / rate  # at once, and without multiplying out what stands before it
    try:
        found = time_limit(SECONDS, lambda: sp.integrate(f, x))
    except (BudgetError, NotImplementedError, ValueError, TypeError):
        return None
    if found.has(
        sp.Integral, sp.I, sp.Piecewise, sp.polar_lift, sp.exp_polar, sp.hyper, sp.meijerg
    ):
        return None
    if found.is_rational_function(x):
        found = sp.factor(found)  # expanded denominators cancel near their roots
    return found.replace(sp.log, lambda a: _real_log(a, a.subs(x, start)))


def _real_log(argument: sp.Expr, there: sp.Expr) -> sp.Expr:
    if argument.is_positive or there.is_positive:
        return sp.log(argument)
    if there.is_negative:
        return sp.log(sp.expand(-argument))
    return sp.log(sp.Abs(argument))


def fresh(name: str) -> sp.Symbol:
    """Return a new real coordinate.

    Parameters
    ----------
    name : str
        How it prints.

    Returns
    -------
    sympy.Dummy
        Real.

    Examples
    --------
    >>> fresh("q").is_real
    True
    """
    return dummy(name, real=True)
