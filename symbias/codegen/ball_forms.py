"""The ball form of every operation of the inert language: an enclosure of all values, or ``nan``.

Elementary and special functions are those of python-flint, whose balls are proved. On intervals a monotone function is
known by its ends; the signs of the derivatives that say so are classical, and stand beside the function where not.
"""

from __future__ import annotations

from typing import Any

from symbias.codegen.ball_shapes import (
    Form,
    bounded,
    decreasing,
    even,
    increasing,
    settled,
    size,
    turns,
    wave,
)
from symbias.sym.equality.interval import (
    Interval,
    ball_library,
    ends,
    equal,
    hull,
    interval,
    is_defined,
    less,
    power,
)


def _arb(value: Any = 0) -> Any:
    return ball_library().arb(value)


def _nan() -> Any:
    return ball_library().arb.nan()


def _method(name: str) -> Form:
    """Return a method of balls as a function."""
    return lambda x: getattr(x, name)()


def _tan(x: Any) -> Any:
    if not isinstance(x, Interval):
        return settled(x.tan())
    first, last = turns(x, 0.5)
    return interval(x.low.tan(), x.high.tan()) if last < first else _nan()


def _fabs(x: Any) -> Any:
    return size(x) if is_defined(x) else _nan()


def _minimum(x: Any, y: Any) -> Any:
    (a, b), (c, d) = ends(x), ends(y)
    if b <= c or d <= a:
        return x if b <= c else y
    return interval(a.min(c), b.min(d))


def _maximum(x: Any, y: Any) -> Any:
    return -_minimum(-x, -y)


def _relu(x: Any) -> Any:
    return _maximum(x, _arb())


def _sign(x: Any) -> Any:
    return _heaviside(x, _arb()) - _heaviside(-x, _arb())


def _heaviside(x: Any, at_zero: Any) -> Any:
    if not is_defined(x):
        return _nan()
    low, high = ends(x)
    values = [_arb()] if low < 0 else []
    values += [at_zero] if not (low > 0 or high < 0) else []
    values += [_arb(1)] if high > 0 else []
    return values[0] if len(values) == 1 else hull(values)


def _mod(x: Any, y: Any) -> Any:
    whole = _floor(x / y)
    if not is_defined(whole):
        return _nan()
    low, high = ends(whole)
    if low == high:
        return x - y * low
    return hull([_arb(), y])


def _hypot(x: Any, y: Any) -> Any:
    return _sqrt(power(x, 2) + power(y, 2))


def _pow(x: Any, y: Any) -> Any:
    (a, b), (c, d) = ends(x), ends(y)
    if c == d and c.is_integer():
        return settled(power(x, int(c.unique_fmpz())))
    if a > 0 and not (isinstance(x, Interval) or isinstance(y, Interval)):
        return settled(x**y)
    if not (a > 0 or (a >= 0 and c >= 0)):
        return _nan()
    # Monotone in each argument while the other one stays: the extremes are at the corners.
    return hull([_corner(base, exponent) for base in (a, b) for exponent in (c, d)])


def _corner(base: Any, exponent: Any) -> Any:
    return _arb(int(exponent == 0)) if base == 0 else base**exponent


def _atan2(y: Any, x: Any) -> Any:
    arb = ball_library().arb
    balls = not (isinstance(x, Interval) or isinstance(y, Interval))
    if balls and (y > 0 or x > 0 or y < 0):
        return settled(arb.atan2(y, x))
    (a, b), (c, d) = ends(y), ends(x)
    if not (a > 0 or b < 0 or c > 0 or d < 0):
        return _nan()
    if c < 0 and a < 0 <= b:
        return interval(-arb.pi(), arb.pi())
    if balls:
        return settled(arb.atan2(y, x))
    # The angle of a convex set that leaves out the origin and is not cut is largest and smallest at corners.
    return hull([arb.atan2(v, u) for v in (a, b) for u in (c, d)])


def _acot(x: Any) -> Any:
    low, high = ends(x)
    quarter = ball_library().arb.pi() / 2
    if low >= 0:
        return quarter - _atan(x)
    if high < 0:
        return -quarter - _atan(x)
    return interval(-quarter, quarter) if is_defined(x) else _nan()


_LEAST_AT = (1.4616321449, 1.4616321450)
"""Between these the gamma function of positive arguments has its minimum, which is above `_LEAST`."""
_LEAST = 0.885603194


def _dips(function: Form, least: Form) -> Form:
    """Return the form of a function of positive arguments that turns where the gamma function does."""

    def form(x: Any) -> Any:
        if not isinstance(x, Interval):
            return settled(function(x))
        if not x.low > 0:
            return settled(function(x.low.union(x.high)))
        found = [function(x.low), function(x.high)]
        if x.low < _LEAST_AT[1] and x.high > _LEAST_AT[0]:
            found.append(least(_arb(_LEAST)))
        return hull(found)

    return form


def _digamma(x: Any) -> Any:
    if isinstance(x, Interval) and not x.low > 0:
        return settled(x.low.union(x.high).digamma())
    return increasing(_method("digamma"))(x)


