"""Fingerprints of questions: the same in every process, different whenever the question is, or none."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.utilities.lambdify import implemented_function

import symbias as sb
from symbias.stability.implicit import implicit_threshold
from symbias.sym.equality.fingerprint import fingerprint

X = sp.Symbol("x")
POSITIVE = sp.Symbol("x", positive=True)
F, REAL_F = sp.Function("f"), sp.Function("f", real=True)
A, B = sp.Dummy("a"), sp.Dummy("a")

DIFFERENT = [
    (X, POSITIVE),
    (F(X), REAL_F(X)),
    (F(X), sp.Function("g")(X)),
    (sp.Integer(1), sp.Float(1)),
    (sp.Float(1, 15), sp.Float(1, 30)),
    (sp.S.true, sp.S.One),
    (sp.Rational(1, 3), sp.Rational(-1, 3)),
    (sp.Rational(12, 1), sp.Rational(1, 2)),
    (sp.sin(X), sp.cos(X)),
    (X**2, 2**X),
    (A + 2 * B, B + 2 * A),
    (sp.Dummy("a"), sp.Dummy("b")),
    (sp.Dummy("x"), X),
    (X < 1, X <= 1),
    (sp.Q.positive(X), sp.Q.negative(X)),
    (sp.Integral(X, (X, 0, 1)), sp.Integral(X, (X, 0, 2))),
    (sp.ImmutableMatrix([[1, X]]), sp.ImmutableMatrix([[1], [X]])),
    (sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("A", 3, 3)),
    (sp.Symbol("ab"), sp.Symbol("a") * sp.Symbol("b")),
]

PROGRAM = """
import sympy as sp
from symbias.sym.equality.fingerprint import fingerprint
[sp.Dummy() for _ in range({count})]
x, y, a, b = sp.Symbol("x", positive=True), sp.Symbol("y"), sp.Dummy("a"), sp.Dummy("b", real=True)
f = sp.Function("f", real=True)
parts = (sp.sin(a * x + b) / (1 + y**2 + a) + f(x, b).diff(x), (x > 0, sp.Q.real(y)), "==", None)
print(fingerprint(parts))
"""


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=str)
def test_what_differs_in_form_has_another_fingerprint(one, other):
    assert None not in {fingerprint([one]), fingerprint([other])}
    assert fingerprint([one]) != fingerprint([other])
    assert fingerprint([F(one)]) != fingerprint([F(other)])


def test_the_place_of_a_part_counts():
    assert fingerprint([X, 1]) != fingerprint([1, X])
    assert fingerprint([(X,), 1]) != fingerprint([(X, 1)])
    assert fingerprint([X, "<="]) != fingerprint([X, ">="])


def test_every_process_finds_the_same_one():
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM.format(count=seed)],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in (1, 7)
    }
    (text,) = found
    assert len(text.strip()) == 64


class Foreign(sp.Function):
    """Its meaning is not told by its name."""


def test_what_may_mean_anything_has_none():
    rule = sb.UpdateRule.heavy_ball(sp.Rational(1, 2)).delayed(sp.Symbol("tau"))
    made = implemented_function("made", lambda x: x + 1)
    unknown = [Foreign(X), made(X), implicit_threshold(rule), object(), 0.5]
    assert [fingerprint([item]) for item in unknown] == [None] * len(unknown)
    assert fingerprint([1 + Foreign(X) ** 2]) is None


LEAVES = st.sampled_from([X, POSITIVE, sp.Symbol("y"), sp.Integer(2), sp.Rational(1, 2), sp.pi])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(sp.Add, inner, inner),
        st.builds(sp.Mul, inner, inner),
        st.builds(sp.Pow, inner, st.sampled_from([sp.Integer(2), sp.Integer(-1)])),
        st.builds(sp.sin, inner),
        st.builds(F, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(TREES, TREES)
def test_fingerprints_agree_exactly_if_the_forms_do(one, other):
    assert (fingerprint([one]) == fingerprint([other])) == (one == other)
    assert fingerprint([one]) == fingerprint([one.func(*one.args) if one.args else one])
