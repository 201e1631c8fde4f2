"""Families with extra neurons: what is proved of them, and failures that must not come back."""

from __future__ import annotations

import numpy as np
import pytest
from dense_reference import gradient, hessian

import symbias as sb
from symbias.landscape import families


def continued(name, extra=1):
    return sb.PopulationLoss(sb.activations.relu, extra_neurons=extra).family(name)


def test_A_is_a_saddle_and_I_and_II_are_minima_with_one_more_neuron():
    for d in (6, 20, 1000):
        proof = continued("A").at(d).certify()
        assert proof.proved
        assert proof.index == d - 1
    for name, first in (("I", 12), ("II", 7)):
        below, above = (continued(name).at(d).certify() for d in (first - 1, first))
        assert below.proved
        assert above.proved
        assert below.index > above.index == 0


@pytest.mark.parametrize("name", ["I", pytest.param("II", marks=pytest.mark.slow)])
def test_I_and_II_are_saddles_with_two_more(name):
    for d in (12, 20, 1000):
        proof = continued(name, 2).at(d).certify()
        assert proof.proved
        assert proof.index == d - 2
    W = continued(name, 2).at(7).matrix()
    assert np.abs(gradient(W)).max() < 1e-13
    spectrum = np.linalg.eigvalsh(hessian(W))
    assert abs(continued(name, 2).at(7).spectrum().smallest - spectrum[0]) < 1e-13


@pytest.mark.slow
def test_a_branch_left_for_its_neighbour_on_the_first_step_down():
    """The first step was predicted by the point itself, and a far correction was taken: eigenvalues seemed to cross."""
    families._family.cache_clear()
    family = continued("II", 2)
    assert family.at(4).is_minimum is False
    with pytest.raises(sb.DomainError):
        family.at(3)
    assert [component for component, _ in family.thresholds()] == ["s", "s"]
    assert all(family.at(d).spectrum().of("t")[0] > 0 for d in (3.8, 3.9, 4.0))


@pytest.mark.slow
def test_two_extra_neurons_that_only_split_one_are_no_family():
    """Delta(S_d) leaves both parallel to (1, ..., 1); the empty list of thresholds was taken for an answer."""
    family = continued("A", 2)
    for question in (lambda: family.at(20), family.thresholds):
        with pytest.raises(sb.ConvergenceError, match="was not found"):
            question()