def _lower_lambert(x: Any) -> Any:
    return x.lambertw(-1)


def _log_one_minus_exp(x: Any) -> Any:
    return (-x.expm1()).log()


def _log_erfc(x: Any) -> Any:
    return (-x.erf()).log1p() if x < 0.5 else x.erfc().log()


def _softplus(x: Any) -> Any:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


def _normal_pdf(x: Any) -> Any:
    return (-(x * x) / 2).exp() / (2 * ball_library().arb.pi()).sqrt()


def _normal_cdf(x: Any) -> Any:
    return (-x / _arb(2).sqrt()).erfc() / 2


def _log_normal_cdf(x: Any) -> Any:
    return (-_normal_cdf(-x)).log1p() if x > 0 else _normal_cdf(x).log()


def _inverse_mills(x: Any) -> Any:
    return _normal_pdf(x) / _normal_cdf(x)


def _relu_angle(t: Any) -> Any:
    """Its derivative is -(pi - t) sin(t)/(2 pi): it falls from 0 to 2 pi."""
    pi = ball_library().arb.pi()
    low, high = ends(t)
    if isinstance(t, Interval) and low >= 0 and high <= 2 * pi:
        return interval(_relu_angle(high), _relu_angle(low))
    d = pi - t
    return (_sin(t) + d * _cos(t)) / (2 * pi)


def _not(condition: bool | None) -> bool | None:
    return None if condition is None else not condition


def _and(*conditions: bool | None) -> bool | None:
    if any(c is False for c in conditions):
        return False
    return None if None in conditions else True


def _isnan(x: Any) -> bool | None:
    """Whether something compared is undefined; of an undecided condition that is not known either."""
    decided = x is not None if isinstance(x, bool | None) else is_defined(x)
    return False if decided else None


def _same(x: Any, y: Any) -> bool | None:
    if isinstance(x, bool | None) or isinstance(y, bool | None):
        return None if x is None or y is None else x == y
    return equal(x, y)


def _select(*args: Any) -> Any:
    """Return the hull of the branches that may be taken: condition, value, ..., default."""
    possible = []
    for condition, value in zip(args[:-1:2], args[1::2], strict=True):
        if condition is not False:
            possible.append(value)
        if condition is True:
            break
    else:
        possible.append(args[-1])
    return possible[0] if len(possible) == 1 else hull(possible)


_sin, _cos = wave(_method("sin"), 0.5), wave(_method("cos"), 0)
_sqrt, _atan = increasing(_method("sqrt")), increasing(_method("atan"))
_floor = increasing(_method("floor"))

_ELEMENTARY = ("exp", "expm1", "log", "log1p", "sinh", "tanh", "asin", "asinh", "acosh", "atanh")
_GROWING = (*_ELEMENTARY, "erf", "erfi", "erfinv", "ceil")

FORMS: dict[str, Form] = {
    **{name: increasing(_method(name)) for name in _GROWING},
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "cosh": even(increasing(_method("cosh"))),
    "acos": decreasing(_method("acos")),
    "atan": _atan,
    "sqrt": _sqrt,
    "erfc": decreasing(_method("erfc")),
    "rsqrt": decreasing(_method("rsqrt")),
    "recip": lambda x: 1 / x,
    "fabs": _fabs,
    "hypot": _hypot,
    "pow": _pow,
    "floor": _floor,
    "minimum": _minimum,
    "maximum": _maximum,
    "sign": _sign,
    "heaviside": _heaviside,
    "mod": _mod,
    "atan2": _atan2,
    "acot": _acot,
    "sinc": bounded(_method("sinc"), -0.25, 1),
    "gamma": _dips(_method("gamma"), lambda least: least),
    "loggamma": _dips(_method("lgamma"), _method("log")),
    "digamma": _digamma,
    "lambert": increasing(_method("lambertw")),
    "lambert_lower": decreasing(_lower_lambert),
    "log1mexp": decreasing(_log_one_minus_exp),
    "omtanh": decreasing(lambda x: 2 / ((2 * x).exp() + 1)),
    "log_erfc": decreasing(_log_erfc),
    "sqrt1pm1": increasing(lambda x: x / (1 + (1 + x).sqrt())),
    "relu": _relu,
    "softplus": increasing(_softplus),
    "normal_pdf": even(decreasing(_normal_pdf)),
    "normal_cdf": increasing(_normal_cdf),
    "log_normal_cdf": increasing(_log_normal_cdf),
    "inverse_mills": decreasing(_inverse_mills),
    "relu_angle": _relu_angle,
    "power_of": _pow,
    "lt": less,
    "le": lambda x, y: less(x, y, strictly=False),
    "eq": _same,
    "ne": lambda x, y: _not(_same(x, y)),
    "isnan": _isnan,
    "not_": _not,
    "and_": _and,
    "or_": lambda *parts: _not(_and(*map(_not, parts))),
    "select": _select,
}
"""Operation -> function of balls, intervals and, where it takes conditions, of True, False and None (undecided)."""
