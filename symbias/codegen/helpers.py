"""Scalar functions that generated code carries along, each as accurate as float64 allows.

Their source is copied into the generated modules (a cached module must not depend on another file:
Numba would not notice an edit there). They are plain Python, so they are also tested as they stand.
Constants are written out inside for the same reason. Arguments are floats; NaN in gives NaN out.
"""

from __future__ import annotations

import math

import numpy as np


def minimum(x: float, y: float) -> float:
    """Return the smaller argument, NaN if either is NaN."""
    return x if (x < y or math.isnan(x)) else y


def maximum(x: float, y: float) -> float:
    """Return the larger argument, NaN if either is NaN."""
    return x if (x > y or math.isnan(x)) else y


def signum(x: float) -> float:
    """Return -1, 0 or 1, NaN for NaN."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


def heaviside(x: float, at_zero: float) -> float:
    """Return the step with the given value at 0, NaN for NaN."""
    if x == 0.0:
        return at_zero
    if math.isnan(x):
        return x
    return 1.0 if x > 0.0 else 0.0


def relu(x: float) -> float:
    """Return max(x, 0), NaN for NaN."""
    return x if math.isnan(x) else max(x, 0.0)


def modulo(x: float, y: float) -> float:
    """Return x - y*floor(x/y), with the sign of y; NaN for y = 0."""
    return x % y if y != 0.0 else math.nan


def angle(y: float, x: float) -> float:
    """Return atan2(y, x), NaN at the origin where no angle is defined."""
    return math.nan if (x == 0.0 and y == 0.0) else math.atan2(y, x)


def arccot(x: float) -> float:
    """Return atan(1/x), pi/2 at 0."""
    return 0.5 * math.pi if x == 0.0 else math.atan(1.0 / x)


def sinc(x: float) -> float:
    """Return sin(x)/x, 1 at 0."""
    return 1.0 if x == 0.0 else math.sin(x) / x


def rational_power(x: float, high: float, low: float) -> float:
    """Return x**(high + low), low being what the float64 exponent misses."""
    y = math.pow(x, high)
    return y if (x == 0.0 or math.isinf(y)) else y + y * (low * math.log(x))


def gamma_function(x: float) -> float:
    """Return gamma(x), NaN at the poles."""
    return math.nan if (x <= 0.0 and np.floor(x) == x) else math.gamma(x)


def log_gamma(x: float) -> float:
    """Return log(gamma(x)) for x >= 0, NaN below (SymPy's loggamma is complex there)."""
    return math.lgamma(x) if x > 0.0 else (math.inf if x == 0.0 else math.nan)


def softplus(x: float) -> float:
    """Return log(1 + exp(x)) without overflow."""
    return x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x))


def log_one_minus_exp(x: float) -> float:
    """Return log(1 - exp(x)) for x <= 0."""
    return math.log(-math.expm1(x)) if x > -0.6931471805599453 else math.log1p(-math.exp(x))


def one_minus_tanh(x: float) -> float:
    """Return 1 - tanh(x)."""
    return 2.0 / (math.exp(2.0 * x) + 1.0)


def normal_density(x: float) -> float:
    """Return the standard normal density."""
    return 0.3989422804014327 * math.exp(-0.5 * x * x)


def normal_distribution(x: float) -> float:
    """Return the standard normal distribution function; erfc keeps the lower tail."""
    return 0.5 * math.erfc(-0.7071067811865476 * x)


def log_normal_distribution(x: float) -> float:
    """Return the logarithm of the standard normal distribution function, in both tails."""
    tail = 0.5 * math.erfc(0.7071067811865476 * abs(x))
    if x >= 0.0:
        return math.log1p(-tail)
    if x > -30.0:
        return math.log(tail)
    # Asymptotic series of the Mills ratio: 1 - 1/x^2 + 3/x^4 - 15/x^6 + 105/x^8 - 945/x^10.
    r = 1.0 / (x * x)
    series = r * (-1.0 + r * (3.0 + r * (-15.0 + r * (105.0 - 945.0 * r))))
    return -0.5 * x * x - 0.9189385332046727 - math.log(-x) + math.log1p(series)


