"""A script that is wrong must fail: every mutant of the shipped derivations.

Each mutant flips one sign or perturbs one constant in what a script states, and each must be
reported as failed, naming the step: in this process, which is quick, and by one call of
``symbias verify`` on a directory of all mutants (marked slow). Mutants that state something true
are listed in `EQUIVALENT` with a 50-digit check that shows it.
"""

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import mpmath
import pytest

import symbias as sb
from symbias.runner.collect import collect, load
from symbias.sym import derivation

sys.path.insert(0, str(Path(__file__).parent))
from mutants import mutants

DERIVATIONS = Path(__file__).parents[2] / "derivations"
SCRIPTS = sorted(DERIVATIONS.glob("[a-z]*.py"))


def log_ratio_tends_to_one() -> bool:
    """Return whether log(2/a)/log(1/a) -> 1: a constant inside the logarithm is of lower order."""
    with mpmath.workdps(50):
        scale = [mpmath.mpf(10) ** -(10**k) for k in range(1, 9)]
        gaps = [abs(mpmath.log(2 / a) / mpmath.log(1 / a) - 1) for a in scale]
    return all(b < a / 5 for a, b in pairwise(gaps)) and gaps[-1] < 1e-8


NAMED = re.compile(r"Step \d+ of ['\"]|failed: ")
EQUIVALENT = {"w * sp.log(2 / alpha) / 2": log_ratio_tends_to_one}
"""Mutated expression -> independent check that it states the same."""


def test_every_script_yields_mutants_of_both_kinds():
    for script in SCRIPTS:
        found = mutants(script)
        assert len(found) >= 4, script  # few where the engine holds the closed forms
        assert len({m.source for m in found}) == len(found)


@pytest.mark.parametrize("expression", sorted(EQUIVALENT))
def test_equivalent_mutants_are_equivalent(expression):
    assert EQUIVALENT[expression]()


def stated_wrongly(script):
    """The mutants of a script that have to fail."""
    return [m for m in mutants(script) if m.mutated not in EQUIVALENT]


def remembering(function):
    """The function, and what it raised or returned for the same arguments before."""
    known = {}

    def call(*args, **options):
        key = (args, *((k, v) for k, v in sorted(options.items())))
        if key not in known:
            try:
                known[key] = function(*args, **options), None
            except sb.DerivationError as error:
                known[key] = None, error
        found, error = known[key]
        if error is not None:
            raise error
        return found

    return call


def failure_here(path):
    """What is reported about a script that is run in this process; empty if it passes."""
    try:
        items = collect(load(path))
    except sb.SymbiasError as error:
        return str(error)
    return "".join(
        f"failed: {v.title}"
        for v in sb.verify([*items.derivations, *items.formulas, *items.claims]).verdicts
        if not v.holds
    )


FEW = 6
"""So many mutants of a script, spread over it, where there is little time."""


@pytest.mark.parametrize("most", [FEW, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_mutant_fails_naming_the_step(script, most, tmp_path, monkeypatch):
    """Every mutant, or a few of a script where there is little time."""
    # The steps before a mutation are those of the script: each is decided once.
    monkeypatch.setattr(derivation, "decide", remembering(derivation.decide))
    survivors = []
    wrong = stated_wrongly(script)
    chosen = wrong[:: max(1, len(wrong) // most)] if most else wrong
    for number, mutant in enumerate(chosen):
        path = tmp_path / f"mutant_{number:03d}.py"
        path.write_text(mutant.source, encoding="utf-8")
        message = failure_here(path)
        if not NAMED.match(message):
            survivors.append(f"{mutant.label}: {mutant.original} -> {mutant.mutated}: {message}")
    assert not survivors, "\n".join(survivors)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_program_rejects_every_mutant(script, tmp_path):
    folder, out = tmp_path / "mutants", tmp_path / "out"
    folder.mkdir()
    expected = {}
    for number, mutant in enumerate(stated_wrongly(script)):
        name = f"mutant_{number:03d}.py"
        (folder / name).write_text(mutant.source, encoding="utf-8")
        expected[name] = mutant
    command = [
        sys.executable,
        "-m",
        "symbias",
        "verify",
        str(folder),
        "--out",
        str(out),
        "--no-pdf",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr[-2000:]
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    messages = {Path(s["path"]).name: failure_of(s) for s in report["scripts"]}
    assert set(messages) == set(expected)
    survivors = [
        f"{mutant.label}: {mutant.original} -> {mutant.mutated}: {messages[name]}"
        for name, mutant in expected.items()
        if not NAMED.match(messages[name])
    ]
    assert not survivors, "\n".join(survivors)


def failure_of(script: dict) -> str:
    """Return what a script's entry says about its failure; empty if it passed."""
    if script.get("error"):
        return str(script["error"])
    return "".join(f"failed: {v['title']}" for v in script["verdicts"] if not v["holds"])
