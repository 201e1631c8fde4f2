"""Claims: the decorator says what is wrong at once; running is deterministic given the seed."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

import symbias as sb
from symbias.verdicts.claim import RELATIONS
from symbias.verdicts.plain import plain
from symbias.verdicts.verdict import without_numbers

H = np.geomspace(0.01, 1, 9)
ANSWERS = {
    "==": (2.0, np.float64(2.0)),
    "<=": (1.0, 2.0),
    ">=": (2.0, 1.0),
    "~": (H, H**2, 2),
    "in law": ((np.arange(1000) + 0.5) / 1000, lambda x: x),
    "->": (H, 1 + H, 1.0),
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_each_relation_has_its_verdict_type(relation):
    claim = sb.claim(f"about {relation}", relation)(lambda: ANSWERS[relation])
    verdict = claim.run()
    assert verdict.holds
    assert (verdict.relation, verdict.kind) == (relation, RELATIONS[relation])
    assert verdict.title == f"about {relation}"
    json.dumps(verdict.to_dict(), allow_nan=False)
    assert f"about {relation}" in repr(verdict)
    assert "holds" in verdict._repr_html_()
    assert verdict._repr_latex_().startswith("$")


def test_a_claim_is_still_the_function():
    @sb.claim("doubling")
    def double(rng):
        """Double."""
        return rng, 2

    assert double("seed") == ("seed", 2)
    assert (double.__name__, double.__doc__) == ("double", "Double.")


def test_the_same_seed_gives_the_same_numbers():
    @sb.claim("a random number", "<=")
    def number(rng):
        return 0.0, rng.uniform()

    first, again, other = number.run(rng=5), number.run(rng=5), number.run(rng=6)
    assert first.predicted == again.predicted != other.predicted
    assert number.run(np.random.default_rng(5)).predicted == first.predicted


def test_the_evidence_of_what_it_is_about_is_shown():
    formula = sb.Derivation("d").start(2, "given").conclude("two", "two")
    claim = sb.claim("two", of=formula)(lambda: (2.0, 2))
    assert claim.run().evidence == formula.evidence


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (("",), {}, "needs a title"),
        ((print,), {}, "without parentheses"),
        (("t", "="), {}, "not a relation"),
        (("t", "=="), {"tolerance": 0.2}, "wrong formula pass"),
        (("t", "=="), {"tolerance": -1}, "not in"),
        (("t", "=="), {"tolerance": float("nan")}, "not in"),
        (("t", "~"), {"limit": "middle"}, "cannot have the option"),
        (("t", "=="), {"order": 2}, "cannot have the option"),
        (("t", "->"), {"order": 0}, "cannot have the option"),
    ],
)
def test_a_wrong_declaration_is_refused_when_it_is_made(arguments, options, said):
    with pytest.raises(sb.InputError, match=said):
        sb.claim(*arguments, **options)


def test_what_the_function_raises_is_not_swallowed():
    @sb.claim("broken")
    def broken():
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        broken.run()


def test_a_verdict_crosses_process_borders():
    verdict = without_numbers("script", "x.py", "it raised")
    assert pickle.loads(pickle.dumps(verdict)) == verdict  # noqa: S301 - our own bytes


def test_plain_data_hold_no_nan():
    data = {"a": np.array([[1, np.inf]]), 2: (np.float32(0.5), None, True, {3}), "s": object}
    text = json.dumps(plain(data), allow_nan=False)
    assert json.loads(text)["a"] == [[1, None]]
