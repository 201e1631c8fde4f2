"""The bound of the stability norm on networks, also where neurons are dead, far outside, or one on top of another."""

from __future__ import annotations

import numpy as np
import pytest

import symbias as sb
from symbias.stability import stability_norm_bound, weight_function
from symbias.stability.stable_minima_claims import direct_norm, measured


def formulas():
    return {f.name: f for f in stability_norm_bound().derivation.formulas}


def test_every_step_is_exact():
    assert stability_norm_bound().derivation.evidence == "exact"
    assert formulas()["stability_norm_and_sharpness"].evalf(**{"lambda": 5}) == 2


@pytest.mark.parametrize("d", [1, 2, 7])
def test_dead_neurons_and_neurons_outside_the_data_cost_nothing(d):
    rng = np.random.default_rng(d)
    X = rng.uniform(-1, 1, (30, d))
    W, v = rng.standard_normal((4, d)), rng.standard_normal(4)
    sizes = np.linalg.norm(W, axis=1)
    b = np.array([-10.0, 10.0, -10.0, 10.0]) * sizes
    assert direct_norm(W, b, v, X) == 0
    sharpness, _ = measured(W, b, v, X, np.zeros(30))
    assert sharpness >= 1


def test_the_bound_holds_with_neurons_of_one_hyperplane():
    # Two neurons of one hyperplane and both orientations: each counts, so the bound is below that of the merged ones.
    rng = np.random.default_rng(3)
    sharp = formulas()["stability_norm_and_sharpness"].compile()
    for _ in range(20):
        X = rng.standard_normal((25, 3))
        u, t, v = rng.standard_normal(3), rng.uniform(-1, 1), rng.uniform(0.1, 2, 2)
        W, b = np.array([u, -u]), np.array([-t, t])
        sharpness, norm = measured(W, b, v, X, np.zeros(25))
        assert norm <= sharp(sharpness)


def test_rescaling_a_neuron_leaves_the_norm_and_moves_the_sharpness():
    rng = np.random.default_rng(5)
    X = rng.standard_normal((40, 2))
    W, b, v = rng.standard_normal((6, 2)), rng.standard_normal(6), rng.standard_normal(6)
    values = [measured(c * W, c * b, v / c, X, np.zeros(40)) for c in (0.3, 1.0, 3.0)]
    norms, sharpness = [n for _, n in values], [s for s, _ in values]
    assert np.allclose(norms, norms[0])
    assert max(sharpness) > 2 * min(sharpness)
    assert min(sharpness) >= 1 + 2 * norms[0]


@pytest.mark.jit
def test_the_norm_of_many_samples_tends_to_that_of_their_law():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100_000, 3))
    W, b, v = rng.standard_normal((5, 3)), rng.standard_normal(5), rng.standard_normal(5)
    sizes = np.linalg.norm(W, axis=1)
    expected = np.abs(v) * sizes @ weight_function("gaussian", 3).compile()(-b / sizes)
    assert direct_norm(W, b, v, X) == pytest.approx(expected, rel=0.02)


@pytest.mark.jit
def test_both_ways_to_the_norm_agree():
    rng = np.random.default_rng(1)
    for d in (1, 4):
        X = rng.standard_normal((60, d))
        W, b, v = rng.standard_normal((9, d)), rng.standard_normal(9), rng.standard_normal(9)
        net = sb.ShallowReLU(W, b, v, 0.3)
        sharpness, norm = measured(W, b, v, X, np.zeros(60))
        assert net.stability_norm(X) == pytest.approx(norm, rel=1e-12)
        assert net.sharpness(X) == pytest.approx(sharpness, rel=1e-9)


def test_without_interpolation_the_bound_needs_its_last_term():
    # a|x| on -1 and 1, where the bound is attained: residuals of one sign take from the sharpness.
    X, W, v = np.array([[1.0], [-1.0]]), np.array([[1.0], [-1.0]]), np.full(2, 2**-0.5)
    sharp, extended = (
        formulas()[name].compile()
        for name in ("stability_norm_and_sharpness", "stability_norm_with_residuals")
    )
    for off in (-0.3, -1.0):
        sharpness, norm = measured(W, np.zeros(2), v, X, np.full(2, off))
        assert sharp(sharpness) < norm <= extended(sharpness, 1.0, off**2 / 2)
    assert formulas()["residual_term"].evalf(R=1, L=0.5) == 2


def test_the_bound_refuses_steps_that_are_not_positive():
    with pytest.raises(sb.DomainError):
        stability_norm_bound().formula.evalf(eta=-1)
