"""Programs in pairs of floats against mpmath, and eigenvalues of graded blocks against 40 digits."""

from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.codegen.lower import lower
from symbias.codegen.pair_tape import pair_tape
from symbias.solvers.block_spectra import block_spectra
from symbias.solvers.double_double import run_tape
from symbias.sym.symbols import real

pytestmark = pytest.mark.jit
x, y = real("x y")
POINTS = 75  # more than two tiles, and no multiple of one
EXACT = {
    "sums": (x + y - sp.pi, lambda a, b: a + b - mpmath.pi),
    "products": (3 * x * y / 7, lambda a, b: 3 * a * b / 7),
    "powers": (x**5 / y**3, lambda a, b: a**5 / b**3),
    "roots": (sp.sqrt(x**2 + y**2), mpmath.hypot),
    "angles": (sp.atan2(y, x), lambda a, b: mpmath.atan2(b, a)),
    "sizes": (abs(x) - abs(y), lambda a, b: abs(a) - abs(b)),
}


def values(rng):
    found = np.zeros((2, 2, POINTS))
    found[:, 0] = rng.standard_normal((2, POINTS)) * 10.0 ** rng.integers(-6, 7, (2, POINTS))
    found[:, 1] = found[:, 0] * rng.uniform(-1e-17, 1e-17, (2, POINTS))
    return found


@pytest.mark.parametrize("name", EXACT)
def test_programs_carry_thirty_digits(name):
    expr, exact = EXACT[name]
    given = values(np.random.default_rng(5))
    found = run_tape(pair_tape(lower([expr, expr + 1], (x, y))), given)
    with mpmath.workdps(60):
        for k in range(POINTS):
            a, b = (mpmath.mpf(given[i, 0, k]) + mpmath.mpf(given[i, 1, k]) for i in range(2))
            expected, scale = exact(a, b), abs(a) + abs(b) if name in {"sums", "sizes"} else 0
            error = mpmath.mpf(found[0, 0, k]) + mpmath.mpf(found[0, 1, k]) - expected
            assert abs(error) <= 1e-31 * (abs(expected) + scale)
            assert found[1, 0, k] == pytest.approx(float(expected + 1), rel=1e-15, abs=1e-15)


def test_angles_on_the_axes_and_nowhere():
    given = np.zeros((2, 2, 6))
    given[0, 0], given[1, 0] = [1, -1, 0, 0, 1, 0], [0, 0, 1, -1, 1, 0]
    found = run_tape(pair_tape(lower([sp.atan2(y, x)], (x, y))), given)[0]
    expected = np.arctan2(given[1, 0], given[0, 0])
    assert found[0, :5] == pytest.approx(expected[:5], abs=1e-31)
    assert np.isnan(found[0, 5])  # the zero vector has no direction


def test_registers_are_used_again():
    chain = sum(sp.sqrt(x + k) * sp.sqrt(y + k) for k in range(30))
    tape = pair_tape(lower([chain], (x, y)))
    assert tape.registers - 2 - len(tape.constants) < len(tape.code) / 3


def test_functions_without_a_form_in_pairs_are_refused():
    with pytest.raises(sb.CodegenError, match="32 digits"):
        pair_tape(lower([sp.exp(x)], (x, y)))


def test_small_eigenvalues_beside_large_ones_have_all_digits():
    rng, n, points = np.random.default_rng(6), 5, 40
    scale = np.array([1.0, 1.0, 3e2, 1e3, 1e3])
    root = np.eye(n)[:, :, None] * rng.uniform(1, 9, (n, points))
    root[1, 0] = -0.3
    whole = rng.standard_normal((n, n, points)) * scale[:, None, None] * scale[None, :, None]
    high, low, metric = (np.empty((n, n, points)) for _ in range(3))
    expected = np.empty((n, points))
    with mpmath.workdps(50):
        for k in range(points):
            S = mpmath.matrix((whole[:, :, k] + whole[:, :, k].T).tolist())
            L = mpmath.matrix(root[:, :, k].tolist())
            G = L * L.T
            M = mpmath.inverse(G) * S
            for i in range(n):
                for j in range(n):
                    high[i, j, k] = float(M[i, j])
                    low[i, j, k] = float(M[i, j] - float(M[i, j]))
                    metric[i, j, k] = float(G[i, j])
            inner = mpmath.inverse(L) * S * mpmath.inverse(L.T)
            expected[:, k] = np.array(mpmath.eigsy((inner + inner.T) / 2, eigvals_only=True))
    np.testing.assert_allclose(block_spectra(high, low, metric), expected, rtol=3e-16)


def test_a_metric_that_is_not_definite_gives_nothing():
    one = np.eye(2)[:, :, None]
    assert np.isnan(block_spectra(one, 0 * one, -one)).all()


def test_a_tape_without_instructions_copies():
    tape = SimpleNamespace(
        code=np.zeros((0, 4), dtype=np.int64),
        constants=np.zeros((0, 2)),
        outputs=np.array([1, 0]),
        registers=2,
    )
    given = values(np.random.default_rng(7))
    assert (run_tape(tape, given) == given[::-1]).all()
