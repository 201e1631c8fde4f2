"""The scalar operations that generated code is made of, each with its float64 and its exact form.

Between SymPy and generated code stands a small inert language: numbers, constants, symbols, sums,
products, integer powers, and applications of the operations below. Nothing in it evaluates by
itself, so a stable form chosen once stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbias.sym import functions as own


@dataclass(frozen=True)
class Operation:
    """A scalar operation.

    Parameters
    ----------
    name : str
        Its name in the inert language.
    code : str
        The Python expression that Numba compiles; ``{0}``, ``{1}`` stand for the arguments.
    exact : callable
        ``exact(context, *values)`` in mpmath.
    helper : str
        The function of `helpers` that the code calls, if any.
    """

    name: str
    code: str
    exact: Callable[..., Any]
    helper: str = ""


def _library(name: str, exact: str = "") -> Operation:
    """Return an operation of the C library under mpmath's name for it."""
    return Operation(
        name, f"math.{name}({{0}})", lambda context, x: getattr(context, exact or name)(x)
    )


def _helper(name: str, helper: str, exact: Callable[..., Any], arity: int = 1) -> Operation:
    """Return an operation that calls a function of `helpers`."""
    holes = ", ".join(f"{{{k}}}" for k in range(arity))
    return Operation(name, f"{helper}({holes})", exact, helper)


def _named(function: Any, helper: str) -> Operation:
    """Return an operation for a function of the package."""
    return _helper(function.__name__, helper, function.evaluate)


def _modulo(context: Any, x: Any, y: Any) -> Any:
    return x - y * context.floor(x / y)


def _lower_lambert(context: Any, x: Any) -> Any:
    if x == 0:
        return -context.inf
    return context.lambertw(x, -1) if x < 0 else context.nan


def _angle(context: Any, y: Any, x: Any) -> Any:
    return context.atan2(y, x) if x or y else context.nan


def _sign(context: Any, x: Any) -> Any:
    return context.sign(x)


def _heaviside(context: Any, x: Any, at_zero: Any) -> Any:
    return at_zero if x == 0 else context.mpf(x > 0)


def _log_erfc(context: Any, x: Any) -> Any:
    return context.log1p(-context.erf(x)) if x < 1 else context.log(context.erfc(x))


def _sqrt1pm1(context: Any, x: Any) -> Any:
    return x / (1 + context.sqrt(1 + x))


_LIBRARY = (
    *(_library(name) for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh")),
    *(_library(name) for name in ("cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh")),
    *(_library(name) for name in ("atanh", "sqrt", "erf", "erfc")),
    Operation("rsqrt", "(1.0 / math.sqrt({0}))", lambda context, x: 1 / context.sqrt(x)),
    Operation("recip", "(1.0 / {0})", lambda _, x: 1 / x),
    Operation("fabs", "abs({0})", lambda _, x: abs(x)),
    Operation("hypot", "math.hypot({0}, {1})", lambda context, x, y: context.hypot(x, y)),
    Operation("pow", "math.pow({0}, {1})", lambda context, x, y: context.power(x, y)),
    Operation("floor", "np.floor({0})", lambda context, x: context.floor(x)),
    Operation("ceil", "np.ceil({0})", lambda context, x: context.ceil(x)),
)

_HELPERS = (
    _helper("minimum", "minimum", lambda _, x, y: min(x, y), 2),
    _helper("maximum", "maximum", lambda _, x, y: max(x, y), 2),
    _helper("sign", "signum", _sign),
    _helper("heaviside", "heaviside", _heaviside, 2),
    _helper("mod", "modulo", _modulo, 2),
    _helper("atan2", "angle", _angle, 2),
    _helper("acot", "arccot", lambda context, x: context.acot(x)),
    _helper("sinc", "sinc", lambda context, x: context.sinc(x)),
    _helper("gamma", "gamma_function", lambda context, x: context.gamma(x)),
    _helper("loggamma", "log_gamma", lambda context, x: context.loggamma(x)),
    _helper("digamma", "digamma", lambda context, x: context.digamma(x)),
    _helper("erfi", "imaginary_erf", lambda context, x: context.erfi(x)),
    _helper("erfinv", "inverse_erf", lambda context, x: context.erfinv(x)),
    _helper("lambert", "lambert_principal", lambda context, x: context.lambertw(x)),
    _helper("lambert_lower", "lambert_lower", _lower_lambert),
)

_STABLE = (
    _helper("log1mexp", "log_one_minus_exp", lambda context, x: context.log(-context.expm1(x))),
    _helper("omtanh", "one_minus_tanh", lambda context, x: 2 / (context.exp(2 * x) + 1)),
    _helper("log_erfc", "log_erfc", _log_erfc),
    _helper("sqrt1pm1", "sqrt_one_plus_minus_one", _sqrt1pm1),
)

_OWN = (
    _named(own.relu, "relu"),
    _named(own.softplus, "softplus"),
    _named(own.normal_pdf, "normal_density"),
    _named(own.normal_cdf, "normal_distribution"),
    _named(own.log_normal_cdf, "log_normal_distribution"),
    _named(own.inverse_mills, "mills_inverse"),
    _named(own.relu_angle, "relu_angle"),
)

_COMPARISONS = (
    Operation("lt", "({0} < {1})", lambda _, x, y: x < y),
    Operation("le", "({0} <= {1})", lambda _, x, y: x <= y),
    Operation("eq", "({0} == {1})", lambda _, x, y: x == y),
    Operation("ne", "({0} != {1})", lambda _, x, y: x != y),
    Operation("isnan", "({0} != {0})", lambda context, x: context.isnan(x)),
    Operation("not_", "(not {0})", lambda _, x: not x),
)

OPERATIONS: dict[str, Operation] = {
    found.name: found for found in (*_LIBRARY, *_HELPERS, *_STABLE, *_OWN, *_COMPARISONS)
}
"""Every operation with a fixed number of arguments.

Five more are known to the printer and to the multiprecision twin by themselves, because they choose
or repeat: ``and_``, ``or_``, ``select`` (condition, value, ..., default), ``region`` (condition,
stable form, ..., definition) and ``power_of`` (base, rational exponent).
"""


def op(name: str, *args: Any) -> Any:
    """Return the inert application of an operation.

    Parameters
    ----------
    name : str
        A key of `OPERATIONS`, or one of the five that choose or repeat.
    *args : sympy.Expr
        The arguments, themselves in the inert language.

    Returns
    -------
    sympy.Expr
        An undefined function applied to the arguments.

    Examples
    --------
    >>> op("log1p", sp.Integer(0))
    log1p(0)
    """
    return sp.Function(name)(*args)


def is_op(node: Any, *names: str) -> bool:
    """Tell whether a node is an application of one of the named operations.

    Parameters
    ----------
    node : sympy.Expr
        In the inert language.
    *names : str
        Operations.

    Returns
    -------
    bool
        True if it is.

    Examples
    --------
    >>> is_op(op("exp", sp.Integer(1)), "exp", "log")
    True
    """
    return isinstance(node, sp.core.function.AppliedUndef) and type(node).__name__ in names