def scaled_erfc(x: float) -> float:
    """Return exp(x**2)*erfc(x) for x >= 0; the square is carried in two parts."""
    if x > 26.0:
        r = 0.5 / (x * x)
        tail = r * (105.0 + r * (-945.0 + r * 10395.0))
        return 0.5641895835477563 / x * (1.0 + r * (-1.0 + r * (3.0 + r * (-15.0 + tail))))
    split = 134217729.0 * x
    high = split - (split - x)
    low = x - high
    square = x * x
    rest = ((high * high - square) + 2.0 * high * low) + low * low
    return math.exp(square) * math.erfc(x) * (1.0 + rest)


def mills_inverse(x: float) -> float:
    """Return the normal density over the distribution function."""
    if x < 0.0:
        return 0.7978845608028654 / scaled_erfc(-0.7071067811865476 * x)
    return normal_density(x) / normal_distribution(x)


def imaginary_erf(x: float) -> float:
    """Return erfi(x) = -i erf(i x): a series of positive terms, an asymptotic one in the tails."""
    y = abs(x)
    square = y * y
    sign = -1.0 if x < 0.0 else 1.0
    if y < 6.5:
        power, total, n = y, y, 0
        while power > 1e-18 * total:
            n += 1
            power *= square / n
            total += power / (2 * n + 1)
        return sign * 1.1283791670955126 * total
    if square > 714.0:
        return sign * math.inf
    term, total, n = 1.0, 1.0, 0
    while term > 1e-17:
        term *= (2 * n + 1) / (2.0 * square)
        n += 1
        if 2 * n + 1 > 2.0 * square:
            break
        total += term
    split = 134217729.0 * y
    high = split - (split - y)
    low = y - high
    rest = ((high * high - square) + 2.0 * high * low) + low * low
    # e^5 is taken out, so that the exponential does not overflow before erfi does.
    return sign * math.exp(square - 5.0) * (83.73315842708959 / y) * total * (1.0 + rest)


def log_erfc(x: float) -> float:
    """Return log(erfc(x)), in both tails."""
    if x < 0.5:
        return math.log1p(-math.erf(x))
    if x < 20.0:
        return math.log(math.erfc(x))
    return math.log(scaled_erfc(x)) - x * x


def relu_angle(t: float) -> float:
    """Return (sin(t) + (pi - t)*cos(t))/(2*pi); near pi by its series in d = pi - t."""
    # The second constant is what the float64 pi misses.
    d = (3.141592653589793 - t) + 1.2246467991473532e-16
    if abs(d) >= 0.8:
        return 0.15915494309189535 * (math.sin(t) + d * math.cos(t))
    # sin(d) - d*cos(d) = sum over n >= 1 of (-1)^(n+1) 2n d^(2n+1)/(2n+1)!
    s = d * d
    q = 1.0 / 45360.0 - s * (1.0 / 3991680.0 - s * (1.0 / 518918400.0 - s / 93405312000.0))
    series = 1.0 / 3.0 - s * (1.0 / 30.0 - s * (1.0 / 840.0 - s * q))
    return 0.15915494309189535 * d * s * series


def branch_series(p: float) -> float:
    """Return W at (p**2/2 - 1)/e, for small p (positive: principal branch)."""
    q = -221.0 / 8505.0 + p * (680863.0 / 43545600.0 + p * (-1963.0 / 204120.0))
    q = 769.0 / 17280.0 + p * q
    q = 11.0 / 72.0 + p * (-43.0 / 540.0 + p * q)
    return -1.0 + p * (1.0 + p * (-1.0 / 3.0 + p * q))


def refine_lambert(x: float, w: float) -> float:
    """Return W(x) from a start w, by the fourth-order iteration of Fritsch, Shafer and Crowley."""
    for _ in range(3):
        z = math.log(x / w) - w
        q = 2.0 * (1.0 + w) * (1.0 + w + 2.0 * z / 3.0)
        w = w * (1.0 + z / (1.0 + w) * (q - z) / (q - 2.0 * z))
    return w


