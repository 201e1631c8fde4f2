"""Calling a kernel: shapes, types, names, refusals."""

from __future__ import annotations

import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.codegen.kernel import compile_expression, compile_formula
from symbias.codegen.prepared import prepare
from symbias.sym.symbols import dummy, positive, real

x, y = real("x y")


@pytest.fixture(scope="module")
def plane():
    return compile_expression(x - 2 * y, [x, y])


@pytest.fixture(scope="module")
def several():
    return compile_expression([[x, y, x * y], [x + y, sp.Integer(7), x / y]], [x, y])


def test_numbers_give_a_python_float(plane):
    assert type(plane(1, 2)) is float
    assert plane(1, 2) == -3.0
    assert type(plane(np.float32(1), np.array(2))) is float


def test_arrays_broadcast_like_numpy(plane):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 1)), rng.normal(size=(4,))
    np.testing.assert_array_equal(plane(a, b), a - 2 * b)
    np.testing.assert_array_equal(plane(a, 2), a - 4)
    np.testing.assert_array_equal(plane(a.T[::-1, ::-1], 2), a.T[:, ::-1] - 4)
    assert plane(np.zeros((0, 3)), 1.0).shape == (0, 3)
    assert plane(np.zeros((1, 1)), 1.0).shape == (1, 1)


def test_a_list_puts_its_shape_in_front(several):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(5, 2)), rng.normal(size=2)
    values = several(a, b)
    assert values.shape == (2, 3, 5, 2)
    np.testing.assert_array_equal(values[0, 2], a * b)
    np.testing.assert_array_equal(values[1, 1], np.full((5, 2), 7.0))
    assert several(1.0, 2.0).shape == (2, 3)


def test_a_matrix_keeps_its_shape():
    kernel = compile_expression(sp.Matrix([[x, y]]), [x, y])
    np.testing.assert_array_equal(kernel([1.0, 2.0], 3.0), [[[1.0, 2.0], [3.0, 3.0]]])


def test_integers_booleans_fractions_and_sympy_numbers_are_numbers(plane):
    np.testing.assert_array_equal(plane(np.arange(3), True), [-2.0, -1.0, 0.0])
    assert plane(Fraction(1, 2), sp.Rational(1, 4)) == 0.0
    assert plane(10**20, sp.pi) == 1e20 - 2 * math.pi


def test_read_only_and_strided_inputs_are_left_alone(plane):
    a = np.arange(6.0)
    a.flags.writeable = False
    np.testing.assert_array_equal(plane(a[::2], a[::-2]), a[::2] - 2 * a[::-2])


def test_names_and_dicts(plane):
    assert plane(x=1, y=2) == plane(1, y=2) == plane({x: 1, y: 2}) == plane({"x": 1}, y=2) == -3


def test_constants_need_no_arguments():
    kernel = compile_expression([sp.sqrt(2), 1], [])
    np.testing.assert_array_equal(kernel(), [math.sqrt(2), 1.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda k: k(1), "takes"),
        (lambda k: k(1, 2, 3), "takes"),
        (lambda k: k(1, z=2), "takes"),
        (lambda k: k(1, 2, y=2), "takes"),
        (lambda k: k(1j, 2), "x has the type complex"),
        (lambda k: k(1, "2"), "y has the type"),
        (lambda k: k(1, [None]), "y has the type object"),
        (lambda k: k([[1], [2, 3]], 1), "x is not an array"),
        (lambda k: k(np.ma.masked_array([1.0]), 1), "masked"),
        (lambda k: k(np.ones(3), np.ones(2)), r"x: \(3,\), y: \(2,\)"),
        (lambda k: k(np.array(["2020-01-01"], dtype="M8[D]"), 1), "x has the type"),
    ],
)
def test_bad_values_are_refused_with_a_remedy(plane, call, words):
    with pytest.raises(sb.InputError, match=words) as caught:
        call(plane)
    assert caught.value.remedy


