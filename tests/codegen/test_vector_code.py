"""Vector code of whole programs: the same bits wherever a point lies, and the same as Numba's."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
import sympy as sp

from symbias.codegen import helpers
from symbias.codegen.kernel import compile_expression
from symbias.codegen.lower import lower
from symbias.codegen.vector import machine
from symbias.codegen.vector.helper import NoVectorFormError, helper
from symbias.codegen.vector.module import module_ir
from symbias.sym import functions as own
from symbias.sym.symbols import real

x, y = real("x y")
MIXED = [
    sp.sin(x) * sp.exp(y / 3),
    sp.Piecewise((sp.atan2(x, y), x > y), (sp.log(1 + y**2), x < -1), (x * y, True)),
    sp.LambertW(x**2) ** sp.Rational(5, 3) * sp.erf(y) * sp.sqrt(1 + x**2),
    sp.Max(x, y, x * y) * (x - y) ** 7 / (x**2 + 3) ** sp.Rational(7, 2),
    sp.acos(x / (2 * sp.sqrt(x**2 + y**2) + 1)),
]
"""Well conditioned everywhere: two evaluations may differ by a few units in the last place only."""

ARITHMETIC = [
    x**2 * y - 3 * x + sp.Rational(2, 7),
    (x - y) / (x**2 + y**2 + 1) ** 3,
    1 / x + x**-4 + sp.sqrt(x**2 + y**4) ** 3 + (x * y + 1) ** sp.Rational(-3, 2),
    sp.Piecewise((x, sp.And(x > 0, sp.Not(y > 1))), (-y, sp.Eq(x, y)), (sp.pi * x, True)),
]
pytestmark = [
    pytest.mark.jit,
    pytest.mark.skipif(not machine.is_usable(), reason="this processor has no vector code"),
]


@pytest.fixture(scope="module")
def mixed():
    kernel = compile_expression(MIXED, [x, y])
    assert kernel.report()["backend"] == "vector"
    return kernel


def points(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=n) * 3, rng.normal(size=n) * 3


@pytest.mark.parametrize("n", range(1, 18))
def test_values_do_not_depend_on_the_length_of_the_array(mixed, n):
    a, b = points(40)
    everything = mixed(a, b)
    np.testing.assert_array_equal(mixed(a[:n], b[:n]), everything[:, :n])
    np.testing.assert_array_equal(mixed(a[-n:], b[-n:]), everything[:, -n:])


def test_values_do_not_depend_on_the_position_or_the_number_of_chunks(mixed):
    a, b = points(1003)
    a[::100] *= 1e12  # sines that the C library reduces, beside others that it does not
    everything = mixed(a, b)
    one_by_one = np.array([mixed(p, q) for p, q in zip(a, b, strict=True)]).T
    np.testing.assert_array_equal(one_by_one, everything)
    for chunks in (2, 3, 7):
        parts = zip(np.array_split(a, chunks), np.array_split(b, chunks), strict=True)
        together = np.concatenate([mixed(p, q) for p, q in parts], axis=1)
        np.testing.assert_array_equal(together, everything)
    np.testing.assert_array_equal(mixed(a[::-1], b[::-1]), everything[:, ::-1])


@pytest.mark.parametrize("n", [1, 7, 8, 9, 64])
def test_numbers_serve_all_points(mixed, n):
    a, b = points(n)
    np.testing.assert_array_equal(mixed(a, 0.7), mixed(a, np.full(n, 0.7)))
    np.testing.assert_array_equal(mixed(0.7, b), mixed(np.full(n, 0.7), b))
    np.testing.assert_array_equal(mixed(0.7, 0.3), mixed([0.7], [0.3])[:, 0])


def test_strided_transposed_and_broadcast_inputs(mixed):
    a, b = points(60)
    grid = a.reshape(5, 12)
    expected = mixed(grid.copy(), b[:12].copy())
    np.testing.assert_array_equal(mixed(np.asfortranarray(grid), b[:12]), expected)
    wide = np.repeat(grid, 2, axis=1)
    np.testing.assert_array_equal(mixed(wide[:, ::2], b[:12]), expected)
    column = mixed(a[:5, None], b[:12])
    np.testing.assert_array_equal(column[:, 3, 4], mixed(a[3], b[4]))


def test_arithmetic_has_the_same_bits_as_the_loop_of_numba():
    kernel = compile_expression(ARITHMETIC, [x, y])
    a, b = points(1001)
    a[:5], b[:5] = b[:5].copy(), b[:5]
    expected = np.empty((4, 1001))
    kernel.loop((a, b), (1, 1), expected)
    np.testing.assert_array_equal(kernel(a, b), expected)


def test_everything_agrees_with_the_loop_of_numba(mixed):
    a, b = points(1001)
    expected = np.empty((len(MIXED), 1001))
    mixed.loop((a, b), (1, 1), expected)
    found = mixed(a, b)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_everything_agrees_with_the_multiprecision_twin(mixed):
    exact = mixed.mp(30)
    for p, q in zip(*points(25, seed=3), strict=True):
        truth = [float(v) for v in exact(float(p), float(q))]
        np.testing.assert_allclose(mixed(p, q), truth, rtol=1e-14)


def test_nan_infinities_and_poles():
    kernel = compile_expression([1 / x, sp.log(x), sp.sqrt(x), x**-2, sp.exp(-x), sp.atan(x)], [x])
    inf, nan = math.inf, math.nan
    np.testing.assert_array_equal(kernel(0.0), [inf, -inf, 0, inf, 1, 0])
    np.testing.assert_array_equal(kernel(inf), [0, inf, inf, 0, 0, math.pi / 2])
    assert np.isnan(kernel(nan)).all()
    assert np.isnan(kernel(-1.0)[1:3]).all()
    chosen = compile_expression(sp.Piecewise((1, x > y), (2, True)), [x, y])
    np.testing.assert_array_equal(chosen([1.0, nan, 1.0], [0.0, 0.0, nan]), [1, nan, nan])


def test_what_cancels_is_not_fused_with_what_it_cancels():
    # With a fused multiply-add, x*x - y*y at x = y is a rounding error, and its root may be NaN.
    kernel = compile_expression(sp.sqrt(x * x - y * y), [x, y])
    a = np.random.default_rng(5).normal(size=1000)
    np.testing.assert_array_equal(kernel(a, a), np.zeros(1000))


def test_threads_share_a_kernel_without_the_gil(mixed):
    a, b = points(20_000)
    expected = mixed(a, b)
    found = [None] * 4

    def work(k):
        found[k] = mixed(a, b)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for values in found:
        np.testing.assert_array_equal(values, expected)


LOOPING = {"imaginary_erf", "digamma"}
UNKNOWN = {"gamma_function", "log_gamma"}


@pytest.mark.parametrize("name", [n for n in vars(helpers) if callable(getattr(helpers, n))])
def test_a_helper_has_a_vector_form_unless_it_loops_or_calls_what_has_none(name):
    if name in LOOPING | UNKNOWN:
        with pytest.raises(NoVectorFormError):
            helper(name)
    else:
        assert helper(name)[0].startswith(f"define internal <8 x double> @helper.{name}(")


@pytest.mark.parametrize("expression", [sp.gamma(x), sp.digamma(x) + sp.sin(x), sp.erfi(x)])
def test_what_has_no_vector_form_stays_on_numba(expression):
    kernel = compile_expression(expression, [x])
    assert kernel.report()["backend"] == "numba"
    assert kernel(1.5) == pytest.approx(float(expression.subs(x, 1.5)), rel=1e-13)


def test_a_helper_may_only_take_part_as_a_whole():
    functions = [own.softplus(x), own.log_normal_cdf(x), own.inverse_mills(x), sp.Mod(x, y)]
    kernel = compile_expression(functions, [x, y])
    a, b = points(500)
    expected = np.empty((4, 500))
    kernel.loop((a, b), (1, 1), expected)
    np.testing.assert_allclose(kernel(a, b), expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("p", "q"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (6.0, 3.0), (1e-300, -1e-300)]
)
def test_the_remainder_has_the_sign_of_the_divisor(p, q):
    assert compile_expression(sp.Mod(x, y), [x, y])(p, q) == p % q


def test_no_instruction_may_be_reordered_or_fused():
    text = module_ir(lower(MIXED, (x, y)))
    for flag in ("fast", "reassoc", "contract", "nnan", "ninf", "nsz", "arcp", "afn"):
        assert f" {flag} " not in text


def test_every_row_of_the_processor_check_is_consulted(monkeypatch):
    kernel = compile_expression(sp.exp(x), [x])
    assert kernel.backend == "vector"
    monkeypatch.setattr(machine, "_has_fma", lambda: False)
    assert kernel.backend == "numba"
    assert kernel(1.0) == pytest.approx(math.e, rel=1e-15)
