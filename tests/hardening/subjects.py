"""The objects that the table of calls asks, each made once unless it changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

import symbias as sb
from symbias.cli import main

x, y, z, h = sp.symbols("x y z h", real=True)
a, v = sp.symbols("a v", real=True)
b = sp.symbols("b", positive=True)
beta = sp.Symbol("beta")
theta, grad = sp.Function("theta"), sp.Function("grad")
t, step = sp.symbols("t step")

DATA = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0]])
TALL = np.array([[1.0, 0.2], [0.3, -1.0], [0.5, 0.5], [2.0, 1.0]])
RESIDUALS = np.ones(4) - TALL @ np.linalg.lstsq(TALL, np.ones(4))[0]
LABELS = np.array([1.0, -0.5])
SCRIPT = """
import symbias as sb

@sb.claim("one is one")
def one():
    return 1.0, 1.0
"""
ROWS = [("a statement", "ours", "agrees")]


def identity(value: Any) -> Any:
    return value


def draw(rng: Any) -> tuple[float, float]:
    return float(rng.normal()), 0.0


def pair() -> tuple[float, float]:
    return 1.0, 1.0


@cache
def diagonal() -> Any:
    return sb.parametrizations.signed_diagonal(2)


def small() -> Any:
    u, w = sp.symbols("u w", real=True)
    return sb.Parametrization([u * w], [u, w])


@cache
def regularizer() -> Any:
    return diagonal().regularizer(start())


@cache
def run() -> Any:
    return sb.simulate.gradient_descent(diagonal(), DATA, LABELS, start(), 0.02, max_steps=20_000)


def start() -> dict[Any, Any]:
    return dict.fromkeys(diagonal().parameters, 0.5)


@cache
def heavy_ball() -> Any:
    return sb.UpdateRule.heavy_ball(beta)


@cache
def threshold() -> Any:
    return heavy_ball().threshold()


@cache
def network() -> Any:
    return sb.simulate.dense_network((2, 3, 1))


@cache
def scalar_network() -> Any:
    return sb.ScalarNetwork([2, -0.5, sp.Rational(1, 3)])


@cache
def weights() -> Any:
    return network().initial(1.0, np.random.default_rng(0))


@cache
def triangle() -> Any:
    return sb.stability.Marginal(1 - sp.Abs(x), x, -1, 1)


def derivation() -> Any:
    return sb.Derivation("a square", cites=("polyak1964",)).start((x + 1) ** 2, "given")


@cache
def formula() -> Any:
    done = derivation().rewrite(x**2 + 2 * x + 1, "expand")
    return done.conclude(sp.Function("f")(x), "square")


@cache
def kernel() -> Any:
    return sb.compile([x + y, sp.sqrt(x) * sp.exp(y)], [x, y])


def claim() -> Any:
    return sb.claim("a title", relation="==", tolerance=1e-8)(pair)


def claimed(predicted: Any, measured: Any, relation: str, tolerance: Any) -> Any:
    """Run a claim whose function returns these."""
    return sb.claim("a title", relation=relation, tolerance=tolerance)(
        lambda: (predicted, measured)
    ).run()


def titled(title: Any, relation: Any, tolerance: Any, of: Any, function: Any) -> Any:
    return sb.claim(title, relation, tolerance, of)(function)


def on(make: Callable[[], Any], name: str) -> Callable[..., Any]:
    """Return the method of a fresh object, with the signature of the method."""

    def method(*args: Any, **named: Any) -> Any:
        return getattr(make(), name)(*args, **named)

    method.__signature__ = inspect.signature(getattr(make(), name))  # type: ignore[attr-defined]
    return method


def program(*words: Any) -> int:
    """The command line; its own refusal is the exit status 2."""
    try:
        return main([str(word) for word in words])
    except SystemExit as end:
        return int(end.code or 0)