def test_nan_in_gives_nan_out():
    chosen = sp.Piecewise((1, x > 0), (2, True))
    expressions = [
        chosen,
        sp.Max(x, 1),
        sp.Min(1, x),
        sp.sign(x),
        sp.Heaviside(x),
        sp.Abs(x),
        x > 0,
    ]
    expressions += [
        sp.floor(x),
        sp.Mod(x, 2),
        sp.Ne(x, 1),
        sp.LambertW(x),
        sp.LambertW(x, -1),
        x**2,
    ]
    kernel = compile_expression(expressions, [x])
    assert np.isnan(kernel(math.nan)).all()
    assert not np.isnan(kernel(-0.1)).any()


def test_undefined_real_values_are_nan_and_nothing_raises():
    half, third = sp.Rational(1, 2), sp.Rational(1, 3)
    expressions = [x**half, x**third, sp.log(x), sp.asin(x - 1), sp.acosh(x), sp.LambertW(x), x**y]
    expressions += [sp.loggamma(x), sp.gamma(x), sp.atan2(x + 2, y - 0.5), sp.polygamma(0, x)]
    assert np.isnan(compile_expression(expressions, [x, y])(-2, 0.5)).all()
    assert np.isnan(compile_expression(sp.log(x) > 0, [x])(-1))
    assert compile_expression(1 / x, [x])(0.0) == math.inf


def test_an_open_piecewise_is_nan_outside():
    kernel = compile_expression(sp.Piecewise((x, x > 0), (-x, x < -1)), [x])
    np.testing.assert_array_equal(kernel([2.0, -0.5, -2.0]), [2.0, math.nan, 2.0])


@pytest.mark.parametrize(
    "name", ["lambda", "x y", "math", r"\alpha", "t0", "inputs", "relu_angle", "ä", "", "__file__"]
)
def test_any_symbol_name_is_safe(name):
    a, b = dummy(name), dummy("import os")
    kernel = compile_expression(sp.sin(a) + sp.LambertW(b) + sp.sin(a) ** 2, [a, b])
    assert kernel(0.5, 0.0) == pytest.approx(math.sin(0.5) + math.sin(0.5) ** 2, abs=1e-15)
    assert kernel.names == (name, "import os")


def test_name_with_quotes_and_newlines_cannot_leave_its_string():
    evil = dummy('"""\nraise SystemExit\n"""')
    assert compile_expression(evil + 1, [evil])(1.0) == 2.0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([x], "depends on y"),
        ([x, y, x], "twice"),
        ([x, y, positive("x")], "twice"),
        ([positive("x"), y], "depends on x"),
        ([x, y, x + y], "not a symbol"),
        ([x, "z"], "stands for 0 symbols"),
        ({x, y}, "no order"),
        ([x, y, sp.Function("f")(x)], "not a symbol"),
    ],
)
def test_bad_arguments_are_refused(args, words):
    with pytest.raises(sb.InputError, match=words) as caught:
        compile_expression(x + y, args)
    assert caught.value.remedy


def test_arguments_by_name_follow_the_given_order():
    assert compile_expression(x - y, ["y", "x"])(1, 2) == 1.0


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (sp.zeta(x), "zeta"),
        (sp.besselj(0, x), "besselj"),
        (sp.Function("f")(x), "f cannot"),
        (sp.Derivative(sp.Function("f")(x), x), "cannot be compiled"),
        (sp.Integral(sp.exp(-(x**2)), (x, 0, 1)), "Integral"),
        (sp.Sum(x**y, (y, 0, sp.oo)), "Sum"),
        (sp.I * x, "complex"),
        (sp.LambertW(x, 2), "branch 2"),
        (sp.polygamma(1, x), "polygamma"),
        (sp.binomial(x, y), "binomial"),
        (sp.DiracDelta(x), "DiracDelta"),
        ("__import__('os')", "never evaluated"),
        (object(), "object"),
        (sp.Interval(0, 1), "Interval"),
        (sp.MatrixSymbol("A", 2, 2)[0, 0] + x, "cannot be compiled"),
    ],
)
def test_unsupported_parts_are_named(expression, words):
    with pytest.raises(sb.CodegenError, match=words) as caught:
        compile_expression(expression, [x, y])
    assert caught.value.remedy


