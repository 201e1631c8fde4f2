"""Multiprecision values of expressions: one walk over the tree, in a context that no other thread uses.

The walk is faster than repeated `evalf`, refuses to enter computations that cannot be interrupted (the exponential
of a huge number), and says `Undefined` where a side has no value. Values are principal complex values; an imaginary
part below the working precision is dropped, so that a branch cut is not crossed by rounding noise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import sympy as sp
from mpmath.libmp import NoConvergence
from sympy.core.relational import Relational
from sympy.core.symbol import Symbol

from symbias.sym.equality.integrals import integral_value, product_value, sum_value
from symbias.sym.equality.notation import UNKNOWN

GUARD = 20
"""Digits carried beyond the ones asked for."""

_LARGEST_EXPONENT = 400
"""Arguments of exponentials and periodic functions stay below 2**400."""

_UNDERFLOW = -1e9

_LARGEST_POWER = 2.0**400
"""The logarithm of a power stays below this."""


class _Contexts(threading.local):
    """The contexts of a thread, one for each precision: to make one takes as long as to evaluate at many points."""

    def __init__(self) -> None:
        self.made: dict[int, Any] = {}


_CONTEXTS = _Contexts()


def _context(dps: int) -> Any:
    if dps not in _CONTEXTS.made:
        _CONTEXTS.made[dps] = mpmath.MPContext()
    context = _CONTEXTS.made[dps]
    context.dps = dps  # a computation that was stopped may have left another one
    return context


class Undefined(ArithmeticError):  # noqa: N818 - a fact about a point, not a failure
    """An expression has no finite value at a point, or one too large to compute."""


class Evaluator:
    """Values of expressions at points, to a number of digits.

    Parameters
    ----------
    digits : int
        Decimal digits wanted; some more are carried.

    Examples
    --------
    >>> x = sp.Integer(2)
    >>> mpmath.nstr(Evaluator(30).value(sp.sqrt(sp.Add(x, 1, evaluate=False)), {}), 12)
    '1.73205080757'
    """

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.ctx = _context(digits + GUARD)
        self.reached = digits
        self.panels = 0
        self.size = self.ctx.mpf(0)
        self.inside = 0
        self.noise = self.ctx.mpf(0)
        """What rounding may have left of sums that cancelled altogether, since it was last set to zero."""
        self.branches: set[tuple[Any, int]] = set()
        self._tiny = self.ctx.mpf(10) ** (-(digits + 5))
        self._seen: dict[Any, Any] = {}
        self._values: Mapping[Any, Any] = {}

    def number(self, value: Any) -> Any:
        """Return a rational, SymPy number or mpmath value in this context.

        Parameters
        ----------
        value : int, Fraction, sympy.Rational, or mpmath number
            Anything exact, or a number of an mpmath context.

        Returns
        -------
        mpmath number
            Rounded to the working precision.

        Examples
        --------
        >>> Evaluator(20).number(sp.Rational(1, 4))
        mpf('0.25')
        """
        if isinstance(value, sp.Expr):
            return self.value(value, {})
        return self.ctx.convert(value)

    def value(self, expr: Any, values: Mapping[Any, Any]) -> Any:
        """Return the value of an expression where the symbols have the given values.

        Parameters
        ----------
        expr : sympy.Basic
            Expression, relational or boolean.
        values : mapping
            Symbol -> mpmath number of this context.

        Returns
        -------
        mpmath number or bool
            The principal value.

        Raises
        ------
        Undefined
            If there is no finite value.

        Examples
        --------
        >>> Evaluator(15).value(sp.exp(0) / 2, {})
        mpf('0.5')
        """
        self._seen, self._values, self.inside = {}, values, 0
        try:
            return self.visit(expr)
        except (ZeroDivisionError, ValueError, OverflowError, NoConvergence) as error:
            raise Undefined(str(expr)) from error

    def with_bound(self, symbol: Any, expr: Any) -> Callable[[Any], Any]:
        """Return the expression as a function of a bound variable, all other symbols fixed.

        Parameters
        ----------
        symbol : sympy.Symbol
            The bound variable.
        expr : sympy.Expr
            The expression.

        Returns
        -------
        callable
            mpmath number -> mpmath number.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> s = real("s")
        >>> Evaluator(15).with_bound(s, s**2)(3)
        mpf('9.0')
        """
        outer = dict(self._values)

        def call(point: Any) -> Any:
            saved = self._seen, self._values
            self._seen, self._values = {}, {**outer, symbol: self.ctx.convert(point)}
            self.inside += 1
            try:
                return self.visit(expr)
            finally:
                self._seen, self._values = saved
                self.inside -= 1

        return call

    def visit(self, expr: Any) -> Any:
        """Return the value of a node at the current point; `value` is the way in.

        Parameters
        ----------
        expr : sympy.Basic
            A node of the tree.

        Returns
        -------
        mpmath number or bool
            Its value.

        Examples
        --------
        >>> Evaluator(15).visit(sp.Integer(3))
        mpf('3.0')
        """
        found = self._seen.get(expr)
        if found is None:
            found = self._chop(self._compute(expr))
            self._seen[expr] = found
        return found

    def _chop(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if not self.ctx.isfinite(value):
            raise Undefined
        if hasattr(value, "_mpc_"):
            if abs(value.imag) <= self._tiny * abs(value.real):
                return value.real
            if abs(value.real) <= self._tiny * abs(value.imag):
                return self.ctx.mpc(0, value.imag)
        return value

    def _compute(self, expr: Any) -> Any:
        if expr in self._values:
            return self._values[expr]
        if isinstance(expr, sp.Rational):
            return self.ctx.mpf(int(expr.p)) / int(expr.q)
        if isinstance(expr, sp.Float):
            return self.ctx.mpf(expr._mpf_)
        for kind in type(expr).__mro__:
            rule = _RULES.get(kind)
            if rule is not None:
                return rule(self, expr)
        return _unknown(self, expr)

    def guard(self, value: Any) -> Any:
        """Return the value unless it is too large to be the argument of an exponential.

        Parameters
        ----------
        value : mpmath number
            An argument.

        Returns
        -------
        mpmath number
            The same.

        Raises
        ------
        Undefined
            If it is too large.

        Examples
        --------
        >>> Evaluator(15).guard(mpmath.mpf(2))
        mpf('2.0')
        """
        if value != 0 and self.ctx.mag(value) > _LARGEST_EXPONENT:
            raise Undefined
        return value


Rule = Callable[[Evaluator, Any], Any]


def _add(e: Evaluator, expr: Any) -> Any:
    terms = [e.visit(a) for a in expr.args]
    total = e.ctx.fsum(terms)
    if total == 0 or e.ctx.mag(total) < -e.digits:
        left = max(map(abs, terms)) * e.ctx.eps * len(terms)
        if abs(total) <= left:
            e.noise = max(e.noise, left)
    return total


def _mul(e: Evaluator, expr: Any) -> Any:
    return e.ctx.fprod([e.visit(a) for a in expr.args])


def _pow(e: Evaluator, expr: Any) -> Any:
    base, exponent = e.visit(expr.base), e.visit(expr.exp)
    if base != 0 and abs(exponent) * (abs(e.ctx.mag(base)) + 1) > _LARGEST_POWER:
        raise Undefined
    if isinstance(expr.exp, sp.Integer):
        return base ** int(expr.exp)
    if expr.exp == sp.S.Half:
        return e.ctx.sqrt(base)
    return base**exponent


def _exp(e: Evaluator, expr: Any) -> Any:
    exponent = e.visit(expr.args[0])
    if e.inside and not hasattr(exponent, "_mpc_") and exponent < _UNDERFLOW:
        # The far ends of a quadrature: what decays like this adds nothing.
        return e.ctx.mpf(0)
    return e.ctx.exp(e.guard(exponent))


def _named(name: str) -> Rule:
    def rule(e: Evaluator, expr: Any) -> Any:
        return getattr(e.ctx, name)(*[e.guard(e.visit(a)) for a in expr.args])

    return rule


def _real(value: Any) -> Any:
    if hasattr(value, "_mpc_"):
        raise Undefined
    return value


def _sign(e: Evaluator, expr: Any) -> Any:
    value = e.visit(expr.args[0])
    return e.ctx.sign(value)


def _heaviside(e: Evaluator, expr: Any) -> Any:
    value = _real(e.visit(expr.args[0]))
    if value == 0:
        return e.visit(expr.args[1])
    return e.ctx.mpf(value > 0)


def _piecewise(e: Evaluator, expr: Any) -> Any:
    for index, (branch, condition) in enumerate(expr.args):
        if e.visit(condition):
            e.branches.add((expr, index))
            return e.visit(branch)
    raise Undefined


def _relational(e: Evaluator, expr: Any) -> bool:
    left, right = e.visit(expr.lhs), e.visit(expr.rhs)
    same = abs(left - right) <= e.ctx.mpf(10) ** (-e.digits) * max(abs(left), abs(right))
    if isinstance(expr, sp.Eq):
        return bool(same)
    if isinstance(expr, sp.Ne):
        return not same
    difference = _real(left) - _real(right)
    if isinstance(expr, (sp.StrictGreaterThan, sp.StrictLessThan)):
        return not same and bool((difference > 0) == isinstance(expr, sp.StrictGreaterThan))
    return bool(same) or bool((difference > 0) == isinstance(expr, sp.GreaterThan))


def _lambert(e: Evaluator, expr: Any) -> Any:
    branch = expr.args[1] if len(expr.args) > 1 else 0
    if not isinstance(branch, (int, sp.Integer)):
        raise Undefined
    return e.ctx.lambertw(e.guard(e.visit(expr.args[0])), int(branch))


def _arctangent2(e: Evaluator, expr: Any) -> Any:
    y, x = (_real(e.visit(a)) for a in expr.args)
    if x == 0 and y == 0:
        raise Undefined
    return e.ctx.atan2(y, x)


def _reciprocal(name: str, *, outer: bool) -> Rule:
    def rule(e: Evaluator, expr: Any) -> Any:
        value = e.guard(e.visit(expr.args[0]))
        function = getattr(e.ctx, name)
        return 1 / function(value) if outer else function(1 / value)

    return rule


def _log(e: Evaluator, expr: Any) -> Any:
    value = e.visit(expr.args[0])
    if value == 0:
        raise Undefined
    return e.ctx.log(value)


def _loggamma(e: Evaluator, expr: Any) -> Any:
    return e.ctx.loggamma(e.guard(e.visit(expr.args[0])))


def _remainder(e: Evaluator, value: Any, divisor: Any) -> Any:
    return value - divisor * e.ctx.floor(_real(value) / _real(divisor))


def _extreme(pick: Callable[..., Any]) -> Rule:
    return lambda e, expr: pick(_real(e.visit(a)) for a in expr.args)


def _unknown(e: Evaluator, expr: Any) -> Any:
    """Functions without a rule: by their definition, or by SymPy's own evaluation."""
    if isinstance(expr, UNKNOWN) or not isinstance(expr, (sp.Function, sp.Expr)):
        raise Undefined
    if hasattr(expr, "definition"):
        return e.visit(expr.definition())
    inner = {s: _as_float(e, e.visit(s)) for s in expr.free_symbols}
    try:
        found = expr.xreplace(inner).evalf(e.ctx.dps)
    except TypeError as error:  # What orders numbers may refuse those that are not real.
        raise Undefined(str(expr)) from error
    real, imag = found.as_real_imag()
    if not (real.is_Number and imag.is_Number):
        raise Undefined
    return e.visit(real) if imag == 0 else e.ctx.mpc(e.visit(real), e.visit(imag))


