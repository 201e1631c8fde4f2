"""From SymPy to the inert language: the closed table of what can be compiled.

Each row of `RULES` says how one SymPy class becomes operations. What has no row is refused by name,
with the list of what is supported: no function is ever guessed, printed as it stands or evaluated.
All arithmetic is over the reals: where a subexpression has no real value, the result is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp
from sympy.codegen import cfunctions

from symbias.codegen.dag import fold
from symbias.codegen.operations import is_op, op
from symbias.codegen.powers import power
from symbias.codegen.stable import stable_log, stable_sum
from symbias.errors import CodegenError
from symbias.sym import functions as own
from symbias.sym.functions import NamedFunction

Rule = Callable[[Any, list[Any]], Any]


def _to(name: str) -> Rule:
    """Return the rule "this class is that operation"."""
    return lambda _node, args: op(name, *args)


def _by(build: Callable[..., Any]) -> Rule:
    """Return the rule "this class is that combination of its arguments"."""
    return lambda _node, args: build(*args)


def _chain(name: str) -> Rule:
    """Return the rule for a binary operation over any number of arguments."""

    def rule(_node: Any, args: list[Any]) -> Any:
        total = args[0]
        for arg in args[1:]:
            total = op(name, total, arg)
        return total

    return rule


def _operands(condition: Any) -> Iterable[Any]:
    """Yield what a condition compares."""
    for part in condition.args:
        if is_op(condition, "lt", "le", "eq", "ne"):
            if not part.is_number:
                yield part
        elif is_op(condition, "and_", "or_", "not_"):
            yield from _operands(part)


def select(pairs: list[tuple[Any, Any]]) -> Any:
    """Return a choice that is NaN where something compared is NaN or where no condition holds.

    Parameters
    ----------
    pairs : list of (condition, value)
        In the inert language, tried in order; ``sympy.true`` ends the list.

    Returns
    -------
    sympy.Expr
        In the inert language.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> select([(op("lt", x, sp.Integer(0)), -x), (sp.true, x)])
    select(isnan(x), nan, lt(x, 0), -x, x)
    """
    compared = dict.fromkeys(o for condition, _ in pairs for o in _operands(condition))
    flat: list[Any] = []
    for operand in compared:
        flat += [op("isnan", operand), sp.nan]
    for condition, value in pairs:
        if condition == sp.true:
            return op("select", *flat, value) if flat else value
        if condition != sp.false:
            flat += [condition, value]
    return op("select", *flat, sp.nan)


def _piecewise(_node: Any, args: list[Any]) -> Any:
    return select([(condition, value) for value, condition in args])


def as_number(node: Any) -> Any:
    """Return a condition as the number 1 or 0, an expression as it is.

    Parameters
    ----------
    node : sympy.Basic
        In the inert language.

    Returns
    -------
    sympy.Expr
        A number-valued node.

    Examples
    --------
    >>> as_number(sp.true)
    1
    """
    conditions = ("lt", "le", "eq", "ne", "and_", "or_", "not_")
    if is_op(node, *conditions) or node in {sp.true, sp.false}:
        return select([(node, sp.Integer(1)), (sp.true, sp.Integer(0))])
    return node


def _lambert(node: Any, args: list[Any]) -> Any:
    branch = node.args[1] if len(args) == 2 else sp.Integer(0)
    if branch not in {0, -1}:
        raise _unsupported(f"branch {branch} of LambertW", "Only branches 0 and -1 are real.")
    return op("lambert_lower" if branch == -1 else "lambert", args[0])


def _polygamma(node: Any, args: list[Any]) -> Any:
    if node.args[0] != 0:
        raise _unsupported(f"polygamma({node.args[0]}, .)", "Only polygamma(0, x) has a kernel.")
    return op("digamma", args[1])


def _binomial(node: Any, args: list[Any]) -> Any:
    low = node.args[1]
    if not (low.is_Integer and 0 <= low <= 64):
        raise _unsupported("binomial with a symbolic lower index", "Rewrite it with sympy.gamma.")
    return sp.Mul(*(args[0] - k for k in range(int(low)))) / sp.factorial(low)


def _heaviside(_node: Any, args: list[Any]) -> Any:
    return op("heaviside", args[0], args[1] if len(args) == 2 else sp.Rational(1, 2))


def _ite(_node: Any, args: list[Any]) -> Any:
    test, yes, no = args
    return op("or_", op("and_", test, yes), op("and_", op("not_", test), no))


RULES: dict[type, Rule] = {
    sp.Add: lambda _node, args: stable_sum(tuple(args)),
    sp.Mul: _by(sp.Mul),
    sp.Pow: _by(power),
    # exponentials and logarithms
    sp.exp: _to("exp"),
    sp.log: _by(stable_log),
    cfunctions.expm1: _to("expm1"),
    cfunctions.log1p: _to("log1p"),
    cfunctions.log2: _by(lambda x: stable_log(x) / op("log", sp.Integer(2))),
    cfunctions.log10: _by(lambda x: stable_log(x) / op("log", sp.Integer(10))),
    cfunctions.hypot: _to("hypot"),
    cfunctions.Sqrt: _to("sqrt"),
    # trigonometric
    sp.sin: _to("sin"),
    sp.cos: _to("cos"),
    sp.tan: _to("tan"),
    sp.sec: _by(lambda x: 1 / op("cos", x)),
    sp.csc: _by(lambda x: 1 / op("sin", x)),
    sp.cot: _by(lambda x: 1 / op("tan", x)),
    sp.sinc: _to("sinc"),
    sp.asin: _to("asin"),
    sp.acos: _to("acos"),
    sp.atan: _to("atan"),
    sp.acot: _to("acot"),
    sp.asec: _by(lambda x: op("acos", 1 / x)),
    sp.acsc: _by(lambda x: op("asin", 1 / x)),
    sp.atan2: _to("atan2"),
    # hyperbolic
    sp.sinh: _to("sinh"),
    sp.cosh: _to("cosh"),
    sp.tanh: _to("tanh"),
    sp.sech: _by(lambda x: 1 / op("cosh", x)),
    sp.csch: _by(lambda x: 1 / op("sinh", x)),
    sp.coth: _by(lambda x: 1 / op("tanh", x)),
    sp.asinh: _to("asinh"),
    sp.acosh: _to("acosh"),
    sp.atanh: _to("atanh"),
    sp.asech: _by(lambda x: op("acosh", 1 / x)),
    sp.acsch: _by(lambda x: op("asinh", 1 / x)),
    sp.acoth: _by(lambda x: op("atanh", 1 / x)),
    # pieces, rounding, complex parts of real numbers
    sp.Abs: _to("fabs"),
    sp.sign: _to("sign"),
    sp.Min: _chain("minimum"),
    sp.Max: _chain("maximum"),
    sp.Piecewise: _piecewise,
    sp.Heaviside: _heaviside,
    sp.floor: _to("floor"),
    sp.ceiling: _to("ceil"),
    sp.frac: _by(lambda x: x - op("floor", x)),
    sp.Mod: _to("mod"),
    sp.re: _by(lambda x: x),
    sp.im: _by(lambda x: 0 * x),
    sp.conjugate: _by(lambda x: x),
    # special functions
    sp.erf: _to("erf"),
    sp.erfc: _to("erfc"),
    sp.erfinv: _to("erfinv"),
    sp.gamma: _to("gamma"),
    sp.loggamma: _to("loggamma"),
    sp.factorial: _by(lambda x: op("gamma", x + 1)),
    sp.binomial: _binomial,
    sp.polygamma: _polygamma,
    sp.LambertW: _lambert,
    # the package's own
    own.relu: _to("relu"),
    own.softplus: _to("softplus"),
    own.normal_pdf: _to("normal_pdf"),
    own.normal_cdf: _to("normal_cdf"),
    own.log_normal_cdf: _to("log_normal_cdf"),
    own.inverse_mills: _to("inverse_mills"),
    own.relu_angle: _to("relu_angle"),
    # conditions
    sp.Lt: _to("lt"),
    sp.Le: _to("le"),
    sp.Gt: _by(lambda x, y: op("lt", y, x)),
    sp.Ge: _by(lambda x, y: op("le", y, x)),
    sp.Eq: _to("eq"),
    sp.Ne: _to("ne"),
    sp.And: _to("and_"),
    sp.Or: _to("or_"),
    sp.Not: _to("not_"),
    sp.Xor: _chain("ne"),
    sp.Implies: _by(lambda x, y: op("or_", op("not_", x), y)),
    sp.Equivalent: _chain("eq"),
    sp.ITE: _ite,
}
"""SymPy class -> how it is compiled: the whole of what is supported, with subclasses of
`NamedFunction`, which are unfolded by their definition and stable forms."""

REMEDIES: dict[type, str] = {
    sp.Derivative: "Call .doit(), and declare the symbols real=True so that it can be carried out.",
    sp.Integral: "Call .doit(), or derive a closed form first; integrals are not compiled.",
    sp.Sum: "Call .doit() on a sum with numeric bounds, or derive its closed form.",
    sp.Product: "Call .doit() on a product with numeric bounds, or derive its closed form.",
    sp.Subs: "Call .doit().",
    sp.core.function.AppliedUndef: "Replace the undefined function by a symbol or an expression.",
    sp.DiracDelta: "It comes from the derivative of a step; integrate it out by hand first.",
}
"""What to do about the unsupported classes that are met most."""


_PAIR = sp.functions.elementary.piecewise.ExprCondPair


def supported() -> list[str]:
    """Return the names of the supported SymPy functions, sorted.

    Returns
    -------
    list of str
        As SymPy and `symbias.sym.functions` spell them.

    Examples
    --------
    >>> "LambertW" in supported()
    True
    """
    return sorted((cls.__name__ for cls in RULES), key=str.lower)


def _unsupported(what: str, remedy: str) -> CodegenError:
    return CodegenError(f"{what} cannot be compiled.", remedy=remedy)


def _refusal(node: Any) -> CodegenError:
    """Return the error that names an unsupported node."""
    name = type(node).__name__
    remedy = next((text for cls, text in REMEDIES.items() if isinstance(node, cls)), "")
    remedy = remedy or (
        "Rewrite the expression with supported functions (often .rewrite, .doit or "
        "sympy.expand_func do it), or subclass symbias.sym.functions.NamedFunction."
    )
    return CodegenError(
        f"{name} cannot be compiled.",
        cause=f"it is not one of the supported functions: {', '.join(supported())}.",
        remedy=remedy,
    )


def _unfold(node: NamedFunction) -> Any:
    """Return a user's function by its definition, with its stable regions."""
    pairs = [part for pair in node.stable_forms() for part in pair]
    converted = translate([*pairs, node.definition()], node.free_symbols)
    return op("region", *converted) if pairs else converted[0]


