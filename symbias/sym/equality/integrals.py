"""Numeric values of unevaluated integrals, sums and products, at a stated precision."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp
from mpmath.libmp import NoConvergence
from sympy.core.relational import Relational

if TYPE_CHECKING:
    from symbias.sym.equality.evaluate import Evaluator

_MOST_TERMS = 2000
_DIGITS = 30
_CUT = 0.381966
_SCAN = 64
_PANELS = (0.05, 0.13, 0.24, 0.38, 0.55, 0.69, 0.83, 0.94)
_FAR_PANELS = (0.3, 1.4, 4.0, 11.0, 40.0, 250.0)
_AHEAD = 11


def _ends(e: Evaluator, limits: Any) -> tuple[Any, Any, Any]:
    if len(limits) != 3:
        raise ValueError("an indefinite integral has no value")
    symbol, low, high = limits
    return symbol, _end(e, low), _end(e, high)


def _end(e: Evaluator, end: Any) -> Any:
    if end is sp.oo:
        return e.ctx.inf
    if end is -sp.oo:
        return -e.ctx.inf
    value = e.visit(end)
    if hasattr(value, "_mpc_"):
        raise ValueError("a limit is not real")
    return value


def _inner(expr: Any) -> Any:
    """Return what stands inside the last limits: the integrand, or an integral over the others."""
    return expr.func(expr.function, *expr.limits[:-1]) if len(expr.limits) > 1 else expr.function


def _kinks(e: Evaluator, function: Any, symbol: Any, low: Any, high: Any) -> list[Any]:
    """Points between the ends where an argument of Abs, sign, Heaviside, Min, Max or a condition changes sign."""
    found: set[Any] = set()
    for argument in _switches(function):
        if argument.is_polynomial(symbol) and sp.degree(argument, symbol) == 1:
            found.update(_root(e, argument, symbol))
        elif argument.has(symbol) and not (e.ctx.isinf(low) or e.ctx.isinf(high)):
            found.update(_changes(e, sp.sign(argument), symbol, low, high))
    for node in function.atoms(sp.floor, sp.ceiling, sp.frac):
        if node.has(symbol) and not (e.ctx.isinf(low) or e.ctx.isinf(high)):
            found.update(_changes(e, sp.floor(node.args[0]), symbol, low, high))
    return sorted(r for r in found if low < r < high)


def _switches(function: Any) -> Iterator[Any]:
    """Expressions at whose zeros a function may have a kink or a jump."""
    for node in function.atoms(sp.Abs, sp.sign, sp.Heaviside):
        yield node.args[0]
    for node in function.atoms(sp.Min, sp.Max):
        yield from (node.args[0] - a for a in node.args[1:])
    for node in function.atoms(Relational):
        yield node.lhs - node.rhs


def _root(e: Evaluator, argument: Any, symbol: Any) -> list[Any]:
    at = e.with_bound(symbol, argument)
    zero, one = at(0), at(1)
    return [-zero / (one - zero)] if one != zero else []


def _changes(e: Evaluator, steps: Any, symbol: Any, low: Any, high: Any) -> Iterator[Any]:
    """Where a function with values in steps jumps, by bisection between the places of a scan."""
    at = e.with_bound(symbol, steps)
    places = [low + (high - low) * (k + e.ctx.mpf(_CUT)) / _SCAN for k in range(_SCAN)]
    for left, right in pairwise(places):
        first = at(left)
        if at(right) != first:
            a, b = left, right
            while b - a > abs(b) * e.ctx.eps + e.ctx.eps:
                middle = (a + b) / 2
                a, b = (middle, b) if at(middle) == first else (a, middle)
            yield b


def integral_value(e: Evaluator, expr: Any) -> Any:
    """Return a definite integral by quadrature; `Evaluator.reached` drops to the digits it was accurate to.

    Parameters
    ----------
    e : Evaluator
        Where the point and the precision live.
    expr : sympy.Integral
        Every variable with both limits.

    Returns
    -------
    mpmath number
        The value.

    Examples
    --------
    >>> from symbias.sym.equality.evaluate import Evaluator
    >>> from symbias.sym.symbols import real
    >>> s = real("s")
    >>> round(float(Evaluator(30).value(sp.Integral(s**2, (s, 0, 3)), {})), 10)
    9.0
    """
    symbol, low, high = _ends(e, expr.limits[-1])
    if low == high:
        return e.ctx.mpf(0)
    if low > high:
        return -_quadrature(e, _inner(expr), symbol, high, low)
    return _quadrature(e, _inner(expr), symbol, low, high)


def _quadrature(e: Evaluator, function: Any, symbol: Any, low: Any, high: Any) -> Any:
    at = e.with_bound(symbol, function)
    # On an infinite range the middle of what decays would be missed: most densities have it at zero.
    middle = [e.ctx.mpf(0)] if low < 0 < high and e.ctx.inf in {-low, high} else []
    nodes = sorted({low, high, *middle, *_kinks(e, function, symbol, low, high)})
    for _ in range(e.panels):
        nodes = _finer(nodes)
    if e.panels:
        noise = e.noise
        with e.ctx.workdps(15):
            e.size += e.ctx.quad(lambda x: abs(at(x)), nodes, maxdegree=5)
        e.noise = noise  # that of the few digits of the size does not count
    with e.ctx.workdps(_DIGITS + 10):
        value, error = e.ctx.quad(at, nodes, error=True)
    _reach(e, error, value)
    return value


def _finer(nodes: list[Any]) -> list[Any]:
    """Cut every interval into several, so that a rule of quadrature makes another error and sees narrow peaks."""
    cuts = [cut for low, high in pairwise(nodes) for cut in _between(low, high)]
    return sorted({*nodes, *cuts})


def _between(low: Any, high: Any) -> list[Any]:
    if low.context.isinf(high):
        return [low + cut for cut in _FAR_PANELS]
    if low.context.isinf(low):
        return [high - cut for cut in _FAR_PANELS]
    return [low + (high - low) * cut for cut in _PANELS]


def _reach(e: Evaluator, error: Any, value: Any) -> None:
    scale = max(abs(value), e.ctx.mpf(10) ** (-_DIGITS))
    relative = max(abs(error) / scale, e.ctx.mpf(10) ** (-_DIGITS))
    digits = int(-e.ctx.log10(relative))
    if digits < 8:
        raise NoConvergence("the quadrature did not converge")
    e.reached = min(e.reached, digits)


def sum_value(e: Evaluator, expr: Any) -> Any:
    """Return a sum: term by term where finite, otherwise by extrapolation at reduced digits.

    Reversed limits follow Karr's convention, as in SymPy.

    Parameters
    ----------
    e : Evaluator
        Where the point and the precision live.
    expr : sympy.Sum
        Every variable with both limits.

    Returns
    -------
    mpmath number
        The value.

    Examples
    --------
    >>> from symbias.sym.equality.evaluate import Evaluator
    >>> from symbias.sym.symbols import integer
    >>> k = integer("k")
    >>> Evaluator(15).value(sp.Sum(k, (k, 1, 100)), {})
    mpf('5050.0')
    """
    symbol, low, high = _ends(e, expr.limits[-1])
    at = e.with_bound(symbol, _inner(expr))
    if e.ctx.isinf(low) or e.ctx.isinf(high):
        value, again = (
            _extrapolated(e, at, low, high, digits) for digits in (_DIGITS + 10, _DIGITS)
        )
        _reach(e, value - again, value)
        e.size += abs(value)
        return value
    first, last, reverse = _range(e, low, high)
    total = e.ctx.fsum(at(k) for k in range(first, last + 1))
    return -total if reverse else total


def _extrapolated(e: Evaluator, at: Any, low: Any, high: Any, digits: int) -> Any:
    with e.ctx.workdps(digits):
        if not e.panels or e.ctx.isinf(low):
            return e.ctx.nsum(at, [low, high])
        # Another start is another extrapolation.
        return e.ctx.fsum(at(low + k) for k in range(_AHEAD)) + e.ctx.nsum(at, [low + _AHEAD, high])


def product_value(e: Evaluator, expr: Any) -> Any:
    """Return a finite product term by term.

    Parameters
    ----------
    e : Evaluator
        Where the point and the precision live.
    expr : sympy.Product
        Every variable with both limits.

    Returns
    -------
    mpmath number
        The value.

    Examples
    --------
    >>> from symbias.sym.equality.evaluate import Evaluator
    >>> from symbias.sym.symbols import integer
    >>> k = integer("k")
    >>> Evaluator(15).value(sp.Product(k, (k, 1, 5)), {})
    mpf('120.0')
    """
    symbol, low, high = _ends(e, expr.limits[-1])
    at = e.with_bound(symbol, _inner(expr))
    first, last, reverse = _range(e, low, high)
    total = e.ctx.fprod(at(k) for k in range(first, last + 1))
    return 1 / total if reverse else total


def _range(e: Evaluator, low: Any, high: Any) -> tuple[int, int, bool]:
    if not (e.ctx.isint(low) and e.ctx.isint(high)) or abs(high - low) > _MOST_TERMS:
        raise ValueError("the range of a sum is not a moderate range of integers")
    first, last = int(low), int(high)
    return (last + 1, first - 1, True) if last < first - 1 else (first, last, False)
