"""Arguments that nobody should pass: wrong shapes and types, NaN, infinities, extremes, code in strings."""

from __future__ import annotations

import decimal
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

CANARY = "symbias_canary"
"""In every hostile string: code that holds it must never be compiled or run."""

x = sp.symbols("x", real=True)

STRINGS: list[str] = [
    f"__import__('os').system('touch {CANARY}')",
    f"open('{CANARY}', 'w').close()",
    f"[c for c in ().__class__.__base__.__subclasses__()]  # {CANARY}",
    f"x = 1\nimport os; os.system('touch {CANARY}')\n",
    f"');import os;os.system('touch {CANARY}');('",
    f'"""\nimport {CANARY}\n"""',
    f"lambda: {CANARY}",
    f"$(touch {CANARY})",
    f"../../../{CANARY}",
    f"/dev/null/{CANARY}",
    f"\\input{{{CANARY}}}}}$\\end{{document}}",
    f"<script>{CANARY}()</script>",
    f"{{0.__class__.__{CANARY}__}} %s %n",
    f"{CANARY}\0",
    f"{CANARY}\ud800",
    f"{CANARY} " * 2000,
    "",
    " ",
    "0",
    "1e400",
    "nan",
    "==",
]

NUMBERS: list[Any] = [
    float("nan"),
    float("inf"),
    -float("inf"),
    0,
    -0.0,
    -1,
    0.5,
    3,
    1e308,
    -1e308,
    5e-324,
    1e-300,
    10**30,
    -(10**30),
    2**63,
    -(2**63),
    10**400,
    True,
    1 + 2j,
    Fraction(1, 3),
    Fraction(10**400, 3),
    Fraction(1, 10**400),
    decimal.Decimal("NaN"),
    decimal.Decimal("1e500"),
    np.float32(0.1),
    np.float16("inf"),
    np.int8(-1),
    np.uint64(2**64 - 1),
    np.datetime64("2020-01-01"),
    np.complex128(1j),
    np.bool_(True),
    mpmath.mpf("nan"),
    mpmath.mpf("1e1000"),
    mpmath.mpc(0, 1),
    sp.nan,
    sp.zoo,
    sp.oo,
    -sp.oo,
    sp.I,
    sp.pi,
    sp.sqrt(2),
    sp.Float("1e10000"),
    sp.Rational(1, 3),
    sp.Integer(0),
]

EXPRESSIONS: list[Any] = [
    sp.Symbol("x"),
    sp.Symbol("foreign", positive=True),
    sp.Symbol(f"__import__('os').system('touch {CANARY}')"),
    sp.Symbol(f"{CANARY}; import os", real=True),
    sp.Symbol("lambda"),
    sp.Symbol(""),
    sp.Symbol("A", commutative=False),
    sp.Dummy("x"),
    sp.Wild("w"),
    sp.Function(f"{CANARY}()"),
    sp.Function("f")(x),
    sp.Eq(x, 1),
    sp.Ne(x, 0),
    x > 0,
    sp.true,
    sp.false,
    sp.Matrix([[1, x], [x, 2]]),
    sp.Matrix(0, 0, []),
    sp.MatrixSymbol("M", 2, 2),
    sp.Lambda(x, x**2),
    sp.Tuple(x, 1),
    sp.FiniteSet(1, 2),
    sp.Interval(0, 1),
    sp.EmptySet,
    sp.Integral(sp.exp(-(x**2)), (x, 0, 1)),
    sp.Sum(1 / x, (x, 1, sp.oo)),
    sp.Derivative(sp.Function("f")(x), x),
    sp.Piecewise((x, x > 0), (sp.nan, True)),
    sp.Poly(x**2 + 1, x),
    sp.Order(x),
    sp.log(x) / x,
    sp.exp(sp.exp(sp.exp(x))),
    x**1000,
    1 / (x - x * (1 + 0 * x) + sp.Symbol("zero", zero=True)),
    sp.AccumBounds(0, 1),
    sp.Heaviside(x),
    sp.Mod(x, 2),
    sp.Float("nan"),
]

