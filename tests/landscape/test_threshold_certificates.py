"""Proved brackets around thresholds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from dense_reference import hessian
from losses import family

import symbias as sb
from symbias.landscape import threshold_certificate as room
from symbias.landscape.threshold_certificate import bracket

KNOWN = [
    ("II", None, "s", "5.5855052474258800069"),
    ("A", None, "x", "5.763812735"),
    ("I", None, "x", "6.744830656"),
]


@pytest.mark.parametrize("second_layer", [False, True])
@pytest.mark.parametrize(("name", "p", "component", "value"), KNOWN)
def test_first_thresholds_are_proved(name, p, component, value, second_layer):
    proof = family(name, p, second_layer=second_layer).certify_threshold(component)
    assert proof.proved
    assert (proof.component, proof.negative) == (component, (1, 0))
    assert 0 < proof.high - proof.low <= Fraction(2, 10**14)
    unit = Fraction(1, 10 ** (len(value) - 2))
    assert proof.low - unit < Fraction(value) < proof.high + unit
    assert "keep theirs" in proof.statement


def test_every_threshold_of_a_family_with_two_blocks():
    found = family("II", 2)
    for place, (component, value) in enumerate(found.thresholds(20)):
        proof = found.certify_threshold(place)
        assert proof.component == component
        assert proof.low < Fraction(str(value)) < proof.high
        # Dense eigenvalues know the sign only further away.
        signs = [min(found.at(value + h).spectrum().of(component)) for h in (-1e-9, 1e-9)]
        assert signs[0] < 0 < signs[1]


def test_the_index_changes_by_the_dimension_of_the_component():
    proof = family("II", 2).certify_threshold("s_A")
    below, above = int(proof.low), int(proof.high) + 1
    counts = [
        sum(np.linalg.eigvalsh(hessian(family("II", 2).at(d).matrix())) < 0) for d in (below, above)
    ]
    assert counts == [(below - 2 - 1) * (proof.negative[0] - proof.negative[1]), 0]


def test_brackets_of_many_digits_are_nested():
    found = family("II", 2)
    wide, narrow = (found.certify_threshold(0, digits) for digits in (12, 60))
    assert wide.low <= narrow.low < narrow.high <= wide.high
    assert narrow.high - narrow.low <= Fraction(2, 10**59)
    assert found.certify_threshold(0, 3).high - found.certify_threshold(0, 3).low < 1e-10


@pytest.mark.parametrize("component", ["s", "x", "t", "y"])
def test_a_bracket_beside_the_crossing_is_not_proved(component):
    proof = family("II").certify_threshold("s")
    width = proof.high - proof.low
    for shift in (-width, width):
        wrong = bracket(family("II"), component, proof.low + shift, proof.high + shift)
        assert not wrong.proved
        assert wrong.negative is None
        assert "as many negative eigenvalues at both ends" in wrong.statement
    assert bracket(family("II"), component, proof.low, proof.high).proved == (component == "s")


def test_a_bracket_that_no_box_covers_is_not_proved():
    wrong = bracket(family("II"), "s", Fraction(11, 2), Fraction(6))
    assert not wrong.proved
    assert wrong.statement.startswith("Nothing is proved: No box around")


def test_a_bracket_that_begins_at_the_crossing_is_not_proved():
    value = Fraction(str(family("II").thresholds(80)[0][1]))
    wrong = bracket(family("II"), "s", value, value + Fraction(1, 10**15))
    assert "too close to zero at an end" in wrong.statement


def test_a_member_of_another_family_at_an_end_is_not_connected(monkeypatch):
    II, other = family("II"), family("I")
    proof, real = II.certify_threshold("s"), II.at

    def at(d, digits):
        point = real(d, digits)
        return replace(point, point=other.at(d, digits).point) if d == proof.low else point

    monkeypatch.setattr(II, "at", at)
    wrong = bracket(II, "s", proof.low, proof.high)
    assert not wrong.proved
    assert "not shown to be connected" in wrong.statement


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ("x", "no threshold in component 'x'.*Known are: s"),
        ("", "no threshold in component"),
        (1, "no threshold number 1.*from 0 to 0"),
        (-1, "no threshold number -1"),
        (0.5, "threshold"),
        (None, "threshold"),
    ],
)
def test_unknown_thresholds(threshold, message):
    with pytest.raises(sb.InputError, match=message):
        family("II").certify_threshold(threshold)


def test_a_family_without_thresholds():
    with pytest.raises(sb.InputError, match="No eigenvalue of global changes its sign"):
        family("global").certify_threshold(0)


def test_what_cannot_be_proved_is_refused(monkeypatch):
    monkeypatch.setattr(room, "LEAST_DIGITS", 1)
    with pytest.raises(sb.BudgetError, match=r"in component s near d = .* is not proved"):
        family("II").certify_threshold("s", 1)