def _atom(node: Any, known: frozenset[Any]) -> Any:
    """Return a symbol, a number or a truth value as it is, or refuse it."""
    if node.is_Symbol:
        if node not in known:
            raise CodegenError(
                f"The symbol {node} is not among the arguments.",
                cause="it is missing from the list, or it has other assumptions than the one "
                "listed (symbols of one name but different assumptions differ).",
                remedy="Add it to the arguments, in the order in which you will call the kernel.",
            )
        return node
    if node is sp.I or node is sp.zoo:
        raise _unsupported(f"The complex number {node}", "Separate real and imaginary parts first.")
    if node.is_number or node in {sp.true, sp.false}:
        return node
    raise _refusal(node)


def symbols_of(roots: Iterable[Any]) -> frozenset[Any]:
    """Return the symbols of expressions; refuse what has no row in `RULES` before anything else.

    Parameters
    ----------
    roots : iterable of sympy.Basic
        Expressions and conditions.

    Returns
    -------
    frozenset of sympy.Symbol
        All of them.

    Raises
    ------
    CodegenError
        If something is not supported.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> symbols_of([real("x") + 1])
    frozenset({x})
    """
    found: set[Any] = set()

    def look(node: Any, _parts: list[Any]) -> None:
        if node.is_Symbol:
            found.add(node)
        elif node.args and not _known(node):
            raise _refusal(node)

    fold(roots, look)
    return frozenset(found)


def _known(node: Any) -> bool:
    return type(node) in RULES or isinstance(node, NamedFunction | _PAIR)


def translate(roots: Iterable[Any], args: Iterable[Any]) -> list[Any]:
    """Return expressions in the inert language.

    Parameters
    ----------
    roots : iterable of sympy.Basic
        Expressions and conditions of real symbols.
    args : iterable of sympy.Symbol
        The symbols that may occur.

    Returns
    -------
    list of sympy.Basic
        One per root.

    Raises
    ------
    CodegenError
        If something has no row in `RULES`, or a symbol is not among the arguments.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> translate([sp.log(1 + sp.exp(x)), sp.sqrt(x) / x**2], [x])
    [softplus(x), rsqrt(x)**3]
    """
    known = frozenset(args)

    def convert(node: Any, parts: list[Any]) -> Any:
        if isinstance(node, _PAIR):
            return tuple(parts)
        rule = RULES.get(type(node))
        if rule is not None:
            return rule(node, parts)
        if isinstance(node, NamedFunction):
            return _unfold(node)
        if node.args:
            raise _refusal(node)
        return _atom(node, known)

    roots = list(roots)
    table = fold(roots, convert)
    return [table[root] for root in roots]
