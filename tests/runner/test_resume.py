"""Interrupted runs: nothing half-written, no orphans, and what has finished is taken over if it is still true."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import symbias as sb
from symbias.runner import kept as kept_module
from symbias.runner.job import Job, run_job
from symbias.runner.kept import PREFIX, RECORDS, Kept

sys.path.insert(0, str(Path(__file__).parent))
from scripts import GOOD, with_claim, write

COUNTING = """
    from pathlib import Path
    import _helper
    import symbias as sb

    with open({runs!r}, "a") as file:
        file.write("x")
    NUMBER = float(Path({data!r}).read_text())

    @sb.claim("a number from a file")
    def number(rng):
        return NUMBER * _helper.FACTOR, NUMBER * _helper.FACTOR

    @sb.figure("a line")
    def line(ax):
        ax.plot([0, 1])
"""


class Interrupted:
    """A folder with one script, run by a run that was interrupted after it."""

    def __init__(self, folder):
        self.folder, self.out, self.runs = folder, folder / "out", folder / "runs"
        self.data = folder / "number.txt"
        self.data.write_text("2")
        self.helper = write(folder, "_helper", "FACTOR = 3.0")
        text = COUNTING.format(runs=str(self.runs), data=str(self.data))
        self.script = write(folder, "counting", text)
        self.out.mkdir()
        self.interrupt()

    def interrupt(self, **options):
        # As one of several: from then on one process serves all tests, which has imported what draws figures.
        job = Job(str(self.script), name="counting", pdf=False, several=True, **options)
        kept = Kept(self.out, resume=False)
        kept.keep(job, run_job(replace(job, folder=str(kept.folder))))
        kept.abandon()

    @property
    def count(self):
        return len(self.runs.read_text())

    def verify(self, **options):
        report = sb.verify(self.script, out=self.out, pdf=False, **{"resume": True} | options)
        assert report.ok, report
        return report

    def hidden(self):
        return [path for path in self.out.iterdir() if path.name.startswith(".")]


@pytest.fixture
def interrupted(tmp_path):
    return Interrupted(tmp_path)


def test_what_has_finished_is_taken_over(interrupted):
    report = interrupted.verify()
    assert interrupted.count == 1, "it did not run again"
    assert "1 of 1 scripts taken over from an interrupted run" in report.summary()
    names = {path.name for path in interrupted.out.iterdir()}
    assert names == {
        "report.html",
        "report.json",
        "counting_a_line.pdf",
        "counting_a_line.png",
    }
    data = json.loads((interrupted.out / "report.json").read_text("utf-8"))
    assert data["scripts"][0]["resumed"] is True
    again = interrupted.verify()
    assert interrupted.count == 2, "a run that has ended leaves nothing to resume"
    assert "taken over" not in again.summary()


def test_a_limit_of_time_is_no_reason_to_run_again(interrupted):
    interrupted.verify(timeout=77.0)
    assert interrupted.count == 1


def test_nothing_is_taken_over_unasked(interrupted):
    interrupted.verify(resume=False)
    assert interrupted.count == 2
    assert not interrupted.hidden(), "what was kept has been replaced"


def edit_script(case):
    case.script.write_text(case.script.read_text() + "# changed\n")


def edit_helper(case):
    stamp = case.helper.stat()
    case.helper.write_text("FACTOR = 5.0")  # of the same size, within a second
    os.utime(case.helper, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def edit_data(case):
    case.data.write_text("7")


def damage_record(case):
    (record,) = case.out.glob(f"{PREFIX}*/{RECORDS}/*.json")
    record.write_text(record.read_text()[:-40])


def empty_record(case):
    (record,) = case.out.glob(f"{PREFIX}*/{RECORDS}/*.json")
    record.write_text("[]")


def lose_figure(case):
    next(case.out.glob(f"{PREFIX}*/*.png")).unlink()


@pytest.mark.parametrize(
    "change", [edit_script, edit_helper, edit_data, damage_record, empty_record, lose_figure]
)
def test_what_is_no_longer_true_runs_again(interrupted, change):
    change(interrupted)
    report = interrupted.verify()
    assert interrupted.count == 2
    assert "taken over" not in report.summary()


@pytest.mark.parametrize("options", [{"rng": 1}, {"full": True}])
def test_another_seed_or_scale_runs_again(interrupted, options):
    interrupted.verify(**options)
    assert interrupted.count == 2


@pytest.mark.parametrize("fact", ["package", "numpy", "processor", "OPENBLAS_NUM_THREADS"])
def test_another_package_or_machine_runs_again(interrupted, fact, monkeypatch):
    known = kept_module.circumstances()
    assert fact in known
    monkeypatch.setattr(kept_module, "circumstances", lambda: known | {fact: "another"})
    interrupted.verify()
    assert interrupted.count == 2


def test_another_script_of_the_same_name_runs_again(interrupted, tmp_path):
    (tmp_path / "other").mkdir()
    other = with_claim(tmp_path / "other", "counting", "return 1.0, 1.0")
    report = sb.verify(other, out=interrupted.out, resume=True)
    assert "taken over" not in report.summary()


def test_a_script_that_edits_itself_is_not_kept(tmp_path):
    script = with_claim(tmp_path, "self", "return 1.0, 1.0")
    script.write_text(script.read_text() + "open(__file__, 'a').write('#')\n")
    (tmp_path / "out").mkdir()
    kept = Kept(tmp_path / "out", resume=False)
    kept.keep(job := Job(str(script), name="self"), run_job(replace(job, folder=str(kept.folder))))
    kept.abandon()
    assert not list((tmp_path / "out").iterdir())


def test_the_folder_of_a_run_that_goes_on_is_left_alone(interrupted):
    living = Kept(interrupted.out, resume=False)
    (living.folder / "half.tex").write_text("x")
    interrupted.verify()
    assert (living.folder / "half.tex").exists()
    living.abandon()


def test_resuming_without_a_place_is_refused(tmp_path):
    with pytest.raises(sb.InputError, match="nothing to resume"):
        sb.verify(with_claim(tmp_path, "one", "return 1.0, 1.0"), resume=True)


def until(happens, seconds=60.0):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


ATTENTIVE = """import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"""
"""A shell lets what it runs in the background ignore interrupts, and so do its children; this one listens."""


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_a_run_that_is_stopped_leaves_no_orphan_and_goes_on_later(tmp_path, sent, status):
    scripts, out, mark = tmp_path / "scripts", tmp_path / "out", tmp_path / "alive"
    scripts.mkdir()
    write(scripts, "good", GOOD)
    body = f"import time, pathlib\n        while True: pathlib.Path({str(mark)!r}).touch(); time.sleep(0.05)"
    endless = with_claim(scripts, "loop", body)
    command = [sys.executable, "-m", "symbias", "verify", str(scripts), "--out", str(out)]
    command += ["--no-pdf", "--workers", "2"]
    listening = [sys.executable, "-c", ATTENTIVE, *command[1:]]
    quiet = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(listening, **quiet) as run:
        try:
            until(lambda: mark.exists() and list(out.glob(f"{PREFIX}*/{RECORDS}/good.json")))
            run.send_signal(sent)
            _, said = run.communicate(timeout=60)
        finally:
            run.kill()
    assert run.returncode == status
    assert ("--resume" in said) == (sent != signal.SIGKILL)
    time.sleep(0.5)
    mark.unlink()
    time.sleep(0.3)
    assert not mark.exists(), "a child outlived its parent"
    assert [path.name[: len(PREFIX)] for path in out.iterdir()] == [PREFIX], "nothing half-written"
    endless.unlink()
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=True)
    assert "1 of 1 scripts taken over" in done.stdout
    assert "half" not in {path.name for path in out.iterdir()}
    assert (out / "good_a_perfect_square.tex").exists()
    assert not list(out.glob(f"{PREFIX}*"))


def test_a_run_that_is_killed_leaves_the_last_report_whole(tmp_path):
    out, mark = tmp_path / "out", tmp_path / "alive"
    sb.verify(with_claim(tmp_path, "one", "return 1.0, 1.0"), out=out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    body = f"import time, pathlib\n        pathlib.Path({str(mark)!r}).touch(); time.sleep(600)"
    script = with_claim(tmp_path, "one", body)
    command = [sys.executable, "-m", "symbias", "verify", str(script), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as run:
        until(mark.exists)
        run.kill()
    shown = (path for path in out.iterdir() if not path.name.startswith("."))
    assert {path.name: path.read_bytes() for path in shown} == before
