"""Arithmetic on unevaluated sums of two floats, which carries 32 digits: a machine runs instructions on many points.

Exact sums and products are those of Knuth and of Dekker (1971); lanes of points run in vector registers. An angle is
rotated to near zero by an entry of a table, and the rest is a short series.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import mpmath
import numpy as np

from symbias.jit import njit

LANES = 32
"""Points that are worked on together: registers of all instructions stay in the cache."""

_SPLIT = 134217729.0
"""2**27 + 1: splits a double into two halves (Veltkamp, Dekker 1971)."""

_SECTORS = 128
"""Of the full circle in the table of angles."""

_HALF_PI = 0.5 * math.pi
_PER_SECTOR = _SECTORS / (2.0 * math.pi)

_DIGITS = 40
"""Decimals with which the table is made."""

_OPTIONS = {"nogil": True, "error_model": "numpy", "cache": True}


@cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """Return angle, cosine and sine of the sectors' middles, and the odd coefficients of the arc tangent, as pairs."""
    with mpmath.workdps(_DIGITS):
        turns = [2 * mpmath.pi * k / _SECTORS for k in range(-_SECTORS // 2, _SECTORS // 2 + 1)]
        rows = [[*_pair(t), *_pair(mpmath.cos(t)), *_pair(mpmath.sin(t))] for t in turns]
        series = [_pair(mpmath.mpf((-1) ** k) / (2 * k + 1)) for k in range(12)]
    return np.array(rows), np.array(series)


def _pair(value: Any) -> tuple[float, float]:
    return float(value), float(value - float(value))


@njit(inline="always", **_OPTIONS)
def two_sum(a: float, b: float) -> tuple[float, float]:
    """Return a sum and its rounding error.

    Parameters
    ----------
    a, b : float
        Any.

    Returns
    -------
    tuple of float
        The rounded sum, and what it lacks.

    Examples
    --------
    >>> two_sum(1.0, 1e-20)
    (1.0, 1e-20)
    """
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@njit(inline="always", **_OPTIONS)
def two_product(a: float, b: float) -> tuple[float, float]:
    """Return a product and its rounding error.

    Parameters
    ----------
    a, b : float
        Below 1e150.

    Returns
    -------
    tuple of float
        The rounded product, and what it lacks.

    Examples
    --------
    >>> two_product(1.0 + 2.0**-30, 1.0 + 2.0**-30)[1] == 2.0**-60
    True
    """
    p = a * b
    t = _SPLIT * a
    x = t - (t - a)
    u = _SPLIT * b
    y = u - (u - b)
    v, w = a - x, b - y
    return p, ((x * y - p) + x * w + v * y) + v * w


@njit(inline="always", **_OPTIONS)
def _quick(a: float, b: float) -> tuple[float, float]:
    s = a + b
    return s, b - (s - a)


@njit(inline="always", **_OPTIONS)
def _add(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    s, e = two_sum(a, c)
    t, f = two_sum(b, d)
    s, e = _quick(s, e + t)
    return _quick(s, e + f)


@njit(inline="always", **_OPTIONS)
def _multiply(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    p, e = two_product(a, c)
    return _quick(p, e + (a * d + b * c))


@njit(inline="always", **_OPTIONS)
def _divide(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    q = a / c
    p, e = two_product(q, c)
    r = (((a - p) - e) + b) - q * d
    return _quick(q, r / c)


@njit(inline="always", **_OPTIONS)
def _root(a: float, b: float) -> tuple[float, float]:
    s = math.sqrt(a)
    p, e = two_product(s, s)
    return _quick(s, (((a - p) - e) + b) / (2.0 * s) if s > 0.0 else 0.0)


@njit(inline="always", **_OPTIONS)
def _turns(y: float, x: float) -> float:
    """Return an angle in sectors: a rough arc tangent, without branches, does."""
    u, v = abs(x), abs(y)
    q = min(u, v) / max(u, v)
    s = q * q
    t = q * (0.999866 - s * (0.3302995 - s * (0.180141 - s * (0.085133 - s * 0.0208351))))
    t = _HALF_PI - t if v > u else t
    t = math.pi - t if x < 0.0 else t
    t = -t if y < 0.0 else t
    return t * _PER_SECTOR


@njit(**_OPTIONS)
def _angles(
    y: np.ndarray,
    x: np.ndarray,
    out: np.ndarray,
    table: np.ndarray,
    series: np.ndarray,
    room: np.ndarray,
) -> None:
    """Fill the angles of vectors, NaN for none; the loops apart run in vector registers."""
    for n in range(LANES):
        room[n] = math.floor(_turns(y[n], x[n]) + 0.5)
    for n in range(LANES):
        row = 0
        if abs(room[n]) <= 0.5 * _SECTORS:
            row = int(room[n]) + _SECTORS // 2
        for k in range(6):
            room[(k + 1) * LANES + n] = table[row, k]
    for n in range(LANES):
        a, b, c, d = x[n], x[LANES + n], y[n], y[LANES + n]
        e, f, g, h = (
            room[3 * LANES + n],
            room[4 * LANES + n],
            room[5 * LANES + n],
            room[6 * LANES + n],
        )
        p, q = _multiply(a, b, e, f)
        r, s = _multiply(c, d, g, h)
        p, q = _add(p, q, r, s)
        r, s = _multiply(c, d, e, f)
        u, v = _multiply(a, b, g, h)
        r, s = _add(r, s, -u, -v)
        z, w = _divide(r, s, p, q)
        room[3 * LANES + n] = z
        room[4 * LANES + n] = w
    for n in range(LANES):
        z, w = room[3 * LANES + n], room[4 * LANES + n]
        u, v = _multiply(z, w, z, w)
        # The last terms need no second part: they are below 1e-16 of the first.
        r = series[11, 0]
        r = r * u + series[10, 0]
        r = r * u + series[9, 0]
        r = r * u + series[8, 0]
        r = r * u + series[7, 0]
        r = r * u + series[6, 0]
        r = r * u + series[5, 0]
        s = 0.0
        r, s = _multiply(r, s, u, v)
        r, s = _add(r, s, series[4, 0], series[4, 1])
        r, s = _multiply(r, s, u, v)
        r, s = _add(r, s, series[3, 0], series[3, 1])
        r, s = _multiply(r, s, u, v)
        r, s = _add(r, s, series[2, 0], series[2, 1])
        r, s = _multiply(r, s, u, v)
        r, s = _add(r, s, series[1, 0], series[1, 1])
        r, s = _multiply(r, s, u, v)
        r, s = _add(r, s, 1.0, 0.0)
        r, s = _multiply(r, s, z, w)
        r, s = _add(room[LANES + n], room[2 * LANES + n], r, s)
        out[n] = r
        out[LANES + n] = s


@njit(**_OPTIONS)
def _sums(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    for n in range(LANES):
        s, t = _add(a[n], a[LANES + n], b[n], b[LANES + n])
        out[n] = s
        out[LANES + n] = t


@njit(**_OPTIONS)
def _products(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    for n in range(LANES):
        s, t = _multiply(a[n], a[LANES + n], b[n], b[LANES + n])
        out[n] = s
        out[LANES + n] = t


@njit(**_OPTIONS)
def _inverses(a: np.ndarray, out: np.ndarray) -> None:
    for n in range(LANES):
        s, t = _divide(1.0, 0.0, a[n], a[LANES + n])
        out[n] = s
        out[LANES + n] = t


@njit(**_OPTIONS)
def _roots(a: np.ndarray, out: np.ndarray) -> None:
    for n in range(LANES):
        s, t = _root(a[n], a[LANES + n])
        out[n] = s
        out[LANES + n] = t


@njit(**_OPTIONS)
def _signed(a: np.ndarray, kept: float, out: np.ndarray) -> None:
    for n in range(LANES):
        factor = kept if a[n] >= 0.0 else -1.0
        out[n] = factor * a[n]
        out[LANES + n] = factor * a[LANES + n]


@njit(**_OPTIONS)
def _tile(
    code: np.ndarray, cells: np.ndarray, table: np.ndarray, series: np.ndarray, room: np.ndarray
) -> None:
    """Carry out all instructions on the points of one tile."""
    for k in range(code.shape[0]):
        what, out = code[k, 0], cells[code[k, 1]]
        a, b = cells[code[k, 2]], cells[code[k, 3]]
        if what == 1:
            _products(a, b, out)
        elif what == 0:
            _sums(a, b, out)
        elif what == 2:
            _inverses(a, out)
        elif what == 3:
            _roots(a, out)
        elif what == 4:
            _angles(a, b, out, table, series, room)
        else:
            _signed(a, 1.0 if what == 6 else -1.0, out)


@njit(**_OPTIONS)
def _run(
    code: np.ndarray,
    constants: np.ndarray,
    outputs: np.ndarray,
    registers: int,
    values: np.ndarray,
    table: np.ndarray,
    series: np.ndarray,
) -> np.ndarray:
    count, _, points = values.shape
    found = np.empty((outputs.size, 2, points))
    cells, room = np.empty((registers, 2 * LANES)), np.empty(7 * LANES)
    for k in range(constants.shape[0]):
        cells[count + k, :LANES] = constants[k, 0]
        cells[count + k, LANES:] = constants[k, 1]
    for first in range(0, points, LANES):
        size = min(LANES, points - first)
        for k in range(count):
            for part in range(2):
                row = cells[k, part * LANES : (part + 1) * LANES]
                row[:] = values[k, part, first + size - 1]
                row[:size] = values[k, part, first : first + size]
        _tile(code, cells, table, series, room)
        for k in range(outputs.size):
            for part in range(2):
                row = cells[outputs[k], part * LANES : (part + 1) * LANES]
                found[k, part, first : first + size] = row[:size]
    return found


def run_tape(tape: Any, values: np.ndarray) -> np.ndarray:
    """Run instructions at many points.

    Parameters
    ----------
    tape : PairTape
        The instructions.
    values : numpy.ndarray, shape (arguments, 2, n)
        High and low parts of the arguments.

    Returns
    -------
    numpy.ndarray, shape (outputs, 2, n)
        High and low parts of the outputs, to some 2**-102; NaN where a step is undefined.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> code, none = np.array([[0, 2, 0, 1]]), np.zeros((0, 2))
    >>> add = SimpleNamespace(code=code, constants=none, outputs=np.array([2]), registers=3)
    >>> run_tape(add, np.array([[[1.0], [0.0]], [[1e-20], [0.0]]]))[0, :, 0]
    array([1.e+00, 1.e-20])
    """
    table, series = _tables()
    parts = np.ascontiguousarray(values, dtype=float)
    return _run(tape.code, tape.constants, tape.outputs, tape.registers, parts, table, series)
