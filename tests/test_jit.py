"""Machine code of hand-written loops on disk: signatures are never taken for each other, and changes are seen."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from numba.core.caching import IndexDataCacheFile

import symbias as sb
from symbias import jit
from symbias.sim import population

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.jit


def racing(files):
    """Save two keys as two processes at once: both read an empty index, and the first is the last to write code."""
    late, write_code, read_index = [], files._save_data, files._load_index
    files._save_data = lambda name, code: late.append((name, code))
    files._load_index = dict
    for key in ("one", "other"):
        files.save(key, f"code of {key}")
    for name, code in reversed(late):
        write_code(name, code)
    files._load_index = read_index
    return [files.load(key) for key in ("one", "other")]


def test_signatures_that_two_processes_compile_at_once_keep_their_own_code(tmp_path):
    plain = IndexDataCacheFile(str(tmp_path), "loop", ("stamp", 1))
    assert racing(plain) == [None, "code of one"], "Numba mixes them up no more: symbias.jit can go"
    ours = jit.SharedFiles(IndexDataCacheFile(str(tmp_path), "mine", ("stamp", 1)), __file__)
    assert racing(ours) == [None, "code of other"], "one may be lost, but is never another's"


def test_loops_of_the_package_have_such_files():
    assert isinstance(population._gradient._cache._cache_file, jit.SharedFiles)
    kernel = sb.compile(sp.Symbol("x", real=True) ** 2 + 3, [sp.Symbol("x", real=True)])
    assert isinstance(kernel.loop._cache._cache_file, jit.NamedFiles)


def write(path, text):
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def test_a_change_of_a_callee_in_another_file_is_seen(tmp_path):
    callee = "from symbias.jit import njit\n@njit(cache=True)\ndef inner(x):\n    return {} * x\n"
    write(tmp_path / "callee.py", callee.format(2))
    caller = """
        from symbias.jit import njit
        from callee import inner
        @njit(cache=True)
        def outer(x):
            return inner(x)
    """
    write(tmp_path / "caller.py", caller)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    command = [sys.executable, "-B", "-c", "from caller import outer; print(outer(1.0))"]

    def printed():
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return float(done.stdout)

    assert printed() == 2.0
    assert printed() == 2.0
    write(tmp_path / "callee.py", callee.format(30))
    assert printed() == 30.0


def test_a_signature_is_compiled_at_once():
    @jit.njit("float64(float64)")
    def double(x):
        return 2 * x

    assert double(1.5) == 3.0
    assert len(double.signatures) == 1
    with pytest.raises(TypeError):
        double(np.ones(2))
