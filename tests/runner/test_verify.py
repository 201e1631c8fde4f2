"""The runner: every bad script is one failed line, and the others still run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.runner.collect import collect, find_scripts
from symbias.runner.job import Job, run_job

sys.path.insert(0, str(Path(__file__).parent))
from scripts import BAD, BAD_CLAIMS, GOOD, SAID, with_claim, write


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """One run over good and bad scripts, shared by the tests that look at it."""
    folder, out = tmp_path_factory.mktemp("scripts"), tmp_path_factory.mktemp("report") / "new"
    write(folder, "good", GOOD)
    for name, text in BAD.items():
        write(folder, name, text)
    for name, body in BAD_CLAIMS.items():
        with_claim(folder, f"claim_{name}", body)
    write(folder, "_helper", "raise RuntimeError('helpers are not scripts')")
    return sb.verify(folder, rng=3, out=out, pdf=False, workers=2), out


def script_of(report, name):
    return next(script for script in report.scripts if script.name == name)


def test_the_good_script_holds_among_bad_ones(mixed):
    report, _ = mixed
    good = script_of(report, "good")
    assert good.ok
    assert [row.kind for row in good.rows] == ["derivation", "compiled", "equality", "bound"]
    assert good.rows[0].evidence == "exact"
    assert good.rows[3].evidence == "exact", "the evidence of the formula stands beside its claim"
    assert not report.ok
    assert report.exit_status == 1
    assert len(report.scripts) == 1 + len(BAD) + len(BAD_CLAIMS), "helpers are left out"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_script_is_one_failed_line_of_one_paragraph(mixed, name):
    (row,) = script_of(mixed[0], name).rows
    assert not row.holds
    assert SAID[name] in row.message
    assert "\n" not in row.message
    assert "What to do: " in row.message or name == "false_step"


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_bad_claim_fails_under_its_title(mixed, name):
    (row,) = script_of(mixed[0], f"claim_{name}").rows
    assert not row.holds
    assert row.title == f"claim of claim_{name}"
    assert row.kind == "equality"


def test_the_report_prints_tables_and_reasons(mixed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    text = str(mixed[0])
    assert "claim" in text.splitlines()[0]
    assert "error or slack" in text.splitlines()[0]
    assert "FAILS: raises.py: ZeroDivisionError" in text
    assert "statement of polyak1964" in text
    assert "seed 3" in text.splitlines()[-1]
    assert "<table>" in mixed[0]._repr_html_()
    assert "ZeroDivisionError" in mixed[0]._repr_html_()


def test_what_is_written_is_complete_and_valid(mixed):
    report, out = mixed
    data = json.loads((out / "report.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert data["seed"] == 3
    assert data["ok"] is False
    environment = data["environment"]
    assert {"symbias", "numpy", "processor", "BLAS core", "commit"} <= set(environment)
    assert {s["name"]: s["ok"] for s in data["scripts"]} == {s.name: s.ok for s in report.scripts}
    good = next(script for script in data["scripts"] if script["name"] == "good")
    assert [step["grade"] for step in good["derivations"][0]["steps"]] == ["given", "exact"]
    assert good["error"] is None
    page = (out / "report.html").read_text("utf-8")
    assert "data:image/png;base64," in page
    assert "http" not in page.replace("http-equiv", ""), "the page must not need anything else"
    assert "<msqrt>" in page, "the steps are printed"
    assert page.index("What fails") < page.index("All verdicts")
    assert "html" not in good["derivations"][0]
    names = {path.name for path in out.iterdir()}
    expected = {"good_a_perfect_square.tex", "good_the_root.pdf", "good_the_root.png"}
    assert names == expected | {"report.html", "report.json"}


def test_a_script_that_never_ends_is_stopped_with_what_it_started(tmp_path):
    mark = tmp_path / "alive"
    script = write(
        tmp_path,
        "endless",
        f"""
        import subprocess, sys, time
        import symbias as sb
        subprocess.Popen([sys.executable, "-c",
            "import time, pathlib\\nwhile True: pathlib.Path({str(mark)!r}).touch(); time.sleep(0.05)"])

        @sb.claim("first")
        def first():
            return 1.0, 1.0

        @sb.claim("endless")
        def endless():
            while True:
                print("x" * 1000)
                time.sleep(0.001)
        """,
    )
    start = time.perf_counter()
    document = run_job(Job(str(script), timeout=4.0))
    assert time.perf_counter() - start < 8
    assert [row["holds"] for row in document["rows"]] == [True, False]
    assert (
        "did not end within 4 s and was stopped during 'endless'" in document["rows"][1]["message"]
    )
    assert len(document["output"]) < 10_000
    mark.unlink(missing_ok=True)
    time.sleep(0.3)
    assert not mark.exists(), "what the script started is still running"


def test_neither_order_nor_workers_change_the_numbers(tmp_path):
    scripts = [
        with_claim(tmp_path, name, "return 0.0, 0.01 * rng.normal(), 0.01") for name in ("a", "b")
    ]
    numbers = []
    for order, workers in ((scripts, 1), (scripts[::-1], 2)):
        report = sb.verify(order, rng=11, workers=workers)
        numbers.append({row.title: row.measured for row in report.verdicts})
    assert numbers[0] == numbers[1]
    assert len(set(numbers[0].values())) == 2, "each claim has a generator of its own"


def test_any_executor_runs_the_jobs(tmp_path):
    script = with_claim(tmp_path, "one", "return 1.0, 1.0")
    with ProcessPoolExecutor(1) as executor:
        assert sb.verify(script, executor=executor).ok


def test_scripts_of_one_name_do_not_overwrite_each_other(tmp_path):
    scripts = []
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        scripts.append(write(tmp_path / folder, "same", GOOD))
    report = sb.verify(scripts, out=tmp_path / "out", pdf=False)
    assert [script.name for script in report.scripts] == ["same", "same_2"]
    made = {path.name for path in (tmp_path / "out").glob("*.tex")}
    assert made == {"same_a_perfect_square.tex", "same_2_a_perfect_square.tex"}


def test_full_scale_reaches_the_script(tmp_path):
    script = with_claim(tmp_path, "scale", "return float(sb.at_scale(1, 100)), 100.0")
    assert not sb.verify(script).ok
    assert sb.verify(script, full=True).ok


def test_a_script_finds_what_lies_beside_it_and_not_in_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "beside").mkdir()
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path / "beside", "_numbers", "value = 2.0")
    write(tmp_path / "elsewhere", "random", "raise RuntimeError('shadowed')")
    script = with_claim(
        tmp_path / "beside", "user", "import _numbers, random; return _numbers.value, 2.0"
    )
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert sb.verify(script).ok


def test_a_sign_flipped_within_a_second_is_seen(tmp_path):
    # Compiled files are keyed by size and second of change: neither changes here.
    script = with_claim(tmp_path, "sign", "return 1.0, +1.0")
    stamp = script.stat().st_mtime
    assert sb.verify(script).ok
    script.write_text(script.read_text().replace("+1.0", "-1.0"))
    os.utime(script, (stamp, stamp))
    assert not sb.verify(script).ok


def test_a_derivation_that_cannot_be_shown_fails_alone(tmp_path):
    text = GOOD + "    derivation._steps[1].expr.__class__.__str__ = lambda self: 1 / 0\n"
    report = sb.verify(write(tmp_path, "unprintable", text))
    kinds = {row.kind: row.holds for row in report.rows}
    assert kinds["document"] is False
    assert kinds["equality"] is True


@pytest.mark.tex
def test_documents_are_typeset(tmp_path):
    report = sb.verify(write(tmp_path, "good", GOOD), out=tmp_path / "out")
    assert report.ok, report
    assert (tmp_path / "out" / "good_a_perfect_square.pdf").read_bytes()[:5] == b"%PDF-"


@pytest.mark.tex
def test_a_document_that_does_not_compile_fails(tmp_path):
    text = (
        GOOD + '    sb.Derivation.write_tex = lambda self, path: path.write_text("\\\\undefined")\n'
    )
    report = sb.verify(write(tmp_path, "bad", text), out=tmp_path / "out")
    (failure,) = report.failures
    assert failure.kind == "document"
    assert "could not typeset" in failure.message


def test_objects_of_the_session_are_verified_here(tmp_path):
    result = sb.catalogue()["relu_angle_kernel"]
    report = sb.verify(result.derivation, out=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.json"}
    assert report.ok
    assert {row.kind for row in report.rows} == {"derivation", "compiled"}

    @sb.claim("a random number", "<=")
    def number(rng):
        return 0.0, rng.uniform()

    first, second = sb.verify(number, rng=1), sb.verify([number], rng=1)
    assert first.verdicts[0].predicted == second.verdicts[0].predicted
    assert sb.verify(number, rng=np.random.default_rng(1)).ok


def test_a_registered_result_is_verified_by_name(capsys):
    report = sb.verify("relu_angle_kernel", rng=2)
    assert report.ok, report
    assert report.verdicts, "a result has claims"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("limit", [float("inf"), 1e300, 3e6])
def test_a_limit_beyond_what_the_system_counts_is_none(tmp_path, limit):
    assert sb.verify(with_claim(tmp_path, "one", "return 1.0, 1.0"), timeout=limit).ok


def test_progress_is_shown_on_request_and_on_stderr(tmp_path, capsys):
    script = with_claim(tmp_path, "one", "return 1.0, 1.0")
    sb.verify(script, progress=True)
    said = capsys.readouterr()
    assert "verify" in said.err
    assert "1/1" in said.err
    assert said.out == ""


def test_a_derivation_without_steps_verifies_nothing(tmp_path):
    text = """
        import symbias as sb
        formula = sb.Derivation("stated").start(2, "given").conclude("two", "two")
    """
    report = sb.verify(write(tmp_path, "stated", text))
    assert not report.ok
    assert "nothing to verify" in report.rows[0].message


def test_claims_in_containers_are_found_once():
    claims = [sb.claim(f"n = {n}")(lambda n=n: (float(n), n)) for n in range(3)]
    found = collect({"claims": claims, "by_name": {"first": claims[0]}, "alias": claims[0]})
    assert [claim.title for claim in found.claims] == ["n = 0", "n = 1", "n = 2"]
    loop: list = [claims[0]]
    loop.append(loop)
    assert len(collect(loop).claims) == 1


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda p: sb.verify(p / "none.py"), sb.ScriptError, "does not exist"),
        (sb.verify, sb.ScriptError, "holds no derivation script"),
        (lambda p: sb.verify(p / "notes.txt"), sb.ScriptError, "not a Python script"),
        (lambda _: sb.verify(3.0), sb.InputError, "nothing to verify in float"),
        (lambda _: sb.verify([]), sb.InputError, "nothing to verify"),
        (lambda p: sb.verify(p, rng=-1), sb.InputError, "no seed"),
        (lambda p: sb.verify(p, rng="x"), sb.InputError, "no seed"),
        (lambda p: sb.verify(p, timeout=0), sb.InputError, "time limit"),
        (lambda p: sb.verify(p, timeout=float("nan")), sb.InputError, "time limit"),
        (lambda p: sb.verify(p, workers=0), sb.InputError, "workers"),
    ],
)
def test_wrong_calls_are_refused(tmp_path, call, kind, said):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(kind, match=said):
        call(tmp_path)


def test_an_unwritable_directory_is_refused_before_anything_runs(tmp_path):
    script = with_claim(tmp_path, "one", "return 1.0, 1.0")
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(sb.InputError, match="cannot be written"):
        sb.verify(script, out=blocker / "out")


def test_a_misspelt_script_is_found(tmp_path):
    write(tmp_path, "polyak1964", "x = 1")
    with pytest.raises(sb.ScriptError, match=r"Did you mean .*polyak1964\.py"):
        find_scripts([tmp_path / "polyak1946.py"])


def test_children_end_with_a_parent_that_is_killed(tmp_path):
    mark = tmp_path / "alive"
    body = f"import time, pathlib\n    while True: pathlib.Path({str(mark)!r}).touch(); time.sleep(0.05)"
    script = with_claim(tmp_path, "loop", body.replace("\n    ", "\n        "))
    parent = subprocess.Popen([sys.executable, "-m", "symbias", "verify", str(script)])
    for _ in range(200):
        if mark.exists():
            break
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    time.sleep(0.5)
    mark.unlink()
    time.sleep(0.3)
    assert not mark.exists(), "the child outlived its parent"


def test_distributed_runs_the_jobs(tmp_path, cluster_of):
    shutil.copy(with_claim(tmp_path, "one", "return 1.0, 1.0"), tmp_path / "two.py")
    with (
        cluster_of(n_workers=1, threads_per_worker=2, processes=False) as cluster,
        cluster.get_client() as client,
    ):
        assert sb.verify(tmp_path, executor=client.get_executor()).ok


@pytest.mark.jit
def test_results_of_every_room_can_be_verified():
    u, v = sp.symbols("u v", real=True)
    laws = sb.Parametrization([u**2 - v**2], [u, v]).conservation_laws()
    threshold = sb.UpdateRule.gradient_descent().threshold()
    for result in (laws, threshold):
        report = sb.verify(result)
        assert report.ok
        assert report.verdicts


@pytest.mark.slow
def test_processes_of_a_cluster_run_the_jobs(tmp_path, cluster_of):
    write(tmp_path, "good", GOOD)
    with_claim(tmp_path, "drawn", "return 0.0, 0.01 * rng.normal(), 0.01")
    here = sb.verify(tmp_path, rng=5)
    with (
        cluster_of(n_workers=2, threads_per_worker=1) as cluster,
        cluster.get_client() as client,
        client.get_executor() as executor,
    ):
        there = sb.verify(tmp_path, rng=5, executor=executor, out=tmp_path / "out", pdf=False)
    assert there.ok
    assert [row.measured for row in here.rows] == [row.measured for row in there.rows]
    assert (tmp_path / "out" / "good_the_root.png").exists()
