"""The vector library: at most 2 ulp everywhere, IEEE limits, and polynomials that are near-minimax.

The quick tests compare with 40 digits at a few hundred points of every regime; the slow ones sweep
two million points of each against the 80-bit long double of the C library, whose error is below
2**-10 ulp, and confirm the worst of them with 40 digits.
"""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from symbias.codegen.vector import exponentials, inverse, logarithms, trigonometric
from symbias.codegen.vector.trial import trial

ULPS = 2.0
CONTEXT = mpmath.mp.clone()
SUBNORMAL = (-1074, -1022)
LARGEST = np.finfo(float).max
SPECIAL = np.array([0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 2.0, -2.0])
SPECIAL = np.concatenate([SPECIAL, [5e-324, -5e-324, LARGEST, -LARGEST, 710.4, -745.13, 709.79]])


def flat(low, high):
    return lambda rng, n: rng.uniform(low, high, n)


def size(low, high):
    """Positive numbers, their logarithm to base 2 uniform."""
    return lambda rng, n: np.exp2(rng.uniform(low, high, n))


def both(regime):
    return lambda rng, n: regime(rng, n) * rng.choice([-1.0, 1.0], n)


def near(point, low, high):
    """Numbers at distances of all sizes from a point."""
    return lambda rng, n: point + both(size(low, high))(rng, n)


def multiples(step, largest):
    """Integer multiples of a number, rounded: where sine and cosine are smallest."""
    return lambda rng, n: rng.integers(1, largest, n) * step


TRIGONOMETRIC = [
    flat(-8, 8),
    flat(-1e5, 1e5),
    both(size(-60, 30)),
    both(size(29, 1023)),
    both(size(*SUBNORMAL)),
    multiples(math.pi / 2, 2**29),
    multiples(math.pi / 2, 1000),
]
REGIMES = {
    "exp": [flat(-746, 710), flat(-1, 1), both(size(-60, 9.4)), flat(-745.2, -708)],
    "expm1": [flat(-40, 710), flat(-1.2, 1.2), both(size(-60, 9.4)), both(size(*SUBNORMAL))],
    "log": [size(-1074, 1024), flat(0.5, 2), near(1, -52, -1), size(*SUBNORMAL)],
    "log1p": [
        both(size(-1074, -1)),
        flat(-1, 3),
        size(-10, 1023),
        near(-0.5, -30, -2),
        lambda rng, n: -1 + size(-53, -1)(rng, n),
    ],
    "sinh": [flat(-711, 711), flat(-2, 2), both(size(-60, 9.4)), both(size(*SUBNORMAL))],
    "cosh": [flat(-711, 711), flat(-2, 2), both(size(-60, 9.4))],
    "tanh": [flat(-25, 25), flat(-1, 1), both(size(-60, 6)), both(size(*SUBNORMAL))],
    "asinh": [both(size(-1074, 1024)), flat(-3, 3), flat(-1e3, 1e3), both(size(26, 30))],
    "acosh": [size(0, 1024), flat(1, 3), size(26, 30), lambda rng, n: 1 + size(-52, 3)(rng, n)],
    "atanh": [both(size(-1074, 0)), flat(-1, 1), lambda rng, n: 1 - size(-53, -1)(rng, n)],
    "sin": TRIGONOMETRIC,
    "cos": TRIGONOMETRIC,
    "tan": TRIGONOMETRIC,
    "asin": [flat(-1, 1), both(size(-60, 0)), near(0.5, -40, -3), both(size(*SUBNORMAL))],
    "acos": [flat(-1, 1), both(size(-60, 0)), near(0.5, -40, -3), near(-0.5, -40, -3)],
    "atan": [both(size(-1074, 1024)), flat(-3, 3), flat(-20, 20), near(0.5, -40, -3)],
}
PLANE = [
    flat(-2, 2),
    both(size(-1074, 1023)),
    both(size(-8, 8)),
    both(size(1000, 1023)),
    both(size(-1074, -1000)),
]
POWERS = [
    (size(-1074, 1024), flat(-9, 9)),
    (size(-3, 3), flat(-300, 300)),
    (near(1, -30, -1), both(size(0, 30))),
    (flat(0.5, 2), flat(-1100, 1100)),
    (size(-20, 20), both(size(-40, 5))),
    (flat(0, 9), lambda rng, n: rng.integers(-9, 9, n).astype(float)),
]
NUMPY = {n: {"a": "arc"}.get(n[0], "") + n.removeprefix("a") for n in REGIMES}
NUMPY |= {"atan2": "arctan2", "hypot": "hypot", "pow": "power"}
TWO = {"atan2": list(zip(PLANE, PLANE, strict=True)), "hypot": list(zip(PLANE, PLANE, strict=True))}
TWO |= {"pow": POWERS}


