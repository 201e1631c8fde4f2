"""Threads that touch public names for the first time at once, in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import random, sys, threading
import symbias as sb
from symbias.registry import PUBLIC

sys.setswitchinterval(1e-6)
threads, seed = 16, int(sys.argv[1])
together = threading.Barrier(threads)
found, errors = [], []

def touch(number):
    names = random.Random(seed * 1000 + number).sample(sorted(PUBLIC), len(PUBLIC))
    together.wait()
    try:
        found.append({name: getattr(sb, name) for name in names})
        sb.simulate.Optimiser, sb.stability.transfer, sb.regularizers.Laws
    except BaseException as error:
        errors.append(repr(error))

work = [threading.Thread(target=touch, args=(n,)) for n in range(threads)]
for thread in work:
    thread.start()
for thread in work:
    thread.join(120)
alive = sum(thread.is_alive() for thread in work)
same = all(all(other[name] is value for name, value in found[0].items()) for other in found)
print(len(found), same, alive, errors[:3])
"""


def touched(seed: int) -> str:
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(seed)]
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=200, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout.strip()


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 20))]
)
def test_threads_get_the_same_objects(seed):
    assert touched(seed) == "16 True 0 []"
