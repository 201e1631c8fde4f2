"""Integrals at points: neither rounding nor a bad rule of quadrature may refute what is true."""

import pytest
import sympy as sp

from symbias.errors import BudgetError, DerivationError
from symbias.sym.equality import decide

x, t, z = sp.symbols("x t z", real=True)
n, m = sp.symbols("n m", integer=True, positive=True)
p = sp.Symbol("p", positive=True)
GAUSS = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
DELTA = sp.Rational(1, 10**6)

TRUE = {
    "a vanishing integral": (sp.Integral(sp.cos(n * t), (t, 0, 2 * sp.pi)), 0),
    "an odd integrand": (sp.Integral(z**3 * GAUSS, (z, -sp.oo, sp.oo)), 0),
    "orthogonality": (
        sp.Integral(sp.cos(n * t) * sp.cos(m * t), (t, 0, 2 * sp.pi)),
        sp.Piecewise((sp.pi, sp.Eq(n, m)), (0, True)),
    ),
    "kinks where no line crosses zero": (sp.Integral(sp.Abs(sp.sin(z)), (z, 0, 2 * sp.pi)), 4),
    "jumps": (sp.Integral(sp.floor(z), (z, 0, 3)), 3),
    "a narrow peak": (
        sp.Integral(sp.exp(-(10**6) * (z - sp.Rational(1, 3)) ** 2), (z, -1, 1)),
        sp.sqrt(sp.pi) / 1000,
    ),
    "a peak far from the end of an infinite range": (
        sp.Integral(GAUSS, (z, -88, sp.oo)),
        (1 + sp.erf(88 / sp.sqrt(2))) / 2,
    ),
    "an end with a singularity": (sp.Integral(1 / sp.sqrt(z), (z, 0, 1)), 2),
    "an average of a nonlinearity": (
        sp.Integral(GAUSS * sp.erf(p * z), (z, 0, sp.oo)),
        sp.atan(sp.sqrt(2) * p) / sp.pi,
    ),
}


@pytest.mark.parametrize("case", TRUE)
def test_true_integrals_pass(case):
    assert decide(*TRUE[case]).grade in {"exact", "numeric"}


@pytest.mark.parametrize("case", TRUE)
def test_false_integrals_are_refuted(case):
    integral, value = TRUE[case]
    with pytest.raises(DerivationError) as caught:
        decide(integral, value + DELTA)
    left, right = caught.value.values
    assert abs(right - left - DELTA) < DELTA / 100


def test_a_vanishing_integral_bounds_itself():
    integral = sp.Integral(sp.cos(n * t), (t, 0, 2 * sp.pi))
    for relation in ("<=", ">="):
        assert decide(integral, 0, relation).grade in {"exact", "numeric"}
    with pytest.raises(DerivationError):
        decide(integral, -DELTA, "<=")


@pytest.mark.parametrize(
    "integral",
    [
        sp.Integral(1 / z, (z, -1, 1)),
        sp.Integral(1 / z, (z, 1, sp.oo)),
        sp.Integral(sp.sin(z) / z, (z, 0, sp.oo)),
        sp.Sum(1 / n, (n, 1, sp.oo)),
    ],
    ids=str,
)
@pytest.mark.parametrize("value", [0, sp.pi / 2, 3])
def test_what_a_quadrature_cannot_measure_is_not_decided(integral, value):
    with pytest.raises(BudgetError):
        decide(integral, value, seconds=6)
