"""Signs, bounds and monotonicity on boxes, proved by interval arithmetic or refuted at a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import DerivationError, DomainError, InputError
from symbias.registry import ask
from symbias.sym.budget import Clock
from symbias.sym.conditions import conditions, require_inside
from symbias.sym.equality.boxes import as_rational, whole_box
from symbias.sym.equality.derivatives import JUMPS
from symbias.sym.equality.interval import interval
from symbias.sym.equality.subdivision import BITS, Refuted, Sign, Subdivision
from symbias.sym.evaluation import exact_value
from symbias.sym.evidence import Evidence
from symbias.sym.lines import as_line

SECONDS = 20.0
"""The time budget of a proof."""


@checked
def prove(
    statement: Any,
    box: Mapping[Any, Any] | None = None,
    *,
    assumptions: Any = (),
    seconds: float = SECONDS,
) -> Evidence:
    """Prove an inequality between expressions on a box.

    Parameters
    ----------
    statement : sympy.Boolean
        ``f < g``, ``f <= g``, ``f > g``, ``f >= g``, or several of them joined by ``And``; both sides are made of the
        functions that can be compiled.
    box : dict, optional
        Symbol -> ``(low, high)`` (both ends belong to it) or a number; every symbol must be there. Integer symbols
        take whole values only.
    assumptions : sympy.Boolean or iterable of sympy.Boolean
        Conditions inside the box under which it is claimed.
    seconds : float
        Time budget.

    Returns
    -------
    Evidence
        Of grade ``ball``.

    Raises
    ------
    DerivationError
        If it is false; it carries a counterexample and the values of both sides there.
    BudgetError
        If it could not be decided: an inequality that is sharp inside the box may be out of reach, and so is one whose
        sides are not shown to be defined on the whole box.
    InputError
        If the statement is no inequality, or a symbol has no range.
    CodegenError
        If a function has no ball form.

    Examples
    --------
    >>> import sympy as sp
    >>> import symbias as sb
    >>> x = sp.symbols("x", real=True)
    >>> sb.prove(sp.sin(x) <= x, {x: (0, 3)}).grade
    'ball'
    >>> sb.prove(sp.sin(x) <= x, {x: (-1, 3)})
    Traceback (most recent call last):
        ...
    symbias.errors.DerivationError: The statement sin(x) <= x is false at x = -1...
    """
    if statement is True or statement is sp.true:
        return Evidence("exact", "the statement is identically true")
    if statement is False or statement is sp.false:
        raise DerivationError("The statement is identically false.", remedy="Correct it.")
    time, boxes = Clock(seconds), 0
    parts = statement.args if isinstance(statement, sp.And) else (statement,)
    for part in parts:
        boxes += _prove_one(part, dict(box or {}), conditions(assumptions), time)
    return _evidence(boxes, box)


def _prove_one(part: Any, box: Mapping[Any, Any], given: tuple[Any, ...], time: Clock) -> int:
    strict = isinstance(part, (sp.StrictGreaterThan, sp.StrictLessThan))
    if not strict and not isinstance(part, (sp.GreaterThan, sp.LessThan)):
        raise InputError(
            f"{part!r} is not an inequality.",
            remedy="State f < g, f <= g, f > g or f >= g; equations are steps of a derivation.",
        )
    symbols = _symbols([part, *given], box)
    sign = Sign(part.gts - part.lts, symbols, given, strict, (part.lts, part.gts))

    def refuted(point: Mapping[Any, Any]) -> DerivationError:
        where = ", ".join(f"{s} = {v}" for s, v in point.items())
        sides = tuple(sp.N(side.xreplace(point), 30) for side in (part.lhs, part.rhs))
        return DerivationError(
            f"The statement {part} is false{' at ' if where else ''}{where}.",
            "it does not hold on the whole box.",
            "Correct it, or choose a smaller box.",
            counterexample=point,
            values=sides,
        )

    return _search(sign, box, time, refuted)


@checked
def prove_monotone(
    expr: Any,
    symbol: Any,
    box: Mapping[Any, Any],
    direction: str = "increasing",
    *,
    strictly: bool = False,
    seconds: float = SECONDS,
) -> Evidence:
    """Prove that an expression is monotone in a symbol on a box.

    The expression is shown to be defined and continuous, and the sign of its slope is proved.

    Parameters
    ----------
    expr : sympy.Expr
        Made of the functions that can be compiled.
    symbol : sympy.Symbol
        In which it is monotone, whatever the values of the others in the box.
    box : dict
        Symbol -> ``(low, high)`` or a number, for every symbol.
    direction : {"increasing", "decreasing"}
        What is claimed; not falling or not growing, unless ``strictly``.
    strictly : bool
        Whether the slope must differ from zero everywhere.
    seconds : float
        Time budget.

    Returns
    -------
    Evidence
        Of grade ``ball``.

    Raises
    ------
    DerivationError
        With a point at which the slope has the other sign as counterexample, and 0 and the slope as values.
    BudgetError
        If it could not be decided.
    InputError
        If the expression may jump, or a symbol has no range.
    CodegenError
        If a function, or a slope, has no ball form.

    Examples
    --------
    >>> import sympy as sp
    >>> import symbias as sb
    >>> x = sp.symbols("x", real=True)
    >>> sb.prove_monotone(x * sp.exp(-x), x, {x: (0, 1)}).grade
    'ball'
    >>> sb.prove_monotone(x * sp.exp(-x), x, {x: (0, 2)})
    Traceback (most recent call last):
        ...
    symbias.errors.DerivationError: x*exp(-x) is not increasing in x at x = 2...
    """
    if direction not in {"increasing", "decreasing"}:
        raise InputError(
            f"The direction {direction!r} is unknown.", remedy='Use "increasing" or "decreasing".'
        )
    expr = as_line(expr)
    if expr.has(*JUMPS):
        raise InputError(
            f"{expr} may jump, which its slope does not show.",
            remedy="Prove it on the pieces between the jumps, and compare their ends.",
        )
    if not isinstance(symbol, sp.Basic) or symbol not in box:
        raise InputError(f"No range for {symbol}.", remedy="Give (low, high) for it in the box.")
    if symbol.is_integer:
        raise InputError(
            f"{symbol} is an integer, and slopes say nothing about whole values.",
            remedy="Prove that the difference of neighbours has one sign, with sb.prove.",
        )
    slope = sp.diff(expr, symbol)
    sign = Sign(
        slope if direction == "increasing" else -slope,
        _symbols([expr], box),
        (),
        strictly,
        (expr,),
    )

    def refuted(point: Mapping[Any, Any]) -> DerivationError:
        where = ", ".join(f"{s} = {v}" for s, v in point.items())
        return DerivationError(
            f"{expr} is not {direction} in {symbol} at {where}.",
            f"its slope {'vanishes or ' if strictly else ''}has the other sign there.",
            "Choose a smaller box, or the other direction.",
            counterexample=point,
            values=(sp.S.Zero, sp.N(slope.xreplace(point), 30)),
        )

    return _evidence(_search(sign, box, Clock(seconds), refuted), box)


def _symbols(parts: list[Any], box: Mapping[Any, Any]) -> tuple[Any, ...]:
    free = sorted(set().union(*(part.free_symbols for part in parts)), key=str)
    missing = [str(s) for s in free if s not in box]
    if missing:
        raise InputError(
            f"No range for {', '.join(missing)}.",
            "it is missing from the box, or listed there with other assumptions.",
            "Give (low, high) for every symbol; a bounded box is needed.",
        )
    return tuple(free)


def range_of(symbol: Any, value: Any) -> tuple[Any, Any]:
    """Return the ends of a range as exact numbers.

    Parameters
    ----------
    symbol : sympy.Symbol
        Whose range it is, for messages.
    value : number or pair of numbers
        One number is both ends.

    Returns
    -------
    tuple of sympy.Expr
        Low and high.

    Raises
    ------
    InputError
        If they are no finite real numbers in order.

    Examples
    --------
    >>> range_of("x", (0, 0.5))
    (0, 1/2)
    """
    pair = value if isinstance(value, tuple | list) else (value, value)
    ends = tuple(exact_value(symbol, v) for v in pair)
    if len(ends) != 2 or not all(e.is_real for e in ends) or not ends[0] <= ends[1]:
        raise InputError(
            f"{symbol} got {value!r}, not an interval.",
            remedy="Give a pair (low, high) with low <= high, or a number.",
        )
    return ends[0], ends[1]


def _search(
    sign: Sign, box: Mapping[Any, Any], time: Clock, refuted: Callable[..., DerivationError]
) -> int:
    """Prove a sign on the user's box; report a refutation in the user's words."""
    exact = {s: range_of(s, box[s]) for s in sign.symbols}
    sides = {s: interval_of(low, high) for s, (low, high) in exact.items()}
    start = whole_box(sides)
    if start is None:
        raise InputError("A range holds no integer.", remedy="Widen it.")

    def admits(point: tuple[Any, ...]) -> bool:
        values = {s: as_rational(p) for s, p in zip(sign.symbols, point, strict=True)}
        if not all(low <= values[s] <= high for s, (low, high) in exact.items()):
            return False  # an end that is no binary number was rounded outwards
        try:
            require_inside(sign.symbols, values, (), "it")
        except DomainError:
            return False
        return True

    try:
        return Subdivision(sign, admits).prove(start, time)
    except Refuted as error:
        point = {s: as_rational(p) for s, p in zip(sign.symbols, error.point, strict=True)}
        raise refuted(point) from None


def interval_of(low: Any, high: Any) -> Any:
    """Return an interval that holds the one between two exact numbers.

    Parameters
    ----------
    low, high : sympy.Expr
        Constants.

    Returns
    -------
    flint.arb or Interval
        Rounded outwards.

    Examples
    --------
    >>> interval_of(sp.Integer(0), sp.Rational(1, 2))
    Interval(0.0, 0.5)
    """
    return interval(*ask("codegen.ball_twin:ball_program", [low, high], ())([], BITS))


def _evidence(boxes: int, box: Mapping[Any, Any] | None) -> Evidence:
    ranges = [(s, *range_of(s, v)) for s, v in (box or {}).items()]
    where = ", ".join(f"{s} in [{a}, {b}]" if a != b else f"{s} = {a}" for s, a, b in ranges)
    how = f"interval arithmetic proves it on {boxes} box{'es' if boxes != 1 else ''}"
    return Evidence("ball", how, region=where)
