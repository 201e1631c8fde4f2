"""Hostile arguments for every public function and method: refused by an error of the package, or answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzzing import attempt, judge, run
from public_names import public_callables
from subjects import SCRIPT
from whole_surface import ROOMS, calls

pytestmark = [pytest.mark.jit, pytest.mark.timeout(3000)]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Files that calls write go here."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text(SCRIPT)


def test_the_table_holds_every_public_function_and_method():
    named = {call.name.split()[0].rpartition(".")[2].rstrip("()") for call in calls()}
    named |= {getattr(call.function, "__name__", "") for call in calls()}
    assert not public_callables() - named


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_calls_of_the_table_work_before_they_are_spoilt(elsewhere, room):
    outcomes = [judge(call, *call.arguments(), "unspoilt") for call in room()]
    assert {outcome.kind for outcome in outcomes} == {"returned"}, [
        str(outcome) for outcome in outcomes if outcome.kind != "returned"
    ]


def test_some_hundred_spoilt_calls_end_as_they_should(elsewhere):
    quick = [call for call in calls() if call.weight >= 1.0]
    counts, breaches = run(quick, 0, range(400))
    assert not breaches, "\n\n".join(map(str, breaches))
    assert counts["refused"] > 200
    assert counts["returned"] > 50


@pytest.mark.slow
def test_ten_thousand_spoilt_calls_end_as_they_should(elsewhere):
    counts, breaches = run(calls(), 1, range(10_000))
    print(f"\n{dict(counts)}")
    assert not breaches, "\n\n".join(map(str, breaches[:20]))


def test_the_fuzzer_sees_a_traceback_and_code_in_a_string(elsewhere):
    from dataclasses import replace

    import sympy as sp
    from hostile import CANARY, STRINGS

    careless = replace(calls()[0], function=sp.sympify)
    assert judge(careless, (STRINGS[0],), {}, "").kind == "evaluated"
    Path(CANARY).unlink(missing_ok=True)
    assert judge(replace(careless, function=len), (3,), {}, "").kind == "traceback"
    assert judge(replace(careless, function=calls()[0].function), (), {}, "").kind == "miscalled"


def test_attempts_are_determined_by_seed_and_number(elsewhere):
    quick = [call for call in calls() if call.weight >= 1.0]
    assert attempt(quick, 5, 7).name == attempt(quick, 5, 7).name
