"""Lowering: the statement list means what the expression means, whatever its shape."""

from __future__ import annotations

import gc
import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb
from symbias.codegen.factoring import factor_sums
from symbias.codegen.graph import Graph
from symbias.codegen.kernel import compile_expression
from symbias.codegen.lower import lower
from symbias.codegen.powers import share_reciprocals
from symbias.codegen.printing import Printer
from symbias.codegen.statements import BLOCK_DEPTH
from symbias.sym.symbols import real

x, y = real("x y")


def test_common_parts_are_computed_once():
    kernel = compile_expression([sp.sin(x * y) ** 2, sp.sin(x * y) + 1], [x, y])
    assert kernel.source.count("math.sin(") == 1


def test_statements_use_only_what_stands_before_them():
    terms = [sp.sin(x + k * y) for k in range(6)]
    program = lower([sum(terms) ** 2, sp.prod(terms), terms[0] / terms[3]], (x, y))
    known = {x, y}
    for name, expr in program.statements:
        assert expr.free_symbols <= known
        known.add(name)
    assert all(e.free_symbols <= known for e in program.outputs)


def test_deep_expressions_are_cut_into_blocks():
    node, value = x, 0.3
    for k in range(2 * BLOCK_DEPTH):
        node = sp.sin(node) + sp.Rational(1, k + 2)
        value = math.sin(value) + 1 / (k + 2)
    assert compile_expression(node, [x])(0.3) == pytest.approx(value, rel=1e-14)


def test_shared_graphs_do_not_explode():
    node, value = x, 0.3
    for k in range(40):
        node = sp.sin(node) * node + sp.Rational(1, k + 2)
        value = math.sin(value) * value + 1 / (k + 2)
    kernel = compile_expression(node, [x])
    assert kernel(0.3) == pytest.approx(value, rel=1e-13)
    assert kernel.report()["operations_before"] > 2**40
    assert kernel.report()["operations_after"] < 200


def test_one_reciprocal_and_one_root_serve_all_powers():
    kernel = compile_expression(
        [1 / x, x**-2, x**-5, 1 / sp.sqrt(y), y ** sp.Rational(-7, 2)], [x, y]
    )
    assert kernel.source.count("/ x)") == 1
    assert kernel.source.count("math.sqrt") == 1
    np.testing.assert_allclose(kernel(-2.0, 4.0), [-0.5, 0.25, -1 / 32, 0.5, 1 / 128], rtol=1e-15)


def test_reciprocals_are_shared_only_where_there_are_several():
    graph = Graph()
    roots = graph.read([1 / x + y])
    assert share_reciprocals(graph, roots) == roots


def value(graph, number, at):
    """The exact value of a node made of sums, products and leaves."""
    node = graph.nodes[number]
    if not node.args:
        return node.data.xreplace(at)
    parts = [value(graph, a, at) for a in node.args]
    if node.kind == "+":
        return sum(parts)
    coefficient, exponents = node.data
    return coefficient * sp.prod([p**e for p, e in zip(parts, exponents, strict=True)])


def test_factoring_keeps_values():
    total = x**2 * y / 3 + x * y**2 - 2 * x * y * (x - 1) ** 3 + x * y * (x + 7)
    at = {x: sp.Rational(3, 7), y: sp.Rational(-5, 11)}
    graph = Graph()
    (root,) = factor_sums(graph, graph.read([total]))
    assert graph.nodes[root].kind == "*"
    assert value(graph, root, at) == total.xreplace(at)
    plain = graph.read([x + y + 1])
    assert factor_sums(graph, plain) == plain


def test_like_terms_that_factoring_uncovers_are_added_up():
    graph = Graph()
    (root,) = factor_sums(graph, graph.read([x * (y - 1) + x]))
    assert root == graph.read([x * y])[0]


def test_pairs_of_operands_are_shared():
    a, b, c, d, e = (real(name) for name in "abcde")
    kernel = compile_expression(
        [a * b * c, a * b * d, a * b * e * c, a + b + c, a + b - d], [*"abcde"]
    )
    assert kernel.report()["operations_after"] == 7
    np.testing.assert_array_equal(kernel(2, 3, 5, 7, 11), [30, 42, 330, 10, -2])


def test_a_sum_of_many_terms_is_left_whole():
    terms = sum(sp.Symbol(f"x{k}", real=True) for k in range(300))
    names = [f"x{k}" for k in range(300)]
    assert compile_expression([terms, terms**2], names)(*range(300))[1] == (299 * 150) ** 2


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (-x, "-x"),
        (x - y, "x - y"),
        (-(x**2), "-x**2"),
        ((-x) ** 3, "-x**3"),
        ((x + y) ** 2 / (x - y), "(x + y)**2/(x - y)"),
        (sp.Integer(2) ** 70 * x, "1.1805916207174113e+21*x"),
        (sp.Rational(-2, 3) * x / y, "-(2.0 / 3.0)*x/y"),
        (x * (-y - 1) ** -2, "x/(-y - 1.0)**2"),
        (sp.Float("0.1") + x, "x + 0.1"),
    ],
)
def test_printed_code_has_the_value_of_the_expression(node, text):
    printed = Printer({x: "x", y: "y"}).text(node)
    assert eval(printed, {"x": 1.7, "y": -0.4}) == pytest.approx(  # noqa: S307 - our own text
        float(node.subs({x: 1.7, y: -0.4})), rel=1e-14
    )
    assert sorted(printed) == sorted(text) or printed == text


leaves = st.sampled_from([x, y, sp.Integer(2), sp.Rational(-3, 7), sp.Integer(-1)])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(sum),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        inner.map(lambda e: -e),
        inner.map(sp.cos),
        inner.map(lambda e: (e**2 + 1) ** sp.Rational(-3, 2)),
        inner.map(lambda e: (e**2 + 2) ** -3),
        st.tuples(inner, inner).map(lambda p: sp.Piecewise((p[0], p[1] > x), (p[1], True))),
    ),
    max_leaves=12,
)


@given(trees)
def test_random_statement_lists_have_the_value_of_their_expressions(tree):
    program = lower([tree, tree**2 - 1], (x, y))
    from symbias.codegen.twin import Evaluator, working_context

    values = Evaluator(program, working_context(200))([0.75, -1.3])
    at = {x: sp.Rational(0.75), y: sp.Rational(-1.3)}
    exact = [sp.sympify(e).subs(at).evalf(40) for e in (tree, tree**2 - 1)]
    for value, true in zip(values, exact, strict=True):
        assert abs(sp.Float(value, 40) - true) <= 1e-30 * (1 + abs(true))


def test_short_arithmetic_has_a_loop_of_its_own_for_arrays():
    kernel = compile_expression([x**2 - 3 * y, x / (y + 7)], [x, y])
    assert kernel.source.count("for point in") == 2
    points = np.linspace(-1.0, 1.0, 37)
    ninths = np.full(37, 1 / 9)
    assert np.array_equal(kernel(points, ninths), kernel(points, 1 / 9))


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled):
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        lower([sp.sin(x)], (x,))
        with pytest.raises(sb.CodegenError):
            lower([sp.zeta(x)], (x,))
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
