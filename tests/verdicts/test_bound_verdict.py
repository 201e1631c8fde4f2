"""Bound: one-sided, with its slack; attained bounds pass, violated ones fail."""

from __future__ import annotations

import numpy as np
import pytest

from symbias.errors import VerificationError
from symbias.verdicts.bound import bound


def test_the_slack_is_that_of_the_tightest_entry():
    verdict = bound(([1.0, 3.0], [2.0, 4.0]))
    assert verdict.holds
    assert verdict.error == pytest.approx(0.25)
    assert (verdict.measured, verdict.predicted) == (3.0, 4.0)


def test_a_bound_attained_up_to_rounding_holds():
    assert bound((0.1 + 0.2, 0.3)).holds


@pytest.mark.parametrize("excess", [1e-9, 1e-3, 10.0])
def test_one_violated_entry_fails(excess):
    verdict = bound((np.array([0.0, 1.0 + excess]), np.array([1.0, 1.0])))
    assert not verdict.holds
    assert "violated at 1 of 2" in verdict.message


def test_the_sides_stand_as_the_relation_reads():
    assert bound((2.0, 1.0), relation=">=").holds
    assert not bound((2.0, 1.0), relation="<=").holds


def test_negative_and_zero_sides_have_a_slack():
    assert bound((-2.0, -1.0)).error == pytest.approx(0.5)
    assert bound((0.0, 0.0)).holds
    assert not bound((0.0, -1e-300)).holds


@pytest.mark.parametrize(
    "answer", [(1.0, np.inf), (-np.inf, 0.0), (np.zeros(0), np.zeros(0)), (np.zeros(2), 1.0)]
)
def test_vacuous_bounds_are_refused(answer):
    with pytest.raises(VerificationError):
        bound(answer)


def test_a_side_compared_with_itself_is_refused():
    x = np.ones(4)
    with pytest.raises(VerificationError, match="with itself"):
        bound((x, x))
