"""Children of the fork server are as good as fresh interpreters."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import symbias as sb
from symbias.runner import launch
from symbias.runner.job import Job, run_job

sys.path.insert(0, str(Path(__file__).parent))
from scripts import write

PRINTS = """
import os, sys
import numpy as np
import symbias as sb

print("SEEN", os.environ.get("COLOUR"), os.getcwd(), sys.argv, float(np.random.rand()))

@sb.claim("one is one")
def one():
    return 1.0, 1.0
"""


def seen(script, *, several=False):
    """Return what a run of the script prints."""
    document = run_job(Job(str(script), several=several))
    assert document["rows"][0]["holds"], document["rows"]
    (line,) = (line for line in document["output"].splitlines() if line.startswith("SEEN"))
    return line.split()


def test_a_child_sees_the_environment_and_the_folder_of_its_own_run(tmp_path, monkeypatch):
    script = write(tmp_path, "prints", PRINTS)
    for colour, folder in (("red", tmp_path), ("blue", tmp_path / "other")):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLOUR", colour)
        assert seen(script)[1:4] == [colour, str(folder), f"['{script}']"]


def test_children_of_one_server_draw_different_numbers_from_the_global_generator(tmp_path):
    script = write(tmp_path, "prints", PRINTS)
    first = seen(script, several=True)[-1]  # a server that has made the generator
    server = launch._SERVERS[-1]
    assert seen(script, several=True)[-1] != first
    assert launch._SERVERS[-1] is server, "one server serves both"


LEAVES = """
import atexit, pathlib, threading, time
import symbias as sb

def late():
    time.sleep(0.3)
    pathlib.Path("thread").touch()
    print("the last words", end="")

atexit.register(lambda: pathlib.Path("exit").write_text(str(pathlib.Path("thread").exists())))
threading.Thread(target=late).start()

@sb.claim("one is one")
def one():
    return 1.0, 1.0
"""


def test_a_child_waits_for_its_threads_and_does_what_is_left_for_the_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = run_job(Job(str(write(tmp_path, "leaves", LEAVES))))
    assert document["complete"]
    assert document["output"] == "the last words"
    assert (tmp_path / "exit").read_text() == "True", "threads end before"


def is_running(process):
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_server_that_is_killed_costs_its_scripts_and_is_replaced(tmp_path):
    slow = write(tmp_path, "slow", "import time\ntime.sleep(30)")
    documents = []
    run = threading.Thread(target=lambda: documents.append(run_job(Job(str(slow)))))
    run.start()
    while not launch._LIVE:
        time.sleep(0.01)
    (child,) = launch._LIVE
    os.kill(launch._SERVERS[-1].process.pid, signal.SIGKILL)
    run.join(20)
    assert "was lost" in documents[0]["rows"][0]["message"]
    end = time.monotonic() + 10
    while is_running(child.number):  # a process that was killed takes a moment to be gone
        assert time.monotonic() < end, "the script was not stopped"
        time.sleep(0.01)
    assert sb.verify(write(tmp_path, "prints", PRINTS)).ok
