"""Notations that delay or abbreviate are carried out; what has no value at a point is refused."""

import pytest
import sympy as sp

from symbias.errors import DerivationError, InputError
from symbias.sym.equality import decide

x, t = sp.symbols("x t", real=True)
i, n = sp.symbols("i n", integer=True, positive=True)
M = sp.MatrixSymbol("M", 2, 2)
f, data = sp.Function("f"), sp.IndexedBase("x")

TRUE = {
    "substitution": (sp.Subs(sp.Derivative(sp.sin(t), t), t, x), sp.cos(x)),
    "unevaluated parts": (sp.UnevaluatedExpr(x) + x, 2 * x),
    "determinant": (sp.Determinant(sp.Matrix([[x, 1], [1, x]])), x**2 - 1),
    "trace of an unknown matrix": (sp.Trace(M * M.T), sp.Trace(M.T * M)),
    "entries of an unknown matrix": ((M * M.T)[0, 1], (M * M.T)[1, 0]),
    "a few members of a sequence": (sp.Sum(data[i], (i, 1, 3)), data[1] + data[2] + data[3]),
    "many members of a sequence": (
        sp.Sum(2 * x * data[i], (i, 1, n)),
        2 * x * sp.Sum(data[i], (i, 1, n)),
    ),
    "the fundamental theorem": (sp.Integral(f(t).diff(t), (t, 0, x)), f(x) - f(0)),
}


@pytest.mark.parametrize("case", TRUE)
def test_they_are_carried_out(case):
    assert decide(*TRUE[case]).grade == "exact"


@pytest.mark.parametrize("case", [c for c in TRUE if c != "many members of a sequence"])
def test_a_wrong_value_is_refuted(case):
    left, right = TRUE[case]
    with pytest.raises(DerivationError):
        decide(left, right + sp.Rational(1, 10**9))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (sp.Limit(sp.sin(x * t) / t, t, 0), "limit"),
        (sp.sin(x) + sp.O(x**3), "order of magnitude"),
        (sp.Integral(sp.DiracDelta(t - x) * t, (t, 0, 1)), "distribution"),
        (sp.Lambda(x, x**2), "function"),
        (sp.MatrixSymbol("N", n, n) * 2, "no explicit entries"),
    ],
    ids=str,
)
def test_what_has_no_value_at_a_point_is_refused(line, said):
    with pytest.raises(InputError, match=said):
        decide(line, x)
