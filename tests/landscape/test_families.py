"""Families of critical points against the dense loss: gradients vanish, and block spectra are the dense ones."""

from __future__ import annotations

import numpy as np
import pytest
from dense_reference import gradient, hessian, value

import symbias as sb
from symbias.landscape.dual_derivatives import DualDerivatives, a, b, c
from symbias.landscape.family import Family
from symbias.landscape.limits import named_limit
import sympy as sp
from functools import cache

RELU = (sp.sqrt(a * b - c**2) + (sp.pi - sp.acos(c / (sp.sqrt(a) * sp.sqrt(b)))) * c) / (2 * sp.pi)

NAMES = [
    ("global", None),
    ("A", None),
    ("I", None),
    ("II", None),
    ("I", 2),
    ("II", 2),
    ("I", 3),
    ("II", 3),
]


@cache
def family(name, p=None, second_layer=False):
    return Family(DualDerivatives(RELU), named_limit(name, p), second_layer=second_layer)


def dense_spectrum(W, second_layer):
    return np.linalg.eigvalsh(hessian(W, second_layer))


def test_the_reference_is_the_derivative_of_its_own_loss():
    rng = np.random.default_rng(0)
    W, h = rng.normal(size=(3, 4)), 1e-5
    alpha = np.ones(3)
    H = hessian(W, second_layer=True)
    point = np.concatenate([W.ravel(), alpha])

    def f(p):
        return value(p[:12].reshape(3, 4), p[12:])

    steps = np.eye(15) * h
    g = [(f(point + e) - f(point - e)) / (2 * h) for e in steps]
    np.testing.assert_allclose(g[:12], gradient(W).ravel(), atol=1e-9)
    for i in range(15):
        for j in range(i, 15):
            mixed = f(point + steps[i] + steps[j]) - f(point + steps[i] - steps[j])
            mixed -= f(point - steps[i] + steps[j]) - f(point - steps[i] - steps[j])
            assert abs(mixed / (4 * h * h) - H[i, j]) < 2e-5


@pytest.mark.parametrize("second_layer", [False, True])
@pytest.mark.parametrize(("name", "p"), NAMES)
@pytest.mark.parametrize("d", [6, 7, 9, 12])
def test_block_spectra_are_the_dense_spectra(name, p, d, second_layer):
    point = family(name, p, second_layer).at(d)
    W = point.matrix()
    assert np.abs(gradient(W)).max() < 1e-13
    assert abs(point.loss - value(W)) < 1e-12
    rows = list(point.spectrum())
    assert sum(row.multiplicity for row in rows) == d * d + d * second_layer
    ours = np.sort(np.repeat([r.eigenvalue for r in rows], [r.multiplicity for r in rows]))
    np.testing.assert_allclose(ours, dense_spectrum(W, second_layer), atol=1e-12)
