"""Arguments that annotations exclude are refused by name; the rest is left to the function."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.contracts import checked


@checked
def example(
    n: int,
    x: float = 1.0,
    flag: bool = False,
    name: str | None = None,
    items: Iterable[Any] = (),
    table: Mapping[Any, Any] | None = None,
    function: Callable[..., Any] | None = None,
    anything: Any = None,
) -> tuple[Any, ...]:
    return n, x, flag


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"n": np.int8(3)}, (3, 1.0, False)),
        ({"n": sp.Integer(3)}, (3, 1.0, False)),
        ({"n": 10**400}, (10**400, 1.0, False)),
        ({"n": 1, "x": Fraction(1, 2)}, (1, 0.5, False)),
        ({"n": 1, "x": sp.pi}, (1, float(sp.pi), False)),
        ({"n": 1, "flag": np.bool_(True)}, (1, 1.0, True)),
        ({"n": 1, "anything": object(), "items": np.ones(2)}, (1, 1.0, False)),
    ],
)
def test_what_is_meant_is_admitted(named, expected):
    found = example(**named)
    assert found == expected
    assert [type(v) for v in found] == [int, float, bool]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", "1"),
        ("n", 1.0),
        ("n", True),
        ("n", sp.Symbol("n")),
        ("x", 1j),
        ("x", "1.0"),
        ("x", 10**400),
        ("flag", "yes"),
        ("name", 3),
        ("items", "abc"),
        ("items", np.array(1.0)),
        ("table", [1]),
        ("function", 3),
    ],
)
def test_a_wrong_type_is_refused_by_name(name, value):
    with pytest.raises(sb.InputError, match=f"The argument {name} of example is a"):
        example(**{"n": 1, name: value})


def test_a_wrong_number_of_arguments_is_pythons_error():
    with pytest.raises(TypeError, match="unknown"):
        example(1, unknown=2)
    with pytest.raises(TypeError, match="missing"):
        example()


def test_the_function_keeps_its_name_signature_and_module():
    assert example.__name__ == "example"
    assert "flag: 'bool' = False" in str(inspect.signature(example))
    assert example.__globals__ is globals()


def test_threads_share_a_contract():
    found: list[Any] = []
    work = [threading.Thread(target=lambda: found.append(example(1))) for _ in range(8)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert found == [(1, 1.0, False)] * 8


@pytest.mark.parametrize("text", ["__import__('os').getpid()", "x", "1"])
def test_strings_are_not_evaluated(text):
    x = sp.symbols("x", real=True)
    square = sb.Derivation("d").start(x**2, "given").conclude(sp.Function("f")(x), "square")
    for call in (
        lambda: square.subs(x, text),
        lambda: square.evalf(15, {x: text}),
        lambda: sb.Derivation("d").start((text, text), "given"),
        lambda: sb.prove_monotone(text, x, {x: (0, 1)}),
        lambda: sb.prove(x >= 0, {x: ((text, text), 1)}),
    ):
        with pytest.raises(sb.InputError):
            call()


def test_data_whose_curvature_no_float_holds_are_refused():
    for scale in (1e-200, 1e200):
        with pytest.raises(sb.DomainError, match="range of floats"):
            sb.stability.sgd_threshold(np.eye(3) * scale, 1)
    assert sb.stability.sgd_threshold(np.eye(3) * 1e100, 1) == pytest.approx(
        sb.stability.sgd_threshold(np.eye(3), 1) * 1e-200
    )