@pytest.mark.parametrize(
    "expression", [x * 10**400, x - sp.Rational(1, 10**400), x ** sp.Integer(10**30)], ids=str
)
def test_numbers_beyond_float64_are_refused(expression):
    with pytest.raises(sb.CodegenError, match=r"beyond the range|too large"):
        sb.compile(expression, [x]).source  # noqa: B018


def test_the_refusal_lists_what_is_supported():
    with pytest.raises(sb.CodegenError, match=r"acosh.*LambertW.*softplus"):
        compile_expression(sp.zeta(x), [x])


@pytest.mark.parametrize("ragged", [[x, [x]], [], [[x], [x, y]]])
def test_ragged_lists_are_refused(ragged):
    with pytest.raises(sb.InputError, match="list"):
        compile_expression(ragged, [x, y])


def test_too_many_statements_are_refused():
    shared = [sp.sin(x + k) for k in range(4100)]
    with pytest.raises(sb.BudgetError, match="budget is 4000"):
        compile_expression(shared, [x])


def test_report_signature_and_repr(several):
    report = several.report()
    assert set(report) >= {"operations_before", "operations_after", "statements", "cache_hit"}
    assert report["seconds"] > 0
    assert several.signature == "(x, y) -> (2, 3)"
    assert repr(several) == "Kernel((x, y) -> (2, 3))"
    assert "def loop(inputs, steps, out):" in several.source
    with pytest.raises(AttributeError):
        several.shape = ()


def test_pickled_kernels_compute_the_same(several):
    again = pickle.loads(pickle.dumps(several))  # noqa: S301
    assert again.key == several.key
    np.testing.assert_array_equal(again(1.5, [2.0, 3.0]), several(1.5, [2.0, 3.0]))


def test_a_formula_is_compiled_in_its_own_symbols():
    class Fake:
        rhs, stable, symbols = x - y, None, (y, x)

    assert compile_formula(Fake())(1, 3) == 2.0


@pytest.mark.parametrize("points", [1, 7, 8, 21])
@pytest.mark.parametrize("expression", [[x * y, sp.sin(x) - y, sp.Integer(7)], [sp.loggamma(x)]])
def test_a_prepared_kernel_gives_what_a_call_gives(expression, points):
    kernel = compile_expression(expression, [x, y])
    prepared = prepare(kernel, points)
    first, second = np.random.default_rng(points).uniform(1.0, 9.0, size=(2, 2, points))
    value = prepared(*first)
    np.testing.assert_array_equal(prepared(*second), kernel(*second))
    np.testing.assert_array_equal(value, kernel(*first), "a later call left it alone")


def test_threads_share_a_prepared_kernel():
    kernel = compile_expression([x + sp.exp(-y), x - y], [x, y])
    prepared, inputs = prepare(kernel, 5_000), np.random.default_rng(0).normal(size=(40, 2, 5_000))
    with ThreadPoolExecutor(4) as pool:
        values = list(pool.map(lambda pair: prepared(*pair), inputs))
    np.testing.assert_array_equal(values, [kernel(*pair) for pair in inputs])


@pytest.mark.jit
def test_the_loop_can_be_called_without_the_gil(several):
    from numba import njit

    loop = several.loop

    @njit(nogil=True)
    def total(points, out):
        loop(points, np.array([1, 1]), out)
        return out.sum()

    points, out = np.array([[1.0, 2.0], [3.0, 4.0]]), np.empty((6, 2))
    assert total(points, out) == pytest.approx(several(*points).sum())
    tupled = np.empty((6, 2))
    loop((points[0], points[1, :1]), (1, 0), tupled)
    np.testing.assert_array_equal(tupled[4], [7.0, 7.0])
    np.testing.assert_array_equal(tupled[1], [3.0, 3.0])