ARRAYS: list[Callable[[], Any]] = [
    lambda: np.empty(0),
    lambda: np.empty((0, 3)),
    lambda: np.empty((3, 0)),
    lambda: np.array(1.0),
    lambda: np.array([np.nan, 1.0]),
    lambda: np.array([[1.0, np.inf], [0.0, 1.0]]),
    lambda: np.ones((2, 2, 2)),
    lambda: np.zeros((2, 2)),
    lambda: np.eye(2) * 1e300,
    lambda: np.eye(2) * 5e-324,
    lambda: np.ones((2, 2), dtype=complex),
    lambda: np.array(["a", CANARY]),
    lambda: np.array([object(), None]),
    lambda: np.array([[sp.pi, x]]),
    lambda: np.array([1, 2], dtype="datetime64[s]"),
    lambda: np.zeros(2, dtype=[("a", float), ("b", int)]),
    lambda: np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    lambda: np.ones((4, 4))[::2, ::-2],
    lambda: np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    lambda: np.array([2**64 - 1], dtype=np.uint64),
    lambda: np.array([True, False]),
    lambda: np.ones(2, dtype=np.float16),
    lambda: np.matrix([[1.0, 2.0]]),
    lambda: [[1.0, 2.0], [3.0]],
    lambda: [[[[[[1.0]]]]]],
    lambda: [1.0, "2"],
    lambda: np.ones((1,) * 32),
]


def _recursive() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


def _generator() -> Iterator[Any]:
    yield from (1, CANARY, None)


OBJECTS: list[Callable[[], Any]] = [
    lambda: None,
    object,
    lambda: int,
    lambda: sp,
    lambda: lambda *_: None,
    _generator,
    _recursive,
    lambda: iter([]),
    lambda: itertools.repeat(1, 3),
    set,
    lambda: {1, 2},
    dict,
    lambda: {"x": 1},
    lambda: {x: 1},
    lambda: {None: None},
    lambda: {1: 0.5, 2: 0.5},
    lambda: {-1: 2.0},
    list,
    lambda: (),
    lambda: [None],
    lambda: [CANARY],
    lambda: (x, CANARY),
    lambda: (1, 2, 3),
    lambda: b"bytes\xff",
    lambda: bytearray(3),
    lambda: range(3),
    lambda: slice(1),
    lambda: Ellipsis,
    lambda: NotImplemented,
    lambda: ValueError(CANARY),
    lambda: np.random.default_rng(0),
    lambda: np.random.RandomState(0),
]


def hostile(rng: random.Random) -> Any:
    """Return something of any kind."""
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(NUMBERS)
    if kind < 0.5:
        return rng.choice(STRINGS)
    if kind < 0.65:
        return rng.choice(EXPRESSIONS)
    return rng.choice(ARRAYS if kind < 0.82 else OBJECTS)()


def damaged(value: Any, rng: random.Random) -> Any:
    """Return a value that was good, with one thing wrong inside; anything hostile if it has no inside."""
    if isinstance(value, np.ndarray) and value.size:
        return _damaged_array(value, rng)
    if isinstance(value, Mapping) and value:
        return _damaged_mapping(dict(value), rng)
    if isinstance(value, list | tuple) and value and type(value) in {list, tuple}:
        parts = list(value)
        place = rng.randrange(len(parts))
        if rng.random() < 0.3:
            del parts[place]
        else:
            parts[place] = damaged(parts[place], rng)
        return type(value)(parts)
    return hostile(rng)


def _damaged_array(value: np.ndarray, rng: random.Random) -> Any:
    changes: list[Callable[[np.ndarray], Any]] = [
        lambda a: _with_entry(a, rng.choice([np.nan, np.inf, 1e300, 5e-324, 0.0]), rng),
        lambda a: a.astype(rng.choice(["complex", "float16", "int8", "bool", "U8", "object"])),
        lambda a: a[None],
        lambda a: a[..., 0],
        lambda a: a[:0],
        lambda a: a.T,
        lambda a: a.tolist(),
        lambda a: a * rng.choice([0.0, 1e200, 1e-200, -1.0]),
        lambda a: np.concatenate([a, a]),
        lambda a: np.concatenate([a, a], axis=-1),
        lambda a: np.ma.masked_array(a, mask=True),
    ]
    with np.errstate(all="ignore"):
        return rng.choice(changes)(value)


def _with_entry(array: np.ndarray, entry: float, rng: random.Random) -> np.ndarray:
    changed = array.astype(float)
    changed.flat[rng.randrange(array.size)] = entry
    return changed


def _damaged_mapping(value: dict[Any, Any], rng: random.Random) -> dict[Any, Any]:
    key = rng.choice(list(value))
    kind = rng.random()
    if kind < 0.5:
        value[key] = damaged(value[key], rng)
    elif kind < 0.7:
        del value[key]
    else:
        new = hostile(rng)
        try:
            value[new] = value.pop(key)
        except TypeError:
            value[f"{new!r}"] = 1
    return value
