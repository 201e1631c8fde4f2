"""The closed table of what can be compiled: one row per SymPy class.

A row says how the class becomes operations of the inert language, given its arguments there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp
from sympy.codegen import cfunctions

from symbias.codegen.operations import is_op, op
from symbias.codegen.powers import power
from symbias.codegen.stable import stable_log, stable_sum
from symbias.errors import CodegenError
from symbias.sym import functions as own

Rule = Callable[[Any, list[Any]], Any]


def unsupported(what: str, remedy: str) -> CodegenError:
    """Return the error about something that no row covers.

    Parameters
    ----------
    what, remedy : str
        What cannot be compiled, and what to do.

    Returns
    -------
    CodegenError
        To be raised.

    Examples
    --------
    >>> print(unsupported("polygamma(3, .)", "Avoid it."))
    polygamma(3, .) cannot be compiled. What to do: Avoid it.
    """
    return CodegenError(f"{what} cannot be compiled.", remedy=remedy)


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


def _rebuilt(node: Any, args: list[Any]) -> Any:
    """Return a sum or product of new arguments: itself, at no cost, if they are the old ones."""
    return node if tuple(args) == node.args else node.func(*args)


def _power(node: Any, args: list[Any]) -> Any:
    """Return a power; integer and half-integer ones that do not change stay as they are."""
    whole = node.exp.is_Rational and node.exp.q <= 2
    return node if whole and tuple(args) == node.args else power(*args)


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
        raise unsupported(f"branch {branch} of LambertW", "Only branches 0 and -1 are real.")
    return op("lambert_lower" if branch == -1 else "lambert", args[0])


def _polygamma(node: Any, args: list[Any]) -> Any:
    if node.args[0] != 0:
        raise unsupported(f"polygamma({node.args[0]}, .)", "Only polygamma(0, x) has a kernel.")
    return op("digamma", args[1])


def _binomial(node: Any, args: list[Any]) -> Any:
    low = node.args[1]
    if not (low.is_Integer and 0 <= low <= 64):
        raise unsupported("binomial with a symbolic lower index", "Rewrite it with sympy.gamma.")
    return sp.Mul(*(args[0] - k for k in range(int(low)))) / sp.factorial(low)


def _heaviside(_node: Any, args: list[Any]) -> Any:
    return op("heaviside", args[0], args[1] if len(args) == 2 else sp.Rational(1, 2))


def _ite(_node: Any, args: list[Any]) -> Any:
    test, yes, no = args
    return op("or_", op("and_", test, yes), op("and_", op("not_", test), no))


GROUPS: dict[str, dict[type, Rule]] = {
    "Arithmetic": {
        sp.Add: lambda node, args: stable_sum(_rebuilt(node, args)),
        sp.Mul: _rebuilt,
        sp.Pow: _power,
    },
    "Exponentials and logarithms": {
        sp.exp: _to("exp"),
        sp.log: _by(stable_log),
        cfunctions.expm1: _to("expm1"),
        cfunctions.log1p: _to("log1p"),
        cfunctions.log2: _by(lambda x: stable_log(x) / op("log", sp.Integer(2))),
        cfunctions.log10: _by(lambda x: stable_log(x) / op("log", sp.Integer(10))),
        cfunctions.hypot: _to("hypot"),
        cfunctions.Sqrt: _to("sqrt"),
    },
    "Trigonometric": {
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
    },
    "Hyperbolic": {
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
    },
    "Pieces, rounding, complex parts of real numbers": {
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
    },
    "Special functions": {
        sp.erf: _to("erf"),
        sp.erfc: _to("erfc"),
        sp.erfi: _to("erfi"),
        sp.erfinv: _to("erfinv"),
        sp.gamma: _to("gamma"),
        sp.loggamma: _to("loggamma"),
        sp.factorial: _by(lambda x: op("gamma", x + 1)),
        sp.binomial: _binomial,
        sp.polygamma: _polygamma,
        sp.LambertW: _lambert,
    },
    "The package's own (`symbias.sym.functions`)": {
        own.relu: _to("relu"),
        own.softplus: _to("softplus"),
        own.normal_pdf: _to("normal_pdf"),
        own.normal_cdf: _to("normal_cdf"),
        own.log_normal_cdf: _to("log_normal_cdf"),
        own.inverse_mills: _to("inverse_mills"),
        own.relu_angle: _to("relu_angle"),
    },
    "Conditions": {
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
    },
}
"""SymPy class -> how it is compiled, in groups: the whole of what is supported, with subclasses of
`NamedFunction`, which are unfolded by their definition and stable forms."""

RULES: dict[type, Rule] = {cls: rule for group in GROUPS.values() for cls, rule in group.items()}
"""The same, flat."""

REMARKS: dict[type, str] = {
    sp.Pow: "NaN for a negative base with a fractional exponent; `sympy.real_root` for real roots",
    sp.log: "natural; NaN for negative arguments",
    sp.sinc: "1 at 0",
    sp.acot: "pi/2 at 0, as in SymPy",
    sp.atan2: "NaN at the origin",
    sp.sign: "0 at 0",
    sp.Piecewise: "NaN where no condition holds or something compared is NaN",
    sp.Heaviside: "1/2 at 0 unless a second argument says otherwise",
    sp.Mod: "with the sign of the divisor; NaN for divisor 0",
    sp.re: "of a real expression: itself",
    sp.im: "of a real expression: 0",
    sp.conjugate: "of a real expression: itself",
    sp.gamma: "NaN at the poles",
    sp.loggamma: "NaN for negative arguments (SymPy's is complex there)",
    sp.factorial: "gamma(x + 1)",
    sp.binomial: "with an integer lower index from 0 to 64",
    sp.polygamma: "`polygamma(0, x)` (digamma) for positive arguments",
    sp.LambertW: "both real branches, 0 and -1; NaN where they are complex",
    own.relu: "max(x, 0); its derivative is 0 at 0",
    own.softplus: "log(1 + exp(x))",
    own.normal_pdf: "the standard normal density",
    own.normal_cdf: "the standard normal distribution function",
    own.log_normal_cdf: "its logarithm, in both tails",
    own.inverse_mills: "normal_pdf(x)/normal_cdf(x)",
    own.relu_angle: "(sin(t) + (pi - t)*cos(t))/(2*pi), by its series near pi",
    sp.Lt: "a condition by itself counts as 1 or 0; NaN if something compared is NaN",
}
"""What the reference page says beside a name."""
