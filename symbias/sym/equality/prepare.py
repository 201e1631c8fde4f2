"""From what the user wrote to a `Problem`: symbols with all that is known of their signs, unknown functions as symbols.

A user's symbol without assumptions is real here. Applied unknown functions u(t) and their derivatives are independent
real quantities once the chain rule has been applied; whatever else cannot be evaluated (an integral over an unknown
function) becomes one opaque real quantity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp
from sympy.assumptions import AppliedPredicate
from sympy.core.relational import Relational
from sympy.core.symbol import Symbol
from sympy.logic.boolalg import Boolean

from symbias.errors import BudgetError, InputError
from symbias.sym.equality.notation import UNKNOWN, plain
from symbias.sym.equality.problem import Problem, is_symbol
from symbias.sym.equality.unknowns import differentiate, spread
from symbias.sym.symbols import dummy

_LARGEST_INTEGER_BITS = 200_000

_PREDICATES = [
    "positive",
    "negative",
    "nonnegative",
    "nonpositive",
    "nonzero",
    "zero",
    "real",
    "integer",
    "rational",
    "irrational",
    "even",
    "odd",
    "prime",
    "complex",
    "imaginary",
    "finite",
]


def side(expr: Any) -> Any:
    """Return a side of a statement as a SymPy expression or matrix.

    Parameters
    ----------
    expr : object
        What the user wrote.

    Returns
    -------
    sympy.Expr or sympy.Matrix
        The same, as SymPy sees it.

    Raises
    ------
    InputError
        If it is an equation, a boolean, text, or not an expression at all.

    Examples
    --------
    >>> side(3)
    3
    """
    if isinstance(expr, str):
        raise InputError(
            f"A line of a derivation was given as text: {expr!r}.", remedy="Write it in SymPy."
        )
    try:
        found = sp.sympify(expr)
    except (sp.SympifyError, TypeError, AttributeError) as error:
        raise InputError(f"{expr!r} is not a SymPy expression.") from error
    if not isinstance(found, (sp.Expr, sp.MatrixBase)):
        raise InputError(
            f"A line of a derivation must be an expression, and {found} is not one.",
            "It is an equation, an inequality, a boolean or a container.",
            "Give the two sides as two lines, or an equation as its difference.",
        )
    found = plain(found)
    if found.has(sp.nan, sp.zoo):
        raise InputError(f"The expression {found} is undefined everywhere.", "It divides by zero.")
    return found


def guard_powers(*exprs: Any) -> None:
    """Refuse integer powers that would take all memory when evaluated.

    Parameters
    ----------
    *exprs : sympy.Basic
        Expressions.

    Raises
    ------
    BudgetError
        If one holds such a power.

    Examples
    --------
    >>> guard_powers(sp.Pow(10, 10**9, evaluate=False))
    Traceback (most recent call last):
        ...
    symbias.errors.BudgetError: The power 10**1000000000 has too many digits...
    """
    for expr in exprs:
        for power in expr.atoms(sp.Pow):
            if _bits(power) > _LARGEST_INTEGER_BITS:
                raise BudgetError(
                    f"The power {power} has too many digits to be computed.",
                    remedy="Keep the base or the exponent symbolic, or take logarithms first.",
                )


def _bits(power: Any) -> float:
    base, exponent = power.args
    if not (base.is_Rational and exponent.is_number):
        return 0.0
    if exponent.is_Rational:
        return abs(float(exponent)) * math.log2(max(abs(base.p), base.q, 1))
    return max((_bits(p) for p in exponent.atoms(sp.Pow)), default=0.0)


def _flatten(assumptions: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in assumptions:
        condition = sp.sympify(item)
        if condition is sp.true:
            continue
        if condition is sp.false:
            raise InputError("An assumption is false, so nothing can satisfy it.")
        if not isinstance(condition, Boolean):
            raise InputError(
                f"The assumption {item} is neither a relation, a predicate nor a boolean of them.",
                remedy="Write for example x > 0, Q.integer(n), or And(x > 0, y > x).",
            )
        found.extend(_flatten(condition.args) if isinstance(condition, sp.And) else [condition])
    return found


def _predicate_facts(condition: Any) -> tuple[Any, str] | None:
    if not isinstance(condition, AppliedPredicate):
        return None
    name = condition.function.name.removeprefix("extended_")
    argument = condition.arguments[0]
    if name not in _PREDICATES:
        raise InputError(f"The assumption {condition} is not one that can be used here.")
    return argument, name


_AS_RELATION = {
    "positive": sp.StrictGreaterThan,
    "negative": sp.StrictLessThan,
    "nonnegative": sp.GreaterThan,
    "nonpositive": sp.LessThan,
    "nonzero": sp.Ne,
    "zero": sp.Eq,
}


def _known(symbol: Any) -> dict[str, bool]:
    known = {k: v for k, v in symbol.assumptions0.items() if v is not None}
    if not known.get("complex") and not known.get("imaginary"):
        known = {k: v for k, v in known.items() if not k.startswith("extended")} | {"real": True}
    if known.get("commutative") is False:
        raise InputError(f"The symbol {symbol} does not commute, which cannot be decided here.")
    return known


class Workbench:
    """Collects what is known about every symbol and hands out the working symbols.

    Parameters
    ----------
    assumptions : iterable
        As in `decide`.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> bench = Workbench([real("x") > 0])
    >>> bench.working(real("x")).is_positive
    True
    """

    def __init__(self, assumptions: Iterable[Any]) -> None:
        self.facts: dict[Any, dict[str, bool]] = {}
        self.conditions: list[Any] = []
        self.equations: list[Any] = []
        self.swap: dict[Any, Any] = {}
        self.opaque = False
        for condition in _flatten(assumptions):
            self._take(condition)
        # A second round, because a bound by another symbol says more once that one's sign is known.
        for _ in range(2):
            for condition in self.conditions:
                self._sign_facts(condition)

    def _take(self, condition: Any) -> None:
        fact = _predicate_facts(condition)
        if fact and is_symbol(fact[0]):
            self.facts.setdefault(fact[0], {})[fact[1]] = True
        elif fact:
            self._take_relation(fact)
        elif isinstance(condition, sp.Eq):
            self.equations.append(condition.lhs - condition.rhs)
        else:
            self.conditions.append(condition)

    def _take_relation(self, fact: tuple[Any, str]) -> None:
        argument, name = fact
        if name in _AS_RELATION:
            self._take(_AS_RELATION[name](argument, 0, evaluate=False))
        elif name not in {"real", "complex", "finite"}:
            raise InputError(
                f"The assumption that {argument} is {name} cannot be used.",
                remedy="Make such assumptions about symbols.",
            )

    def _sign_facts(self, condition: Any) -> None:
        if not isinstance(condition, Relational) or isinstance(condition, sp.Eq):
            return
        for one, symbol, bound in (
            (condition, condition.lhs, condition.rhs),
            (condition.reversed, condition.rhs, condition.lhs),
        ):
            if is_symbol(symbol):
                known = bound.xreplace({s: self.draft(s) for s in bound.free_symbols})
                self.facts.setdefault(symbol, {}).update(_sign_of(one.func, known))

    def draft(self, symbol: Any) -> Any:
        """Return a symbol with all facts known so far; a fresh one at each call.

        Parameters
        ----------
        symbol : sympy.Symbol
            The user's symbol.

        Returns
        -------
        sympy.Dummy
            The same with more assumptions.

        Raises
        ------
        InputError
            If the facts contradict each other.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> Workbench([]).draft(real("x")).is_real
        True
        """
        try:
            return dummy(symbol.name, **(_known(symbol) | self.facts.get(symbol, {})))
        except sp.core.facts.InconsistentAssumptions as error:
            raise InputError(
                f"The assumptions about {symbol} contradict each other.",
                remedy="Remove one of them.",
            ) from error

    def working(self, item: Any) -> Any:
        """Return the working symbol of a user's symbol or unknown.

        Parameters
        ----------
        item : sympy.Basic
            Symbol, applied unknown function or anything opaque.

        Returns
        -------
        sympy.Dummy
            Always the same for the same item.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> bench = Workbench([])
        >>> bench.working(real("x")) is bench.working(real("x"))
        True
        """
        if item not in self.swap:
            self.swap[item] = (
                self.draft(item) if is_symbol(item) else dummy(str(item), **_unknown_facts(item))
            )
        return self.swap[item]

    def translate(self, expr: Any) -> Any:
        """Return an expression in working symbols.

        Parameters
        ----------
        expr : sympy.Basic
            In the user's symbols.

        Returns
        -------
        sympy.Basic
            In working symbols, derivatives done.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> Workbench([]).translate(sp.Derivative(x**2, x))
        2*_x
        """
        expr = _without_floats(spread(differentiate(expr)))
        expr = expr.xreplace({u: self.working(u) for u in self._unknowns(expr)})
        for node in expr.atoms(sp.Sum, sp.Product):
            for limits in node.limits:
                for end in limits:
                    for symbol in end.free_symbols:
                        self._count(symbol)
        return expr.xreplace(
            {s: self.working(s) for s in _ordered(expr.atoms(Symbol) - set(self.swap.values()))}
        )

    def _count(self, symbol: Any) -> None:
        """Note that a symbol counts terms."""
        if symbol not in self.swap and symbol.is_integer is None:
            self.facts.setdefault(symbol, {}).setdefault("integer", True)

    def _unknowns(self, expr: Any) -> list[Any]:
        """Outermost parts that stand for one free real quantity."""
        found: list[Any] = []
        walk = sp.preorder_traversal(expr)
        for node in walk:
            if isinstance(node, (sp.Integral, sp.Sum, sp.Product)):
                if node.atoms(*UNKNOWN):
                    self.opaque = True
                    found.append(node)
                    walk.skip()
            elif isinstance(node, (*UNKNOWN, sp.Derivative, sp.Subs)):
                found.append(node)
                walk.skip()
        return _ordered(found)


def _unknown_facts(item: Any) -> dict[str, bool]:
    """Unknown functions are real, and of the sign that their class declares."""
    names = ("positive", "negative", "nonnegative", "nonpositive", "nonzero", "integer")
    return {"real": True} | {name: True for name in names if getattr(item, f"is_{name}")}


def _ordered(items: Iterable[Any]) -> list[Any]:
    return sorted(set(items), key=lambda i: (str(i), sp.default_sort_key(i)))


_SIGNS: dict[Any, tuple[tuple[str, str], ...]] = {
    sp.StrictGreaterThan: (("is_nonnegative", "positive"),),
    sp.GreaterThan: (("is_positive", "positive"), ("is_nonnegative", "nonnegative")),
    sp.StrictLessThan: (("is_nonpositive", "negative"),),
    sp.LessThan: (("is_negative", "negative"), ("is_nonpositive", "nonpositive")),
    sp.Ne: (("is_zero", "nonzero"),),
}


def _sign_of(relation: Any, bound: Any) -> dict[str, bool]:
    """Return what `symbol relation bound` says about the sign of the symbol."""
    facts = [fact for attribute, fact in _SIGNS.get(relation, ()) if getattr(bound, attribute)]
    return dict.fromkeys(facts[:1], True)


def _without_floats(expr: Any) -> Any:
    """Floats mean exactly the binary number that they hold."""
    return expr.xreplace({f: sp.Rational(*_ratio(f)) for f in expr.atoms(sp.Float)})


def _ratio(number: Any) -> tuple[int, int]:
    sign, mantissa, exponent, _ = number._mpf_
    signed = -int(mantissa) if sign else int(mantissa)
    return (signed << exponent, 1) if exponent >= 0 else (signed, 1 << -exponent)


def equation(item: Any) -> Any:
    """Return an equation as an expression that vanishes.

    Parameters
    ----------
    item : sympy.Eq or sympy.Expr
        An equation, or an expression that vanishes.

    Returns
    -------
    sympy.Expr
        Left side minus right side.

    Raises
    ------
    InputError
        If it is an inequality, a boolean, or an equation that is false.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> equation(sp.Eq(real("x"), 2))
    x - 2
    """
    if item is sp.true or item is True:
        return sp.S.Zero
    if isinstance(item, sp.Eq):
        return item.lhs - item.rhs
    found = side(item)
    if isinstance(found, sp.MatrixBase):
        raise InputError("An equation in given is a matrix.", remedy="Give its entries one by one.")
    return found


def prepare(lhs: Any, rhs: Any, assumptions: Iterable[Any], given: Iterable[Any]) -> Problem:
    """Return the statement in working symbols.

    Parameters
    ----------
    lhs, rhs : sympy.Expr
        The two sides.
    assumptions, given : iterable
        As in `decide`.

    Returns
    -------
    Problem
        Ready to be decided.

    Raises
    ------
    InputError
        If something is not what it should be, or contradicts itself.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> prepare(sp.sqrt(x**2), x, [x > 0], []).difference
    0
    """
    bench = Workbench(assumptions)
    equations = [e for e in (*bench.equations, *(equation(g) for g in given)) if e != 0]
    guard_powers(lhs, rhs, *equations, *bench.conditions)
    left, right = bench.translate(lhs), bench.translate(rhs)
    vanishing = tuple(bench.translate(e) for e in equations)
    conditions = tuple(bench.translate(c) for c in bench.conditions)
    if any(c is sp.false for c in conditions) or any(g.is_nonzero for g in vanishing):
        raise InputError(
            "The assumptions and equations of the step have no common solution.",
            remedy="Check the signs and the equations that were given.",
        )
    back: Mapping[Any, Any] = {w: user for user, w in bench.swap.items()}
    kept = tuple(c for c in conditions if c is not sp.true)
    return Problem(left, right, kept, tuple(g for g in vanishing if g != 0), back, bench.opaque)
