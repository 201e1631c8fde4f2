"""Stable forms of powers of m + u and m - u that cancel for small u.

With x = u/m, (1 + x)**q - (1 - x)**q = 2 (1 - x**2)**(q/2) sinh(q atanh x), and likewise for their sum less 2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from symbias.codegen.operations import is_op, op
from symbias.codegen.powers import power

_SMALL = 6
"""The largest integer power whose difference is written as a polynomial."""

_NEAR = sp.Rational(1, 2)
"""The size of x below which the stable form is used; from there on little cancels."""


def _as_power(factor: Any) -> tuple[Any, Any] | None:
    """Return base and exponent of a power of a sum."""
    base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, sp.Integer(1))
    if is_op(base, "sqrt", "rsqrt"):
        sign = 1 if is_op(base, "sqrt") else -1
        base, exponent = base.args[0], sign * exponent / 2
    elif is_op(base, "pow", "power_of"):
        base, exponent = base.args[0], exponent * base.args[1]
    elif not factor.is_Pow:
        return None
    return (base, exponent) if base.is_Add and exponent != 1 else None


class _Reading(NamedTuple):
    """A term read as k * (m + u)**q with a number m > 0, where k has the sign of the factor."""

    term: Any
    factor: Any
    sign: Any
    number: Any
    rest: Any
    exponent: Any


def _readings(term: Any) -> Iterator[_Reading]:
    for factor in sp.Mul.make_args(term):
        found = _as_power(factor)
        if found is None:
            continue
        base, exponent = found
        number, rest = _halves(base)
        if number.is_positive:
            yield _Reading(term, factor, 1, number, rest, exponent)
        elif number.is_negative and exponent.is_Integer:
            yield _Reading(term, factor, (-1) ** exponent, -number, -rest, exponent)


@lru_cache(maxsize=1024)
def _halves(base: Any) -> tuple[Any, Any]:
    """Return the number in a sum, and what stands beside it."""
    number = sp.Add(*(t for t in base.args if t.is_number))
    return number, sp.Add(*(t for t in base.args if not t.is_number))


def _cofactor(term: Any, factor: Any, sign: Any) -> Any:
    """Return what a term has beside one of its factors."""
    return sp.Mul(*(f for f in sp.Mul.make_args(term) if f != factor)) * sign


def pair(terms: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any] | None:
    """Find terms k (m + u)**q and k (m - u)**q that cancel, the second one with the opposite sign or less 2 k m**q.

    Parameters
    ----------
    terms : tuple of sympy.Expr
        The terms of a sum, in the inert language.

    Returns
    -------
    tuple or None
        The terms that are replaced, and what by; None where there are none.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> used, better = pair(((1 + x) ** -3, -((1 - x) ** -3)))
    >>> better.args[1]
    -2*x*(x**2 + 3)/(1 - x**2)**3
    """
    readings = [reading for term in terms for reading in _readings(term)]
    # Distinct sums of one number and one power; most are alone, and nothing is expanded for them.
    often = Counter(
        (number, q) for number, q, _ in {(r.number, r.exponent, r.rest) for r in readings}
    )
    seen: dict[Any, tuple[Any, Any, Any]] = {}
    for term, factor, sign, number, rest, exponent in readings:
        if often[number, exponent] < 2:
            continue
        u = sp.expand(rest)
        other = seen.get((number, -u, exponent))
        if other is None:
            seen[number, u, exponent] = (term, factor, sign)
            continue
        # Cofactors are products to be built: only once the powers are known to match.
        cofactor, partner = _cofactor(term, factor, sign), _cofactor(*other)
        split = (cofactor, number, u, exponent)
        found = _replacement(split, (term, partner, other[0]), terms)
        if found is not None:
            return found
    return None


def _odd_part(x: Any, q: Any) -> Any:
    """Return half of (1 + x)**q - (1 - x)**q for a small integer q, None for another one."""
    if not (q.is_Integer and abs(q) <= _SMALL):
        return None
    square, count = sp.expand(x**2), abs(int(q))
    total = sp.S.Zero
    for k in reversed(range(1, count + 1, 2)):  # Horner in x**2, all coefficients positive
        total = total * square + sp.binomial(count, k)
    return x * total if q > 0 else -x * total / sp.expand(1 - square) ** count


def _replacement(
    split: tuple[Any, Any, Any, Any], partner: tuple[Any, Any, Any], terms: tuple[Any, ...]
) -> tuple[tuple[Any, ...], Any] | None:
    cofactor, number, u, q = split
    term, other_cofactor, other = partner
    x = u / number
    scale = 2 * cofactor * power(number, q)
    envelope = power(sp.expand(1 - x**2), q / 2)
    if other_cofactor == -cofactor:
        used: tuple[Any, ...] = (term, other)
        stable = scale * (_odd_part(x, q) or envelope * op("sinh", q * op("atanh", x)))
    elif other_cofactor == cofactor and -2 * cofactor * number**q in terms:
        used = (term, other, -2 * cofactor * number**q)
        bump = 2 * op("sinh", q / 2 * op("atanh", x)) ** 2
        drift = op("expm1", q / 2 * op("log1p", sp.expand(-(x**2))))
        stable = scale * (envelope * bump + drift)
    else:
        return None
    near = op("lt", op("fabs", x), _NEAR)
    return used, op("region", near, stable, sp.Add(*used))