def lambert_principal(x: float) -> float:
    """Return the principal branch of Lambert W for x >= -1/e, NaN below."""
    if x == 0.0 or math.isnan(x) or x == math.inf:
        return x
    # 1/e in two parts: the distance to the branch point must not be rounded away.
    distance = (x + 0.36787944117144233) - 1.2428753672788363e-17
    if distance < 0.0:
        return math.nan
    p = math.sqrt(5.43656365691809 * distance)
    if p < 0.01:
        return branch_series(p)
    if p < 1.0:
        return refine_lambert(x, branch_series(p))
    if x < 3.0:
        near = math.log1p(x)
        return refine_lambert(x, near * (1.0 - math.log1p(near) / (2.0 + near)))
    top = math.log(x)
    return refine_lambert(x, top - math.log(top))


def lambert_lower(x: float) -> float:
    """Return the lower branch of Lambert W for -1/e <= x < 0, -inf at 0, NaN elsewhere."""
    if x == 0.0:
        return -math.inf
    distance = (x + 0.36787944117144233) - 1.2428753672788363e-17
    if not (x < 0.0 and distance >= 0.0):
        return math.nan
    p = -math.sqrt(5.43656365691809 * distance)
    if p > -0.01:
        return branch_series(p)
    if p > -0.8:
        return refine_lambert(x, branch_series(p))
    top = math.log(-x)
    lower = math.log(-top)
    return refine_lambert(x, top - lower + lower / top)


def inverse_erf(x: float) -> float:
    """Return y with erf(y) = x: a start after Giles (2010) and Halley steps."""
    if not abs(x) < 1.0:
        return math.inf * x if abs(x) == 1.0 else math.nan
    tail = 1.0 - abs(x)
    w = -math.log(tail * (1.0 + abs(x)))
    y = central_inverse_erf(w) if w < 5.0 else outer_inverse_erf(math.sqrt(w) - 3.0)
    y = y * abs(x)
    for _ in range(4):
        # Above one half the residual is taken from the complement, which is exact there.
        gap = math.erf(y) - abs(x) if abs(x) < 0.5 else tail - math.erfc(y)
        u = gap * 0.8862269254527580 * math.exp(y * y)
        y = y - u / (1.0 + y * u)
    return y if x >= 0.0 else -y


def central_inverse_erf(w: float) -> float:
    """Return erfinv(x)/x to single precision, w = -log(1 - x**2) < 5."""
    w = w - 2.5
    p = 3.43273939e-07 + 2.81022636e-08 * w
    p = -4.39150654e-06 + (-3.5233877e-06 + p * w) * w
    p = -0.00125372503 + (0.00021858087 + p * w) * w
    return 1.50140941 + (0.246640727 + (-0.00417768164 + p * w) * w) * w


def outer_inverse_erf(w: float) -> float:
    """Return erfinv(x)/x to single precision, w = sqrt(-log(1 - x**2)) - 3."""
    p = 0.000100950558 - 0.000200214257 * w
    p = -0.00367342844 + (0.00134934322 + p * w) * w
    p = -0.0076224613 + (0.00573950773 + p * w) * w
    return 2.83297682 + (1.00167406 + (0.00943887047 + p * w) * w) * w


def digamma(x: float) -> float:
    """Return the derivative of log(gamma(x)) for x > 0, NaN elsewhere."""
    if not x > 0.0:
        return math.nan
    shift = rest = 0.0
    while x < 10.0:
        # Compensated: digamma has a zero at 1.46 where the sum meets the logarithm.
        term = -1.0 / x - rest
        total = shift + term
        rest = (total - shift) - term
        shift = total
        x += 1.0
    r = 1.0 / (x * x)
    s = 1.0 / 240.0 - r * (1.0 / 132.0 - r * (691.0 / 32760.0 - r / 12.0))
    s = 1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * s))
    return (shift + math.log(x)) - (0.5 / x + r * s + rest)


def sqrt_one_plus_minus_one(x: float) -> float:
    """Return sqrt(1 + x) - 1."""
    return math.sqrt(1.0 + x) - 1.0 if x > 1.0 else x / (1.0 + math.sqrt(1.0 + x))
