"""MathML: what is printed means what was meant, and whatever was typed is text."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias import registry
from symbias.present.inline_math import inline_math
from symbias.present.mathml import mathml
from symbias.present.mathml_breaking import pieces
from symbias.sym.conditions import violated
from symbias.sym.functions import half_moment, normal_cdf, normal_pdf, relu

sys.path.insert(0, str(Path(__file__).parent))
from mathml_reader import text_of, value_of

x, y, z = sp.symbols("x y z", real=True)
f, Q = sp.Function("f"), sp.Function("Q_k")
POINT = {"x": 0.7, "y": 1.9, "z": 0.3}
HOSTILE = '"><script>alert(1)</script>&amp;\x07'

leaves = st.sampled_from([x, y, z, sp.Integer(2), sp.Integer(-3), sp.Rational(-2, 3), sp.pi])


def grown(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: p[0] + p[1]),
        pair.map(lambda p: p[0] - p[1]),
        pair.map(lambda p: p[0] * p[1]),
        pair.map(lambda p: sp.Mul(-1, p[0] + p[1], evaluate=False)),
        st.tuples(inner, st.sampled_from([2, -1, -2, 3])).map(lambda p: p[0] ** p[1]),
        inner.map(lambda e: sp.sqrt(e**2 + 1)),
        inner.map(lambda e: (e**2 + 1) ** sp.Rational(-3, 2)),
        inner.map(lambda e: sp.cbrt(e**2 + 1)),
        inner.map(lambda e: sp.exp(-(e**2))),
        inner.map(lambda e: sp.sin(e) ** 2 + sp.asinh(e)),
        inner.map(lambda e: sp.Abs(e) + sp.Max(e, 0)),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(leaves, grown, max_leaves=8))
def test_a_printed_expression_has_the_value_of_the_expression(expression):
    wanted = expression.subs({x: 0.7, y: 1.9, z: 0.3}).evalf(30)
    if not wanted.is_finite or not wanted.is_real or abs(wanted) > 1e12:
        return
    found = value_of(mathml(expression), POINT)
    assert math.isclose(found, float(wanted), rel_tol=1e-6, abs_tol=1e-6), mathml(expression)


@settings(max_examples=60, deadline=None)
@given(st.recursive(leaves, grown, max_leaves=8), st.integers(1, 20))
def test_a_broken_line_says_the_same(expression, width):
    whole = value_or_none(mathml(expression))
    broken = value_or_none("".join(pieces(expression, width)))
    assert whole == pytest.approx(broken, rel=1e-9, nan_ok=True)


def value_or_none(markup):
    try:
        return value_of(markup, POINT)
    except (ZeroDivisionError, OverflowError):
        return math.nan


def test_functions_of_the_package_have_letters_not_commands():
    assert value_of(mathml(normal_pdf(x) / normal_cdf(x)), POINT) == pytest.approx(
        float(normal_pdf(0.7) / normal_cdf(0.7))
    )


STARTS = ((1.3, 0.21), (2.6, -0.4), (0.31, 0.043))
SYMBOLIC = (sp.core.function.AppliedUndef, sp.Indexed, sp.Sum, sp.Product)
UNREAD = (sp.Piecewise, sp.Derivative, sp.Integral, half_moment, *SYMBOLIC)


def point_of(formula):
    """A point in the domain of a formula; None if none of a few is."""
    points = [{s: a + b * k for k, s in enumerate(formula.symbols)} for a, b in STARTS]
    fits = (p for p in points if not any(violated(c, p) for c in formula.domain))
    return next(fits, None)


@pytest.mark.parametrize("entry", registry.RESULTS, ids=lambda entry: entry.name)
def test_formulas_of_results_are_printed_with_their_value(entry):
    for formula in registry.resolve(entry.target)().derivation.formulas:
        rhs, point = formula.rhs, point_of(formula)
        number = isinstance(rhs, sp.Expr) and not isinstance(rhs, sp.MatrixBase)
        if not number or rhs.has(*UNREAD) or point is None:
            continue
        shown = {text_of(ET.fromstring(mathml(s))): v for s, v in point.items()}  # noqa: S314
        wanted = complex(rhs.subs(point).evalf(30))
        if abs(wanted.imag) < 1e-20:
            assert math.isclose(value_of(mathml(rhs), shown), wanted.real, rel_tol=1e-9)


@pytest.mark.parametrize(
    "expression",
    [
        sp.Symbol(HOSTILE),
        sp.Function(HOSTILE)(x),
        sp.MatrixSymbol("A<b>", 2, 2),
        sp.Eq(sp.Symbol("a_<i>"), 1),
        sp.Derivative(sp.Function("<f>")(x), x),
        sp.Piecewise((sp.Symbol("<"), x > 0), (1, True)),
    ],
    ids=str,
)
def test_names_are_text_and_no_markup(expression):
    markup = mathml(expression)
    assert "<script" not in markup
    assert markup.isascii()
    ET.fromstring(markup)  # noqa: S314 - it is well-formed
    assert "\x07" not in markup


def test_every_function_of_sympy_has_a_form():
    found = [getattr(sp.functions, name) for name in dir(sp.functions)]
    printed = 0
    for function in (item for item in found if isinstance(item, type)):
        for count in range(1, 5):
            try:
                made = function(*sp.symbols("x y z w")[:count])
            except (TypeError, ValueError, AttributeError, NotImplementedError):
                continue  # it takes another number of arguments, or other ones
            for expression in (made, made**2, 1 / made):
                ET.fromstring(mathml(expression))  # noqa: S314
                printed += 1
    assert printed > 400


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        ([x, y], "[x, y]"),
        ({x: y}, "{x: y}"),
        (2.5, "2.5"),
        ("a < b", "a < b"),
        (sp.Array([1, 2]), "ImmutableDenseNDimArray"),
        (sp.Order(x), "Order"),
    ],
)
def test_what_has_no_form_is_shown_by_its_name(thing, name):
    assert name in text_of(ET.fromstring(mathml(thing)))  # noqa: S314


def tags(markup):
    return [node.tag for node in ET.fromstring(markup).iter()]  # noqa: S314


def shown(expression):
    return text_of(ET.fromstring(mathml(expression)))  # noqa: S314


def test_functions_keep_their_names():
    assert shown(Q(x)) == "Qk\u2061(x)", "SymPy prints q_k"
    assert shown(sp.Function("alpha")(x)) == "α\u2061(x)"
    assert shown(sp.Function("P'")(x)) == "P′\u2061(x)"
    assert shown(relu(x)) == "relu\u2061(x)"
    assert shown(registry.resolve("sym.functions:normal_cdf")(x)) == "Φ\u2061(x)"


def test_what_follows_a_minus_or_a_derivative_is_in_brackets():
    assert shown(sp.Add(x, sp.Mul(-1, y + z, evaluate=False), evaluate=False)) == "x−(y+z)"
    assert shown(sp.Derivative(x + y, x)) in {"∂∂x(x+y)", "ddx(x+y)"}
    assert shown(sp.Integral(x + y, (x, 0, 1))) == "∫01(x+y)dx"


def test_cases_products_and_conditions_have_forms():
    cases = mathml(sp.Piecewise((x, x < 0), (1, True)))
    assert "otherwise" in cases
    assert "mtable" in tags(cases)
    assert shown(sp.Product(x, (x, 1, 3))).startswith("∏x=13")
    assert shown(sp.Subs(f(x), x, 0)) == "[f\u2061(x)]x=0"
    assert shown(sp.ConditionSet(x, x > y, sp.Reals)) == "{x∈ℝ|x>y}"
    assert shown((x > 0) & ((y > 0) | (z > 0))).count("(") == 1
    assert shown(sp.Sum(x * y, (x, 0, 2), (y, 1, 3))).count("∑") == 2, "SymPy drops all but one"


def test_brackets_stretch_around_what_is_tall_alone():
    assert 'stretchy="false"' in mathml(f(x))
    assert 'stretchy="false"' not in mathml(f(x / y))


def test_long_sums_come_apart_between_their_terms():
    long = sum(sp.Symbol(f"a_{k}") * x**k for k in range(20))
    assert len(pieces(long)) == 20
    assert len(pieces(y * long)) == 20
    assert len(pieces(1 / long)) == 20, "also in a denominator"
    for part in [*pieces(long), *pieces(y / long)]:
        ET.fromstring(f"<mrow>{part}</mrow>")  # noqa: S314


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"z^t", "zt"),
        (r"\psi^*(\eta)", "ψ*(η)"),
        (r"q = n \sqrt{\frac{p}{2}} - \Phi", "q=np2−Φ"),
        (r"\overline{B}(z) \le |B|^2", "B¯(z)≤|B|2"),
        (r"w \in \mathbb{R}", "w∈ℝ"),
        (r"x_1^2", "x12"),
        (r"\unheard{x}", "unheardx"),
        ("<b>&", "<b>&"),
        ("{", ""),
        ("}", "}"),
        ("^", "^"),
        (r"\frac", ""),
        ("a_", "a"),
        ("", ""),
    ],
)
def test_simple_latex_becomes_mathml(latex, text):
    assert text_of(ET.fromstring(inline_math(latex))) == text  # noqa: S314


def test_reasons_show_their_formulas():
    page = sb.Derivation("of $x^2$").start(x, r"as $\eta \to 0$, 5$ or <less>")._repr_html_()
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page
    assert "&lt;less&gt;" in page
