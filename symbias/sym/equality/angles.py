"""Sines and cosines in normal form: expanded over independent angles, with s**2 = 1 - c**2 for each."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.equality.tower import LARGEST_MULTIPLE, TooLarge, Tower


def circular(tower: Tower, name: str, angle: Any) -> Any:
    """Return sin or cos of an angle, expanded over independent angles.

    Parameters
    ----------
    tower : Tower
        Holds the generators.
    name : str
        ``"sin"`` or ``"cos"``.
    angle : sympy.Expr
        The argument.

    Returns
    -------
    sympy.Expr
        Polynomial in the generators.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> tower = Tower()
    >>> sp.expand(tower.reduce(circular(tower, "cos", 2 * x)))
    2*_g0**2 - 1
    """
    total = (sp.S.One, sp.S.Zero)
    for term, factor in linear(angle):
        total = _turn(total, _multiple(tower, term, factor))
    return total[0] if name == "cos" else total[1]


def _multiple(tower: Tower, term: Any, factor: Any) -> tuple[Any, Any]:
    if term is sp.pi:
        return _angle_of_pi(tower, factor)
    key = ("angle", tower.normal(term))
    step = tower.steps.note(key, int(factor.q))
    count = int(factor * step)
    if abs(count) > LARGEST_MULTIPLE * step:
        raise TooLarge
    cosine, sine = _basic(tower, term / step)
    found = (sp.S.One, sp.S.Zero)
    for _ in range(abs(count)):
        found = _turn(found, (cosine, sine))
        found = tuple(sp.expand(tower.reduce(f)) for f in found)
    return found if count >= 0 else (found[0], -found[1])


def _angle_of_pi(tower: Tower, factor: Any) -> tuple[Any, Any]:
    cosine, sine = sp.cos(sp.pi * factor), sp.sin(sp.pi * factor)
    if not cosine.has(sp.cos, sp.sin) and not sine.has(sp.cos, sp.sin):
        return tower.lower(cosine), tower.lower(sine)
    return _basic(tower, sp.pi * factor)


def _basic(tower: Tower, angle: Any) -> tuple[Any, Any]:
    cosine, sine = sp.cos(angle), sp.sin(angle)
    if isinstance(cosine, sp.cos) and cosine.args[0] == angle:
        c = tower.generator(("cos", tower.normal(angle)), cosine)
        return c, tower.generator(("sin", tower.normal(angle)), sp.sin(angle), (2, 1 - c**2))
    return tower.lower(cosine), tower.lower(sine)


def linear(expr: Any) -> list[tuple[Any, Any]]:
    """Return an expression as a sum of rational multiples of terms, in a fixed order.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    list of tuple
        (term, rational factor).

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> linear(x / 2 + 3)
    [(1, 3), (x, 1/2)]
    """
    terms = sp.expand(expr).as_coefficients_dict()
    found = [(t, sp.sympify(c)) for t, c in terms.items() if c != 0]
    return sorted(found, key=lambda item: sp.default_sort_key(item[0]))


def _turn(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    return a[0] * b[0] - a[1] * b[1], a[1] * b[0] + a[0] * b[1]
