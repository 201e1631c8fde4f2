"""Proved bounds of a formula at numbers and on intervals, inside its domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbias.codegen.ball_arguments import enclosed
from symbias.codegen.ball_twin import ball_program, ball_twin
from symbias.codegen.kernel import nested
from symbias.codegen.lower import lower
from symbias.codegen.outputs import flatten
from symbias.errors import CodegenError, DomainError, InputError
from symbias.sym.conditions import require_inside
from symbias.sym.equality.interval import at_precision, equal
from symbias.sym.evaluation import exact_value

_BITS = 128


def enclose_formula(formula: Any, digits: int, values: Mapping[Any, Any]) -> Any:
    """Return proved bounds of the right-hand side of a formula.

    Parameters
    ----------
    formula : Formula
        Its right-hand side is made of the supported functions.
    digits : int
        Relative accuracy aimed at, at exact numbers.
    values : mapping
        Every symbol -> an exact number, or a pair for an interval.

    Returns
    -------
    Enclosure, or nested lists of them for a matrix
        The bounds.

    Raises
    ------
    InputError
        If a value is no finite real number.
    DomainError
        If a value violates an assumption or the domain, an interval is not shown to be inside, or the formula is not
        shown to be defined there.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.sym.formula import Formula
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> root = Formula("root", sp.Function("f")(x), sp.sqrt(x), "==", (x,))
    >>> enclose_formula(root, 15, {x: (1, 4)})
    Enclosure(low=mpf('1.0'), high=mpf('2.0'))
    """
    exact = {s: _exact(s, v) for s, v in values.items()}
    _require_inside(formula, exact)
    flat, shape = flatten(formula.rhs)
    names = [s.name for s in formula.symbols]
    found = ball_twin(lower(flat, formula.symbols), names, digits)(
        *(exact[s] for s in formula.symbols)
    )
    if not all(e.is_defined for e in found):
        raise DomainError(
            f"{formula.name} is not shown to be defined at {_shown(exact)}.",
            "it is undefined there, or in a part of the intervals.",
            "Choose other values, or smaller intervals.",
        )
    return nested(found, shape)


def _exact(symbol: Any, value: Any) -> Any:
    if not isinstance(value, tuple | list):
        return exact_value(symbol, value)
    pair = tuple(exact_value(symbol, end) for end in value)
    if len(pair) != 2 or not all(e.is_real for e in pair) or not pair[0] <= pair[1]:
        raise InputError(
            f"{symbol} got {value!r}, not an interval.",
            remedy="Give a pair (low, high) with low <= high.",
        )
    return pair


def _shown(values: Mapping[Any, Any]) -> str:
    return ", ".join(f"{s}={v}" for s, v in values.items())


def _require_inside(formula: Any, values: Mapping[Any, Any]) -> None:
    """Raise unless the assumptions of the symbols and the domain hold at the numbers and on the intervals."""
    if not any(isinstance(v, tuple) for v in values.values()):
        require_inside(formula.symbols, values, formula.domain, formula.name)
        return
    ranges = {s: v if isinstance(v, tuple) else (v, v) for s, v in values.items()}
    for end in (0, 1):
        require_inside(formula.symbols, {s: r[end] for s, r in ranges.items()}, (), formula.name)
    for symbol, (low, high) in ranges.items():
        if low != high and (symbol.is_integer or (symbol.is_nonzero and low < 0 < high)):
            kind = "an integer" if symbol.is_integer else "nonzero"
            raise DomainError(
                f"{formula.name} needs {symbol} to be {kind}, got the interval ({low}, {high}).",
                remedy="Pass single values, or intervals inside the assumptions.",
            )
    for condition in formula.domain:
        _require_everywhere(condition, formula, values, ranges)


def _require_everywhere(condition: Any, formula: Any, values: Any, ranges: Any) -> None:
    """Raise unless a condition is proved on the whole box; what balls cannot read is tried at its ends."""
    known = {s: v for s, v in values.items() if condition.has(s)}
    if condition.free_symbols - set(known):
        return
    try:
        holds = ball_program([condition], tuple(known))
    except CodegenError:
        for end in (0, 1):
            at_end = {s: r[end] for s, r in ranges.items()}
            require_inside(formula.symbols, at_end, (condition,), formula.name)
        return
    given = at_precision(_BITS, lambda: [enclosed(s.name, v) for s, v in known.items()])
    if equal(holds(given, _BITS)[0], 1) is not True:
        raise DomainError(
            f"{formula.name} holds for {condition}, which is not shown on the whole of {_shown(known)}.",
            remedy="Choose intervals inside the domain (see .domain), or smaller ones.",
        )