def reference(name):
    """NumPy's function of this name: the C library's in long double."""
    return getattr(np, NUMPY[name])


def exact_ulps(name, value, *args):
    """The error of a value in units in the last place of the exact one."""
    context = CONTEXT
    # Arguments of any size are exact, and those of sine reduce by a thousand bits.
    context.prec = 140 + sum(max(0, math.frexp(a)[1]) for a in args)
    if name in {"expm1", "log1p", "sinh", "tanh", "asinh", "atanh", "acosh"}:
        context.prec += 140 + max(0, -math.frexp(args[0])[1]) + 53
    if name == "pow":
        context.prec = 300
    exact = getattr(context, {"pow": "power"}.get(name, name))(*(context.mpf(a) for a in args))
    nearest = float(exact)
    if math.isinf(nearest) or math.isinf(value):
        return 0.0 if nearest == value else math.inf
    return float(abs(context.mpf(value) - exact) / math.ulp(nearest))


def inside(name, x):
    """The part of a regime where the function is defined."""
    if name in {"asin", "acos", "atanh"}:
        return x[abs(x) <= 1]
    return x[x >= 1] if name == "acosh" else x


@pytest.mark.parametrize("name", REGIMES)
def test_functions_are_within_two_ulp_of_40_digits(name):
    rng = np.random.default_rng(7)
    for regime in REGIMES[name]:
        x = inside(name, regime(rng, 150))
        worst = max(zip(map(exact_ulps, [name] * x.size, trial(name, x), x), x, strict=True))
        assert worst[0] <= ULPS, worst


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arguments_are_within_two_ulp_of_40_digits(name):
    rng = np.random.default_rng(8)
    for first, second in TWO[name]:
        x, y = first(rng, 150), second(rng, 150)
        points = zip(map(exact_ulps, [name] * x.size, trial(name, x, y), x, y), x, y, strict=True)
        worst = max(points)
        assert worst[0] <= ULPS, worst


def dense_errors(name, values, *args):
    with np.errstate(all="ignore"):
        exact = reference(name)(*(a.astype(np.longdouble) for a in args))
        nearest = exact.astype(np.float64)
        errors = abs(values - exact) / np.spacing(abs(nearest))
    same = (values == nearest) | (np.isnan(values) & np.isnan(nearest))
    finite = np.isfinite(values) & np.isfinite(nearest)
    return np.where(finite, errors, np.where(same, 0.0, np.inf)).astype(float)


@pytest.mark.slow
@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="long double is not wider here")
@pytest.mark.parametrize("name", [*REGIMES, *TWO])
def test_dense_sweeps_stay_within_two_ulp(name):
    rng = np.random.default_rng(9)
    for regimes in TWO.get(name) or [(regime,) for regime in REGIMES[name]]:
        for _ in range(4):
            args = [regime(rng, 500_000) for regime in regimes]
            values = trial(name, *args)
            errors = dense_errors(name, values, *args)
            worst = int(np.argmax(errors))
            at = [float(a[worst]) for a in args]
            assert errors[worst] <= ULPS, (at, errors[worst])
            if errors[worst]:
                confirmed = exact_ulps(name, float(values[worst]), *at)
                assert confirmed == pytest.approx(errors[worst], abs=0.01)


@pytest.mark.parametrize("name", REGIMES)
def test_limits_zeros_and_undefined_values_are_those_of_the_c_library(name):
    with np.errstate(all="ignore"):
        expected = reference(name)(SPECIAL)
    found = trial(name, SPECIAL)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    defined = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[defined], np.signbit(expected)[defined])