def _as_float(e: Evaluator, value: Any) -> Any:
    if hasattr(value, "_mpc_"):
        return _as_float(e, value.real) + sp.I * _as_float(e, value.imag)
    return sp.Float(value, e.ctx.dps)


def _undefined(_e: Evaluator, _expr: Any) -> Any:
    raise Undefined


_SAME_NAME = [
    "sin",
    "cos",
    "tan",
    "sec",
    "csc",
    "cot",
    "sinh",
    "cosh",
    "tanh",
    "asin",
    "acos",
    "atan",
    "asinh",
    "acosh",
    "atanh",
    "acot",
    "acsc",
    "asec",
    "erf",
    "erfc",
    "erfi",
    "gamma",
    "factorial",
    "beta",
    "zeta",
    "digamma",
    "binomial",
    "besselj",
    "bessely",
    "besseli",
    "besselk",
    "floor",
    "re",
    "im",
    "arg",
    "conjugate",
]

_RULES: dict[Any, Rule] = {
    sp.Add: _add,
    sp.Mul: _mul,
    sp.Pow: _pow,
    sp.exp: _exp,
    sp.log: _log,
    sp.loggamma: _loggamma,
    sp.Abs: lambda e, expr: abs(e.visit(expr.args[0])),
    sp.sign: _sign,
    sp.Heaviside: _heaviside,
    sp.Piecewise: _piecewise,
    sp.Min: _extreme(min),
    sp.Max: _extreme(max),
    sp.LambertW: _lambert,
    sp.atan2: _arctangent2,
    sp.coth: _reciprocal("tanh", outer=True),
    sp.sech: _reciprocal("cosh", outer=True),
    sp.csch: _reciprocal("sinh", outer=True),
    sp.acoth: _reciprocal("atanh", outer=False),
    sp.asech: _reciprocal("acosh", outer=False),
    sp.acsch: _reciprocal("asinh", outer=False),
    sp.ceiling: _named("ceil"),
    sp.frac: lambda e, expr: _remainder(e, e.visit(expr.args[0]), 1),
    sp.Mod: lambda e, expr: _remainder(e, *map(e.visit, expr.args)),
    sp.polygamma: lambda e, expr: e.ctx.psi(int(e.visit(expr.args[0])), e.visit(expr.args[1])),
    sp.Ei: _named("ei"),
    sp.Si: _named("si"),
    sp.Ci: _named("ci"),
    sp.li: _named("li"),
    sp.elliptic_k: _named("ellipk"),
    sp.elliptic_e: _named("ellipe"),
    sp.polylog: _named("polylog"),
    sp.pi.__class__: lambda e, _: +e.ctx.pi,
    sp.E.__class__: lambda e, _: +e.ctx.e,
    sp.I.__class__: lambda e, _: e.ctx.mpc(0, 1),
    sp.EulerGamma.__class__: lambda e, _: +e.ctx.euler,
    sp.Catalan.__class__: lambda e, _: +e.ctx.catalan,
    sp.GoldenRatio.__class__: lambda e, _: +e.ctx.phi,
    sp.nan.__class__: _undefined,
    sp.zoo.__class__: _undefined,
    sp.oo.__class__: _undefined,
    (-sp.oo).__class__: _undefined,
    Relational: _relational,
    sp.And: lambda e, expr: all(e.visit(a) for a in expr.args),
    sp.Or: lambda e, expr: any(e.visit(a) for a in expr.args),
    sp.Not: lambda e, expr: not e.visit(expr.args[0]),
    sp.true.__class__: lambda _e, _x: True,
    sp.false.__class__: lambda _e, _x: False,
    sp.Integral: integral_value,
    sp.Sum: sum_value,
    sp.Product: product_value,
    Symbol: _undefined,
    sp.Derivative: _undefined,
    sp.Subs: _undefined,
    **{getattr(sp, name): _named(name) for name in _SAME_NAME},
}
