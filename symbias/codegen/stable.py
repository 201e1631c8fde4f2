"""Stable forms: what a sum or a logarithm becomes when it would cancel, overflow or underflow.

The rules act on the inert language while it is built, bottom up, so each sees arguments that are
already stable. All are identities over the reals; each has a test in which the written form fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symbias.codegen.operations import is_op, op
from symbias.codegen.stable_powers import pair

_ONE, _TWO = sp.Integer(1), sp.Integer(2)


def _half_square(name: str, u: Any) -> Any:
    return _TWO * op(name, u / 2) ** 2


def _exp(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k*exp(u) - k."""
    return ((-k,), k * op("expm1", u)) if -k in terms else None


def _cos(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k*cos(u) - k."""
    return ((-k,), -k * _half_square("sin", u)) if -k in terms else None


def _cosh(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k*cosh(u) - k."""
    return ((-k,), k * _half_square("sinh", u)) if -k in terms else None


def _sqrt(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k*sqrt(1 + v) - k, and k*sqrt(c**2 + v) + k*c by its conjugate where c is negative."""
    if not u.is_Add:
        return None
    if -k in terms and _ONE in u.args:
        return (-k,), k * op("sqrt1pm1", u - 1)
    for square in u.args:
        root = _root(square)
        for c in () if root is None else (root, -root):
            if k * c in terms and not c.is_nonnegative:
                return (k * c,), k * _conjugate(u, c)
    return None


def _root(square: Any) -> Any:
    """Return a number or product whose square it is, or None."""
    factors = []
    for factor in sp.Mul.make_args(square):
        if factor.is_number:
            factors.append(sp.sqrt(factor))
        elif factor.is_Pow and factor.exp.is_Integer and factor.exp % 2 == 0:
            factors.append(factor.base ** (factor.exp / 2))
        else:
            return None
    return sp.Mul(*factors)


def _conjugate(u: Any, c: Any) -> Any:
    """Return sqrt(u) + c, by its conjugate where c is negative."""
    root = op("sqrt", u)
    conjugate = (u - c**2) / (root - c)
    if c.is_negative:
        return conjugate
    return op("region", op("lt", c, sp.Integer(0)), conjugate, root + c)


def _erf(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k + k*erf(u) and k*erf(u) - k."""
    if k in terms:
        return (k,), k * op("erfc", -u)
    return ((-k,), -k * op("erfc", u)) if -k in terms else None


def _erfc(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k*erfc(u) - k and k*erfc(u) - 2k (SymPy writes erfc(-u) as 2 - erfc(u))."""
    if -k in terms:
        return (-k,), -k * op("erf", u)
    return ((-2 * k,), -k * op("erfc", -u)) if -2 * k in terms else None


def _tanh(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k + k*tanh(u) and k*tanh(u) - k."""
    if k in terms:
        return (k,), k * op("omtanh", -u)
    return ((-k,), -k * op("omtanh", u)) if -k in terms else None


def _sin(k: Any, u: Any, terms: frozenset[Any]) -> Any:
    """Rewrite k*sin(u) + k*(pi - u)*cos(u), expanded or not."""
    closed = (k * (sp.pi - u) * op("cos", u),)
    expanded = (k * sp.pi * op("cos", u), -k * u * op("cos", u))
    for used in (closed, expanded):
        if all(term in terms for term in used):
            return used, 2 * sp.pi * k * op("relu_angle", u)
    return None


_SUM_RULES: dict[str, Callable[[Any, Any, frozenset[Any]], Any]] = {
    "exp": _exp,
    "cos": _cos,
    "cosh": _cosh,
    "sqrt": _sqrt,
    "erf": _erf,
    "erfc": _erfc,
    "tanh": _tanh,
    "sin": _sin,
}


def _operation(node: Any) -> str:
    """Return the name of an operation; square roots may still be powers."""
    if node.is_Pow and node.exp is sp.S.Half:
        return "sqrt"
    return type(node).__name__ if is_op(node, *_SUM_RULES) else ""


def _rewrite_once(terms: tuple[Any, ...]) -> Any:
    """Return the sum with the first matching pair of terms replaced, or None."""
    powers = pair(terms)
    if powers is not None:
        return sp.Add(*(t for t in terms if t not in powers[0]), powers[1])
    present = frozenset(terms)
    for term in terms:
        for factor in sp.Mul.make_args(term):
            name = _operation(factor)
            if name not in _SUM_RULES:
                continue
            cofactor = sp.Mul(*(f for f in sp.Mul.make_args(term) if f != factor))
            found = _SUM_RULES[name](cofactor, factor.args[0], present)
            if found:
                used, replacement = found
                rest = [t for t in terms if t != term and t not in used]
                return sp.Add(*rest, replacement)
    return None


def stable_sum(total: Any) -> Any:
    """Return a sum with cancelling pairs of terms replaced by their stable forms.

    Parameters
    ----------
    total : sympy.Expr
        In the inert language.

    Returns
    -------
    sympy.Expr
        In the inert language.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> stable_sum(op("exp", real("x")) - 1)
    expm1(x)
    """
    while total.is_Add:
        better = _rewrite_once(total.args)
        if better is None:
            break
        total = better
    return total


def _log_of_sum(inside: Any) -> Any:
    """Return a stable logarithm of a sum, or None."""
    if _ONE in inside.args:
        rest = inside - 1
        if is_op(rest, "exp"):
            return op("softplus", rest.args[0])
        return op("log1p", rest)
    roots = [t for t in inside.args if _operation(t) == "sqrt"]
    if len(inside.args) == 2 and len(roots) == 1:
        u = inside - roots[0]
        name = {_ONE: "asinh", -_ONE: "acosh"}.get(roots[0].args[0] - u**2)
        return op(name, u) if name else None
    return None


_LOG_RULES: dict[str, Callable[[Any], Any]] = {
    "exp": lambda u: u,
    "erfc": lambda u: op("log_erfc", u),
    "2*erfc": lambda u: op("log_normal_cdf", -op("sqrt", _TWO) * u),
    "normal_cdf": lambda u: op("log_normal_cdf", u),
    "expm1": lambda u: u + op("log1mexp", -u),
    "-expm1": lambda u: op("log1mexp", u),
}
"""What the logarithm of an operation, of its negative or of its half becomes."""


def stable_log(inside: Any) -> Any:
    """Return the logarithm of an expression in its stable form.

    Parameters
    ----------
    inside : sympy.Expr
        In the inert language.

    Returns
    -------
    sympy.Expr
        In the inert language.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> stable_log(1 + op("exp", real("x")))
    softplus(x)
    """
    written = inside.args[-1] if is_op(inside, "region") else inside
    for multiple in (inside, -inside, _TWO * inside):
        name = type(multiple).__name__ if is_op(multiple, *_LOG_RULES) else ""
        sign = {inside: "", -inside: "-"}.get(multiple, "2*")
        if sign + name in _LOG_RULES:
            return _LOG_RULES[sign + name](multiple.args[0])
    found = _log_of_sum(written) if written.is_Add else None
    if found is None:
        return op("log", inside)
    if written is inside or not is_op(found, "log1p"):
        return found
    # The sum cancels in the regions, and so does what its logarithm is made of.
    *pairs, _ = inside.args
    logs = [stable_log(part) if k % 2 else part for k, part in enumerate(pairs)]
    return op("region", *logs, found)
