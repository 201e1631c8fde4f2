"""Families with extra neurons, and families that are searched for."""

from __future__ import annotations

import numpy as np
import pytest
from dense_reference import gradient, hessian, value

import symbias as sb


def relu(**options):
    return sb.PopulationLoss(sb.activations.relu, **options)


def assert_dense_spectrum(point, second_layer=False):
    W = point.matrix()
    assert np.abs(gradient(W)).max() < 1e-13
    assert abs(point.loss - value(W)) < 1e-12
    rows = list(point.spectrum())
    ours = np.sort(np.repeat([r.eigenvalue for r in rows], [r.multiplicity for r in rows]))
    np.testing.assert_allclose(ours, np.linalg.eigvalsh(hessian(W, second_layer)), atol=1e-12)


@pytest.mark.parametrize("name", ["A", "I", "II"])
def test_one_more_neuron(name):
    family = relu(extra_neurons=1).family(name)
    for d in (6, 9):
        assert_dense_spectrum(family.at(d))
    with pytest.raises(sb.BudgetError, match="limit"):
        family.loss_series(3)


def test_one_more_neuron_with_a_second_layer():
    assert_dense_spectrum(
        relu(extra_neurons=1, second_layer=True).family("II").at(7), second_layer=True
    )


def test_which_families_stay_minima_with_one_more_neuron():
    """The most symmetric one becomes a saddle at every d, the others are minima from some d on."""
    found = {name: relu(extra_neurons=1).family(name) for name in ("A", "I", "II")}
    assert [found["A"].at(d).is_minimum for d in (8, 40, 1000, 10**6)] == [False] * 4
    for name in ("I", "II"):
        threshold = found[name].thresholds()[0][1]
        assert not found[name].at(int(threshold)).is_minimum
        assert all(found[name].at(d).is_minimum for d in (int(threshold) + 1, 40, 1000, 10**6))
        assert found[name].at(20).certify().proved


def test_a_search_in_two_coordinates():
    (found,) = relu().critical_families([None])
    assert found.name == "A"
    assert_dense_spectrum(found.at(7))


@pytest.mark.slow
def test_a_search_meets_the_families_that_have_names():
    found = relu().critical_families([None, 1])
    assert {"A", "I", "II"} <= {family.name for family in found}
    losses = [family.at(20).loss for family in found]
    assert losses == sorted(losses)
    assert min(np.diff(losses)) > 1e-9
    for family in found:
        assert_dense_spectrum(family.at(7)) if family.name in {
            "A",
            "I",
            "II",
        } else assert_dense_spectrum(family.at(15))


@pytest.mark.slow
def test_a_searched_family_is_the_one_of_its_name():
    (searched,) = (f for f in relu().critical_families([None, 2]) if f.name == "II_2")
    named = relu().family("II", 2)
    for d in (9, 20, 500.5):
        assert abs(searched.at(d).loss - named.at(d).loss) < 1e-15
        assert abs(searched.at(d).spectrum().smallest - named.at(d).spectrum().smallest) < 1e-14


@pytest.mark.parametrize(
    "blocks", [[], [3], [None, None], [None, 0], [None, 2.5], [None, 40], ["x"]]
)
def test_no_blocks(blocks):
    with pytest.raises(sb.InputError, match="does not act"):
        relu().critical_families(blocks)


@pytest.mark.parametrize(("extra", "name"), [(-1, "A"), (3, "A"), (1, "global")])
def test_no_families_with_that_many_neurons(extra, name):
    with pytest.raises(sb.InputError):
        relu(extra_neurons=extra).family(name)
