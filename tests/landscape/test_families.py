"""Families of critical points against the dense loss: gradients vanish, and block spectra are the dense ones."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from dense_reference import gradient, hessian, value
from losses import NAMES, family

import symbias as sb
from symbias.landscape.dual_derivatives import DualDerivatives
from symbias.landscape.family import Family
from symbias.landscape.limits import named_limit


def test_the_reference_is_the_derivative_of_its_own_loss():
    W, h = np.random.default_rng(0).normal(size=(3, 3)), 1e-4
    H, point = hessian(W, second_layer=True), np.concatenate([W.ravel(), np.ones(3)])

    def f(p):
        return value(p[:9].reshape(3, 3), p[9:])

    steps = np.eye(12) * h
    slopes = [(f(point + e) - f(point - e)) / (2 * h) for e in steps]
    np.testing.assert_allclose(slopes[:9], gradient(W).ravel(), atol=1e-8)
    for i in range(12):
        for j in range(i, 12):
            mixed = f(point + steps[i] + steps[j]) - f(point + steps[i] - steps[j])
            mixed -= f(point - steps[i] + steps[j]) - f(point - steps[i] - steps[j])
            assert abs(mixed / (4 * h * h) - H[i, j]) < 1e-6


def repeated(point):
    """All eigenvalues, each as often as its multiplicity."""
    rows = list(point.spectrum())
    return np.sort(np.repeat([r.eigenvalue for r in rows], [r.multiplicity for r in rows]))


def assert_dense_spectrum(point, second_layer):
    W = point.matrix()
    assert np.abs(gradient(W)).max() < 1e-13
    assert abs(point.loss - value(W)) < 1e-12
    ours = repeated(point)
    assert len(ours) == W.size + len(W) * second_layer
    np.testing.assert_allclose(ours, np.linalg.eigvalsh(hessian(W, second_layer)), atol=1e-12)


@pytest.mark.parametrize("second_layer", [False, True])
@pytest.mark.parametrize(("name", "p"), NAMES)
def test_block_spectra_are_the_dense_spectra(name, p, second_layer):
    for d in (6, 8):
        assert_dense_spectrum(family(name, p, second_layer=second_layer).at(d), second_layer)


@pytest.mark.slow
@pytest.mark.parametrize("second_layer", [False, True])
@pytest.mark.parametrize(("name", "p"), [*NAMES, ("I", 3), ("I", 4)])
def test_block_spectra_are_the_dense_spectra_up_to_twelve(name, p, second_layer):
    for d in range(6 if p is None or p < 4 else 8, 13):
        assert_dense_spectrum(family(name, p, second_layer=second_layer).at(d), second_layer)


@pytest.mark.parametrize(
    ("name", "d"), [("A", 3), ("A", 4), ("II", 3), ("II", 4), ("I", 4), ("I", 5)]
)
def test_blocks_of_two_and_three_elements_lose_what_vanishes_there(name, d):
    assert_dense_spectrum(family(name).at(d), second_layer=False)
    assert_dense_spectrum(family(name, second_layer=True).at(d), second_layer=True)


def test_families_are_told_apart():
    losses = {name: family(name, p).at(9).loss for name, p in NAMES}
    values = sorted(family(name, p).at(9).loss for name, p in NAMES)
    assert min(np.diff(values)) > 1e-3, losses


def test_the_members_at_ten():
    point = family("II").at(10)
    assert abs(point.loss - 0.0187021945856069725) < 1e-17
    assert abs(point.spectrum().smallest - 0.03196402764646) < 1e-14
    shape = [(row.component, row.multiplicity) for row in point.spectrum()]
    assert shape == [("t", 1)] * 5 + [("s", 8)] * 5 + [("x", 28), ("y", 27)]
    assert point.is_minimum
    assert family("I").at(6).index == 6


@pytest.mark.parametrize(("name", "p"), [("A", None), ("I", None), ("II", None), ("II", 2)])
@pytest.mark.parametrize("d", [10**6, 10**9, Fraction(23, 3)])
def test_fifteen_digits_are_those_of_sixty(name, p, d):
    near, far = family(name, p).at(d), family(name, p).at(d, digits=60)
    assert abs(near.loss - far.loss) <= 1e-15 * abs(far.loss)
    for a, b in zip(near.spectrum(), far.spectrum(), strict=True):
        assert abs(a.eigenvalue - b.eigenvalue) <= 1e-15 * abs(b.eigenvalue)
    farther = family(name, p).at(d, digits=90)
    with mpmath.workdps(100):
        assert abs(far.loss - farther.loss) < mpmath.mpf(10) ** -59 * farther.loss


def test_other_activations_have_families_too():
    slope = sp.Rational(1, 4)
    leaky = sb.PopulationLoss(sb.activations.leaky_relu(slope)).family("II").at(9)
    # max(z, s z) = (1+s)/2 z + (1-s)/2 |z|, and the linear parts of the family cancel only together.
    W = leaky.matrix()

    def mean_square(W):
        linear = ((1 + slope) / 2) ** 2 * ((W.sum(axis=0) - 1) ** 2).sum()
        # relu = z/2 + |z|/2: what the modulus costs is four times what the rectifier does, less the linear part.
        modulus = 4 * (2 * value(W) - ((W.sum(axis=0) - 1) ** 2).sum() / 4)
        return float(linear + ((1 - slope) / 2) ** 2 * modulus) / 2

    assert abs(leaky.loss - mean_square(W)) < 1e-12
    h = 1e-5
    step = np.zeros_like(W)
    for place in ((0, 0), (0, 1), (0, 8), (8, 0), (8, 8)):
        step[place] = h
        assert abs(mean_square(W + step) - mean_square(W - step)) / (2 * h) < 1e-9
        step[place] = 0


@pytest.mark.parametrize(
    ("name", "p", "d", "why"),
    [
        ("A", None, 2, "ends near"),
        ("A", None, 1.9, "ends near"),
        ("I", None, 3, "ends near"),
        ("II", None, 2, "at most one element"),
        ("II", 2, 3.2, "ends near"),
    ],
)
def test_branches_end_loudly(name, p, d, why):
    with pytest.raises(sb.DomainError, match=why):
        family(name, p).at(d)


@pytest.mark.parametrize("d", ["x", None, float("nan"), float("inf"), -3, 0.5, True, [3], 1j])
def test_no_dimension(d):
    with pytest.raises(sb.InputError):
        family("II").at(d)


def test_names_that_do_not_exist():
    with pytest.raises(sb.InputError, match="no family 'III'"):
        sb.PopulationLoss(sb.activations.relu).family("III")
    for name, p in (("A", 2), ("global", 1), ("II", 0), ("I", -1)):
        with pytest.raises(sb.InputError, match="no family"):
            sb.PopulationLoss(sb.activations.relu).family(name, p)


def test_a_family_that_a_loss_does_not_have():
    with pytest.raises(sb.ConvergenceError, match="was not found"):
        sb.PopulationLoss(sb.activations.abs).family("A").at(10)


def test_a_second_layer_needs_a_homogeneous_activation():
    with pytest.raises(sb.InputError, match="not homogeneous"):
        sb.PopulationLoss(sb.activations.erf, second_layer=True).family("A")


@pytest.mark.parametrize(("name", "p"), [("A", None), ("II", None), ("I", 2), ("II", 3)])
def test_members_in_blocks_are_the_members(name, p):
    point = family(name, p).at(9)
    assert (point.block_matrix().dense() == point.matrix()).all()


@pytest.mark.jit
def test_descent_in_blocks_stays_at_a_member_however_wide():
    test = family("II")
    start = test.at(10**5).block_matrix()
    run = test.population_loss.descend(start, 1e-5, 2000, tol=0.0)
    assert run.final.diagonal == pytest.approx(start.diagonal, abs=1e-12)
    assert run.final.entries == pytest.approx(start.entries, abs=1e-15)


def test_members_that_are_not_made_of_square_blocks():
    with pytest.raises(sb.DomainError, match="square blocks"):
        family("II").at(8.5).block_matrix()


@pytest.mark.jit
@pytest.mark.parametrize(
    ("name", "p", "second_layer"),
    [("A", None, True), ("II", None, False), ("I", 2, False), ("global", None, False)],
)
def test_sweeps_have_the_digits_of_the_members(name, p, second_layer):
    test = family(name, p, second_layer=second_layer)
    dimensions = [8.0, 8.5, 33.0, 1000.0, 1e6]
    found = test.sweep(dimensions)
    for k, d in enumerate(dimensions):
        point = test.at(d, 40)
        spectrum = point.spectrum()
        assert found.loss[k] == pytest.approx(float(point.loss), rel=1e-13, abs=1e-300)
        for orbit, weight in point.weights.items():
            assert found.weights[orbit][k] == pytest.approx(float(weight), rel=1e-15)
        for component, values in found.eigenvalues.items():
            expected = np.array(spectrum.of(component), dtype=float)
            # An eigenvalue of size one stands beside others of size d.
            np.testing.assert_allclose(values[:, k], expected, rtol=4e-16, err_msg=component)
        assert {c: found.multiplicities[c][k] for c in found.eigenvalues} == pytest.approx(
            {row.component: row.multiplicity for row in spectrum}
        )
        assert found.smallest[k] == pytest.approx(float(spectrum.smallest), rel=1e-15)


@pytest.mark.jit
def test_sweeps_follow_a_family_whose_limit_is_not_in_powers_of_a_root():
    test = sb.PopulationLoss(sb.activations.relu, extra_neurons=1).family("I")
    found = test.sweep([9, 1000.5])
    for k, d in enumerate([9, 1000.5]):
        point = test.at(d, 25)
        assert found.loss[k] == pytest.approx(float(point.loss), rel=1e-14)
        assert found.smallest[k] == pytest.approx(float(point.spectrum().smallest), rel=1e-14)


@pytest.mark.jit
def test_a_sweep_does_not_answer_with_another_branch(monkeypatch):
    test = family("A")
    start = test.branch.start
    monkeypatch.setattr(test.branch, "start", lambda d: start(d) + 0.2 / d)
    with pytest.raises(sb.ConvergenceError, match="did not converge"):
        test.sweep([8.0, 20.0])


@pytest.mark.parametrize("dimensions", [[], "x", [5], [1e8], [[8.0]], [float("nan")], None])
def test_no_dimensions_to_sweep(dimensions):
    with pytest.raises(sb.InputError, match="sweep"):
        family("II").sweep(dimensions)


@pytest.mark.jit  # verification writes the Hessian out
def test_families_verify_themselves_and_a_changed_kernel_is_refuted():
    loss = sb.PopulationLoss(sb.activations.relu)
    assert loss.family("I").verify(7).ok
    wrong = Family(loss, named_limit("A", None))
    wrong.dual = DualDerivatives(wrong.dual.kernel * sp.Rational(101, 100))
    verdicts = {v.title: v.holds for v in wrong.verify(6).verdicts if "A, d = 6" in v.title}
    assert [holds for title, holds in verdicts.items() if "gradient" not in title] == [False, False]