@pytest.mark.parametrize("name", ["atan2", "hypot"])
def test_limits_in_the_plane_are_those_of_the_c_library(name):
    points = np.array([(x, y) for x in SPECIAL for y in SPECIAL])
    x, y = points[(points != 0).any(axis=1) & ~np.isnan(points).any(axis=1)].T
    with np.errstate(all="ignore"):
        expected = reference(name)(x, y)
    found = trial(name, x, y)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
    assert np.isnan(trial(name, [math.nan, 1.0, math.inf], [1.0, math.nan, math.nan])).all()


def test_powers_have_the_limits_zeros_and_undefined_values_of_the_c_library():
    more = np.array([*SPECIAL, 3.0, -3.0, 0.5, -0.5, 1 / 3, 2.0**53])
    x, y = np.array([(p, q) for p in more for q in more]).T
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    found = trial("pow", x, y)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    defined = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[defined], np.signbit(expected)[defined])


def test_powers_that_are_floats_are_exact():
    x, y = np.array([(p, q) for p in range(1, 200) for q in range(1, 20) if p**q < 2**53]).T
    exact = [float(int(p) ** int(q)) for p, q in zip(x, y, strict=True)]
    np.testing.assert_array_equal(trial("pow", x, y), exact)
    np.testing.assert_array_equal(trial("pow", x.astype(float) ** 2, np.full(x.size, 0.5)), x)


def closest_to_quarter_turns():
    """Floats below 2**30 that are closest to multiples of pi/2, for every exponent.

    They are numerators of the convergents of pi/2 over a power of 2.
    """
    with mpmath.workprec(400):
        digits = int(mpmath.floor(mpmath.pi * mpmath.mpf(2) ** 380))
    for exponent in range(-60, -23):
        ratio = Fraction(digits, 2**381) / Fraction(2) ** exponent
        p0, q0, p1, q1 = 1, 0, int(ratio), 1
        while p1 < 2**53:
            if p1 >= 2**48:
                yield math.ldexp(p1, exponent)
            ratio = 1 / (ratio - int(ratio))
            p0, q0, p1, q1 = p1, q1, int(ratio) * p1 + p0, int(ratio) * q1 + q0


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_reduction_survives_the_arguments_that_cancel_most(name):
    x = np.array(sorted(set(closest_to_quarter_turns())))
    assert x.size > 20
    assert x.max() > 2**28
    worst = max(map(exact_ulps, [name] * x.size, trial(name, x), x))
    assert worst <= ULPS


def polynomials():
    """The tables of coefficients: what they approximate in z, where, and how much it weighs."""
    half, angle, shift = math.log(2) / 2, math.pi / 4, 3 - 2 * math.sqrt(2)

    def odd(function):
        return lambda z: (function(mpmath.sqrt(z)) / mpmath.sqrt(z) - 1) / z

    def even(function, sign):
        return lambda z: ((function(mpmath.sqrt(z)) - 1) / z - sign * mpmath.mpf(0.5)) / z

    return {
        "sinh": (exponentials.SINH, odd(mpmath.sinh), half**2, lambda z: z),
        "cosh": (exponentials.COSH, even(mpmath.cosh, 1), half**2, lambda z: z * z),
        "log": (
            logarithms.LOG,
            lambda z: (2 * mpmath.atanh(mpmath.sqrt(z)) / mpmath.sqrt(z) - 2) / z,
            shift**2,
            lambda z: z / 2,
        ),
        "sin": (trigonometric.SIN, odd(mpmath.sin), angle**2, lambda z: z / 0.9),
        "cos": (trigonometric.COS, even(mpmath.cos, -1), angle**2, lambda z: z * z / 0.7),
        "asin": (inverse.ASIN, odd(mpmath.asin), 0.25, lambda z: z),
        "atan": (inverse.ATAN, odd(mpmath.atan), 0.25, lambda z: z / 0.9),
    }


@pytest.mark.parametrize("name", polynomials())
def test_polynomials_are_far_below_rounding(name):
    coefficients, function, end, weight = polynomials()[name]
    with mpmath.workprec(200):
        for k in range(1, 201):
            z = mpmath.mpf(end) * k / 200
            error = (mpmath.polyval(coefficients[::-1], z) - function(z)) * weight(z)
            assert abs(error) < 2.0**-56.5
