"""The weight of the Laplacian: its Radon transform is the weight function, by quadrature over hyperplanes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.codegen.accuracy import ulp_error
from symbias.stability import Marginal, laplacian_weight, laplacian_weight_at, weight_function


def radon_transform(law, d, t, end):
    """The integral over a hyperplane at distance t: shells of radius u in it, by Gauss-Legendre in log scale."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    shell = 2 * math.pi ** ((d - 1) / 2) / math.gamma((d - 1) / 2)
    last = math.acosh(end / t)
    v = last * (nodes + 1) / 2
    r, u = t * np.cosh(v), t * np.sinh(v)  # r**2 = t**2 + u**2, du = r dv
    return float(weights @ (shell * u ** (d - 2) * laplacian_weight_at(law, d, r) * r)) * last / 2


SLOW = [("ball", 7, 1), ("ball", 4, 1), ("gaussian", 6, 12)]
CASES = [
    ("gaussian", 3, 12),
    ("ball", 3, 1),
    ("sphere", 5, 1),
    ("gaussian", 2, 12),
    ("sphere", 2, 1),
]
CASES += [pytest.param(*case, marks=pytest.mark.slow) for case in SLOW]


@pytest.mark.jit
@pytest.mark.parametrize(("law", "d", "end"), CASES)
def test_the_radon_transform_is_the_weight_function(law, d, end):
    g = weight_function(law, d).compile()
    for t in (0.2, 0.7):
        assert radon_transform(law, d, t, end) == pytest.approx(g(t), rel=1e-10)


def test_on_the_line_it_is_the_weight_function():
    rho, g = laplacian_weight("uniform", 1), weight_function("uniform")
    assert rho.evalf(20, r=0.3) == g.evalf(20, t=0.3)
    assert laplacian_weight_at("uniform", 1, 1.5) == 0


@pytest.mark.jit
def test_kernels_in_three_dimensions_are_accurate():
    near = 1 - 2.0 ** -np.arange(1, 50)
    for law, points in (("gaussian", np.linspace(0.01, 18, 60)), ("ball", near), ("sphere", near)):
        rho = laplacian_weight(law, 3)
        worst = ulp_error(rho.compile(), points, exact=sb.compile(rho.rhs, rho.symbols))
        assert worst.ulp <= 8, (law, worst)
    assert rho.evidence == "exact"


def test_it_is_singular_at_the_origin_where_g_has_a_kink():
    values = laplacian_weight_at("gaussian", 3, np.array([1e-4, 1e-5]))
    assert values[1] / values[0] == pytest.approx(10, rel=1e-2)


@pytest.mark.jit
def test_the_laplacian_of_a_network_costs_what_its_neurons_cost():
    # Two neurons in three dimensions: the integral of rho over each plane, by Monte-Carlo on the planes.
    rng = np.random.default_rng(0)
    g = weight_function("gaussian", 3).compile()
    for t in (0.4, 1.1):
        u = rng.standard_normal((200_000, 2)) * 1.5
        density = np.exp(-(u**2).sum(axis=1) / 4.5) / (2 * np.pi * 2.25)
        values = laplacian_weight_at("gaussian", 3, np.sqrt(t**2 + (u**2).sum(axis=1))) / density
        assert abs(values.mean() - g(t)) < 5.2 * values.std() / len(u) ** 0.5 < 0.05 * g(t)


z, a = sp.Symbol("z", real=True), sp.Symbol("a", positive=True)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: laplacian_weight("gaussian", 10), sb.DomainError, "up to dimension 9"),
        (lambda: laplacian_weight("sphere", 1), sb.DomainError, "two points"),
        (lambda: laplacian_weight(Marginal(1, z, 0, 1), 1), sb.DomainError, "not even"),
        (lambda: laplacian_weight_at("gaussian", 2, [0.1, -1]), sb.InputError, "positive"),
        (lambda: laplacian_weight("gaussian", 2).compile(), sb.CodegenError, "Integral"),
        (
            lambda: laplacian_weight(Marginal(a * sp.exp(-2 * a * sp.Abs(z)), z), 1),
            sb.InputError,
            "parameters",
        ),
    ],
)  # fmt: skip
def test_refusals(call, error, text):
    with pytest.raises(error, match=text):
        call()
