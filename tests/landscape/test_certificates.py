"""Proofs about members of families."""

from __future__ import annotations

from fractions import Fraction

import pytest
from losses import NAMES, family


@pytest.mark.parametrize("second_layer", [False, True])
@pytest.mark.parametrize(("name", "p"), NAMES)
def test_members_are_certified_with_the_index_of_their_spectrum(name, p, second_layer):
    for d in (6, 9, 10**6):
        point = family(name, p, second_layer=second_layer).at(d, digits=30)
        proof = point.certify()
        assert proof.proved, proof.statement
        assert proof.index == point.index
        low, high = proof.smallest_eigenvalue
        loud = [row.eigenvalue for row in point.spectrum() if row.eigenvalue != 0]
        assert low <= min(loud) <= high
        assert high - low < 1e-11
        assert (proof.radius > 0) == (name != "global")


def test_a_saddle_below_its_threshold_is_proved_to_be_one():
    proof = family("I").at(6).certify()
    assert proof.proved
    assert proof.index == 6
    assert proof.smallest_eigenvalue.high < 0
    assert "of index 6" in proof.statement


def test_every_dimension_of_a_range():
    assert all(family("II").at(d).certify().index == 0 for d in range(6, 40))


def test_nothing_is_proved_at_a_threshold():
    d = Fraction(str(family("II").thresholds(60)[0][1]))
    proof = family("II").at(d).certify()
    assert not proof.proved
    assert "not proved" in proof.statement


def test_a_wrong_point_is_not_certified():
    from dataclasses import replace

    point = family("II").at(20)
    other = family("I").at(20)
    assert not replace(point, point=tuple(2 * x for x in other.point)).certify().proved
